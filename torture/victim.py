"""Real processes to be killed: forked from a warm one, so that a life is as long as its work, not its imports."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import chipflows.paths
from chipflows.__main__ import main

PROJECT = "TORTURE_PROJECT"
"""Names a project folder other than this one, with fewer notebooks."""

PATIENCE = 300.0
"""Seconds after which a process counts as hanging."""


@dataclass(frozen=True)
class End:
    """How a process ended: its exit code (negative: the signal that killed it), after how long, what it said."""

    code: int
    seconds: float
    said: str

    @property
    def was_killed(self) -> bool:
        return self.code == -9


def warm() -> ForkServerContext:
    """Return the context whose processes are forked from one that has imported everything and opened nothing."""
    # A killed process gives no semaphore back: that its tracker says so is no news.
    os.environ["PYTHONWARNINGS"] = "ignore:resource_tracker:UserWarning"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torture.warm"])
    return context


CONTEXT = warm()


def start(words: list[str], environment: Mapping[str, str], said: Path) -> ForkServerProcess:
    """Start `chipflows` with these words; what it says goes into a file."""
    process = CONTEXT.Process(target=live, args=(words, dict(environment), str(said)), daemon=True)
    process.start()
    return process


def run(words: list[str], environment: Mapping[str, str], said: Path, kill_after: float | None = None) -> End:
    """Return how a command ended, killed by SIGKILL if it lives longer than `kill_after` seconds."""
    process, began = start(words, environment, said), time.monotonic()
    process.join(PATIENCE if kill_after is None else kill_after)
    if process.is_alive():
        process.kill()
        process.join()
        if kill_after is None:
            raise RuntimeError(f"{' '.join(words)} hangs: {said.read_text()}")
    return End(process.exitcode or 0, time.monotonic() - began, said.read_text() if said.exists() else "")


def live(words: list[str], environment: Mapping[str, str], said: str) -> None:
    """The life of a process: `chipflows` as a person runs it."""
    os.environ.update(environment)
    out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
    if PROJECT in environment:
        chipflows.paths.PROJECT = Path(environment[PROJECT])
    code = main(words)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)

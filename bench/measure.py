"""One measured line, and programs run on their own so that time and memory are theirs alone."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chipflows.paths import PROJECT


@dataclass(frozen=True)
class Row:
    """One measured line: `figure` in `unit`, the peer's, their ratio where there is a peer, the goal, met or missed.

    The goal binds the ratio, or the figure where there is no peer. `reason` says why a goal is missed, where known.
    """

    what: str
    figure: float
    unit: str
    peer: str
    peer_figure: float | None
    ratio: float | None
    sense: str
    goal: float
    is_met: bool
    reason: str = ""

    def cells(self) -> tuple[str, ...]:
        """Return what, figure, peer, ratio, goal, met or missed as a person reads them."""
        beside = self.peer if self.peer_figure is None else f"{self.peer}: {shown(self.peer_figure)} {self.unit}"
        times = "–" if self.ratio is None else f"{shown(self.ratio)} ×"
        goal = f"{self.sense} {self.goal:g}" + (f" {self.unit}" if self.ratio is None else " ×")
        return self.what, f"{shown(self.figure)} {self.unit}", beside, times, goal, "met" if self.is_met else "missed"


@dataclass(frozen=True)
class Note:
    """A text that a measurement leaves for the document, such as a plan."""

    title: str
    text: str


def shown(figure: float) -> str:
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.3g}"


def at_least(what: str, figure: float, unit: str, peer: str, peer_figure: float, goal: float, reason: str = "") -> Row:
    """Return the row of something that is to be `goal` times as small (fast, light) as its peer."""
    ratio = peer_figure / figure
    return Row(what, figure, unit, peer, peer_figure, ratio, "≥", goal, ratio >= goal, reason)


def at_most(what: str, figure: float, unit: str, peer: str, peer_figure: float, goal: float, reason: str = "") -> Row:
    """Return the row of something that is to be no more than `goal` times its peer."""
    ratio = figure / peer_figure
    return Row(what, figure, unit, peer, peer_figure, ratio, "≤", goal, ratio <= goal, reason)


def below(what: str, figure: float, unit: str, goal: float, reason: str = "") -> Row:
    """Return the row of something that is measured alone."""
    return Row(what, figure, unit, "–", None, None, "≤", goal, figure <= goal, reason)


@dataclass(frozen=True)
class Cost:
    """What a program took: wall time and processor time in seconds, peak resident memory of it and its children
    together in MiB."""

    seconds: float
    mebibytes: float
    output: str
    core_seconds: float


def run(arguments: list[str], home: Path) -> Cost:
    """Return what a program took, started as a user would start it, with `home` for its files; raises if it fails.

    Memory is looked at every 20 milliseconds over the whole tree of its processes.
    """
    environment = os.environ | {"CHIPFLOWS_HOME": str(home)}
    start, spent = time.perf_counter(), core_seconds()
    with subprocess.Popen(arguments, env=environment, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        peak, done = [0.0], threading.Event()
        watch = threading.Thread(target=watch_memory, args=(process.pid, peak, done))
        watch.start()
        output = process.communicate()[0]
        seconds = time.perf_counter() - start
        done.set()
        watch.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments, output)
    return Cost(seconds, peak[0], output, core_seconds() - spent)


def core_seconds() -> float:
    """Return the processor time of all programs that have been started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def python(code: str, home: Path) -> Cost:
    """Return what a Python program took; see `run`."""
    return run([sys.executable, "-c", code], home)


def chipflows(home: Path, *arguments: str) -> Cost:
    """Return what one command of chipflows took; see `run`."""
    return run([sys.executable, "-m", "chipflows", *arguments], home)


def watch_memory(parent: int, peak: list[float], done: threading.Event) -> None:
    while not done.wait(0.02):
        peak[0] = max(peak[0], sum(resident(pid) for pid in family(parent)))


def family(parent: int) -> Iterator[int]:
    """Yield a process and all below it."""
    yield parent
    try:
        below = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    except OSError:
        return  # it has ended
    for child in below:
        yield from family(int(child))


def resident(pid: int) -> float:
    """Return the resident memory of a process in MiB, 0 for one that has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

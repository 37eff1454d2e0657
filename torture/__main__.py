"""`python -m torture [ROW…]`: break things on purpose, print a line per row, exit 1 when a promise is missed."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from chipflows.paths import PROJECT
from torture.row import Row

PARTS: dict[str, tuple[int, int]] = {
    "crash.built": (50, 1),
    "crash.rendered": (30, 1),
    "crash.downloaded": (140, 3),
    "crash.imported": (80, 2),
    "network.comtrade": (60, 1),
    "network.offices": (240, 8),
    "keys": (3, 1),
    "together": (10, 1),
    "disk": (12, 1),
    "bombs": (12, 2),
    "rot": (300, 10),
    "settings": (250, 10),
    "by_tests": (1, 0),
    "bodies": (100_000, 200),
}
"""Functions of the modules beside this one (`rows` where none is named), with the trials of a whole run and of a short
one (SMOKE=1), which leaves out a 0. The long ones come first; the last keeps every core busy by itself."""

AT_ONCE = 2
"""Processes that run parts beside each other: each waits a lot, for the disk or for a server."""

LONGEST = 20 * 60
"""Seconds that a whole run may take."""


def main() -> int:
    """Return 1 if any row is missed."""
    parser = argparse.ArgumentParser(prog="python -m torture", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"only these: {', '.join(PARTS)}, or one before the dot")
    parser.add_argument("--trials", type=int, help="trials per row instead of those of a whole run")
    parser.add_argument("--json", action="store_true", help="rows as JSON, a part after the other in this process")
    options = parser.parse_args()
    is_short = bool(os.environ.get("SMOKE"))
    named = [name for name in PARTS if is_named(name, options.rows)]
    wanted = {name: trials for name in named if (trials := options.trials or PARTS[name][is_short])}
    if options.json:
        for name, trials in wanted.items():
            for row in part(name, trials):
                print(json.dumps([name, asdict(row)]), flush=True)
        return 0
    whole = Row("the whole run, at most 20 minutes", 1)
    # A short run spares what every process takes to start.
    lanes = [list(wanted)[at::AT_ONCE] for at in range(AT_ONCE)] if is_short else [[name] for name in wanted]
    found: dict[str, list[Row]] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for job in as_completed([pool.submit(apart, lane, options.trials) for lane in lanes if lane]):
            for name, row in job.result():
                found.setdefault(name, []).append(row)
                print(row.line(), flush=True)
    rows = [row for name in PARTS for row in found.get(name, [])]
    if not (options.rows or options.trials or is_short):
        from torture.table import write

        whole.seconds = time.monotonic() - whole.began
        whole.note = f"{whole.seconds / 60:.1f} minutes, {os.cpu_count()} cores"
        whole.count([] if whole.seconds <= LONGEST else [f"longer than {LONGEST // 60} minutes"])
        print(whole.line())
        rows.append(whole)
        write(rows)
    return 0 if all(row.is_met or row.skipped for row in rows) else 1


def is_named(name: str, chosen: list[str]) -> bool:
    return not chosen or name in chosen or name.partition(".")[0] in chosen


def part(name: str, trials: int) -> Iterator[Row]:
    """Yield the rows of a part, run in this process, whose environment stays as it was."""
    module, _, function = name.partition(".")
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="chipflows-torture-") as folder:
        for row in getattr(import_module(f"torture.{module}"), function or "rows")(Path(folder), trials):
            row.seconds = time.monotonic() - row.began
            yield row
    os.environ.clear()
    os.environ.update(before)


def apart(names: list[str], trials: int | None) -> list[tuple[str, Row]]:
    """Return the rows of parts with their names, run in a process of its own; one that fails is a row with a loss."""
    given = ["--trials", str(trials)] if trials else []
    command = [sys.executable, "-m", "torture", "--json", *given, *names]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    rows = [(name, Row(**fields)) for name, fields in map(json.loads, done.stdout.splitlines())]
    if done.returncode:
        name = rows[-1][0] if rows else names[0]
        rows.append((name, Row(f"{name}, or what follows it, ended in an error", 1, 1, [done.stderr[-2000:]])))
    return rows


if __name__ == "__main__":
    # The stand-in servers and small worlds are those of the tests; processes forked later find them too.
    sys.path.insert(0, str(PROJECT / "tests"))
    sys.exit(main())

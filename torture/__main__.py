"""`python -m torture [ROW…]`: break things on purpose, print a line per row, exit 1 when a promise is missed."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from chipflows.paths import PROJECT
from torture.row import Row

PARTS: dict[str, tuple[int, int]] = {
    "crash": (300, 10),
    "network": (60, 2),
    "disk": (12, 1),
    "together": (10, 1),
    "rot": (300, 10),
    "settings": (250, 10),
    "bodies": (100_000, 200),
    "bombs": (12, 3),
    "keys": (6, 1),
    "by_tests": (1, 0),
}
"""The modules beside this one, with the trials of a whole run and of a short one (SMOKE=1), which leaves out a 0."""


def main() -> int:
    """Return 1 if any row is missed."""
    parser = argparse.ArgumentParser(prog="python -m torture", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"only these: {', '.join(PARTS)}")
    parser.add_argument("--trials", type=int, help="trials per row instead of those of a whole run")
    options = parser.parse_args()
    is_short = bool(os.environ.get("SMOKE"))
    missed = 0
    for name in options.rows or [name for name, trials in PARTS.items() if trials[is_short]]:
        with tempfile.TemporaryDirectory(prefix="chipflows-torture-") as folder:
            for row in part(name)(Path(folder), options.trials or PARTS[name][is_short]):
                print(row.line(), flush=True)
                missed += not (row.is_met or row.skipped)
    return 1 if missed else 0


def part(name: str) -> Callable[[Path, int], Iterator[Row]]:
    """Return the function that yields the rows of a module."""
    rows: Callable[[Path, int], Iterator[Row]] = import_module(f"torture.{name}").rows
    return rows


if __name__ == "__main__":
    # The stand-in servers and small worlds are those of the tests; processes forked later find them too.
    sys.path.insert(0, str(PROJECT / "tests"))
    sys.exit(main())

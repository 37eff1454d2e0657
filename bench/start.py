"""Doing nothing: help, and a second `make`."""

from __future__ import annotations

import statistics
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Row, below, chipflows, run
from chipflows.paths import PROJECT

TIMES = 5


def rows(home: Path, options: Namespace) -> Iterator[Row]:
    """Yield the rows about start-up, each the median of five runs."""
    helped = statistics.median(chipflows(home, "--help").seconds for _ in range(TIMES))
    yield below("`chipflows --help`", helped, "s", 0.15)
    run(["make", "demo"], PROJECT)
    again = statistics.median(run(["make", "demo"], PROJECT).seconds for _ in range(TIMES))
    yield below("`make demo`, nothing changed", again, "s", 0.1)

"""What all of monthly Comtrade would cost, from what a sample of its answers costs here."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator
from math import ceil
from pathlib import Path

from bench.inputs import write_comtrade
from bench.measure import Note, chipflows
from chipflows.config import Config, load_config
from chipflows.paths import find_paths
from chipflows.raw.store import Store

SAMPLES = (100_000, 300_000)
"""Rows; what the second costs more than the first is the cost of rows, without what every build costs."""

WHOLE = 10_000_000_000
"""Rows of every month, reporter, partner, flow and six-digit code, by order of magnitude."""

WORK = "raw to all tables"


def rows(home: Path, options: Namespace) -> Iterator[Note]:
    """Yield the reckoning: bytes, calls and hours, each a measured figure per row times the rows."""
    config = load_config(find_paths("bench").config)
    (few, less), (many, more) = (sample(home / str(count), config, count) for count in SAMPLES)
    each = {what: (more[what] - less[what]) / (many - few) for what in more}
    lines = [
        f"| {what}, bytes | {each[what]:,.1f} | {each[what] * WHOLE / 1e12:,.2f} TB |" for what in each if what != WORK
    ]
    lines.append(f"| {WORK}, core-µs | {each[WORK] * 1e6:,.1f} | {each[WORK] * WHOLE / 3600:,.0f} core-hours |")
    limits, quota = config.sources["comtrade"].limits, config.project.planner.quota_per_month
    full = limits.rows_per_call - 1
    calls = ceil(WHOLE / full)
    lines.append(f"| calls of {full:,} rows | | {calls:,}: {calls / quota:,.0f} months of {quota} |")
    head = f"| | a row, measured on {few:,} to {many:,} | {WHOLE:,} rows |\n| --- | ---: | ---: |\n"
    yield Note("All of monthly Comtrade", head + "\n".join(lines))


def sample(home: Path, config: Config, count: int) -> tuple[int, dict[str, float]]:
    """Return the rows of a sample, and what it takes: bytes in every form, and core-seconds from raw to all tables."""
    raw, processed = home / "data" / "raw" / "bench", home / "data" / "processed" / "bench"
    written = write_comtrade(raw, config, count)
    cost = chipflows(home, "--profile", "bench", "build")
    return written, {
        "on the wire, unpacked": sum(one.bytes for one in Store(raw).records("comtrade")),
        "kept as received, packed": size(raw.glob("comtrade/*.gz")),
        "typed Parquet": size(raw.glob("comtrade/*.parquet")),
        "database and marts": size(processed.rglob("*.duckdb")) + size(processed.rglob("*.parquet")),
        WORK: cost.core_seconds,
    }


def size(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths)

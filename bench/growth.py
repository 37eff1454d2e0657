"""Tables from typed rows: how time grows with them, how much memory it takes, and what does not fit into memory."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from math import log
from pathlib import Path

from bench.measure import Cost, Note, Row, at_least, below, chipflows
from bench.typed_inputs import write_typed
from chipflows.config import load_config
from chipflows.paths import find_paths

REPORTERS = (1, 3, 9)
FULL = (3, 26, 261)
"""Reporters, of about 400,000 rows each."""

MEMORY, LITTLE = "3GB", 0.5
"""What DuckDB may hold; and in GB, where the tables are to be larger than memory."""


def rows(home: Path, options: Namespace) -> Iterator[Row | Note]:
    """Yield the rows about growth and memory."""
    costs: list[tuple[int, Cost]] = []
    for reporters in FULL if options.full else REPORTERS:
        here = home / str(reporters)
        paths = find_paths("bench")
        written = write_typed(here / "data" / "raw" / "bench", load_config(paths.config), paths.sql, reporters)
        costs.append((written, chipflows(here, "--profile", "bench", "build", "--memory", MEMORY)))
    (before, smaller), (most, larger) = costs[-2:]
    exponent = log(larger.seconds / smaller.seconds) / log(most / before)
    what = f"typed Parquet to all tables, {before:,} to {most:,} rows"
    yield below(f"{what}: exponent of time", exponent, "", 1.05)
    yield below(f"{most:,} typed rows, --memory {MEMORY}: peak memory", larger.mebibytes / 1024, "GiB", 4)
    yield from more_than_memory(home, options)
    lines = [
        f"| {count:,} | {cost.seconds:.1f} | {cost.seconds / count * 1e6:.1f} | {cost.mebibytes:,.0f} |"
        for count, cost in costs
    ]
    head = "| rows | seconds | µs per row | peak MiB |\n| ---: | ---: | ---: | ---: |\n"
    text = (
        f"`chipflows build --memory {MEMORY}` over typed Parquet. Every row is in the codes under study, so that marts "
        "grow as core does.\n\n"
    )
    yield Note("From typed rows to all tables", text + head + "\n".join(lines))


def more_than_memory(home: Path, options: Namespace) -> Iterator[Row]:
    """Yield the row of the middle size built anew with less memory than its tables take on disk."""
    here = home / str((FULL if options.full else REPORTERS)[-1 if not options.full else 1])
    database = here / "data" / "processed" / "bench" / "chipflows.duckdb"
    size = database.stat().st_size / 1e9
    database.unlink()
    slow = chipflows(here, "--profile", "bench", "build", "--memory", f"{LITTLE}GB")
    what = f"tables larger than --memory {LITTLE}GB: made, in {slow.seconds:.0f} s and {slow.mebibytes:,.0f} MiB"
    yield at_least(what, LITTLE, "GB", "size of the tables", size, 1)

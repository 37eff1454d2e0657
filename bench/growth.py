"""Tables from typed rows: how time grows with them, how much memory it takes, and what does not fit into memory."""

from __future__ import annotations

import hashlib
import shutil
from argparse import Namespace
from collections.abc import Iterator
from math import log
from pathlib import Path

from bench.measure import Cost, Note, Row, at_least, below, chipflows
from bench.typed_inputs import write_typed
from chipflows.config import load_config
from chipflows.paths import find_paths

REPORTERS = (1, 5)
MORE = (26, 261)
"""Reporters, of about 400,000 rows each; more of them with `--full`."""

MEMORY, LITTLE = "3GB", "500MB"
"""What DuckDB may hold; and where a build is to be larger than memory."""

HEAD = "| rows | seconds | core-seconds | core-µs per row | peak MiB |\n| ---: | ---: | ---: | ---: | ---: |\n"


def rows(home: Path, options: Namespace) -> Iterator[Row | Note]:
    """Yield the rows about growth and memory."""
    paths, costs = find_paths("bench"), []
    for reporters in REPORTERS + (MORE if options.full else ()):
        here = home / str(reporters)
        written = write_typed(here / "data" / "raw" / "bench", load_config(paths.config), paths.sql, reporters)
        cost = chipflows(here, "--profile", "bench", "build", "--memory", MEMORY)
        costs.append((written, cost))
        if reporters == REPORTERS[-1]:
            slow = in_little_memory(here)
            what = f"{written:,} typed rows, --memory {LITTLE}: the same tables, peak memory"
            yield at_least(what, slow.mebibytes / 1024, "GiB", f"--memory {MEMORY}", cost.mebibytes / 1024, 1)
        shutil.rmtree(here)
    (least, smaller), *_, (most, larger) = costs
    exponent = log(larger.core_seconds / smaller.core_seconds) / log(most / least)
    what = f"typed Parquet to all tables, {least:,} to {most:,} rows"
    yield below(f"{what}: exponent of processor time", exponent, "", 1.05)
    yield below(f"{most:,} typed rows, --memory {MEMORY}: peak memory", larger.mebibytes / 1024, "GiB", 4)
    text = (
        f"`chipflows build --memory {MEMORY}` over typed Parquet. Every row is in the codes under study, so that marts "
        "grow as core does.\n\n"
    )
    yield Note("From typed rows to all tables", text + HEAD + "\n".join(line(*one) for one in costs))


def line(count: int, cost: Cost) -> str:
    each = cost.core_seconds / count * 1e6
    return f"| {count:,} | {cost.seconds:.1f} | {cost.core_seconds:.1f} | {each:.1f} | {cost.mebibytes:,.0f} |"


def in_little_memory(home: Path) -> Cost:
    """Return what a build takes that has less memory than it would use; raises ValueError if its marts differ."""
    processed = home / "data" / "processed" / "bench"
    before = digests(processed)
    (processed / "chipflows.duckdb").unlink()
    cost = chipflows(home, "--profile", "bench", "build", "--memory", LITTLE)
    if digests(processed) != before:
        raise ValueError(f"other marts with --memory {LITTLE} than with {MEMORY}")
    return cost


def digests(processed: Path) -> dict[str, str]:
    files = (processed / "marts").rglob("*.parquet")
    return {str(path.relative_to(processed)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

"""The same tables from the same typed rows on DuckDB and on Spark: what each costs, and how that grows."""

from __future__ import annotations

import importlib.util
import shutil
from argparse import Namespace
from collections.abc import Iterator
from math import log
from pathlib import Path

import duckdb

from bench.measure import Cost, Note, Row, at_least, chipflows
from bench.typed_inputs import write_typed
from chipflows.config import load_config
from chipflows.paths import find_paths

SIZES = ((1, 25), (1, 100))
MORE = ((3, 100),)
"""Reporters and partners of each, about 4,000 rows to a pair; more with `--full`."""

HEAD = (
    "| rows | DuckDB, s | Spark, s | DuckDB, core-s | Spark, core-s | ratio | DuckDB, peak GiB | Spark, peak GiB |\n"
    "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
)


def rows(home: Path, options: Namespace) -> Iterator[Row | Note]:
    """Yield what both engines take, each size after its marts were found equal; only a reason without Spark or Java."""
    if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
        print("skipped: needs Java 17 and pyspark (`make spark`)")
        return
    project, costs = find_paths("bench"), []
    for reporters, partners in SIZES + (MORE if options.full else ()):
        here = home / f"{reporters}-{partners}"
        raw, processed = here / "data" / "raw" / "bench", here / "data" / "processed" / "bench"
        count = write_typed(raw, load_config(project.config), project.sql, reporters, partners)
        ours = chipflows(here, "--profile", "bench", "build")
        processed.rename(here / "duckdb")
        theirs = chipflows(here, "--profile", "bench", "build", "--engine", "spark")
        refuse_unequal(here / "duckdb" / "marts", processed / "marts")
        costs.append((count, ours, theirs))
        yield at_least(
            f"{count:,} typed rows to all tables", ours.core_seconds, "core-s", "Spark", theirs.core_seconds, 1
        )
        shutil.rmtree(here)
    (least, *small), *_, (most, *large) = costs
    exponents = [
        log(one.core_seconds / other.core_seconds) / log(most / least) for one, other in zip(large, small, strict=True)
    ]
    text = (
        "Both engines read the same typed Parquet and end with the same checked database.\n\n"
        + HEAD
        + "\n".join(line(*one) for one in costs)
        + f"\n\nProcessor time grows with the power {exponents[0]:.2f} of the rows on DuckDB and {exponents[1]:.2f} on "
        "Spark."
    )
    yield Note("DuckDB and Spark", text)


def line(count: int, ours: Cost, theirs: Cost) -> str:
    pairs = [
        f"{ours.seconds:.0f} | {theirs.seconds:.0f}",
        f"{ours.core_seconds:.0f} | {theirs.core_seconds:.0f}",
        f"{theirs.core_seconds / ours.core_seconds:.1f}",
        f"{ours.mebibytes / 1024:.1f} | {theirs.mebibytes / 1024:.1f}",
    ]
    return f"| {count:,} | {' | '.join(pairs)} |"


def refuse_unequal(ours: Path, theirs: Path) -> None:
    """Raise `AssertionError` naming a mart that differs; a double may in its last bits, by the order of adding."""
    names, others = (sorted(path.relative_to(one) for path in one.rglob("*.parquet")) for one in (ours, theirs))
    if names != others:
        raise AssertionError(f"other files of marts: {sorted({*names} ^ {*others})}")
    for name in names:
        path = ours / name
        with duckdb.connect() as connection:
            columns = connection.execute(f"describe select * from '{path}'").fetchall()
            cells = ", ".join(f"round({column}, 12)" if kind == "DOUBLE" else column for column, kind, *_ in columns)
            here, there = (f"select {cells} from '{folder / name}'" for folder in (ours, theirs))
            odd = f"select count(*) from (({here} except all {there}) union all ({there} except all {here}))"
            if count := connection.execute(odd).fetchall()[0][0]:
                raise AssertionError(f"{name}: {count:,} rows differ between DuckDB and Spark")

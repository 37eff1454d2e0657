"""`docs/performance.md`, made from `bench/results/*.json`."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from typing import Any

import duckdb

from bench.measure import Note, Row
from chipflows.paths import PROJECT

RESULTS = PROJECT / "bench" / "results"
TARGET = PROJECT / "docs" / "performance.md"

INTRODUCTION = """# Performance

Written by `make bench` (`python -m bench NAME…` measures single groups, `--write-docs` writes this page anew). Every
peer works on the same bytes in the same run, and its results are compared with ours before a time is printed.
Speeds are ratios: seconds depend on the machine, ratios hardly. `python -m bench tables --rows 2000000` measures the
way from raw files to tables on more rows than the default.

What is compared: both pandas peers make the dear tables, the rows received, flows by code, family and group, and the
marts over them, listed below; every row and every column must be the same value as ours, money to the thousandth of a
dollar. They are written as an analyst would for speed: categories, sums over whole columns, a column per family where
a zero is filled in, no loop over rows. chipflows makes those and every other table, with all checks.

What is done for speed, which serves reruns more than a first build:

- A body is parsed once, while the download goes on, into typed Parquet of the columns that are needed; its text columns
  are dictionary codes, and a question reads only the columns and months it names.
- A build goes on from the last database: a table is made anew only when its SQL or rows that it reads have changed, and
  where its head says `by period`, only the months that changed. Tables that do not wait for others are made at once.
- Marts are written as Parquet sorted by their grain, those of months as a file per year; unchanged files are kept.
- Sources are asked at the same time, each within its own limits.
- Notebooks run in kernels that are forked from one process, which has imported what they need, two at a time.
"""

HEAD = ("what", "figure", "peer", "ratio", "goal", "")


def machine() -> str:
    """Return the machine in a few words, without its name."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    versions = f"Python {platform.python_version()}, DuckDB {duckdb.__version__}"
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, {versions}"


def write(groups: Iterable[str]) -> None:
    """Write the document from the results of those groups that were measured."""
    held: list[dict[str, Any]] = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in (RESULTS / f"{name}.json" for name in groups)
        if path.exists()
    ]
    rows = [Row(**row) for one in held for row in one["rows"]]
    notes = [Note(**note) for one in held for note in one["notes"]]
    machines = sorted({one["machine"] for one in held})
    parts = [INTRODUCTION, f"Measured on: {'; '.join(machines)}.\n", table(rows)]
    missed = [f"- **{row.what}**: {row.reason or 'not explained yet'}." for row in rows if not row.is_met]
    parts += ["## What is missed, and why\n", "\n".join(missed) + "\n"] if missed else []
    parts += [f"## {note.title}\n\n{note.text}\n" for note in notes]
    TARGET.write_text("\n".join(parts), encoding="utf-8")


def table(rows: Iterable[Row]) -> str:
    lines = [HEAD, ("---",) * len(HEAD), *(row.cells() for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)

"""Checks: every file of `sql/checks/` selects the rows that are wrong; `fail` stops a build, `warn` is reported."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from chipflows.errors import CheckFailed
from chipflows.paths import Paths
from chipflows.warehouse.graph import Statement, read_layer
from chipflows.warehouse.text import as_lines

SHOWN = 10
"""Wrong rows shown per check."""


@dataclass(frozen=True)
class Result:
    """What a check found: how many wrong rows, and the first of them as lines of text."""

    check: str
    level: str
    rule: str
    bad_rows: int
    lines: tuple[str, ...]

    @property
    def outcome(self) -> str:
        return "passed" if not self.bad_rows else {"fail": "failed", "warn": "warned"}[self.level]


def run_checks(connection: duckdb.DuckDBPyConnection, checks: list[Statement]) -> list[Result]:
    """Return the result of every check."""
    return [run_check(connection, one) for one in checks]


def run_check(connection: duckdb.DuckDBPyConnection, check: Statement) -> Result:
    bad = connection.sql(f"select * from ({check.sql}) order by all limit {SHOWN}").to_arrow_table()
    count = bad.num_rows
    if count == SHOWN:
        (count,) = connection.execute(f"select count(*) from ({check.sql})").fetchall()[0]
    return Result(check.name.removeprefix("checks."), check.level, check.what, count, tuple(as_lines(bad)))


def results_table(results: list[Result]) -> pa.Table:
    """Return the results as a table: check_name, level, rule, outcome, bad_rows."""
    columns = {"check_name": "check", "level": "level", "rule": "rule", "outcome": "outcome"}
    table = {
        name: pa.array([getattr(one, attribute) for one in results], pa.string()) for name, attribute in columns.items()
    }
    return pa.table(table | {"bad_rows": pa.array([one.bad_rows for one in results], pa.int64())})


def describe(results: list[Result]) -> str:
    """Return the checks that did not pass, with the rows that are wrong."""
    parts = []
    for one in results:
        if one.bad_rows:
            more = f"\n  … and {one.bad_rows - SHOWN:,} more" if one.bad_rows > SHOWN else ""
            parts.append(f"{one.outcome}: {one.check}: {one.rule}\n  " + "\n  ".join(one.lines) + more)
    return "\n".join(parts)


def refuse_failed(results: list[Result], kept: Path) -> None:
    """Raise `CheckFailed` with the wrong rows if a check of level `fail` found any; `kept` is what stays in place."""
    failed = [one for one in results if one.outcome == "failed"]
    if failed:
        stays = f"; {kept} stays as it was" if kept.exists() else ""
        raise CheckFailed(f"{len(failed)} of {len(results)} checks failed{stays}\n{describe(failed)}")


def summary(results: list[Result]) -> str:
    warned = [f"{one.check} ({one.bad_rows:,})" for one in results if one.outcome == "warned"]
    passed = sum(one.outcome == "passed" for one in results)
    return f"{passed} checks passed" + (f", warnings: {', '.join(warned)}" if warned else "")


def check_database(paths: Paths, *, is_json: bool = False) -> int:
    """Run the checks on the tables in place, print what they find (as text or JSON), return 1 if one failed, else 0."""
    from chipflows.warehouse.connect import read

    with read(paths) as connection:
        results = run_checks(connection, read_layer(paths.sql, "checks"))
    if is_json:
        print(json.dumps(results_table(results).to_pylist(), ensure_ascii=False, indent=1))
    else:
        print("\n".join(filter(None, [describe(results), summary(results)])))
    return 1 if any(one.outcome == "failed" for one in results) else 0

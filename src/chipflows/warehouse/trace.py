"""The walk back: from rows of a mart to the rows received, and to the raw file, request and line of each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from chipflows.errors import UsageError
from chipflows.paths import Paths
from chipflows.warehouse.connect import read
from chipflows.warehouse.text import as_lines, cell, one_line

SHARED = (
    *("file_id", "row_number", "source", "reporter", "partner", "origin"),
    *("flow", "frequency", "period", "family", "hs6", "code"),
)
"""Columns that mean the same in core.rows and wherever else they stand."""

LANDS_IN = {"core.flows_yearly": "flows_yearly", "core.headings": "headings"}


@dataclass(frozen=True)
class Trace:
    """Rows of a table, the rows received behind them, and the raw files those came in; printed as text."""

    table: str
    rows: pa.Table
    received: pa.Table
    files: list[dict[str, Any]]
    raw: Path
    limit: int = field(default=20)

    def __str__(self) -> str:
        parts = [f"{self.table}: {plural(self.rows.num_rows, 'row')}", *self.shown(self.rows)]
        parts += ["", f"{plural(self.received.num_rows, 'row')} received behind them", *self.shown(self.received)]
        parts += ["", plural(len(self.files), "raw file")]
        for file in self.files[: self.limit]:
            parts += self.file_lines(file)
        if len(self.files) > self.limit:
            parts.append(f"… and {len(self.files) - self.limit:,} more, --limit shows them")
        return "\n".join(parts)

    def shown(self, table: pa.Table) -> list[str]:
        lines = ["  " + line for line in as_lines(table.slice(0, self.limit))] if table.num_rows else []
        more = table.num_rows - self.limit
        return [*lines, f"  … and {more:,} more, --limit shows them"] if more > 0 else lines

    def file_lines(self, file: dict[str, Any]) -> list[str]:
        asked = " ".join(f"{name}={cell(value)}" for name, value in json.loads(file["parameters"]).items())
        return [
            f"  {self.raw / file['path']}",
            f"    received {file['retrieved_at']} from {file['origin']}",
            f"    sha256 {file['sha256']} of {file['bytes']:,} bytes",
            f"    request {file['request_id']}: {asked}",
            f"    rows {spans(file['row_numbers'])} of {file['rows']:,}",
        ]


def trace(paths: Paths, table: str, where: str, *, limit: int = 20) -> Trace:
    """Return the rows of a table that meet an SQL condition, and the raw files and lines behind them.

    Only what the tables used is listed: rows of the source that speaks for a cell, loaded, not superseded. Raises
    `UsageError` for an unknown table or a condition the engine refuses.
    """
    with read(paths) as connection:
        try:
            rows = connection.sql(f"select * from {table} where {where}").to_arrow_table()
            behind = f"from core.rows as r where exists (select 1 from ({asked(table, where)}) as m where {{}})"
            behind = behind.format(" and ".join(links(table, rows.column_names)) or "true")
            received = connection.sql(
                "select r.file_id, r.row_number, r.source, r.reporter, r.partner, r.flow, r.period, r.code, "
                "r.hs_edition, r.family, r.lands_in, r.currency, r.value_native, r.value_usd, r.weight_kg "
                f"{behind} order by all"
            ).to_arrow_table()
            files = connection.sql(
                "select f.path, f.sha256, f.bytes, f.retrieved_at, f.origin, f.request_id, f.parameters, f.rows, "
                f"list(b.row_number order by b.row_number) as row_numbers from core.files as f "
                f"join (select r.file_id, r.row_number {behind}) as b using (file_id) group by all order by f.path"
            ).to_arrow_table()
        except duckdb.Error as error:
            raise UsageError(f"{table} where {where}: {one_line(error)}") from error
    return Trace(table, rows, received, files.to_pylist(), paths.raw, limit)


def asked(table: str, where: str) -> str:
    return f"select * from {table} where {where}"


def links(table: str, columns: Iterable[str]) -> list[str]:
    """Return the conditions that tie a received row `r` to a row `m` of a table with these columns."""
    has = set(columns)
    found = [f"(m.{name} is null or r.{name} = m.{name})" for name in SHARED if name in has]
    if "file_id" not in has and "lands_in" not in has:
        found.append(f"r.lands_in = '{LANDS_IN.get(table, 'flows')}'")
    if "lands_in" in has:
        found.append("r.lands_in = m.lands_in")
    if "supplier" in has:
        found.append("r.reporter in (select reporter from core.suppliers as s where s.supplier = m.supplier)")
    if "baseline" in has:
        found.append(
            "exists (select 1 from (select baseline as w, start_period, end_period from ref.baselines "
            "union all select window_id, start_period, end_period from ref.windows_after) as months "
            "where months.w in (m.baseline, m.after_window) "
            "and r.period between cast(months.start_period as date) and cast(months.end_period as date))"
        )
    if "hs_group" in has:
        found.append("r.family in (select family from core.groups as g where g.hs_group = m.hs_group and g.is_whole)")
        found.append(
            "exists (select 1 from core.group_flows as g where g.hs_group = m.hs_group and g.reporter = r.reporter "
            "and g.partner = r.partner and g.period = r.period)"
        )
    if "source" not in has and table.startswith("marts."):
        found.append(
            "exists (select 1 from core.cells as c join core.preferred as p using (offers) "
            "where c.reporter = r.reporter and c.partner = r.partner and c.flow = r.flow and c.period = r.period "
            "and p.family = r.family and p.source = r.source)"
        )
    return found


def spans(numbers: list[int]) -> str:
    """Return ascending numbers as spans: 1–3, 7."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(f"{first:,}" if first == last else f"{first:,}–{last:,}" for first, last in found)


def plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"

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
from chipflows.warehouse.connect import as_json, note, read
from chipflows.warehouse.text import as_lines, cell, one_line
from chipflows.warehouse.ties import joins_and_ties


@dataclass(frozen=True)
class Trace:
    """Rows of a table, the rows received behind them, and the raw files those came in; printed as text."""

    table: str
    rows: pa.Table
    received: pa.Table
    files: list[dict[str, Any]]
    raw: Path
    limit: int = field(default=20)

    def as_json(self) -> str:
        """Return all of it as JSON: rows, rows received, files; decimals as numbers."""
        parts = {"table": self.table, "rows": self.rows.to_pylist(), "received": self.received.to_pylist()}
        return json.dumps(parts | {"files": self.files}, default=as_json, ensure_ascii=False, indent=1)

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
            asked = behind(table, where, rows.column_names)
            note(asked + FILES)
            received = connection.sql(asked).to_arrow_table()
            files = connection.sql(FILES).to_arrow_table().to_pylist()
        except duckdb.Error as error:
            raise UsageError(f"{table} where {where}: {one_line(error)}") from error
    numbers: dict[str, list[int]] = {}
    for file_id, number in zip(received["file_id"].to_pylist(), received["row_number"].to_pylist(), strict=True):
        numbers.setdefault(file_id, []).append(number)
    used = [file | {"row_numbers": sorted(numbers[file["file_id"]])} for file in files if file["file_id"] in numbers]
    return Trace(table, rows, received, used, paths.raw, limit)


FILES = """
select file_id, path, sha256, bytes, retrieved_at, origin, request_id, parameters, rows from core.files order by path
"""


def behind(table: str, where: str, columns: Iterable[str]) -> str:
    """Return the query for the received rows `r` behind the rows `m` of a table with these columns."""
    joins, ties = joins_and_ties(table, columns)
    return (
        "select distinct r.file_id, r.row_number, r.source, r.reporter, r.partner, r.flow, r.period, r.code, "
        "r.hs_edition, r.family, r.lands_in, r.currency, r.value_native, r.correction_id, r.value_usd, r.weight_kg "
        f"from {' '.join([f'(select * from {table} where {where}) as m', *joins])} "
        f"join core.rows as r on {' and '.join(ties)} order by all"
    )


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

"""What every table and column means: `docs/columns.csv` is the one list, `docs/data_dictionary.md` is made from it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from chipflows.errors import UsageError

HEADER = ["table", "column", "unit", "meaning"]


@dataclass(frozen=True)
class Meanings:
    """Unit and meaning by table and column; a row with table `*` holds for every table that has the column."""

    rows: dict[tuple[str, str], tuple[str, str]]

    def get(self, table: str, column: str) -> str:
        """Return `unit: meaning`, or an empty text for a column nobody described."""
        unit, meaning = self.rows.get((table, column)) or self.rows.get(("*", column)) or ("", "")
        return f"{unit}: {meaning}" if meaning else ""


@cache
def column_comments(path: Path) -> Meanings:
    """Return the list of meanings; raises `UsageError` for a row that is not `table,column,unit,meaning`."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    if lines[0] != HEADER:
        raise UsageError(f"{path}: the header is {','.join(lines[0])}, expected {','.join(HEADER)}")
    rows = {}
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(HEADER) or not all(line) or (line[0], line[1]) in rows:
            raise UsageError(f"{path}, row {number}: write table,column,unit,meaning, all filled, each pair once")
        rows[line[0], line[1]] = (line[2], line[3])
    return Meanings(rows)

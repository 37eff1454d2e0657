"""Tables as text, for messages and terminals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa

WIDEST = 60
"""Characters a cell may take in a terminal; longer ones are cut."""


def as_lines(table: pa.Table) -> list[str]:
    """Return a table as aligned lines, header first, numbers to the right; an empty table gives the header alone."""
    columns = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        values = column.to_pylist()
        cells = [name, *(cell(value) for value in values)]
        width = max(map(len, cells))
        is_number = all(isinstance(value, int | float | Decimal) or value is None for value in values) and values
        columns.append([one.rjust(width) if is_number else one.ljust(width) for one in cells])
    return ["  ".join(line).rstrip() for line in zip(*columns, strict=True)]


def cell(value: Any) -> str:
    """Return one value as text: nothing as –, money without needless zeros, long texts cut."""
    if value is None:
        return "–"
    if isinstance(value, Decimal):
        text = f"{value:,f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, float):
        return f"{value:,.6g}"
    text = str(value)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def one_line(error: Exception) -> str:
    """Return an error's message without its line breaks."""
    return " ".join(str(error).split())

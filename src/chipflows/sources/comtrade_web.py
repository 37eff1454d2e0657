"""CSV files that a person saved from the Comtrade web page: the columns of the API, in the page's own CSV."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from typing import Any

from chipflows.config import Config
from chipflows.errors import UsageError
from chipflows.raw.records import Answer, Request
from chipflows.sources.comtrade import saved_trade
from chipflows.sources.comtrade_body import COLUMNS, KEY, TOTALS
from chipflows.sources.http import Broken, Refused

SOURCE = "comtrade_web"
PAGE_CAPS = frozenset({500, 100_000})
"""Rows at which the page cuts a download: without an account, and with one."""

WHOLE = {name for name, kind in (KEY | {name: type(total) for name, total in TOTALS.items()}).items() if kind is int}


def read_file(name: str, body: bytes, config: Config) -> list[tuple[Request, Answer]]:
    """Return what a saved CSV holds; its scope is that of its own rows, as for a body saved from the API.

    Raises `UsageError` for anything else, and for a file that the page has cut.
    """
    encoding = "utf-8-sig"
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        encoding = "latin-1"
        text = body.decode(encoding)
    try:
        rows = list(read_rows(text))
        if len(rows) in PAGE_CAPS:
            raise ValueError(f"has {len(rows):,} rows, at which the page cuts a download: choose less at a time")
        if not rows:
            raise ValueError("has no rows, and so doesn't say what it is empty of")
        request, answer = saved_trade(rows, config, SOURCE)
    except (ValueError, csv.Error) as error:
        raise UsageError(f"{error}; bring a CSV download of the Comtrade page (47 columns)") from None
    except (Broken, Refused) as error:
        raise UsageError(str(error)) from None
    return [(request, Answer(answer.outcome, answer.rows, answer.total, encoding=encoding))]


def read_rows(text: str) -> list[dict[str, Any]]:
    """Return the rows of the page's CSV as the API sends them; raises `ValueError` for another header or a cut row.

    Data rows may end in a comma more than the header; a cell beyond the last column that holds something is refused.
    """
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next(lines, [])
    if header and header[-1] == "":
        header.pop()
    if missing := [column for column in COLUMNS if column not in header]:
        raise ValueError(f"column {missing[0]} is missing")
    if unknown := [column for column in header if column not in COLUMNS]:
        raise ValueError(f"column {unknown[0]!r} is unknown")
    rows = []
    for number, cells in enumerate(lines, 1):
        if len(cells) == len(header) + 1 and cells[-1] == "":
            cells.pop()
        if len(cells) != len(header):
            raise ValueError(f"row {number}: {len(cells)} cells, the header has {len(header)}")
        row: dict[str, Any] = dict(zip(header, cells, strict=True))
        for column in WHOLE:
            if not row[column].lstrip("-").isdigit():
                raise ValueError(f"row {number}, column {column}: {row[column]!r} is not a whole number")
            row[column] = int(row[column])
        if not re.fullmatch(r"-?\d+(\.\d+)?([Ee][+-]?\d+)?", row["primaryValue"], re.ASCII):
            raise ValueError(f"row {number}, column primaryValue: {row['primaryValue']!r} is not a number")
        row["primaryValue"] = Decimal(row["primaryValue"])
        rows.append(row)
    return rows

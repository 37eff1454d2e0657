"""Bodies of Japan's customs statistics: answers of the e-Stat API (JSON), and wide CSVs with a column per month."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chipflows.sources.csv_lines import Line, read_lines
from chipflows.sources.http import Broken, Oversized, Refused
from chipflows.sources.json_body import read_json

AREA = "50"
"""What the API writes in front of the customs' three-digit code of a country."""

KEY = ("@cat01", "@cat02", "@area", "@time")
DONE, NOTHING, OUR_FAULT, KEY_FAULT = 0, 1, range(100, 200), 100
"""Statuses: figures, none, a question that was not understood, a refused key; from 200 on the service is at fault."""

UNIT_KINDS = range(100, 111, 10)
MONTH_KINDS = range(150, 501, 10)
"""Kinds of figures: the units of two quantities; then two quantities and a value for every month."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FIGURES = ("Quantity1", "Quantity2", "Value")
FIRST = ("Exp or Imp", "Year", "Custom", "HS", "Country", "Unit1", "Unit2")
LAST = tuple(f"{figure}-{month}" for month in ("Year", *MONTHS) for figure in FIGURES)


@dataclass
class Contents:
    """What a body holds: number of rows, exact sum of the values in thousand yen, and what occurs in it."""

    rows: int = 0
    total: Decimal = Decimal(0)
    table: str = ""
    direction: str = ""
    codes: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    years: set[str] = field(default_factory=set)
    months: set[tuple[str, int]] = field(default_factory=set)


def read_estat(body: bytes) -> Contents:
    """Return what an answer of getStatsData holds; raises `ValueError` for a damaged body or strange figures.

    Every error comes with status 200: raises `Broken` or `Refused` for them, `Oversized` where there is more to come.
    """
    root = read_json(body)
    answer = root.get("GET_STATS_DATA") if isinstance(root, dict) else None
    result = answer.get("RESULT") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(result, dict) or not str(result.get("STATUS")).isdigit():
        raise ValueError("has no result with a status")
    status, said = int(result["STATUS"]), str(result.get("ERROR_MSG") or "no reason given")
    if status == NOTHING:
        return Contents()
    if status != DONE:
        failed(status, said)
    statistics = answer.get("STATISTICAL_DATA")
    if not isinstance(statistics, dict):
        raise ValueError("has no figures and doesn't say so")
    values = values_of(statistics)
    contents = Contents(rows=len(values), table=str((statistics.get("TABLE_INF") or {}).get("@id") or ""))
    seen = set()
    for number, value in enumerate(values, 1):
        check_value(value, number)
        key = tuple(value[name] for name in KEY)
        if key in seen:
            raise ValueError(f"has a figure {number} that stands twice: {' '.join(key)}")
        seen.add(key)
        add_value(contents, value)
    return contents


def failed(status: int, said: str) -> None:
    """Raise `Refused` for an error of ours, `Broken` for one of the service."""
    if status == KEY_FAULT:
        raise Refused(f"the key was refused ({said}): check CHIPFLOWS_JAPAN_CUSTOMS_KEY")
    if status in OUR_FAULT:
        raise Refused(f"status {status}: {said}")
    raise Broken(f"status {status}: {said}")


def values_of(statistics: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the figures; raises `Oversized` for a part of an answer, `ValueError` where their number is another."""
    stated = statistics.get("RESULT_INF") or {}
    count = int(stated.get("TOTAL_NUMBER") or 0)
    # A single figure comes without its list.
    found = (statistics.get("DATA_INF") or {}).get("VALUE") or []
    values = [found] if isinstance(found, dict) else found
    if "NEXT_KEY" in stated:
        raise Oversized(f"{len(values)} of {count} figures", rows=count)
    if len(values) != count:
        raise ValueError(f"states {count} figures and holds {len(values)}")
    return list(values)


def check_value(value: Any, number: int) -> None:
    """Raise `ValueError` for a figure that is not as the API writes it."""
    if not isinstance(value, dict) or not all(isinstance(value.get(name), str) for name in (*KEY, "$")):
        raise ValueError(f"has a figure {number} without all of {', '.join(KEY)}, $")
    code, kind, area, time = (value[name] for name in KEY)
    shapes = ((code, r"\d{9}"), (kind, r"\d{3}"), (area, rf"{AREA}\d{{3}}"), (time, r"\d{4}000000"))
    if strange := [text for text, shape in shapes if not re.fullmatch(shape, text, re.ASCII)]:
        raise ValueError(f"has a figure {number} with {strange[0]!r}")
    if int(kind) not in UNIT_KINDS and int(kind) not in MONTH_KINDS:
        raise ValueError(f"has a figure {number} of the unknown kind {kind} (ask without totals of the year)")
    if int(kind) in MONTH_KINDS and value["$"] != "-" and not re.fullmatch(r"\d+(\.\d+)?", value["$"], re.ASCII):
        raise ValueError(f"has a figure {number}, {value['$']!r}, that is no number")


def add_value(contents: Contents, value: dict[str, str]) -> None:
    code, kind, area, time = (value[name] for name in KEY)
    contents.codes.add(code[:6])
    contents.kinds.add(kind)
    contents.countries.add(area.removeprefix(AREA))
    contents.years.add(time[:4])
    if int(kind) in MONTH_KINDS:
        contents.months.add((time[:4], (int(kind) - MONTH_KINDS[0]) // 30 + 1))
        if (int(kind) - MONTH_KINDS[0]) % 30 == 20 and value["$"] != "-":
            contents.total += Decimal(value["$"])


def read_wide(body: bytes) -> Contents:
    """Return what a wide CSV holds, its months up to the last of a year with any figure; raises `ValueError`."""
    if b'"' in body:
        raise ValueError("holds quotation marks: a spreadsheet saved it again")
    contents, last = Contents(), dict[str, int]()
    seen = set()
    for number, line in read_lines(body, check_header):
        key = tuple(line.get(name, "") for name in FIRST[:5])
        if key in seen:
            raise ValueError(f"row {number}: {' '.join(key)} stands twice")
        seen.add(key)
        check_wide(line, number)
        year, values = line["Year"], [Decimal(month_of(line, "Value", month)) for month in MONTHS]
        last[year] = max([last.get(year, 0), *(at for at, value in enumerate(values, 1) if value)])
        contents.rows += 1
        contents.total += sum(values)
        contents.codes.add(line["HS"].strip("'")[:6])
        contents.countries.add(line["Country"])
        contents.years.add(year)
        if contents.direction not in ("", line["Exp or Imp"]):
            raise ValueError(f"row {number}: holds exports and imports: split it")
        contents.direction = line["Exp or Imp"]
    contents.months = {(year, month) for year, until in last.items() for month in range(1, until + 1)}
    return contents


def month_of(line: Line, figure: str, month: str) -> str:
    """Return a figure of a month; some files write April in another way."""
    name = f"{figure}-{month}"
    return line[name] if name in line else line[f"{figure}-Apl"]


def check_header(header: Sequence[str]) -> None:
    """Raise `ValueError` for a header that is not of this form; the custom house is there in some files only."""
    known = [name.replace("-Apl", "-Apr") for name in header]
    if known not in ([*FIRST, *LAST], [*(name for name in FIRST if name != "Custom"), *LAST]):
        strange = next((name for name in known if name not in (*FIRST, *LAST)), "their order")
        raise ValueError(f"is no CSV of commodity by country and month: unknown is {strange!r}")


def check_wide(line: Line, number: int) -> None:
    """Raise `ValueError` for a row that is not as the customs write it."""
    shapes = {"Exp or Imp": "[12]", "Year": r"\d{4}", "HS": r"'?\d{9}'?", "Country": r"\d{3}"}
    for name, shape in shapes.items():
        if not re.fullmatch(shape, line[name], re.ASCII):
            raise ValueError(f"row {number}, column {name}: {line[name]!r} is not as expected")
    for figure in FIGURES:
        for month in MONTHS:
            if not re.fullmatch(r"\d+(\.\d+)?", month_of(line, figure, month), re.ASCII):
                raise ValueError(f"row {number}, {figure} of {month}: {month_of(line, figure, month)!r} is no number")

"""Files of Japan's customs statistics: thousands of yen in a column per month, or as a saved answer of e-Stat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from chipflows.demo.comtrade_text import compact
from chipflows.demo.offices import Office, Told
from chipflows.demo.published import Statistics
from chipflows.demo.settings import Brought
from chipflows.raw.records import Scope
from chipflows.sources.japan_bodies import AREA, FIRST, LAST
from chipflows.sources.japan_customs import UNITS as UNIT_KINDS
from chipflows.sources.japan_customs import kinds, table_of

SOURCE = "japan_customs"
EXPORTS = "1"
PARTS = ("010", "090")
MONTHS = range(1, 13)

Figures = dict[int, tuple[int, int, int]]
"""By month: pieces (or nothing), kilograms, thousands of yen."""
Row = tuple[str, str, str, Figures]
"""Nine-digit code, country, unit of the first quantity, figures."""


def body(statistics: Statistics, one: Brought, scope: Scope) -> bytes:
    """Return the file of one year."""
    told = Office(statistics, SOURCE).told(one.reporter, scope)
    rows = list(rows_of(statistics, told))
    return (wide if one.file.endswith(".csv") else saved)(rows, one.start[:4])


def rows_of(statistics: Statistics, told: Iterable[Told]) -> Iterator[Row]:
    """Yield the figures of a year side by side, each in two nine-digit codes."""
    found: dict[tuple[str, str], Figures] = defaultdict(dict)
    for one in told:
        country = statistics.world.config.code_of(SOURCE, one.partner)
        first = int(one.value * one.share)
        for digits, value in zip(PARTS, (first, one.value - first), strict=True):
            weight, pieces = ((amount * value) // max(one.value, 1) for amount in (one.kilograms, one.pieces))
            figures = (pieces if one.unit == "u" else 0, weight, value // 1000)
            found[one.code + digits, country][int(one.month[5:])] = figures
    for (code, country), monthly in sorted(found.items()):
        has_pieces = any(pieces for pieces, _, _ in monthly.values())
        yield code, country, "NO" if has_pieces else "", monthly


def wide(rows: Iterable[Row], year: str) -> bytes:
    """Return a CSV with a column per month; months without trade, and months to come, are zeros."""
    header = [name for name in (*FIRST, *LAST) if name != "Custom"]
    lines = [",".join(header).replace("-Apr", "-Apl")]
    for code, country, unit, figures in rows:
        monthly = [figures.get(month, (0, 0, 0)) for month in MONTHS]
        yearly = [sum(column) for column in zip(*monthly, strict=True)]
        cells = [EXPORTS, year, f"'{code}'", country, unit, "KG", *yearly, *(one for three in monthly for one in three)]
        lines.append(",".join(map(str, cells)))
    return "".join(f"{line}\r\n" for line in lines).encode()


def saved(rows: Iterable[Row], year: str) -> bytes:
    """Return an answer of getStatsData: every figure an object, months as kinds of figures."""
    values = []
    for code, country, unit, figures in rows:
        told = dict(zip(UNIT_KINDS, (unit or "-", "KG"), strict=True))
        for month in MONTHS:
            told |= zip(kinds([month]), map(str, figures.get(month, (0, 0, 0))), strict=True)
        cell = {"@cat01": code, "@area": AREA + country, "@time": f"{year}000000", "@unit": ""}
        values += [cell | {"@cat02": kind, "$": figure} for kind, figure in told.items()]
    statistical = {
        "RESULT_INF": {"TOTAL_NUMBER": len(values), "FROM_NUMBER": 1, "TO_NUMBER": len(values)},
        "TABLE_INF": {"@id": table_of(EXPORTS, int(year))},
        "DATA_INF": {"VALUE": values},
    }
    result = {"STATUS": 0, "ERROR_MSG": "Successfully completed."}
    return compact({"GET_STATS_DATA": {"RESULT": result, "STATISTICAL_DATA": statistical}}).encode()

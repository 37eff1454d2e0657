"""The files of the demo that a person brought, as their sources would have written them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from chipflows.config import months
from chipflows.demo import wire_baci, wire_china, wire_japan, wire_korea, wire_taiwan
from chipflows.demo.comtrade_text import ALL_MEANS, DETAIL, TOTAL, Writer, envelope
from chipflows.demo.published import Statistics
from chipflows.demo.settings import Brought
from chipflows.demo.targets import exactly
from chipflows.demo.wire_comext import written
from chipflows.demo.world import EXPORT
from chipflows.errors import UsageError
from chipflows.raw.records import Scope

MEANS = (("C01", "Clearance for home use", 1000, "Air"), ("C01", "Clearance for home use", 3200, "Road"))
"""Customs procedure and transport of the two detail rows that plus mode sends beside a total."""


OFFICES: dict[str, Callable[[Statistics, Brought, Scope], bytes]] = {
    "china_gacc": wire_china.body,
    "taiwan_customs": wire_taiwan.body,
    "japan_customs": wire_japan.body,
    "korea_customs": wire_korea.body,
    "baci": wire_baci.body,
}
"""Who writes the files of sources that know six-digit codes only."""

BROUGHT = (*OFFICES, "comtrade", "comtrade_web", "eurostat_comext")
"""Sources of which a person may bring files."""

FINE = 6
AMOUNTS = ("cents", "grams", "thousandths")


@dataclass(frozen=True, order=True)
class Cell:
    """One total row: a period, a partner, the place of its code among all lines (-1: the code that says nothing)."""

    period: str
    partner: str
    place: int
    cents: int
    grams: int
    thousandths: int
    unit: str
    is_estimated: bool


class NoSuchFlow(UsageError):
    """A file is asked for of a flow that this world does not have."""


def body_of(statistics: Statistics, one: Brought) -> bytes:
    """Return the bytes of a file that a person brought."""
    codes = sorted({line.code for line in statistics.all_lines if line.code.startswith(one.heading)})
    scope = Scope((one.reporter,), one.partners, (EXPORT,), tuple(codes), months(one.start, one.end))
    if one.source == "eurostat_comext":
        return written(statistics, scope, is_fine=True)[0]
    if one.source in OFFICES:
        fine = replace(scope, codes=tuple(code for code in codes if len(code) == FINE))
        return OFFICES[one.source](statistics, one, fine)
    rows = comtrade_rows(statistics, one, scope)
    return page(rows) if one.source == "comtrade_web" else envelope(rows)


def page(rows: Iterable[str]) -> bytes:
    """Return rows in the web page's own CSV: Latin-1, everything quoted, and one comma more than the header has."""
    text = io.StringIO()
    write = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow
    for number, row in enumerate(rows):
        cells = json.loads(row, parse_float=str)
        if not number:
            write(cells)
        write([*cells.values(), ""])
    return text.getvalue().encode("latin-1")


def comtrade_rows(statistics: Statistics, one: Brought, scope: Scope) -> list[str]:
    """Return the rows of UN Comtrade, with the oddities that settings name."""
    cells = monthly(statistics, one.reporter, scope)
    if not cells:
        raise NoSuchFlow(f"config/demo.toml, {one.file}: the world has no such flow, choose another")
    if one.is_yearly:
        cells = yearly(cells)
    if one.usd:
        cells = rescaled(statistics, cells, one.usd)
    if one.unspecified:
        cells += unspecified(statistics, cells, one)
    writer = Writer(statistics)
    return [row for cell in sorted(cells) for row in rows(writer, one, cell)]


def monthly(statistics: Statistics, reporter: str, scope: Scope) -> list[Cell]:
    """Return the total rows within a box."""
    chosen, partners = statistics.select(reporter, EXPORT, scope), statistics.world.partners(reporter)
    columns = (chosen.at, chosen.partner, statistics.places(chosen), chosen.cents, chosen.grams, chosen.thousandths)
    flags = (chosen.has_unit, chosen.is_estimated)
    return [
        Cell(
            statistics.months[at],
            partners[to],
            place,
            cents,
            grams,
            thousandths,
            statistics.all_lines[place].unit if has_unit else "",
            is_estimated,
        )
        for at, to, place, cents, grams, thousandths, has_unit, is_estimated in zip(
            *(column.tolist() for column in (*columns, *flags)), strict=True
        )
    ]


def yearly(cells: Iterable[Cell]) -> list[Cell]:
    """Return the sums of cells by year; without a unit where one month has none."""

    def alike(cell: Cell) -> tuple[str, str, int]:
        return cell.period[:4], cell.partner, cell.place

    sums = []
    for (year, _, _), group in groupby(sorted(cells, key=alike), key=alike):
        parts = list(group)
        unit = min(part.unit for part in parts)
        amounts = {name: sum(getattr(part, name) for part in parts) for name in AMOUNTS}
        amounts["thousandths"] *= bool(unit)
        is_estimated = any(part.is_estimated for part in parts)
        sums.append(replace(parts[0], period=year, unit=unit, is_estimated=is_estimated, **amounts))
    return sums


def rescaled(statistics: Statistics, cells: list[Cell], usd: float) -> list[Cell]:
    """Return cells of which the six-digit codes add up to `usd`, and the headings too."""
    fine = [len(statistics.all_lines[cell.place].code) == 6 for cell in cells]
    old = np.array([cell.cents * is_fine for cell, is_fine in zip(cells, fine, strict=True)], dtype=np.float64)
    new = exactly(old, usd, 0.01).tolist()
    return [
        replace(cell, cents=cents if is_fine else sum(new))
        for cell, cents, is_fine in zip(cells, new, fine, strict=True)
    ]


def unspecified(statistics: Statistics, cells: Iterable[Cell], one: Brought) -> list[Cell]:
    """Return small rows for every month: under a code that says nothing, and for a partner that says nothing."""
    found = []
    for _, group in groupby(sorted(cells), key=lambda cell: cell.period):
        parts = list(group)
        first = next(cell for cell in parts if len(statistics.all_lines[cell.place].code) == 6)
        heading = next(cell for cell in parts if len(statistics.all_lines[cell.place].code) == 4)
        small = replace(first, cents=int(first.cents * one.unspecified) + 1, grams=0, thousandths=0, unit="")
        elsewhere = replace(small, partner=one.partners[-1])
        found += [replace(small, place=-1), elsewhere, replace(elsewhere, place=heading.place)]
    return found


def rows(writer: Writer, one: Brought, cell: Cell) -> list[str]:
    """Return the total row of a cell, and in plus mode two detail rows that add up to it."""
    known = cell.place >= 0
    line = writer.lines[cell.place] if known else writer.line(one.hs_edition, one.code, "Commodities not specified")
    start = f"{writer.start(one.reporter, EXPORT, cell.period)},{writer.towards(cell.partner)},{line}"

    def row(means: tuple[str, str, int, str], part: Cell, ending: str) -> str:
        amounts = writer.amounts(part.unit, part.grams, part.thousandths, part.is_estimated)
        return f"{start},{writer.means(*means)},{amounts},{writer.value(part.cents, part.is_estimated)},{ending}"

    if not one.is_plus:
        return [row(ALL_MEANS, cell, TOTAL)]
    less = replace(cell, **{name: getattr(cell, name) * 2 // 5 for name in AMOUNTS})
    rest = replace(cell, **{name: getattr(cell, name) - getattr(less, name) for name in AMOUNTS})
    details = [row(means, part, DETAIL) for means, part in zip(MEANS, (less, rest), strict=True)]
    return [row(ALL_MEANS, cell, TOTAL), *details]

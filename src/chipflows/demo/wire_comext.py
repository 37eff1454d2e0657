"""Eurostat's answers about the synthetic world: SDMX-CSV in euros, close to what the same states tell UN Comtrade."""

from __future__ import annotations

from chipflows.demo.offices import Office
from chipflows.demo.published import Statistics
from chipflows.raw.records import Answer, Request, Scope

SOURCE = "eurostat_comext"
HEADER = "DATAFLOW,LAST UPDATE,freq,reporter,partner,product,flow,indicators,TIME_PERIOD,OBS_VALUE"
DATAFLOW = "ESTAT:DS-045409(1.0)"
VALUE, WEIGHT = "VALUE_IN_EUROS", "QUANTITY_IN_100KG"
PARTS = ("10", "90")
"""Last digits of the eight-digit codes in a file of the finest detail."""

Line = tuple[str, str, str, str, str, str]
"""Reporter, partner, product, indicator, month, value: also the order of the lines."""


def answer(statistics: Statistics, request: Request) -> tuple[bytes, Answer]:
    """Return the body for a request, and what its check will find."""
    body, rows, total = written(statistics, request.scope)
    return body, Answer("data" if rows else "empty", rows, f"{total}")


def written(statistics: Statistics, scope: Scope, is_fine: bool = False) -> tuple[bytes, int, int]:
    """Return the body for a box, its number of lines and its sum in euros; `is_fine` splits codes into eight digits."""
    lines: list[Line] = []
    for reporter in scope.reporters or ():
        if reporter in statistics.world.exporters:
            lines += lines_of(statistics, reporter, scope, is_fine)
    lines.sort()
    updated = statistics.settings.retrieved.replace(day=1).strftime("%d/%m/%y 11:00:00")
    start = f"{DATAFLOW},{updated},M"
    text = [f"{start},{r},{p},{code},2,{what},{month},{value}\r\n" for r, p, code, what, month, value in lines]
    total = sum(int(line[-1]) for line in lines if line[3] == VALUE)
    return "".join([HEADER + "\r\n", *text]).encode(), len(lines), total


def lines_of(statistics: Statistics, reporter: str, scope: Scope, is_fine: bool) -> list[Line]:
    """Return the lines of one reporter within a box: the euros of every cell, and its weight in 100 kg."""
    config = statistics.world.config
    own = config.code_of(SOURCE, reporter)
    lines: list[Line] = []
    for one in Office(statistics, SOURCE).told(reporter, scope):
        to = config.code_of(SOURCE, one.partner)
        cells = [(one.code, one.value, one.kilograms)]
        if is_fine and len(one.code) == 6:
            part = int(one.value * one.share), int(one.kilograms * one.share)
            rest = one.value - part[0], one.kilograms - part[1]
            cells = [(one.code + digits, *amounts) for digits, amounts in zip(PARTS, (part, rest), strict=True)]
        for product, euro, kilogram in cells:
            if euro:
                lines.append((own, to, product, VALUE, one.month, str(euro)))
                lines.append((own, to, product, WEIGHT, one.month, f"{kilogram // 100}.{kilogram % 100:02d}"))
    return lines

"""The US Census Bureau's answers about the synthetic world: ten-digit codes, own and foreign goods apart."""

from __future__ import annotations

import json
from collections.abc import Iterator

from chipflows.demo.offices import Office, Told
from chipflows.demo.published import Statistics
from chipflows.raw.records import Answer, Request

SOURCE = "us_census"
PARTS = ("0010", "0090")
FOREIGN = 0.08
"""Share of goods that came from elsewhere, told apart in the first of two ten-digit codes."""

UNITS = {"u": "NO", "kg": "KG", "": "-"}


def answer(statistics: Statistics, request: Request) -> tuple[bytes, Answer]:
    """Return the body for a request, nothing where there is no trade, and what its check will find."""
    office, [reporter] = Office(statistics.dated, SOURCE), request.scope.reporters or ()
    asked = dict(request.parameters)
    selected, predicates = asked["get"].split(","), [name for name in asked if name not in ("path", "reporter", "get")]
    header = [*selected, *predicates]
    rows = [row | {"COMM_LVL": "HS10"} for one in office.told(reporter, request.scope) for row in rows_of(office, one)]
    if not rows:
        return b"", Answer("empty", 0, "0")
    body = json.dumps([header, *([row[name] for name in header] for row in rows)], separators=(",", ":")).encode()
    total = sum(int(row["ALL_VAL_MO"]) * (1 + (row["DF"] == "2")) for row in rows)
    return body, Answer("data", len(rows), str(total))


def rows_of(office: Office, one: Told) -> Iterator[dict[str, str]]:
    """Yield a figure in two ten-digit codes; a zero row where no foreign goods were sold."""
    country = office.statistics.world.config.code_of(SOURCE, one.partner)
    first = int(one.value * one.share)
    foreign = int(first * FOREIGN)
    parts = ((PARTS[0], "1", first - foreign), (PARTS[0], "2", foreign), (PARTS[1], "1", one.value - first))
    # Goods counted in pieces are weighed too; where nothing is counted, two zeros stand.
    unit = UNITS["kg" if one.unit == "kg" else "u" if one.pieces else ""]
    for digits, kind, value in parts:
        pieces, weight = ((amount * value) // max(one.value, 1) for amount in (one.pieces, one.kilograms))
        yield {
            "E_COMMODITY": one.code + digits,
            "CTY_CODE": country,
            "DF": kind,
            "SUMMARY_LVL": "DET",
            "time": one.month,
            "ALL_VAL_MO": str(value),
            "QTY_1_MO": str({"KG": weight, "NO": pieces}.get(unit, 0)),
            "UNIT_QY1": unit,
            "QTY_2_MO": str(weight if unit == "NO" else 0),
            "UNIT_QY2": "KG" if unit == "NO" else "-",
        }

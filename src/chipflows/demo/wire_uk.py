"""HMRC's answers about the synthetic world: pounds by eight-digit code and port, with odd and withheld rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chipflows.demo.comtrade_text import compact
from chipflows.demo.offices import Office, Told
from chipflows.demo.published import Statistics
from chipflows.raw.records import Answer, Request

SOURCE = "uk_hmrc"
OUTSIDE_EU = 4
PARTS, PORTS = (10, 90), (28, 434)
WITHHELD, SUPPRESSED = 0.01, 3
"""Share of rows whose quantities are withheld, and the index that says so."""

RESIDUAL = -990
"""Number of trade without a commodity code, of which the first row of an answer holds a little."""


def answer(statistics: Statistics, request: Request) -> tuple[bytes, Answer]:
    """Return the body for a request, and what its check will find."""
    office, [reporter] = Office(statistics, SOURCE), request.scope.reporters or ()
    told = office.told(reporter, request.scope)
    rows = [row for one in told for row in rows_of(statistics, one)]
    if rows:
        rows.append(rows[0] | {"CommodityId": RESIDUAL, "NetMass": None, "SuppUnit": None})
    total = sum(row["Value"] for row in rows)
    envelope = {"@odata.context": f"{statistics.world.config.sources[SOURCE].url}/$metadata#OTS", "value": rows}
    return compact(envelope).encode(), Answer("data" if rows else "empty", len(rows), str(total))


def rows_of(statistics: Statistics, one: Told) -> Iterator[dict[str, Any]]:
    """Yield a figure in two eight-digit codes, the first of them through two ports."""
    config = statistics.world.config
    first = int(one.value * one.share)
    half = first // 2
    is_withheld = one.chance < WITHHELD
    split = ((PARTS[0], PORTS[0], half), (PARTS[0], PORTS[1], first - half), (PARTS[1], PORTS[0], one.value - first))
    for part, port, value in split:
        weight, pieces = ((amount * value) // max(one.value, 1) for amount in (one.kilograms, one.pieces))
        if value:
            yield {
                "MonthId": int(one.month.replace("-", "")),
                "FlowTypeId": OUTSIDE_EU,
                "SuppressionIndex": SUPPRESSED if is_withheld else 0,
                "CommodityId": int(one.code) * 100 + part,
                "CommoditySitcId": 77641,
                "CountryId": int(config.code_of("comtrade", one.partner)),
                "PortId": port,
                "Value": value,
                "NetMass": None if is_withheld else weight,
                "SuppUnit": None if is_withheld else pieces,
                "Country": {"CountryCodeAlpha": config.code_of(SOURCE, one.partner)},
            }

"""A stand-in for HMRC's OData service: filters, pages with a link to the next, no plus signs for spaces."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from standin.server import Page, StandIn

NAMES = ("MonthId", "FlowTypeId", "SuppressionIndex", "CommodityId", "CommoditySitcId", "PortId")
COUNTRIES = {"RU": 75, "KG": 83, "XS": 98, "DE": 4, "RS": 999}

Row = tuple[int, int, int, int, int, str, float | None, float | None, float | None]
"""Month, flow type, suppression, commodity, port, country, value, net mass, supplementary units."""


@dataclass
class Ots(StandIn):
    """`rows` is everything it has; a page holds `page_size` of them. `codes` are six-digit codes of odd commodities."""

    rows: list[Row]
    page_size: int = 40_000
    codes: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()

    def answer(self, path: str, parameters: dict[str, str]) -> Page:
        if path != "/OTS" or "+" in self.calls[-1]:
            return Page(b'{"error":{"code":"400","message":"The query is not valid"}}', 400, "application/json")
        asked = parameters["$filter"]
        first, last = (int(month) for month in re.findall(r"MonthId [gl]e (\d+)", asked))
        flows = set(map(int, re.findall(r"FlowTypeId eq (\d)", asked)))
        codes = set(re.findall(r"Commodity/Hs6Code eq '(\d{6})'", asked))
        countries = set(re.findall(r"Country/CountryCodeAlpha eq '([A-Z]{2})'", asked))
        found = [
            row
            for row in self.rows
            if first <= row[0] <= last and row[1] in flows and self.six_digits(row[3]) in codes and row[5] in countries
        ]
        start = int(parameters.get("$skip", "0"))
        is_expanded = "Country" in parameters.get("$expand", "")
        page = {
            "@odata.context": f"{self.address}/$metadata#OTS",
            "value": [written(row, is_expanded) for row in found[start:][: self.page_size]],
        }
        if len(found) > start + self.page_size:
            page["@odata.nextLink"] = f"{self.address}/OTS?$skip={start + self.page_size}"
        return Page(json.dumps(page).encode(), media_type="application/json")

    def six_digits(self, commodity: int) -> str:
        return self.codes.get(commodity, f"{commodity:08}"[:6])


def written(row: Row, is_expanded: bool = True) -> dict[str, object]:
    """Return a row as it is sent; figures are floats, as in the service."""
    month, flow, suppression, commodity, port, country, *figures = row
    key = dict(zip(NAMES, (month, flow, suppression, commodity, 77641, port), strict=True))
    figure = dict(zip(("Value", "NetMass", "SuppUnit"), figures, strict=True))
    expanded = {"Country": {"CountryCodeAlpha": country}} if is_expanded else {}
    return key | {"CountryId": COUNTRIES[country]} | figure | expanded

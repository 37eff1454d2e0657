"""A stand-in for Hong Kong's Trade-IDDS. No recorded answer is known: the form is made up from its specification."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from standin.server import Page, StandIn

TOKEN = "d93abfca65844f8e"
NAMES = {"lang", "sv", "freq", "period", "ttype", "coclass", "co", "ccclass", "cc", "codeclass", "code"}

Cell = tuple[str, str, str, str]
"""Destination (or where an import came from), origin, HS6 code, month `YYYYMM`."""


@dataclass
class TradeIdds(StandIn):
    """Figures (HKD thousand, units) of `domestic` exports, `re_exports` and `imports`; of the first, the origin is HK.

    `editions` says from which to which year a code is valid. `busy` are status codes that come first.
    """

    domestic: dict[Cell, tuple[int, int]]
    re_exports: dict[Cell, tuple[int, int]]
    imports: dict[Cell, tuple[int, int]]
    editions: dict[str, tuple[str, str]] = field(default_factory=dict)
    busy: list[int] = field(default_factory=list)
    takes_range: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def answer(self, path: str, parameters: dict[str, str]) -> Page:
        if path == "/api/get":
            target = f"/api/{TOKEN}/get?{urlencode(parameters)}"
            return Page(status=302, headers={"Location": target, "Set-Cookie": f"session={TOKEN}; path=/; HttpOnly"})
        if path != f"/api/{TOKEN}/get" or f"session={TOKEN}" not in self.headers.get("Cookie", ""):
            return Page(b"Forbidden", 403, "text/plain")
        if self.busy:
            return failure(self.busy.pop(0), "Usage limit is reached, please try again later")
        if unknown := set(parameters) - NAMES:
            return failure(1, f"Validation error: {min(unknown)}")
        periods = parameters["period"].split(",")
        for code in parameters["code"].split(","):
            first, last = self.editions.get(code, ("0", "9"))
            if any(not first <= period[:4] <= last for period in periods):
                return failure(1, "Validation error: Commodity code")
        rows = self.rows(parameters)
        if self.takes_range:
            rows = [row for row in rows if row["period"] in periods[:2]]
        return success(rows) if rows else failure(1, "No record found")

    def rows(self, parameters: dict[str, str]) -> list[dict[str, str]]:
        asked = {name: value.split(",") for name, value in parameters.items()}
        rows = []
        for cell, figures in sorted(self.cells(parameters["ttype"], "co" in asked).items()):
            cc, co, code, period = cell
            if cc in asked["cc"] and code in asked["code"] and period in asked["period"]:
                parts = {"co": co} if co else {}
                key = {"freq": "M", "period": period, "ttype": parameters["ttype"], **parts, "cc": cc}
                key |= {"codeclass": "HKHS6", "code": code, "codeDescEN": f"Goods of {code}, and others"}
                named = zip(("VCm", "QCm"), figures, strict=True)
                sent = [(sv, figure) for sv, figure in named if figure and sv in asked["sv"]]
                rows += [key | {"sv": sv, "figure": f"{figure:,}"} for sv, figure in sent]
        return rows

    def cells(self, kind: str, is_by_origin: bool) -> dict[Cell, tuple[int, int]]:
        """Return the figures of a kind of trade, over all origins unless they were asked for."""
        exports = [self.domestic, self.re_exports]
        parts = {"1": [self.imports], "2": exports[:1], "3": exports[1:], "4": exports}
        found: dict[Cell, tuple[int, int]] = {}
        for figures in parts[kind]:
            for (cc, co, code, period), (value, quantity) in figures.items():
                cell = (cc, co if is_by_origin else "", code, period)
                before = found.get(cell, (0, 0))
                found[cell] = before[0] + value, before[1] + quantity
        return found


def success(rows: list[dict[str, str]]) -> Page:
    return page({"name": "Success", "code": 0, "description": "", "message": []}, rows)


def failure(code: int, message: str) -> Page:
    return page({"name": "Fail", "code": code, "description": "Fail", "message": [message]}, [])


def page(status: dict[str, Any], rows: list[dict[str, str]]) -> Page:
    header = {"status": status, "title": "Merchandise trade", "count": {"noOfRecords": len(rows)}}
    return Page(json.dumps({"header": header, "dataSet": rows}).encode(), media_type="application/json")

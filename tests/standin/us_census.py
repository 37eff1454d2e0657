"""A stand-in for the US Census trade API: lists of lists of strings, key in the query, wildcards, group rows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from standin.server import Page, StandIn

PATH = "/data/timeseries/intltrade/exports/hs"
VARIABLES = {
    "E_COMMODITY", "CTY_CODE", "CTY_NAME", "DF", "SUMMARY_LVL", "ALL_VAL_MO", "QTY_1_MO", "UNIT_QY1", "QTY_2_MO",
    "UNIT_QY2", "COMM_LVL", "time",
}  # fmt: skip
KEY_PAGE = b"<html><head><title>Invalid Key</title></head><body>A valid <em>key</em> must be included</body></html>"

Cell = tuple[str, str, str, str]
"""Ten-digit code, country, DF, month."""


@dataclass
class Census(StandIn):
    """`world` holds value, quantity, unit, second quantity and unit of a cell.

    `answers_key` is how a wrong key is told: `redirect` or `page`. `most` is the most rows of one answer;
    with `ignores_level` a group of countries comes along.
    """

    world: dict[Cell, tuple[int, int, str, int, str]]
    key: str
    answers_key: str = "redirect"
    most: int = 10_000
    ignores_level: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def answer(self, path: str, parameters: dict[str, str]) -> Page:
        asked: dict[str, list[str]] = {}
        for name, value in parse_qsl(urlsplit(self.calls[-1]).query):
            asked.setdefault(name, []).append(value)
        if path == "/data/missing_key.html":
            return Page(KEY_PAGE, media_type="text/html")
        if asked.pop("key", []) != [self.key]:
            if self.answers_key == "page":
                return Page(KEY_PAGE, media_type="text/html")
            headers = {"Location": f"{self.address}/data/missing_key.html", "X-DataWebAPI-KeyError": "1"}
            return Page(status=302, headers=headers)
        selected = asked.pop("get")[0].split(",")
        if unknown := [name for name in (*selected, *asked) if name not in VARIABLES]:
            return Page(f"error: unknown variable '{unknown[0]}'".encode(), 400, "text/plain")
        rows = self.rows(asked)
        if len(rows) > self.most:
            return Page(b"There was an error while running your query. We've logged the error.", 400, "text/plain")
        if not rows:
            return Page(status=204)
        header = [*selected, *asked]
        table = [header, *([row[name] for name in header] for row in rows)]
        return Page(json.dumps(table).encode(), media_type="application/json")

    def rows(self, asked: dict[str, list[str]]) -> list[dict[str, Any]]:
        first, last = re.fullmatch(r"from (\S+) to (\S+)", asked["time"][0]).groups()  # type: ignore[union-attr]
        rows = []
        for (code, country, kind, month), figures in sorted(self.world.items()):
            if not any(code.startswith(one.rstrip("*")) for one in asked["E_COMMODITY"]):
                continue
            if country in asked["CTY_CODE"] and kind in asked["DF"] and first <= month <= last:
                rows.append(row(code, country, kind, month, *figures))
        if self.ignores_level:
            rows += [one | {"CTY_CODE": "0003", "SUMMARY_LVL": "CGP"} for one in rows[:1]]
        return rows


def row(
    code: str, country: str, kind: str, month: str, value: int, quantity: int, unit: str, second: int, other: str
) -> dict[str, Any]:
    """Return a row as the API sends it, by column."""
    return {
        "E_COMMODITY": code, "CTY_CODE": country, "CTY_NAME": "", "DF": kind, "SUMMARY_LVL": "DET", "time": month,
        "ALL_VAL_MO": str(value), "QTY_1_MO": str(quantity), "UNIT_QY1": unit, "QTY_2_MO": str(second),
        "UNIT_QY2": other, "COMM_LVL": f"HS{len(code)}",
    }  # fmt: skip

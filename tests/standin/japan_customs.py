"""A stand-in for e-Stat's getStatsData, and a writer of the customs' wide CSV files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from standin.server import Page, StandIn

PATH = "/rest/3.0/app/json/getStatsData"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Cell = tuple[str, str, int]
"""Nine-digit code, the customs' country code, year."""
Figures = dict[int, tuple[int, int, int]]
"""Two quantities and the value (thousand yen) by month; other months are filled with zeros."""


@dataclass
class EStat(StandIn):
    """`world` holds figures, `units` the two units of a code, `tables` the first year of every table."""

    world: dict[Cell, Figures]
    units: dict[str, tuple[str, str]]
    key: str
    tables: dict[str, int]
    most: int = 100_000
    status: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def answer(self, path: str, parameters: dict[str, str]) -> Page:
        if parameters.get("appId") != self.key:
            return answer(100, "Authentication failed. Please check your application ID.")
        if path != PATH or parameters["statsDataId"] not in self.tables:
            return answer(103, "No such table.")
        if self.status:
            return answer(self.status, "Database error.")
        values = self.values(parameters)
        if not values:
            return answer(1, "The process ended normally, but there was no data.")
        return answer(0, "Successfully completed.", values, self.most, parameters["statsDataId"])

    def values(self, parameters: dict[str, str]) -> list[dict[str, str]]:
        first = self.tables[parameters["statsDataId"]]
        kinds, areas = parameters["cdCat02"].split(","), parameters["cdArea"].split(",")
        found = []
        for (code, country, year), figures in sorted(self.world.items()):
            is_code = parameters["cdCat01From"] <= code <= parameters["cdCat01To"]
            is_year = parameters["cdTime"][:4] == str(year) and first <= year < first + 5
            if is_code and is_year and f"50{country}" in areas:
                told = {"100": self.units[code][0], "110": self.units[code][1]}
                for month in range(1, 13):
                    for part, figure in zip((0, 10, 20), figures.get(month, (0, 0, 0)), strict=True):
                        told[str(150 + 30 * (month - 1) + part)] = str(figure)
                found += [value(code, kind, country, year, told[kind]) for kind in kinds]
        return found


def value(code: str, kind: str, country: str, year: int, figure: str) -> dict[str, str]:
    return {"@cat01": code, "@cat02": kind, "@area": f"50{country}", "@time": f"{year}000000", "@unit": "", "$": figure}


def answer(
    status: int, message: str, values: list[dict[str, str]] | None = None, most: int = 100_000, table: str = ""
) -> Page:
    """Return an answer; a single figure is sent without its list."""
    inside: dict[str, Any] = {"RESULT": {"STATUS": status, "ERROR_MSG": message, "DATE": "2022-06-01T00:00:00"}}
    if values is not None:
        sent = values[:most]
        stated: dict[str, Any] = {"TOTAL_NUMBER": len(values), "FROM_NUMBER": 1, "TO_NUMBER": len(sent)}
        stated |= {"NEXT_KEY": len(sent) + 1} if len(sent) < len(values) else {}
        inside["STATISTICAL_DATA"] = {
            "RESULT_INF": stated,
            "TABLE_INF": {"@id": table},
            "DATA_INF": {"VALUE": sent[0] if len(sent) == 1 else sent},
        }
    return Page(json.dumps({"GET_STATS_DATA": inside}, ensure_ascii=False).encode(), media_type="application/json")


def wide(rows: Iterable[tuple[str, str, str, str, Figures]], year: int = 2022, house: bool = False) -> bytes:
    """Return a wide CSV of exports: (nine-digit code, country, two units, figures), with `Apl` and apostrophes."""
    figures = ("Quantity1", "Quantity2", "Value")
    header = ["Exp or Imp", "Year", *(["Custom"] if house else []), "HS", "Country", "Unit1", "Unit2"]
    header += [f"{figure}-{month}" for month in ("Year", *MONTHS) for figure in figures]
    lines = [",".join(header).replace("-Apr", "-Apl")]
    for number, (code, country, first, second, found) in enumerate(rows):
        sums = [sum(column) for column in zip(*found.values(), strict=True)] or [0, 0, 0]
        months = [figure for month in range(1, 13) for figure in found.get(month, (0, 0, 0))]
        start = ["1", str(year), *([f"10{number}"] if house else []), f"'{code}'", country, first, second]
        lines.append(",".join([*start, *map(str, sums), *map(str, months)]))
    return ("\r\n".join(lines) + "\r\n").encode()

"""The 47 columns of UN Comtrade's final data as JSON text, in order; parts that many rows share are written once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from chipflows.demo.published import Statistics
from chipflows.demo.world import EXPORT, IMPORT, WORLD

SOURCE = "comtrade"
FLOW_TITLES = {"export": "Export", "re_export": "Re-export", "import": "Import"}
UNIT_NAMES = {"": "N/A"}
WEIGHT = "kg"
TOTAL = '"isReported":false,"isAggregate":true}'
DETAIL = '"isReported":true,"isAggregate":false}'
ALL_MEANS = ("C00", "TOTAL CPC", 0, "TOTAL MOT")


class Writer:
    """Writes names, codes and amounts of one world the way Comtrade does."""

    def __init__(self, statistics: Statistics) -> None:
        self.config, self.settings = statistics.world.config, statistics.settings
        self.all_lines, self.edition_lines = statistics.all_lines, statistics.lines
        source = self.config.sources[SOURCE]
        self.flow_codes = {word: code for code, word in source.flows.items()}
        self.unit_codes = {word: int(code) for code, word in source.units.items()}

    def code(self, iso3: str) -> int:
        return int(self.config.code_of(SOURCE, iso3))

    def name(self, iso3: str) -> tuple[str, str]:
        """Return how Comtrade writes an economy: its ISO code and its name."""
        own = self.settings.names.get(iso3)
        return (own[0], own[1]) if own else (iso3, self.config.economies[iso3].name)

    def start(self, reporter: str, flow: str, period: str) -> str:
        """Return the columns of a month (`2022-05`) or year, a reporter and a flow, after an opening brace."""
        iso, name = self.name(reporter)
        year, month = period[:4], period[5:]
        return compact(
            {
                "typeCode": "C",
                "freqCode": "M" if month else "A",
                "refPeriodId": int(f"{year}{month or '01'}01"),
                "refYear": int(year),
                "refMonth": int(month or 52),
                "period": year + month,
                "reporterCode": self.code(reporter),
                "reporterISO": iso,
                "reporterDesc": name,
                "flowCode": self.flow_codes[flow],
                "flowDesc": FLOW_TITLES[flow],
            }
        )[:-1]

    def towards(self, partner: str, second: str = WORLD) -> str:
        """Return the columns of the partner and of the second partner (consignment)."""
        columns: dict[str, Any] = {}
        for prefix, one in (("partner", partner), ("partner2", second)):
            iso, name = self.name(one)
            columns |= {f"{prefix}Code": self.code(one), f"{prefix}ISO": iso, f"{prefix}Desc": name}
        return compact(columns)[1:-1]

    @cached_property
    def lines(self) -> list[str]:
        """The columns of edition and code for all lines of all editions."""
        return [self.line(edition, one.code, one.title) for edition, own in self.edition_lines.items() for one in own]

    def line(self, edition: str, code: str, title: str) -> str:
        columns = {
            "classificationCode": edition,
            "classificationSearchCode": "HS",
            "isOriginalClassification": True,
            "cmdCode": code,
            "cmdDesc": title,
            "aggrLevel": len(code),
            "isLeaf": len(code) == 6,
        }
        return compact(columns)[1:-1]

    def means(self, customs: str, customs_name: str, transport: int, transport_name: str) -> str:
        """Return the columns of customs procedure and means of transport."""
        columns = {"customsCode": customs, "customsDesc": customs_name, "mosCode": "0"}
        return compact(columns | {"motCode": transport, "motDesc": transport_name})[1:-1]

    @cached_property
    def units(self) -> dict[str, tuple[str, str]]:
        """The columns of a unit and its short name, as they stand before a quantity and before the other quantity."""
        found = {}
        for unit, code in self.unit_codes.items():
            short = UNIT_NAMES.get(unit, unit)
            found[unit] = tuple(
                compact({f"{name}UnitCode": code, f"{name}UnitAbbr": short})[1:-1] for name in ("qty", "altQty")
            )
        return found  # type: ignore[return-value]

    def amounts(self, unit: str, grams: int, thousandths: int, is_estimated: bool) -> str:
        """Return the columns of quantities and weights; what is missing is sent as 0, no unit as -1."""
        first, other = self.units[unit]
        weight, is_guess = f"{grams // 1000}.{grams % 1000:03d}", "true" if is_estimated else "false"
        quantity = f"{thousandths // 1000}.{thousandths % 1000:03d}"
        is_guessed = is_guess if unit == WEIGHT else "false"
        return (
            f'{first},"qty":{quantity},"isQtyEstimated":{is_guessed},'
            f'{other},"altQty":{quantity},"isAltQtyEstimated":{is_guessed},'
            f'"netWgt":{weight},"isNetWgtEstimated":{is_guess},"grossWgt":0.0,"isGrossWgtEstimated":false'
        )

    def value(self, cents: int, is_estimated: bool, flow: str = EXPORT) -> str:
        """Return the columns of values, CIF for imports and FOB for the others, and the flag of estimates."""
        usd = f"{cents // 100}.{cents % 100:02d}"
        cif, fob = (usd, "0.0") if flow == IMPORT else ("0.0", usd)
        flag = 4 if is_estimated else 0
        return f'"cifvalue":{cif},"fobvalue":{fob},"primaryValue":{usd},"legacyEstimationFlag":{flag}'


def compact(columns: Mapping[str, Any]) -> str:
    return json.dumps(columns, ensure_ascii=False, separators=(",", ":"))


def envelope(rows: list[str], count: int | None = None) -> bytes:
    """Return the body that holds these rows; `count` where only their number was asked for."""
    count = len(rows) if count is None else count
    return f'{{"elapsedTime":"0.51 secs","count":{count},"data":[{",".join(rows)}],"error":""}}'.encode()

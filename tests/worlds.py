"""Tiny worlds: a few bodies in the sources' own wire formats, put through the store and built, with known answers."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from chipflows.config import Config, load_config
from chipflows.paths import Paths
from chipflows.raw.records import Answer, Record, Request, Scope
from chipflows.raw.store import Store
from chipflows.warehouse.build import build

ROOT = Path(__file__).parents[1]
ECONOMIES = ("RUS", "CHN", "HKG", "DEU", "FRA", "USA", "TWN", "KGZ", "TUR", "IND", "BRA", "W00", "EUR", "_X")
CODES = ("854231", "854239", "854110", "854140", "854141", "854142", "854143", "854149", "854150", "854151", "854159")
JANUARY = datetime(2026, 1, 15, 12, tzinfo=UTC)


@cache
def small_config() -> Config:
    """Return the project's configuration with a dozen economies, the codes above and two years."""
    whole = load_config(ROOT / "config")
    families = tuple(one for one in whole.families if any(hs6 in CODES for hs6, _ in one.members))
    # In a tiny world one month stands for a window.
    study = replace(whole.project.study, start="2021-01", end="2022-12", share_of_months_needed=0.01)
    members = {hs6 for one in families for hs6, _ in one.members}
    return replace(
        whole,
        project=replace(whole.project, study=study),
        economies={iso3: whole.economies[iso3] for iso3 in ECONOMIES},
        families=families,
        hs_codes=tuple(one for one in whole.hs_codes if one.hs6 in members),
        hs_groups=tuple(one for one in whole.hs_groups if one.hs6 in members),
    )


@dataclass
class World:
    """A profile of its own in a temporary folder."""

    home: Path
    config: Config = field(default_factory=small_config)
    project: Path = ROOT
    parts: int = 0
    as_of: date | None = None

    @property
    def paths(self) -> Paths:
        return Paths(self.project, self.home, ROOT / "config", "world", self.as_of)

    def build(self, as_of: date | None = None, **options: Any) -> str:
        """Build the tables, of today or as of a day; questions are then answered from these."""
        self.as_of = as_of
        return build(self.paths, self.config, **options)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query on the built tables."""
        with duckdb.connect(str(self.paths.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def number(self, sql: str) -> Any:
        """Return the one value of a query."""
        ((value,),) = self.ask(sql)
        return value

    def copy_sql(self) -> Path:
        """Give this world its own copy of `sql/` and `docs/`, to be changed by a test; returns the folder `sql`."""
        self.project = self.home / "project"
        shutil.copytree(ROOT / "sql", self.project / "sql")
        shutil.copytree(ROOT / "docs", self.project / "docs")
        return self.project / "sql"

    def put(self, request: Request, body: bytes, answer: Answer, at: datetime, **options: Any) -> Record:
        record = Store(self.paths.raw).put(request, body, answer, origin="a test", retrieved_at=at, **options)
        assert record is not None
        return record

    def comtrade(
        self,
        sent: Iterable[Mapping[str, Any]],
        /,
        *,
        at: datetime = JANUARY,
        reporters: Iterable[str] | None = ("CHN",),
        partners: Iterable[str] | None = ("RUS",),
        flows: Iterable[str] | None = ("export",),
        codes: Iterable[str] | None = CODES,
        periods: Iterable[str] | None = None,
        **answer: Any,
    ) -> Record:
        """Store an answer with these rows (see `row`); without `periods` it covers the months of its rows."""
        rows = list(sent)
        self.parts += 1
        scope = Scope(*(None if one is None else tuple(one) for one in (reporters, partners, flows, codes)))
        scope = replace(scope, periods=tuple(periods or sorted({label(one["period"]) for one in rows})))
        total = sum((Decimal(str(one["primaryValue"])) for one in rows), Decimal(0))
        found = {"outcome": "data" if rows else "empty", "rows": len(rows), "total": str(total)} | answer
        request = Request("comtrade", "data", (("scope", repr(scope)),), scope, "russia_supply", f"part {self.parts}")
        return self.put(request, envelope(rows), Answer(**found), at)

    def availability(self, months: Iterable[tuple[str, str, str]], at: datetime = JANUARY) -> Record:
        """Store a list of releases of (ISO3, period YYYY-MM, edition)."""
        rows = [
            {
                "freqCode": "M",
                "period": int(period.replace("-", "")),
                "reporterCode": int(self.config.code_of("comtrade", iso3)),
                "classificationCode": edition,
                "firstReleased": "2022-10-06T10:53:32.8266667",
                "lastReleased": "2022-10-07T10:53:32.8266667",
            }
            for iso3, period, edition in months
        ]
        request = Request("comtrade", "availability", (("at", at.isoformat()),), label="availability")
        return self.put(request, envelope(rows), Answer("data" if rows else "empty", len(rows)), at)

    def comext(
        self, rows: Iterable[tuple[str, ...]], *, at: datetime = JANUARY, frequency: str = "M", **scope: tuple[str, ...]
    ) -> Record:
        """Store Comext lines of exports: (reporter ISO2, partner ISO2, product, indicator, period, value)."""
        rows = list(rows)
        text = "DATAFLOW,LAST UPDATE,freq,reporter,partner,product,flow,indicators,TIME_PERIOD,OBS_VALUE\r\n"
        for reporter, partner, product, indicator, period, value in rows:
            key = f"{reporter},{partner},{product},2,{indicator},{period}"
            text += f"ESTAT:DS-045409(1.0),13/01/23 11:00:00,{frequency},{key},{value}\r\n"
        total = sum((Decimal(row[5]) for row in rows if row[3] == "VALUE_IN_EUROS"), Decimal(0))
        request = Request("eurostat_comext", "data", (("rows", text),), Scope(**scope), label="comext")
        return self.put(request, text.encode(), Answer("data", len(rows), str(total)), at, media_type="text/csv")

    def rates(self, daily: Iterable[tuple[str, str]], at: datetime = JANUARY) -> Record:
        """Store the ECB's daily file, zipped, with (day, dollars per euro)."""
        lines = ["Date,USD,CNY,", *(f"{day},{rate},N/A," for day, rate in daily)]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as container:
            container.writestr(zipfile.ZipInfo("eurofxref-hist.csv"), "\n".join(lines) + "\n")
        request = Request("fx", "rates", (("days", str(len(lines))),), label="daily")
        answer = Answer("data", len(lines) - 1, container="zip")
        return self.put(request, packed.getvalue(), answer, at, media_type="application/zip")


def label(period: str) -> str:
    return f"{period[:4]}-{period[4:]}" if len(period) == 6 else period


def envelope(rows: Iterable[Mapping[str, Any]]) -> bytes:
    rows = list(rows)
    return json.dumps({"elapsedTime": "0.51 secs", "count": len(rows), "data": rows, "error": ""}).encode()


def row(
    value: float | str,
    *,
    reporter: int = 156,
    partner: int = 643,
    flow: str = "X",
    period: str = "202111",
    code: str = "854231",
    edition: str | None = None,
    **others: Any,
) -> dict[str, Any]:
    """Return a row of Comtrade final data worth `value` dollars: the columns that are read, and some that are not."""
    return {
        "typeCode": "C",
        "freqCode": "M" if len(period) == 6 else "A",
        "period": period,
        "reporterCode": reporter,
        "reporterISO": None,
        "flowCode": flow,
        "partnerCode": partner,
        "partner2Code": 0,
        "classificationCode": edition or ("H6" if period >= "2022" else "H5"),
        "cmdCode": code,
        "customsCode": "C00",
        "mosCode": "0",
        "motCode": 0,
        "qtyUnitCode": 5,
        "qty": 10,
        "isQtyEstimated": False,
        "netWgt": 2.5,
        "isNetWgtEstimated": False,
        "primaryValue": value,
        "isReported": False,
        "isAggregate": True,
        **others,
    }


def month(text: str) -> date:
    """Return the first day of `YYYY-MM`."""
    return date.fromisoformat(f"{text}-01")

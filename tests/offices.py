"""What the tests of customs offices share: a small study, one download through the real loop, one build."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb
from worlds import ROOT, World

from chipflows.config import Config, load_config, months
from chipflows.raw.records import Answer, Request, Scope
from chipflows.raw.store import Store
from chipflows.sources import download
from chipflows.sources.own_plan import sent
from chipflows.warehouse.files import read_records
from chipflows.warehouse.typed import parse_all

PARTNERS = ("RUS", "KGZ", "SRB")
OLD, NEW, BOTH = ("854140",), ("854141", "854142", "854143", "854149"), ("854231",)
"""Codes of HS2017 only, of HS2022 only (parts of the old one), and of both."""


@cache
def whole_config() -> Config:
    return load_config(ROOT / "config")


def small(source: str, start: str = "2021-11", end: str = "2022-02", **limits: float) -> Config:
    """Return a study of three partners, the codes above and a few months across the change of editions."""
    whole = whole_config()
    corridor = replace(whole.project.corridors[0], partners=PARTNERS, flows=("export", "re_export"))
    study = replace(whole.project.study, start=start, end=end)
    pace = {"seconds_between_calls": 0.0, "timeout_seconds": 60.0}
    own = replace(whole.sources[source], limits=replace(whole.sources[source].limits, **(pace | limits)))
    families = tuple(one for one in whole.families if {hs6 for hs6, _ in one.members} & {*OLD, *NEW, *BOTH})
    members = {hs6 for family in families for hs6, _ in family.members}
    return replace(
        whole,
        project=replace(whole.project, study=study, corridors=(corridor,)),
        sources=whole.sources | {source: own},
        families=families,
        hs_codes=tuple(one for one in whole.hs_codes if one.hs6 in {*OLD, *NEW, *BOTH}),
        hs_groups=tuple(one for one in whole.hs_groups if one.hs6 in members),
    )


@dataclass
class Office:
    """One source of a world, asked and built as a person would."""

    source: str
    world: World

    @property
    def store(self) -> Store:
        return Store(self.world.paths.raw)

    def download(self, **options: Any) -> str:
        """Ask for everything; returns the line that a person reads."""
        return download.run(self.world.paths, self.world.config, sources=[self.source], **options)

    def build(self, rates: Mapping[str, str]) -> str:
        """Put the same rates (units per euro) into every month and build the tables."""
        study = self.world.config.project.study
        periods = months(study.start, study.end)
        lines = [
            f"EXR.M.{currency}.EUR.SP00.A,M,{currency},EUR,SP00,A,{period},{rate}"
            for currency, rate in rates.items()
            for period in periods
        ]
        header = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE"
        asked = Request("fx", "rates", (("series", "test"),), Scope(codes=tuple(rates), periods=periods), label="test")
        body = "\n".join([header, *lines, ""]).encode()
        moment = datetime(2022, 6, 1, tzinfo=UTC)
        self.world.put(asked, body, Answer("data", len(lines)), moment, media_type="text/csv")
        return self.world.build()

    def flows(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        """Return `core.flows`: value in the source's money and in dollars, weight, quantity, by cell."""
        rows = self.world.ask(
            "select partner, coalesce(origin, ''), flow, hs6, strftime(period, '%Y-%m'), value_native, value_usd, "
            f"weight_kg, quantity, quantity_unit, currency, reporter from core.flows where source = '{self.source}'"
        )
        return {row[:5]: row[5:] for row in rows}

    def totals(self) -> dict[str, Decimal]:
        """Return the value in the source's own money by flow."""
        sql = f"select flow, sum(value_native) from core.flows where source = '{self.source}' group by all"
        return dict(self.world.ask(sql))  # type: ignore[arg-type]

    def staged(self) -> list[dict[str, Any]]:
        """Return the rows of every body as staging reads them, each body's accounted for: lines and control total."""
        files = read_records(self.world.paths.raw)
        typed, _ = parse_all(files, self.world.paths.sql, lambda line: None)
        with duckdb.connect() as connection:
            names = [str(path) for path in typed["flows"]]
            found = connection.execute("select * from read_parquet(?) order by file_id, row_number", [names])
            rows = [dict(zip((one[0] for one in found.description), row, strict=True)) for row in found.fetchall()]
        for file in files:
            if file.kind == "data" and file.outcome == "data":
                own = [row for row in rows if row["file_id"] == file.file_id]
                assert sum(row["lines"] for row in own) == file.rows
                assert sum(row["value_native"] or 0 for row in own) == Decimal(file.record["total"])
                assert len({row["row_number"] for row in own}) == len(own)
        return rows


def asked_parameters(requests: Iterable[Request]) -> list[dict[str, str]]:
    return [dict(sent(request)[1]) for request in requests]


def no_file_holds(office: Office, secret: str) -> bool:
    """Say whether no file under the world's folder holds a text, in its records or its bodies."""
    for path in office.world.home.rglob("*"):
        if path.is_file():
            content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            if secret.encode() in content:
                return False
    return True

"""Raw files in UN Comtrade's own wire format, as many rows as wanted, made up and the same on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np

from chipflows.config import Config, months
from chipflows.raw.records import Answer, Request, Scope
from chipflows.raw.store import Store

RECEIVED = datetime(2026, 3, 2, 6, tzinfo=UTC)
ROWS_PER_CALL = 95_000

PERSISTENCE = 0.1
"""How often relations trade is drawn from a beta distribution with this sum of its two parameters: the smaller, the
more of them trade nearly always or hardly ever, as real ones do."""

MONTH = (
    '{{"typeCode":"C","freqCode":"M","refPeriodId":{period}01,"refYear":{year},"refMonth":{month},"period":"{period}",'
)
REPORTER = '"reporterCode":{0.comtrade},"reporterISO":"{0.iso3}","reporterDesc":"{0.name}","flowCode":"X",'
PARTNER = (
    '"flowDesc":"Export","partnerCode":{0.comtrade},"partnerISO":"{0.iso3}","partnerDesc":"{0.name}",'
    '"partner2Code":0,"partner2ISO":"W00","partner2Desc":"World",'
)
GOOD = (
    '"classificationCode":"{0.hs_edition}","classificationSearchCode":"HS","isOriginalClassification":true,'
    '"cmdCode":"{0.hs6}","cmdDesc":"{title}","aggrLevel":6,"isLeaf":true,"customsCode":"C00",'
    '"customsDesc":"TOTAL CPC","mosCode":"0","motCode":0,"motDesc":"TOTAL MOT","qtyUnitCode":5,"qtyUnitAbbr":"u",'
)
FIGURES = (
    '"qty":%d.0,"isQtyEstimated":false,"altQtyUnitCode":5,"altQtyUnitAbbr":"u","altQty":%d.0,'
    '"isAltQtyEstimated":false,"netWgt":%.2f,"isNetWgtEstimated":false,"grossWgt":0.0,"isGrossWgtEstimated":false,'
    '"cifvalue":null,"fobvalue":%.3f,"primaryValue":%.3f,"legacyEstimationFlag":0,"isReported":false,'
    '"isAggregate":true}'
)


def write_comtrade(folder: Path, config: Config, rows: int, seed: int = 1) -> int:
    """Return how many rows, about `rows`, were stored below `folder`: answers of one to twelve months, each just under
    the cap of a call."""
    store, all_months = Store(folder), months(config.project.study.start, "2025-12")
    world = World(config, np.random.default_rng(seed), rows / len(all_months))
    span = max(1, round(len(all_months) * ROWS_PER_CALL / max(rows, 1)))
    calls = (all_months[start : start + span] for start in range(0, len(all_months), span))
    return sum(put(store, world, periods, RECEIVED) for periods in calls)


def write_new_month(folder: Path, config: Config, rows: int) -> int:
    """Return how many rows were stored of the month after those of `write_comtrade(folder, config, rows)`."""
    span = len(months(config.project.study.start, "2025-12"))
    world = World(config, np.random.default_rng(1), rows / span)  # the same relations trade
    world.rng = np.random.default_rng(2)
    return put(Store(folder), world, ("2026-01",), RECEIVED + timedelta(days=1))


def put(store: Store, world: World, periods: Sequence[str], received: datetime) -> int:
    body, answer, scope = world.answer(periods)
    parameters = (("path", "/data/v1/get/C/M/HS"), ("period", ",".join(periods).replace("-", "")))
    request = Request("comtrade", "data", parameters, scope, "coalition_to_hubs", f"bench-{periods[0]}")
    store.put(request, body, answer, origin="generated for measuring", retrieved_at=received)
    return answer.rows


class World:
    """Relations (reporter, partner, good) of which about `per_month` trade in a month, each of a size and habit."""

    def __init__(self, config: Config, rng: np.random.Generator, per_month: float) -> None:
        self.config, self.rng = config, rng
        self.reporters = tuple(one for one in config.select(["role:coalition", "CHN", "HKG"]) or ())
        self.partners = tuple(one for one in config.select(["RUS", "role:hub"]) or () if one not in self.reporters)
        self.newest = max(config.project.hs_editions, key=lambda one: one.in_force)
        asked = [one for one in config.hs_codes if one.is_requested and not one.is_heading]
        self.goods = {
            edition: [GOOD.format(one, title=one.title.replace('"', "")) for one in asked if one.hs_edition == edition]
            for edition in (self.newest.id, "H5")
        }
        self.shape = (len(self.reporters), len(self.partners), min(map(len, self.goods.values())))
        share = min(per_month / np.prod(self.shape), 1.0)
        sides = PERSISTENCE * share, PERSISTENCE * (1 - share)
        self.habit = rng.beta(*sides, self.shape) if share < 1 else np.ones(self.shape)
        self.size = rng.normal(9, 2, self.shape)

    def answer(self, periods: Sequence[str]) -> tuple[bytes, Answer, Scope]:
        """Return the answer to one call, its rows sorted as Comtrade sorts them."""
        economies = self.config.economies
        here = [REPORTER.format(economies[one]) for one in self.reporters]
        there = [PARTNER.format(economies[one]) for one in self.partners]
        thousandths, lines = 0, []
        for period in periods:
            goods = self.goods[self.newest.id if period >= self.newest.in_force else "H5"]
            month = MONTH.format(period=period.replace("-", ""), year=period[:4], month=int(period[5:]))
            cells = np.nonzero(self.rng.random(self.shape) < self.habit)
            values = np.exp(self.size[cells] + self.rng.normal(0, 0.5, len(cells[0])))
            whole = np.round(values * 1000).astype(np.int64)
            thousandths += int(whole.sum())
            for reporter, partner, good, value in zip(*(one.tolist() for one in cells), whole.tolist(), strict=True):
                usd = value / 1000
                figures = FIGURES % (usd // 7, usd // 7, max(usd / 90, 0.01), usd, usd)
                lines.append(f"{month}{here[reporter]}{there[partner]}{goods[good]}{figures}")
        total = Decimal(thousandths).scaleb(-3)
        body = f'{{"elapsedTime":"9.99 secs","count":{len(lines)},"data":[{",".join(lines)}],"error":""}}'
        scope = Scope(self.reporters, self.partners, ("export",), self.config.requested_codes(), tuple(periods))
        return body.encode(), Answer("data", len(lines), f"{total:.3f}"), scope

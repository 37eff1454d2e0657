"""Raw files in UN Comtrade's own wire format, as many rows as wanted, made up and the same on every machine."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np

from chipflows.config import Config, months
from chipflows.raw.records import Answer, Request, Scope
from chipflows.raw.store import Store

RECEIVED = datetime(2026, 3, 2, 6, tzinfo=UTC)
ROWS_PER_CALL = 95_000

ROW = (
    '{{"typeCode":"C","freqCode":"M","refPeriodId":{period}01,"refYear":{year},"refMonth":{month},"period":"{period}",'
    '"reporterCode":{reporter},"reporterISO":"{reporter_iso}","reporterDesc":"{reporter_name}","flowCode":"X",'
    '"flowDesc":"Export","partnerCode":{partner},"partnerISO":"{partner_iso}","partnerDesc":"{partner_name}",'
    '"partner2Code":0,"partner2ISO":"W00","partner2Desc":"World","classificationCode":"{edition}",'
    '"classificationSearchCode":"HS","isOriginalClassification":true,"cmdCode":"{code}","cmdDesc":"{title}",'
    '"aggrLevel":{level},"isLeaf":true,"customsCode":"C00","customsDesc":"TOTAL CPC","mosCode":"0","motCode":0,'
    '"motDesc":"TOTAL MOT","qtyUnitCode":5,"qtyUnitAbbr":"u","qty":{quantity},"isQtyEstimated":false,'
    '"altQtyUnitCode":5,"altQtyUnitAbbr":"u","altQty":{quantity},"isAltQtyEstimated":false,"netWgt":{weight},'
    '"isNetWgtEstimated":false,"grossWgt":0.0,"isGrossWgtEstimated":false,"cifvalue":null,"fobvalue":{value},'
    '"primaryValue":{value},"legacyEstimationFlag":0,"isReported":false,"isAggregate":true}}'
)


def write_comtrade(folder: Path, config: Config, rows: int, seed: int = 1) -> int:
    """Return how many rows were stored below `folder`: answers of one to twelve months, each just under the cap."""
    rng, store = np.random.default_rng(seed), Store(folder)
    reporters = tuple(one for one in config.select(["role:coalition", "CHN", "HKG"]) or ())
    partners = tuple(one for one in config.select(["RUS", "role:hub"]) or () if one not in reporters)
    all_months = months(config.project.study.start, "2025-12")
    span = max(1, round(len(all_months) * ROWS_PER_CALL / max(rows, 1)))
    written = 0
    for start in range(0, len(all_months), span):
        periods = all_months[start : start + span]
        wanted = min(ROWS_PER_CALL, round(rows * len(periods) / len(all_months)))
        body, answer, scope = one_body(config, rng, reporters, partners, periods, wanted)
        parameters = (("path", "/data/v1/get/C/M/HS"), ("period", ",".join(periods).replace("-", "")))
        request = Request("comtrade", "data", parameters, scope, "coalition_to_hubs", f"bench-{periods[0]}")
        store.put(request, body, answer, origin="generated for measuring", retrieved_at=RECEIVED)
        written += answer.rows
    return written


def one_body(
    config: Config,
    rng: np.random.Generator,
    reporters: tuple[str, ...],
    partners: tuple[str, ...],
    periods: tuple[str, ...],
    wanted: int,
) -> tuple[bytes, Answer, Scope]:
    """Return one answer: distinct cells drawn at random, sorted as Comtrade sorts them."""
    newest = max(config.project.hs_editions, key=lambda one: one.in_force)
    editions = {period: newest.id if period >= newest.in_force else "H5" for period in periods}
    goods = {
        edition: [
            one for one in config.hs_codes if one.is_requested and one.hs_edition == edition and not one.is_heading
        ]
        for edition in set(editions.values())
    }
    most = min(map(len, goods.values()))
    shape = (len(periods), len(reporters), len(partners), most)
    cells = np.sort(rng.choice(int(np.prod(shape)), size=min(wanted, int(np.prod(shape))), replace=False))
    values = np.round(np.exp(rng.normal(9, 2, len(cells))), 3)
    total, lines = Decimal(0), []
    for (at, reporter, partner, good), value in zip(
        np.stack(np.unravel_index(cells, shape), axis=1).tolist(), values.tolist(), strict=True
    ):
        period, one = periods[at], goods[editions[periods[at]]][good]
        here, there = config.economies[reporters[reporter]], config.economies[partners[partner]]
        total += Decimal(repr(value))
        lines.append(
            ROW.format(
                period=period.replace("-", ""), year=period[:4], month=int(period[5:]),
                reporter=here.comtrade, reporter_iso=here.iso3, reporter_name=here.name,
                partner=there.comtrade, partner_iso=there.iso3, partner_name=there.name,
                edition=one.hs_edition, code=one.hs6, level=6, title=one.title.replace('"', ""),
                quantity=float(int(value) // 7), weight=round(value / 90, 2), value=value,
            )
        )  # fmt: skip
    body = f'{{"elapsedTime":"9.99 secs","count":{len(lines)},"data":[{",".join(lines)}],"error":""}}'
    scope = Scope(reporters, partners, ("export",), config.requested_codes(), periods)
    return body.encode(), Answer("data", len(lines), f"{total:.3f}"), scope

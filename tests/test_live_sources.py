"""What holds for every source that the live profile asks, whichever it is."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path

import pytest
from offices import small
from standin import comext, ecb, hongkong_censtatd, japan_customs, korea_customs
from standin.comext import sdmx_csv
from standin.rehearsal import rehearse
from standin.server import Page, StandIn
from worlds import World

from chipflows.config import load_config, months
from chipflows.errors import Incomplete
from chipflows.paths import Paths
from chipflows.raw.records import Answer
from chipflows.raw.store import Store
from chipflows.sources import download, module_of

ROOT = Path(__file__).parents[1]
LIVE = load_config(ROOT / "config").profile("live").sources
TODAY = date(2022, 6, 30)


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for source in LIVE:
        monkeypatch.setenv(f"CHIPFLOWS_{source.upper()}_KEY", "a-key")


@pytest.mark.parametrize("source", LIVE)
def test_a_refresh_asks_the_last_three_months_again(source: str, tmp_path: Path) -> None:
    config = small(source)
    whole = replace(config, project=replace(config.project, study=replace(config.project.study, start="2021-06")))
    store, module = Store(tmp_path, now=lambda: datetime(2022, 6, 1, tzinfo=UTC)), module_of(source)
    while todo := module.plan(whole, store, today=TODAY):
        for request in todo:
            store.put(request, b'{"data": []}', Answer("data", 1), origin="test")
    again = [one for one in module.plan(whole, store, today=TODAY, refresh=True) if one.kind != "availability"]
    assert {period for one in again for period in one.scope.periods or ()} == {"2021-12", "2022-01", "2022-02"}


# --- four outcomes: figures, a true empty, a refusal, a broken answer; only the first two are kept ---


class Canned(StandIn):
    """Says the same to every question."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page

    def answer(self, path: str, parameters: dict[str, str]) -> Page:
        return self.page


class Peg(StandIn):
    """Both sources of rates: a rate for every currency and month that is asked for."""

    def answer(self, path: str, parameters: dict[str, str]) -> Page:
        if "EXR/M." in path:
            currencies = path.rsplit("M.", 1)[1].split(".")[0].split("+")
            series = product(currencies, months(parameters["startPeriod"], parameters["endPeriod"]))
            lines = [f"EXR,M,{currency},EUR,SP00,A,{month},1.1" for currency, month in series]
            header = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE"
            return Page("\n".join([header, *lines, ""]).encode())
        asked = months(parameters["from"], parameters["to"])
        records = [{"end_of_month": month, "usd": 7.8, "eur": 8.8} for month in asked]
        return as_json({"header": {"success": True}, "result": {"datasize": len(records), "records": records}})


def as_json(body: object, status: int = 200) -> Page:
    return Page(json.dumps(body).encode(), status, "application/json")


NOTHING = {
    "comtrade": as_json({"elapsedTime": "0.05 secs", "count": 0, "data": [], "error": ""}),
    "eurostat_comext": Page(sdmx_csv([])),
    "hongkong_censtatd": hongkong_censtatd.failure(1, "No record found"),
    "uk_hmrc": as_json({"value": []}),
    "us_census": Page(status=204),
    "japan_customs": japan_customs.answer(1, "The process ended normally, but there was no data."),
    "korea_customs": korea_customs.xml(""),
}
"""What each source says where there was no trade."""

NO = {
    "comtrade": (
        as_json({"statusCode": 401, "message": "Access denied due to invalid subscription key."}, 401),
        "key was refused",
    ),
    "eurostat_comext": (comext.fault("INVALID_QUERY_DIMENSION_VALUE: values not allowed: 999999", 400), "999999"),
    "hongkong_censtatd": (hongkong_censtatd.failure(1, "Validation error: Commodity code"), "Commodity code"),
    "uk_hmrc": (as_json({"error": {"code": "400", "message": "The query is not valid"}}, 400), "not valid"),
    "us_census": (Page(status=302, headers={"Location": "/missing_key.html"}), "key was refused"),
    "japan_customs": (japan_customs.answer(100, "Authentication failed."), "key was refused"),
    "korea_customs": (korea_customs.service_error("30", "SERVICE_KEY_IS_NOT_REGISTERED_ERROR"), "key was refused"),
    "fx": (ecb.fault(404, "No results found."), "No results found"),
    "hkma": (as_json({"header": {"success": False}}, 404), "status 404"),
}
"""How each source refuses, and what a person reads of it."""

HALF = Page(b'{"value": [', media_type="application/json")
UNUSABLE = {
    "cut": HALF,
    "down": Page(b"Service Unavailable", 503, "text/plain"),
    "a page": Page(b"<!DOCTYPE html><html>"),
}


def ask(
    home: Path, monkeypatch: pytest.MonkeyPatch, pages: dict[str, StandIn], *sources: str
) -> tuple[int, str, Store]:
    """Return exit code, words and store of a download; sources without a stand-in are not there at all."""
    monkeypatch.setattr("chipflows.sources.http.TRIES", 1)
    config = small(sources[0])
    pace = {"seconds_between_calls": 0.0, "keyless_seconds_between_calls": 0.0, "timeout_seconds": 60.0}
    polite = {name: replace(one, limits=replace(one.limits, **pace)) for name, one in config.sources.items()}
    world = World(home, replace(config, sources=polite))
    for source in sources:
        address = pages[source].address if source in pages else "http://127.0.0.1:9"
        monkeypatch.setenv(f"CHIPFLOWS_{source.upper()}_URL", address)
    try:
        return 0, download.run(world.paths, world.config, sources=sources), Store(world.paths.raw)
    except Incomplete as error:
        return error.exit_code, str(error), Store(world.paths.raw)


@pytest.mark.parametrize("source", NOTHING)
def test_no_trade_is_an_answer_and_is_kept(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Canned(NOTHING[source]) as server:
        code, _, store = ask(tmp_path, monkeypatch, {source: server}, source)
    assert code == 0
    assert {(record.outcome, record.rows) for record in store.records(source)} == {("empty", 0)}


@pytest.mark.parametrize("source", LIVE)
def test_a_refusal_is_said_and_nothing_is_kept(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, text = NO[source]
    with Canned(page) as server:
        code, said, store = ask(tmp_path, monkeypatch, {source: server}, source)
    assert code == 3
    assert re.search(rf"^{source}: .*incomplete: .*{text}.*still missing: ", said)
    assert not list(store.records())


@pytest.mark.parametrize("source", LIVE)
@pytest.mark.parametrize("what", UNUSABLE)
def test_a_broken_answer_is_said_and_nothing_is_kept(
    source: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Canned(UNUSABLE[what]) as server:
        code, said, store = ask(tmp_path, monkeypatch, {source: server}, source)
        assert len(server.calls) <= download.TOO_OFTEN, "then it is down"
    assert code == 3
    assert re.search(rf"^{source}: .*incomplete: .*still missing: ", said)
    assert not list(store.records())


# --- one that is down never stops the others ---


@pytest.mark.parametrize("source", LIVE)
@pytest.mark.parametrize("how", ["nobody listens", "503"])
def test_a_source_that_is_down_does_not_stop_the_others(
    source: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        pages: dict[str, StandIn] = {one: stack.enter_context(Canned(page)) for one, page in NOTHING.items()}
        pages |= {one: stack.enter_context(Peg()) for one in ("fx", "hkma")}
        if how == "503":
            pages[source] = stack.enter_context(Canned(UNUSABLE["down"]))
        else:
            del pages[source]
        code, said, store = ask(tmp_path, monkeypatch, pages, *LIVE)
    assert code == 3
    lines = dict(line.split(": ", 1) for line in re.split(rf"; (?=(?:{'|'.join(LIVE)}): \d)", said))
    assert list(lines) == list(LIVE)
    assert [one for one, line in lines.items() if "incomplete" in line] == [source]
    assert re.search(r"incomplete: .+; still missing: .+20\d\d-\d\d", lines[source])
    assert {record.source for record in store.records()} == set(LIVE) - {source}


# --- the whole scope ---


@pytest.mark.slow
def test_the_whole_live_scope_of_comtrade_in_few_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_config(ROOT / "config")
    study = replace(config.project.study, end="2026-10")
    paths = Paths(project=ROOT, home=tmp_path, config=ROOT / "config", profile="live")
    first, refresh = rehearse(paths, replace(config, project=replace(config.project, study=study)), monkeypatch)
    assert first.fewest > 50, "nine years of four corridors"
    assert first.made <= 1.10 * first.fewest
    assert refresh.made <= 12
    print(first, refresh)

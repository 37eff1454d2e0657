"""What holds for every source that the live profile asks, whichever it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from offices import small
from standin.rehearsal import rehearse

from chipflows.config import load_config
from chipflows.paths import Paths
from chipflows.raw.records import Answer
from chipflows.raw.store import Store
from chipflows.sources import module_of

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

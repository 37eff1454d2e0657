"""A source that revises, withdraws and re-issues between two refreshes: every vintage stays, the changes are listed."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from standin.comtrade import KEY_COLUMNS, Comtrade, scattered
from standin.study import corridor, write_study

from chipflows.config import load_config
from chipflows.paths import Paths
from chipflows.raw.store import Store
from chipflows.sources import download
from chipflows.warehouse.build import build

OCTOBER, NOVEMBER = datetime(2026, 10, 2, 9, tzinfo=UTC), datetime(2026, 11, 3, 9, tzinfo=UTC)
CODES = ["854231", "854232", "854239", "854110"]
CHINA, GERMANY, JAPAN = 156, 276, 392


def refresh(paths: Paths, server: Comtrade, patch: pytest.MonkeyPatch, at: datetime) -> None:
    patch.setattr(download, "Store", partial(Store, now=lambda: at))
    patch.setenv("CHIPFLOWS_COMTRADE_URL", server.url)
    download.run(paths, load_config(paths.config), refresh=True)


def marts(paths: Paths) -> dict[str, bytes]:
    return {str(path.relative_to(paths.marts)): path.read_bytes() for path in paths.marts.rglob("*.parquet")}


def changed(before: pd.DataFrame, after: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return the cells that differ between two states of the server, as (period, reporter, code, change)."""
    both = before.merge(after, on=KEY_COLUMNS, how="outer", suffixes=("_before", "_after"), indicator=True)
    both = both[both["primaryValue_before"].ne(both["primaryValue_after"])]
    names = both["_merge"].map({"left_only": "gone", "right_only": "new", "both": "changed"})
    return sorted(zip(both["period"], both["reporterCode"].astype(str), both["cmdCode"], names, strict=True))


@pytest.fixture
def patch(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith("CHIPFLOWS_") and name != "CHIPFLOWS_REAL"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CHIPFLOWS_COMTRADE_KEY", "free-key-1")
    return monkeypatch


def test_every_vintage_is_kept_and_the_first_report_can_be_made_again(
    tmp_path: Path, patch: pytest.MonkeyPatch
) -> None:
    paths = write_study(tmp_path, [corridor("supply", ["*"], ["RUS"], ["export"])], "2021-04", "2021-06")
    config = load_config(paths.config)
    truth = scattered(["202104", "202105", "202106"], [CHINA, GERMANY, JAPAN], [643], CODES, ["X"], 0.8)
    first = truth.copy()
    with Comtrade(truth) as server:
        refresh(paths, server, patch, OCTOBER)
        build(paths, config)
        october = marts(paths)
        server.revise(CHINA, "202105", 1.25, "2026-10-20T00:00:00")
        withdrawn = server.truth[(server.truth.reporterCode == GERMANY) & (server.truth.period == "202104")].index[0]
        server.truth.loc[withdrawn, ["reporterCode", "cmdCode"]] = [GERMANY, "854121"]
        server.release(GERMANY, "202104", "2026-10-20T00:00:00")
        server.release(JAPAN, "202106", "2026-10-20T00:00:00")
        refresh(paths, server, patch, NOVEMBER)
        second = server.truth.copy()
    build(paths, config)
    with duckdb.connect(str(paths.database), read_only=True) as connection:
        found = connection.execute(
            "select strftime(period, '%Y%m'), reporter, code, change from core.revisions "
            "where vintage_before = '2026-10-02' and vintage_now = '2026-11-03'"
        ).fetchall()
        held = connection.execute("select sum(value_usd) from core.flows").fetchall()[0][0]
    planted = changed(first, second)
    assert sorted((period, config.code_of("comtrade", who), *rest) for period, who, *rest in found) == planted
    assert {change for *_, change in planted} == {"new", "gone", "changed"}
    assert {reporter for _, reporter, *_ in planted} == {str(CHINA), str(GERMANY)}, "re-issued as it was: no change"
    assert float(held) == pytest.approx(second["primaryValue"].sum(), abs=0.01)
    then = replace(paths, as_of=OCTOBER.date())
    build(then, config)
    assert marts(then) == october

"""Status: what is held, covered, due and revised, as text and as JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from standin.clock import stopped
from worlds import World, row

from chipflows.warehouse.status import status


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """China's November 2021, received forty days after its end and again, revised, a month later."""
    world = World(tmp_path_factory.mktemp("world"))
    for at, value in (
        (datetime(2022, 1, 10, tzinfo=UTC), 612_000_000),
        (datetime(2022, 2, 10, tzinfo=UTC), 618_000_000),
    ):
        world.comtrade([row(value)], at=at)
    world.build()
    return world


def test_status_says_what_was_revised(world: World) -> None:
    text = status(world.paths, world.config, today=date(2022, 2, 10))
    assert "revised since 2022-01-10: 1 rows changed, 0 new, 0 gone, in 1 months of reporters" in text
    assert "China to Russia, 2021-11, Integrated circuits: USD 612,000,000 → 618,000,000" in text
    assert len(text.splitlines()) < 24
    assert max(map(len, text.splitlines())) < 120


@pytest.mark.parametrize(("asked", "due"), [("2022-02-09", 0), ("2022-02-11", 1)])
def test_a_month_that_came_due_since_is_named(tmp_path: Path, asked: str, due: int) -> None:
    world = World(tmp_path)
    world.comtrade([row(5)], at=datetime(2022, 1, 10, tzinfo=UTC))
    world.build()
    text = status(world.paths, world.config, today=date.fromisoformat(asked))
    assert ("came due since last asked (run `chipflows download --refresh`): 1 comtrade" in text) is bool(due)


def test_status_as_json_has_the_same(world: World) -> None:
    found = json.loads(status(world.paths, world.config, is_json=True))
    assert found["files"] == [{"source": "comtrade", "files": 2, "rows": 2, "last_received": "2022-02-10 00:00"}]
    assert found["tables"]["coverage"][0]["newest_month"] == "2021-11"
    assert found["tables"]["revisions"]["largest"][0]["value_usd_now"] == 618_000_000
    assert json.loads(status(World(world.home / "empty").paths, world.config, is_json=True))["tables"] is None


def test_status_says_what_is_held_and_what_waits(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert "no raw files: run `chipflows download`" in status(world.paths, world.config)
    world.comtrade([row(5)])
    assert "1 files wait to be read" in status(world.paths, world.config)
    world.build()
    world.availability([("CHN", "2021-11", "H5")], at=datetime(2026, 2, 1, tzinfo=UTC))
    text = status(world.paths, world.config)
    assert [line.split() for line in text.splitlines() if "2026-02-01" in line] == [
        ["comtrade", "2", "2", "2026-02-01", "2021-11", "1", "1", "of", "1"]
    ]
    assert "1 files are not in the tables yet" in text
    assert "checks: all passed" in text


def test_status_counts_the_calls_of_this_month(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = world.paths.quota / "comtrade-0123456789ab.jsonl"
    ledger.parent.mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr("chipflows.warehouse.status.datetime", stopped(datetime(2026, 10, 31, 23, tzinfo=UTC)))
    days = ["2026-10-01", "2026-10-02", "2026-09-30"]
    ledger.write_text("".join(json.dumps({"at": f"{day}T00:00:00Z", "event": "call"}) + "\n" for day in days))
    assert "comtrade: 2 of 480 calls used in 2026-10" in status(world.paths, world.config)

"""The calendar of releases is learned from lists of releases and from what was received when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from worlds import World, month, row

MONTHS = [f"2021-{number:02}" for number in range(1, 13)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def ends(period: str) -> datetime:
    """Return the first day after a month."""
    return datetime.fromisoformat(f"{period}-28T12:00:00+00:00").replace(tzinfo=UTC) + timedelta(days=4)


def after(period: str, days: int) -> datetime:
    return ends(period).replace(day=1) + timedelta(days=days)


def receive(world: World, lags: dict[str, int], reporter: int = 156, iso3: str = "CHN") -> None:
    for period, days in lags.items():
        sent = [row(5, period=period.replace("-", ""), reporter=reporter)]
        world.comtrade(sent, at=after(period, days), reporters=(iso3,))


def calendar(world: World, columns: str) -> list[tuple[object, ...]]:
    return world.ask(f"select {columns} from marts.release_calendar where source = 'comtrade' and reporter = 'CHN'")


def test_the_lag_is_learned_from_months_received_as_they_came_out(world: World) -> None:
    receive(world, dict(zip(MONTHS, (40, 40, 44, 50, 38, 41, 41, 42, 39, 60, 41, 43), strict=True)))
    world.build()
    assert calendar(world, "learned_from, months_observed, lag_days, slow_days, last_period, next_period") == [
        ("reporter", 12, 41, 60, month("2021-12"), month("2022-01"))
    ]
    assert calendar(world, "expected_on, overdue_from") == [(date(2022, 3, 14), date(2022, 4, 2))]


def test_months_that_came_together_tell_of_the_newest_only(world: World) -> None:
    together = [row(5, period=period.replace("-", "")) for period in MONTHS]
    world.comtrade(together, at=after("2021-12", 45))
    world.build()
    assert world.ask("select period, lag_days, basis from core.release_lags") == [
        (month("2021-12"), 45, "first received")
    ]
    assert calendar(world, "learned_from, lag_days") == [("source", 45)]


def test_old_files_brought_late_teach_nothing(world: World) -> None:
    world.comtrade([row(5)], at=datetime(2026, 1, 15, tzinfo=UTC))
    world.build()
    assert calendar(world, "learned_from, lag_days, expected_on") == [("nothing observed", None, None)]


def test_a_list_of_releases_speaks_before_receipts(world: World) -> None:
    world.comtrade([row(5, period="202208")], at=datetime(2022, 10, 20, tzinfo=UTC))
    world.availability([("CHN", "2022-08", "H6")], at=datetime(2022, 10, 20, tzinfo=UTC))
    world.build()
    assert world.ask("select released_on, lag_days, basis from core.release_lags") == [
        (date(2022, 10, 6), 35, "list of releases")
    ]


def test_a_month_is_due_after_the_time_that_slow_ones_took(world: World) -> None:
    receive(world, dict.fromkeys(MONTHS[:6], 40) | {"2021-07": 70})
    world.comtrade([row(5, period="202108", reporter=344)], at=after("2021-08", 80), reporters=("HKG",))
    world.build()
    due = "select period, is_due from marts.coverage_grid where reporter = 'CHN' and period >= '2021-08-01' order by 1"
    assert world.ask(due)[:2] == [(month("2021-08"), True), (month("2021-09"), False)]

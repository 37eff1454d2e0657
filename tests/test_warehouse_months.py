"""A build that makes only changed months anew gives the same tables, and the same bytes, as one from nothing."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from worlds import JANUARY, ROOT, World, row

from chipflows.config import Config, Correction
from chipflows.errors import UsageError
from chipflows.warehouse import build, by_period, publish
from chipflows.warehouse.by_period import parts
from chipflows.warehouse.graph import read_layer, statement

MONTHS = [f"{year}{month:02}" for year in (2021, 2022) for month in range(1, 13)]
CHINA, GERMANY, KYRGYZSTAN, RUSSIA, WORLD = 156, 276, 417, 643, 0


def state(world: World) -> tuple[dict[str, object], dict[str, bytes]]:
    """Return what stands in every table of core and marts, and the files of the marts."""
    names = world.ask(
        "select schema_name || '.' || table_name from duckdb_tables() where schema_name in ('core', 'marts')"
    )
    tables = {name: world.ask(f"select count(*), sum(hash(one)) from {name} as one") for (name,) in sorted(names)}
    return tables, {str(path.relative_to(world.paths.marts)): path.read_bytes() for path in marts(world)}


def marts(world: World) -> list[Path]:
    return sorted(world.paths.marts.rglob("*.parquet"))


def from_nothing(world: World) -> World:
    """Return a world with the same raw files and no tables, built."""
    fresh = replace(world, home=world.home.with_name(f"{world.home.name}-fresh"))
    shutil.rmtree(fresh.home, ignore_errors=True)
    shutil.copytree(world.paths.raw, fresh.paths.raw)
    fresh.build()
    return fresh


def assert_as_from_nothing(world: World) -> None:
    tables, files = state(world)
    tables_, files_ = state(from_nothing(world))
    assert [name for name in tables_ if tables[name] != tables_[name]] == []
    assert files.keys() == files_.keys()
    assert [name for name in files if files[name] != files_[name]] == []


def answer(world: World, rng: random.Random, periods: list[str], at: datetime) -> None:
    """Store an answer about some months: new, revised or without a row, of one reporter or of several."""
    reporters = rng.sample([CHINA, GERMANY, KYRGYZSTAN], rng.choice([1, 3]))
    sent = [
        row(rng.randint(1, 999), reporter=reporter, partner=partner, period=period, code=code, netWgt=rng.randint(0, 3))
        for reporter in reporters
        for period in periods
        for partner in (RUSSIA, WORLD, KYRGYZSTAN)
        for code in ("854231", "854239", "8542")
        if partner != reporter and rng.random() < 0.7
    ]
    names = {CHINA: "CHN", GERMANY: "DEU", KYRGYZSTAN: "KGZ"}
    world.comtrade(
        sent,
        at=at,
        reporters=[names[one] for one in reporters],
        partners=("RUS", "W00", "KGZ"),
        codes=("854231", "854239", "8542"),
        periods=[f"{period[:4]}-{period[4:]}" for period in periods],
    )


def own_customs(world: World, rng: random.Random, periods: list[str], at: datetime) -> None:
    """Store an answer of Eurostat, in euros, beside Comtrade's of the same reporter."""
    lines = [
        ("DE", "RU", code, "VALUE_IN_EUROS", f"{period[:4]}-{period[4:]}", str(rng.randint(1, 99)))
        for period in periods
        for code in ("85423110", "85423990")
    ]
    labels = tuple(f"{period[:4]}-{period[4:]}" for period in periods)
    world.comext(lines, at=at, periods=labels, reporters=("DEU",), partners=("RUS",), flows=("export",))


def a_year(world: World, rng: random.Random, periods: list[str], at: datetime) -> None:
    year = periods[0][:4]
    world.comtrade([row(rng.randint(1, 9999), period=year)], at=at, periods=[year])


def a_list(world: World, rng: random.Random, periods: list[str], at: datetime) -> None:
    held = MONTHS[: MONTHS.index(periods[-1]) + 1]
    world.availability([("CHN", f"{one[:4]}-{one[4:]}", "H5" if one < "2022" else "H6") for one in held], at=at)


@pytest.mark.parametrize("seed", range(2))
def test_months_made_anew_give_the_tables_of_a_build_from_nothing(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    world = World(tmp_path / "world")
    world.rates([(f"{one[:4]}-{one[4:]}-03", "1.1") for one in MONTHS])
    answer(world, rng, MONTHS[:20], JANUARY)
    world.build()
    acts: list[Callable[[World, random.Random, list[str], datetime], None]] = [answer, own_customs, a_year, a_list]
    for step in range(1, 5):
        for act in rng.sample(acts, 2):
            start = rng.randrange(18, 24) if rng.random() < 0.6 else rng.randrange(20)
            act(world, rng, MONTHS[start : start + rng.choice([1, 3])], JANUARY + timedelta(days=step))
        world.build()
    assert_as_from_nothing(world)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path / "world")
    answer(world, random.Random(0), MONTHS[:23], JANUARY)
    world.build()
    return world


def test_a_new_month_leaves_the_files_of_other_years_alone(world: World) -> None:
    before = {path: path.read_bytes() for path in marts(world)}
    answer(world, random.Random(1), MONTHS[23:], JANUARY + timedelta(days=1))
    assert "for some months" in world.build()
    different = {
        path.relative_to(world.paths.marts).as_posix() for path in marts(world) if before.get(path) != path.read_bytes()
    }
    assert "direct/2022.parquet" in different
    assert "direct/2021.parquet" not in different
    assert_as_from_nothing(world)


def test_an_empty_answer_ends_the_rows_of_the_month_it_was_asked_for(world: World) -> None:
    standing = "select count(*) from core.flows where reporter = 'CHN' and period = date '2022-03-01'"
    assert world.number(standing)
    world.comtrade([], at=JANUARY + timedelta(days=1), partners=("RUS", "W00", "KGZ"), periods=["2022-03"])
    assert "for some months" in world.build()
    assert world.number(standing) == 0
    assert_as_from_nothing(world)


def test_a_row_without_a_month_is_neither_lost_nor_doubled(world: World) -> None:
    """A total that a source adds by itself may bear no month; it is rejected, and counted."""
    total = {**row(7, reporter=276, partner=97), "period": None}
    for days, value in ((1, 5), (2, 6)):
        sent = [row(value, reporter=276, period="202212"), total]
        at = JANUARY + timedelta(days=days)
        world.comtrade(sent, at=at, reporters=("DEU",), periods=["2022-12"])
        assert "for some months" in world.build()
    assert world.number("select count(*) from core.rows where period is null") == 2
    assert_as_from_nothing(world)


def test_a_month_that_is_one_figure_with_another_moves_the_other(world: World) -> None:
    february = (
        "select compared_usd from marts.direct where reporter = 'CHN' and period = date '2022-02-01' and value_usd > 0"
    )
    before = world.ask(february)
    world.comtrade([row(10**6, period="202201")], at=JANUARY + timedelta(days=1))
    assert "for some months" in world.build()
    assert world.ask(february) != before
    assert_as_from_nothing(world)


def doubled_above(total: float) -> Correction:
    """Return a correction of two years, needed where all rows it names add up to more."""
    return Correction(
        correction_id="c1",
        source="comtrade",
        reporter="CHN",
        partner="RUS",
        flow="export",
        hs6="854231",
        period_from="2021-01",
        period_to="2022-12",
        action="multiply",
        factor="2",
        to_hs6="",
        reason="a test",
        source_url="https://example.org",
        guard="above",
        guard_total=str(int(total)),
    )


MET = "select sum(value_native) from core.rows where reporter = 'CHN' and partner = 'RUS' and hs6 = '854231'"


def test_a_correction_that_spans_months_is_judged_on_all_of_them(world: World) -> None:
    """Its guard compares the sum of all rows met: one month alone would not reach it."""
    world.config = replace(world.config, corrections=(doubled_above(world.number(MET)),))
    world.build()
    assert world.number("select count(*) from core.rows where is_corrected") == 0
    world.comtrade([row(500, period="202212")], at=JANUARY + timedelta(days=1))
    world.build()
    assert world.number("select count(distinct period) from core.rows where is_corrected") > 1
    assert_as_from_nothing(world)


def parts_of(world: World, rows_at_once: int) -> list[str]:
    """Build a world from nothing, so many rows at once, and return the conditions of its parts."""
    found: list[str] = []

    def noted(connection: duckdb.DuckDBPyConnection, config: Config) -> list[str]:
        found.extend(parts(connection, config))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(by_period, "ROWS_AT_ONCE", rows_at_once)
        patch.setattr(build, "parts", noted)
        world.build()
    return found


def test_tables_made_part_by_part_are_those_made_at_once(tmp_path: Path) -> None:
    world, rng = World(tmp_path / "world"), random.Random(6)
    world.rates([(f"{one[:4]}-{one[4:]}-03", "1.1") for one in MONTHS])
    answer(world, rng, MONTHS, JANUARY)
    answer(world, rng, MONTHS[5:8], JANUARY + timedelta(days=1))
    own_customs(world, rng, MONTHS[10:14], JANUARY)
    no_month = {**row(7, reporter=276, partner=97), "period": None}
    world.comtrade([row(5, reporter=276, period="202212"), no_month], reporters=("DEU",), periods=["2022-12"])
    assert len(parts_of(world, rows_at_once=1)) == len(MONTHS) - 2  # February stands with January
    assert world.number("select count(*) from core.rows where period is null") == 1
    assert world.number("select count(*) from core.replaced_rows") > 0
    assert_as_from_nothing(world)


def test_months_of_one_correction_stand_in_one_part(world: World) -> None:
    world.config = replace(world.config, corrections=(doubled_above(world.number(MET) - 1),))
    shutil.rmtree(world.paths.processed)
    assert parts_of(world, rows_at_once=1) == [by_period.EVERY_MONTH]
    assert world.number("select count(distinct period) from core.rows where is_corrected") > 1


def test_a_good_that_is_known_only_now_changes_months_that_nobody_touched(world: World) -> None:
    """Its family is looked up by offers that stood before: rows added under these are no addition for others."""
    codes = tuple(replace(one, is_requested=one.hs6 != "854110" and one.is_requested) for one in world.config.hs_codes)
    world.config = replace(world.config, hs_codes=codes)
    world.comtrade([row(9, reporter=251, period="202105", code="854110")], reporters=("FRA",), codes=None)
    world.build()
    spoken = "select count(*) from core.spoken_flows where reporter = 'FRA'"
    assert world.number(spoken) == 0
    at = JANUARY + timedelta(days=1)
    world.comtrade([row(8, period="202212", code="854110")], at=at, codes=("854110",))
    world.build()
    assert world.number(spoken) == 1
    assert_as_from_nothing(world)


def test_files_of_a_build_that_was_ended_while_it_swapped_are_not_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tables stay those of before; a later build on these must not take the newer files for theirs."""
    before, whole = state(world), world.config
    first, *others = world.config.project.baselines
    project = replace(world.config.project, baselines=(replace(first, start="2021-06"), *others))
    world.config = replace(world.config, project=project)

    def end(new: Path, old: Path) -> None:
        if old == world.paths.database:
            raise KeyboardInterrupt
        shutil.move(new, old)

    with monkeypatch.context() as patch:
        patch.setattr(publish.os, "replace", end)
        with pytest.raises(KeyboardInterrupt):
            world.build()
    assert state(world)[1] != before[1]
    world.config = whole
    world.build()
    assert state(world) == before


def test_a_line_on_periods_that_names_a_table_not_read_is_refused() -> None:
    head = "-- What it is.\n-- grain: period\n-- by period: core.cells\n"
    with pytest.raises(UsageError, match=r"core\.cells stands under `by period`, but is not read"):
        statement("one", "core", head + "select flows.period from core.flows")


def test_every_table_that_is_large_by_months_is_made_by_months() -> None:
    """A table with a month in its grain that is made whole has a reason."""
    whole = {
        "core.asked": "months of open scopes come from the calendar",
        "core.bins": "the calendar itself",
        "core.coverage": "a month is judged beside those of others",
        "core.rates": "a year needs its twelve months",
        "core.release_lags": "of months that came together only the newest counts",
        "core.windows": "windows stand around each reporter's own first month",
        "marts.coverage_grid": "beside the base before the war",
        "marts.fixed_panel": "beside the median of the months before",
        "marts.panel": "a good sold once is zero in every other month",
        "marts.russia_supply": "reporters that are due come from all months",
        "marts.yearly_control": "a year beside its months",
    }
    tables = [one for layer in ("core", "marts") for one in read_layer(ROOT / "sql", layer)]
    assert {one.name for one in tables if "period" in one.grain and not one.by_period} == set(whole)

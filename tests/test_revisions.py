"""Vintages: what a newer file changed is listed, row by row, and nothing else; earlier days can be rebuilt."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from worlds import JANUARY, ROOT, World, month, row

import chipflows.paths
from chipflows.__main__ import main
from chipflows.paths import find_paths
from torture.crash import contents, project_of_one_page

LATER = JANUARY + timedelta(days=60)
LATEST = JANUARY + timedelta(days=90)
LISTED = (
    "select code, period, change, vintage_before, vintage_now, value_native_before, value_native_now, moved_usd "
    "from core.revisions order by vintage_now, period, code"
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_two_vintages_of_a_file_list_exactly_what_changed(world: World) -> None:
    same = [row(11, period="202112"), row(13, period="202112", code="854239")]
    world.comtrade([row(5), row(7, code="854239"), *same])
    world.comtrade([row(6), row(3, code="854110"), *same], at=LATER)
    world.build()
    days = (JANUARY.date(), LATER.date())
    november = month("2021-11")
    assert world.ask(LISTED) == [
        ("854110", november, "new", *days, None, 3, 3),
        ("854231", november, "changed", *days, 5, 6, 1),
        ("854239", november, "gone", *days, 7, None, -7),
    ]


def test_equal_vintages_and_first_answers_are_no_revisions(world: World) -> None:
    world.comtrade([row(5)])
    world.comtrade([row(5)], at=LATER)
    world.comtrade([row(9, partner=417)], partners=("KGZ",), at=LATER)
    world.build()
    assert world.ask(LISTED) == []


def test_a_month_that_came_out_since_is_no_revision_but_its_withdrawal_is(world: World) -> None:
    months = ("2021-11", "2021-12")
    world.comtrade([row(5)], periods=months)
    world.comtrade([row(5), row(8, period="202112")], periods=months, at=LATER)
    world.comtrade([row(5)], periods=months, at=LATEST)
    world.build()
    december = (month("2021-12"), "gone", LATER.date(), LATEST.date(), 8, None, -8)
    assert world.ask(LISTED) == [("854231", *december)]


def test_a_row_that_comes_back_is_new_again(world: World) -> None:
    for at, rows in (
        (JANUARY, [row(5), row(7, code="854239")]),
        (LATER, [row(5)]),
        (LATEST, [row(5), row(8, code="854239")]),
    ):
        world.comtrade(rows, at=at)
    world.build()
    assert [found[2:6] for found in world.ask(LISTED)] == [
        ("gone", JANUARY.date(), LATER.date(), 7),
        ("new", LATER.date(), LATEST.date(), None),
    ]


def test_a_weight_that_changed_is_a_revision_of_no_money(world: World) -> None:
    world.comtrade([row(5, netWgt=2)])
    world.comtrade([row(5, netWgt=3)], at=LATER)
    world.build()
    sql = "select change, moved_usd, weight_kg_before, weight_kg_now from core.revisions"
    assert world.ask(sql) == [("changed", 0, 2, 3)]


def test_a_newer_file_about_part_of_an_older_one_revises_that_part(world: World) -> None:
    world.comtrade([row(5), row(7, partner=417)], partners=("RUS", "KGZ"))
    world.comtrade([row(6)], partners=("RUS",), at=LATER)
    world.build()
    assert world.ask("select partner, moved_usd from core.revisions") == [("RUS", 1)]


def test_finer_codes_that_are_regrouped_revise_nothing(world: World) -> None:
    world.rates([("2021-11-02", "2")])
    scope = {"reporters": ("DEU",), "partners": ("RUS",), "flows": ("export",), "periods": ("2021-11",)}
    for at, parts in ((JANUARY, ("60", "40")), (LATER, ("30", "70")), (LATEST, ("30", "75"))):
        lines = zip(("85423111", "85423190"), parts, strict=True)
        body = [("DE", "RU", code, "VALUE_IN_EUROS", "2021-11", value) for code, value in lines]
        world.comext(body, codes=("854231",), at=at, **scope)
    world.build()
    columns = "vintage_before, vintage_now, currency, value_native_before, value_native_now, moved_usd"
    assert world.ask(f"select {columns} from core.revisions") == [(LATER.date(), LATEST.date(), "EUR", 100, 105, 10)]


def test_rows_that_count_nowhere_are_not_revised(world: World) -> None:
    world.comtrade([row(5), row(4, motCode=1000)])
    world.comtrade([row(5), row(3, motCode=1000)], at=LATER)
    world.build()
    assert world.ask(LISTED) == []


def test_a_rejected_row_without_a_value_may_be_replaced(world: World) -> None:
    scope = {"reporters": ("DEU",), "partners": ("RUS",), "flows": ("export",), "codes": ("854231",)}
    world.rates([("2021-11-02", "1")])
    world.comext([("DE", "RU", "854231", "QUANTITY_IN_100KG", "2021-11", "5")], periods=("2021-11",), **scope)
    world.comext([("DE", "RU", "854231", "VALUE_IN_EUROS", "2021-11", "8")], periods=("2021-11",), at=LATER, **scope)
    world.build()
    assert world.number("select sum(value_native) from core.flows") == 8


def test_the_sums_of_every_vintage_lead_back_from_the_one_in_force(world: World) -> None:
    for at, value in ((JANUARY, 612), (LATER, 618), (LATEST, 600)):
        world.comtrade([row(value), row(50, code="854239")], at=at)
    world.build()
    sql = (
        "select vintage_before, vintage_now, value_usd_before, value_usd_now, moved_usd, rows_changed "
        "from marts.revisions where reporter = 'CHN' and family = 'F854231' order by vintage_now"
    )
    assert world.ask(sql) == [
        (JANUARY.date(), LATER.date(), 612, 618, 6, 1),
        (LATER.date(), LATEST.date(), 618, 600, -18, 1),
    ]
    assert world.number("select count(*) from marts.revisions") == 2


def test_a_sum_that_two_sources_moved_on_one_day_names_both(world: World) -> None:
    own = {"reporters": ("DEU",), "partners": ("RUS",), "flows": ("export",), "periods": ("2021-11",)}
    world.rates([("2021-11-02", "1.0")])
    for at, value in ((JANUARY, 100), (LATER, 130)):
        lines = [("DE", "RU", "854231", "VALUE_IN_EUROS", "2021-11", str(value))]
        world.comext(lines, at=at, **own, codes=("854231",))
        rows = [row(2 * value, reporter=276, code="854239"), row(7, reporter=276)]
        world.comtrade(rows, at=at, **own, codes=("854231", "854239"))
    world.build()
    sql = (
        "select sources, rows_changed, value_usd_before, value_usd_now from marts.revised_groups "
        "where reporter = 'DEU' and hs_group = 'ic_core'"
    )
    assert world.ask(sql) == [("comtrade eurostat_comext", 2, 300, 390)]


def marts(world: World) -> dict[str, bytes]:
    return {
        str(path.relative_to(world.paths.marts)): path.read_bytes() for path in world.paths.marts.rglob("*.parquet")
    }


def test_the_tables_of_an_earlier_day_are_rebuilt_byte_for_byte(world: World) -> None:
    world.rates([("2021-11-02", "1.1")])
    world.availability([("CHN", "2021-11", "H5")])
    world.comtrade([row(5), row(7, code="854239")], periods=("2021-11", "2021-12"))
    world.build()
    then = marts(world)
    world.rates([("2021-11-02", "1.2"), ("2021-12-01", "1.3")], at=LATER)
    world.availability([("CHN", "2021-11", "H5"), ("CHN", "2021-12", "H5")], at=LATER)
    world.comtrade([row(6), row(8, period="202112")], at=LATER)
    world.build()
    today = marts(world)
    assert today != then
    world.build(as_of=JANUARY.date())
    assert marts(world) == then
    world.build(as_of=LATER.date() - timedelta(days=1))
    assert marts(world) == then
    world.as_of = None
    assert marts(world) == today, "the tables of today stay as they were"


@pytest.mark.slow
def test_a_report_of_an_earlier_day_is_made_again_byte_for_byte(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chipflows.paths, "PROJECT", project_of_one_page(tmp_path / "project"))
    monkeypatch.setenv("CHIPFLOWS_HOME", str(tmp_path))

    def pages(profile: str) -> dict[str, bytes]:
        given = ["--profile", profile, "--config", str(ROOT / "config")]
        assert main([*given, "build"]) == 0
        assert main([*given, "render", "explore"]) == 0
        return contents(tmp_path / "reports" / profile)

    then = f"world@{JANUARY:%Y-%m-%d}"
    world.comtrade([row(5)])
    first = pages(then)
    world.comtrade([row(60), row(700, period="202112")], at=LATER)
    today = pages("world")
    for folder in (tmp_path / "reports" / then, tmp_path / "data" / "processed" / then):
        shutil.rmtree(folder)
    assert pages(then) == first
    assert {name for name in first if name.endswith(".html")} == {name for name in today if name.endswith(".html")}
    assert first["explore.html"] != today["explore.html"]


def test_a_profile_as_of_a_day_reads_the_same_files_into_folders_of_its_own() -> None:
    today, then = find_paths("live", ROOT), find_paths("live@2026-03-02", ROOT)
    assert then.raw == today.raw
    assert then.label == "live@2026-03-02"
    assert then.database != today.database
    assert then.reports != today.reports


@pytest.mark.parametrize("command", [["download"], ["import", "fx", "x.csv"], ["demo"], ["plan"]])
def test_nothing_is_added_to_an_earlier_day(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--profile", "demo@2026-03-02", *command]) == 2
    assert "demo@2026-03-02 looks back" in capsys.readouterr().err


@pytest.mark.parametrize("day", ["", "yesterday", "2026-02-30"])
def test_a_day_that_is_none_is_refused(day: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--profile", f"demo@{day}", "status"]) == 2
    assert "YYYY-MM-DD" in capsys.readouterr().err


def test_a_group_moves_by_what_its_families_moved(world: World) -> None:
    whole = [row(600), row(12, code="854239")]
    world.comtrade(whole)
    world.comtrade([row(605), row(13, code="854239")], at=LATER)
    world.build()
    found = world.ask(
        "select hs_group, value_usd_before, value_usd_now, rows_changed from marts.revised_groups "
        "where hs_group = 'ic_core' order by 1"
    )
    assert found == [("ic_core", 612, 618, 2)]

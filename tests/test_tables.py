"""The traps of trade statistics, one tiny world with a known answer each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from worlds import CODES, JANUARY, World, envelope, month, row

from chipflows.analysis.panel import pair_january_february
from chipflows.config_rows import Correction
from chipflows.errors import CheckFailed
from chipflows.raw.records import Answer, Request, Scope

LATER = JANUARY + timedelta(days=60)
CHINA = "select {} from marts.direct where reporter = 'CHN' and family = 'F854231' and period = '{}'"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_detail_rows_of_plus_mode_do_not_count_twice(world: World) -> None:
    details = [
        row(8_000_000, motCode=1000),
        row(5_531_390, motCode=2100),
    ]
    world.comtrade([row(13_531_390), *details])
    world.build()
    assert world.number("select sum(value_usd) from core.flows") == 13_531_390
    assert world.number("select sum(value_native) from core.rows") == 27_062_780
    assert world.ask("select reason, rows, value_native from marts.rejections") == [
        ("detail row of plus mode", 2, Decimal("13531390.000"))
    ]


@pytest.mark.parametrize("detail", [{"partner2Code": 344}, {"customsCode": "C01"}, {"motCode": 1000}, {"mosCode": "1"}])
def test_a_cell_of_details_alone_stops_the_build(world: World, detail: dict[str, object]) -> None:
    world.comtrade([row(5), row(7, code="854239", **detail)])
    with pytest.raises(CheckFailed, match=r"only_details(.|\n)*854239"):
        world.build()


def test_both_editions_in_one_year_meet_in_one_family(world: World) -> None:
    rows = [row(100, period="202112", code="854150"), row(60, period="202201", code="854150", edition="H5")]
    rows += [row(30, period="202202", code="854151"), row(12, period="202202", code="854159")]
    world.comtrade(rows)
    world.build()
    sql = "select period, value_usd from marts.direct where reporter = 'CHN' and family = 'F854150' and value_usd > 0"
    assert world.ask(f"{sql} order by 1") == [(month("2021-12"), 100), (month("2022-01"), 60), (month("2022-02"), 42)]


def test_a_family_is_covered_only_when_all_its_codes_of_the_edition_in_force_were_asked(world: World) -> None:
    asked = [code for code in CODES if code != "854159"]
    world.comtrade([row(9, period="202112", code="854150"), row(7, period="202203", code="854151")], codes=asked)
    world.build()
    states = "select state, value_usd from marts.direct where reporter = 'CHN' and family = 'F854150' and period = '{}'"
    assert world.ask(states.format("2021-12-01")) == [("covered", 9)]
    assert world.ask(states.format("2022-03-01")) == [("partly_asked", None)]
    assert world.number("select sum(value_usd) from core.family_flows where period = '2022-03-01'") == 7


def test_absent_is_not_zero(world: World) -> None:
    periods = ("2021-10", "2021-11", "2021-12", "2022-01")
    world.comtrade([row(5, period="202110"), row(3, period="202111", code="854239")], periods=periods)
    world.availability([("CHN", "2021-10", "H5"), ("CHN", "2021-11", "H5"), ("CHN", "2022-01", "H6")])
    world.build()
    found = world.ask(
        "select period, state, value_usd from marts.direct "
        "where reporter = 'CHN' and family = 'F854231' and period between '2021-09-01' and '2022-01-01' order by 1"
    )
    assert found == [
        (month("2021-09"), "not_asked", None),
        (month("2021-10"), "covered", 5),
        (month("2021-11"), "covered", 0),
        (month("2021-12"), "not_published", None),
        (month("2022-01"), "covered", 0),
    ]


def test_without_a_list_of_releases_an_empty_month_is_unknown(world: World) -> None:
    world.comtrade([row(5, period="202110")], periods=("2021-10", "2021-11"))
    assert "months_unknown (1)" in world.build()
    assert world.ask(CHINA.format("state, value_usd", "2021-11-01")) == [("unknown", None)]


def test_an_empty_answer_is_a_zero_where_the_month_is_published(world: World) -> None:
    world.comtrade([], periods=("2021-10",))
    world.availability([("CHN", "2021-10", "H5")])
    world.build()
    assert world.ask(CHINA.format("state, value_usd, weight_kg", "2021-10-01")) == [("covered", 0, 0)]


def test_the_newest_file_speaks_for_its_cells_also_where_a_row_was_withdrawn(world: World) -> None:
    world.comtrade([row(5), row(7, code="854239"), row(11, period="202112")])
    world.comtrade([row(6)], at=LATER, periods=("2021-11",))
    world.build()
    assert world.ask("select hs6, period, value_usd from core.flows order by 2, 1") == [
        ("854231", month("2021-11"), 6),
        ("854231", month("2021-12"), 11),
    ]
    assert world.ask("select reason, rows from marts.rejections") == [("replaced by a newer file", 2)]
    sums = "select sum(rows_received), sum(rows_loaded), sum(rows_superseded) from marts.accounting"
    assert world.ask(sums) == [(4, 2, 2)]


@pytest.mark.parametrize(
    "scope",
    [
        {"reporters": ("HKG",)},
        {"partners": ("KGZ",)},
        {"flows": ("import",)},
        {"codes": ("854239",)},
        {"periods": ("2021-12",)},
    ],
)
def test_a_newer_file_leaves_cells_outside_its_scope_alone(world: World, scope: dict[str, tuple[str, ...]]) -> None:
    world.comtrade([row(5)])
    world.comtrade([], at=LATER, **({"periods": ("2021-11",)} | scope))
    world.build()
    assert world.number("select sum(value_usd) from core.flows") == 5


def test_a_newer_file_replaces_the_finer_codes_of_what_it_was_asked_for(world: World) -> None:
    world.rates([("2021-11-02", "1")])
    scope = {"reporters": ("DEU",), "partners": ("RUS",), "flows": ("export",), "periods": ("2021-11",)}
    line = ("DE", "RU", "85423111", "VALUE_IN_EUROS", "2021-11")
    world.comext([(*line, "100"), ("DE", "RU", "85423190", *line[3:], "5")], codes=("854231",), **scope)
    world.comext([(*line, "70")], codes=("854231",), at=LATER, **scope)
    world.build()
    assert world.ask("select code, value_native from core.rows where lands_in = 'flows'") == [("85423111", 70)]


def test_a_newer_file_without_limits_replaces_everything_in_its_months(world: World) -> None:
    world.comtrade([row(5), row(7, period="202112")])
    world.comtrade([], at=LATER, reporters=None, partners=None, flows=None, codes=None, periods=("2021-11",))
    world.build()
    assert world.ask("select period, value_usd from core.flows") == [(month("2021-12"), 7)]


def test_yearly_rows_and_headings_stay_out_of_the_monthly_flows(world: World) -> None:
    rows = [row(5), row(60, period="2021"), row(9, code="8542"), row(70, code="TOTAL", period="2021", edition="H3")]
    world.comtrade(rows, codes=[*CODES, "8542", "TOTAL"])
    world.build()
    assert world.number("select sum(value_usd) from core.flows") == 5
    assert world.ask("select period, value_usd from core.flows_yearly") == [(month("2021-01"), 60)]
    headings = world.ask("select code, frequency, value_usd from core.headings order by 1")
    assert headings == [("8542", "M", 9), ("TOTAL", "A", 70)]


def test_groups_of_economies_are_rejected_but_taiwan_and_the_world_stay(world: World) -> None:
    rows = [row(5, reporter=97), row(6, reporter=490), row(7, partner=0)]
    world.comtrade(rows, reporters=None, partners=("RUS", "W00"))
    world.build()
    assert world.ask("select reason, rows from marts.rejections") == [("group of economies", 1)]
    flows = world.ask("select reporter, partner, value_usd from core.flows order by 1")
    assert flows == [("CHN", "W00", 7), ("TWN", "RUS", 6)]


def test_codes_outside_every_family_are_kept_and_listed(world: World) -> None:
    world.comtrade([row(5), row(8, code="281820"), row(9, code="999999")], codes=[*CODES, "281820", "999999"])
    assert "codes_without_family (2)" in world.build()
    assert world.number("select sum(value_usd) from core.flows") == 22
    listed = world.ask("select hs6, rows, value_usd from marts.without_family order by 1")
    assert listed == [("281820", 1, 8), ("999999", 1, 9)]


def test_months_outside_the_study_are_kept_in_the_flows(world: World) -> None:
    world.comtrade([row(5), row(8, period="201905")])
    world.build()
    assert world.number("select sum(value_usd) from core.flows") == 13
    assert world.number("select sum(value_usd) from marts.direct") == 5


@pytest.mark.parametrize(
    ("change", "check", "shown"),
    [
        ({"reporter": 999}, "unknown_economy", "999"),
        ({"partner": 998}, "unknown_economy", "998"),
        ({"flow": "ZZ"}, "unknown_flow", "ZZ"),
        ({"qtyUnitCode": 99}, "unknown_unit", "99"),
        ({"edition": "H9"}, "unknown_edition", "H9"),
        ({"primaryValue": None}, "missing_value", "854231"),
    ],
)
def test_what_configuration_does_not_know_stops_the_build_with_the_row(
    world: World, change: dict[str, object], check: str, shown: str
) -> None:
    world.comtrade([row(5, period="202110")])
    world.build()
    before = world.paths.database.read_bytes()
    request = Request("comtrade", "data", (("all", "of it"),), Scope(periods=("2021-11",)))
    world.put(request, envelope([row(7) | row(7, **change)]), Answer("data", 1), LATER)  # type: ignore[arg-type]
    with pytest.raises(CheckFailed, match=rf"{check}(.|\n)*{shown}"):
        world.build()
    assert world.paths.database.read_bytes() == before


def test_two_rows_for_one_cell_stop_the_build(world: World) -> None:
    world.comtrade([row(5), row(5)])
    with pytest.raises(CheckFailed, match="one_cell_one_row"):
        world.build()


def test_rows_and_totals_must_be_those_the_record_states(world: World) -> None:
    world.comtrade([row(5)], rows=2)
    with pytest.raises(CheckFailed, match="rows_received"):
        world.build()


def test_a_total_that_differs_stops_the_build(world: World) -> None:
    world.comtrade([row("5.125")], total="5.25")
    with pytest.raises(CheckFailed, match=r"totals_received(.|\n)*5.25 +5.125"):
        world.build()


def test_a_file_that_holds_more_than_was_asked_stops_the_build(world: World) -> None:
    world.comtrade([row(5), row(6, partner=417)])
    with pytest.raises(CheckFailed, match=r"outside_scope(.|\n)*KGZ"):
        world.build()


def test_re_exports_are_part_of_exports_and_never_added(world: World) -> None:
    world.comtrade([row(10), row(4, flow="RX")], flows=("export", "re_export"))
    assert "warnings" not in world.build()
    assert world.ask(CHINA.format("value_usd, re_export_usd", "2021-11-01")) == [(10, 4)]


def test_re_exports_above_exports_are_reported(world: World) -> None:
    world.comtrade([row(10), row(14, flow="RX")], flows=("export", "re_export"))
    assert "re_export_in_export (1)" in world.build()


def test_a_missing_weight_or_quantity_is_null_and_never_half_a_sum(world: World) -> None:
    rows = [row(30, period="202202", code="854151"), row(12, period="202202", code="854159", netWgt=0, qty=None)]
    world.comtrade(rows)
    world.build()
    family = "select value_usd, weight_kg, quantity, quantity_unit from core.family_flows"
    assert world.ask(family) == [(42, None, None, None)]
    assert world.ask("select weight_kg, quantity from core.flows where hs6 = '854151'") == [(Decimal("2.5"), 10)]


def test_quantities_in_different_units_are_not_added(world: World) -> None:
    rows = [row(30, period="202202", code="854151"), row(12, period="202202", code="854159", qtyUnitCode=8)]
    world.comtrade(rows)
    world.build()
    assert world.ask("select weight_kg, quantity, quantity_unit from core.family_flows") == [(5, None, None)]


def test_comext_converts_at_the_month_s_mean_and_adds_the_finer_codes(world: World) -> None:
    world.rates([("2021-11-02", "1.10"), ("2021-11-03", "1.20"), ("2021-12-01", "2")])
    rows = [
        ("DE", "RU", "85423111", "VALUE_IN_EUROS", "2021-11", "100"),
        ("DE", "RU", "85423111", "QUANTITY_IN_100KG", "2021-11", "0.5"),
        ("DE", "RU", "85423190", "VALUE_IN_EUROS", "2021-11", "40"),
        ("DE", "RU", "85423190", "QUANTITY_IN_100KG", "2021-11", "0.25"),
    ]
    scope = {"reporters": ("DEU",), "partners": ("RUS",), "flows": ("export",), "periods": ("2021-11",)}
    world.comext(rows, codes=CODES, **scope)
    world.build()
    sql = "select reporter, partner, hs6, hs_edition, value_usd, value_native, weight_kg from core.flows"
    assert world.ask(sql) == [("DEU", "RUS", "854231", "H5", 161, 140, 75)]
    assert world.ask("select rows_received, rows_loaded from marts.accounting") == [(4, 4)]


def test_finer_codes_beside_their_six_digit_sum_stop_the_build(world: World) -> None:
    world.rates([("2021-11-02", "1")])
    scope = {"reporters": ("DEU",), "partners": ("RUS",), "flows": ("export",), "periods": ("2021-11",)}
    world.comext([("DE", "RU", "854231", "VALUE_IN_EUROS", "2021-11", "100")], codes=("854231",), **scope)
    parts = [("DE", "RU", "85423111", "VALUE_IN_EUROS", "2021-11", "60")]
    world.comext(parts, codes=("85423111",), at=LATER, **scope)
    with pytest.raises(CheckFailed, match=r"one_level_of_detail(.|\n)*854231 +85423111"):
        world.build()


def test_yearly_rows_convert_at_the_mean_of_twelve_months(world: World) -> None:
    world.rates([(f"2021-{number:02d}-01", "1.5" if number < 7 else "0.5") for number in range(1, 13)])
    scope = {"reporters": ("DEU",), "partners": ("RUS",), "flows": ("export",), "periods": ("2021",)}
    line = ("DE", "RU", "854231", "VALUE_IN_EUROS", "2021", "100")
    world.comext([line], codes=("854231",), frequency="A", **scope)
    world.build()
    assert world.ask("select period, value_usd from core.flows_yearly") == [(month("2021-01"), 100)]


def test_a_month_without_a_rate_stops_the_build(world: World) -> None:
    world.rates([("2021-11-02", "1.10")])
    scope = {"reporters": ("DEU",), "partners": ("RUS",), "flows": ("export",), "periods": ("2021-12",)}
    world.comext([("DE", "RU", "85423111", "VALUE_IN_EUROS", "2021-12", "100")], codes=CODES, **scope)
    with pytest.raises(CheckFailed, match=r"missing_rate(.|\n)*EUR(.|\n)*2021-12-01"):
        world.build()


def test_one_source_speaks_for_a_cell_and_nothing_is_added_across_sources(world: World) -> None:
    world.rates([("2021-11-02", "1")])
    scope = {"reporters": ("DEU",), "partners": ("RUS",), "flows": ("export",), "periods": ("2021-11",)}
    world.comext([("DE", "RU", "85423111", "VALUE_IN_EUROS", "2021-11", "100")], codes=("854231",), **scope)
    world.comtrade([row(90, reporter=276), row(30, reporter=276, code="854239")], reporters=("DEU",))
    world.build()
    sql = (
        "select family, source, value_usd from marts.direct "
        "where reporter = 'DEU' and period = '2021-11-01' and family in ('F854231', 'F854239') order by 1"
    )
    assert world.ask(sql) == [("F854231", "eurostat_comext", 100), ("F854239", "comtrade", 30)]
    total = "select value_usd from marts.direct_totals where supplier = 'coalition' and hs_group = 'tier_1'"
    assert world.number(f"{total} and period = '2021-11-01'") == 130
    assert world.number("select count(*) from core.family_flows") == 3


def test_a_weight_that_some_finer_codes_lack_is_null(world: World) -> None:
    world.rates([("2021-11-02", "1")])
    scope = {"reporters": ("DEU",), "partners": ("RUS",), "flows": ("export",), "periods": ("2021-11",)}
    part, other = ("DE", "RU", "85423111"), ("DE", "RU", "85423190")
    weighed = [(*part, "VALUE_IN_EUROS", "2021-11", "100"), (*part, "QUANTITY_IN_100KG", "2021-11", "1")]
    world.comext([*weighed, (*other, "VALUE_IN_EUROS", "2021-11", "9")], codes=("854231",), **scope)
    world.build()
    assert world.ask("select value_usd, weight_kg from core.flows") == [(109, None)]


def test_a_customs_office_s_month_is_published_for_all_its_reporters(world: World) -> None:
    world.rates([("2021-11-02", "1"), ("2021-12-01", "1")])
    line = ("RU", "85423111", "VALUE_IN_EUROS")
    rows = [("DE", *line, "2021-11", "100"), ("FR", *line, "2021-12", "7")]
    scope = {"partners": ("RUS",), "flows": ("export",), "periods": ("2021-10", "2021-11", "2021-12")}
    world.comext(rows, reporters=("DEU", "FRA"), codes=CODES, **scope)
    world.build()
    found = world.ask("select period, state, basis from core.coverage where reporter = 'DEU' order by 1")
    assert found == [
        (month("2021-10"), "unknown", "no rows and no list of releases"),
        (month("2021-11"), "published", "rows arrived"),
        (month("2021-12"), "published", "the office published the month"),
    ]
    sql = "select value_usd from marts.direct where reporter = 'DEU' and family = 'F854231' and period >= '2021-10-01'"
    assert world.ask(f"{sql} order by period limit 3") == [(None,), (100,), (0,)]


def test_a_total_is_null_while_one_of_its_families_is_not_covered(world: World) -> None:
    world.comtrade([row(5)], codes=("854231",))
    world.build()
    which = "supplier = 'china' and hs_group = 'tier_1' and period = '2021-11-01'"
    sql = f"select value_usd, reporters_published from marts.direct_totals where {which}"
    assert world.ask(sql) == [(None, 0)]


def test_totals_hold_only_whole_families_and_name_the_others(world: World) -> None:
    asked = [code for code in CODES if code not in ("854141", "854142", "854143")]
    world.comtrade([row(5, period="202203", code="854110"), row(8, period="202203", code="854149")], codes=asked)
    world.build()
    sql = "select value_usd from marts.direct_totals where supplier = 'china' and hs_group = 'tier_3.A'"
    assert world.number(f"{sql} and period = '2022-03-01'") == 5
    left_out = world.ask("select hs_group, family, codes_in_group, codes_in_family from marts.groups_left_out")
    assert ("tier_3.A", "F854140", 1, 4) in left_out
    assert not world.ask("select 1 from core.groups where hs_group = 'solar_led' and not is_whole")


def test_suppliers_add_up_and_gaps_show(world: World) -> None:
    periods = ("2021-11", "2021-12")
    china = [row(5, code=code) for code in ("854231", "854239")]
    hongkong = [row(3, reporter=344, code=code, period="202112") for code in ("854231", "854239")]
    kyrgyz = [row(2, reporter=417), row(2, reporter=417, period="202112")]
    world.comtrade([*china, *hongkong, *kyrgyz], reporters=("CHN", "HKG", "KGZ"), periods=periods)
    released = [("CHN", "2021-11", "H5"), ("HKG", "2021-12", "H5"), ("KGZ", "2021-11", "H5"), ("KGZ", "2021-12", "H5")]
    world.availability(released)
    world.build()
    sql = (
        "select supplier, value_usd, reporters_due, reporters_published, is_complete from marts.direct_totals "
        "where hs_group = 'tier_1' and period = '{}' and reporters_due > 0 order by 1"
    )
    assert world.ask(sql.format("2021-11-01")) == [
        ("KGZ", 2, 1, 1, True),
        ("china", 10, 1, 1, True),
        ("china_hongkong", 10, 2, 1, False),
        ("hongkong", None, 1, 0, False),
        ("hub", 2, 1, 1, True),
        ("world", 12, 3, 2, False),
    ]
    assert world.number("select value_usd from marts.direct_totals where supplier = 'coalition' limit 1") is None


def test_before_and_after_compares_covered_months_only(world: World) -> None:
    before = [row(value, period=f"2021{number:02d}") for number, value in ((10, 4), (11, 6), (12, 8))]
    after = [row(value, period=f"2022{number:02d}") for number, value in ((3, 3), (4, 5))]
    world.comtrade([*before, *after])
    world.build()
    sql = (
        "select months_before, months_after, mean_before_usd, mean_after_usd, change_usd, ratio "
        "from marts.before_after "
        "where reporter = '{}' and family = 'F854231' and baseline = '{}' and after_window = '{}'"
    )
    assert world.ask(sql.format("CHN", "W1", "A1")) == [(3, 2, 6, 4, -2, pytest.approx(2 / 3))]
    assert world.ask(sql.format("CHN", "W4", "A1")) == [(0, 2, None, 4, None, None)]
    assert world.ask(sql.format("CHN", "W1", "A5")) == [(3, 0, 6, None, None, None)]
    assert world.ask(sql.format("HKG", "W1", "A1")) == [(0, 0, None, None, None, None)]


def test_a_window_of_which_too_few_months_are_covered_is_not_compared(world: World) -> None:
    study = replace(world.config.project.study, share_of_months_needed=0.75)
    world.config = replace(world.config, project=replace(world.config.project, study=study))
    codes = ("854231", "854239")
    world.comtrade([row(8, code=code, period=f"2021{number:02d}") for code in codes for number in range(1, 10)])
    world.comtrade([row(2, code=code, period=f"2022{number:02d}") for code in codes for number in (3, 4, 5, 7, 8)])
    world.build()
    by_good = "select months_before, months_after, ratio from marts.before_after where family = 'F854231' and "
    in_total = "select ratio from marts.before_after_totals where supplier = 'china' and hs_group = 'tier_1' and "
    # Nine of twelve months are enough, nine of thirty-six are not; three of four are, two of six are not.
    cases = (("W1", "A1", (9, 3), 0.25), ("W2", "A1", (9, 3), None), ("W1", "A2", (9, 2), None))
    for baseline, window, months, ratio in cases:
        which = f"baseline = '{baseline}' and after_window = '{window}'"
        assert world.ask(f"{by_good} reporter = 'CHN' and {which}") == [(*months, ratio)]
        assert world.ask(in_total + which) == [(ratio,)]


def test_a_reporter_that_fell_silent_does_not_look_like_lost_trade(world: World) -> None:
    codes = ("854231", "854239")
    usa = [row(100, reporter=842, code=code) for code in codes]
    germany = [row(10, reporter=276, code=code, period=period) for code in codes for period in ("202111", "202204")]
    world.comtrade([*usa, *germany], reporters=("USA", "DEU"))
    world.build()
    sql = (
        "select mean_before_usd, mean_after_usd, reporters_used, reporters_left_out from marts.before_after_totals "
        "where supplier = 'coalition' and hs_group = 'tier_1' and baseline = 'W1' and after_window = 'A1'"
    )
    assert world.ask(sql) == [(20, 20, 1, 1)]


def test_exports_to_hubs_have_their_own_totals(world: World) -> None:
    codes = ("854231", "854239")
    periods = ("202111", "202204")
    rows = [row(7, reporter=276, partner=417, code=code, period=period) for code in codes for period in periods]
    world.comtrade(rows, reporters=("DEU",), partners=("KGZ",))
    world.build()
    which = "supplier = 'coalition' and partner = 'KGZ' and hs_group = 'tier_1'"
    assert world.number(f"select value_usd from marts.hub_totals where {which} and period = '2022-04-01'") == 14
    windows = "baseline = 'W1' and after_window = 'A1'"
    assert world.number(f"select ratio from marts.hub_before_after where {which} and {windows}") == 1
    assert world.number("select sum(value_usd) from marts.direct") is None


def test_the_coverage_grid_says_who_published_what(world: World) -> None:
    world.comtrade([row(30), row(10, reporter=344)], reporters=None, periods=("2021-11", "2021-12"))
    world.availability([("CHN", "2021-11", "H5"), ("HKG", "2021-11", "H5"), ("RUS", "2021-11", "H5")])
    world.build()
    sql = "select reporter, state, share_of_base from marts.coverage_grid where period = '{}' order by 1"
    november = [one for one in world.ask(sql.format("2021-11-01")) if one[1] == "published"]
    assert november == [("CHN", "published", 0.75), ("HKG", "published", 0.25), ("RUS", "published", None)]
    assert ("CHN", "not_asked", 0.75) in world.ask(sql.format("2021-10-01"))
    assert ("CHN", "not_published", 0.75) in world.ask(sql.format("2021-12-01"))


BREAK = (
    "select mean_before_usd, mean_after_usd, change_usd, comparable_change_usd, nomenclature_usd from marts.code_break "
    "where supplier = 'china' and hs6 = '{}' and baseline = '{}' and after_window = '{}'"
)


def test_what_a_new_number_seems_to_gain_is_told_from_what_its_goods_did(world: World) -> None:
    rows = [row(100, period=f"2021{number:02d}", code="854150") for number in (11, 12)]
    for number in (1, 2, 4):
        rows += [row(60, period=f"2022{number:02d}", code="854151"), row(20, period=f"2022{number:02d}", code="854159")]
    world.comtrade(rows)
    world.build()
    # The goods fell by 20; read number by number, one vanished and two came out of nothing.
    for baseline, window in (("edition", "edition"), ("W1", "A1")):
        found = {code: world.ask(BREAK.format(code, baseline, window)) for code in ("854150", "854151", "854159")}
        assert found == {
            "854150": [(100, 0, -100, -20, -80)],
            "854151": [(0, 60, 60, -15, 75)],
            "854159": [(0, 20, 20, -5, 25)],
        }
    assert world.ask(BREAK.format("854149", "W1", "A1")) == [(0, 0, 0, 0, 0)]


def test_a_number_that_stayed_has_no_nomenclature_in_its_change(world: World) -> None:
    world.comtrade([row(9, period="202112"), row(4, period="202204")])
    world.build()
    assert world.ask(BREAK.format("854231", "W1", "A1")) == [(9, 4, -5, -5, 0)]
    assert world.ask(BREAK.format("854150", "W2", "A5")) == [(None, None, None, None, None)]


def test_every_reporter_changes_edition_at_a_date_of_its_own(world: World) -> None:
    late = [row(8, reporter=356, period="202203", code="854150", edition="H5")]
    late += [row(8, reporter=356, period="202204", code="854150", edition="H5")]
    late += [row(3, reporter=356, period=period, code="854151") for period in ("202205", "202206")]
    world.comtrade([*late, row(5, period="202112"), row(5, period="202201")], reporters=("IND", "CHN"))
    world.build()
    changes = world.ask(
        "select reporter, last_previous_period, first_newest_period from marts.edition_changes order by 1"
    )
    assert changes == [("CHN", month("2021-12"), month("2022-01")), ("IND", month("2022-04"), month("2022-05"))]
    india = BREAK.format("854151", "edition", "edition").replace("'china'", "'IND'")
    assert world.ask(india) == [(0, 3, 3, -5, 8)]


def test_what_is_partly_asked_for_has_no_code_break(world: World) -> None:
    asked = [code for code in CODES if code != "854159"]
    rows = [row(9, period="202111", code="854150"), row(9, period="202112", code="854150")]
    world.comtrade([*rows, row(7, period="202201", code="854151"), row(7, period="202202", code="854151")], codes=asked)
    world.build()
    assert world.ask(BREAK.format("854151", "edition", "edition")) == [(None, None, None, None, None)]


def correction(**changes: str) -> Correction:
    """Return a correction of China's exports of 854231 in November 2021, changed as told."""
    columns = {
        "correction_id": "fix",
        "source": "comtrade",
        "reporter": "CHN",
        "partner": "RUS",
        "flow": "export",
        "hs6": "854231",
        "period_from": "2021-11",
        "period_to": "2021-11",
        "action": "multiply",
        "factor": "",
        "to_hs6": "",
        "reason": "a slip of the source",
        "source_url": "https://example.org",
        "guard": "above",
        "guard_total": "1000",
    }
    return Correction(**(columns | changes))


CORRECTED = "select correction_id, is_needed, rows, total_received, total_loaded from marts.corrections"


def test_a_correction_scales_a_value_and_keeps_what_was_received(world: World) -> None:
    world.config = replace(world.config, corrections=(correction(factor="0.001"),))
    world.comtrade([row(5_000), row(7, period="202112"), row(9, code="854239")])
    assert "warnings" not in world.build()
    assert world.ask(CHINA.format("value_usd, state", "2021-11-01")) == [(5, "covered")]
    assert world.ask(CORRECTED) == [("fix", True, 1, 5_000, 5)]
    rows = "select value_native, corrected_native, value_usd, correction_id from core.rows order by 1"
    assert world.ask(rows) == [(7, 7, 7, None), (9, 9, 9, None), (5_000, 5, 5, "fix")]
    assert world.ask("select total_received, total_loaded from marts.accounting") == [(5_016, 5_016)]


def test_a_group_of_economies_counts_in_no_guard(world: World) -> None:
    """It is rejected as its members would count again, so it can't make a correction needed."""
    world.config = replace(world.config, corrections=(correction(factor="0.001", partner="*"),))
    world.comtrade([row(5), row(5_000, partner=97)])
    world.build()
    assert world.ask("select reason, rows from marts.rejections") == [("group of economies", 1)]
    assert world.ask("select value_native, value_usd, is_corrected from core.rows order by 1") == [
        (5, 5, False),
        (5_000, 5_000, False),
    ]


def test_what_a_correction_takes_away_is_not_known_and_no_zero(world: World) -> None:
    world.config = replace(world.config, corrections=(correction(action="drop"),))
    world.comtrade([row(5_000), row(9, code="854239"), row(7, period="202112")])
    world.build()
    assert world.ask(CHINA.format("value_usd, state", "2021-11-01")) == [(None, "withheld")]
    assert world.ask(CHINA.format("value_usd, state", "2021-12-01")) == [(7, "covered")]
    total = (
        "select value_usd from marts.direct_totals where supplier = 'china' and hs_group = 'tier_1' and period = '{}'"
    )
    assert world.ask(total.format("2021-11-01")) == [(None,)]
    assert world.ask("select reason, rows, value_native from marts.rejections") == [("correction fix", 1, 5_000)]
    assert world.ask(CORRECTED) == [("fix", True, 1, 5_000, None)]


def test_another_source_speaks_for_what_a_correction_takes_away(world: World) -> None:
    dropped = correction(action="drop", source="eurostat_comext", reporter="DEU", guard_total="50")
    world.config = replace(world.config, corrections=(dropped,))
    world.rates([("2021-11-02", "1")])
    scope = {"reporters": ("DEU",), "partners": ("RUS",), "flows": ("export",), "periods": ("2021-11",)}
    world.comext([("DE", "RU", "85423111", "VALUE_IN_EUROS", "2021-11", "100")], codes=("854231",), **scope)
    world.comtrade([row(90, reporter=276)], reporters=("DEU",))
    world.build()
    sql = "select source, value_usd from marts.direct where reporter = 'DEU' and family = 'F854231'"
    assert world.ask(f"{sql} and period = '2021-11-01'") == [("comtrade", 90)]


def test_a_correction_moves_rows_to_the_right_code(world: World) -> None:
    world.config = replace(world.config, corrections=(correction(action="recode", to_hs6="854239"),))
    world.comtrade([row(5_000)])
    world.build()
    assert world.ask("select family, hs6, value_usd from core.flows") == [("F854239", "854239", 5_000)]
    assert world.ask(CHINA.format("value_usd", "2021-11-01")) == [(0,)]


def test_a_correction_whose_error_is_gone_is_not_applied_and_reported(world: World) -> None:
    unmet = correction(correction_id="unmet", reporter="HKG", factor="2")
    world.config = replace(world.config, corrections=(correction(factor="0.001"), unmet))
    world.comtrade([row(5_000)])
    world.comtrade([row(5)], at=LATER)
    assert "corrections_needed (2)" in world.build()
    assert world.ask(CHINA.format("value_usd", "2021-11-01")) == [(5,)]
    assert world.ask(f"{CORRECTED} order by 1") == [("fix", False, 1, 5, 5), ("unmet", False, 0, None, None)]


def test_january_and_february_of_who_publishes_them_together_count_as_their_mean(world: World) -> None:
    baseline = replace(world.config.project.baselines[0], start="2021-02", end="2021-02")
    project = replace(world.config.project, baselines=(baseline,))
    world.config = replace(world.config, project=project)
    sent = (("202101", 10), ("202102", 2), ("202201", 5), ("202203", 4))
    world.comtrade(
        [row(value, reporter=who, period=period) for who in (156, 842) for period, value in sent],
        reporters=("CHN", "USA"),
    )
    world.build()
    months = "select period, value_usd, compared_usd, is_split from marts.direct where reporter = '{}' and "
    months += "family = 'F854231' and value_usd is not null order by 1"
    china = [one[1:] for one in world.ask(months.format("CHN"))]
    # February 2022 is not known, so January's share of the two is not either.
    assert china == [(10, 6, True), (2, 6, True), (5, None, True), (4, 4, False)]
    assert {one[3] for one in world.ask(months.format("USA"))} == {False}
    ratio = "select mean_before_usd, ratio from marts.before_after where reporter = '{}' and family = 'F854231' "
    ratio += "and after_window = 'A1'"
    assert world.ask(ratio.format("CHN")) == [(6, pytest.approx(4 / 6))]
    assert world.ask(ratio.format("USA")) == [(2, 2)]


def test_the_bins_of_tables_and_analysis_agree(world: World) -> None:
    values = [("202012", 9), ("202101", 10), ("202102", 2), ("202103", 7), ("202201", 3), ("202203", 1)]
    world.comtrade([row(value, period=period) for period, value in values])
    world.build()
    sql = "select supplier, family, period, value_usd, compared_usd from marts.direct where reporter = 'CHN' and "
    with duckdb.connect(str(world.paths.database), read_only=True) as connection:
        panel = connection.execute(f"{sql} family = 'F854231'").df()
    paired = pair_january_february(panel, ["value_usd"], ["supplier", "family"])
    assert paired["value_usd"].notna().sum() == 4
    pd.testing.assert_series_equal(paired["value_usd"], panel["compared_usd"], check_names=False)


PANEL = (
    "select value_usd, panel_usd, panel_base_usd, panel_ratio, panel_published, panel_reporters, is_partial "
    "from marts.fixed_panel where supplier = 'coalition' and hs_group = 'tier_1' and period = '{}'"
)


def test_a_month_is_held_against_the_base_of_the_same_reporters(world: World) -> None:
    codes = ("854231", "854239")
    usa = [row(100, reporter=842, code=code, period=period) for code in codes for period in ("202111", "202112")]
    months = ("202111", "202112", "202203", "202204")
    germany = [row(10, reporter=276, code=code, period=period) for code in codes for period in months]
    world.comtrade([*usa, *germany], reporters=("USA", "DEU"))
    world.build()
    assert world.ask(PANEL.format("2021-12-01")) == [(220, 220, 220, 1, 2, 2, False)]
    # The larger of the two is silent: the total falls to a tenth, the same reporters sent as much as before.
    assert world.ask(PANEL.format("2022-03-01")) == [(20, 20, 20, 1, 1, 2, True)]
    recent = (
        "select reporters_published, reporters_recent, trailing_median_usd, to_trailing_median from marts.fixed_panel "
    )
    which = "where supplier = 'coalition' and hs_group = 'tier_1' and period = '2022-04-01'"
    assert world.ask(recent + which) == [(1, 2, 220, pytest.approx(20 / 220))]
    assert world.ask(PANEL.format("2022-05-01")) == [(None, None, None, None, 0, 2, False)]


def test_only_the_latest_months_are_partial(world: World) -> None:
    codes = ("854231", "854239")
    usa = [row(5, reporter=842, code=code, period=period) for code in codes for period in ("202110", "202112")]
    months = ("202110", "202111", "202112", "202201")
    germany = [row(10, reporter=276, code=code, period=period) for code in codes for period in months]
    world.comtrade([*usa, *germany], reporters=("USA", "DEU"))
    world.build()
    partial = "select period from marts.fixed_panel where supplier = 'coalition' and hs_group = 'tier_1' and is_partial"
    assert world.ask(partial) == [(month("2022-01"),)]

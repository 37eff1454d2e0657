"""Hong Kong: asked by edition, all origins at once, thousands of dollars, nothing counted twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from offices import BOTH, NEW, OLD, Office, asked_parameters, small, whole_config
from standin.hongkong_censtatd import TradeIdds, failure, success
from worlds import World
from worlds import row as row_of_comtrade

from chipflows.errors import CheckFailed, Incomplete, UsageError
from chipflows.raw.records import Request
from chipflows.sources import hongkong_censtatd
from chipflows.sources.http import Broken, Refused

SOURCE = "hongkong_censtatd"
RATES = {"USD": "1.1", "HKD": "8.8"}
TODAY = date(2022, 6, 1)
JUNE = datetime(2022, 6, 1, tzinfo=UTC)
CODES = (*OLD, *NEW, *BOTH)


@pytest.fixture
def idds(monkeypatch: pytest.MonkeyPatch) -> Iterator[TradeIdds]:
    with TradeIdds(
        domestic={("RU", "HK", "854231", "202201"): (7, 70)},
        re_exports={
            ("RU", "CN", "854140", "202111"): (1_234_567, 12_000),
            ("RU", "CN", "854231", "202201"): (2_000, 20),
            ("RU", "TW", "854231", "202201"): (3_000, 30),
            ("KG", "CN", "854142", "202202"): (11, 0),
            # Another destination than was asked for.
            ("DE", "CN", "854231", "202201"): (999, 9),
        },
        imports={("CN", "CN", "854231", "202201"): (5_000, 50), ("CN", "JP", "854231", "202201"): (600, 6)},
        editions={**dict.fromkeys(OLD, ("2017", "2021")), **dict.fromkeys(NEW, ("2022", "2026"))},
    ) as server:
        monkeypatch.setenv("CHIPFLOWS_HONGKONG_CENSTATD_URL", server.address)
        yield server


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(SOURCE, World(tmp_path, small(SOURCE)))


def test_everything_arrives_in_dollars_of_one_and_by_origin(idds: TradeIdds, office: Office) -> None:
    """An origin that the newer answer no longer has is gone from the tables, as the answer was for all origins."""
    idds.re_exports["RU", "JP", "854231", "202201"] = (123, 4)
    line = office.download()
    assert line.startswith("hongkong_censtatd: ")
    assert "incomplete" not in line
    assert {record.outcome for record in office.store.held(SOURCE)} == {"data", "empty"}
    del idds.re_exports["RU", "JP", "854231", "202201"]
    office.download(refresh=True)
    assert "parts_of_exports" not in office.build(RATES)
    cells = {cell: (value, usd, quantity) for cell, (value, usd, _, quantity, *_) in office.flows().items()}
    thousand = Decimal(1000)
    assert cells == {
        ("RUS", "CHN", "re_export", "854140", "2021-11"): (1_234_567 * thousand, 1_234_567 * thousand / 8, 12_000),
        ("RUS", "", "export", "854140", "2021-11"): (1_234_567 * thousand, 1_234_567 * thousand / 8, 12_000),
        ("RUS", "CHN", "re_export", "854231", "2022-01"): (2_000_000, 250_000, 20),
        ("RUS", "TWN", "re_export", "854231", "2022-01"): (3_000_000, 375_000, 30),
        ("RUS", "", "domestic_export", "854231", "2022-01"): (7_000, 875, 70),
        ("RUS", "", "export", "854231", "2022-01"): (5_007_000, 625_875, 120),
        ("KGZ", "CHN", "re_export", "854142", "2022-02"): (11_000, 1_375, None),
        ("KGZ", "", "export", "854142", "2022-02"): (11_000, 1_375, None),
        ("CHN", "CHN", "import", "854231", "2022-01"): (5_000_000, 625_000, 50),
        ("CHN", "JPN", "import", "854231", "2022-01"): (600_000, 75_000, 6),
    }
    assert {row[5] for row in office.flows().values()} == {"HKD"}
    by_family = dict(
        office.world.ask(
            "select flow, sum(value_usd) from core.family_flows "
            "where partner = 'RUS' and period = '2022-01-01' group by all"
        )
    )
    assert by_family == {"export": 625_875, "re_export": 625_000, "domestic_export": 875}


def test_an_unknown_origin_stops_the_build_with_its_row(idds: TradeIdds, office: Office) -> None:
    idds.re_exports["RU", "QQ", "854231", "202201"] = (123, 4)
    office.download()
    with pytest.raises(CheckFailed, match=r"(?s)unknown_economy.*hongkong_censtatd.*QQ"):
        office.build(RATES)


def test_goods_that_are_not_weighed_take_the_weight_of_the_archive(idds: TradeIdds, office: Office) -> None:
    office.download()
    told = {"reporters": ("HKG",), "partners": ("RUS",), "codes": CODES, "periods": ("2022-01",)}
    office.world.comtrade([row_of_comtrade(600_000, reporter=344, period="202201", netWgt=12.5)], **told)
    office.build(RATES)
    cells = "select source, value_usd, weight_kg, weight_source from core.family_flows where flow = 'export'"
    found = office.world.ask(f"{cells} and period = '2022-01-01' order by 1")
    assert found == [("comtrade", 600_000, 12.5, "comtrade"), (SOURCE, 625_875, 12.5, "comtrade")]
    assert office.world.number("select weight_kg from core.flows where flow = 'import' limit 1") is None


def test_the_second_download_asks_nothing_and_a_refresh_the_last_three_months(idds: TradeIdds, office: Office) -> None:
    office.download()
    idds.calls.clear()
    office.download()
    assert idds.calls == []
    plan = hongkong_censtatd.plan(office.world.config, office.store, today=TODAY, refresh=True)
    assert {period for one in plan for period in one.scope.periods or ()} == {"2021-12", "2022-01", "2022-02"}


def test_calls_stay_within_an_edition_and_name_every_month_and_all_origins(office: Office) -> None:
    plan = hongkong_censtatd.plan(office.world.config, office.store, today=TODAY)
    assert len(plan) == 8
    for one, sent in zip(plan, asked_parameters(plan), strict=True):
        assert sent["period"].split(",") in (["202111", "202112"], ["202201", "202202"])
        valid = set(OLD + BOTH) if sent["period"] < "2022" else set(NEW + BOTH)
        assert set(sent["code"].split(",")) == valid
        assert sent.get("co") == ("ALL" if one.scope.flows in (("re_export",), ("import",)) else None)
        assert sent["cc"] == ("CN" if one.scope.flows == ("import",) else "RU,KG,RS")
        assert sent["sv"] == "VCm,QCm"


def test_the_whole_plan_is_modest(tmp_path: Path) -> None:
    config = whole_config()
    plan = hongkong_censtatd.plan(config, Office(SOURCE, World(tmp_path)).store, today=date(2026, 11, 24))
    assert len(plan) == 160
    assert max(len(one.scope.codes or ()) for one in plan) <= 20
    assert max(period for one in plan for period in one.scope.periods or ()) == "2026-09"
    assert len({one.request_id for one in plan}) == len(plan)


def test_a_month_is_not_asked_before_it_is_published(office: Office) -> None:
    def newest(today: date) -> str:
        plan = hongkong_censtatd.plan(office.world.config, office.store, today=today)
        return max(period for one in plan for period in one.scope.periods or ())

    assert newest(date(2022, 3, 11)) == "2021-12"
    assert newest(date(2022, 3, 12)) == "2022-01"


@pytest.mark.parametrize("codes", [[2], [3, 4], [2, 2, 3]])
def test_a_busy_source_is_asked_again(idds: TradeIdds, office: Office, codes: list[int]) -> None:
    idds.busy = codes
    assert "incomplete" not in office.download()


@pytest.mark.parametrize("fault", ["500", "html", "drop", "cut", "429"])
def test_faults_are_asked_again(idds: TradeIdds, office: Office, fault: str) -> None:
    idds.faults = [fault, "", fault]
    assert "incomplete" not in office.download()
    assert sum(record.rows for record in office.store.held(SOURCE)) > 0


def test_a_code_that_is_not_valid_is_said(idds: TradeIdds, office: Office) -> None:
    idds.editions["854231"] = ("2017", "2021")
    with pytest.raises(Incomplete, match="Fail 1: Validation error: Commodity code"):
        office.download()
    assert office.store.held(SOURCE)


def test_a_list_of_months_read_as_something_else_is_noticed(idds: TradeIdds, tmp_path: Path) -> None:
    config = small(SOURCE, "2022-01", "2022-12")
    office = Office(SOURCE, World(tmp_path, config))
    cells = ((code, f"2022{month:02d}", co) for code in (*NEW, *BOTH) for month in range(1, 13) for co in ("CN", "TW"))
    idds.re_exports = {(cc, co, code, period): (5, 1) for code, period, co in cells for cc in ("RU", "KG", "RS")}
    idds.takes_range = True
    with pytest.raises(Incomplete, match="rows for 202201, 202202 only, 12 months were listed"):
        office.download()


KEY = {"freq": "M", "period": "202201", "ttype": "3", "co": "CN", "cc": "RU", "codeclass": "HKHS6", "code": "854231"}


def row(figure: Any = "1,000", sv: str = "VCm", **other: Any) -> dict[str, Any]:
    return KEY | {"sv": sv, "figure": figure, "codeDescEN": "Chips"} | other


def question(office: Office, flow: str = "re_export") -> Request:
    plan = hongkong_censtatd.plan(office.world.config, office.store, today=TODAY)
    return next(one for one in plan if one.scope.flows == (flow,) and "2022-01" in (one.scope.periods or ()))


@pytest.mark.parametrize(
    ("rows", "error", "text"),
    [
        ([row(), row()], Broken, "stands twice"),
        ([row(sv="VCy")], Broken, "unknown figure"),
        ([row("1.000,5")], Broken, "is no number"),
        ([row("")], Broken, "is no number"),
        ([{"cc": "RU"}], Broken, "without all of"),
        ([row(cc="DE")], Refused, "cc 'DE' was not asked for"),
        ([row(period="202203")], Refused, "period '202203' was not asked for"),
        ([row(ttype="4")], Refused, "ttype '4' was not asked for"),
        ([row(code="854140")], Refused, "code '854140' was not asked for"),
        ([row(co="ALL")], Refused, "origin 'ALL'"),
        ([row(co=None)], Refused, "origin None"),
    ],
)
def test_rows_that_can_not_be_trusted_are_not_kept(
    office: Office, rows: list[dict[str, Any]], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        hongkong_censtatd.check(question(office), success(rows).body)


def test_a_body_that_is_cut_or_counts_wrongly_is_broken(office: Office) -> None:
    whole = success([row()]).body
    asked = question(office)
    answer = hongkong_censtatd.check(asked, whole)
    assert (answer.outcome, answer.rows, answer.total) == ("data", 1, "1000000")
    empty = hongkong_censtatd.check(asked, failure(1, "No record found").body)
    assert (empty.outcome, empty.rows) == ("empty", 0)
    for body in (whole[:-3], whole.replace(b'"noOfRecords": 1', b'"noOfRecords": 2'), b"[]"):
        with pytest.raises(Broken):
            hongkong_censtatd.check(asked, body)


def test_a_quantity_without_a_sum_is_missing(office: Office) -> None:
    asked = question(office, "export")
    plain = {name: value for name, value in row().items() if name != "co"} | {"ttype": "4"}
    body = success([plain, plain | {"sv": "QCm", "figure": "-"}]).body
    office.world.put(asked, body, hongkong_censtatd.check(asked, body), JUNE)
    [staged] = office.staged()
    assert (staged["value_native"], staged["quantity"], staged["quantity_unit_code"]) == (1_000_000, None, None)


def test_a_file_is_taken_only_where_it_says_what_it_covers(office: Office) -> None:
    config = office.world.config
    plain = {name: value for name, value in row().items() if name != "co"} | {"ttype": "4"}
    [(asked, answer)] = hongkong_censtatd.read_file("a.json", success([plain]).body, config)
    assert asked.scope.flows == ("export",)
    assert (asked.scope.partners, asked.scope.codes, asked.scope.periods) == (("RUS",), ("854231",), ("2022-01",))
    office.world.put(asked, success([plain]).body, answer, JUNE)
    assert [(one["reporter_code"], one["value_native"]) for one in office.staged()] == [("HKG", 1_000_000)]
    for body, text in [
        (success([row()]).body, "figures by origin"),
        (success([]).body, "doesn't say what it is empty of"),
        (failure(1, "No record found").body, "doesn't say what it is empty of"),
        (success([plain | {"cc": "QQ"}]).body, r"QQ is in no row of economies\.csv"),
        (b"<html></html>", "not .whole. JSON"),
        (json.dumps({"data": []}).encode(), "no header"),
    ]:
        with pytest.raises(UsageError, match=text):
            hongkong_censtatd.read_file("a.json", body, config)

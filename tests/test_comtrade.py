"""UN Comtrade: what is asked, what an answer must be to be kept, and which files are taken from a person."""

from __future__ import annotations

import csv
import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from standin.clock import stopped
from standin.comtrade_wire import availability_row, trade_rows
from standin.study import corridor, write_study

from chipflows.config import Config, load_config, months
from chipflows.errors import UsageError
from chipflows.raw.records import Answer, Request, Scope
from chipflows.raw.store import Store
from chipflows.sources import comtrade
from chipflows.sources.comtrade_body import COLUMNS
from chipflows.sources.http import Broken, Oversized, Refused, Reply
from chipflows.sources.planner import Oversize

TODAY = date(2026, 10, 15)
START, END = "2021-01", "2022-12"


# --- answers ---


def table(*rows: tuple[str, int, int, str, str, float], **more: object) -> pd.DataFrame:
    names = ["period", "reporterCode", "partnerCode", "cmdCode", "flowCode", "primaryValue"]
    defaults = {"classificationCode": "H5", "netWgt": 1.5, "qty": 0.0, "qtyUnitCode": 8}
    return pd.DataFrame(rows, columns=names).assign(**(defaults | more))


TWO = table(("202201", 156, 643, "854231", "X", 1000.0), ("202202", 490, 643, "854140", "X", 0.0005))


def envelope(rows: list[str] | list[dict[str, Any]], **changes: object) -> bytes:
    data = [json.loads(row) if isinstance(row, str) else row for row in rows]
    return json.dumps({"elapsedTime": "0.51 secs", "count": len(rows), "data": data, "error": ""} | changes).encode()


def rows_of(frame: pd.DataFrame, **changes: object) -> list[dict[str, Any]]:
    found = [json.loads(row) for row in trade_rows(frame, with_text=True)]
    return [*found[:-1], found[-1] | changes]


def asked(**changes: str) -> Request:
    parameters = {
        "path": "/data/v1/get/C/M/HS", "partnerCode": "643", "flowCode": "X,RX", "cmdCode": "854140,854231",
        "period": "202201,202202", "breakdownMode": "classic", "includeDesc": "true", "maxRecords": "100000",
    }  # fmt: skip
    return Request("comtrade", "data", tuple((parameters | changes).items()), Scope())


def test_a_good_answer_is_counted_and_summed_exactly() -> None:
    frame = table(
        ("202201", 156, 643, "854231", "X", 0.0005),
        ("202201", 156, 643, "854231", "RX", 80230193279.727),
        ("202202", 156, 643, "854140", "X", 0.1),
    )
    assert comtrade.check(asked(), envelope(rows_of(frame))) == Answer("data", 3, "80230193279.828")


def test_values_are_rounded_half_up_as_written_not_as_binary_floats() -> None:
    body = envelope(rows_of(TWO, primaryValue=0)).replace(b'"primaryValue": 1000.0', b'"primaryValue": 2.0005')
    assert comtrade.check(asked(), body).total == "2.001"


def test_an_empty_answer_is_empty() -> None:
    assert comtrade.check(asked(), envelope([])) == Answer("empty", 0, "0.000")


def test_rows_of_both_editions_and_taiwan_are_kept() -> None:
    frame = table(
        ("202201", 699, 643, "854140", "X", 1.0), ("202202", 490, 643, "854140", "X", 2.0),
        classificationCode=["H5", "H6"],
    )  # fmt: skip
    assert comtrade.check(asked(), envelope(rows_of(frame))).rows == 2


def test_descriptions_may_be_null() -> None:
    rows = [json.loads(row) for row in trade_rows(TWO, with_text=False)]
    assert rows[0]["reporterISO"] is None
    assert comtrade.check(asked(), envelope(rows)).rows == 2


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"partner2Code": 156}, Refused, "row 2: partner2Code 156, a detail row"),
        ({"customsCode": "C01"}, Refused, "row 2: customsCode 'C01', a detail row"),
        ({"motCode": 1000}, Refused, "row 2: motCode 1000, a detail row"),
        ({"mosCode": "1"}, Refused, "row 2: mosCode '1', a detail row"),
        ({"newColumn": 1}, Refused, r"row 2: columns unknown \['newColumn'\]"),
        ({"period": "202203"}, Refused, "row 2: period '202203' was not asked for"),
        ({"partnerCode": 156}, Refused, "row 2: partnerCode 156 was not asked for"),
        ({"cmdCode": "854232"}, Refused, "row 2: cmdCode '854232' was not asked for"),
        ({"flowCode": "M"}, Refused, "row 2: flowCode 'M' was not asked for"),
        ({"freqCode": "A"}, Refused, "row 2: 'C'/'A', goods at M"),
        ({"typeCode": "S"}, Refused, "row 2: 'S'/'M', goods at M"),
        ({"reporterCode": "490"}, Refused, "row 2: reporterCode '490' is not int"),
        ({"reporterCode": [490]}, Refused, r"row 2: reporterCode \[490\] is not int"),
        ({"period": 202202}, Refused, "row 2: period 202202 is not str"),
        ({"primaryValue": None}, Refused, "row 2: primaryValue None is no number"),
        ({"primaryValue": "12.5"}, Refused, "row 2: primaryValue '12.5' is no number"),
        ({"primaryValue": True}, Refused, "row 2: primaryValue True is no number"),
    ],
)
def test_an_answer_of_another_form_is_refused(changes: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        comtrade.check(asked(), envelope(rows_of(TWO, **changes)))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (envelope(rows_of(TWO))[:-300], r"is not \(whole\) JSON"),
        (b"<html>", r"is not \(whole\) JSON"),
        (b"[]", "has no envelope"),
        (b'{"count": 0}', "has no envelope"),
        (b'{"count": 0, "data": null}', "has no list of rows"),
        (b'{"count": "0", "data": []}', "has no list of rows"),
        (envelope(rows_of(TWO), more=1), "has no envelope"),
        (envelope(rows_of(TWO), count=3), "states 3 rows and holds 2"),
        (envelope(rows_of(TWO), error="try later "), "says 'try later'"),
        (envelope([*rows_of(TWO), *rows_of(TWO)[:1]]), "row 3 stands twice: {'period': '202201'"),
        (envelope(rows_of(TWO)).replace(b"1000.0", b"NaN"), r"is not \(whole\) JSON"),
    ],
)
def test_a_damaged_answer_is_asked_again(body: bytes, text: str) -> None:
    with pytest.raises(Broken, match=text):
        comtrade.check(asked(), body)


def test_a_missing_column_is_refused_and_named() -> None:
    rows = rows_of(TWO)
    del rows[0]["netWgt"]
    with pytest.raises(Refused, match=r"row 1: columns unknown \[\], missing \['netWgt'\]"):
        comtrade.check(asked(), envelope(rows))


@pytest.mark.parametrize(("most", "rows"), [("2", 2), ("100000", 500)])
def test_an_answer_that_reaches_a_cap_is_cut(most: str, rows: int) -> None:
    frame = pd.concat([table(("202201", reporter, 643, "854231", "X", 1.0)) for reporter in range(rows)])
    with pytest.raises(Oversized, match=f"{rows} rows, the cap") as caught:
        comtrade.check(asked(maxRecords=most), envelope(rows_of(frame)))
    assert caught.value.rows == rows


def test_a_count_is_a_number_of_rows_and_no_rows() -> None:
    question = Request("comtrade", "count", asked().parameters)
    assert comtrade.check(question, envelope([], count=68497)) == Answer("data", 68497)
    with pytest.raises(Broken, match="should give a count"):
        comtrade.check(question, envelope(rows_of(TWO)))


def test_availability_must_have_its_columns_and_the_months_asked_for() -> None:
    path = "/public/v1/getDA/C/M/HS"
    question = Request("comtrade", "availability", (("path", path), ("period", "202201")))
    row = json.loads(availability_row("M", 643, "202201", -1349955130, "2022-10-06T10:53:32.8266667", False))
    assert comtrade.check(question, envelope([row])) == Answer("data", 1)
    for change, text in (({"period": 202202}, "was not asked for"), ({"extra": 1}, "columns unknown")):
        with pytest.raises(Refused, match=text):
            comtrade.check(question, envelope([row | change]))


# --- refusals of the gateway ---


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (
            401,
            {"statusCode": 401, "message": "Access denied due to invalid subscription key."},
            "key was refused .Access",
        ),
        (400, {"count": -1, "data": [], "error": "Maximum number of periods is 12 "}, "status 400: Maximum .* is 12$"),
        (400, {"error": "Invalid", "errorObject": [{"ErrorMessage": "bad partner"}]}, "Invalid bad partner"),
        (400, {"error": "Invalid", "errorObject": [{"errorMessage": "bad partner"}]}, "Invalid bad partner"),
        (403, {"statusCode": 403, "message": "All calls are rejected by policy."}, "rejected by policy"),
        (404, "<html>The resource you are looking for has been removed</html>", "status 404: <html>The resource"),
    ],
)
def test_what_the_gateway_says_is_passed_on(status: int, body: object, text: str) -> None:
    content = body if isinstance(body, str) else json.dumps(body)
    with pytest.raises(Refused, match=text) as caught:
        comtrade.refuse_status(Reply(status, {}, content.encode()))
    assert caught.value.until is None


@pytest.mark.parametrize(("stated", "hours"), [("03:14:17", 3), ("651:14:17", 651), ("27.03:14:17", 27 * 24 + 3)])
def test_a_used_up_quota_says_when_it_is_filled_again(stated: str, hours: int, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 10, 31, 23, tzinfo=UTC)
    monkeypatch.setattr("chipflows.sources.comtrade.datetime", stopped(now))
    message = f"Out of call volume quota. Quota will be replenished in {stated}."
    with pytest.raises(Refused, match="Out of call volume quota") as caught:
        comtrade.refuse_status(Reply(403, {}, json.dumps({"statusCode": 403, "message": message}).encode()))
    assert caught.value.until == now + timedelta(hours=hours, minutes=14, seconds=17)


# --- what is asked ---


RUSSIA = corridor("russia_supply", ["*"], ["RUS"], ["export", "re_export"])
HUBS = corridor("china_to_hubs", ["CHN", "HKG"], ["role:hub", "W00"], ["export"])
ELSEWHERE = corridor("china_elsewhere", ["CHN", "HKG"], ["reference_partners"], ["export"], needs_key=True)
COALITION = corridor("coalition_to_hubs", ["role:coalition"], ["KAZ", "KGZ"], ["export"])


class Study:
    """A study whose requests are answered by hand."""

    def __init__(self, home: Path, *corridors: str, start: str = START, end: str = END, **limits: float) -> None:
        self.home, self.corridors, self.limits = home, list(corridors), limits
        self.clock = datetime(2023, 5, 1, tzinfo=UTC)
        self.config = self.reload(start, end)
        self.store = Store(home / "raw", now=self.tick)

    def reload(self, start: str = START, end: str = END) -> Config:
        self.config = load_config(write_study(self.home, self.corridors, start, end, **self.limits).config)
        return self.config

    def tick(self) -> datetime:
        self.clock += timedelta(seconds=1)
        return self.clock

    def plan(self, has_key: bool = True, **settings: Any) -> list[Request]:
        return comtrade.plan(self.config, self.store, today=TODAY, has_key=has_key, **settings)

    def trade(self, **settings: Any) -> list[Request]:
        return [request for request in self.plan(**settings) if request.kind == "data"]

    def answer(self, *requests: Request, rows: int = 10) -> None:
        """Store an answer to each, of which the planner reads nothing but the record."""
        for request in requests:
            self.store.put(request, envelope([], elapsedTime=str(self.clock)), Answer("data", rows), origin="test")

    def release(self, *cells: tuple[int, str, int]) -> None:
        """Store availability: reporter, period, checksum."""
        for request in (one for one in self.plan(refresh=True) if one.kind == "availability"):
            rows = [
                availability_row("M", reporter, period.replace("-", ""), checksum, "2022-10-06T10:53:32.8266667", False)
                for reporter, period, checksum in cells
                if period in (request.scope.periods or ())
            ]
            body = envelope(rows, elapsedTime=str(self.clock))
            self.store.put(request, body, Answer("data" if rows else "empty", len(rows)), origin="test")


def parameters(request: Request) -> dict[str, str]:
    return dict(request.parameters)


def test_the_fewest_calls_ask_classic_totals_of_explicit_codes(tmp_path: Path) -> None:
    study = Study(tmp_path, RUSSIA)
    study.release((156, "2021-01", 1))
    first, second = study.trade()
    asked = parameters(first)
    assert asked["path"] == "/data/v1/get/C/M/HS"
    assert "reporterCode" not in asked, "all reporters: the parameter is left out"
    assert (asked["partnerCode"], asked["flowCode"]) == ("643", "X,RX")
    assert (asked["breakdownMode"], asked["includeDesc"], asked["maxRecords"]) == ("classic", "true", "100000")
    assert asked["cmdCode"].split(",") == list(study.config.requested_codes())
    assert {"854140", "854141", "8541"} <= set(asked["cmdCode"].split(",")), "codes of both editions, and headings"
    assert asked["period"].split(",") == [f"2021{month:02}" for month in range(1, 13)]
    assert first.scope.reporters is None
    assert (first.scope.periods, second.scope.periods) == (months("2021-01", "2021-12"), months("2022-01", "2022-12"))
    assert not any("key" in name.lower() for request in (first, second) for name, _ in request.parameters)


def test_italy_is_380_and_taiwan_490(tmp_path: Path) -> None:
    study = Study(tmp_path, COALITION)
    reporters = parameters(study.trade()[0])["reporterCode"].split(",")
    assert {"380", "490", "842", "251", "757", "579"} <= set(reporters)
    assert not {"381", "158", "840", "250", "756", "578"} & set(reporters)


def test_availability_is_asked_by_calendar_year_and_only_for_months_not_held(tmp_path: Path) -> None:
    study = Study(tmp_path, RUSSIA)
    lists = [request for request in study.plan() if request.kind == "availability"]
    assert [parameters(request)["period"].split(",")[0] for request in lists] == ["202101", "202201"]
    assert all(parameters(request)["path"] == "/public/v1/getDA/C/M/HS" for request in lists)
    study.answer(lists[0])
    assert [request.scope.periods for request in study.plan() if request.kind == "availability"] == [
        months("2022-01", "2022-12")
    ]


def test_a_count_is_asked_only_where_it_can_save_calls(tmp_path: Path) -> None:
    study = Study(tmp_path, RUSSIA, HUBS)
    counts = [request for request in study.plan() if request.kind == "count"]
    assert [request.corridor for request in counts] == ["russia_supply"]
    asked = [parameters(request) for request in counts]
    assert [one["period"] for one in asked] == ["202212"], "a month of every second year, the newest first"
    assert {(one["path"], one["countOnly"]) for one in asked} == {("/public/v1/preview/C/M/HS", "true")}
    many = len(study.trade())
    study.answer(*counts, rows=900)
    assert len(study.trade()) == 4 < many
    assert not [request for request in study.plan() if request.kind == "count"]


def test_an_imported_file_is_no_measure_of_a_corridor(tmp_path: Path) -> None:
    study = Study(tmp_path, RUSSIA)
    [(request, answer)] = comtrade.read_file("saved.json", envelope(rows_of(TWO)), study.config)
    study.store.put(request, b"x", answer, origin="file: saved.json")
    assert [one.kind for one in study.plan()].count("count") == 1


def test_answers_that_hold_more_than_is_wanted_count_in_proportion(tmp_path: Path) -> None:
    study = Study(tmp_path, HUBS, ELSEWHERE)
    study.answer(*(request for request in study.plan() if request.kind == "count"), rows=7000)
    wide = study.trade()
    study.answer(*wide, rows=94_000)
    study.corridors = [HUBS]
    study.reload(end="2023-01")
    partners = len(wide[0].scope.partners or ())
    hubs = len(study.config.select(["role:hub", "W00"]) or ())
    months_in_a_call = len(wide[0].scope.periods or ())
    expected_rows = 94_000 * hubs / partners / months_in_a_call
    assert len(study.trade(has_key=False)) == pytest.approx(expected_rows / (0.95 * 500), abs=1)


def test_corridors_of_the_same_reporters_and_flows_share_calls(tmp_path: Path) -> None:
    study = Study(tmp_path, HUBS, ELSEWHERE, RUSSIA)
    study.answer(*(request for request in study.plan() if request.kind == "count"), rows=500)
    corridors = [request.corridor for request in study.trade()]
    assert corridors == ["china_to_hubs+china_elsewhere"] * 2 + ["russia_supply"] * 2


def test_a_key_that_arrives_later_asks_only_what_needed_it(tmp_path: Path) -> None:
    study = Study(tmp_path, HUBS, ELSEWHERE, keyless_rows_per_call=100_000)
    keyless = study.trade(has_key=False)
    assert {parameters(request)["path"] for request in keyless} == {"/public/v1/preview/C/M/HS"}
    assert {len(request.scope.periods or ()) for request in keyless} == {1}
    study.answer(*keyless, rows=2000)
    more = study.trade()
    assert {request.corridor for request in more} == {"china_elsewhere"}
    assert {request.scope.partners for request in more} == {study.config.select(["reference_partners"])}


def test_cells_that_two_corridors_want_are_asked_once(tmp_path: Path) -> None:
    study = Study(tmp_path, COALITION, corridor("germany", ["DEU", "ARM"], ["KAZ"], ["export"]))
    study.answer(*study.trade(), rows=10)
    study = Study(tmp_path / "again", COALITION, corridor("germany", ["DEU", "ARM"], ["KAZ"], ["export"]))
    assert {request.scope.reporters for request in study.trade() if request.corridor == "germany"} == {("ARM",)}


@pytest.fixture
def complete(tmp_path: Path) -> Study:
    """A study that holds all it wants."""
    study = Study(tmp_path, RUSSIA, COALITION)
    study.release((156, "2021-05", 1), (276, "2022-03", 1), (490, "2022-03", 1))
    for _ in range(3):
        study.answer(*study.plan(), rows=100)
    assert study.plan() == []
    return study


def test_what_is_held_is_not_asked_again(complete: Study) -> None:
    complete.reload()
    assert complete.plan() == []


def test_a_new_month_asks_that_month_only(complete: Study) -> None:
    complete.reload(end="2023-01")
    assert [request.kind for request in complete.plan()] == ["availability", "data", "data"]
    assert {request.scope.periods for request in complete.plan()} == {("2023-01",)}


def test_a_new_code_asks_that_code_only(complete: Study) -> None:
    file = complete.config.folder / "hs_codes.csv"
    with file.open(newline="", encoding="utf-8") as opened:
        header, *lines = list(csv.reader(opened))
    requested = header.index("is_requested")
    new = next(line for line in lines if line[requested] == "false" and len(line[0]) == 6)
    for line in lines:
        line[requested] = "true" if line[0] == new[0] else line[requested]
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened, lineterminator="\n").writerows([header, *lines])
    complete.reload()
    assert {request.scope.codes for request in complete.plan()} == {(new[0],)}
    assert len(complete.plan()) == 4, "two years of two corridors"


def test_a_new_economy_asks_that_economy_only(complete: Study) -> None:
    file = complete.config.folder / "economies.csv"
    text = file.read_text(encoding="utf-8")
    assert "\nSRB,RS,Serbia,hub," in text
    file.write_text(text.replace("\nSRB,RS,Serbia,hub,", "\nSRB,RS,Serbia,coalition,"), encoding="utf-8")
    complete.reload()
    assert {request.scope.reporters for request in complete.plan()} == {("SRB",)}


def test_an_imported_file_counts_as_held_for_its_own_cells(tmp_path: Path) -> None:
    study = Study(tmp_path, corridor("one", ["CHN"], ["KAZ", "KGZ"], ["export"]))
    frame = table(*[(f"2021{month:02}", 156, 398, "854231", "X", 5.0) for month in range(1, 13)])
    [(request, answer)] = comtrade.read_file("saved.json", envelope(rows_of(frame)), study.config)
    study.store.put(request, b"x", answer, origin="file: saved.json")
    cells = [
        (period, partner, code)
        for request in study.trade()
        for period in request.scope.periods or ()
        for partner in request.scope.partners or ()
        for code in request.scope.codes or ()
    ]
    assert len(cells) == len(set(cells)) == 24 * 2 * len(study.config.requested_codes()) - 12
    assert not {cell for cell in cells if cell[1:] == ("KAZ", "854231") and cell[0] < "2022"}


def test_a_box_that_was_too_large_is_asked_in_parts_for_ever(complete: Study) -> None:
    complete.reload(end="2023-04")
    [large] = [request for request in complete.trade() if request.corridor == "russia_supply"]
    assert large.scope.periods == months("2023-01", "2023-04")
    smaller = complete.trade(oversized=[Oversize(large.scope, 100_000)])
    assert [request.scope.periods for request in smaller if request.corridor == "russia_supply"] == [
        ("2023-01", "2023-02"),
        ("2023-03", "2023-04"),
    ]


# --- refresh ---


def test_refresh_asks_what_was_published_anew_and_the_last_months_of_every_reporter(complete: Study) -> None:
    first = complete.plan(refresh=True)
    assert [request.kind for request in first[:2]] == ["availability"] * 2
    # China's one month lies more than a year back; Germany's and Taiwan's newest is March.
    assert asked_again(first) == [
        ("russia_supply", ("DEU", "TWN"), ("2022-03",)),
        ("coalition_to_hubs", ("DEU", "TWN"), ("2022-03",)),
    ]
    complete.release((156, "2021-05", 2), (276, "2022-03", 1), (490, "2022-03", 1))
    again = complete.trade(refresh=True)
    assert asked_again(again) == [
        ("russia_supply", ("CHN", "DEU", "TWN"), ("2021-05", "2022-03")),
        ("coalition_to_hubs", ("DEU", "TWN"), ("2022-03",)),
    ]
    complete.clock = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
    complete.answer(*again)
    assert complete.trade(refresh=True) == [], "once a day"
    assert complete.trade() == []


def asked_again(requests: list[Request]) -> list[tuple[str, object, object]]:
    data = (request for request in requests if request.kind == "data")
    return [(request.corridor, request.scope.reporters, request.scope.periods) for request in data]


def test_refresh_asks_the_three_newest_months_that_each_reporter_published(tmp_path: Path) -> None:
    study = Study(tmp_path, COALITION)
    germany, japan = [f"2022-{month:02}" for month in range(1, 11)], [f"2022-{month:02}" for month in range(1, 13)]
    study.release(*((276, month, 1) for month in germany), *((392, month, 1) for month in japan))
    for _ in range(3):
        study.answer(*study.plan(), rows=100)
    [only] = study.trade(refresh=True)
    assert set(only.scope.reporters or ()) == {"DEU", "JPN"}
    assert only.scope.periods == months("2022-08", "2022-12")


def test_figures_released_while_nobody_watched_are_asked_again(tmp_path: Path) -> None:
    study = Study(tmp_path, RUSSIA)
    study.clock = datetime(2022, 10, 6, 12, tzinfo=UTC)
    study.answer(*study.trade(), rows=10)
    study.clock = datetime(2023, 5, 1, tzinfo=UTC)
    study.release((156, "2021-05", 1))
    assert [request.scope.reporters for request in study.trade(refresh=True)] == [("CHN",)]


def test_figures_released_before_they_were_asked_for_are_not_asked_again(tmp_path: Path) -> None:
    study = Study(tmp_path, RUSSIA)
    study.clock = datetime(2022, 10, 8, tzinfo=UTC)
    study.answer(*study.trade(), rows=10)
    study.clock = datetime(2023, 5, 1, tzinfo=UTC)
    study.release((156, "2021-05", 1))
    assert study.trade(refresh=True) == []


# --- files a person brings ---


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(Path(__file__).parents[1] / "config")


def test_a_saved_body_covers_its_own_rows_only(config: Config) -> None:
    frame = table(("202201", 156, 643, "854231", "X", 1.5), ("202202", 380, 398, "8541", "RX", 2.0))
    [(request, answer)] = comtrade.read_file("a.json", envelope(rows_of(frame)), config)
    assert request.scope == Scope(
        reporters=("CHN", "ITA"), partners=("KAZ", "RUS"), flows=("re_export", "export"),
        codes=("8541", "854231"), periods=("2022-01", "2022-02"),
    )  # fmt: skip
    assert answer == Answer("data", 2, "3.500")


def test_a_saved_body_of_plus_mode_keeps_its_detail_rows(config: Config) -> None:
    texts = trade_rows(TWO, with_text=True, extended=frozenset({156}))
    [(_, answer)] = comtrade.read_file("plus.json", envelope(texts), config)
    assert (answer.rows, answer.total) == (5, "4000.001")


def test_a_saved_body_may_lack_the_elapsed_time_and_start_with_a_mark(config: Config) -> None:
    body = json.loads(envelope(rows_of(TWO)))
    del body["elapsedTime"]
    assert comtrade.read_file("a.json", b"\xef\xbb\xbf" + json.dumps(body).encode(), config)


def test_a_saved_list_of_what_was_published_is_availability(config: Config) -> None:
    rows = [availability_row("A", 24, "2021", 1, "2022-10-06T10:53:32.8266667", False)]
    [(request, answer)] = comtrade.read_file("da.json", envelope(rows), config)
    assert (request.kind, answer) == ("availability", Answer("data", 1))
    assert (request.scope.reporters, request.scope.periods) == (("AGO",), ("2021",))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"period,reporter\n", "is not .whole. JSON"),
        (envelope([]), "has no rows"),
        (envelope(rows_of(TWO), count=205), "states 205 rows and holds 2"),
        (envelope(rows_of(TWO, reporterCode=4711)), "has reporterCode 4711, which the configuration doesn't know"),
        (envelope(rows_of(TWO, flowCode="ZZ")), "has flowCode ZZ, which the configuration doesn't know"),
        (envelope(rows_of(TWO, freqCode="A")), "has freqCode A, M"),
        (envelope(rows_of(TWO, typeCode="S")), "has typeCode C, S"),
        (envelope(rows_of(TWO, period="2022Q1")), "has period '2022Q1'"),
        (envelope([*rows_of(TWO), *rows_of(TWO)]), "row 3 stands twice"),
        (envelope([{"results": 1}]), "row 1: columns unknown"),
        (envelope([1]), "row 1 is not an object"),
    ],
)
def test_a_file_that_is_not_what_it_claims_is_refused(config: Config, body: bytes, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        comtrade.read_file("wrong.json", body, config)


def test_a_saved_body_at_the_cap_is_refused(config: Config) -> None:
    frame = pd.concat(
        [table((f"2022{m:02}", 156, 643, str(code), "X", 1.0)) for m in range(1, 11) for code in range(50)]
    )
    with pytest.raises(UsageError, match="has 500 rows, at which Comtrade cuts answers"):
        comtrade.read_file("cut.json", envelope(rows_of(frame)), config)


REAL = os.environ.get("CHIPFLOWS_REAL")


@pytest.mark.skipif(not REAL, reason="needs recorded answers: set CHIPFLOWS_REAL")
def test_recorded_answers_are_recognised_and_cut_ones_refused(config: Config) -> None:
    taken, refused = {}, {}
    for file in sorted(Path(str(REAL), "comtrade").glob("[dp]*/*.json")):
        if file.name.endswith((".meta.json", ".headers.json")):
            continue
        try:
            [(request, answer)] = comtrade.read_file(file.name, file.read_bytes(), config)
            taken[file.stem] = (answer.rows, answer.total, request.scope.periods)
        except UsageError as error:
            refused[file.stem] = str(error)
    assert taken["preview_C_M_HS_usa_world_281820_M_202604"] == (1, "31789433.000", ("2026-04",))
    assert taken["preview_C_A_HS_ind_usa_TOTAL_X_2022"] == (1, "80230193279.727", ("2022",))
    assert len(taken) == 6
    assert [name for name, text in refused.items() if "holds 11" in text] == [
        name for name in refused if "HEAD" in name
    ]
    assert [name for name, text in refused.items() if "has no rows" in text] == [
        name for name in refused if "empty" in name or "unpublished" in name
    ]
    assert len(refused) == 4


@pytest.mark.skipif(not REAL, reason="needs recorded answers: set CHIPFLOWS_REAL")
def test_the_columns_are_those_of_a_recorded_answer() -> None:
    body = json.loads(Path(str(REAL), "comtrade/data/get_C_A_HS_chn_arg-deu_2010_TOTAL.json").read_bytes())
    assert list(body["data"][0]) == COLUMNS

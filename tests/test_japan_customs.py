"""Japan: thousands of yen, months as kinds of figures or as columns, months to come that are no zeros."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from offices import Office, no_file_holds, small, whole_config
from standin.japan_customs import EStat, answer, value, wide
from worlds import World

from chipflows.errors import CheckFailed, Incomplete, UsageError
from chipflows.raw.records import Request
from chipflows.sources import japan_customs
from chipflows.sources.http import Broken, Oversized, Refused

SOURCE = "japan_customs"
SECRET = "0123456789abcdef0123456789abcdef01234567"
RATES = {"USD": "1.25", "JPY": "125"}
TODAY = date(2022, 6, 1)
JUNE = datetime(2022, 6, 1, tzinfo=UTC)
RUSSIA, KYRGYZSTAN, CHINA = "224", "154", "105"
CHIP, OTHER_CHIP = "854231010", "854231090"
TABLES = {"0003313965": 2016, "0003425293": 2021}

WORLD = {
    (CHIP, RUSSIA, 2021): {11: (100, 3, 2500), 12: (0, 0, 0), 1: (9, 9, 7777)},
    (OTHER_CHIP, RUSSIA, 2021): {11: (50, 2, 500)},
    (CHIP, RUSSIA, 2022): {1: (0, 0, 60), 2: (5, 1, 70), 3: (9, 9, 7777)},
    ("854142000", KYRGYZSTAN, 2022): {2: (0, 8, 40)},
    # Never asked for.
    ("854232000", RUSSIA, 2021): {11: (1, 1, 7777)},
    (CHIP, CHINA, 2021): {11: (1, 1, 7777)},
}
UNITS = {CHIP: ("NO", "KG"), OTHER_CHIP: ("NO", "KG"), "854142000": ("", "KG"), "854232000": ("NO", "KG")}


@pytest.fixture
def estat(monkeypatch: pytest.MonkeyPatch) -> Iterator[EStat]:
    with EStat(dict(WORLD), UNITS, SECRET, TABLES) as server:
        monkeypatch.setenv("CHIPFLOWS_JAPAN_CUSTOMS_URL", server.address)
        monkeypatch.setenv("CHIPFLOWS_JAPAN_CUSTOMS_KEY", SECRET)
        yield server


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(SOURCE, World(tmp_path, small(SOURCE)))


def test_thousands_of_yen_become_dollars_and_nine_digits_are_added(estat: EStat, office: Office) -> None:
    assert "incomplete" not in office.download()
    # Two figures of units and three of every month that was asked for, of each code with a country in a year.
    assert sum(record.rows for record in office.store.held(SOURCE)) == 4 * (2 + 2 * 3)
    office.build(RATES)
    cells = {(*cell[:1], *cell[3:]): found[:5] for cell, found in office.flows().items() if found[0]}
    assert cells == {
        ("RUS", "854231", "2021-11"): (3_000_000, 30_000, 5, 150, "u"),
        ("RUS", "854231", "2022-01"): (60_000, 600, None, None, None),
        ("RUS", "854231", "2022-02"): (70_000, 700, 1, 5, "u"),
        ("KGZ", "854142", "2022-02"): (40_000, 400, 8, 8, "kg"),
    }
    zeros = {(*cell[:1], *cell[3:]) for cell, found in office.flows().items() if not found[0]}
    assert zeros == {("RUS", "854231", "2021-12"), ("KGZ", "854142", "2022-01")}
    assert no_file_holds(office, SECRET)


def test_an_unknown_unit_stops_the_build_with_its_row(
    estat: EStat, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(estat.units, OTHER_CHIP, ("BOX", "KG"))
    office.download()
    with pytest.raises(CheckFailed, match=r"(?s)unknown_unit.*japan_customs.*BOX"):
        office.build(RATES)


def test_a_question_is_for_one_code_and_the_months_of_one_year(estat: EStat, office: Office) -> None:
    plan = japan_customs.plan(office.world.config, office.store, today=TODAY)
    assert len(plan) == 2 + 6
    first = dict(plan[1].parameters)
    assert first["statsDataId"] == "0003425293"
    assert (first["cdCat01From"], first["cdCat01To"]) == ("854231000", "854231999")
    assert (first["cdTime"], first["cdCat02"]) == ("2021000000", "100,110,450,460,470,480,490,500")
    # Serbia has no code here yet: it is not asked for.
    assert (first["cdArea"], plan[1].scope.partners) == ("50224,50154", ("RUS", "KGZ"))
    office.download()
    assert all(call.endswith(f"&appId={SECRET}") for call in estat.calls)
    estat.calls.clear()
    office.download()
    assert estat.calls == []


def test_tables_follow_the_years() -> None:
    assert japan_customs.table_of("1", 2017) == "0003313965"
    assert japan_customs.table_of("1", 2020) == "0003313965"
    assert japan_customs.table_of("2", 2026) == "0004049326"
    with pytest.raises(UsageError, match="no table of e-Stat is known for 2031"):
        japan_customs.table_of("1", 2031)


def test_an_answer_with_a_next_key_is_asked_in_parts(estat: EStat, office: Office) -> None:
    estat.most = 10
    assert "incomplete" not in office.download()
    staged = office.staged()
    assert sum(row["value_native"] for row in staged) == 3_170_000
    assert not any("startPosition" in call for call in estat.calls)


@pytest.mark.parametrize(("status", "calls"), [(200, 16), (101, 1)])
def test_errors_of_the_service_are_asked_again_and_ours_are_not(
    estat: EStat, office: Office, status: int, calls: int
) -> None:
    estat.status = status
    with pytest.raises(Incomplete, match=rf"status {status}: Database error"):
        office.download()
    assert len(estat.calls) == calls


def test_a_wrong_key_is_said_at_once_and_not_shown(
    estat: EStat, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHIPFLOWS_JAPAN_CUSTOMS_KEY", "f00" + SECRET)
    with pytest.raises(Incomplete, match=r"the key was refused \(Authentication failed") as caught:
        office.download()
    assert len(estat.calls) == 1
    assert "f00" not in "".join(traceback.format_exception(caught.value))
    monkeypatch.delenv("CHIPFLOWS_JAPAN_CUSTOMS_KEY")
    assert "only with a key in CHIPFLOWS_JAPAN_CUSTOMS_KEY" in office.download()


@pytest.mark.parametrize("fault", ["500", "html", "drop", "cut", "429"])
def test_faults_are_asked_again(estat: EStat, office: Office, fault: str) -> None:
    estat.faults = [fault, "", fault]
    assert "incomplete" not in office.download()


def test_no_data_is_a_true_empty(estat: EStat, office: Office) -> None:
    estat.world = {}
    office.download()
    assert {(record.outcome, record.rows) for record in office.store.held(SOURCE)} == {("empty", 0)}


GOOD = value(CHIP, "470", RUSSIA, 2021, "2500")


def question(office: Office, monkeypatch: pytest.MonkeyPatch) -> Request:
    monkeypatch.setenv("CHIPFLOWS_JAPAN_CUSTOMS_KEY", SECRET)
    return japan_customs.plan(office.world.config, office.store, today=TODAY)[1]


@pytest.mark.parametrize(
    ("content", "error", "text"),
    [
        (answer(0, "", [GOOD, GOOD]).body, Broken, "stands twice"),
        (answer(0, "", [GOOD]).body[:-9], Broken, "not .whole. JSON"),
        (answer(0, "", [GOOD]).body.replace(b'"TOTAL_NUMBER": 1', b'"TOTAL_NUMBER": 2'), Broken, "states 2 .* holds 1"),
        (answer(0, "").body, Broken, "has no figures and doesn't say so"),
        (b'{"GET_STATS_DATA": {}}', Broken, "no result with a status"),
        (answer(0, "", [GOOD | {"$": "2,500"}]).body, Broken, "is no number"),
        (answer(0, "", [GOOD | {"@cat02": "140"}]).body, Broken, "unknown kind 140"),
        (answer(0, "", [GOOD | {"@area": "60224"}]).body, Broken, "'60224'"),
        (answer(0, "", [GOOD | {"@time": "2021001111"}]).body, Broken, "'2021001111'"),
        (answer(0, "", [GOOD | {"@cat01": "854232010"}]).body, Refused, "code 854232 was not asked for"),
        (answer(0, "", [GOOD | {"@area": "50105"}]).body, Refused, "country 105 was not asked for"),
        (answer(0, "", [GOOD | {"@time": "2022000000"}]).body, Refused, "year 2022 was not asked for"),
        (answer(0, "", [GOOD | {"@cat02": "170"}]).body, Refused, "kind 170 was not asked for"),
        (answer(0, "", [GOOD, GOOD | {"@cat02": "460"}], most=1).body, Oversized, "1 of 2 figures"),
    ],
)
def test_what_can_not_be_trusted_is_not_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch, content: bytes, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        japan_customs.check(question(office, monkeypatch), content)


def test_a_single_figure_and_a_missing_one_are_read(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = question(office, monkeypatch)
    for number, (content, staged) in enumerate(
        [
            (answer(0, "", [GOOD]).body, (2_500_000, None)),
            (answer(0, "", [GOOD | {"$": "-"}, GOOD | {"@cat02": "450", "$": "3"}]).body, (None, "no value sent")),
        ]
    ):
        other = Office(SOURCE, World(office.world.home / str(number), office.world.config))
        other.world.put(asked, content, japan_customs.check(asked, content), JUNE)
        [row] = other.staged()
        assert (row["value_native"], row["reject_reason"]) == staged


def brought(office: Office, content: bytes) -> list[dict[str, object]]:
    [(asked, found)] = japan_customs.read_file("a.csv", content, whole_config())
    office.world.put(asked, content, found, JUNE, media_type="text/csv")
    return office.staged()


def test_a_wide_file_is_melted_up_to_its_last_month(office: Office) -> None:
    content = wide(
        [
            (CHIP, RUSSIA, "NO", "KG", {1: (100, 3, 2500), 4: (7, 1, 90)}),
            ("010121000", KYRGYZSTAN, "", "NO", {2: (0, 2, 11)}),
        ]
    )
    rows = brought(office, content)
    assert {(row["code"], row["partner_code"]) for row in rows} == {(CHIP, RUSSIA), ("010121000", KYRGYZSTAN)}
    assert {row["period"] for row in rows} == {date(2022, month, 1) for month in range(1, 5)}
    values = {(row["code"], row["period"].month): row for row in rows if row["value_native"]}
    assert {cell: (row["value_native"], row["weight_kg"], row["quantity"]) for cell, row in values.items()} == {
        (CHIP, 1): (2_500_000, 3, 100), (CHIP, 4): (90_000, 1, 7), ("010121000", 2): (11_000, None, 2),
    }  # fmt: skip
    [record] = office.store.held(SOURCE)
    assert record.scope["periods"] == ["2022-01", "2022-02", "2022-03", "2022-04"]
    assert (record.scope["flows"], record.scope["codes"]) == (["export"], ["010121", "854231"])


def test_custom_houses_are_added_up(office: Office) -> None:
    house = [(CHIP, RUSSIA, "NO", "KG", {1: (100, 3, 2500)}), (CHIP, RUSSIA, "NO", "KG", {1: (50, 2, 500)})]
    [row] = brought(office, wide(house, house=True))
    assert (row["lines"], row["value_native"], row["weight_kg"], row["quantity"]) == (2, 3_000_000, 5, 150)


def test_a_saved_answer_says_by_its_table_which_way_goods_went(office: Office) -> None:
    body = answer(0, "", [GOOD], table="0003425294").body
    [(asked, found)] = japan_customs.read_file("a.json", body, whole_config())
    assert (asked.scope.flows, asked.scope.periods, found.total) == (("import",), ("2021-11",), "2500000")
    assert dict(asked.parameters)["direction"] == "2"


ROW = (CHIP, RUSSIA, "NO", "KG", {1: (1, 1, 1)})


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (wide([ROW, ROW]), "stands twice"),
        (wide([(CHIP, "999", "NO", "KG", {1: (1, 1, 1)})]), "1 countries are in no row of economies.csv, .*999"),
        (wide([(CHIP, RUSSIA, "NO", "KG", {})]), "holds no figures"),
        (wide([ROW]).replace(b"\r\n1,", b"\r\n3,"), "column Exp or Imp: '3'"),
        (wide([ROW]).replace(b"854231010", b"8542"), "column HS"),
        (wide([ROW]).replace(b"Value-Feb", b"Wert-Feb"), "unknown is 'Wert-Feb'"),
        (wide([ROW]).replace(b",1,1,1,1,1,1,", b",1,1,1,1,1,x,"), "Value of Jan: 'x' is no number"),
        (wide([ROW])[:-2], "cut off"),
        (wide([ROW]).replace(b"NO", b'"NO"'), "quotation marks"),
        (wide([ROW]) + wide([ROW]).splitlines(True)[1].replace(b"1,2022", b"2,2022"), "holds exports and imports"),
        (answer(0, "", [GOOD], table="0000000001").body, "table '0000000001'"),
        (answer(1, "no data").body, "holds no figures"),
        (answer(100, "Authentication failed").body, "the key was refused"),
        (b"<html></html>\n", "unknown is '<html></html>'"),
    ],
)
def test_other_files_are_refused_by_what_they_are(content: bytes, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        japan_customs.read_file("a.csv", content, whole_config())


def test_the_whole_plan_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHIPFLOWS_JAPAN_CUSTOMS_KEY", SECRET)
    plan = japan_customs.plan(whole_config(), Office(SOURCE, World(tmp_path)).store, today=date(2026, 11, 24))
    assert len(plan) == 5 * 72 + 81 + 4 * 76, "codes of both editions in 2022"
    assert min(len(one.scope.partners or ()) for one in plan) >= 15

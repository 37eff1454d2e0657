"""US Census: the key goes only to the service, exports hold re-exports once, zeros and groups are what they are."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from offices import Office, no_file_holds, small, whole_config
from standin.us_census import Census, row
from worlds import World

from chipflows.errors import CheckFailed, Incomplete, UsageError
from chipflows.raw.records import Request
from chipflows.sources import download, us_census
from chipflows.sources.http import Broken, Refused

SOURCE = "us_census"
SECRET = "0123456789abcdef+/=0123456789abcdef"
TODAY = date(2022, 6, 1)
JUNE = datetime(2022, 6, 1, tzinfo=UTC)
RUSSIA, KYRGYZSTAN, SERBIA, CHINA = "4621", "4635", "4801", "5700"

WORLD = {
    # Two ten-digit codes of one six-digit code; of the first, domestic and foreign goods.
    ("8542310001", RUSSIA, "1", "2021-11"): (1000, 10, "NO", 0, "-"),
    ("8542310001", RUSSIA, "2", "2021-11"): (300, 3, "NO", 0, "-"),
    ("8542310002", RUSSIA, "1", "2021-11"): (50, 5, "NO", 0, "-"),
    # Only re-exports; kilograms beside a number; no unit at all; a zero row.
    ("8542310001", KYRGYZSTAN, "2", "2022-01"): (77, 7, "NO", 0, "-"),
    ("8541420000", SERBIA, "1", "2022-01"): (90, 4, "NO", 12, "KG"),
    ("8541430000", SERBIA, "1", "2022-01"): (91, 0, "X", 0, "-"),
    ("8542310001", SERBIA, "1", "2022-02"): (0, 0, "NO", 0, "-"),
    # Never asked for.
    ("8542320001", RUSSIA, "1", "2021-11"): (7777, 1, "NO", 0, "-"),
    ("8542310001", CHINA, "1", "2021-11"): (7777, 1, "NO", 0, "-"),
    ("8542310001", RUSSIA, "1", "2022-03"): (7777, 1, "NO", 0, "-"),
}


@pytest.fixture
def census(monkeypatch: pytest.MonkeyPatch) -> Iterator[Census]:
    with Census(dict(WORLD), SECRET) as server:
        monkeypatch.setenv("CHIPFLOWS_US_CENSUS_URL", server.address)
        monkeypatch.setenv("CHIPFLOWS_US_CENSUS_KEY", SECRET)
        yield server


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(SOURCE, World(tmp_path, small(SOURCE)))


def test_exports_hold_re_exports_once_and_quantities_their_units(census: Census, office: Office) -> None:
    assert "incomplete" not in office.download()
    office.build({"USD": "1.2"})
    assert {cell[:5]: found[:5] for cell, found in office.flows().items()} == {
        ("RUS", "", "export", "854231", "2021-11"): (1350, 1350, None, 18, "u"),
        ("RUS", "", "re_export", "854231", "2021-11"): (300, 300, None, 3, "u"),
        ("KGZ", "", "export", "854231", "2022-01"): (77, 77, None, 7, "u"),
        ("KGZ", "", "re_export", "854231", "2022-01"): (77, 77, None, 7, "u"),
        ("SRB", "", "export", "854142", "2022-01"): (90, 90, 12, 4, "u"),
        ("SRB", "", "export", "854143", "2022-01"): (91, 91, None, None, None),
        ("SRB", "", "export", "854231", "2022-02"): (0, 0, None, None, None),
    }
    assert sum(record.rows for record in office.store.held(SOURCE)) == 7
    assert no_file_holds(office, SECRET)


def test_the_key_stands_in_the_call_and_nowhere_else(census: Census, office: Office) -> None:
    plan = us_census.plan(office.world.config, office.store, today=TODAY)
    assert SECRET not in repr(plan)
    office.download()
    assert all("&key=0123456789abcdef%2B%2F%3D0123456789abcdef" in call for call in census.calls)
    assert no_file_holds(office, SECRET)
    assert no_file_holds(office, "%2B%2F%3D")


@pytest.mark.parametrize("told", ["redirect", "page"])
def test_a_wrong_key_is_said_at_once_and_not_shown(
    census: Census, office: Office, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    census.answers_key = told
    monkeypatch.setenv("CHIPFLOWS_US_CENSUS_KEY", "f00" + SECRET)
    with pytest.raises(Incomplete, match=r"the key was refused.*check CHIPFLOWS_US_CENSUS_KEY") as caught:
        office.download()
    assert len(census.calls) == 1
    assert "f00" not in "".join(traceback.format_exception(caught.value))


def test_an_answer_that_repeats_the_key_is_not_kept(census: Census, office: Office) -> None:
    census.world[f"{'8542310009'}", RUSSIA, "1", "2021-11"] = (1, 1, SECRET, 0, "-")
    with pytest.raises(Incomplete, match="repeats the key") as caught:
        office.download()
    assert SECRET not in str(caught.value)
    assert no_file_holds(office, SECRET)


def test_without_a_key_nothing_is_asked_and_the_others_go_on(
    census: Census, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHIPFLOWS_US_CENSUS_KEY")
    line = office.download()
    assert line.startswith(
        "us_census: not asked, it answers only with a key in CHIPFLOWS_US_CENSUS_KEY (free: https://"
    )
    assert census.calls == []
    assert line in download.plan_text(office.world.paths, office.world.config, [SOURCE])


def test_calls_with_this_key_are_not_counted_against_the_quota(census: Census, office: Office) -> None:
    assert "quota" not in office.download()
    assert not list(office.world.paths.quota.glob("*"))


def test_a_question_that_is_too_large_is_asked_in_parts(census: Census, office: Office) -> None:
    census.most = 3
    assert "incomplete" not in office.download()
    assert sum(record.rows for record in office.store.held(SOURCE)) == 7


@pytest.mark.parametrize("fault", ["500", "html", "drop", "cut", "429"])
def test_faults_are_asked_again(census: Census, office: Office, fault: str) -> None:
    census.faults = [fault, "", fault]
    assert "incomplete" not in office.download()


def test_no_content_is_a_true_empty(census: Census, office: Office) -> None:
    census.world = {}
    office.download()
    assert {(record.outcome, record.rows, record.bytes) for record in office.store.held(SOURCE)} == {("empty", 0, 0)}


def test_an_answer_that_lost_its_body_is_not_an_empty_one(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Broken, match=r"not .whole. JSON"):
        us_census.check(question(office, monkeypatch), b"")


def test_a_group_that_was_not_asked_for_is_refused(census: Census, office: Office) -> None:
    census.ignores_level = True
    with pytest.raises(Incomplete, match="SUMMARY_LVL CGP was not asked for"):
        office.download()


def test_an_unknown_unit_stops_the_build_with_its_row(census: Census, office: Office) -> None:
    census.world["8542310009", RUSSIA, "1", "2021-12"] = (10, 1, "BBL", 0, "-")
    office.download()
    with pytest.raises(CheckFailed, match=r"(?s)unknown_unit.*us_census.*BBL"):
        office.build({"USD": "1.2"})


def test_an_office_that_still_uses_the_old_codes_has_no_false_zeros(census: Census, office: Office) -> None:
    census.world = {
        ("8541400000", RUSSIA, "1", "2021-12"): (400, 4, "NO", 0, "-"),
        ("8541400000", RUSSIA, "1", "2022-01"): (500, 5, "NO", 0, "-"),
        ("8541420000", RUSSIA, "1", "2022-02"): (600, 6, "NO", 0, "-"),
    }
    office.download()
    assert "codes_without_family" not in office.build({"USD": "1"})
    sql = "select strftime(period, '%Y-%m'), hs6, hs_edition from core.flows where flow = 'export' order by period"
    assert office.world.ask(sql) == [
        ("2021-12", "854140", "H5"),
        ("2022-01", "854140", "H5"),
        ("2022-02", "854142", "H6"),
    ]
    [(family,)] = office.world.ask("select distinct family from core.flows where hs6 in ('854140', '854142')")
    known = f"select period, value_usd from marts.direct where reporter = 'USA' and family = '{family}' and is_covered"
    assert [value for _, value in office.world.ask(f"{known} order by period")] == [400, 500, 600]
    editions = "select hs_edition from core.coverage where source = 'us_census' order by period"
    assert [edition for (edition,) in office.world.ask(editions)] == ["H5", "H5", "H5", "H6"]


def test_the_whole_plan_is_modest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHIPFLOWS_US_CENSUS_KEY", SECRET)
    plan = us_census.plan(whole_config(), Office(SOURCE, World(tmp_path)).store, today=date(2026, 11, 24))
    assert len(plan) <= 20
    assert all(one.scope.flows == ("export", "re_export") for one in plan)


def table(*rows: dict[str, Any], header: tuple[str, ...] = ()) -> bytes:
    names = header or (*us_census.ASKED, "time", "COMM_LVL", "E_COMMODITY", "CTY_CODE")
    return json.dumps([names, *([one[name] for name in names] for one in rows)]).encode()


GOOD = row("8542310001", RUSSIA, "1", "2021-11", 1000, 10, "NO", 0, "-")


def question(office: Office, monkeypatch: pytest.MonkeyPatch) -> Request:
    monkeypatch.setenv("CHIPFLOWS_US_CENSUS_KEY", SECRET)
    return us_census.plan(office.world.config, office.store, today=TODAY)[0]


TWICE = json.dumps(
    [["E_COMMODITY", *us_census.ASKED, "time"], ["8542310009", *(GOOD[one] for one in us_census.ASKED), "2021-11"]]
)


@pytest.mark.parametrize(
    ("content", "error", "text"),
    [
        (table(GOOD, GOOD), Broken, "stands twice"),
        (table(GOOD)[:-5], Broken, "not .whole. JSON"),
        (b'{"error": 1}', Broken, "not a list of rows"),
        (TWICE.encode(), Broken, "two things of one column"),
        (table(GOOD, header=("E_COMMODITY", "time")), Broken, "no column CTY_CODE"),
        (table(GOOD | {"ALL_VAL_MO": "1,000"}), Broken, "a whole number is expected"),
        (table(GOOD | {"time": "2021"}), Broken, "a month is expected"),
        (table(GOOD | {"E_COMMODITY": "8542"}), Broken, "six or ten digits"),
        (table(GOOD | {"CTY_CODE": "5700"}), Refused, "country 5700 was not asked for"),
        (table(GOOD | {"E_COMMODITY": "8542320001"}), Refused, "commodity 8542320001 was not asked for"),
        (table(GOOD | {"time": "2022-03"}), Refused, "month 2022-03 was not asked for"),
        (table(GOOD | {"DF": "-"}), Refused, "DF - was not asked for"),
    ],
)
def test_what_can_not_be_trusted_is_not_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch, content: bytes, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        us_census.check(question(office, monkeypatch), content)


def test_a_saved_body_may_hold_six_digits_totals_and_groups(office: Office) -> None:
    six = {name: value for name, value in GOOD.items() if name != "DF"} | {
        "E_COMMODITY": "854231", "QTY_1_MO": "0", "UNIT_QY1": "-", "ALL_VAL_MO": "2000",
    }  # fmt: skip
    group = six | {"CTY_CODE": "0003", "SUMMARY_LVL": "CGP", "ALL_VAL_MO": "9000"}
    world = six | {"CTY_CODE": "-", "ALL_VAL_MO": "99000"}
    names = ("CTY_CODE", "E_COMMODITY", "ALL_VAL_MO", "QTY_1_MO", "UNIT_QY1", "SUMMARY_LVL", "time", "COMM_LVL")
    content = table(six, group, world, header=names)
    [(asked, answer)] = us_census.read_file("a.json", content, whole_config())
    assert (asked.scope.partners, asked.scope.flows) == (("RUS",), ("export",))
    office.world.put(asked, content, answer, JUNE)
    columns = ("value_native", "quantity", "flow_code", "reject_reason")
    assert {tuple(one[column] for column in columns) for one in office.staged()} == {
        (2000, None, "-", None), (9000, None, "-", "group of countries"), (99000, None, "-", "group of countries"),
    }  # fmt: skip


def test_a_total_beside_its_parts_is_not_added_to_them(office: Office) -> None:
    content = table(GOOD | {"DF": "-", "ALL_VAL_MO": "1300"}, GOOD, GOOD | {"DF": "2", "ALL_VAL_MO": "300"})
    [(asked, answer)] = us_census.read_file("a.json", content, whole_config())
    office.world.put(asked, content, answer, JUNE)
    kept = {(one["flow_code"], one["value_native"]) for one in office.staged() if not one["reject_reason"]}
    assert kept == {("1+2", 1300), ("2", 300)}


def test_other_files_are_refused() -> None:
    for content, text in [
        (b"", "not .whole. JSON"),
        (table(), "doesn't say what it is empty of"),
        (table(GOOD | {"CTY_CODE": "9999"}), "country 9999 is in no row"),
        (b"<html></html>", "not .whole. JSON"),
    ]:
        with pytest.raises(UsageError, match=text):
            us_census.read_file("a.json", content, whole_config())


def test_where_exports_alone_are_held_both_flows_are_asked_as_they_come_together(
    census: Census, office: Office
) -> None:
    names = ("CTY_CODE", "E_COMMODITY", "ALL_VAL_MO", "QTY_1_MO", "UNIT_QY1", "time")
    content = table(GOOD, header=names)
    [(asked, answer)] = us_census.read_file("a.json", content, whole_config())
    assert asked.scope.flows == ("export",)
    office.world.put(asked, content, answer, JUNE)
    plan = us_census.plan(office.world.config, office.store, today=TODAY)
    assert {one.scope.flows for one in plan} == {("export", "re_export")}
    office.download()
    office.build({"USD": "1.2"})
    assert office.totals() == {"export": 1350 + 77 + 90 + 91, "re_export": 377}

"""Korea: errors with status 200, total rows, exports and imports of one row apart, all countries in one call."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from offices import Office, no_file_holds, small, whole_config
from standin.korea_customs import Korea, item, service_error, xml
from worlds import World

from chipflows.errors import CheckFailed, Incomplete, UsageError
from chipflows.raw.records import Request
from chipflows.sources import korea_customs
from chipflows.sources.http import Broken, Oversized, Refused

SOURCE = "korea_customs"
SECRET = "AbC+dEf/123=="
TODAY = date(2022, 6, 1)
JUNE = datetime(2022, 6, 1, tzinfo=UTC)
CHIP, OTHER_CHIP = "8542311000", "8542312000"

WORLD = {
    (CHIP, "RU", "2021.11"): (1000, 10, 7, 1),
    (OTHER_CHIP, "RU", "2021.11"): (500, 5, 0, 0),
    (CHIP, "AE", "2022.01"): (40, 4, 0, 0),
    ("8541420000", "RS", "2022.02"): (30, 0, 3, 2),
    ("8541401000", "KG", "2021.12"): (20, 2, 0, 0),
    # Never asked for.
    ("8542321000", "RU", "2021.11"): (7777, 1, 1, 1),
    (CHIP, "RU", "2022.03"): (7777, 1, 1, 1),
}


@pytest.fixture
def korea(monkeypatch: pytest.MonkeyPatch) -> Iterator[Korea]:
    with Korea(dict(WORLD), SECRET) as server:
        monkeypatch.setenv("CHIPFLOWS_KOREA_CUSTOMS_URL", server.address)
        monkeypatch.setenv("CHIPFLOWS_KOREA_CUSTOMS_KEY", SECRET)
        yield server


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(SOURCE, World(tmp_path, small(SOURCE)))


def test_exports_and_imports_come_apart_and_total_rows_count_nowhere(korea: Korea, office: Office) -> None:
    assert "incomplete" not in office.download()
    office.build({"USD": "1.2"})
    values = {(*cell[:1], *cell[2:]): found[:3] for cell, found in office.flows().items()}
    assert values == {
        ("RUS", "export", "854231", "2021-11"): (1500, 1500, 15),
        ("RUS", "import", "854231", "2021-11"): (7, 7, None),
        ("ARE", "export", "854231", "2022-01"): (40, 40, 4),
        ("ARE", "import", "854231", "2022-01"): (0, 0, None),
        ("SRB", "export", "854142", "2022-02"): (30, 30, None),
        ("SRB", "import", "854142", "2022-02"): (3, 3, 2),
        ("KGZ", "export", "854140", "2021-12"): (20, 20, 2),
        ("KGZ", "import", "854140", "2021-12"): (0, 0, None),
    }
    rejected = "select reason, sum(lines), sum(value_native) from core.rows where lands_in = 'rejected' group by all"
    assert office.world.ask(rejected) == [("total of the rows beside it", 4, 1600)]
    assert no_file_holds(office, SECRET)


def test_an_unknown_country_stops_the_build_with_its_row(korea: Korea, office: Office) -> None:
    korea.world[CHIP, "QQ", "2021.12"] = (10, 1, 0, 0)
    office.download()
    with pytest.raises(CheckFailed, match=r"(?s)unknown_economy.*korea_customs.*QQ"):
        office.build({"USD": "1.2"})


def test_one_call_asks_one_code_of_all_countries_for_a_year(korea: Korea, office: Office) -> None:
    office.download()
    assert len(korea.calls) == 2 + 6
    assert not any("cntyCd" in call for call in korea.calls)
    assert all(call.endswith("&serviceKey=AbC%2BdEf%2F123%3D%3D") for call in korea.calls)
    assert all(record.scope["partners"] is None for record in office.store.held(SOURCE))
    assert {record.outcome for record in office.store.held(SOURCE)} == {"data", "empty"}
    korea.calls.clear()
    office.download()
    assert korea.calls == []


@pytest.mark.parametrize(
    ("code", "message", "text"),
    [
        ("22", "LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR", "error 22: LIMITED_NUMBER"),
        ("30", "SERVICE_KEY_IS_NOT_REGISTERED_ERROR", r"the key was refused .*: put the decoded one into"),
        ("31", "DEADLINE_HAS_EXPIRED_ERROR", "the key was refused"),
    ],
)
def test_a_refusal_with_status_200_is_said_once(
    korea: Korea, office: Office, code: str, message: str, text: str
) -> None:
    korea.errors = [(code, message)]
    with pytest.raises(Incomplete, match=text) as caught:
        office.download()
    assert len(korea.calls) == 1
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert office.store.held(SOURCE) == []


@pytest.mark.parametrize("code", ["01", "05", "23"])
def test_an_error_within_the_service_is_asked_again(korea: Korea, office: Office, code: str) -> None:
    korea.errors = [(code, "ERROR")]
    assert "incomplete" not in office.download()


@pytest.mark.parametrize("fault", ["500", "html", "drop", "cut", "429"])
def test_faults_are_asked_again(korea: Korea, office: Office, fault: str) -> None:
    korea.faults = [fault, "", fault]
    assert "incomplete" not in office.download()


def test_without_a_key_nothing_is_asked(korea: Korea, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHIPFLOWS_KOREA_CUSTOMS_KEY")
    assert "only with a key in CHIPFLOWS_KOREA_CUSTOMS_KEY" in office.download()
    assert korea.calls == []


def test_the_whole_plan_fits_a_day(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHIPFLOWS_KOREA_CUSTOMS_KEY", SECRET)
    plan = korea_customs.plan(whole_config(), Office(SOURCE, World(tmp_path)).store, today=date(2026, 11, 24))
    assert len(plan) == 5 * 72 + 81 + 4 * 76, "codes of both editions in 2022"
    assert max(len(one.scope.periods or ()) for one in plan) == 12


GOOD = item("2021.11", "RU", CHIP, 1000, 10, 7, 1)


def question(office: Office, monkeypatch: pytest.MonkeyPatch) -> Request:
    monkeypatch.setenv("CHIPFLOWS_KOREA_CUSTOMS_KEY", SECRET)
    plan = korea_customs.plan(office.world.config, office.store, today=TODAY)
    return next(one for one in plan if one.scope.codes == ("854231",))


@pytest.mark.parametrize(
    ("content", "error", "text"),
    [
        (xml(GOOD + GOOD).body, Broken, "stands twice"),
        (xml(GOOD).body[:-20], Broken, "not .whole. XML"),
        (xml(item("총계", "-", "-", 999, 10, 7, 1) + GOOD).body, Broken, "expDlr 999 in all, and its rows .* to 1000"),
        (xml(GOOD.replace("1000", "1,000")).body, Broken, "figures are no numbers"),
        (xml(GOOD.replace("2021.11", "2021")).body, Broken, "is no month"),
        (xml(GOOD.replace(CHIP, "85")).body, Broken, "hsCd '85'"),
        (xml(GOOD.replace("<item>", '<item id="1">')).body, Broken, "another way than known"),
        (b"<html/>", Broken, "no result: <html>"),
        (xml(GOOD.replace(CHIP, "8542321000")).body, Refused, "hsCd 8542321000 was not asked for"),
        (xml(GOOD.replace("2021.11", "2022.03")).body, Refused, r"month 2022\.03 was not asked for"),
        (xml("", "99", "조회기간은 1년이내").body, Refused, "error 99: 조회기간은"),
        (service_error("12", "NO_OPENAPI_SERVICE_ERROR").body, Refused, "error 12"),
        (xml(GOOD, count=2).body, Oversized, "1 of 2 rows"),
    ],
)
def test_what_can_not_be_trusted_is_not_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch, content: bytes, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        korea_customs.check(question(office, monkeypatch), content)


def test_a_saved_body_covers_its_own_countries(office: Office) -> None:
    content = xml(item("총계", "-", "-", 1000, 10, 7, 1) + GOOD).body
    [(asked, answer)] = korea_customs.read_file("a.xml", content, whole_config())
    assert (asked.scope.partners, asked.scope.flows) == (("RUS",), ("export", "import"))
    assert (asked.scope.codes, asked.scope.periods) == (("854231",), ("2021-11",))
    assert (answer.rows, answer.total) == (2, "2014")
    office.world.put(asked, content, answer, JUNE, media_type="application/xml")
    assert sorted((one["flow_code"], one["value_native"], one["reject_reason"] is None) for one in office.staged()) == [
        ("exp", 1000, False), ("exp", 1000, True), ("imp", 7, False), ("imp", 7, True),
    ]  # fmt: skip
    for wrong, text in [
        (xml("").body, "doesn't say what it is empty of"),
        (service_error("30", "KEY").body, "the key was refused"),
        (xml(GOOD.replace(">RU<", ">QQ<")).body, "country QQ is in no row"),
        (b"{}", "not .whole. XML"),
    ]:
        with pytest.raises(UsageError, match=text):
            korea_customs.read_file("a.xml", wrong, whole_config())

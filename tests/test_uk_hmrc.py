"""HMRC: pages never joined by hand, ports added up, residual codes kept apart, pounds to dollars."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from offices import Office, small, whole_config
from standin.server import Page
from standin.uk_hmrc import Ots, Row, written
from worlds import World

from chipflows.errors import Incomplete, UsageError
from chipflows.raw.records import Request
from chipflows.sources import uk_hmrc
from chipflows.sources.http import Broken, Oversized, Refused

SOURCE = "uk_hmrc"
UNIT = "supplementary unit of"
RATES = {"USD": "1.2", "GBP": "0.8"}
TODAY = date(2022, 6, 1)
JUNE = datetime(2022, 6, 1, tzinfo=UTC)
CHIPS = 85423110
FORBIDDEN = Page(b"<html>Ip Forbidden</html>", 403, "text/html")

ROWS: list[Row] = [
    # One cell over two ports, and a second eight-digit code of the same six digits.
    (202111, 4, 0, CHIPS, 11, "RU", 1000.0, 10.0, 100.0),
    (202111, 4, 0, CHIPS, 12, "RU", 500.0, 5.0, 50.0),
    (202111, 4, 0, 85423190, 11, "RU", 250.0, 2.5, 0.0),
    # The older edition's code, and a part of it in the newer.
    (202112, 4, 0, 85414010, 11, "KG", 75.0, 1.0, 7.0),
    (202201, 4, 0, 85414200, 11, "KG", 80.0, 1.5, 8.0),
    # Serbia has Eurostat's letters; the quantity is withheld, then everything.
    (202202, 4, 3, CHIPS, 11, "XS", 60.0, 0.0, 0.0),
    (202202, 4, 1, CHIPS, 12, "KG", None, None, None),
    # Trade without a commodity code, which the service counts among the chips.
    (202202, 4, 0, -854231, 11, "RU", 9.0, 1.0, 0.0),
    # Never asked for: an import, another code, another country, another month.
    (202202, 3, 0, CHIPS, 11, "RU", 7777.0, 1.0, 1.0),
    (202202, 4, 0, 85423210, 11, "RU", 7777.0, 1.0, 1.0),
    (202202, 4, 0, CHIPS, 11, "RS", 7777.0, 1.0, 1.0),
    (202203, 4, 0, CHIPS, 11, "RU", 7777.0, 1.0, 1.0),
]


@pytest.fixture
def ots(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ots]:
    with Ots(list(ROWS), codes={-854231: "854231"}) as server:
        monkeypatch.setenv("CHIPFLOWS_UK_HMRC_URL", server.address)
        yield server


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(SOURCE, World(tmp_path, small(SOURCE)))


def test_ports_and_eight_digit_codes_are_added_and_pounds_become_dollars(ots: Ots, office: Office) -> None:
    assert "incomplete" not in office.download()
    assert len(office.staged()) == 7
    office.build(RATES)
    assert office.flows() == {
        ("RUS", "", "export", "854231", "2021-11"): (1750, 2625, Decimal("17.5"), None, None, "GBP", "GBR"),
        ("KGZ", "", "export", "854140", "2021-12"): (75, Decimal("112.5"), 1, 7, f"{UNIT} 85414010", "GBP", "GBR"),
        ("KGZ", "", "export", "854142", "2022-01"): (80, 120, Decimal("1.5"), 8, f"{UNIT} 85414200", "GBP", "GBR"),
        ("SRB", "", "export", "854231", "2022-02"): (60, 90, None, None, None, "GBP", "GBR"),
    }
    rejected = "select reason, value_native, code from core.rows where lands_in = 'rejected' order by 1"
    assert office.world.ask(rejected) == [
        ("residual trade without a commodity code", 9, "-854231"),
        ("value withheld", None, "85423110"),
    ]


def test_an_answer_in_pages_is_asked_in_parts_and_nothing_is_lost_or_doubled(ots: Ots, office: Office) -> None:
    ots.page_size = 3
    ots.rows = [row for row in ROWS if row[3] > 0 and row[6] is not None]
    assert "incomplete" not in office.download()
    staged = office.staged()
    assert sum(row["lines"] for row in staged) == 6
    assert sum(row["value_native"] for row in staged) == 1965
    assert not any("skip" in call for call in ots.calls)
    ots.calls.clear()
    office.download()
    assert ots.calls == []


def test_a_cell_that_fills_more_than_a_page_is_said_to_be_missing(ots: Ots, office: Office) -> None:
    ots.page_size = 2
    with pytest.raises(Incomplete, match=r"still missing: russia_supply 2021-11$"):
        office.download()


def test_the_question_names_both_flow_types_and_serbia_as_eurostat_does(office: Office) -> None:
    plan = uk_hmrc.plan(office.world.config, office.store, today=TODAY)
    assert [one.scope.periods for one in plan] == [("2021-11", "2021-12"), ("2022-01", "2022-02")]
    condition = dict(plan[0].parameters)["$filter"]
    assert "(FlowTypeId eq 2 or FlowTypeId eq 4) and MonthId ge 202111 and MonthId le 202112" in condition
    assert "(Commodity/Hs6Code eq '854140' or Commodity/Hs6Code eq '854231')" in condition
    assert "Country/CountryCodeAlpha eq 'XS'" in condition
    assert uk_hmrc.plan(office.world.config, office.store, today=date(2022, 1, 16)) == []


def test_the_whole_plan_is_modest(tmp_path: Path) -> None:
    plan = uk_hmrc.plan(whole_config(), Office(SOURCE, World(tmp_path)).store, today=date(2026, 11, 24))
    assert len(plan) <= 60
    assert {len(one.scope.periods or ()) for one in plan} == {9, 12}


@pytest.mark.parametrize("fault", ["500", "html", "drop", "cut", "429"])
def test_faults_are_asked_again(ots: Ots, office: Office, fault: str) -> None:
    ots.faults = [fault, "", fault]
    assert "incomplete" not in office.download()


def test_the_front_door_is_tried_again_and_a_wrong_question_is_not(
    ots: Ots, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("standin.server.page_of", lambda fault: FORBIDDEN if fault == "403" else None)
    ots.faults = ["403", "403"]
    assert "incomplete" not in office.download()
    monkeypatch.setenv("CHIPFLOWS_UK_HMRC_URL", ots.address + "/wrong")
    ots.calls.clear()
    with pytest.raises(Incomplete, match=r"status 400: .*The query is not valid"):
        office.download(refresh=True)
    assert len(ots.calls) == 1


def test_no_rows_are_a_true_empty(ots: Ots, office: Office) -> None:
    ots.rows = []
    office.download()
    assert {(record.outcome, record.rows) for record in office.store.held(SOURCE)} == {("empty", 0)}


def body(*rows: Row, **other: Any) -> bytes:
    return json.dumps({"@odata.context": "x", "value": [written(row) for row in rows], **other}).encode()


def question(office: Office) -> Request:
    return uk_hmrc.plan(office.world.config, office.store, today=TODAY)[0]


GOOD = ROWS[0]


def changed(**values: Any) -> Row:
    names = ("month", "flow", "suppression", "commodity", "port", "country", "value", "mass", "units")
    return tuple((dict(zip(names, GOOD, strict=True)) | values).values())  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("content", "error", "text"),
    [
        (body(GOOD, GOOD), Broken, "stands twice"),
        (body(GOOD)[:-9], Broken, "not .whole. JSON"),
        (b'{"rows": []}', Broken, "no list of rows"),
        (body(changed(value="1000")), Broken, "figures are no numbers"),
        (body(changed(suppression=6)), Broken, "unknown SuppressionIndex 6"),
        (body(changed(commodity="85423110")), Broken, "no whole number"),
        (body(changed(month=202203)), Refused, "MonthId 202203 was not asked for"),
        (body(changed(country="DE")), Refused, "country DE was not asked for"),
        (body(changed(commodity=85423210)), Refused, "commodity 85423210 was not asked for"),
        (body(changed(flow=3)), Refused, "flow 3 was not asked for"),
        (body(GOOD, **{"@odata.nextLink": "https://x"}), Oversized, "another page"),
    ],
)
def test_what_can_not_be_trusted_is_not_kept(office: Office, content: bytes, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        uk_hmrc.check(question(office), content)


def test_a_saved_body_covers_its_own_rows(office: Office) -> None:
    content = body(*ROWS[:3], (202111, 2, 0, CHIPS, 1, "DE", 5.0, 1.0, 0.0))
    [(asked, answer)] = uk_hmrc.read_file("a.json", content, whole_config())
    assert asked.scope.partners == ("DEU", "RUS")
    assert (asked.scope.flows, asked.scope.codes, asked.scope.periods) == (("export",), ("854231",), ("2021-11",))
    assert (answer.rows, answer.total) == (4, "1755.0")
    office.world.put(asked, content, answer, JUNE)
    assert {(row["partner_code"], row["flow_code"], row["value_native"]) for row in office.staged()} == {
        ("RU", "4", 1500), ("RU", "4", 250), ("DE", "2", 5),
    }  # fmt: skip
    for wrong, text in [
        (body(), "doesn't say what it is empty of"),
        (body(GOOD, **{"@odata.nextLink": "https://x"}), "one page of several"),
        (json.dumps({"value": [written(GOOD, False)]}).encode(), "Country"),
        (body(changed(country="RS")), "RS is no country"),
        (b"[]", "no list of rows"),
    ]:
        with pytest.raises(UsageError, match=text):
            uk_hmrc.read_file("a.json", wrong, whole_config())

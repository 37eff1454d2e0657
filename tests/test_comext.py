"""Eurostat Comext: planned, asked, checked, brought by hand, and staged, against a stand-in and real files."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standin.comext import BASE, HEADER, INDICATORS, Comext, line, sdmx_csv, small_world

from chipflows.config import Config, load_config, months
from chipflows.errors import UsageError
from chipflows.paths import find_paths
from chipflows.raw.store import Store
from chipflows.sources import download, eurostat_comext, eurostat_ticket
from chipflows.sources.eurostat_ticket import judge
from chipflows.sources.http import Session
from chipflows.sources.planner import Oversize
from chipflows.sources.replies import Broken, Oversized, Refused, Reply

ROOT = Path(__file__).parents[1]
SQL = (ROOT / "sql" / "staging" / "eurostat_comext.sql").read_text()
REAL = Path(os.environ.get("CHIPFLOWS_REAL") or "absent")
TODAY = date(2022, 4, 20)
CODES = ("8542", "854231", "854232")
PARTNERS = {"RUS": "RU", "KGZ": "KG", "SRB": "XS"}
CELL = ("DE", "RU", "854231", "2", "2022-03")


@pytest.fixture(scope="session")
def whole_config() -> Config:
    return load_config(ROOT / "config")


@pytest.fixture
def config(whole_config: Config) -> Config:
    """Three members, three partners, three codes, November 2021 to February 2022."""
    return small(whole_config)


def small(config: Config, end: str = "2022-02", partners: tuple[str, ...] = tuple(PARTNERS)) -> Config:
    source = replace(config.sources["eurostat_comext"], reporters=("DEU", "FRA", "GRC"))
    corridors = tuple(
        replace(one, reporters=("role:coalition",), partners=partners) if one.id == "coalition_to_hubs" else one
        for one in config.project.corridors
        if one.id != "russia_supply"
    )
    study = replace(config.project.study, start="2021-11", end=end)
    return replace(
        config,
        sources=config.sources | {"eurostat_comext": source},
        project=replace(config.project, study=study, corridors=corridors),
        hs_codes=tuple(one for one in config.hs_codes if one.hs6 in CODES),
    )


@pytest.fixture
def comext(monkeypatch: pytest.MonkeyPatch) -> Iterator[Comext]:
    monkeypatch.setattr(eurostat_ticket, "STEPS", (0.0,))
    world = small_world(("DE", "FR", "GR"), tuple(PARTNERS.values()), CODES, months("2021-11", "2022-02"))
    with Comext(world) as server:
        yield server


def fetch(config: Config, store: Store, comext: Comext, refresh: bool = False, base: str = BASE) -> int:
    """Ask everything the plan says, in parts where it is too large; return how many questions were answered."""
    session, large = Session("eurostat_comext", comext.address + base, 0), []
    answered = 0
    while requests := eurostat_comext.plan(config, store, today=TODAY, refresh=refresh, oversized=large):
        for asked in requests:
            try:
                reply, answer = eurostat_comext.request(session, asked)
            except Oversized as error:
                large.append(Oversize(asked.scope, error.rows))
                continue
            store.put(asked, reply.body, answer, origin=comext.address, media_type=reply.media_type)
            answered += 1
        if refresh:
            break
    return answered


def stage(folder: Path, body: bytes) -> list[dict[str, Any]]:
    """Return the staged rows of a body."""
    path = folder / "body.csv"
    path.write_bytes(body)
    connection = duckdb.connect()
    connection.execute("set variable body = ?", [str(path)])
    found = connection.execute(SQL)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def loaded(rows: list[dict[str, Any]]) -> dict[tuple[str, ...], tuple[Any, ...]]:
    return {
        (row["reporter_code"], row["partner_code"], row["code"], row["flow_code"], f"{row['period']:%Y-%m}"): (
            row["value_native"], row["weight_kg"], row["quantity"],
        )
        for row in rows
        if row["reject_reason"] is None
    }  # fmt: skip


# --- what is asked ---


def test_the_full_plan_stays_below_the_cells_of_one_answer(whole_config: Config, tmp_path: Path) -> None:
    requests = eurostat_comext.plan(whole_config, Store(tmp_path), today=date(2026, 11, 24))
    cells = 0
    for asked in requests:
        key = dict(asked.parameters)["key"].split(".")
        size = len(asked.scope.periods or ())
        for part in key:
            size *= part.count("+") + 1
        assert size < 500_000
        assert len({period[:4] for period in asked.scope.periods or ()}) == 1
        cells += size
    assert "RU" in key[2].split("+")
    assert len(key[1].split("+")) == 27
    assert requests[-1].scope.periods[-1] == "2026-09"
    assert len(requests) <= cells / 500_000 * 1.5 + 10
    assert len({asked.request_id for asked in requests}) == len(requests)


def test_a_month_is_asked_when_it_is_published_and_only_then(config: Config, tmp_path: Path) -> None:
    def newest(today: date) -> str:
        return max(max(asked.scope.periods) for asked in eurostat_comext.plan(config, Store(tmp_path), today=today))

    assert newest(date(2022, 4, 16)) == "2022-01"
    assert newest(date(2022, 4, 17)) == "2022-02"
    assert newest(date(2030, 1, 1)) == "2022-02"


def test_every_row_arrives_and_nothing_is_asked_twice(config: Config, comext: Comext, tmp_path: Path) -> None:
    store = Store(tmp_path / "raw")
    assert fetch(config, store, comext) == 2
    staged = {}
    for record in store.held():
        rows = stage(tmp_path, store.body(record))
        assert sum(row["lines"] for row in rows) == record.rows
        assert sum(row["value_native"] for row in rows) == Decimal(record.total)
        staged |= loaded(rows)
    wanted = {
        cell: (Decimal(value), 100 * Decimal(weight), Decimal(quantity) or None)
        for cell, (value, weight, quantity) in comext.world.items()
    }
    assert staged == wanted
    comext.calls.clear()
    assert fetch(config, Store(tmp_path / "raw"), comext) == 0
    assert comext.calls == []


def test_a_new_month_and_a_new_partner_ask_for_themselves_only(
    config: Config, whole_config: Config, comext: Comext, tmp_path: Path
) -> None:
    store = Store(tmp_path)
    fetch(small(whole_config, end="2022-01", partners=("RUS", "KGZ")), store, comext)
    requests = eurostat_comext.plan(config, store, today=TODAY)
    asked = {(one.scope.partners, one.scope.periods) for one in requests}
    cells = {(partner, period) for partners, periods in asked for partner in partners for period in periods}
    assert cells == {("RUS", "2022-02"), ("KGZ", "2022-02")} | {
        ("SRB", period) for period in months("2021-11", "2022-02")
    }


def test_a_refresh_asks_the_newest_months_again_and_keeps_both_vintages(
    config: Config, comext: Comext, tmp_path: Path
) -> None:
    store = Store(tmp_path)
    fetch(config, store, comext)
    before = len(list(store.records()))
    cell = next(cell for cell in comext.world if cell[4] == "2022-02")
    comext.world[cell] = ("1", "0.01", "")
    fetch(config, store, comext, refresh=True)
    added = list(store.records())[before:]
    assert {period for record in store.held() for period in record.scope["periods"]} == set(
        months("2021-11", "2022-02")
    )
    newest = max(store.records(), key=lambda record: record.retrieved_at)
    assert loaded(stage(tmp_path, store.body(newest)))[cell] == (1, 1, None)
    assert added


def test_the_download_command_asks_all_of_it_once(
    config: Config, comext: Comext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHIPFLOWS_HOME", str(tmp_path))
    monkeypatch.setenv("CHIPFLOWS_EUROSTAT_COMEXT_URL", comext.address + BASE)
    comext.faults, comext.most_cells, comext.sync_cells = ["503"], 300, 30
    source = config.sources["eurostat_comext"]
    hasty = replace(source, limits=replace(source.limits, seconds_between_calls=0))
    config = replace(config, sources=config.sources | {"eurostat_comext": hasty})
    paths = find_paths("live")
    download.run(paths, config, sources=["eurostat_comext"])
    assert sum(record.rows for record in Store(paths.raw).held()) == sum(
        1 for values in comext.world.values() for value in values if value
    )
    comext.calls.clear()
    assert "0 calls" in download.run(paths, config, sources=["eurostat_comext"])
    assert comext.calls == []


# --- answers that are no figures ---


@pytest.mark.parametrize("fault", ["sorry", "500", "503", "429", "html", "drop", "cut", "half gzip"])
def test_faults_are_asked_again(config: Config, comext: Comext, tmp_path: Path, fault: str) -> None:
    comext.faults = [fault, "", fault]
    store = Store(tmp_path)
    assert fetch(config, store, comext) == 2
    assert sum(record.rows for record in store.held()) == sum(
        1 for values in comext.world.values() for value in values if value
    )


@pytest.mark.parametrize("dialect", ["asynchronous", "extraction"])
@pytest.mark.parametrize("status", [200, 413])
def test_a_ticket_is_followed_to_the_figures(
    config: Config, comext: Comext, tmp_path: Path, dialect: str, status: int
) -> None:
    comext.sync_cells, comext.dialect, comext.ticket_status = 2, dialect, status
    store = Store(tmp_path)
    assert fetch(config, store, comext) == 2
    assert sum(record.rows for record in store.held()) == sum(
        1 for values in comext.world.values() for value in values if value
    )
    assert sum("/async/data/" in call for call in comext.calls) == 2


def test_figures_that_are_announced_too_early_are_waited_for(config: Config, comext: Comext, tmp_path: Path) -> None:
    comext.sync_cells, comext.looks = 2, 2
    real = comext.ticket
    comext.ticket = lambda key, status, http: real(key, "AVAILABLE", http)  # type: ignore[method-assign]
    assert fetch(config, Store(tmp_path), comext) == 2
    assert sum("/async/data/" in call for call in comext.calls) > 2


def test_a_ticket_that_expires_or_never_ends_is_reported_broken(
    config: Config, comext: Comext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    comext.sync_cells, comext.expiring = 2, 1
    with pytest.raises(Broken, match="expired before it was fetched"):
        fetch(config, Store(tmp_path), comext)
    comext.looks = 10_000
    monkeypatch.setattr(eurostat_ticket, "PATIENCE", 0.05)
    with pytest.raises(Broken, match="still in the queue"):
        fetch(config, Store(tmp_path), comext)


def test_a_question_that_is_too_big_is_asked_in_parts(config: Config, comext: Comext, tmp_path: Path) -> None:
    comext.most_cells = comext.sync_cells = 60
    store = Store(tmp_path)
    assert fetch(config, store, comext) > 2
    assert sum(record.rows for record in store.held()) == sum(
        1 for values in comext.world.values() for value in values if value
    )


def test_refusals_say_what_eurostat_said(config: Config, comext: Comext, tmp_path: Path) -> None:
    comext.unknown = frozenset({"854232"})
    with pytest.raises(Refused, match="INVALID_QUERY_DIMENSION_VALUE: values not allowed: 854232"):
        fetch(config, Store(tmp_path), comext)
    with pytest.raises(Refused, match=r"ERR_NOT_FOUND_4.*must be the one of Comext"):
        fetch(config, Store(tmp_path), comext, base="/eurostat/api/dissemination")
    assert list(Store(tmp_path).records()) == []


@pytest.mark.parametrize(
    ("status", "body", "error", "text"),
    [
        (414, b"", Oversized, "414"),
        (413, b'{"error":[{"status":413,"label":"EXTRACTION_TOO_BIG: estimated 9 rows"}]}', Oversized, "estimated 9"),
        (413, b'{"warning":{"status":413,"label":"ASYNCHRONOUS_RESPONSE, come back"}}', Oversized, "ASYNCHRONOUS"),
        (406, b"", Refused, "406"),
        (200, b'{"error":[{"label":"100: no"}]}', Refused, "100: no"),
    ],
)
def test_other_forms_of_no_are_told_apart(status: int, body: bytes, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        judge(Reply(status, {}, body))


def test_an_answer_without_lines_is_a_true_empty(config: Config, comext: Comext, tmp_path: Path) -> None:
    comext.world = {cell: values for cell, values in comext.world.items() if cell[4] < "2022"}
    store = Store(tmp_path / "raw")
    fetch(config, store, comext)
    [empty] = [record for record in store.held() if record.outcome == "empty"]
    assert (empty.rows, empty.total, store.body(empty)) == (0, "0", sdmx_csv([]))
    assert stage(tmp_path, store.body(empty)) == []
    assert eurostat_comext.plan(config, Store(tmp_path / "raw"), today=TODAY) == []


def test_a_body_that_is_itself_a_gzip_file_is_unpacked(config: Config, comext: Comext, tmp_path: Path) -> None:
    real = comext.page
    comext.page = lambda asked, first, last, is_file: real(asked, first, last, True)  # type: ignore[method-assign]
    store = Store(tmp_path)
    assert fetch(config, store, comext) == 2
    assert all(store.body(record).startswith(b"DATAFLOW,") for record in store.held())


VALUE = line(CELL, "VALUE_IN_EUROS", "100")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (sdmx_csv([VALUE])[:-5], "cut off"),
        (sdmx_csv([VALUE, VALUE]), "stands twice"),
        (sdmx_csv([VALUE[:-9]]), "9 cells"),
        (sdmx_csv([line(CELL, "QUANTITY_100KG", "1")]), "indicator 'QUANTITY_100KG'"),
        (sdmx_csv([line(CELL, "VALUE_IN_EUROS", ":")]), "':' is not a number"),
        (sdmx_csv([line(CELL, "VALUE_IN_EUROS", "9e17")]), "'9e17' is no amount"),
        (sdmx_csv([line(CELL, "VALUE_IN_EUROS", "1e999999999")]), "'1e999999999' is not a number"),
        (sdmx_csv([VALUE.replace("DS-045409", "DS-059341")]), "dataset ESTAT:DS-059341"),
        (sdmx_csv([VALUE.replace(",M,", ",Q,")]), "frequency 'Q'"),
        (sdmx_csv([VALUE.replace("2022-03", "2022-13")]), "period '2022-13'"),
        (sdmx_csv([VALUE.replace(",RU,", ",CN,")]), "partner CN, which was not asked"),
        (sdmx_csv([VALUE.replace("854231", "85423111")]), "product 85423111, which was not asked"),
        (sdmx_csv([VALUE.replace("2022-03", "2022-04")]), "TIME_PERIOD 2022-04, which was not asked"),
        (sdmx_csv([VALUE + ",?"], HEADER + ",SURPRISE"), "column 'SURPRISE' is unknown"),
        (b"<?xml version='1.0'?><a/>\n", "XML"),
        (b"", "cut off"),
    ],
    ids=lambda value: value if isinstance(value, str) else "body",
)
def test_a_damaged_answer_is_broken(config: Config, tmp_path: Path, body: bytes, reason: str) -> None:
    late = replace(config.project.study, end="2022-03")
    later = replace(config, project=replace(config.project, study=late))
    asked = eurostat_comext.plan(later, Store(tmp_path), today=date(2022, 6, 1))[-1]
    assert eurostat_comext.check(asked, sdmx_csv([VALUE])).total == "100"
    with pytest.raises(Broken, match=reason):
        eurostat_comext.check(asked, body)


# --- files that a person brought ---


def test_a_file_tells_what_it_covers(config: Config) -> None:
    cells = [
        ("DE", "RU", "85423111", "2", "2022-01"),
        ("GR", "XS", "85423190", "2", "2022-03"),
        ("DE", "RU", "8542", "2", "2022-03"),
        ("DE", "RU", "85XXXXXX", "2", "2020"),
    ]
    lines = [line(cell, "VALUE_IN_EUROS", "10", "15/09/26") + ",p" for cell in cells]
    body = b"\xef\xbb\xbf" + sdmx_csv(lines, HEADER + ",OBS_FLAG")
    [(asked, answer)] = eurostat_comext.read_file("mine.csv", body, config)
    assert (answer.outcome, answer.rows, answer.total) == ("data", 4, "40")
    assert asked.scope.reporters == ("DEU", "GRC")
    assert asked.scope.partners == ("RUS", "SRB")
    assert asked.scope.flows == ("export",)
    assert asked.scope.codes == ("8542", "854231", "85XXXXXX")
    assert asked.scope.periods == ("2020", "2022-01", "2022-02", "2022-03")
    assert eurostat_comext.read_file("renamed.csv", body, config)[0][0].request_id == asked.request_id


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"PK\x03\x04rest", "workbook or zip"),
        (b'REPORTER,PARTNER,PRODUCT,FLOW,STAT_PROCEDURE,PERIOD,VALUE_IN_EUR\r\n"Croatia"\r\n', "Easy Comext"),
        (b"REPORTER,PARTNER,TRADE_TYPE,PRODUCT_NC,PRODUCT_SITC\r\n", "bulk file"),
        (b"\n<!DOCTYPE html><html></html>\n", "web page"),
        (b"<S:Envelope/>\n", "XML answer"),
        (b'{"error":[{"status":413}]}\n', "JSON"),
        (b"DATAFLOW;LAST UPDATE;freq\r\n", "semicolons"),
        (HEADER.encode("utf-16"), "UTF-16"),
        (b"STRUCTURE,STRUCTURE_ID,freq\r\n", r"SDMX-CSV 2\.0"),
        (b"reporter,partner,product,flow,indicator,time_period,obs_value\n", "is not Eurostat SDMX-CSV"),
        (sdmx_csv([VALUE.replace("DS-045409", "DS-059341")]), "DS-059341"),
        (sdmx_csv([]), "no lines below the header"),
        (sdmx_csv([VALUE.replace(",RU,", ",Q9,")]), r"partner Q9 is in no row of economies\.csv"),
        (sdmx_csv([VALUE.replace(",2,", ",7,")]), r"flow 7 is not in sources\.toml"),
        (sdmx_csv([VALUE.replace(",854231,", ",Processors,")]), "choose codes"),
        (sdmx_csv([VALUE])[:-2], "cut off"),
        (sdmx_csv([VALUE]).replace(b"RU", b"\xd0U"), "not UTF-8"),
        (sdmx_csv([VALUE.replace("RU", '"RU')]), "well-formed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "body",
)
def test_anything_else_is_refused_by_its_name(config: Config, body: bytes, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        eurostat_comext.read_file("mine.csv", body, config)


# --- staging ---


def test_value_and_quantities_of_a_cell_become_one_row(tmp_path: Path) -> None:
    other = ("FR", "NA", "854231", "1", "2024")
    body = sdmx_csv(
        [
            line(CELL, "QUANTITY_IN_100KG", "1772.90") + ",",
            line(CELL, "SUPPLEMENTARY_QUANTITY", "12") + ",e",
            line(CELL, "VALUE_IN_EUROS", "204548") + ",p",
            line(other, "VALUE_IN_EUROS", "7", "15/09/26") + ",",
        ],
        HEADER + ",OBS_FLAG",
    )
    first, second = stage(tmp_path, body)
    assert first == {
        "row_number": 3, "lines": 3, "reporter_code": "DE", "partner_code": "RU", "origin_code": None,
        "flow_code": "2", "frequency": "M", "period": date(2022, 3, 1), "code": "854231", "hs_edition": None,
        "currency": "EUR", "value_native": Decimal("204548"), "weight_kg": Decimal("177290"), "quantity": Decimal("12"),
        "quantity_unit_code": "SUPPLEMENTARY_QUANTITY", "is_weight_estimated": False, "is_quantity_estimated": True,
        "reject_reason": None,
    }  # fmt: skip
    assert (second["row_number"], second["partner_code"], second["flow_code"]) == (4, "NA", "1")
    assert (second["frequency"], second["period"], second["weight_kg"]) == ("A", date(2024, 1, 1), None)
    assert second["quantity_unit_code"] is None


def test_a_six_digit_row_is_never_added_to_its_own_parts(tmp_path: Path) -> None:
    def at(code: str, reporter: str = "DE") -> tuple[str, str, str, str, str]:
        return (reporter, "RU", code, "2", "2022-03")

    cells = {
        at("854231"): "100", at("85423111"): "60", at("85423119"): "30",
        at("85423211"): "5", at("85423290"): "6",
        at("854233"): "", at("85423310"): "8",
        at("85423111", "FR"): "70", at("8542"): "1000",
    }  # fmt: skip
    rows = stage(tmp_path, sdmx_csv([line(cell, "VALUE_IN_EUROS", value) for cell, value in cells.items()]))
    kept = {cell: value for cell, (value, *_) in loaded(rows).items()}
    assert kept == {
        at("854231"): 100, at("85423211"): 5, at("85423290"): 6, at("85423310"): 8, at("85423111", "FR"): 70,
        at("8542"): 1000,
    }  # fmt: skip
    assert {row["reject_reason"] for row in rows} == {
        None, "part of the six-digit row of the same cell in this body", "no value sent",
    }  # fmt: skip
    assert sum(row["lines"] for row in rows) == len(cells)


def test_a_cell_without_a_value_is_rejected_and_counted(tmp_path: Path) -> None:
    hidden = ("DE", "RU", "854232", "2", "2022-03")
    body = sdmx_csv(
        [
            line(CELL, "QUANTITY_IN_100KG", "3") + ",",
            line(hidden, "VALUE_IN_EUROS", "") + ",c",
            line(hidden, "QUANTITY_IN_100KG", "4") + ",",
        ],
        HEADER + ",OBS_FLAG",
    )
    assert [(row["row_number"], row["lines"], row["reject_reason"]) for row in stage(tmp_path, body)] == [
        (1, 1, "no value sent"),
        (2, 2, "no value sent (flag c)"),
    ]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([line(CELL, "QUANTITY_KG", "1")], "unknown indicator QUANTITY_KG"),
        ([VALUE, VALUE], "stands twice"),
        ([VALUE.replace(",M,", ",Q,")], "neither M nor A"),
        ([VALUE.replace("2022-03", "2022")], "date"),
        ([VALUE.replace(",100", ",1:00")], "1:00"),
    ],
)
def test_staging_stops_at_what_it_does_not_know(tmp_path: Path, lines: list[str], reason: str) -> None:
    with pytest.raises(duckdb.Error, match=reason):
        stage(tmp_path, sdmx_csv(lines))


CELLS = st.tuples(
    st.sampled_from(["DE", "FR"]), st.sampled_from(["RU", "NA"]),
    st.sampled_from(["8542", "854231", "85423111", "85423190", "854232", "8542XXXX"]), st.just("2"),
    st.sampled_from(["2022-01", "2022-02", "2022"]),
)  # fmt: skip
VALUES = st.one_of(st.just(""), st.decimals(0, 10**9, places=2).map(str))


@settings(max_examples=40)
@given(st.dictionaries(st.tuples(CELLS, st.sampled_from(INDICATORS)), VALUES, min_size=1, max_size=25))
def test_every_line_is_accounted_for(whole_config: Config, tmp_path_factory, found: dict) -> None:
    body = sdmx_csv([line(cell, indicator, value) for (cell, indicator), value in found.items()])
    [(_, answer)] = eurostat_comext.read_file("any.csv", body, whole_config)
    rows = stage(tmp_path_factory.mktemp("property"), body)
    assert sum(row["lines"] for row in rows) == answer.rows == len(found)
    assert sum(row["value_native"] or 0 for row in rows) == Decimal(answer.total)


def test_line_ends_packing_and_byte_order_mark_make_no_difference(tmp_path: Path) -> None:
    body = sdmx_csv([VALUE])
    assert stage(tmp_path, body) == stage(tmp_path, b"\xef\xbb\xbf" + body)
    assert stage(tmp_path, body) == stage(tmp_path, body.replace(b"\r\n", b"\n"))


# --- real files ---


real = pytest.mark.skipif(not REAL.is_dir(), reason="CHIPFLOWS_REAL names no folder of real files")


@real
def test_the_real_files_give_the_totals_of_an_independent_reading(whole_config: Config, tmp_path: Path) -> None:
    found: dict[tuple[str, str, int], Decimal] = {}
    for path in sorted((REAL / "comext" / "sdmx").glob("*.csv")):
        body = path.read_bytes()
        [(asked, answer)] = eurostat_comext.read_file(path.name, body, whole_config)
        rows = stage(tmp_path, body)
        assert sum(row["lines"] for row in rows) == answer.rows
        assert sum(row["value_native"] for row in rows) == Decimal(answer.total)
        assert not [row for row in rows if row["reject_reason"]]
        assert "854140" not in (asked.scope.codes or ())
        for row in rows:
            key = row["partner_code"], row["code"][:4], row["period"].year
            found[key] = found.get(key, Decimal(0)) + row["value_native"]
    # A second, plain reading of the same figures as labels; some of its totals stand in test_real_customs.
    names = {
        "Armenia": "AM", "Belarus (Belorussia)": "BY", "Georgia": "GE", "Kyrgyzstan": "KG", "Kazakhstan": "KZ",
        "Russia": "RU", "Uzbekistan": "UZ",
    }  # fmt: skip
    wanted: dict[tuple[str, str, int], Decimal] = {}
    with next((REAL / "comext").glob("ds045409_8541_*.csv")).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            partner = next(code for name, code in names.items() if row["partner"].startswith(name))
            key = partner, row["product"][:4], int(row["time_period"][:4])
            wanted[key] = wanted.get(key, Decimal(0)) + Decimal(row["obs_value"])
    assert found == wanted
    assert found["RU", "8542", 2021] == 622_191_497
    assert found["KG", "8541", 2020] == 80


@real
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ds045409_8541_8542_eu27_exports_2020-01_2022-11.csv", "is not Eurostat SDMX-CSV"),
        ("easy_comext_relational_view_armenia_2024-08.csv", "Easy Comext"),
        ("full_v2_202402_head_18cols.dat", "bulk file"),
        ("estat_footer.xml", "XML answer"),
    ],
)
def test_real_files_of_other_forms_are_refused(whole_config: Config, name: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        eurostat_comext.read_file(name, (REAL / "comext" / name).read_bytes(), whole_config)


@real
def test_recorded_lines_and_delay_notices_are_understood(whole_config: Config, tmp_path: Path) -> None:
    body = (REAL / "comext" / "ds045409_sdmxcsv_rows.csv").read_bytes()
    [(asked, answer)] = eurostat_comext.read_file("rows.csv", body, whole_config)
    assert (answer.rows, answer.total) == (3, "32518432")
    assert asked.scope.periods == ("2024", "2023-09")
    assert [(row["lines"], row["weight_kg"]) for row in stage(tmp_path, body)] == [(2, 177_290), (1, None)]
    for name in ("estat_footer.xml", "estat_footer2.xml"):
        with pytest.raises(Oversized, match="Due to the large query"):
            judge(Reply(200, {}, (REAL / "comext" / name).read_bytes()))

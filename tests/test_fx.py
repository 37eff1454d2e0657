"""Exchange rates: monthly averages from the ECB's API, the daily file brought by hand, and both staged."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from standin.ecb import Ecb

from chipflows.config import Config, load_config, months
from chipflows.errors import UsageError
from chipflows.raw.store import Store
from chipflows.sources import fx
from chipflows.sources.http import Session
from chipflows.sources.replies import Broken, Refused

ROOT = Path(__file__).parents[1]
SQL = (ROOT / "sql" / "staging" / "fx_rates.sql").read_text()
REAL = Path(os.environ.get("CHIPFLOWS_REAL") or "absent")
TODAY = date(2022, 5, 10)
DAILY = b"""Date,USD,JPY,CYP,
2022-04-01,1.1052,135.35,N/A,
2022-03-31,1.1101,135.17,N/A,
2022-03-30,1.1126,N/A,N/A,
"""
HEADER = b"KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE\n"
RATE = b"EXR.M.USD.EUR.SP00.A,M,USD,EUR,SP00,A,2022-03,1.1019\n"


@pytest.fixture
def config() -> Config:
    """Sources in dollars, euros and Hong Kong dollars; January 2021 to the last full month."""
    whole = load_config(ROOT / "config")
    sources = {name: whole.sources[name] for name in ("comtrade", "eurostat_comext", "fx")}
    sources["hongkong"] = replace(whole.sources["comtrade"], source="hongkong", currency="HKD")
    study = replace(whole.project.study, start="2021-01", end="")
    return replace(whole, sources=sources, project=replace(whole.project, study=study))


@pytest.fixture
def ecb() -> Iterator[Ecb]:
    rates = {
        (code, month): f"{base}{number:02d}"
        for code, base in {"USD": "1.1", "HKD": "8.6", "GBP": "0.8"}.items()
        for number, month in enumerate(months("2020-01", "2022-05"))
    }
    with Ecb(rates) as server:
        yield server


def fetch(config: Config, store: Store, ecb: Ecb, today: date = TODAY) -> int:
    session, requests = Session("fx", ecb.address, 0), fx.plan(config, store, today=today)
    for asked in requests:
        reply, answer = fx.request(session, asked)
        store.put(asked, reply.body, answer, origin=ecb.address, media_type=reply.media_type)
    return len(requests)


def stage(folder: Path, body: bytes) -> dict[tuple[str, str], tuple[Decimal, int | None]]:
    """Return units per euro and number of days by currency and month."""
    path = folder / "body.csv"
    path.write_bytes(body)
    connection = duckdb.connect()
    connection.execute("set variable body = ?", [str(path)])
    rows = connection.execute(SQL).fetchall()
    found = {(currency, f"{period:%Y-%m}"): (units, days) for currency, period, units, days in rows}
    assert len(found) == len(rows)
    return found


def test_one_call_brings_every_currency_in_use(config: Config, ecb: Ecb, tmp_path: Path) -> None:
    store = Store(tmp_path / "raw")
    assert fetch(config, store, ecb) == 1
    [record] = store.held("fx")
    wanted = {
        cell: (Decimal(rate), None)
        for cell, rate in ecb.rates.items()
        if cell[0] != "GBP" and "2021-01" <= cell[1] <= "2022-04"
    }
    assert stage(tmp_path, store.body(record)) == wanted
    assert record.rows == len(wanted)
    assert fetch(config, Store(tmp_path / "raw"), ecb) == 0


def test_a_new_month_asks_for_that_month_and_a_new_currency_for_all(config: Config, ecb: Ecb, tmp_path: Path) -> None:
    store = Store(tmp_path)
    fetch(config, store, ecb)
    assert fx.plan(config, store, today=date(2022, 6, 3)) == []
    [asked] = fx.plan(config, store, today=date(2022, 6, 4))
    assert (asked.scope.codes, asked.scope.periods) == (("HKD", "USD"), ("2022-05",))
    pounds = replace(config.sources["comtrade"], source="uk", currency="GBP")
    [asked] = fx.plan(replace(config, sources=config.sources | {"uk": pounds}), store, today=TODAY)
    assert (asked.scope.codes, asked.scope.periods) == (("GBP", "HKD", "USD"), months("2021-01", "2022-04"))


def test_extra_columns_change_nothing(config: Config, ecb: Ecb, tmp_path: Path) -> None:
    [asked] = fx.plan(config, Store(tmp_path), today=TODAY)
    full = replace(asked, parameters=tuple(pair for pair in asked.parameters if pair[0] != "detail"))
    session = Session("fx", ecb.address, 0)
    bare, rich = (fx.request(session, one)[0].body for one in (asked, full))
    assert len(rich) > len(bare)
    assert stage(tmp_path, rich) == stage(tmp_path, bare)


@pytest.mark.parametrize("fault", ["500", "503", "html", "drop", "cut", "half gzip"])
def test_faults_are_asked_again(config: Config, ecb: Ecb, tmp_path: Path, fault: str) -> None:
    ecb.faults = [fault, fault]
    assert fetch(config, Store(tmp_path), ecb) == 1
    assert len(ecb.calls) == 3


def test_refusals_say_why_and_store_nothing(config: Config, ecb: Ecb, tmp_path: Path) -> None:
    del ecb.rates["HKD", "2022-04"]
    with pytest.raises(Refused, match=r"no rate of HKD for 2022-04 \(1 missing\): not published"):
        fetch(config, Store(tmp_path), ecb)
    ecb.rates.clear()
    with pytest.raises(Refused, match=r"404: No results found\."):
        fetch(config, Store(tmp_path), ecb)
    assert list(Store(tmp_path).records()) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (RATE.replace(b",M,", b",D,"), "not a monthly average"),
        (RATE.replace(b",A,2022", b",E,2022"), "not a monthly average"),
        (RATE.replace(b"EUR,SP00", b"GBP,SP00"), "not a monthly average"),
        (RATE + RATE, "stands twice"),
        (RATE.replace(b"2022-03", b"2022-3"), "no month"),
        (RATE.replace(b"1.1019", b"1,1019"), "9 cells"),
        (RATE.replace(b"1.1019", b"0"), "'0' is not a rate"),
        (RATE[:-1], "cut off"),
        (RATE.replace(b"USD", b"GBP"), "not asked for"),
    ],
    ids=lambda value: value if isinstance(value, str) else "line",
)
def test_a_damaged_answer_is_broken(config: Config, line: bytes, reason: str) -> None:
    asked = fx.monthly_averages(("USD",), "2022-03", "2022-03")
    assert fx.check(asked, HEADER + RATE).rows == 1
    with pytest.raises(Broken, match=reason):
        fx.check(asked, HEADER + line)


# --- the daily file ---


def zipped(content: bytes, *others: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("eurofxref-hist.csv", *others):
            archive.writestr(name, content)
    return packed.getvalue()


def test_the_daily_file_gives_the_mean_of_its_days(config: Config, tmp_path: Path) -> None:
    [(asked, answer)] = fx.read_file("eurofxref-hist.zip", zipped(DAILY), config)
    assert (answer.container, answer.rows) == ("zip", 3)
    assert (asked.scope.codes, asked.scope.periods) == (("USD", "JPY", "CYP"), ("2022-03", "2022-04"))
    assert stage(tmp_path, DAILY) == {
        ("JPY", "2022-03"): (Decimal("135.17"), 1),
        ("JPY", "2022-04"): (Decimal("135.35"), 1),
        ("USD", "2022-03"): (Decimal("1.11135"), 2),
        ("USD", "2022-04"): (Decimal("1.1052"), 1),
    }


def test_a_newer_daily_file_is_a_vintage_of_the_older(config: Config) -> None:
    newer = DAILY.replace(b"CYP,\n", b"CYP,\n2022-04-04,1.1005,135.00,N/A,\n")
    [(first, _)] = fx.read_file("old.zip", zipped(DAILY), config)
    [(second, answer)] = fx.read_file("new.csv", newer, config)
    assert first.request_id == second.request_id
    assert answer.container == ""


def test_a_saved_answer_of_the_api_is_read(config: Config) -> None:
    body = HEADER + RATE + RATE.replace(b"2022-03", b"2022-05").replace(b"1.1019", b"NaN")
    [(asked, answer)] = fx.read_file("data.csv", body, config)
    assert (asked.scope.codes, asked.scope.periods, answer.rows) == (("USD",), ("2022-03",), 1)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (zipped(DAILY)[:-30], "damaged zip"),
        (zipped(DAILY, "second.csv"), "holds 2 files"),
        (DAILY.replace(b"2022-04-01", b"01/04/2022"), "isoformat"),
        (DAILY.replace(b"2022-04-01", b"2022-03-31"), "stands twice"),
        (DAILY.replace(b"1.1101", b"-"), "'-' is not a rate"),
        (DAILY.replace(b"JPY", b"Yen"), "'Yen' is not a currency"),
        (DAILY.split(b"\n")[0] + b"\n", "holds no days"),
        (b"Date, USD, JPY, \n30 October 2026, 1.1, 170, \n", "no column USD|isoformat|not a currency"),
        (b"<html></html>\n", "no column"),
        (HEADER, "holds no rates"),
        (DAILY[:-5], "cut off"),
        (b"\xff\xfe", "cut off"),
    ],
    ids=lambda value: value if isinstance(value, str) else "body",
)
def test_anything_else_is_refused(config: Config, body: bytes, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        fx.read_file("mine", body, config)


@pytest.mark.skipif(not REAL.is_dir(), reason="CHIPFLOWS_REAL names no folder of real files")
def test_the_real_daily_file_gives_the_known_means(config: Config, tmp_path: Path) -> None:
    path = next((REAL / "fx").glob("eurofxref-hist*.zip"))
    [(asked, answer)] = fx.read_file(path.name, path.read_bytes(), config)
    assert asked.scope.periods is not None
    assert (asked.scope.periods[0], asked.scope.periods[-1]) == ("1999-01", "2026-10")
    with zipfile.ZipFile(path) as archive:
        body = archive.read("eurofxref-hist.csv")
    assert answer.rows == body.count(b"\n") - 1
    rates = stage(tmp_path, body)
    known = {
        ("USD", "2022-01"): "1.13145", ("USD", "2022-02"): "1.13419", ("USD", "2022-03"): "1.10190",
        ("CNY", "2022-02"): "7.19567", ("JPY", "2022-02"): "130.65650",
    }  # fmt: skip
    assert {cell: f"{rates[cell][0]:.5f}" for cell in known} == known
    assert rates["USD", "2022-03"][1] == 23
    assert max(period for currency, period in rates if currency == "RUB") == "2022-03"

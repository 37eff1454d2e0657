"""Exchange rates of the European Central Bank: monthly averages from its API, or its daily file brought by hand."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date

from chipflows.config import Config, months
from chipflows.errors import UsageError
from chipflows.raw.records import Answer, Request, Scope
from chipflows.raw.store import Store
from chipflows.sources.archives import DAMAGED
from chipflows.sources.csv_lines import read_lines
from chipflows.sources.http import Session
from chipflows.sources.months import REFRESHED, ended_before
from chipflows.sources.planner import Oversize
from chipflows.sources.replies import Broken, Refused, Reply

SOURCE = "fx"
BASE = "EUR"
CROSS = "USD"
"""Every table is in US dollars, so this rate is needed whichever currencies the sources use."""

SERIES = {"FREQ": "M", "CURRENCY_DENOM": BASE, "EXR_TYPE": "SP00", "EXR_SUFFIX": "A"}
"""Monthly averages of the spot reference rates; the suffix E would be end-of-month rates."""

DAYS_AFTER_MONTH = 4
"""Days from the end of a month until every average of it stands in the database."""

LARGEST = 64 * 2**20
"""Bytes of the daily file, unpacked; it grows by about 70 kB a year from 2 MB."""


def plan(
    config: Config, store: Store, *, today: date, refresh: bool = False, oversized: Sequence[Oversize] = ()
) -> list[Request]:
    """Return at most one request: the currencies of all sources, from the first to the last month that is not held.

    See `sources.SourceModule.plan`.
    """
    currencies = sorted({source.currency for source in config.sources.values()} - {BASE} | {CROSS})
    last = min(config.project.study.last_month(today), ended_before(today, DAYS_AFTER_MONTH))
    have: set[str] = set()
    for record in store.held(SOURCE):
        if set(currencies) <= set(record.asked.codes or ()):
            have |= set(record.asked.periods or ())
    periods = months(config.project.study.start, last)
    missing = [month for month in periods if month not in have or (refresh and month in periods[-REFRESHED:])]
    return [monthly_averages(currencies, missing[0], missing[-1])] if missing else []


def monthly_averages(currencies: Sequence[str], first: str, last: str) -> Request:
    """Return the request for monthly averages of some currencies, both months included."""
    return Request(
        source=SOURCE,
        kind="rates",
        parameters=(
            ("series", f"EXR/M.{'+'.join(currencies)}.{BASE}.SP00.A"),
            ("startPeriod", first),
            ("endPeriod", last),
            ("format", "csvdata"),
            ("detail", "dataonly"),
        ),
        scope=Scope(codes=tuple(currencies), periods=months(first, last)),
        label=f"{first}-{last}",
    )


def request(session: Session, asked: Request) -> tuple[Reply, Answer]:
    """Return the reply to a request and what it holds; see `sources.SourceModule.request`."""
    (_, series), *parameters = asked.parameters

    def judge(reply: Reply) -> tuple[Reply, Answer]:
        if reply.status != 200 or reply.body.lstrip().startswith(b"<"):
            fault = re.search(rb"<(?:\w+:)?(?:faultstring|Text)[^>]*>([^<]*)<", reply.body)
            text = fault[1].decode("utf-8", "replace") if fault else reply.excerpt()
            raise Refused(f"status {reply.status}: {text}")
        return reply, check(asked, reply.body)

    return session.get(f"{session.address}/data/{series}", parameters, judge=judge)


def check(asked: Request, body: bytes) -> Answer:
    """Return the number of rates; raises `Broken` for a damaged body, `Refused` while a month is not published."""
    try:
        rates = read_monthly(body)
    except ValueError as error:
        raise Broken(f"the answer {error}") from None
    wanted = {(code, period) for code in asked.scope.codes or () for period in asked.scope.periods or ()}
    if strange := sorted(set(rates) - wanted):
        raise Broken(f"a rate that was not asked for: {' '.join(strange[0])}")
    if missing := sorted(wanted - set(rates)):
        raise Refused(f"no rate of {missing[0][0]} for {missing[0][1]} ({len(missing)} missing): not published (yet)")
    return Answer("data", len(rates))


def read_file(name: str, body: bytes, config: Config) -> list[tuple[Request, Answer]]:
    """Return what a file holds: the zip `eurofxref-hist.zip`, its CSV, or a saved `csvdata` answer.

    All files of daily rates answer one question, so a newer one is a vintage of the older. Raises `UsageError` for
    anything else.
    """
    container = "zip" if body.startswith(b"PK\x03\x04") else ""
    plain = unzipped(body) if container else body
    try:
        if plain.removeprefix(b"\xef\xbb\xbf").startswith(b"Date,"):
            currencies, days = read_daily(plain)
            scope = Scope(codes=tuple(currencies), periods=months(min(days)[:7], max(days)[:7]))
            asked = Request(SOURCE, "rates", (("file", "eurofxref-hist"),), scope, label="daily")
            return [(asked, Answer("data", len(days), container=container))]
        rates = read_monthly(plain)
    except ValueError as error:
        raise UsageError(f"{error}; bring eurofxref-hist.zip, or a csvdata answer of the ECB Data Portal") from None
    if not rates:
        raise UsageError("holds no rates")
    codes, periods = sorted({code for code, _ in rates}), [period for _, period in rates]
    asked = monthly_averages(codes, min(periods), max(periods))
    return [(asked, Answer("data", len(rates), container=container))]


def read_monthly(body: bytes) -> dict[tuple[str, str], str]:
    """Return the rates of a `csvdata` answer by currency and month; raises `ValueError` for what is none."""
    rates = {}
    for number, line in read_lines(body, having(*SERIES, "CURRENCY", "TIME_PERIOD", "OBS_VALUE")):
        if any(line[name] != value for name, value in SERIES.items()):
            raise ValueError(f"row {number}: is not a monthly average against the euro")
        cell = line["CURRENCY"], line["TIME_PERIOD"]
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", cell[1], re.ASCII) or cell in rates:
            raise ValueError(f"row {number}: month {cell[1]!r} of {cell[0]} is no month, or stands twice")
        if line["OBS_VALUE"] not in ("", "NaN"):
            check_rate(line["OBS_VALUE"], number)
            rates[cell] = line["OBS_VALUE"]
    return rates


def read_daily(body: bytes) -> tuple[list[str], list[str]]:
    """Return the currencies and days of the ECB's daily file; raises `ValueError` for what is none."""
    days: dict[str, None] = {}
    currencies: list[str] = []
    for number, line in read_lines(body, having("Date", CROSS)):
        # Every line ends in a comma, which makes a last column without a name.
        currencies = currencies or [name for name in line if name not in ("Date", "")]
        if wrong := [name for name in currencies if not re.fullmatch(r"[A-Z]{3}", name, re.ASCII)]:
            raise ValueError(f"column {wrong[0]!r} is not a currency")
        if line["Date"] != str(date.fromisoformat(line["Date"])) or line["Date"] in days:
            raise ValueError(f"row {number}: day {line['Date']!r} is no day, or stands twice")
        for currency in currencies:
            if line[currency] != "N/A":
                check_rate(line[currency], number)
        days[line["Date"]] = None
    if not days:
        raise ValueError("holds no days")
    return currencies, list(days)


def having(*needed: str) -> Callable[[list[str]], None]:
    """Return a check that a header has some columns."""

    def check_header(header: list[str]) -> None:
        if missing := set(needed) - set(header):
            raise ValueError(f"has no column {min(missing)}")

    return check_header


def check_rate(rate: str, number: int) -> None:
    if not re.fullmatch(r"\d+(\.\d+)?", rate, re.ASCII) or not float(rate):
        raise ValueError(f"row {number}: {rate!r} is not a rate")


def unzipped(body: bytes) -> bytes:
    """Return the one file in a zip archive; raises `UsageError` for a damaged archive or another content."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = archive.infolist()
            if len(members) != 1 or members[0].file_size > LARGEST:
                raise UsageError(f"the archive holds {len(members)} files (or a huge one), not the ECB's one CSV")
            return archive.read(members[0])
    except DAMAGED as error:
        raise UsageError(f"is a damaged zip archive ({error}): download it again") from error

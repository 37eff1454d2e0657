"""Hong Kong Monetary Authority: monthly averages of the Hong Kong dollar, where the European Central Bank has none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from chipflows.config import Config, months
from chipflows.errors import UsageError
from chipflows.raw.records import Answer, Request, Scope
from chipflows.raw.store import Store
from chipflows.sources.http import Broken, Refused, Reply, Session, accept
from chipflows.sources.json_body import read_json
from chipflows.sources.months import REFRESHED, ended_before
from chipflows.sources.planner import Oversize

SOURCE = "hkma"
CURRENCY = "HKD"
PATH = "/public/market-data-and-statistics/monthly-statistical-bulletin/er-ir/er-eeri-periodaverage"
MOST = 1000
"""Months that one answer has at most."""

PEG = (Decimal("7.7"), Decimal("7.9"))
"""The dollar has been kept within 7.75 and 7.85 since 2005: another number means another unit."""

DAYS_AFTER_MONTH = 35


def plan(
    config: Config, store: Store, *, today: date, refresh: bool = False, oversized: Sequence[Oversize] = ()
) -> list[Request]:
    """Return at most one request, from the first to the last month not held; see `sources.SourceModule.plan`."""
    last = min(config.project.study.last_month(today), ended_before(today, DAYS_AFTER_MONTH))
    have = {period for record in store.held(SOURCE) for period in record.asked.periods or ()}
    periods = months(config.project.study.start, last)
    missing = [month for month in periods if month not in have or (refresh and month in periods[-REFRESHED:])]
    return [averages(missing[0], missing[-1])] if missing else []


def averages(first: str, last: str) -> Request:
    """Return the request for the averages of some months, both included."""
    sent = (("from", first), ("to", last), ("pagesize", str(MOST)), ("offset", "0"))
    scope = Scope(codes=(CURRENCY,), periods=months(first, last))
    return Request(SOURCE, "rates", sent, scope, label=f"{first}-{last}")


def request(session: Session, asked: Request) -> tuple[Reply, Answer]:
    """Return the reply to a request and what it holds; see `sources.SourceModule.request`."""

    def judge(reply: Reply) -> tuple[Reply, Answer]:
        return reply, check(asked, accept(reply).body)

    return session.get(session.address + PATH, asked.parameters, judge=judge)


def check(asked: Request, body: bytes) -> Answer:
    """Return the number of months; raises `Broken` for a damaged body, `Refused` while a month is not published."""
    try:
        found = read_months(body)
    except ValueError as error:
        raise Broken(f"an answer that {error}") from None
    wanted = asked.scope.periods or ()
    if strange := sorted(set(found) - set(wanted)):
        raise Refused(f"month {strange[0]} was not asked for")
    if missing := [month for month in wanted if month not in found]:
        raise Refused(f"no rate for {missing[0]} ({len(missing)} missing): not published (yet)")
    return Answer("data", len(found))


def read_months(body: bytes) -> list[str]:
    """Return the months of an answer; raises `ValueError` for a damaged body, or rates in another unit than known."""
    root = read_json(body)
    header, result = (root.get(part) if isinstance(root, dict) else None for part in ("header", "result"))
    if not isinstance(header, dict) or header.get("success") not in (True, "true"):
        raise ValueError(f"is no success: {header}")
    records = result.get("records") if isinstance(result, dict) else None
    if not isinstance(result, dict) or not isinstance(records, list) or result.get("datasize") != len(records):
        raise ValueError("states another number of records than it holds")
    found = []
    for number, record in enumerate(records, 1):
        month = str(record.get("end_of_month")) if isinstance(record, dict) else ""
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month, re.ASCII) or month in found:
            raise ValueError(f"has a record {number} whose month {month!r} is none, or stands twice")
        usd, eur = (Decimal(str(record.get(name))) if is_number(record.get(name)) else None for name in ("usd", "eur"))
        if usd is None or eur is None or not PEG[0] < usd < PEG[1] or eur <= 0:
            raise ValueError(f"has a record {number} with {usd} per US dollar and {eur} per euro")
        found.append(month)
    return found


def is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def read_file(name: str, body: bytes, config: Config) -> list[tuple[Request, Answer]]:
    """Return what a body saved from the API holds; raises `UsageError` for anything else."""
    try:
        found = sorted(read_months(body))
    except ValueError as error:
        raise UsageError(f"{error}; bring a whole answer of er-eeri-periodaverage") from None
    if not found or found != list(months(found[0], found[-1])):
        raise UsageError("has no months, or gaps between them")
    return [(averages(found[0], found[-1]), Answer("data", len(found)))]

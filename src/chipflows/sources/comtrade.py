"""UN Comtrade: monthly trade as every reporter states it, with a key or without, and bodies a person saved from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from chipflows.config import Config
from chipflows.errors import UsageError
from chipflows.raw.records import Answer, Request, Scope
from chipflows.raw.store import Store
from chipflows.sources.comtrade_body import (
    AVAILABILITY_COLUMNS,
    CAPS,
    COLUMNS,
    Row,
    check_body,
    check_columns,
    check_count,
    check_moments,
    check_unique,
    is_total,
    read_envelope,
    summed,
)
from chipflows.sources.comtrade_plan import KEYED, plan_requests
from chipflows.sources.comtrade_releases import SOURCE, span
from chipflows.sources.http import Broken, Refused, Reply, Session
from chipflows.sources.planner import Oversize


def plan(
    config: Config,
    store: Store,
    *,
    today: date,
    refresh: bool = False,
    oversized: Sequence[Oversize] = (),
    has_key: bool | None = None,
) -> list[Request]:
    """Return what is still to be asked; see `sources.SourceModule.plan`. `has_key` defaults to whether there is one."""
    is_keyed = config.sources[SOURCE].key() is not None if has_key is None else has_key
    return plan_requests(config, store, today, refresh, oversized, is_keyed)


def request(session: Session, asked: Request) -> tuple[Reply, Answer]:
    """Return the reply to a request and what it holds; see `sources.SourceModule.request`."""
    (_, path), *parameters = asked.parameters

    def judge(reply: Reply) -> tuple[Reply, Answer]:
        refuse_status(reply)
        return reply, check(asked, reply.body)

    return session.get(session.address + path, parameters, judge=judge, keyed=path == KEYED)


def check(asked: Request, body: bytes) -> Answer:
    """Return what a body holds; see `comtrade_body.check_body`."""
    return check_body(asked, body)


def refuse_status(reply: Reply) -> None:
    """Raise `Refused` for any status but 200, with what Comtrade says about it."""
    if reply.status == 200:
        return
    try:
        message = error_text(reply.json())
    except Broken:
        message = reply.excerpt()
    if reply.status == 401:
        raise Refused(f"the key was refused ({message}): check CHIPFLOWS_COMTRADE_KEY")
    until = replenished(message) if reply.status == 403 else None
    again = f" (at {until:%Y-%m-%d %H:%M} UTC)" if until else ""
    raise Refused(f"status {reply.status}: {message}{again}", until=until)


def error_text(body: Any) -> str:
    """Return what an error body says: the gateway's `message`, or `error` with its details in either spelling."""
    if not isinstance(body, dict):
        return str(body)[:200]
    words = [str(body.get("message") or body.get("error") or "")]
    for detail in body.get("errorObject") or []:
        lower = {name.lower(): value for name, value in detail.items()} if isinstance(detail, dict) else {}
        words.append(str(lower.get("errormessage", "")))
    return " ".join(" ".join(words).split())[:300] or "no reason given"


def replenished(message: str) -> datetime | None:
    """Return the moment at which a used-up quota is filled again, `replenished in [days.]HH:MM:SS`."""
    found = re.search(r"replenished in (?:(\d+)\.)?(\d+):(\d\d):(\d\d)", message)
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return datetime.now(UTC) + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def read_file(name: str, body: bytes, config: Config) -> list[tuple[Request, Answer]]:
    """Return what a body saved from the API holds: trade (detail rows too, staging rejects them) or availability.

    It covers no more than its own rows: the product of the reporters, partners, flows, codes and periods in it.
    Raises `UsageError` for anything else, and for a body that was cut.
    """
    try:
        envelope = read_envelope(body)
        rows: list[Row] = envelope["data"]
        check_count(envelope)
        if not rows:
            raise ValueError("has no rows, and so doesn't say what it is empty of: let `download` ask for that")
        if isinstance(rows[0], dict) and "datasetChecksum" in rows[0]:
            return [saved_availability(rows, config)]
        return [saved_trade(rows, config)]
    except ValueError as error:
        raise UsageError(f"{error}; bring a whole JSON body of data/v1/get, public/v1/preview or getDA") from None
    except (Broken, Refused) as error:
        raise UsageError(str(error)) from None


def saved_trade(rows: list[Row], config: Config, source: str = SOURCE) -> tuple[Request, Answer]:
    """Return the request and answer for rows of trade; raises `ValueError` or `Refused` for what can't be kept."""
    check_columns(rows, COLUMNS)
    if len(rows) in CAPS:
        raise ValueError(f"has {len(rows)} rows, at which Comtrade cuts answers: ask for less at a time")
    check_unique([row for row in rows if is_total(row)])
    frequency = the_one(rows, "freqCode", ("A", "M"))
    the_one(rows, "typeCode", ("C",))
    columns = {name: distinct(rows, name) for name in ("reporterCode", "partnerCode", "flowCode", "cmdCode", "period")}
    scope = Scope(
        reporters=translated(columns["reporterCode"], config.economies_by_code(SOURCE), "reporterCode"),
        partners=translated(columns["partnerCode"], config.economies_by_code(SOURCE), "partnerCode"),
        flows=translated(columns["flowCode"], config.sources[SOURCE].flows, "flowCode"),
        codes=columns["cmdCode"],
        periods=tuple(as_period(period) for period in columns["period"]),
    )
    path = f"/data/v1/get/C/{frequency}/{the_one(rows, 'classificationSearchCode')}"
    parameters = (("path", path), *((name, ",".join(values)) for name, values in columns.items()))
    asked = Request(source, "data", parameters, scope, label=f"saved-{span(scope)}")
    return asked, Answer("data", len(rows), summed(rows))


def saved_availability(rows: list[Row], config: Config) -> tuple[Request, Answer]:
    """Return the request and answer for a saved list of what was published."""
    check_columns(rows, AVAILABILITY_COLUMNS)
    check_moments(rows)
    frequency = the_one(rows, "freqCode", ("A", "M"))
    reporters, periods = distinct(rows, "reporterCode"), distinct(rows, "period")
    economies = config.economies_by_code(SOURCE)
    scope = Scope(reporters=translated(reporters, economies, "reporterCode"), periods=tuple(map(as_period, periods)))
    path = (
        f"/public/v1/getDA/{the_one(rows, 'typeCode', ('C',))}/{frequency}/{the_one(rows, 'classificationSearchCode')}"
    )
    parameters = (("path", path), ("reporterCode", ",".join(reporters)), ("period", ",".join(periods)))
    return Request(SOURCE, "availability", parameters, scope, label=f"saved-{span(scope)}"), Answer("data", len(rows))


def distinct(rows: list[Row], column: str) -> tuple[str, ...]:
    """Return the values of a column as text, each once, sorted."""
    return tuple(sorted({str(row[column]) for row in rows}))


def the_one(rows: list[Row], column: str, expected: Sequence[str] = ()) -> str:
    """Return the value that all rows share; raises `ValueError` where there are several, or another than expected."""
    values = distinct(rows, column)
    if len(values) != 1 or (expected and values[0] not in expected):
        wanted = f"one of {', '.join(expected)}" if expected else "one value"
        raise ValueError(f"has {column} {', '.join(values)}, {wanted} is expected")
    return values[0]


def translated(codes: Sequence[str], words: Any, column: str) -> tuple[str, ...]:
    """Return codes in our own names; raises `ValueError` for one that configuration doesn't know."""
    for code in codes:
        if code not in words:
            raise ValueError(f"has {column} {code}, which the configuration doesn't know: add it there")
    return tuple(words[code] for code in codes)


def as_period(period: str) -> str:
    """Return `202205` as `2022-05` and `2022` as it is; raises `ValueError` for what is no period."""
    if re.fullmatch(r"\d{4}((0[1-9]|1[0-2]))?", period) is None:
        raise ValueError(f"has period {period!r}, which is neither a year nor a month")
    return f"{period[:4]}-{period[4:]}" if period[4:] else period

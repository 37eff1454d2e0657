"""HMRC Overseas Trade Statistics: what the United Kingdom sends, by eight-digit code, country, port and month.

The service answers in pages. A question that takes more than one is asked in parts instead of page by page, so that
one stored body is one whole answer and a newer answer can replace an older one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from chipflows.config import Config
from chipflows.errors import UsageError
from chipflows.raw.records import Answer, Request, Scope
from chipflows.raw.store import Store
from chipflows.sources.http import Broken, Oversized, Refused, Reply, Session
from chipflows.sources.json_body import read_json
from chipflows.sources.own_plan import Office, Parameters, codes_for, flow_codes, plan_requests, sent, wish_for
from chipflows.sources.planner import Oversize

SOURCE = "uk_hmrc"
NEXT = "@odata.nextLink"
KEY = ("MonthId", "FlowTypeId", "SuppressionIndex", "CommodityId", "PortId")
FIGURES = ("Value", "NetMass", "SuppUnit")
SUPPRESSIONS = range(6)
"""0 nothing is withheld; 1 everything; 2 countries and ports; 3 to 5 quantities, with or without countries."""


def parameters(config: Config, scope: Scope) -> Parameters:
    """Return the parameters of a question; flow types of trade inside and outside the EU are asked together."""
    months = [int(period.replace("-", "")) for period in scope.periods or ()]
    conditions = (
        any_of("FlowTypeId eq {}", flow_codes(config, SOURCE, scope.flows)),
        f"MonthId ge {months[0]} and MonthId le {months[-1]}",
        any_of("Commodity/Hs6Code eq '{}'", scope.codes or ()),
        any_of("Country/CountryCodeAlpha eq '{}'", codes_for(config, SOURCE, scope.partners)),
    )
    return (
        ("path", "/OTS"),
        ("reporter", config.sources[SOURCE].reporters[0]),
        ("$filter", " and ".join(conditions)),
        ("$expand", "Country($select=CountryCodeAlpha)"),
    )


def any_of(condition: str, values: Iterable[str]) -> str:
    return f"({' or '.join(condition.format(value) for value in values)})"


OFFICE = Office(SOURCE, 48, parameters)


def plan(
    config: Config, store: Store, *, today: date, refresh: bool = False, oversized: Sequence[Oversize] = ()
) -> list[Request]:
    """Return what is still to be asked; see `sources.SourceModule.plan`."""
    wishes = [wish_for(config, SOURCE, ("export",))]
    return plan_requests(OFFICE, wishes, config, store, today=today, refresh=refresh, oversized=oversized)


def request(session: Session, asked: Request) -> tuple[Reply, Answer]:
    """Return the reply to a request and what it holds; see `sources.SourceModule.request`."""
    path, parameters = sent(asked)

    def judge(reply: Reply) -> tuple[Reply, Answer]:
        if reply.status == 403:
            # The service's front door refuses a call now and then, and takes the same one a moment later.
            raise Broken(f"status 403: {reply.excerpt()}", slow_down=True)
        if reply.status in (413, 414):
            raise Oversized(f"status {reply.status}: the question is too long")
        if reply.status != 200:
            raise Refused(f"status {reply.status}: {reply.excerpt()}")
        return reply, check(asked, reply.body)

    return session.get(session.address + path, parameters, judge=judge)


def check(asked: Request, body: bytes) -> Answer:
    """Return what a body holds, its total in pounds.

    Raises `Broken` for a damaged body, `Oversized` for the first of several pages, `Refused` for rows that were not
    asked for.
    """
    try:
        envelope = read_json(body)
        rows = rows_of(envelope)
    except ValueError as error:
        raise Broken(f"an answer that {error}") from None
    if NEXT in envelope:
        raise Oversized(f"{len(rows)} rows and another page", rows=len(rows) + 1)
    scope, condition = asked.scope, dict(asked.parameters)["$filter"]
    for number, row in enumerate(rows, 1):
        month, code = str(row["MonthId"]), commodity(row)
        strange = [
            f"MonthId {month}" if f"{month[:4]}-{month[4:]}" not in (scope.periods or ()) else "",
            f"commodity {code}" if row["CommodityId"] >= 0 and code[:6] not in (scope.codes or ()) else "",
            f"country {country(row)}" if f"'{country(row)}'" not in condition else "",
            f"flow {row['FlowTypeId']}" if f"FlowTypeId eq {row['FlowTypeId']}" not in condition else "",
        ]
        if any(strange):
            raise Refused(f"row {number}: {next(filter(None, strange))} was not asked for")
    return Answer("data" if rows else "empty", len(rows), str(total(rows)))


def rows_of(envelope: Any) -> list[dict[str, Any]]:
    """Return the rows of a page; raises `ValueError` for a row that lacks a part, stands twice, or has no numbers."""
    rows = envelope.get("value") if isinstance(envelope, dict) else None
    if not isinstance(rows, list):
        raise ValueError("has no list of rows")
    seen = set()
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not {*KEY, *FIGURES, "Country"} <= row.keys():
            raise ValueError(f"has a row {number} without all of {', '.join((*KEY, *FIGURES))}, Country")
        if any(type(row[name]) is not int for name in KEY) or not country(row):
            raise ValueError(f"has a row {number} whose key is no whole number, or that has no country")
        if any(not isinstance(row[name], int | Decimal | None) or isinstance(row[name], bool) for name in FIGURES):
            raise ValueError(f"has a row {number} whose figures are no numbers")
        if row["SuppressionIndex"] not in SUPPRESSIONS:
            raise ValueError(f"has a row {number} with the unknown SuppressionIndex {row['SuppressionIndex']}")
        cell = (*(row[name] for name in KEY), country(row))
        if cell in seen:
            raise ValueError(f"has a row {number} that stands twice: {' '.join(map(str, cell))}")
        seen.add(cell)
    return rows


def country(row: dict[str, Any]) -> str:
    """Return the country's letters, empty where the answer does not hold them."""
    found = row["Country"]
    return str(found.get("CountryCodeAlpha") or "") if isinstance(found, dict) else ""


def commodity(row: dict[str, Any]) -> str:
    """Return the eight-digit code, its leading zero restored; trade without one has a negative number."""
    number: int = row["CommodityId"]
    return f"{number:08}" if number >= 0 else str(number)


def total(rows: Iterable[dict[str, Any]]) -> Decimal:
    return sum((Decimal(row["Value"] or 0) for row in rows), Decimal(0))


def read_file(name: str, body: bytes, config: Config) -> list[tuple[Request, Answer]]:
    """Return what a body saved from the API holds; it covers the countries, codes, months and flows in it.

    Raises `UsageError` for anything else, and for a page that another one follows.
    """
    try:
        envelope = read_json(body)
        rows = rows_of(envelope)
    except ValueError as error:
        raise UsageError(f"{error}; bring a whole answer of /OTS with $expand=Country") from None
    if NEXT in envelope:
        raise UsageError("is one page of several: ask for less at a time, so that the answer fits on one")
    if not rows:
        raise UsageError("has no rows, and so doesn't say what it is empty of: let `download` ask for that")
    words, economies = config.sources[SOURCE].flows, config.economies_by_code(SOURCE)
    flows, countries = {str(row["FlowTypeId"]) for row in rows}, {country(row) for row in rows}
    if unknown := sorted(countries - set(economies)) + sorted(flows - set(words)):
        raise UsageError(f"{unknown[0]} is no country in economies.csv (column comext) or flow in sources.toml: add it")
    own, periods = config.sources[SOURCE].reporters, sorted({str(row["MonthId"]) for row in rows})
    codes = sorted({commodity(row) if row["CommodityId"] < 0 else commodity(row)[:6] for row in rows})
    scope = Scope(
        reporters=own,
        partners=tuple(sorted({economies[one] for one in countries})),
        flows=tuple(sorted({words[flow] for flow in flows})),
        codes=tuple(codes),
        periods=tuple(f"{period[:4]}-{period[4:]}" for period in periods),
    )
    parts = {"countries": countries, "flows": flows, "codes": codes, "periods": periods}
    listed = tuple((part, ",".join(sorted(values))) for part, values in parts.items())
    asked = Request(SOURCE, "data", (("reporter", own[0]), *listed), scope, label=f"file-{periods[0]}-{periods[-1]}")
    return [(asked, Answer("data", len(rows), str(total(rows))))]

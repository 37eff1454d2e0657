"""US Census: what the United States send, by ten-digit code, country and month, own goods and re-exports apart.

Ten digits are asked because quantities and units exist only there. The key stands in the query, the only place where
the service takes it; a wrong one is answered with a redirect or a web page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from chipflows.config import Config
from chipflows.errors import UsageError
from chipflows.raw.records import Answer, Request, Scope
from chipflows.raw.store import Store
from chipflows.sources.http import Broken, Oversized, Refused, Reply, Session
from chipflows.sources.json_body import read_json
from chipflows.sources.own_plan import Office, Parameters, codes_for, plan_requests, sent, wish_for
from chipflows.sources.planner import Oversize
from chipflows.sources.replies import is_page

SOURCE = "us_census"
VALUE, CODE, COUNTRY, DF, LEVEL = "ALL_VAL_MO", "E_COMMODITY", "CTY_CODE", "DF", "SUMMARY_LVL"
QUANTITIES = ("QTY_1_MO", "UNIT_QY1", "QTY_2_MO", "UNIT_QY2")
ASKED = (CODE, COUNTRY, DF, LEVEL, VALUE, *QUANTITIES)
NEEDED = (CODE, COUNTRY, VALUE, "time", *QUANTITIES[:2])
KINDS = {"1": "domestic", "2": "foreign"}
"""Goods made in the country, and goods that came from another and leave again; an export is either."""

REPEATED = (DF, CODE, COUNTRY)
"""Parameters that are sent once for every value; elsewhere a comma would be part of the value."""

Line = dict[str, Any]
"""A row by column: text, or null where there is none."""


def parameters(config: Config, scope: Scope) -> Parameters:
    """Return the parameters of a question; both kinds of exports come in one answer."""
    first, *_, last = 2 * (scope.periods or ())
    return (
        ("path", "/data/timeseries/intltrade/exports/hs"),
        ("reporter", config.sources[SOURCE].reporters[0]),
        ("get", ",".join(ASKED)),
        ("time", f"from {first} to {last}"),
        ("COMM_LVL", "HS10"),
        (LEVEL, "DET"),
        (DF, ",".join(KINDS)),
        (CODE, ",".join(f"{code}*" for code in scope.codes or ())),
        (COUNTRY, ",".join(codes_for(config, SOURCE, scope.partners))),
    )


OFFICE = Office(SOURCE, 40, parameters, rows_per_cell=len(KINDS))


def plan(
    config: Config, store: Store, *, today: date, refresh: bool = False, oversized: Sequence[Oversize] = ()
) -> list[Request]:
    """Return what is still to be asked, nothing without a key; see `sources.SourceModule.plan`."""
    wishes = [wish_for(config, SOURCE, ("export", "re_export"))]
    return plan_requests(OFFICE, wishes, config, store, today=today, refresh=refresh, oversized=oversized)


def request(session: Session, asked: Request) -> tuple[Reply, Answer]:
    """Return the reply to a request and what it holds; see `sources.SourceModule.request`."""
    path, parameters = sent(asked)
    spelt = [(name, one) for name, value in parameters for one in (value.split(",") if name in REPEATED else [value])]

    def judge(reply: Reply) -> tuple[Reply, Answer]:
        refuse_status(reply)
        # Nothing to list is said by the status: a body that is empty with any other one was lost on its way.
        return reply, describe([]) if reply.status == 204 else check(asked, reply.body)

    return session.get(session.address + path, spelt, judge=judge, keyed=True, follow=False)


def refuse_status(reply: Reply) -> None:
    """Raise `Refused`, `Oversized` or `Broken` for whatever is no answer."""
    text = reply.excerpt()
    if reply.status in range(300, 400) or "x-datawebapi-keyerror" in reply.headers:
        raise Refused("the key was refused: check CHIPFLOWS_US_CENSUS_KEY (a new key must be activated by mail)")
    if is_page(reply.body):
        if re.search(r"\bkey\b", text, re.I):
            raise Refused(f"the key was refused ({text}): check CHIPFLOWS_US_CENSUS_KEY")
        raise Broken(f"a web page instead of figures: {text}")
    if "error while running your query" in text:
        raise Oversized(f"status {reply.status}: {text}")
    if reply.status not in (200, 204):
        raise Refused(f"status {reply.status}: {text}")


def check(asked: Request, body: bytes) -> Answer:
    """Return what a body holds; a total counts re-exports twice, as they are staged as exports and by themselves.

    Raises `Broken` for a damaged body, `Refused` for rows that were not asked for.
    """
    try:
        lines = read_lines(body)
    except ValueError as error:
        raise Broken(f"an answer that {error}") from None
    scope, wanted = asked.scope, dict(asked.parameters)
    for number, line in enumerate(lines, 1):
        strange = [
            f"{LEVEL} {line.get(LEVEL)}" if line.get(LEVEL) != wanted[LEVEL] else "",
            f"{DF} {line.get(DF)}" if line.get(DF) not in KINDS else "",
            f"country {line[COUNTRY]}" if line[COUNTRY] not in wanted[COUNTRY].split(",") else "",
            f"commodity {line[CODE]}" if line[CODE][:6] not in (scope.codes or ()) or len(line[CODE]) != 10 else "",
            f"month {line['time']}" if line["time"] not in (scope.periods or ()) else "",
        ]
        if any(strange):
            raise Refused(f"row {number}: {next(filter(None, strange))} was not asked for")
    return describe(lines)


def read_lines(body: bytes) -> list[Line]:
    """Return the rows by column; raises `ValueError` for an empty or damaged body or strange rows.

    Columns that were asked for and selected by stand twice; both must say the same.
    """
    rows = read_json(body)
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) for row in rows):
        raise ValueError("is not a list of rows with a header")
    header, *rest = rows
    if missing := [name for name in NEEDED if name not in header]:
        raise ValueError(f"has no column {missing[0]}")
    lines, seen = [], set()
    for number, row in enumerate(rest, 1):
        pairs = dict(zip(header, row, strict=False))
        if len(row) != len(header) or any(pairs[name] != cell for name, cell in zip(header, row, strict=True)):
            raise ValueError(f"has a row {number} of another length, or that says two things of one column")
        check_line(pairs, number)
        key = tuple(pairs.get(name) for name in (CODE, COUNTRY, DF, LEVEL, "time"))
        if key in seen:
            raise ValueError(f"has a row {number} that stands twice: {' '.join(map(str, key))}")
        seen.add(key)
        lines.append(pairs)
    return lines


def check_line(line: Line, number: int) -> None:
    """Raise `ValueError` for a row whose code, month or numbers are not as the service writes them."""
    if not all(cell is None or isinstance(cell, str) for cell in line.values()):
        raise ValueError(f"has a row {number} with something else than text")
    if not re.fullmatch(r"\d{6}|\d{10}", line[CODE] or "", re.ASCII):
        raise ValueError(f"has a row {number} with {CODE} {line[CODE]!r}, six or ten digits are expected")
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", line["time"] or "", re.ASCII):
        raise ValueError(f"has a row {number} with time {line['time']!r}, a month is expected")
    for name in (VALUE, *QUANTITIES[::2]):
        if name in line and not re.fullmatch(r"-?\d+", line[name] or "", re.ASCII):
            raise ValueError(f"has a row {number} with {name} {line[name]!r}, a whole number is expected")


def describe(lines: Sequence[Line]) -> Answer:
    again = (line for line in lines if line.get(DF) == "2" and not is_group(line))
    total = sum(Decimal(line[VALUE]) for line in lines) + sum(Decimal(line[VALUE]) for line in again)
    return Answer("data" if lines else "empty", len(lines), str(total))


def is_group(line: Line) -> bool:
    """Say whether a row is of several countries, whose members stand beside it."""
    return bool(line.get(LEVEL, "DET") != "DET" or line[COUNTRY] == "-")


def read_file(name: str, body: bytes, config: Config) -> list[tuple[Request, Answer]]:
    """Return what a body saved from the API holds; it covers the countries, codes and months in it.

    Raises `UsageError` for anything else.
    """
    try:
        lines = read_lines(body)
    except ValueError as error:
        raise UsageError(f"{error}; bring a whole answer of timeseries/intltrade/exports/hs by month") from None
    if not lines:
        raise UsageError("has no rows, and so doesn't say what it is empty of: let `download` ask for that")
    economies, own = config.economies_by_code(SOURCE), config.sources[SOURCE].reporters
    countries = sorted({line[COUNTRY] for line in lines if not is_group(line)})
    if unknown := [code for code in countries if code not in economies]:
        raise UsageError(f"country {unknown[0]} is in no row of economies.csv, column census: add it")
    codes, periods = sorted({line[CODE][:6] for line in lines}), sorted({line["time"] for line in lines})
    has_kinds = any(line.get(DF) in KINDS for line in lines)
    scope = Scope(
        reporters=own,
        partners=tuple(sorted({economies[code] for code in countries})),
        flows=("export", "re_export") if has_kinds else ("export",),
        codes=tuple(codes),
        periods=tuple(periods),
    )
    parts = {"countries": countries, "codes": codes, "periods": periods, "kinds": sorted(scope.flows or ())}
    listed = tuple((part, ",".join(values)) for part, values in parts.items())
    label = f"file-{periods[0]}-{periods[-1]}"
    return [(Request(SOURCE, "data", (("reporter", own[0]), *listed), scope, label=label), describe(lines))]

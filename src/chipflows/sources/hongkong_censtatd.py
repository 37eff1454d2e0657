"""Hong Kong's Trade-IDDS: what passes through Hong Kong, by destination and, for re-exports, by origin.

A request never asks for some origins only: origin is no dimension of what a request covers, so an answer with fewer
origins would pass for all of the trade. `partner` is where goods are sent to, or come from (consignment).
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
from chipflows.sources.http import Broken, Refused, Reply, Session, accept
from chipflows.sources.json_body import read_json
from chipflows.sources.own_plan import Office, Parameters, Wish, codes_for, flow_codes, plan_requests, sent, wish_for
from chipflows.sources.planner import Oversize

SOURCE = "hongkong_censtatd"
VALUE, FIGURES = "VCm", ("VCm", "QCm")
BY_ORIGIN = ("re_export", "import")
THOUSAND = 1000
"""Values are sent in thousands of Hong Kong dollars."""

BUSY = (2, 3, 4)
"""Codes of a status that asks us to come back: usage limit, server busy, access denied."""

KEY = ("freq", "period", "ttype", "cc", "codeclass", "code", "sv")
"""What every object has; `co` (origin) only where origins were asked for."""

SOME = 100
"""Rows from which an answer about many months must hold more than the first and the last of them."""


def parameters(config: Config, scope: Scope) -> Parameters:
    """Return the parameters of a question about one flow; months are listed in full, all origins asked together."""
    own, flow = config.sources[SOURCE], (scope.flows or ("",))[0]
    return (
        ("path", "/api/get"),
        ("reporter", own.reporters[0]),
        ("lang", "EN"),
        ("sv", ",".join(FIGURES)),
        ("freq", "M"),
        ("period", ",".join(period.replace("-", "") for period in scope.periods or ())),
        ("ttype", ",".join(flow_codes(config, SOURCE, scope.flows))),
        *((("coclass", "C"), ("co", "ALL")) if flow in BY_ORIGIN else ()),
        ("ccclass", "C"),
        ("cc", ",".join(codes_for(config, SOURCE, scope.partners))),
        ("codeclass", "HKHS6"),
        ("code", ",".join(scope.codes or ())),
    )


OFFICE = Office(SOURCE, 40, parameters, rows_per_cell=len(FIGURES), codes_per_call=20, is_strict=True)


def plan(
    config: Config, store: Store, *, today: date, refresh: bool = False, oversized: Sequence[Oversize] = ()
) -> list[Request]:
    """Return what is still to be asked: exports of three kinds, imports from origins; see `sources.SourceModule`."""
    exports = wish_for(config, SOURCE, ("export",))
    own = config.sources[SOURCE].reporters
    origins = tuple(iso3 for iso3 in config.project.study.focal_origins if iso3 not in own)
    wishes = [Wish((flow,), exports.partners, exports.corridor) for flow in ("export", "re_export", "domestic_export")]
    wishes += [Wish(("import",), origins, exports.corridor)]
    return plan_requests(OFFICE, wishes, config, store, today=today, refresh=refresh, oversized=oversized)


def request(session: Session, asked: Request) -> tuple[Reply, Answer]:
    """Return the reply to a request and what it holds; see `sources.SourceModule.request`."""
    path, parameters = sent(asked)
    return session.get(
        session.address + path, parameters, judge=lambda reply: (reply, check(asked, accept(reply).body))
    )


def check(asked: Request, body: bytes) -> Answer:
    """Return what a body holds, its total in Hong Kong dollars.

    Raises `Broken` for a damaged body or a busy source, `Refused` for a question that was not understood, for rows
    that were not asked for, or where the months that came back show that the list of months was not.
    """
    try:
        rows = read_rows(body)
    except ValueError as error:
        raise Broken(f"an answer that {error}") from None
    wanted = {name: set(value.split(",")) for name, value in asked.parameters}
    for number, row in enumerate(rows, 1):
        for name in KEY:
            if name in wanted and str(row[name]) not in wanted[name]:
                raise Refused(f"row {number}: {name} {row[name]!r} was not asked for")
        if ("co" in wanted) != bool(re.fullmatch("[A-Z]{2}", str(row.get("co") or ""))):
            asked_for = "were" if "co" in wanted else "were not"
            raise Refused(f"row {number}: origin {row.get('co')!r}, though origins {asked_for} asked for")
    check_months(asked.scope.periods or (), [str(row["period"]) for row in rows])
    return Answer("data" if rows else "empty", len(rows), str(total(rows)))


def check_months(wanted: Sequence[str], found: Sequence[str]) -> None:
    """Raise `Refused` where rows came for the ends of a list of months only: the list was taken for something else."""
    ends = {wanted[at].replace("-", "") for at in (0, 1, -1)} if len(wanted) > 3 else set()
    if ends and len(found) >= SOME and set(found) <= ends:
        raise Refused(f"rows for {', '.join(sorted(set(found)))} only, {len(wanted)} months were listed")


def read_rows(body: bytes) -> list[dict[str, Any]]:
    """Return the objects of an answer, none where Hong Kong says that there is no record.

    Raises `ValueError` for a damaged body, `Broken` where the source is busy, `Refused` for any other failure.
    """
    envelope = read_json(body)
    header = envelope.get("header") if isinstance(envelope, dict) else None
    status = header.get("status") if isinstance(header, dict) else None
    if not isinstance(header, dict) or not isinstance(status, dict):
        raise ValueError("has no header with a status")
    if status.get("name") != "Success":
        return failed(status)
    rows = envelope.get("dataSet")
    count = header.get("count")
    stated = count.get("noOfRecords") if isinstance(count, dict) else None
    if not isinstance(rows, list) or str(stated) != str(len(rows)):
        raise ValueError(f"states {stated} records and holds {len(rows) if isinstance(rows, list) else 'none'}")
    check_rows(rows)
    return rows


def failed(status: dict[str, Any]) -> list[dict[str, Any]]:
    """Return no rows if a failure means that there are none; raises `Broken` or `Refused` for any other."""
    said = status.get("message")
    text = " ".join(map(str, said)) if isinstance(said, list) else str(said or status.get("description") or "")
    if "no record found" in text.lower():
        return []
    if str(status.get("code")) in map(str, BUSY):
        raise Broken(f"the source is busy ({text})", slow_down=True)
    raise Refused(f"{status.get('name')} {status.get('code')}: {text}")


def check_rows(rows: Sequence[Any]) -> None:
    """Raise `ValueError` for a row without its parts, of an unknown figure, that stands twice, or is no number."""
    seen = set()
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not {*KEY, "figure"} <= row.keys():
            raise ValueError(f"has a row {number} without all of {', '.join(KEY)}, figure")
        cell = tuple(str(row.get(name)) for name in (*KEY, "co"))
        if row["sv"] not in FIGURES or cell in seen:
            raise ValueError(f"has a row {number} that stands twice, or an unknown figure: {' '.join(cell)}")
        seen.add(cell)
        # Where eight-digit codes are counted in several units, their quantities have no sum.
        if not (row["sv"] != VALUE and row["figure"] in ("", "-")) and not is_number(row["figure"]):
            raise ValueError(f"has a row {number} whose figure {row['figure']!r} is no number")


def is_number(figure: Any) -> bool:
    return re.fullmatch(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", str(figure), re.ASCII) is not None


def total(rows: Sequence[dict[str, Any]]) -> Decimal:
    """Return the sum of the values in Hong Kong dollars."""
    values = (Decimal(str(row["figure"]).replace(",", "")) for row in rows if row["sv"] == VALUE)
    return THOUSAND * sum(values, Decimal(0))


def read_file(name: str, body: bytes, config: Config) -> list[tuple[Request, Answer]]:
    """Return what a body saved from the API holds; it covers the destinations, codes and months in it.

    Raises `UsageError` for anything else, and for figures by origin: the body doesn't say whether it has all of them.
    """
    try:
        rows = read_rows(body)
    except (ValueError, Broken, Refused) as error:
        raise UsageError(f"{error}; bring a whole answer of {config.sources[SOURCE].page} as JSON") from None
    if not rows:
        raise UsageError("has no records, and so doesn't say what it is empty of: let `download` ask for that")
    if any(row.get("co") for row in rows):
        raise UsageError("holds figures by origin, and doesn't say whether of all origins: let `download` ask for them")
    members = {part: sorted({str(row[part]) for row in rows}) for part in KEY}
    words, economies = config.sources[SOURCE].flows, config.economies_by_code(SOURCE)
    if members["freq"] != ["M"] or len(members["ttype"]) != 1 or members["ttype"][0] not in words:
        raise UsageError(f"holds {members['freq']} of {members['ttype']}: one kind of trade by month is expected")
    if unknown := [code for code in members["cc"] if code not in economies]:
        raise UsageError(f"destination {unknown[0]} is in no row of economies.csv, column hongkong: add it")
    own = config.sources[SOURCE].reporters
    scope = Scope(
        reporters=own,
        partners=tuple(sorted({economies[code] for code in members["cc"]})),
        flows=(words[members["ttype"][0]],),
        codes=tuple(sorted({code[:6] for code in members["code"]})),
        periods=tuple(f"{period[:4]}-{period[4:]}" for period in members["period"]),
    )
    parts = tuple((part, ",".join(values)) for part, values in members.items())
    label = f"file-{scope.flows[0] if scope.flows else ''}-{members['period'][0]}-{members['period'][-1]}"
    asked = Request(SOURCE, "data", (("path", ""), ("reporter", own[0]), *parts), scope, label=label)
    return [(asked, Answer("data", len(rows), str(total(rows))))]

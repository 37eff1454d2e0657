"""Korea Customs Service through data.go.kr: exports and imports by code and country, a code and a year at a time.

Without a country the service sends all of them, exports and imports side by side, which takes twenty times fewer calls
than country by country. The key stands in the query, in its decoded form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

from chipflows.config import Config
from chipflows.errors import UsageError
from chipflows.raw.records import Answer, Request, Scope
from chipflows.raw.store import Store
from chipflows.sources.http import Broken, Oversized, Refused, Reply, Session, accept
from chipflows.sources.own_plan import Office, Parameters, Wish, plan_requests, sent, wish_for
from chipflows.sources.planner import Oversize

SOURCE = "korea_customs"
TOTAL = "총계"
"""In place of a month: a row that adds up the others."""

COLUMNS = ("year", "statCd", "hsCd", "expDlr", "expWgt", "impDlr", "impWgt")
VALUES = ("expDlr", "impDlr")
DONE = "00"
KEY_CODES = ("20", "30", "31", "32")
LATER_CODES = ("01", "02", "04", "05", "23")
"""Codes of errors within the service, or of too many calls at a time; 22 says that the day's calls are used up."""

ITEM = re.compile(rb"<item>(.*?)</item>", re.S)
Item = dict[str, str]


def parameters(config: Config, scope: Scope) -> Parameters:
    """Return the parameters of a question about one code; no country asks for all."""
    first, *_, last = 2 * [period.replace("-", "") for period in scope.periods or ()]
    return (
        ("path", "/1220000/nitemtrade/getNitemtradeList"),
        ("reporter", config.sources[SOURCE].reporters[0]),
        ("strtYymm", first),
        ("endYymm", last),
        ("hsSgn", ",".join(scope.codes or ())),
    )


OFFICE = Office(SOURCE, 20, parameters, codes_per_call=1)


def plan(
    config: Config, store: Store, *, today: date, refresh: bool = False, oversized: Sequence[Oversize] = ()
) -> list[Request]:
    """Return what is still to be asked, nothing without a key; see `sources.SourceModule.plan`."""
    wishes = [Wish(("export", "import"), None, wish_for(config, SOURCE, ("export",)).corridor)]
    return plan_requests(OFFICE, wishes, config, store, today=today, refresh=refresh, oversized=oversized)


def request(session: Session, asked: Request) -> tuple[Reply, Answer]:
    """Return the reply to a request and what it holds; see `sources.SourceModule.request`."""
    path, parameters = sent(asked)

    def judge(reply: Reply) -> tuple[Reply, Answer]:
        return reply, check(asked, accept(reply).body)

    return session.get(session.address + path, parameters, judge=judge, keyed=True)


def check(asked: Request, body: bytes) -> Answer:
    """Return what a body holds, its total over exports and imports and the rows that add up others.

    Raises `Broken` for a damaged body or an error within the service, `Refused` for a refused key, calls used up or
    rows that were not asked for, `Oversized` for a part of an answer.
    """
    try:
        items = read_items(body)
    except ValueError as error:
        raise Broken(f"an answer that {error}") from None
    scope = asked.scope
    for number, item in enumerate(items, 1):
        if item["year"] == TOTAL:
            continue
        if not item["hsCd"].startswith(scope.codes or ()):
            raise Refused(f"row {number}: hsCd {item['hsCd']} was not asked for")
        if item["year"].replace(".", "-") not in (scope.periods or ()):
            raise Refused(f"row {number}: month {item['year']} was not asked for")
    return describe(items)


def read_items(body: bytes) -> list[Item]:
    """Return the rows of an answer; raises `ValueError` for a damaged body, or rows that don't add up to its total.

    Every error comes with status 200: raises `Broken`, `Refused` or `Oversized` for them.
    """
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, LookupError, ValueError) as error:  # the latter two: an encoding nobody knows
        raise ValueError(f"is not (whole) XML: {error}") from None
    if root.tag == "OpenAPI_ServiceResponse":
        failed(root.findtext(".//returnReasonCode"), root.findtext(".//returnAuthMsg"))
    code = root.findtext("./header/resultCode")
    if root.tag != "response" or code is None:
        raise ValueError(f"has no result: <{root.tag}>")
    if code != DONE:
        failed(code, root.findtext("./header/resultMsg"))
    found = root.findall("./body/items/item")
    if len(found) != len(ITEM.findall(body)):
        raise ValueError("writes its items in another way than known")
    items = [{name: (item.findtext(name) or "").strip() for name in COLUMNS} for item in found]
    stated = root.findtext("./body/totalCount")
    if stated is not None and int(stated) > len(items):
        raise Oversized(f"{len(items)} of {stated} rows", rows=int(stated))
    check_items(items)
    return items


def failed(code: str | None, message: str | None) -> None:
    """Raise `Broken` for an error that may pass, `Refused` for any other."""
    text = f"error {code}: {message or 'no reason given'}"
    if code in KEY_CODES:
        raise Refused(f"the key was refused ({text}): put the decoded one into CHIPFLOWS_KOREA_CUSTOMS_KEY")
    if code in LATER_CODES:
        raise Broken(text, slow_down=code == "23")
    raise Refused(text)


def check_items(items: Sequence[Item]) -> None:
    """Raise `ValueError` for a row that stands twice or is written in another way, or a total of something else."""
    seen = set()
    for number, item in enumerate(items, 1):
        cell = item["year"], item["statCd"], item["hsCd"]
        if cell in seen:
            raise ValueError(f"has a row {number} that stands twice: {' '.join(cell)}")
        seen.add(cell)
        if any(not re.fullmatch(r"-?\d+(\.\d+)?", item[name], re.ASCII) for name in COLUMNS[3:]):
            raise ValueError(f"has a row {number} whose figures are no numbers")
        if item["year"] == TOTAL:
            continue
        if not re.fullmatch(r"\d{4}\.(0[1-9]|1[0-2])", item["year"], re.ASCII):
            raise ValueError(f"has a row {number} whose year {item['year']!r} is no month")
        if not re.fullmatch(r"\d{6,10}", item["hsCd"], re.ASCII) or not re.fullmatch("[A-Z]{2}", item["statCd"]):
            raise ValueError(f"has a row {number} with hsCd {item['hsCd']!r} and statCd {item['statCd']!r}")
    for name in VALUES:
        totals = [Decimal(item[name]) for item in items if item["year"] == TOTAL]
        parts = sum(Decimal(item[name]) for item in items if item["year"] != TOTAL)
        if totals and totals != [parts]:
            raise ValueError(f"says {name} {totals[0]} in all, and its rows add up to {parts}")


def describe(items: Sequence[Item]) -> Answer:
    total = sum((Decimal(item[name]) for item in items for name in VALUES), Decimal(0))
    return Answer("data" if items else "empty", len(items), str(total))


def read_file(name: str, body: bytes, config: Config) -> list[tuple[Request, Answer]]:
    """Return what a body saved from the API holds; it covers the countries, codes and months in it.

    Raises `UsageError` for anything else.
    """
    try:
        items = read_items(body)
    except (ValueError, Broken, Refused, Oversized) as error:
        raise UsageError(f"{error}; bring a whole answer of nitemtrade/getNitemtradeList") from None
    months = [item for item in items if item["year"] != TOTAL]
    if not months:
        raise UsageError("has no rows, and so doesn't say what it is empty of: let `download` ask for that")
    economies, own = config.economies_by_code(SOURCE), config.sources[SOURCE].reporters
    countries = sorted({item["statCd"] for item in months})
    if unknown := [code for code in countries if code not in economies]:
        raise UsageError(f"country {unknown[0]} is in no row of economies.csv, column iso2: add it")
    codes, periods = sorted({item["hsCd"][:6] for item in months}), sorted({item["year"] for item in months})
    scope = Scope(
        reporters=own,
        partners=tuple(sorted({economies[code] for code in countries})),
        flows=("export", "import"),
        codes=tuple(codes),
        periods=tuple(period.replace(".", "-") for period in periods),
    )
    parts = {"countries": countries, "codes": codes, "periods": periods}
    listed = tuple((part, ",".join(values)) for part, values in parts.items())
    label = f"file-{periods[0]}-{periods[-1]}"
    return [(Request(SOURCE, "data", (("reporter", own[0]), *listed), scope, label=label), describe(items))]

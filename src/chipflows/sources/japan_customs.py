"""Japan's customs statistics: nine-digit codes by country and month, from the e-Stat API or in files brought by hand.

A question is for one six-digit code and one calendar year, as the API lists months as kinds of figures of a year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from chipflows.config import Config
from chipflows.errors import UsageError
from chipflows.raw.records import Answer, Request, Scope
from chipflows.raw.store import Store
from chipflows.sources.http import Broken, Oversized, Refused, Reply, Session, accept
from chipflows.sources.japan_bodies import AREA, Contents, read_estat, read_wide
from chipflows.sources.own_plan import Office, Parameters, codes_for, flow_codes, plan_requests, sent, wish_for
from chipflows.sources.planner import Oversize

SOURCE = "japan_customs"
TABLES = {
    ("1", 2001): "0003228116", ("1", 2006): "0003228117", ("1", 2011): "0003228118",
    ("1", 2016): "0003313965", ("1", 2021): "0003425293", ("1", 2026): "0004049306",
    ("2", 2001): "0003228183", ("2", 2006): "0003228184", ("2", 2011): "0003228185",
    ("2", 2016): "0003313966", ("2", 2021): "0003425294", ("2", 2026): "0004049326",
}  # fmt: skip
"""Tables of e-Stat (commodity by country) by direction and first of the five years that each holds."""

UNITS = ("100", "110")
"""Kinds of figures (cat02) that hold the units of the two quantities."""


def kinds(months: Sequence[int]) -> list[str]:
    """Return the kinds of figures of some months: two quantities and the value of each."""
    return [str(150 + 30 * (month - 1) + part) for month in months for part in (0, 10, 20)]


def table_of(direction: str, year: int) -> str:
    """Return e-Stat's table of a year; raises `UsageError` for a year that no known table holds."""
    first = 2001 + (year - 2001) // 5 * 5
    if (direction, first) not in TABLES:
        raise UsageError(f"no table of e-Stat is known for {year}: look it up there and add it to TABLES")
    return TABLES[direction, first]


def parameters(config: Config, scope: Scope) -> Parameters:
    """Return the parameters of a question for one code in months of one year."""
    [direction], periods, codes = flow_codes(config, SOURCE, scope.flows), scope.periods or (), scope.codes or ()
    return (
        ("path", "/rest/3.0/app/json/getStatsData"),
        ("reporter", config.sources[SOURCE].reporters[0]),
        ("direction", direction),
        ("lang", "E"),
        ("statsDataId", table_of(direction, int(periods[0][:4]))),
        ("cdArea", ",".join(AREA + code for code in codes_for(config, SOURCE, scope.partners))),
        ("cdCat01From", f"{codes[0]}000"),
        ("cdCat01To", f"{codes[-1]}999"),
        ("cdCat02", ",".join([*UNITS, *kinds([int(period[5:]) for period in periods])])),
        ("cdTime", f"{periods[0][:4]}000000"),
        ("metaGetFlg", "N"),
        ("limit", str(config.sources[SOURCE].limits.rows_per_call)),
    )


OFFICE = Office(SOURCE, 40, parameters, rows_per_cell=3, codes_per_call=1)


def plan(
    config: Config, store: Store, *, today: date, refresh: bool = False, oversized: Sequence[Oversize] = ()
) -> list[Request]:
    """Return what is still to be asked, nothing without a key; see `sources.SourceModule.plan`."""
    wishes = [wish_for(config, SOURCE, ("export",))]
    return plan_requests(OFFICE, wishes, config, store, today=today, refresh=refresh, oversized=oversized)


def request(session: Session, asked: Request) -> tuple[Reply, Answer]:
    """Return the reply to a request and what it holds; see `sources.SourceModule.request`."""
    path, parameters = sent(asked)

    def judge(reply: Reply) -> tuple[Reply, Answer]:
        return reply, check(asked, accept(reply).body)

    return session.get(session.address + path, parameters, judge=judge, keyed=True)


def check(asked: Request, body: bytes) -> Answer:
    """Return what a body of the API holds, its total in yen.

    Raises `Broken` for a damaged body or an error within the service, `Refused` for a refused key or figures that were
    not asked for, `Oversized` for a part of an answer.
    """
    try:
        contents = read_estat(body)
    except ValueError as error:
        raise Broken(f"an answer that {error}") from None
    scope, wanted = asked.scope, dict(asked.parameters)
    allowed: Mapping[str, set[str]] = {
        "country": {code.removeprefix(AREA) for code in wanted["cdArea"].split(",")},
        "code": set(scope.codes or ()),
        "kind": set(wanted["cdCat02"].split(",")),
        "year": {wanted["cdTime"][:4]},
    }
    found = {"country": contents.countries, "code": contents.codes, "kind": contents.kinds, "year": contents.years}
    for what, members in found.items():
        if strange := sorted(members - allowed[what]):
            raise Refused(f"{what} {strange[0]} was not asked for")
    return describe(contents)


def describe(contents: Contents) -> Answer:
    return Answer("data" if contents.rows else "empty", contents.rows, str(1000 * contents.total))


def read_file(name: str, body: bytes, config: Config) -> list[tuple[Request, Answer]]:
    """Return what a file holds: a body saved from the API, or a wide CSV of the customs' or e-Stat's file lists.

    It covers the countries and codes in it; of a CSV the months up to the last with any figure, as months to come are
    filled with zeros. Raises `UsageError` for anything else.
    """
    is_saved = body.lstrip()[:1] == b"{"
    try:
        contents = read_estat(body) if is_saved else read_wide(body)
    except (ValueError, Broken, Refused, Oversized) as error:
        raise UsageError(f"{error}; bring a CSV of commodity by country, or a whole answer of getStatsData") from None
    if not contents.rows or not contents.months:
        raise UsageError("holds no figures, and so doesn't say what it is empty of")
    if is_saved:
        contents.direction = next((one for (one, _), table in TABLES.items() if table == contents.table), "")
    words, economies = config.sources[SOURCE].flows, config.economies_by_code(SOURCE)
    if contents.direction not in words:
        raise UsageError(f"is table {contents.table!r}, direction {contents.direction!r}: neither exports nor imports")
    if unknown := sorted(contents.countries - set(economies)):
        listed = ", ".join(unknown[:20])
        raise UsageError(f"{len(unknown)} countries are in no row of economies.csv, column japan: {listed}: add them")
    own, codes = config.sources[SOURCE].reporters, sorted(contents.codes)
    periods = sorted(f"{year}-{month:02}" for year, month in contents.months)
    scope = Scope(
        reporters=own,
        partners=tuple(sorted({economies[code] for code in contents.countries})),
        flows=(words[contents.direction],),
        codes=tuple(codes),
        periods=tuple(periods),
    )
    parts = {"countries": contents.countries, "codes": codes, "periods": periods}
    listed_parts = tuple((part, ",".join(sorted(values))) for part, values in parts.items())
    own_words = (("reporter", own[0]), ("direction", contents.direction))
    label = f"file-{words[contents.direction]}-{periods[0]}-{periods[-1]}"
    return [(Request(SOURCE, "data", (*own_words, *listed_parts), scope, label=label), describe(contents))]

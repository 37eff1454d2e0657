"""Eurostat Comext: what EU member states say they export to Russia and the hubs, by HS code and month."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from chipflows.config import Config, months
from chipflows.errors import UsageError
from chipflows.raw.records import Answer, Request, Scope
from chipflows.raw.store import Store
from chipflows.sources.eurostat_csv import BRING, COORDINATES, DIMENSIONS, Contents, read_body
from chipflows.sources.eurostat_plan import SOURCE, address_of, plan_requests
from chipflows.sources.eurostat_ticket import Ticket, judge, wait_for
from chipflows.sources.http import Session
from chipflows.sources.planner import Oversize
from chipflows.sources.replies import Broken, Reply, unpack


def plan(
    config: Config, store: Store, *, today: date, refresh: bool = False, oversized: Sequence[Oversize] = ()
) -> list[Request]:
    """Return what is still to be asked; see `sources.SourceModule.plan`."""
    return plan_requests(config, store, today=today, refresh=refresh, oversized=oversized)


def request(session: Session, asked: Request) -> tuple[Reply, Answer]:
    """Return the reply to a request and what it holds, after waiting for it where Eurostat hands out a ticket.

    See `sources.SourceModule.request`.
    """

    def judged(reply: Reply) -> tuple[Reply, Answer] | Ticket:
        found = judge(reply)
        return found if isinstance(found, Ticket) else checked(asked, found)

    answer = session.get(address_of(session.address, asked), judge=judged)
    return checked(asked, wait_for(session, answer)) if isinstance(answer, Ticket) else answer


def checked(asked: Request, reply: Reply) -> tuple[Reply, Answer]:
    """Return a reply, without the gzip packing that Eurostat adds by itself, and what it holds; raises `Broken`."""
    if reply.body.startswith(b"\x1f\x8b"):
        reply = replace(reply, body=unpack(reply.body, "gzip"))
    return reply, check(asked, reply.body)


def check(asked: Request, body: bytes) -> Answer:
    """Return what a body holds; raises `Broken` for one that is damaged or holds lines that were not asked for."""
    try:
        contents = read_body(body)
    except ValueError as error:
        raise Broken(f"the answer {error}") from None
    key = dict(asked.parameters)["key"].split(".")
    wanted = {name: set(part.split("+")) for name, part in zip(DIMENSIONS, key, strict=True)}
    wanted["TIME_PERIOD"] = set(asked.scope.periods or ())
    for name, members in contents.members.items():
        if strange := sorted(members - wanted[name]):
            raise Broken(f"the answer holds {name} {strange[0]}, which was not asked for")
    return describe(contents)


def describe(contents: Contents) -> Answer:
    return Answer("data" if contents.rows else "empty", contents.rows, f"{contents.total:f}")


def read_file(name: str, body: bytes, config: Config) -> list[tuple[Request, Answer]]:
    """Return what an SDMX-CSV file holds and the question it answers, as far as its lines tell.

    A file can't tell what was asked and had no trade, so its scope is what has lines: its reporters, partners, flows
    and (six-digit) codes, in every month from its first to its last. A code without a line counts as not asked, never
    as zero; of a code with lines, all eight-digit parts are taken to be there. Raises `UsageError` for anything else.
    """
    try:
        contents = read_body(body)
    except ValueError as error:
        raise UsageError(f"{error}; {BRING}") from None
    if not contents.rows:
        raise UsageError("has no lines below the header, so it can't tell what was asked")
    members = contents.members
    scope = Scope(
        reporters=economies(config, "reporter", members["reporter"]),
        partners=economies(config, "partner", members["partner"]),
        flows=flows(config, members["flow"]),
        codes=tuple(sorted({code[:6] if len(code) == 8 and code.isdigit() else code for code in members["product"]})),
        periods=span(members["TIME_PERIOD"]),
    )
    parameters = tuple((part, "+".join(sorted(members[part]))) for part in COORDINATES)
    label = f"file-{min(members['TIME_PERIOD'])}-{max(members['TIME_PERIOD'])}"
    return [(Request(SOURCE, "data", parameters, scope, label=label), describe(contents))]


def economies(config: Config, part: str, codes: Iterable[str]) -> tuple[str, ...]:
    """Return economies by their codes in Comext; raises `UsageError` for a code that no economy has."""
    known = config.economies_by_code(SOURCE)
    if unknown := sorted(set(codes) - set(known)):
        raise UsageError(f"{part} {unknown[0]} is in no row of economies.csv, column comext or comext_also: add it")
    return tuple(sorted({known[code] for code in codes}))


def flows(config: Config, codes: Iterable[str]) -> tuple[str, ...]:
    known = config.sources[SOURCE].flows
    if unknown := sorted(set(codes) - set(known)):
        raise UsageError(f"flow {unknown[0]} is not in sources.toml, [{SOURCE}.flows]: add it")
    return tuple(sorted({known[code] for code in codes}))


def span(periods: Iterable[str]) -> tuple[str, ...]:
    """Return every month, and every year, between the first and the last in a file."""
    monthly = sorted(period for period in periods if len(period) == 7)
    yearly = sorted(period for period in periods if len(period) == 4)
    years = [str(year) for year in range(int(yearly[0]), int(yearly[-1]) + 1)] if yearly else []
    return (*years, *(months(monthly[0], monthly[-1]) if monthly else ()))

"""Calls that a download makes for the whole live scope, and a month later, against the fewest there could be."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from math import ceil, prod
from pathlib import Path
from types import SimpleNamespace

from bench.measure import Note, Row, at_most, below
from chipflows.config import Config, load_config
from chipflows.demo import wire_comext, wire_ecb, wire_hkma, wire_hongkong, wire_uk, wire_us
from chipflows.demo.generate import keyed
from chipflows.demo.published import Statistics
from chipflows.demo.settings import load_settings
from chipflows.demo.wire_comtrade import Comtrade
from chipflows.demo.world import World
from chipflows.paths import Paths, find_paths
from chipflows.raw.records import Answer, Request, Scope
from chipflows.raw.store import Store
from chipflows.sources import module_of
from chipflows.sources.account import lower_bound
from chipflows.sources.download import PRELIMINARY, Asking
from chipflows.sources.eurostat_csv import INDICATORS
from chipflows.sources.eurostat_plan import DAYS_AFTER_MONTH
from chipflows.sources.http import Reply, Session, url_of
from chipflows.sources.own_plan import Office, sent

FEWEST = "fewest by rows, caps and periods"
COUNTS = (
    "UN Comtrade is also asked, without a key, how many rows one month of every second year has: with that the calls "
    "with a key come out full"
)
BOXES = (
    "a call asks for every combination of its reporters, partners, codes and months: months that some reporters "
    "published anew and others did not need calls of their own, however few their rows"
)

MONTH = timedelta(days=28)
COMEXT = Office("eurostat_comext", DAYS_AFTER_MONTH, lambda *of: (), rows_per_cell=len(INDICATORS))
"""Eurostat's cap counts cells as other offices' caps do."""

Answering = Callable[[Request], tuple[bytes, Answer]]


def rows(home: Path, options: Namespace) -> Iterator[Row | Note]:
    """Yield the rows about calls: the real download, answered by the demo's world in place of the network."""
    paths = replace(find_paths("live"), home=home)
    config = load_config(paths.config)
    config = replace(config, sources={name: keyed(source) for name, source in config.sources.items()})
    settings = load_settings(config.folder)
    statistics = Statistics(World(config, settings))
    answering: dict[str, Answering] = {
        "comtrade": Comtrade(statistics).answer,
        "eurostat_comext": partial(wire_comext.answer, statistics),
        "hongkong_censtatd": partial(wire_hongkong.answer, statistics),
        "uk_hmrc": partial(wire_uk.answer, statistics),
        "us_census": partial(wire_us.answer, statistics),
        "fx": partial(wire_ecb.answer, settings),
        "hkma": partial(wire_hkma.answer, settings),
    }
    asked = [one for one in config.profile("live").sources if one in answering]
    lines = []
    for what, day, is_refresh in (
        ("calls for the full live scope", settings.retrieved - MONTH, False),
        ("calls for a monthly refresh", settings.retrieved, True),
    ):
        turns = [answered(paths, config, source, answering[source], day, is_refresh) for source in asked]
        bounds = [fewest(config, one) for one in turns]
        calls = sum(one.session.calls for one in turns)
        yield at_most(f"{what}, {len(asked)} sources", calls, "calls", FEWEST, sum(bounds), 1.1, COUNTS)
        counted = [(one, metered(one)) for one in turns if one.ledger is not None]
        made = sum(len(calls) for _, calls in counted)
        least = sum(lower_bound(calls, config.sources[one.source].limits, has_key=True) for one, calls in counted)
        yield at_most(f"{what}: those that count against a key's quota", made, "calls", FEWEST, least, 1.1, BOXES)
        if is_refresh:
            yield below("a monthly refresh: calls that count against a key's quota", made, "calls", 12)
        lines += [
            f"| {what} | {one.source} | {one.session.calls} | {bound} |"
            for one, bound in zip(turns, bounds, strict=True)
        ]
    others = ", ".join(one for one in config.profile("live").sources if one not in answering)
    text = (
        f"Answers are those of the demo's world, whose sizes are near published ones; it can't answer for {others}. "
        "Where an office limits what is asked (cells, codes, characters of an address) the fewest calls are counted by "
        "that limit; the `lower bound` of `chipflows plan` counts rows and periods alone. The whole scope of UN "
        "Comtrade at its real size is rehearsed by `pytest tests/test_live_sources.py -k whole`.\n\n"
    )
    yield Note(
        "Calls by source", text + "| what | source | calls | fewest |\n| --- | --- | --- | --- |\n" + "\n".join(lines)
    )


def metered(turn: Asking) -> list[tuple[Request, Answer]]:
    return [one for one in turn.received if one[0].kind not in PRELIMINARY]


def fewest(config: Config, turn: Asking) -> int:
    """Return the fewest calls in which a turn could have come: by rows and periods where the cap counts rows; where it
    counts what is asked (cells, codes, characters of the address), by that, for each year and kind of flow, which are
    never asked together.
    """
    limits = config.sources[turn.source].limits
    office = getattr(module_of(turn.source), "OFFICE", COMEXT if turn.source == COMEXT.source else None)
    if office is None:
        return lower_bound(turn.received, limits, has_key=True)
    groups: dict[tuple[object, ...], list[Scope]] = {}
    for request, _ in turn.received:
        scope = request.scope
        groups.setdefault((request.corridor, scope.flows, (scope.periods or ("",))[0][:4]), []).append(scope)
    bound = 0
    for group in groups.values():
        codes = tuple(dict.fromkeys(code for one in group for code in one.codes or ()))
        whole = replace(group[0], codes=codes)
        bound += max(
            ceil(len(codes) / office.codes_per_call),
            ceil(office.rows_per_cell * sum(map(cells, group)) / (limits.rows_per_call - 1)),
            ceil(len({period for one in group for period in one.periods or ()}) / limits.periods_per_call),
            ceil(by_address(config, office, whole)),
        )
    return bound


def cells(scope: Scope) -> int:
    parts = (scope.reporters, scope.partners, scope.flows, scope.codes, scope.periods)
    return prod(len(part) for part in parts if part)


def by_address(config: Config, office: Office, scope: Scope) -> float:
    """Return how many addresses the codes of a scope fill; what an address holds besides stands in each of them."""
    source, codes = config.sources[office.source], scope.codes or ()

    def characters(some: tuple[str, ...]) -> int:
        parameters = office.parameters(config, replace(scope, codes=some))
        path, told = sent(Request(office.source, "data", parameters)) if parameters else ("", [])
        return len(url_of(source.address() + path, told))

    each = (characters(codes) - characters(codes[:1])) / max(1, len(codes) - 1)
    return len(codes) * each / (source.limits.url_characters - characters(codes[:1]) + each)


def answered(paths: Paths, config: Config, source: str, answering: Answering, day: date, is_refresh: bool) -> Asking:
    """Return a source's turn of a download, as it went on a day with `answering` in place of the network."""
    asking = Asking(paths, config, source)
    asking.store = Store(paths.raw, now=lambda: datetime.combine(day, time(6), tzinfo=UTC))
    plan = asking.module.plan

    def request(session: Session, one: Request) -> tuple[Reply, Answer]:
        session.calls += 1
        body, answer = answering(one)
        if one.kind == "availability":
            body, answer = released_by(day, body, answer)
        return Reply(200, {}, body), answer

    def plan_of_the_day(*of: object, today: date, **settings: object) -> list[Request]:
        return plan(*of, today=day, **settings)

    asking.module = SimpleNamespace(plan=plan_of_the_day, request=request)
    asking.ask(is_refresh)
    if asking.missing:
        raise ValueError(f"{asking.summary()}: the demo's world did not answer")
    return asking


def released_by(day: date, body: bytes, answer: Answer) -> tuple[bytes, Answer]:
    """Return a list of releases as it stood on a day."""
    listed = json.loads(body)
    known = [one for one in listed["data"] if one["firstReleased"][:10] <= day.isoformat()]
    for one in known:
        if one["lastReleased"][:10] > day.isoformat():
            one["lastReleased"] = one["firstReleased"]
    listed |= {"data": known, "count": len(known)}
    return json.dumps(listed).encode(), Answer("data" if known else "empty", len(known))

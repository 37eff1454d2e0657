"""What is still to be asked of a customs office that reports its own trade only: one planner for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby

import numpy as np

from chipflows.config import Config, months
from chipflows.raw.records import Request, Scope
from chipflows.raw.store import Store
from chipflows.sources.http import url_of
from chipflows.sources.months import REFRESHED, ended_before
from chipflows.sources.packing import pack
from chipflows.sources.planner import Box, Grid, Oversize, cells_in, exact_boxes, overlap

CHANGE = 12
"""Months after an edition came into force in which an office may still use the one before."""

ANYONE = ("*",)
"""Stands for all partners on a grid: the office sends all of them whether asked or not."""

Parameters = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Wish:
    """Flows that come in one answer, and the partners wanted of them, None for all; `corridor` says what for."""

    flows: tuple[str, ...]
    partners: tuple[str, ...] | None
    corridor: str


@dataclass(frozen=True)
class Office:
    """How a customs office is asked.

    `days_after_month` is the days from the end of a month until it is published: an empty answer counts as no trade, so
    a month must not be asked before. `parameters` are those of a question; the first is the path, and `reporter` and
    `direction` are not sent (see `sent`). `rows_per_cell` is how many rows a cell (flow, partner, six-digit code,
    month) has at least where there is trade; `codes_per_call` how many codes may be asked at once. `is_strict` says
    that it refuses a whole question for a code that is not valid in its months.
    """

    source: str
    days_after_month: int
    parameters: Callable[[Config, Scope], Parameters]
    rows_per_cell: int = 1
    codes_per_call: int = 1000
    is_strict: bool = False


def plan_requests(
    office: Office,
    wishes: Sequence[Wish],
    config: Config,
    store: Store,
    *,
    today: date,
    refresh: bool,
    oversized: Sequence[Oversize],
) -> list[Request]:
    """Return the calls for every wanted cell that is not held, by wish and year; none without a key that is needed.

    A wish without a corridor or partners asks for nothing. With `refresh` the newest months are asked again. A call
    never crosses a year, nor so an edition of the Harmonized System. It asks the codes of the edition in force, and in
    the year of a change those of the one before too, unless the office is strict: a code that the office does not use
    yet (or any more) has no rows, and that is no zero.
    """
    source = config.sources[office.source]
    if source.is_locked():
        return []
    last = min(config.project.study.last_month(today), ended_before(today, office.days_after_month))
    periods = months(config.project.study.start, last)
    held = [record.asked for record in store.held(office.source) if record.kind == "data"]
    requests = []
    for wish in (one for one in wishes if one.corridor and one.partners != ()):
        for editions, year in years(config, periods, 0 if office.is_strict else CHANGE):
            grid = Grid(wish.flows, source.reporters, wish.partners or ANYONE, codes_of(config, editions), year)
            again = periods[-REFRESHED:] if refresh else ()
            requests += Asked(office, wish, config, grid, tuple(oversized)).requests(held, again)
    return requests


def years(
    config: Config, periods: Sequence[str], change: int = CHANGE
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield the editions in use and the months of every calendar year, in parts where they change within the year.

    For `change` months after an edition came into force, the one before it may still be in use.
    """
    editions = sorted(config.project.hs_editions, key=lambda edition: edition.in_force)

    def in_use(period: str) -> tuple[str, ...]:
        begun = [edition for edition in editions if edition.in_force <= period] or editions[:1]
        since = len(months(begun[-1].in_force, period))
        return tuple(dict.fromkeys(one.codes_as or one.id for one in begun[-2 if since <= change else -1 :]))

    for (_, used), year in groupby(periods, key=lambda period: (period[:4], in_use(period))):
        yield used, tuple(year)


def codes_of(config: Config, editions: Sequence[str]) -> tuple[str, ...]:
    """Return the six-digit codes to ask for in some editions."""
    wanted = (one for one in config.hs_codes if one.is_requested and one.hs_edition in editions and not one.is_heading)
    return tuple(sorted({one.hs6 for one in wanted}))


def wish_for(config: Config, source: str, flows: Sequence[str], flow: str = "export") -> Wish:
    """Return the wish for flows with every partner that a corridor names for `flow` and that the source has a code of.

    Corridors that need a key ask too much of UN Comtrade without one; they are left to it.
    """
    own = set(config.sources[source].reporters)
    partners: dict[str, None] = {}
    corridors = []
    for corridor in config.project.corridors:
        reporters = config.select(corridor.reporters)
        if flow in corridor.flows and not corridor.needs_key and (reporters is None or own & set(reporters)):
            corridors.append(corridor.id)
            partners |= dict.fromkeys(config.select(corridor.partners) or ())
    single = (config.economies[iso3] for iso3 in partners if iso3 not in own)
    known = tuple(one.iso3 for one in single if one.codes(source) and one.role != "group")
    return Wish(tuple(flows), known, "+".join(corridors))


def codes_for(config: Config, source: str, economies: Sequence[str] | None) -> list[str]:
    """Return every code under which a source knows some economies."""
    return [code for iso3 in economies or () for code in config.codes_of(source, iso3)]


def flow_codes(config: Config, source: str, flows: Sequence[str] | None) -> list[str]:
    """Return a source's codes of some flows."""
    return [code for code, flow in config.sources[source].flows.items() if flow in (flows or ())]


def sent(asked: Request) -> tuple[str, list[tuple[str, str]]]:
    """Return the path and the parameters of a request that are sent; what only staging needs is left out."""
    (_, path), *parameters = asked.parameters
    return path, [(name, value) for name, value in parameters if name not in ("reporter", "direction")]


@dataclass(frozen=True)
class Asked:
    """What one wish comes to in one year."""

    office: Office
    wish: Wish
    config: Config
    grid: Grid
    oversized: tuple[Oversize, ...]

    def requests(self, held: Sequence[Scope], again: Sequence[str]) -> list[Request]:
        """Return the calls for cells that no scope `held` covers, and for the months to be asked `again`."""
        missing = self.grid.newest(held) == 0
        missing |= missing.any(axis=0, keepdims=True)
        missing[..., np.isin(self.grid.periods, again)] = True
        return [self.question(part) for box in exact_boxes(missing) for part in pack(box, self.size)]

    @cached_property
    def large(self) -> list[Box]:
        boxes = (self.grid.box(one.scope) for one in self.oversized)
        return [box for box in boxes if cells_in(box)]

    def size(self, box: Box) -> float:
        """Return how large a call for a box is, 1 being the most: by codes, rows, length of address and experience."""
        asked, limits = self.question(box), self.config.sources[self.office.source].limits
        path, parameters = sent(asked)
        address = url_of(self.config.sources[self.office.source].address() + path, parameters)
        scope = asked.scope
        rows = self.office.rows_per_cell * cells_in(box) / len(box[-1]) * len(scope.periods or ())
        # Of a box that was too large, no more than half goes into one call.
        seen = (2 * overlap(box, one) / cells_in(one) for one in self.large)
        return max(
            len(scope.codes or ()) / self.office.codes_per_call,
            len(scope.periods or ()) / limits.periods_per_call,
            rows / (limits.rows_per_call - 1),
            len(address) / limits.url_characters,
            *seen,
        )

    def question(self, box: Box) -> Request:
        """Return the request for a box of cells, over every month between its first and its last."""
        scope = self.grid.scope(box, ("partners",) if self.wish.partners is None else ())
        first, *_, last = 2 * (scope.periods or ())
        scope = Scope(scope.reporters, scope.partners, scope.flows, scope.codes, months(first, last))
        parameters = self.office.parameters(self.config, scope)
        label = "-".join(dict.fromkeys((self.wish.flows[0], first, last)))
        return Request(self.office.source, "data", parameters, scope, self.wish.corridor, label)

"""What is still to be asked of UN Comtrade: availability, a count where it helps, and the missing boxes of trade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from math import ceil, prod

import numpy as np
from numpy.typing import NDArray

from chipflows.config import Config, Corridor, Limits, months
from chipflows.raw.records import Record, Request, Scope
from chipflows.raw.store import Store
from chipflows.sources.comtrade_body import rows_by_code
from chipflows.sources.comtrade_releases import SOURCE, Releases, availability_requests, compact, span
from chipflows.sources.estimate import Estimate, rate_by_period, weights_by_code
from chipflows.sources.http import url_of
from chipflows.sources.months import REFRESHED
from chipflows.sources.packing import joined, pack
from chipflows.sources.planner import Box, Grid, Oversize, allowed, cells_in, exact_boxes, slices_alike

PREVIEW, KEYED = "/public/v1/preview/C/M/HS", "/data/v1/get/C/M/HS"
NEWEST = 6
"""Answers that are read to learn how codes differ: the newest, as goods and editions change."""

FILLED = 0.97
"""How full a call is planned: estimates err, and an answer that reaches the cap is worth nothing."""

YEARS_APART = 2
"""A month is counted in every second year: what lies between is taken to be between, and the answers tell more."""

YEAR = 12
"""Months before today in which last months are asked again; older ones only when they were published anew."""

Parameters = tuple[tuple[str, str], ...]


def plan_requests(
    config: Config, store: Store, today: date, refresh: bool, oversized: Sequence[Oversize], has_key: bool
) -> list[Request]:
    """Return the requests for everything configured that is not held; see `comtrade.plan`."""
    periods = months(config.project.study.start, config.project.study.last_month(today))
    held = sorted(store.records(SOURCE), key=lambda record: record.retrieved_at)
    requests = availability_requests(periods, held, refresh)
    releases = Releases.read(config, store, held)
    earlier: list[Scope] = []
    for corridors in shared(config, has_key):
        quarry = Quarry(config, store, corridors, periods, held, releases, tuple(oversized), has_key)
        requests += quarry.requests(earlier, today.isoformat() if refresh else "")
        earlier.append(quarry.grid.scope(quarry.everything))
    return requests


def shared(config: Config, has_key: bool) -> list[tuple[Corridor, ...]]:
    """Return the corridors that may be asked, those with the same reporters and flows together: they share calls."""
    groups: dict[tuple[object, ...], list[Corridor]] = {}
    for corridor in config.project.corridors:
        if has_key or not corridor.needs_key:
            groups.setdefault((config.select(corridor.reporters), corridor.flows), []).append(corridor)
    return [tuple(group) for group in groups.values()]


@dataclass(frozen=True)
class Quarry:
    """Corridors that share their calls, and what is known of them."""

    config: Config
    store: Store
    corridors: tuple[Corridor, ...]
    periods: tuple[str, ...]
    held: Sequence[Record]
    releases: Releases
    oversized: tuple[Oversize, ...]
    has_key: bool

    @cached_property
    def grid(self) -> Grid:
        """The cells of all its corridors."""
        known = tuple(
            one.iso3 for one in self.config.economies.values() if one.comtrade and one.role not in ("group", "nes")
        )
        partners: dict[str, None] = {}
        for corridor in self.corridors:
            partners |= dict.fromkeys(self.partners(corridor))
        reporters = self.config.select(self.corridors[0].reporters)
        flows = self.corridors[0].flows
        return Grid(flows, reporters or known, tuple(partners), self.config.requested_codes(), self.periods)

    def partners(self, corridor: Corridor) -> tuple[str, ...]:
        chosen = self.config.select(corridor.partners)
        return chosen or tuple(one.iso3 for one in self.config.economies.values() if one.comtrade)

    @cached_property
    def everything(self) -> Box:
        return self.grid.box(Scope())

    @cached_property
    def limits(self) -> Limits:
        return allowed(self.config.sources[SOURCE].limits, self.has_key)

    @cached_property
    def answers(self) -> list[Record]:
        """The stored answers about trade, oldest first."""
        return [record for record in self.held if record.kind == "data"]

    def requests(self, earlier: Sequence[Scope], refresh_of: str) -> list[Request]:
        """Return the requests for missing cells that no `earlier` corridor wants; with a day, its refresh too."""
        newest = self.grid.newest([record.asked for record in self.answers])
        missing = (newest == 0) & (self.grid.newest(earlier) == 0)
        boxes = exact_boxes(missing)
        if refresh_of:
            oldest = np.where(newest == 0, np.iinfo(newest.dtype).max, newest).min(axis=(0, 2, 3))
            # A month that nobody has published yet is asked beside others: alone it would be a call without rows.
            boxes = joined([*boxes, *self.refreshed(oldest, refresh_of)], self.size)
        fewest = sum(ceil(len(box[-1]) / self.limits.periods_per_call) for box in boxes)
        parts = self.parts(boxes)
        if len(parts) > fewest and not self.seen_by_code:
            parts = self.parts([part for box in boxes for part in self.sounded(box)])
        counts = self.counts() if len(parts) > fewest and not self.seen else []
        return counts + [self.trade(part) for part in parts]

    def parts(self, boxes: Sequence[Box]) -> list[Box]:
        """Return the boxes cut into parts of a call each."""
        return [part for box in boxes for part in pack(box, self.size, self.estimate.weights)]

    def sounded(self, box: Box) -> list[Box]:
        """Return a box cut in two, of which the first holds every code in one call: it tells how codes differ."""
        *rest, periods = box
        together = next((at for at in range(len(periods), 0, -1) if self.size((*rest, periods[:at])) <= 1), 0)
        return [one for one in ((*rest, periods[:together]), (*rest, periods[together:])) if cells_in(one)]

    def refreshed(self, oldest: NDArray[np.int32], day: str) -> list[Box]:
        """Return boxes around every (reporter, period) that a refresh asks again, `oldest` being its oldest answer.

        That is what was published since that answer came in, wherever it lies, and the newest months of each reporter
        unless they were asked on the same day. Boxes may hold cells that need it not: that costs nothing, a call more
        would.
        """
        moments = np.array([*(record.retrieved_at for record in self.answers), "9999"], dtype=str)
        asked_at = moments[np.minimum(oldest, len(moments)) - 1]
        stale = (self.releases.since(self.grid) > asked_at) | (self.newest_months & (asked_at < day))
        flows, _, partners, codes, _ = self.everything
        by_reporter = [(group, np.flatnonzero(stale[group[0]])) for group in slices_alike(stale, 0)]
        by_period = [(np.flatnonzero(stale[:, group[0]]), group) for group in slices_alike(stale, 1)]
        ways = [
            joined([(flows, who, partners, codes, when) for who, when in pairs if len(who) and len(when)], self.size)
            for pairs in (by_reporter, by_period)
        ]
        return min(ways, key=lambda boxes: sum(ceil(self.size(box)) for box in boxes))

    @cached_property
    def newest_months(self) -> NDArray[np.bool_]:
        """Reporters × periods: the last months that each has published, as far as they lie within the last year."""
        published = self.published > 0
        later = np.cumsum(published[:, ::-1], axis=1)[:, ::-1]
        return published & (later <= REFRESHED) & (np.arange(len(self.periods)) >= len(self.periods) - YEAR)

    @cached_property
    def published(self) -> NDArray[np.float64]:
        """Reporters × periods: 1 where the source has figures; 1 everywhere as long as no list says so."""
        known = self.releases.since(self.grid) != ""
        return known.astype(np.float64) if known.any() else np.ones_like(known, dtype=np.float64)

    @cached_property
    def seen(self) -> list[tuple[Box, float]]:
        """Boxes of this grid whose number of rows is known, from answers and from counts."""
        # A file that a person brought has no corridor: it says what it has, not how dense the corridor is.
        records = [record for record in self.held if record.kind in ("data", "count") and record.corridor]
        boxes = [(self.grid.box(record.asked), record) for record in records]
        return [(box, record.rows * self.share(box, record.asked)) for box, record in boxes if cells_in(box)]

    @cached_property
    def seen_by_code(self) -> list[tuple[Box, NDArray[np.float64]]]:
        """The newest answers about cells of this grid, and how many rows each has of each code."""
        found: list[tuple[Box, NDArray[np.float64]]] = []
        for record in [record for record in reversed(self.answers) if record.corridor and record.rows]:
            box = self.grid.box(record.asked)
            if cells_in(box) and len(found) < NEWEST:
                counts = rows_by_code(self.store.folder / record.path)
                found.append((box, np.array([counts[code] for code in self.grid.codes], dtype=np.float64)))
        return found

    def share(self, box: Box, scope: Scope) -> float:
        """Return which part of a scope lies in a box of this grid: more may have been asked than is wanted now."""
        sizes = zip(box, (scope.flows, scope.reporters, scope.partners, scope.codes, scope.periods), strict=True)
        return prod(len(part) / len(names) for part, names in sizes if names is not None)

    @cached_property
    def estimate(self) -> Estimate:
        large = [(self.grid.box(one.scope), FILLED * one.rows) for one in self.oversized]
        weights = weights_by_code(self.published, len(self.grid.codes), self.seen_by_code)
        rate = rate_by_period(self.published, weights, self.seen, otherwise=1.0)
        return Estimate(self.published, rate, weights, [(box, rows) for box, rows in large if cells_in(box)])

    def size(self, box: Box) -> float:
        """Return how large a call for a box is, 1 being the most that one call takes."""
        limits = self.limits
        if len(box[-1]) > limits.periods_per_call:
            return len(box[-1]) / limits.periods_per_call
        rows = self.estimate.rows(box) / (FILLED * limits.rows_per_call)
        bare, names = self.characters
        length = bare + sum(int(lengths[part].sum()) for lengths, part in zip(names, box, strict=True))
        return max(rows, length / limits.url_characters)

    @cached_property
    def characters(self) -> tuple[int, list[NDArray[np.intp]]]:
        """How long an address is without the lists in it, and what each name adds to it, its comma included."""
        path, *parameters = self.parameters(Scope((), (), (), (), ()))
        bare = len(url_of(self.config.sources[SOURCE].address() + path[1], parameters))
        return bare, [np.array([len(self.spelt[name]) + 1 for name in names]) for names in self.grid.names]

    @cached_property
    def spelt(self) -> dict[str, str]:
        """Every name of the grid as Comtrade spells it."""
        flows, reporters, partners, codes, periods = self.grid.names
        flow_codes = {word: code for code, word in self.config.sources[SOURCE].flows.items()}
        economies = {one: self.config.code_of(SOURCE, one) for one in (*reporters, *partners)}
        months = {period: compact([period]) for period in periods}
        return economies | months | {flow: flow_codes[flow] for flow in flows} | {code: code for code in codes}

    def scope(self, box: Box) -> Scope:
        """Return a box in names, open where the configuration asks for all and the box has all."""
        is_open = {
            "reporters": self.config.select(self.corridors[0].reporters) is None,
            "partners": any(self.config.select(corridor.partners) is None for corridor in self.corridors),
        }
        return self.grid.scope(box, [name for name, is_all in is_open.items() if is_all])

    def parameters(self, scope: Scope) -> Parameters:
        """Return the parameters of a question for trade; the first is the path."""
        lists = {
            "reporterCode": scope.reporters,
            "partnerCode": scope.partners,
            "flowCode": scope.flows,
            "cmdCode": scope.codes,
            "period": scope.periods,
        }
        spelt = [
            (key, ",".join(self.spelt[name] for name in names)) for key, names in lists.items() if names is not None
        ]
        settings = [
            ("breakdownMode", "classic"),
            ("includeDesc", "true"),
            ("maxRecords", str(self.limits.rows_per_call)),
        ]
        return (("path", KEYED if self.has_key else PREVIEW), *spelt, *settings)

    def trade(self, box: Box) -> Request:
        """Return the request for the trade in a box."""
        scope = self.scope(box)
        reasons = [
            corridor.id
            for corridor in self.corridors
            if scope.partners is None or set(self.partners(corridor)) & set(scope.partners)
        ]
        corridor = "+".join(reasons)
        return Request(SOURCE, "data", self.parameters(scope), scope, corridor, f"{corridor}-{span(scope)}")

    def counts(self) -> list[Request]:
        """Return the questions how many rows a month has: of every second year, from the newest back, the one that
        most reporters published."""
        years: dict[str, list[int]] = {}
        for at, period in enumerate(self.periods):
            years.setdefault(period[:4], []).append(at)
        corridor = "+".join(corridor.id for corridor in self.corridors)
        requests = []
        for year in [*years.values()][::-YEARS_APART]:
            densest = max(year, key=lambda at: (self.published[:, at].sum(), at))
            scope = self.scope((*self.everything[:-1], np.array([densest])))
            asked = dict(self.parameters(scope)) | {"path": PREVIEW, "countOnly": "true"}
            label = f"count-{corridor}-{span(scope)}"
            requests.append(Request(SOURCE, "count", tuple(asked.items()), scope, corridor, label))
        return requests

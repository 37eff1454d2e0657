"""What to ask Eurostat Comext for: the cells that are wanted and not held, in few calls that it answers at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from math import prod

import numpy as np

from chipflows.config import Config, months
from chipflows.raw.records import Request, Scope
from chipflows.raw.store import Store
from chipflows.sources.eurostat_csv import DATAFLOW, INDICATORS
from chipflows.sources.http import url_of
from chipflows.sources.months import REFRESHED, ended_before
from chipflows.sources.packing import pack
from chipflows.sources.planner import Box, Grid, Oversize, cells_in, exact_boxes, overlap

SOURCE = "eurostat_comext"
FLOW = "export"
SHAPE = (("format", "SDMX-CSV"), ("compressed", "false"), ("lang", "EN"))

DAYS_AFTER_MONTH = 48
"""Days from the end of a month until it is published, in the middle of the month after next. An empty answer counts as
no trade, so a month must not be asked before."""


def plan_requests(
    config: Config, store: Store, *, today: date, refresh: bool = False, oversized: Sequence[Oversize] = ()
) -> list[Request]:
    """Return the calls for every wanted cell that is not held, by year; see `sources.SourceModule.plan`.

    Every call stays below the number of cells (reporters × partners × codes × indicators × months) up to which
    Eurostat answers at once. With `refresh` the newest months are asked again.
    """
    corridors, partners = wanted_partners(config)
    last = min(config.project.study.last_month(today), ended_before(today, DAYS_AFTER_MONTH))
    periods = months(config.project.study.start, last)
    grid = Grid((FLOW,), config.sources[SOURCE].reporters, partners, config.requested_codes(), periods)
    missing = grid.newest([record.asked for record in store.held(SOURCE) if record.kind == "data"]) == 0
    if refresh:
        missing[..., -REFRESHED:] = True
    large = [grid.box(one.scope) for one in oversized]

    def size(box: Box) -> float:
        return size_of(config, grid, box, large)

    return [
        question(config, contiguous(grid.scope(part)), corridors)
        for year in years(periods)
        for box in exact_boxes(missing & np.isin(periods, year))
        for part in pack(box, size)
    ]


def years(periods: Sequence[str]) -> list[list[str]]:
    """Return months grouped by calendar year."""
    return [list(year) for _, year in groupby(periods, key=lambda period: period[:4])]


def wanted_partners(config: Config) -> tuple[str, tuple[str, ...]]:
    """Return the corridors that EU members take part in, and all their partners that Comext knows."""
    members, corridors = set(config.sources[SOURCE].reporters), []
    partners: dict[str, None] = {}
    for corridor in config.project.corridors:
        reporters = config.select(corridor.reporters)
        if FLOW in corridor.flows and (reporters is None or members & set(reporters)):
            corridors.append(corridor.id)
            partners |= dict.fromkeys(config.select(corridor.partners) or ())
    return "+".join(corridors), tuple(one for one in partners if config.economies[one].codes(SOURCE))


def size_of(config: Config, grid: Grid, box: Box, large: Sequence[Box]) -> float:
    """Return how large a call for a box is, 1 being the most: by cells, by length of its address, by experience."""
    scope, limits = contiguous(grid.scope(box)), config.sources[SOURCE].limits
    partner_codes = sum(len(config.codes_of(SOURCE, one)) for one in scope.partners or ())
    positions = (scope.reporters, scope.codes, INDICATORS, scope.periods)
    cells = partner_codes * prod(len(part or ()) for part in positions)
    address = address_of(config.sources[SOURCE].address(), question(config, scope, ""))
    # Of a box that was too large, no more than half goes into one call.
    seen = (2 * overlap(box, one) / cells_in(one) for one in large if cells_in(one))
    return max(cells / (limits.rows_per_call - 1), len(address) / limits.url_characters, *seen)


def contiguous(scope: Scope) -> Scope:
    """Return a scope with every month between its first and last, which is what one call answers."""
    periods = scope.periods or ()
    return Scope(scope.reporters, scope.partners, scope.flows, scope.codes, months(periods[0], periods[-1]))


def question(config: Config, scope: Scope, corridor: str) -> Request:
    """Return the request for a box of cells; of a partner under all its codes, older ones too."""
    flow = next(code for code, flow in config.sources[SOURCE].flows.items() if flow == FLOW)
    key = (
        ["M"],
        [config.code_of(SOURCE, one) for one in scope.reporters or ()],
        [code for one in scope.partners or () for code in config.codes_of(SOURCE, one)],
        scope.codes or (),
        [flow],
        INDICATORS,
    )
    first, *_, last = 2 * (scope.periods or ())
    parameters = (
        ("dataflow", DATAFLOW),
        ("key", ".".join("+".join(part) for part in key)),
        ("startPeriod", first),
        ("endPeriod", last),
        *SHAPE,
    )
    return Request(SOURCE, "data", parameters, scope, corridor, label="-".join(dict.fromkeys((first, last))))


def address_of(base: str, asked: Request) -> str:
    """Return the whole address of a request."""
    (_, dataflow), (_, key), *parameters = asked.parameters
    return url_of(f"{base}/sdmx/2.1/data/{dataflow}/{key}", parameters)

"""The whole live scope of UN Comtrade, planned and asked by the real loop; only the transport is a sum over arrays."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from chipflows.config import Config, months
from chipflows.paths import Paths
from chipflows.raw.records import Answer, Request
from chipflows.raw.store import Store
from chipflows.sources import comtrade, download
from chipflows.sources.account import lower_bound
from chipflows.sources.comtrade_plan import Quarry, shared
from chipflows.sources.comtrade_releases import Releases
from chipflows.sources.http import Oversized, Reply, Session
from chipflows.sources.planner import Grid
from standin.comtrade_wire import availability_row

FILL = {"russia_supply": 0.05, "china_to_hubs": 0.62, "coalition_to_hubs": 0.4, "hub_imports": 0.3}
"""Rows per cell (reporter, partner, code, month) of what is published: China 65 %, the coalition 35 to 55 % at most."""

MONTHLY = 90
"""Reporters that deliver months, beside the coalition, China and Hong Kong."""

STOPPED = ("RUS", "BLR")


@dataclass(frozen=True)
class Calls:
    """Calls with a key that a run took, and the fewest that rows, caps and periods allow."""

    made: int
    fewest: int


@dataclass
class World:
    """A made-up archive: who trades what with whom at which density, and what is published by when."""

    config: Config
    seed: int
    released: dict[tuple[str, str], int] = field(default_factory=dict)
    asked: int = 0

    def __post_init__(self) -> None:
        self.draw = np.random.default_rng(self.seed)
        self.periods = months(self.config.project.study.start, self.config.project.study.end)
        names = [
            one.iso3 for one in self.config.economies.values() if one.comtrade and one.role not in ("group", "nes")
        ]
        always = {*(self.config.select(["role:coalition"]) or ()), *self.config.project.study.focal_origins}
        self.monthly = sorted(always | set(self.draw.choice(names, MONTHLY, replace=False)))
        self.lag = dict(zip(self.monthly, self.draw.choice([1, 2, 2, 2, 3, 3, 4, 5], len(self.monthly)), strict=True))

    @cached_property
    def trade(self) -> dict[str, tuple[Grid, NDArray[np.bool_]]]:
        """By first corridor: its cells, and which of them have a row once they are published."""
        found = {}
        for corridors in shared(self.config, has_key=True):
            store = Store(Path("/nowhere"))
            grid = Quarry(self.config, store, corridors, self.periods, [], Releases({}), (), True).grid
            found[corridors[0].id] = grid, self.rows(grid, FILL[corridors[0].id])
        return found

    def rows(self, grid: Grid, fill: float) -> NDArray[np.bool_]:
        """Draw which cells have a row: economies and codes differ, density grows by a fifth over the study."""
        _, *sides, periods = grid.shape
        factors = [self.draw.lognormal(0, spread, size) for spread, size in zip((1, 0.7, 0.7), sides, strict=True)]
        odds = np.einsum("r,p,c,t->rpct", *factors, np.linspace(0.9, 1.1, periods))
        low, high = 1e-6, 1e6
        while high / low > 1.001:
            middle = (low * high) ** 0.5
            low, high = (middle, high) if np.mean(odds * middle / (1 + odds * middle)) < fill else (low, middle)
        drawn = self.draw.random((len(grid.flows), *odds.shape), dtype=np.float32) < odds * low / (1 + odds * low)
        drawn[1:] &= self.draw.random(drawn[1:].shape, dtype=np.float32) < 0.1
        return drawn & self.valid(grid)

    def valid(self, grid: Grid) -> NDArray[np.bool_]:
        """Which codes a reporter can use in a month: it changes to HS2022 in January 2022 or up to a year later."""
        editions: dict[str, set[str]] = {}
        for code in self.config.hs_codes:
            editions.setdefault(code.hs6, set()).add(code.hs_edition)
        change = self.draw.choice(months("2022-01", "2022-12"), len(grid.reporters), p=[0.5, *[0.5 / 11] * 11])
        is_new = np.array([[period >= since for period in grid.periods] for since in change])
        of_old, of_new = (np.array([edition in editions[code] for code in grid.codes]) for edition in ("H5", "H6"))
        return np.where(is_new[:, None, None, :], of_new[:, None], of_old[:, None])[None]

    def publish(self, until: str) -> None:
        """Publish what each reporter has by the end of a month, some months after its own."""
        for reporter in self.monthly:
            last = self.periods.index("2021-12") if reporter in STOPPED else self.periods.index(until)
            for period in self.periods[: last + 1 - self.lag[reporter]]:
                self.released.setdefault((reporter, period), 1)

    def revise(self, share: float) -> None:
        """Publish a share of the months of the last year anew, and four months of one reporter from years ago."""
        recent = set(self.periods[-14:])
        for cell in [cell for cell in self.released if cell[1] in recent and self.draw.random() < share]:
            self.released[cell] += 1
        for period in months("2023-04", "2023-07"):
            self.released["FRA", period] += 1

    def answer(self, session: Session, asked: Request) -> tuple[Reply, Answer]:
        """Answer as the source would, with no more in a body than the planner reads of it."""
        nonce = f"{time.perf_counter_ns()}"
        if asked.kind == "availability":
            rows = [
                availability_row(
                    "M", int(self.config.code_of("comtrade", who)), when.replace("-", ""), sign, RELEASED, False
                )
                for (who, when), sign in self.released.items()
                if when in (asked.scope.periods or ())
            ]
            return Reply(200, {}, f'{{"elapsedTime":"{nonce}","data":[{",".join(rows)}]}}'.encode()), Answer(
                "data", len(rows)
            )
        grid, drawn = self.trade[asked.corridor.split("+")[0]]
        box = grid.box(asked.scope)
        out = np.array([[(who, when) in self.released for when in grid.periods] for who in grid.reporters])
        held = drawn[np.ix_(*box)] & out[np.ix_(box[1], box[4])][None, :, None, None, :]
        by_code = zip(grid.scope(box).codes or (), held.sum(axis=(0, 1, 2, 4)), strict=True)
        if asked.kind == "count":
            return Reply(200, {}, nonce.encode()), Answer("data", int(held.sum()))
        self.asked += 1
        if held.sum() >= self.config.sources["comtrade"].limits.rows_per_call:
            raise Oversized("cut")
        body = "".join(f'"cmdCode":"{code}"' * int(rows) for code, rows in by_code) + nonce
        return Reply(200, {}, body.encode()), Answer("data", int(held.sum()))


RELEASED = "2026-01-05T10:53:32.8266667"


def rehearse(paths: Paths, config: Config, patch: pytest.MonkeyPatch, seed: int = 1) -> tuple[Calls, Calls]:
    """Return the calls of a first download of everything in a live configuration, and of a refresh a month later.

    In between every reporter published a month, and a quarter of the months of the last year were published anew.
    """
    patch.setenv("CHIPFLOWS_COMTRADE_KEY", "a-key")
    world = World(config, seed)
    patch.setattr(comtrade, "request", world.answer)
    world.publish(world.periods[-2])
    first = run(world, paths, patch, refresh=False, day=datetime(2026, 11, 26, tzinfo=UTC))
    world.publish(world.periods[-1])
    world.revise(0.25)
    return first, run(world, paths, patch, refresh=True, day=datetime(2026, 12, 26, tzinfo=UTC))


def run(world: World, paths: Paths, patch: pytest.MonkeyPatch, *, refresh: bool, day: datetime) -> Calls:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> Clock:
            return cls(day.year, day.month, day.day, tzinfo=UTC)

    ticks = iter(range(10**6))
    patch.setattr(download, "datetime", Clock)
    patch.setattr(download, "Store", partial(Store, now=lambda: day + timedelta(seconds=next(ticks))))
    world.asked = 0
    asking = download.Asking(paths, world.config, "comtrade")
    asking.ask(refresh)
    assert not asking.missing, asking.reasons
    data = [(request, answer) for request, answer in asking.received if request.kind == "data"]
    return Calls(world.asked, lower_bound(data, world.config.sources["comtrade"].limits, has_key=True))

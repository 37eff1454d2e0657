"""What a customs office says of its own trade: the same flows as UN Comtrade has, in its own money, nearly alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from chipflows.demo.chance import Floats, Keys, key, keys, mixed, normal, spread, uniform
from chipflows.demo.published import Statistics
from chipflows.demo.rows import Rows
from chipflows.demo.settings import Disagreement
from chipflows.demo.wire_ecb import rates
from chipflows.demo.world import EXPORT
from chipflows.raw.records import Scope


class Told(NamedTuple):
    """One figure: its value in whole units of the office's money, weight, and number of pieces (0 where not counted).

    `share` is the part (0.3 to 0.7) that falls to the first of two finer codes; `chance` is for the office to use.
    """

    month: str
    partner: str
    code: str
    unit: str
    value: int
    kilograms: int
    pieces: int
    share: float
    chance: float


@dataclass(frozen=True)
class Office:
    """A source that speaks for reporters of its own, in `currency` (as configured, unless a file is in another)."""

    statistics: Statistics
    source: str
    currency: str = ""

    def told(self, reporter: str, scope: Scope, flow: str = EXPORT) -> list[Told]:
        """Return what the office says of a flow within a box, in the order of month, partner and code."""
        statistics = self.statistics
        rows = statistics.select(reporter, flow, scope)
        partners = statistics.world.partners(reporter, flow)
        months, towards = (
            [names[at] for at in places.tolist()]
            for names, places in ((statistics.months, rows.at), (partners, rows.partner))
        )
        codes, lines = statistics.codes(rows), statistics.places(rows).tolist()
        flow_cell = mixed(key(reporter), keys(partners)[rows.partner], keys(statistics.months)[rows.at])
        cell = mixed(flow_cell, statistics.code_keys(rows))
        factor = [self.factor(*one) for one in zip(months, towards, codes, strict=True)]
        # Codes differ together with their heading, which stays their sum.
        usd = self.usd(rows, mixed(flow_cell, statistics.code_keys(rows, digits=4))) * np.array(factor)
        value = np.floor(usd * self.per_usd()[rows.at] + 0.5).astype(np.int64)
        share, chance = (uniform(mixed(statistics.world.seed(purpose), cell)) for purpose in ("parts", self.source))
        units = [statistics.all_lines[at].unit if has else "" for at, has in zip(lines, rows.has_unit, strict=True)]
        columns = (value, (rows.grams + 500) // 1000, rows.thousandths // 1000, 0.3 + 0.4 * share, chance)
        told = zip(months, towards, codes, units, *(one.tolist() for one in columns), strict=True)
        return [Told(*one) for one in told]

    def factor(self, month: str, partner: str, code: str) -> float:
        """Return by how much the value of a cell differs as settings plant it."""
        for one in self.disagreements:
            if one.start <= month <= one.end and one.partner == partner and code.startswith(one.heading):
                return one.factor
        return 1.0

    @cached_property
    def disagreements(self) -> list[Disagreement]:
        return [one for one in self.statistics.settings.disagreement if one.source == self.source]

    def usd(self, rows: Rows, cell: Keys) -> Floats:
        """Return values in dollars as the office sees them: with scatter, and partly booked a month later."""
        settings = self.statistics.settings
        sigma, late = settings.differs.get(self.source, 0.0), settings.booked_later.get(self.source, 0.0)
        scattered = spread(normal(mixed(self.statistics.world.seed(self.source), cell)), sigma)
        usd: Floats = rows.cents / 100.0 * scattered
        return self.later(rows, usd, late)

    def later(self, rows: Rows, usd: Floats, share: float) -> Floats:
        """Move a share of every cell to the next month, within a year and where that month has the cell too."""
        months = self.statistics.months
        cells = (rows.partner * len(self.statistics.all_lines) + self.statistics.places(rows)) * len(months) + rows.at
        order = np.argsort(cells, kind="stable")
        ordered = cells[order]
        after = np.minimum(np.searchsorted(ordered, cells + 1), max(len(ordered) - 1, 0))
        is_december = np.array([month.endswith("-12") for month in months])[rows.at]
        moves = ~is_december & (ordered[after] == cells + 1) if len(rows) else is_december
        moved = np.where(moves, usd * share, 0.0)
        booked = usd - moved
        np.add.at(booked, order[after[moves]], moved[moves])
        return booked

    def per_usd(self) -> Floats:
        """Return units of the office's money per dollar, by month."""
        settings, months = self.statistics.settings, self.statistics.months
        currency = self.currency or self.statistics.world.config.sources[self.source].currency
        if currency == "USD":
            return np.ones(len(months))
        dollars = np.array([float(one) for one in rates(settings, "USD", months)])
        if currency == "EUR":
            return 1.0 / dollars
        units: Floats = np.array([float(one) for one in rates(settings, currency, months)]) / dollars
        return units

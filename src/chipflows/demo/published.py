"""What reporters make of the truth: cents, grams and pieces by code and edition, with gaps, splits and estimates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, cached_property
from typing import Any

import numpy as np

from chipflows.demo.chance import Floats, Keys, key, keys, mixed, normal, spread, uniform
from chipflows.demo.goods import Line, lines_of
from chipflows.demo.rows import Places, Rows, inside, split_evenly
from chipflows.demo.targets import Cents, exactly
from chipflows.demo.world import EXPORT, IMPORT, RE_EXPORT, WORLD, World
from chipflows.raw.records import Scope

ROWS_PER_FLOW = 20
"""A month's row may be this many times smaller than the smallest mean of a flow."""


class Statistics:
    """The published side of a world: `rows(reporter, flow)` is all that a reporter says it exported or imported."""

    def __init__(self, world: World) -> None:
        self.world, self.settings = world, world.settings
        # Which flows are large enough to be told must not depend on the strength of the response.
        in_full = replace(self.settings, backfill=1.0)
        self.reference = world if in_full == self.settings else World(world.config, in_full)
        self.lines = lines_of(world.config, world.goods)
        self.editions = tuple(self.lines)
        self.rows, self.sent = cache(self._rows), cache(self._sent)

    @cached_property
    def dated(self) -> Statistics:
        """The same world where every reporter adopts an edition on its day, as customs offices are asked."""
        return Statistics(World(self.world.config, replace(self.settings, adoption=())))

    @property
    def months(self) -> tuple[str, ...]:
        return self.world.months

    def edition(self, reporter: str) -> list[str]:
        """Return the edition a reporter uses in every month of the world."""
        own = {one.hs_edition: one.since for one in self.settings.adoption if one.reporter == reporter}
        known = sorted(self.world.config.project.hs_editions, key=lambda one: one.in_force)
        since = {one.id: own.get(one.id, one.in_force) or "9999-12" for one in known}
        return [[one for one in since if since[one] <= month][-1] for month in self.world.months]

    def _rows(self, reporter: str, flow: str = EXPORT) -> Rows:
        """Return a reporter's rows of a flow: exports, the re-exports among them where it tells them apart, imports."""
        if flow == EXPORT:
            return self.exports(reporter)
        if flow == IMPORT and self.world.partners(reporter, IMPORT):
            return self.imports(reporter)
        rows, share = self.rows(reporter, EXPORT), self.settings.re_exports.get(reporter, 0.0)
        if flow != RE_EXPORT or not share:
            return rows.where(slice(0))
        chance = uniform(mixed(self.world.seed(flow), key(reporter), keys(self.months)))[rows.at]
        part = share + (1.0 - share) / 2 * chance
        less = {name: np.floor(getattr(rows, name) * part).astype(np.int64) for name in ("cents", "grams")}
        pieces = np.floor(rows.thousandths / 1000 * part).astype(np.int64) * 1000
        return replace(rows, **less, thousandths=pieces)

    def select(self, reporter: str, flow: str, scope: Scope) -> Rows:
        """Return a reporter's rows within a box; the box's reporters and flows are left to the caller."""
        rows = self.rows(reporter, flow)
        within = inside(self.months, scope.periods)[rows.at]
        within &= inside(self.world.partners(reporter, flow), scope.partners)[rows.partner]
        within &= inside([line.code for line in self.all_lines], scope.codes)[self.places(rows)]
        return rows.where(within)

    def codes(self, rows: Rows) -> list[str]:
        """Return the code of every row."""
        return [self.all_lines[place].code for place in self.places(rows).tolist()]

    def code_keys(self, rows: Rows, digits: int = 6) -> Keys:
        return keys(line.code[:digits] for line in self.all_lines)[self.places(rows)]

    @cached_property
    def all_lines(self) -> list[Line]:
        """The lines of all editions, one edition after the other."""
        return [line for lines in self.lines.values() for line in lines]

    def places(self, rows: Rows) -> Places:
        """Return the place of every row's line among all lines."""
        sizes = [len(lines) for lines in self.lines.values()]
        return np.cumsum([0, *sizes])[rows.edition] + rows.line

    def exports(self, reporter: str) -> Rows:
        """Return the exports of a reporter, the world total among its partners where corridors ask for it."""
        partners, published = self.world.partners(reporter), ~self.world.silent(reporter)
        amounts = tuple(one * published for one in self.sent(reporter))
        for one in amounts:
            split_evenly(one, self.world.months, self.settings.split_evenly_since.get(reporter))
            if WORLD in partners:
                one[partners.index(WORLD)] = one.sum(axis=0)
        return self.with_oddities(reporter, EXPORT, self.by_edition(reporter, *amounts))

    def imports(self, reporter: str) -> Rows:
        """Return what a reporter says came in from others: what they sent, less what was lost, freight added."""
        world, partners = self.world, self.world.partners(reporter, IMPORT)
        shape = len(partners), len(world.goods), len(world.months)
        cents, grams, thousandths = (np.zeros(shape, dtype=np.int64) for _ in range(3))
        lost = world.hubs[reporter].lost if reporter in world.hubs else 0.0
        for place, exporter in enumerate(partners):
            if exporter in world.exporters and reporter in world.partners(exporter):
                trade, at = world.trade(exporter), world.partners(exporter).index(reporter)
                part = trade.surge[at] / np.where(trade.usd[at] > 0, trade.usd[at], 1.0)
                arrived = (1.0 - lost * part) * ~world.silent(reporter)
                values = arrived * self.settings.cif * self.import_noise(reporter, exporter)
                for into, sent, factor in zip(
                    (cents, grams, thousandths), self.sent(exporter), (values, arrived, arrived), strict=True
                ):
                    into[place] = np.floor(sent[at] * factor + 0.5)
        is_weight = np.array([good.unit == "kg" for good in world.goods])[:, None]
        thousandths = np.where(is_weight, thousandths, thousandths // 1000 * 1000)
        return self.with_oddities(reporter, IMPORT, self.by_edition(reporter, cents, grams, thousandths))

    def import_noise(self, reporter: str, exporter: str) -> Floats:
        """Return how far the two sides of a flow differ, goods × months: factors with mean 1."""
        what = keys(good.name for good in self.world.goods)
        cells = mixed(self.world.seed(IMPORT), key(reporter), key(exporter), what)
        return spread(normal(mixed(cells[:, None], keys(self.months))), self.settings.scatter["mirror"])

    def by_edition(self, reporter: str, *amounts: Cents) -> Rows:
        """Return the rows of a reporter in the codes of the edition it uses in each month."""
        used = self.edition(reporter)
        spans = {edition: [at for at, one in enumerate(used) if one == edition] for edition in used}
        parts = [self.by_code(reporter, edition, at, *amounts) for edition, at in spans.items()]
        return parts[0].joined(*parts[1:])

    def _sent(self, reporter: str) -> tuple[Cents, Cents, Cents]:
        """Return cents, grams and thousandths of the unit, partners × goods × months, silent months included."""
        partners, cents = self.world.partners(reporter), self.cents(reporter)
        grams = self.grams(reporter, partners, cents)
        return cents, grams, self.thousandths(reporter, partners, cents, grams)

    def cents(self, reporter: str) -> Cents:
        """Return values in cents, partners × goods × months: none that are too small, totals exact."""
        trade, world = self.world.trade(reporter), self.world
        limit = self.smallest(reporter, trade.partners)
        usd = self.reference.trade(reporter).usd
        means = [usd[..., : world.war].mean(axis=-1), usd[..., world.war :].mean(axis=-1)]
        least = limit[:, None] * np.array([self.settings.detail[good.kind] for good in world.goods])
        is_flow = np.maximum(*means) >= least
        shown = is_flow[..., None] & (trade.usd * ROWS_PER_FLOW >= least[..., None])
        cents = np.where(shown, np.floor(trade.usd * 100 + 0.5), 0).astype(np.int64)
        for (partner, heading), targets in trade.settled.items():
            at = trade.partners.index(partner)
            goods = [place for place, good in enumerate(world.goods) if good.name.startswith(heading)]
            for target in targets:
                box = np.ix_([at], goods, target.at)
                cents[box] = exactly(trade.usd[box], target.usd, limit[at] / ROWS_PER_FLOW)
        return cents

    def smallest(self, reporter: str, partners: Sequence[str]) -> Floats:
        """Return the monthly mean in US dollars below which a flow is left out, by partner."""
        group = self.world.group(reporter)
        smallest, sizes = self.settings.smallest_flow_usd[group], self.settings.market.get(group, {"default": 1.0})
        to = [sizes.get(one, sizes["default"]) for one in partners]
        limit = [smallest[one if one in smallest else "default"] for one in partners]
        return np.array(limit) * np.sqrt(np.minimum(to, 1.0))

    def grams(self, reporter: str, partners: Sequence[str], cents: Cents) -> Cents:
        per_kg = self.per_heading(self.settings.usd_per_kg) * self.price(reporter, partners, "weight")
        return np.floor(cents * 10.0 / per_kg + 0.5).astype(np.int64)

    def thousandths(self, reporter: str, partners: Sequence[str], cents: Cents, grams: Cents) -> Cents:
        """Return quantities in thousandths of each good's standard unit: whole pieces, or the weight."""
        per_piece = self.per_heading(self.settings.usd_per_unit) * self.price(reporter, partners, "pieces")
        pieces = np.floor(cents / (100.0 * per_piece) + 0.5).astype(np.int64)
        is_weight = np.array([good.unit == "kg" for good in self.world.goods])[:, None]
        return np.where(is_weight, grams, np.maximum(pieces, cents > 0) * 1000)

    def per_heading(self, prices: Any) -> Floats:
        """Return a price for every good, as a column: that of its heading, and codes differ."""
        level = np.array([prices.get(good.heading, prices["default"]) for good in self.world.goods])
        what = keys(good.name for good in self.world.goods)
        sigma = self.settings.scatter["good"]
        return (level * spread(normal(mixed(self.world.seed("price"), what)), sigma))[:, None]

    def price(self, reporter: str, partners: Sequence[str], purpose: str) -> Floats:
        """Return the factor on prices: drift, the mark-up that some destinations pay, and scatter."""
        world, sigma = self.world, self.settings.scatter["price"]
        markup = 1.0 + self.settings.backfill * (world.trend("markup", reporter, partners) - 1.0)
        what = keys(good.name for good in world.goods)
        cells = mixed(world.seed(purpose), key(reporter), keys(partners)[:, None], what)
        scatter = spread(normal(mixed(cells, key("cell"))), sigma)[..., None]
        monthly = spread(normal(mixed(cells[..., None], keys(world.months))), sigma)
        return world.trend("drift", reporter, partners) * markup * scatter * monthly

    def by_code(self, reporter: str, edition: str, at: list[int], *amounts: Cents) -> Rows:
        """Return the rows of the months `at`, summed from goods to the codes of an edition."""
        lines = self.lines[edition]
        hidden = 1.0 + self.settings.confidential.get(reporter, 0.0)
        cents, grams, thousandths = (
            np.stack([one[:, list(line.goods)][..., at].sum(axis=1) for line in lines], axis=-1).transpose(1, 0, 2)
            for one in amounts
        )
        is_heading = np.array([len(line.code) == 4 for line in lines])
        cents = np.where(is_heading, np.floor(cents * hidden + 0.5).astype(np.int64), cents)
        month, partner, line = np.nonzero(cents)
        place = self.editions.index(edition)
        chosen = month, partner, line
        return Rows(
            at=np.array(at)[month],
            partner=partner,
            edition=np.full(len(line), place),
            line=line,
            cents=cents[chosen],
            grams=grams[chosen],
            thousandths=np.where(is_heading, 0, thousandths)[chosen],
            is_estimated=np.zeros(len(line), dtype=bool),
            has_unit=~is_heading[line],
        )

    def with_oddities(self, reporter: str, flow: str, rows: Rows) -> Rows:
        """Return the rows with some weights estimated, some quantities missing, and of those some without a unit."""
        partners, months = keys(self.world.partners(reporter, flow)), keys(self.months)
        cell = mixed(key(reporter), partners[rows.partner], self.code_keys(rows), months[rows.at])
        share = self.settings.estimated.get(reporter, self.settings.estimated["default"])
        luck = uniform(mixed(self.world.seed("quantity"), cell))
        has_unit = rows.has_unit & (luck < 1.0 - share / 4)
        return replace(
            rows,
            is_estimated=uniform(mixed(self.world.seed("estimated"), cell)) < share,
            thousandths=np.where(has_unit & (luck < 1.0 - share / 2), rows.thousandths, 0),
            has_unit=has_unit,
        )

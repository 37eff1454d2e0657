"""The synthetic truth: who sold what to whom in which month, by formula and by chance that depends on names alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from chipflows.config import Config
from chipflows.demo.chance import Floats, key, keys, mixed, normal, spread, uniform
from chipflows.demo.goods import goods_of
from chipflows.demo.settings import Hub, Numbers, Settings, Trend
from chipflows.demo.targets import Target, settle, targets_of
from chipflows.errors import UsageError

WORLD = "W00"
EXPORT, RE_EXPORT, IMPORT = "export", "re_export", "import"
YEAR = 12
MILLION = 1e6


@dataclass(frozen=True)
class Trade:
    """One exporter's sales in US dollars, partners × goods × months; `settled` are exact totals of (partner, heading).

    `surge` is the part of `usd` that passes through a hub. `passed_on` is the part of sales to Russia that came in for
    it, goods × months; zero for exporters that are no hub.
    """

    partners: tuple[str, ...]
    usd: Floats
    surge: Floats
    passed_on: Floats
    settled: dict[tuple[str, str], list[Target]]


class World:
    """All flows of the demo; an answer depends on names and settings only, never on what was asked before."""

    def __init__(self, config: Config, settings: Settings) -> None:
        self.config, self.settings = config, settings
        self.months = settings.months
        self.war = self.months.index(settings.war)
        self.goods = goods_of(config, settings)
        self.hubs = {one.iso3: one for one in settings.hub}
        self.focal = config.project.study.focal_destination
        self.trade, self.partners, self.selected = cache(self._trade), cache(self._partners), cache(self._selected)

    @cached_property
    def exporters(self) -> tuple[str, ...]:
        """Every economy that exports in this world, in the order of economies.csv."""
        return tuple(one for one in self.config.economies if one in self.settings.share)

    def group(self, iso3: str) -> str:
        """Return the group of exporters whose levels apply: the role, or the economy itself where it is an origin."""
        role = self.config.economies[iso3].role
        return iso3 if role == "origin" else role

    def _partners(self, reporter: str, flow: str = EXPORT) -> tuple[str, ...]:
        """Return the partners that some corridor asks about, by their numbers in Comtrade (the world is 0)."""
        chosen: set[str] = set()
        for corridor in self.config.project.corridors:
            reporters = self.config.select(corridor.reporters)
            # Re-exports are part of exports: who is asked about the one is asked about the other.
            is_asked = flow in corridor.flows or (flow == RE_EXPORT and EXPORT in corridor.flows)
            if is_asked and (reporters is None or reporter in reporters):
                partners = self.config.select(corridor.partners)
                if partners is None:
                    raise UsageError(f"the demo can't answer corridor {corridor.id}: it needs a list of partners")
                chosen |= set(partners)
        return tuple(sorted(chosen - {reporter}, key=lambda one: int(self.config.code_of("comtrade", one))))

    def silent(self, reporter: str) -> NDArray[np.bool_]:
        """Return for every month whether a reporter publishes nothing."""
        spans = [(one.start, one.end or self.settings.end) for one in self.settings.silence if one.reporter == reporter]
        return np.array([any(start <= month <= end for start, end in spans) for month in self.months])

    # --- sales ---

    def _trade(self, exporter: str) -> Trade:
        partners = self.partners(exporter)
        still = self.calm(exporter, partners) * self.trend("shock", exporter, partners)
        response = self.trend("response", exporter, partners)
        backfill = self.settings.backfill
        usd = still * (1.0 + backfill * (response - 1.0))
        surge = np.zeros(usd.shape)
        for at, partner in enumerate(partners):
            if exporter in self.hubs and partner == self.focal:
                surge[at] = backfill * self.surge(exporter)
            elif exporter not in self.hubs and partner in self.hubs:
                surge[at] = self.incoming(exporter, self.hubs[partner])
        usd += surge
        settled = self.settle(exporter, partners, usd, surge, still)
        passed_on = surge[partners.index(self.focal)] if exporter in self.hubs else np.zeros(usd.shape[1:])
        return Trade(partners, usd, surge, passed_on, settled)

    def calm(self, exporter: str, partners: Sequence[str]) -> Floats:
        """Return sales as they would be without war, partners × goods × months."""
        group, chosen = self.group(exporter), self.settings
        sizes = chosen.market.get(group, {"default": 1.0})
        size = np.array([sizes.get(one, sizes["default"]) for one in partners])
        own, to = key(exporter), keys(partners)[:, None]
        what = keys(good.name for good in self.goods)
        differs = spread(normal(mixed(self.seed("exporter"), own, what)), chosen.scatter["exporter"])
        pair = spread(normal(mixed(self.seed("pair"), own, to, what[None, :])), chosen.scatter["destination"])
        level = self.level(group) * chosen.share[exporter] * differs * (size[:, None] * pair)
        season = np.array([chosen.season[group][int(month[5:]) - 1] for month in self.months])
        cycle = self.trend("cycle", exporter, partners)
        calm: Floats = level[..., None] * season * cycle * self.noise(exporter, partners)
        return calm

    def level(self, group: str) -> Floats:
        """Return US dollars a month to Russia for a whole group of exporters, by good."""
        levels = self.settings.level[group]
        usd = np.array([levels.get(good.heading, levels["default"]) for good in self.goods]) * (MILLION / YEAR)
        what = keys(good.name for good in self.goods)
        return usd * spread(normal(mixed(self.seed("good"), key(group), what)), self.settings.scatter["good"])

    def noise(self, exporter: str, partners: Sequence[str]) -> Floats:
        """Return factors with mean 1: months differ, and so do half-years, so that neighbouring months are alike."""
        cells = mixed(self.seed("month"), key(exporter), keys(partners)[:, None], keys(one.name for one in self.goods))
        halves = [f"{month[:4]}H{1 + (month > month[:4] + '-06')}" for month in self.months]
        apart, together = (normal(mixed(cells[..., None], keys(names))) for names in (self.months, halves))
        return spread(0.8 * apart + 0.6 * together, self.settings.scatter["month"])

    def seed(self, purpose: str) -> np.uint64:
        return key(self.settings.seed, purpose)

    # --- what passes through hubs ---

    def surge(self, hub: str) -> Floats:
        """Return what a hub sends to Russia beyond its usual trade, goods × months."""
        one, what = self.hubs[hub], keys(good.name for good in self.goods)
        # Chips always pass, published totals say so; of other controlled goods a hub passes on some, in larger amounts.
        share = {"ic": 1.0, "controlled": self.settings.surge_goods, "other": 0.0}
        chance = np.array([share[good.kind] for good in self.goods])
        is_chosen = uniform(mixed(self.seed("surge"), key(hub), what)) < chance
        level = one.surge * self.level("coalition") * is_chosen / np.maximum(chance, self.settings.surge_goods)
        surge: Floats = level[:, None] * curve(one.months, self.months) * self.noise(hub, [self.focal + " surge"])[0]
        return surge

    def incoming(self, exporter: str, hub: Hub) -> Floats:
        """Return an exporter's part of what a hub will pass on, `lag` months before it does."""
        onward = self.trade(hub.iso3).passed_on / self.trend("markup", hub.iso3, [self.focal])[0]
        lag = int(hub.lag)
        earlier = np.concatenate([onward[:, lag:], np.repeat(onward[:, -1:], lag, axis=1)], axis=1)
        role = self.config.economies[exporter].role
        part = {"coalition": hub.from_coalition, "origin": hub.from_origins}.get(role, 0.0)
        rivals = [one for one in self.exporters if self.config.economies[one].role == role]
        sizes = [self.settings.share[one] * self.level(self.group(one)) for one in rivals]
        return earlier * (part * sizes[rivals.index(exporter)] / sum(sizes))[:, None]

    # --- factors and targets ---

    def trend(self, kind: str, exporter: str, partners: Sequence[str]) -> Floats:
        """Return the factor of the first trend of a kind that fits, 1 where none does; partners × goods × months."""
        trends: tuple[Trend, ...] = getattr(self.settings, kind)
        curves = [np.ones(len(self.months))]
        which = np.zeros((len(partners), len(self.goods)), dtype=np.intp)
        for one in trends:
            if exporter in self.selected(one.exporters):
                curves.append(curve(one.months, self.months))
                to = [partner in self.selected(one.destinations) for partner in partners]
                fits = [bool({"*", good.kind, good.name} & set(one.goods)) for good in self.goods]
                which[np.outer(to, fits) & (which == 0)] = len(curves) - 1
        return np.stack(curves)[which]

    def _selected(self, selectors: tuple[str, ...]) -> frozenset[str]:
        if selectors == ("sanctioned",):
            return frozenset(self.settings.sanctioned)
        chosen = self.config.select(selectors)
        return frozenset(self.config.economies if chosen is None else chosen)

    @cached_property
    def targets(self) -> dict[tuple[str, str, str], list[Target]]:
        return targets_of(self.config, self.months)

    def settle(
        self, exporter: str, partners: Sequence[str], usd: Floats, surge: Floats, still: Floats
    ) -> dict[tuple[str, str], list[Target]]:
        """Scale sales in place to the published totals; return what each of them is, by partner and heading."""
        settled = {}
        for (one, partner, heading), targets in self.targets.items():
            if one == exporter and partner in partners:
                at = partners.index(partner), [good.name.startswith(heading) for good in self.goods]
                factor, settled[partner, heading] = settle(
                    targets, usd[at], still[at], ~self.silent(exporter), self.war, self.settings.backfill
                )
                usd[at] *= factor
                surge[at] *= factor
        return settled


def curve(points: Numbers, months: Sequence[str]) -> Floats:
    """Return a number for every month: straight between the given ones, level before the first and after the last."""
    given = [(number_of(month), value) for month, value in points.items()]
    values = []
    for at in map(number_of, months):
        before = [point for point in given if point[0] <= at] or given[:1]
        after = [point for point in given if point[0] > at] or given[-1:]
        (start, low), (end, high) = before[-1], after[0]
        values.append(low + (high - low) * ((at - start) / (end - start)) if end > start else low)
    return np.array(values)


def number_of(month: str) -> int:
    return int(month[:4]) * YEAR + int(month[5:])

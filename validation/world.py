"""Panels with a known truth: what reporters would publish if we knew what happened.

Every panel has seasons, serially correlated shocks that all codes share, shocks of single codes, heavy tails, months
without trade, months that were never published, codes that changed with the nomenclature in January 2022, and
stockpiling before the war.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

MONTHS = pd.date_range("2017-01", "2023-12", freq="MS")
COALITION = ("DEU", "FRA", "JPN", "KOR", "NLD", "USA")
ORIGINS = ("CHN", "HKG")
HUBS = ("KGZ", "ARM", "GEO")
SUPPLIERS = COALITION + ORIGINS + HUBS
FOCAL, OTHERS = "RUS", ("IND", "BRA")
LISTED = tuple(f"L{i:02d}" for i in range(40))
PLACEBO = tuple(f"P{i:02d}" for i in range(10))
FAMILIES = LISTED + PLACEBO
BROKEN = LISTED[::10]
"""Codes that the nomenclature changed in January 2022; the analysis leaves them out, as it does in reports."""
SAFE = tuple(f for f in LISTED if f not in BROKEN)

BASE = ("2018-10", "2021-09")
AFTER = ("2023-01", "2023-12")
FIRST_MONTHS = ("2022-03", "2022-06")
STOCKPILING = ("2021-10", "2022-02")
CHINA_BASE = 0.25
"""China's sales before, as a share of the coalition's."""
PRICE_SPREAD = 0.2
"""Standard deviation over codes of the log price rise, where prices rise at all."""


@dataclass(frozen=True)
class Scenario:
    """What is planted.

    `kept`: share of its sales that the coalition keeps; `value`, `volume`: China's true backfill ratios;
    `rerouted`: share of the loss that goes through each of the first two hubs; `start`: first month of the effect.
    """

    name: str
    kept: float = 1.0
    value: float = 0.0
    volume: float = 0.0
    rerouted: float = 0.0
    start: str = "2022-03"
    stockpiling: float = 1.5

    @property
    def price_rise(self) -> float:
        """The harmonic mean over codes of China's price rise that makes `value` and `volume` true at once."""
        if self.kept == 1:
            return 1.0
        base = CHINA_BASE / (1 - self.kept)
        return (base + self.value) / (base + self.volume)

    @property
    def median_price_rise(self) -> float:
        """The median over codes of the price rise."""
        return self.price_rise * (np.exp(PRICE_SPREAD**2 / 2) if self.price_rise > 1 else 1.0)


NOTHING = Scenario("no effect", stockpiling=1.0)
FALL = Scenario("fall, nobody steps in", kept=0.15)
BACKFILL = Scenario("China backfills 60% of value, 30% of volume", kept=0.15, value=0.6, volume=0.3)
REROUTE = Scenario("reroute through two hubs", kept=0.15, rerouted=0.15)
LATE = Scenario("break in May, not March", kept=0.15, value=0.6, volume=0.3, start="2022-05")
SCENARIOS = (NOTHING, FALL, BACKFILL, REROUTE, LATE)


class World:
    """One simulated world: the sizes of codes, the season, and the noise that turns true levels into published
    flows.
    """

    def __init__(self, scenario: Scenario, rng: np.random.Generator) -> None:
        self.scenario, self.rng = scenario, rng
        self.size = np.exp(rng.normal(0, 1.0, len(FAMILIES)))
        self.listed = np.isin(FAMILIES, LISTED)
        self.since = np.asarray(pd.Timestamp(scenario.start) <= MONTHS)
        season = 1 + 0.12 * np.cos(2 * np.pi * (np.arange(12) - rng.integers(12)) / 12)
        season[:2] *= (1.08, 0.80)
        self.season = (season / season.mean())[MONTHS.month - 1]
        changed = np.isin(FAMILIES, BROKEN)[:, None] & np.asarray(pd.Timestamp("2022-01") <= MONTHS)
        self.edition = np.where(changed, 1.6, 1.0)

    def serial(self, shape: tuple[int, ...], spread: float, memory: float) -> Array:
        """Log-normal AR(1) shocks with mean one along months, the last axis."""
        shock = self.rng.normal(size=(*shape, len(MONTHS)))
        for month in range(1, len(MONTHS)):
            shock[..., month] = memory * shock[..., month - 1] + np.sqrt(1 - memory**2) * shock[..., month]
        return np.exp(spread * shock - spread**2 / 2)

    def publish(self, level: Array, shared: float = 0.10) -> Array:
        """Level (reporter, family, month) times season, shocks, heavy tails and months without a shipment.

        All factors have mean one, so that `level` is the truth.
        """
        flow = level * self.season * self.serial((len(level), 1), shared, 0.4) * self.serial(level.shape[:2], 0.35, 0.3)
        flow = flow * np.where(self.rng.random(level.shape) < 0.02, 4.0, 1.0) / 1.06
        shipped = np.clip(0.35 + 12 * level, 0.35, 0.999)
        return flow * (self.rng.random(level.shape) < shipped) / shipped * self.edition

    def weight(self, value: Array, price: Array) -> Array:
        """Kilograms of flows whose true price is `price`, with price noise of mean one in kilograms."""
        noise = self.serial((len(value), 1), 0.05, 0.4) * self.serial(value.shape[:2], 0.25, 0.0)
        return value / price * noise

    def holes(self, reporters: int) -> NDArray[np.bool_]:
        """Months a reporter never published: three at random, and for the second of many half a year as well."""
        hole = np.zeros((reporters, len(MONTHS)), dtype=bool)
        for row in hole:
            row[self.rng.choice(len(MONTHS), 3, replace=False)] = True
        if reporters > 2:
            hole[1, 36:42] = True
        return hole


def tidy(columns: dict[str, Array], keys: dict[str, tuple[str, ...]], hole: NDArray[np.bool_]) -> pd.DataFrame:
    """Arrays over the keys and MONTHS as a tidy panel; `hole` (first key, month) becomes NaN."""
    names = [*keys, "period"]
    codes = np.indices([*map(len, keys.values()), len(MONTHS)]).reshape(len(names), -1)
    table = {
        name: pd.Categorical.from_codes(code, values)
        for name, code, values in zip(keys, codes[:-1], keys.values(), strict=True)
    }
    hidden = hole.reshape(len(hole), *(1,) * (len(keys) - 1), len(MONTHS))
    values = {name: np.where(hidden, np.nan, cells).ravel() for name, cells in columns.items()}
    return pd.DataFrame({**table, "period": MONTHS[codes[-1]], **values})


def supply(world: World) -> dict[str, pd.DataFrame]:
    """The panels `direct`, `elsewhere`, `into` and `out` of one world."""
    scenario, rng, size = world.scenario, world.rng, world.size
    hit = np.where(world.listed[:, None] & world.since, 1.0, 0.0)
    loss = size * (1 - scenario.kept)
    china = CHINA_BASE * size * np.exp(rng.normal(-0.08, 0.4, len(size)))
    hubs = np.full((len(HUBS), 1, 1), 0.01) * size[:, None] * np.ones(len(MONTHS))
    through = np.array([1.0, 1.0, 0.0])[:, None, None] * (scenario.rerouted * loss)[:, None] * hit
    level = np.concatenate([_coalition(world, hit), _origins(world, hit, china, loss), hubs + through])
    price = np.exp(rng.normal(3, 1, len(size)))[:, None] * np.ones((len(SUPPLIERS), len(size), len(MONTHS)))
    price[len(COALITION)] *= np.where(hit > 0, _price_rise(world)[:, None], 1.0)
    value, there = world.publish(level), world.publish(10 * china[None, :, None] * np.ones(len(MONTHS)))
    hole = world.holes(len(SUPPLIERS))
    keys = {"supplier": SUPPLIERS, "family": FAMILIES}
    direct = tidy({"value_usd": value, "weight_kg": world.weight(value, price)}, keys, hole)
    sold = {"value_usd": there, "weight_kg": world.weight(there, price[:1])}
    elsewhere = tidy(sold, {"supplier": ("CHN",), "family": FAMILIES}, hole[[len(COALITION)]])
    legs = {"hub": HUBS, "family": FAMILIES}
    into = tidy({"value_usd": world.publish(4 * hubs + through)}, legs, world.holes(len(HUBS)))
    out = direct[direct["supplier"].isin(HUBS)].rename(columns={"supplier": "hub"})
    return {
        "direct": direct,
        "elsewhere": elsewhere,
        "into": into,
        "out": out[["hub", "family", "period", "value_usd"]],
    }


def _coalition(world: World, hit: Array) -> Array:
    """True sales of the coalition: a share for each member, stockpiling, then what is kept."""
    first, last = (pd.Timestamp(month) for month in STOCKPILING)
    piled = np.where((first <= MONTHS) & (last >= MONTHS), world.scenario.stockpiling, 1.0)
    whole = world.size[:, None] * (1 - (1 - world.scenario.kept) * hit) * piled
    return world.rng.dirichlet(np.full(len(COALITION), 3.0))[:, None, None] * whole


def _origins(world: World, hit: Array, china: Array, loss: Array) -> Array:
    """True sales of China, whose reply to the loss differs from code to code, and of Hong Kong, which does not
    reply.
    """
    reply = world.scenario.value * loss * world.rng.gamma(8, 1 / 8, len(loss))
    return np.stack([china[:, None] + reply[:, None] * hit, np.broadcast_to(0.05 * world.size[:, None], hit.shape)])


def _price_rise(world: World) -> Array:
    """China's price rise by code, with the scenario's harmonic mean."""
    rise = world.scenario.price_rise
    spread = PRICE_SPREAD if rise > 1 else 0.0
    return rise * np.exp(spread**2 / 2 + spread * world.rng.normal(size=len(world.size)))


GOODS = SAFE[:20] + PLACEBO
SINCE = "2020-01"


def routes(world: World, effect: float, route_shocks: float) -> pd.DataFrame:
    """Two exporters' sales by destination for the triple difference: reporter, partner, family, period, value_usd.

    `effect`: mean multiple of listed goods to the focal destination since the war, different from code to code;
    `route_shocks`: spread of monthly shocks shared by all goods of an exporter and destination. Stockpiling and
    code breaks are planted, too.
    """
    rng, destinations = world.rng, (FOCAL, *OTHERS)
    product_month = world.serial((len(FAMILIES),), 0.1, 0.4)
    frames = []
    for exporter in ORIGINS:
        level = np.exp(rng.normal(size=(len(destinations), len(FAMILIES), 1))) * world.size[:, None]
        level = level * world.serial((1, 1), 0.1, 0.4) * product_month
        multiple = effect * rng.gamma(8, 1 / 8, len(FAMILIES)) if effect != 1 else np.ones(len(FAMILIES))
        level[0] *= np.where(world.listed[:, None] & world.since, multiple[:, None], 1.0)
        flow = world.publish(level, route_shocks)
        keys = {"partner": destinations, "family": FAMILIES}
        hole = np.repeat(rng.random((1, len(MONTHS))) < 0.04, len(destinations), axis=0)
        frames.append(tidy({"value_usd": flow}, keys, hole).assign(reporter=exporter))
    panel = pd.concat(frames, ignore_index=True)
    return panel[panel["family"].isin(GOODS) & (panel["period"] >= pd.Timestamp(SINCE))].reset_index(drop=True)

"""Intervals for anything that is linear in the months to first order: a moving-block bootstrap over months and codes.

Months. The shocks of the noise are drawn in circular blocks of consecutive months, the same months for every cell, so
that what moves together stays together, and get their memory back afterwards ("post-blackening"). Base months draw
from the months up to the end of the base, after months from those since the after window began. Sources: Kuensch
(1989), Ann. Statist. 17; Politis and Romano (1992) for circular blocks; Davison and Hinkley (1997), section 8.2.

Codes. Multinomial weights, widened to the jackknife's variance. The noise of single codes is in both drawings; the
part counted twice is taken off the codes, as in V(codes) + V(months) - V(both): Cameron, Gelbach and Miller (2011),
J. Bus. Econ. Stat. 29; Chiang, Hansen and Sasaki (2024), Rev. Econ. Stat., for shocks with memory. Quantiles are
stretched from normal to Student.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from chipflows.analysis.noise import Noise
from chipflows.analysis.panel import Array

DRAWS = 1999
FEWEST_CODES = 6
"""Below this many codes they are not resampled: the interval then speaks of these codes, not of codes like them."""


def block_tables(weights: Array, of: Noise) -> list[Array]:
    """For each side: the sum of weights * noise in block b if it starts at pool month s; shape (families, blocks,
    pool months).
    """
    loaded = weights * of.fit
    for month in range(loaded.shape[-1] - 2, -1, -1):
        loaded[..., month] += of.memory * loaded[..., month + 1]
    tables = []
    for side in of.sides:
        pairs = np.einsum("sft,sfu->ftu", loaded[..., side.targets], of.shocks[..., side.pool], optimize=True)
        table = np.zeros((pairs.shape[0], -(-len(side.targets) // side.block), len(side.pool)))
        for step in range(side.block):
            rolled = np.roll(pairs[:, step :: side.block], -step, axis=-1)
            table[:, : rolled.shape[1]] += rolled
        tables.append(table)
    return tables


def block_starts(of: Noise, draws: int, rng: np.random.Generator) -> list[NDArray[np.intp]]:
    """For each side the pool month at which every block starts; shape (draws, blocks). One set serves all roles."""
    return [rng.integers(max(len(s.pool), 1), size=(draws, -(-len(s.targets) // s.block))) for s in of.sides]


def month_draws(tables: list[Array], starts: list[NDArray[np.intp]]) -> Array:
    """Noise of the statistic by draw, families summed; NaN when a side has too few months to know its noise."""
    total = np.zeros(len(starts[0]))
    for table, start in zip(tables, starts, strict=True):
        if start.shape[1]:
            total += table.sum(axis=0)[np.arange(start.shape[1]), start].sum(axis=1) if table.shape[-1] else np.nan
    return total


def month_variance(tables: list[Array]) -> Array:
    """Variance of that noise, family by family, were each drawn for itself."""
    return np.asarray(sum(table.var(axis=-1).sum(axis=-1) for table in tables if table.size))


def code_weights(
    influence: Array, leverage: Array, counted_twice: float, draws: int, rng: np.random.Generator
) -> Array:
    """Weights of the codes by draw (draws, families), all 1 where codes are not resampled.

    `influence` sums to the statistic's error, code by code, `leverage` is each code's share in the denominator;
    deviations from 1 are scaled so that the variance is the jackknife's less `counted_twice`.
    """
    codes = len(influence)
    if codes < FEWEST_CODES:
        return np.ones((draws, codes))
    plain = float((influence**2).sum())
    jackknife = float(((influence / (1 - np.clip(leverage, 0, 0.9))) ** 2).sum() * (codes - 1) / codes)
    scale = np.sqrt(max(jackknife - counted_twice, 0.0) / plain) if plain > 0 else 0.0
    return np.asarray(1 + scale * (rng.multinomial(codes, np.full(codes, 1 / codes), draws) - 1))


def degrees(leverage: Array, code_variance: float, month_variance: float, month_freedom: float) -> float:
    """Degrees of freedom by Satterthwaite (1946): effective number of codes less one, and those of the months, by
    variance.
    """
    codes = max(1 / float((np.clip(leverage, 0, 1) ** 2).sum() or 1.0) - 1, 2.0)
    total = code_variance**2 / codes + month_variance**2 / month_freedom
    return float((code_variance + month_variance) ** 2 / total) if total > 0 else float(month_freedom)


def interval(estimate: float, draws: Array, freedom: float = np.inf, level: float = 0.95) -> tuple[float, float]:
    """The interval between the quantiles of the draws, stretched around the estimate from normal to Student with
    `freedom`.
    """
    if not np.isfinite(draws).all():
        return np.nan, np.nan
    tail = (1 - level) / 2
    stretch = stats.t.ppf(1 - tail, freedom) / stats.norm.ppf(1 - tail)
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float(estimate + stretch * (low - estimate)), float(estimate + stretch * (high - estimate))

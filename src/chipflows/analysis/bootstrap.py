"""Intervals for anything that is linear in the months to first order: a moving-block bootstrap over months and codes.

Months. The shocks of the noise are drawn in circular blocks of consecutive months, the same months for every cell, so
that what moves together stays together, and get their memory back afterwards ("post-blackening"). Base months draw
from the months up to the end of the base, after months from those since the after window began. Sources: Kuensch
(1989), Ann. Statist. 17; Politis and Romano (1992) for circular blocks; Davison and Hinkley (1997), section 8.2.

Codes. Multinomial weights on what each code moves the statistic. The noise of single codes is in both drawings; the
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


def family_draws(tables: list[Array], starts: list[NDArray[np.intp]]) -> Array:
    """The same noise family by family: shape (draws, families). Blocks that no weight reaches are passed over."""
    total = np.zeros((len(starts[0]), len(tables[0])))
    for table, start in zip(tables, starts, strict=True):
        if start.shape[1] and not table.shape[-1]:
            return np.full(total.shape, np.nan)
        size = np.abs(table).max(axis=(0, 2), initial=0.0)
        for block in np.flatnonzero(size > 1e-9 * size.max(initial=0.0)):
            total += table[:, block].T[start[:, block]]
    return total


def month_variance(tables: list[Array]) -> Array:
    """Variance of that noise, family by family, were each drawn for itself."""
    return np.asarray(sum(table.var(axis=-1).sum(axis=-1) for table in tables if table.size))


def code_draws(above: Array, below: Array, counted_twice: float, draws: int, rng: np.random.Generator) -> Array:
    """The error of sum(above) / sum(below) by draw when codes are drawn with replacement; 0 where too few to be
    resampled.

    The draws are scaled so that their variance is the jackknife's (every code left out in turn) less
    `counted_twice`. NaN for a draw of codes whose sum below is not positive.
    """
    codes = len(above)
    if codes < FEWEST_CODES:
        return np.zeros(draws)
    ratio = above.sum() / below.sum()
    influence, leverage = (above - ratio * below) / below.sum(), below / below.sum()
    jackknife = ((influence / (1 - np.clip(leverage, 0, 0.9))) ** 2).sum() * (codes - 1) / codes
    scale = np.sqrt(max(jackknife - counted_twice, 0.0) / max((influence**2).sum(), 1e-300))
    weights = rng.multinomial(codes, np.full(codes, 1 / codes), draws)
    sums = weights @ below
    return np.asarray(np.where(sums > 0, weights @ above / np.where(sums > 0, sums, 1.0) - ratio, np.nan) * scale)


def degrees(leverage: Array, month_freedom: float) -> float:
    """Degrees of freedom where codes are drawn beside months: the fewer of both, at least 2.

    Codes: (tr B)^2 / tr(B^2) of the quadratic form g'Bg by which the jackknife measures the variance of sum(h g), h the
    codes' shares in the denominator, g their ratios, alike in spread: a few large codes are worth few degrees. Source:
    Bell and McCaffrey (2002), Survey Methodology 28.
    """
    share = np.clip(leverage, 0, 1)
    apart = np.eye(len(share)) - share / max(share.sum(), 1e-300)
    form = apart.T * (share / (1 - np.clip(share, 0, 0.9))) ** 2 @ apart
    codes = float(np.trace(form) ** 2 / max((form**2).sum(), 1e-300))
    return max(min(codes, month_freedom), 2.0)


def interval(estimate: float, draws: Array, freedom: float = np.inf, level: float = 0.95) -> tuple[float, float]:
    """The interval between the quantiles of the draws, stretched around the estimate from normal to Student with
    `freedom`; NaN when more than one draw in a hundred is undefined.
    """
    if np.isfinite(draws).mean() < 0.99:
        return np.nan, np.nan
    tail = (1 - level) / 2
    stretch = stats.t.ppf(1 - tail, freedom) / stats.norm.ppf(1 - tail)
    low, high = np.nanquantile(draws, [tail, 1 - tail])
    return float(estimate + stretch * (low - estimate)), float(estimate + stretch * (high - estimate))

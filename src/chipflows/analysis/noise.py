"""The noise of monthly flows: what is left of a cell beside its level and season, and how it remembers.

A cell is fitted as level (one for every twelve months) times season (one per role); the rest, relative to the fit, is
noise with the memory of an AR(1). Months up to the end of the base and months since the after window began are two
pools, so that each side has its own spread.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chipflows.analysis.panel import Array, Window, calendar_month

BLOCK = 3
LEVEL_MONTHS = 12
FEWEST_YEARS = 3


@dataclass(frozen=True)
class Side:
    """One side of the break: the months that need noise, the months it is drawn from, in blocks of how many months,
    the share of its variance that fit and blocks leave, and the degrees of freedom that blocks (not the fit) cost."""

    targets: NDArray[np.intp]
    pool: NDArray[np.intp]
    block: int
    kept: float
    blocked: int


@dataclass(frozen=True)
class Noise:
    """Fit and shocks of one role's cells (last axis: months), the memory of its noise, and its degrees of freedom."""

    fit: Array
    shocks: Array
    memory: float
    sides: tuple[Side, ...]
    freedom: float


def chunks(months: pd.DatetimeIndex, base: Window, after: Window) -> NDArray[np.intp]:
    """A number for every twelve months, counted back from the end of the base and on from the start of `after`; -1
    between them.

    A rest of less than half a year joins its neighbour.
    """
    base_end, start = pd.Timestamp(base[1]), pd.Timestamp(after[0])
    at = months.to_numpy()
    position = at.astype("datetime64[M]").astype(np.intp) + 12 * 1970 + 1
    before = (base_end.year * 12 + base_end.month - position) // LEVEL_MONTHS
    since = (position - start.year * 12 - start.month) // LEVEL_MONTHS
    number = np.where(at <= base_end.to_datetime64(), before, np.where(at >= start.to_datetime64(), 1000 + since, -1))
    for value in np.unique(number[number >= 0])[::-1]:
        if (number == value).sum() < LEVEL_MONTHS / 2 and value % 1000:
            number[number == value] = value - 1
    return np.asarray(np.unique(number, return_inverse=True)[1] - int((number < 0).any()), dtype=np.intp)


def fitted(cells: Array, months: pd.DatetimeIndex, chunk: NDArray[np.intp], rounds: int = 8) -> tuple[Array, Array]:
    """Level by cell and chunk times season by calendar month, and each chunk's say in the season (sum 1, or 0:
    none).

    A chunk's say is the inverse of its relative variance, so that years of a few odd shipments do not make a
    season; and there is no season unless three chunks' worth speak.
    """
    whole = np.zeros((cells[..., 0].size, cells.shape[-1]))
    trades = (np.nan_to_num(cells) != 0).any(axis=-1).ravel()  # the others are 0 and tell nothing of the season
    flat = cells.reshape(whole.shape)[trades]
    published = np.isfinite(flat) & (chunk >= 0)
    value, month = np.where(published, flat, 0.0), calendar_month(months)
    levels, seasons = np.eye(chunk.max() + 2)[chunk, :-1], np.eye(12)[month]
    season, say = np.ones(12), np.zeros(levels.shape[1])
    for turn in range(rounds):
        level = (value @ levels) / np.maximum((published * season[month]) @ levels, 1e-300)
        expected = (published * (level @ levels.T)).sum(axis=0)
        ratio = np.divide(value.sum(axis=0), expected, out=np.full(len(month), np.nan), where=expected > 0)
        if turn == 0:
            say = _say(ratio, chunk, len(say))
        if not say.any():
            break
        weight = np.where(np.isfinite(ratio), levels @ say, 0.0) @ seasons
        sums = (np.nan_to_num(ratio) * (levels @ say)) @ seasons
        season = np.where(weight > 0, sums / np.where(weight > 0, weight, 1.0), 1.0)
    whole[trades] = level @ levels.T * season[month]
    return whole.reshape(cells.shape), say


def _say(ratio: Array, chunk: NDArray[np.intp], count: int) -> Array:
    """Inverse variances of the ratio within chunks, scaled to 1; all 0 where they are worth less than three chunks."""
    variance = [
        float(np.var(part)) if len(part := ratio[(chunk == c) & np.isfinite(ratio)]) > 1 else np.inf
        for c in range(count)
    ]
    weight = 1 / (np.array(variance) + 1e-9)
    weight /= max(float(weight.sum()), 1e-300)
    return weight if (weight**2).sum() * FEWEST_YEARS < 1 + 1e-9 else np.zeros(count)


def noise(cells: Array, months: pd.DatetimeIndex, base: Window, after: Window) -> Noise:
    """The noise of one role's cells (supplier, family, month), scaled up for what fit, blocks and holes took away."""
    chunk = chunks(months, base, after)
    fit, say = fitted(cells, months, chunk)
    published = np.isfinite(cells) & (chunk >= 0) & (fit > 0)
    relative = np.where(published, np.nan_to_num(cells) / np.where(fit > 0, fit, 1.0) - 1.0, 0.0)
    follows = np.append(False, (chunk[1:] == chunk[:-1]) & (chunk[1:] >= 0))
    whole = (fit * relative).sum(axis=(0, 1)) / np.maximum((fit * published).sum(axis=(0, 1)), 1e-300)
    memory = memory_of(whole, follows)
    shocks = relative - memory * np.roll(relative, 1, axis=-1)
    shocks = np.where(published & np.roll(published, 1, axis=-1), shocks, np.nan)
    start = pd.Timestamp(after[0])
    sides = tuple(
        _side(chunk, say, follows, side) for side in (np.asarray(months < start), np.asarray(months >= start))
    )
    for side in sides:
        shocks[..., side.pool] = _scaled(shocks[..., side.pool], side.kept)
    freedom = min(max(len(side.pool) * side.kept + side.blocked, 1.0) for side in sides)
    return Noise(fit, shocks, memory, sides, freedom)


def _side(chunk: NDArray[np.intp], say: Array, follows: NDArray[np.bool_], side: NDArray[np.bool_]) -> Side:
    """One side: where noise is needed, where it comes from, and how much of its variance fit and blocks leave."""
    pool = np.flatnonzero(follows & side)
    block = BLOCK if len(pool) >= LEVEL_MONTHS - 1 else 1
    own = np.unique(chunk[pool])
    season = (LEVEL_MONTHS - 1) * float(say[own].sum())
    kept = (len(pool) - len(own) * block - season) / max(len(pool), 1)
    return Side(np.flatnonzero(side), pool, block, kept, len(own) * (block - 1))


def _scaled(shocks: Array, kept: float) -> Array:
    """Shocks of one pool with mean 0 and the variance that fit, blocks and holes (NaN, made 0) took; NaN if none is
    left.
    """
    holes = shocks.shape[-1] / np.maximum(np.isfinite(shocks).sum(axis=-1, keepdims=True), 1)
    centred = np.nan_to_num(shocks)
    centred = centred - centred.mean(axis=-1, keepdims=True)
    result: Array = centred * np.sqrt(holes / kept) if kept > 0 else np.full(shocks.shape, np.nan)
    return result


def memory_of(series: Array, follows: NDArray[np.bool_]) -> float:
    """First autocorrelation of a series whose mean was taken off in chunks, freed from the bias this brings; within
    [0, 0.9].

    `follows` says which months follow their predecessor in the same chunk. Bias -(1 + r) / (n - 1): Nickell (1981),
    Econometrica 49.
    """
    now, past = series[follows], np.roll(series, 1)[follows]
    scale = np.sqrt((now @ now) * (past @ past))
    r = float(now @ past / scale) if scale > 0 else 0.0
    return float(np.clip(((LEVEL_MONTHS - 1) * r + 1) / (LEVEL_MONTHS - 2), 0.0, 0.9))

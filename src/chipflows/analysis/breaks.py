"""Did it break, when, and in which order? Chow's test at a known date, sup-F at an unknown one, several breaks.
(methods C.4)

Critical values of sup-F depend on trimming, on trends and seasons among the regressors and on the errors' memory;
tables (Andrews 1993, Econometrica 61; 2003, 71) know only the first. They are therefore simulated with the very
regressors: the fixed regressor bootstrap of Hansen (2000, J. Econometrics 97), with AR(1) errors whose memory is
drawn by its restricted likelihood, since it is not known, and estimated anew in every draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chipflows.analysis.panel import Array, Window, inside
from chipflows.analysis.regression import MEMORIES, least_squares, log_volume, memory_weights, whitened
from chipflows.analysis.series import interruption, kept, position, season

TRIM = 0.15


@dataclass(frozen=True)
class Search:
    """A series prepared for a search: log values, regressors without a break, month numbers, and the candidate
    first months after a break.
    """

    y: Array
    x: Array
    position: NDArray[np.intp]
    months: pd.DatetimeIndex
    candidates: NDArray[np.intp]

    def step(self, candidate: int) -> Array:
        """The regressor of a break: 1 from the candidate on."""
        return (np.arange(len(self.y)) >= candidate).astype(float)[:, None]


def prepare(
    series: pd.Series,
    left_out: Sequence[Window] = (),
    within: Window | None = None,
    has_trend: bool = False,
    trim: float = TRIM,
) -> Search:
    """A `Search` for breaks in the level of ln(series), season held fixed; candidates leave `trim` of the months on
    each side.

    `within` narrows the candidates. Raises ValueError for months without trade or too few months.
    """
    known = kept(series, left_out)
    if (known <= 0).any():
        raise ValueError("the series has months without trade: no logarithm; sum more codes or reporters")
    months = pd.DatetimeIndex(known.index)
    x = season(months)
    if has_trend:
        x["trend"] = interruption(months, months[0])["trend"]
    edge = max(int(np.ceil(trim * len(known))), 3)
    candidates = np.arange(edge, len(known) - edge + 1)
    if within is not None:
        candidates = candidates[inside(months, within)[candidates]]
    if len(candidates) == 0 or len(known) < x.shape[1] + 6:
        raise ValueError(f"{len(known)} months are too few to look for a break")
    return Search(np.log(known.to_numpy()), x.to_numpy(), position(months), months, candidates)


def chow(
    series: pd.Series, at: str | pd.Timestamp, left_out: Sequence[Window] = (), has_trend: bool = True
) -> dict[str, float]:
    """F and p of a break at a known month in level and, with `has_trend`, in trend; season fixed, errors AR(1) with
    Newey-West.

    Source: Chow (1960), Econometrica 28, as a Wald test that allows for memory.
    """
    known = kept(series, left_out)
    months = pd.DatetimeIndex(known.index)
    terms = interruption(months, at) if has_trend else interruption(months, at)[["step"]]
    x = pd.concat([season(months), terms], axis=1)
    fit = least_squares(np.log(known.to_numpy()), x.to_numpy(), position(months))
    broken = [name for name in ("step", "slope") if name in terms]
    f, p = fit.wald(np.array([x.columns == name for name in broken], dtype=float))
    return {"f": f, "p": p, "restrictions": len(broken), "freedom": fit.freedom}


def statistics(search: Search, y: Array, memory: float) -> tuple[Array, Array]:
    """F of a break at each candidate (rows) for each column of `y` (months, series) after whitening with `memory`,
    and the restricted log likelihood of that memory given the break.
    """
    q, r = np.linalg.qr(whitened(search.x, search.position, memory))
    errors = whitened(y, search.position, memory)
    errors = errors - q @ (q.T @ errors)
    steps = whitened(np.concatenate([search.step(c) for c in search.candidates], axis=1), search.position, memory)
    steps = steps - q @ (q.T @ steps)
    length = (steps**2).sum(axis=0)[:, None]
    drop = (steps.T @ errors) ** 2 / length
    rest = np.maximum((errors**2).sum(axis=0) - drop, 1e-300)
    freedom = len(search.y) - search.x.shape[1] - 1
    volume = log_volume(search.position, memory) + np.log(length) + 2 * np.log(np.abs(np.diag(r))).sum()
    return drop / rest * freedom, -0.5 * (freedom * np.log(rest) + volume)


def largest(search: Search, y: Array) -> tuple[NDArray[np.intp], Array, Array]:
    """For each column of `y` the candidate with the largest F, that F, and the memory used.

    The memory is the likeliest one when the best break without memory is allowed for: else a break would pass for
    memory.
    """
    each = [statistics(search, y, float(memory)) for memory in MEMORIES]
    f, likelihood = np.array([pair[0] for pair in each]), np.array([pair[1] for pair in each])
    column = np.arange(y.shape[1])
    chosen = likelihood[:, f[0].argmax(axis=0), column].argmax(axis=0)
    best = f[chosen, :, column].argmax(axis=1)
    return best, f[chosen, best, column], MEMORIES[chosen]


def errors_like(memories: Array, position: NDArray[np.intp], rng: np.random.Generator) -> Array:
    """Gaussian AR(1) errors with variance one (months, draws), one draw for each of `memories`."""
    shock = rng.normal(size=(len(position), len(memories)))
    for month in range(1, len(position)):
        tie = memories ** float(position[month] - position[month - 1])
        shock[month] = tie * shock[month - 1] + np.sqrt(1 - tie**2) * shock[month]
    return shock


def sup_f(search: Search, draws: int = 499, seed: int = 2022) -> dict[str, Any]:
    """The largest F over all candidates, its simulated 5% critical value and p, and the first month after the break
    with its 95% set.

    `date_lo` and `date_hi` bound the months that the break falls on when the fitted series with its break is
    simulated again with AR(1) errors, from the first that may hold it where months before are missing; `dates`
    holds all of these. `step` is the break in log points. Source: Andrews (1993); Hansen (2000) for the critical
    values.
    """
    rng = np.random.default_rng(seed)
    best, size, memory = (found[0] for found in largest(search, search.y[:, None]))
    x = np.hstack([search.x, search.step(search.candidates[best])])
    likely = memory_weights(search.y, x, search.position)
    errors = errors_like(rng.choice(MEMORIES, size=draws, p=likely), search.position, rng)
    null = largest(search, errors)[1]
    fit = least_squares(search.y, x, search.position)
    wx = whitened(x, search.position, fit.memory)
    rest = whitened(search.y, search.position, fit.memory) - wx @ fit.coefficients
    spread = np.sqrt(rest @ rest / fit.freedom)
    dates = search.candidates[largest(search, fit.fitted[:, None] + spread * errors)[0]]
    low, high = np.quantile(dates, [0.025, 0.975], method="nearest")
    return {
        "f": float(size),
        "critical": float(np.quantile(null, 0.95)),
        "p": float((1 + (null >= size).sum()) / (draws + 1)),
        "date": search.months[search.candidates[best]],
        "date_lo": search.months[low - 1] + pd.DateOffset(months=1),
        "date_hi": search.months[high],
        "step": float(fit.coefficients[-1]),
        "memory": float(memory),
        "dates": search.months[dates],
    }


def order(found: Mapping[str, Mapping[str, Any]], first: str) -> pd.DataFrame:
    """By group: the break's date, and how many months after `first`'s break it fell, with 95% from the simulated
    dates of both.

    `found` maps groups to results of `sup_f`; `share_after` is the share of pairs of simulated dates in which the
    group broke later.
    """

    def number(dates: object) -> Array:
        index = pd.DatetimeIndex(np.atleast_1d(np.asarray(dates)))
        return np.asarray(index.year * 12 + index.month, dtype=float)

    rows = []
    for group, result in found.items():
        apart = (number(result["dates"])[:, None] - number(found[first]["dates"])[None, :]).ravel()
        lo, hi = np.quantile(apart, [0.025, 0.975], method="nearest")
        rows.append(
            {
                "group": group,
                "date": result["date"],
                "p": result["p"],
                "step": result["step"],
                "months_after": float((number(result["date"]) - number(found[first]["date"]))[0]),
                "lo": float(lo),
                "hi": float(hi),
                "share_after": float((apart > 0).mean()),
            }
        )
    return pd.DataFrame(rows)

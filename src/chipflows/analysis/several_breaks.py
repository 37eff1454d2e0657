"""Several breaks in the level of one series, found together and tested one after the other. (methods C.4)"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from chipflows.analysis.breaks import TRIM, Search, sup_f
from chipflows.analysis.panel import Array
from chipflows.analysis.regression import least_squares


def segments(y: Array, x: Array, breaks: int, shortest: int, rounds: int = 20) -> list[int]:
    """The `breaks` first months after a break that minimise the squared errors of level by segment and season
    common to all.

    Dynamic programming over the season-adjusted series, season and levels in turn until nothing moves. Source: Bai
    and Perron (2003), J. Appl. Econometrics 18, sections 2 and 3.3 (partial structural change).
    """
    adjusted, dates = y, [-1]
    for _ in range(rounds):
        found = _cheapest(adjusted, breaks, shortest)
        if found == dates:
            break
        dates = found
        levels = np.array([(np.arange(len(y)) >= d).astype(float) for d in dates]).T.reshape(len(y), -1)
        coefficients = np.linalg.lstsq(np.hstack([x, levels]), y, rcond=None)[0]
        adjusted = y - x @ coefficients[: x.shape[1]]
    return dates


def _cheapest(y: Array, breaks: int, shortest: int) -> list[int]:
    """The dates that cut `y` into breaks + 1 segments of at least `shortest` months with the least sum of squares."""
    n = len(y)
    one, two = np.append(0, np.cumsum(y)), np.append(0, np.cumsum(y**2))
    i, j = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    length = j - i
    with np.errstate(invalid="ignore", divide="ignore"):
        cost = np.where(length >= shortest, two[j] - two[i] - (one[j] - one[i]) ** 2 / length, np.inf)
    best, came = cost[0], []
    for _ in range(breaks):
        options = best[:, None] + cost
        came.append(options.argmin(axis=0))
        best = options.min(axis=0)
    dates, end = [], n
    for step in reversed(came):
        end = int(step[end])
        dates.append(end)
    return sorted(dates)


def several_breaks(
    search: Search, most: int = 4, trim: float = TRIM, level: float = 0.05, draws: int = 499, seed: int = 2022
) -> pd.DataFrame:
    """Breaks in the level, one row each: `date` (first month after), `step` in log points with lo and hi, and `p`
    of the test that added it.

    Breaks are added while sup-F given those already found has p below `level`, and all dates are then chosen anew
    together. Source: Bai and Perron (1998), Econometrica 66, the sequential test of l against l + 1 breaks.
    """
    shortest = max(int(np.ceil(trim * len(search.y))), 3)
    dates: list[int] = []
    p_values: list[float] = []
    while len(dates) < most:
        levels = np.hstack([search.x, *(search.step(d) for d in dates)])
        far = np.array([c for c in search.candidates if all(abs(c - d) >= shortest for d in dates)], dtype=np.intp)
        if len(far) == 0:
            break
        p = sup_f(replace(search, x=levels, candidates=far), draws, seed + len(dates))["p"]
        if p >= level:
            break
        p_values.append(p)
        dates = segments(search.y, search.x, len(dates) + 1, shortest)
    x = np.hstack([search.x, *(search.step(d) for d in dates)])
    fit = least_squares(search.y, x, search.position)
    rows = []
    for number, _ in enumerate(dates):
        row = np.zeros(x.shape[1])
        row[search.x.shape[1] + number] = 1
        step, lo, hi, _ = fit.interval(row)
        rows.append({"step": step, "lo": lo, "hi": hi, "p": p_values[number]})
    table = pd.DataFrame(rows, columns=["step", "lo", "hi", "p"], dtype=float)
    table.insert(0, "date", search.months[np.array(dates, dtype=np.intp)])
    return table

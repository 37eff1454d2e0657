"""Interrupted time series: one monthly flow before and after a date, with season, New Year and errors that
remember. (methods C.4)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chipflows.analysis.panel import Array, Window, inside
from chipflows.analysis.regression import least_squares, poisson_series


def kept(series: pd.Series, left_out: Sequence[Window] = ()) -> pd.Series:
    """The months with a value that lie in none of the windows; the index is monthly, holes allowed."""
    months = pd.DatetimeIndex(series.index)
    out = np.zeros(len(series), dtype=bool)
    for window in left_out:
        out |= inside(months, window)
    return series[~out].dropna().astype(float)


def position(months: pd.DatetimeIndex) -> NDArray[np.intp]:
    """Months numbered from the first, so that a hole is a jump."""
    number = np.asarray(months.year * 12 + months.month, dtype=np.intp)
    return np.asarray(number - number[0])


def season(months: pd.DatetimeIndex, new_years: Sequence[str | pd.Timestamp] = ()) -> pd.DataFrame:
    """A constant, a column for every calendar month but the first that occurs, and `new_year`.

    `new_year` is the share of the week from each given first day of the lunar year that falls in the month: with
    January and February columns beside it, it measures the move of the holiday between the two. Left out when it
    never varies within a calendar month.
    """
    table = pd.get_dummies(pd.Series(months.month, index=months), prefix="month", drop_first=True, dtype=float)
    table.insert(0, "constant", 1.0)
    if len(new_years):
        days = pd.DatetimeIndex([pd.Timestamp(day) + pd.Timedelta(days=d) for day in new_years for d in range(7)])
        share = pd.Series(days.to_period("M").to_timestamp()).value_counts() / 7
        table["new_year"] = share.reindex(months, fill_value=0.0).to_numpy()
        if np.linalg.matrix_rank(table.to_numpy()) < table.shape[1]:
            table = table.drop(columns="new_year")
    return table


def interruption(months: pd.DatetimeIndex, at: str | pd.Timestamp) -> pd.DataFrame:
    """`trend` in years from `at`, `step` (1 from `at` on) and `slope` (the trend from `at` on)."""
    start = pd.Timestamp(at)
    years = np.asarray((months.year - start.year) * 12 + months.month - start.month) / 12
    after = (years >= 0).astype(float)
    return pd.DataFrame({"trend": years, "step": after, "slope": years * after}, index=months)


def interrupted_series(
    series: pd.Series,
    at: str | pd.Timestamp,
    form: str = "log",
    left_out: Sequence[Window] = (),
    new_years: Sequence[str | pd.Timestamp] = (),
    has_slope: bool = True,
) -> pd.DataFrame:
    """Step and slope at a known month, one row per `term` (trend, step, slope): estimate, lo, hi, p, percent,
    percent_lo, percent_hi.

    form "log": ln X_t = season + new year + trend + step + slope + error, by generalised least squares; "ppml": X_t
    = exp(the same) by Poisson pseudo-likelihood, for series with zeros. Errors AR(1), Newey-West on what is left,
    Student's t. Estimates in log points (trend and slope: a year); percent = 100 (exp(estimate) - 1). `series` is
    indexed by month, NaN where not published; months in `left_out` (stockpiling) do not count. df.attrs: months,
    memory. Raises ValueError for zeros under "log". Source: methods C.4; see `regression`.
    """
    known = kept(series, left_out)
    if form == "log" and (known <= 0).any():
        raise ValueError('the series has months without trade: no logarithm; use form="ppml"')
    months = pd.DatetimeIndex(known.index)
    terms = interruption(months, at)
    terms = terms if has_slope else terms[["step"]]
    x = pd.concat([season(months, new_years), terms], axis=1)
    y = known.to_numpy()
    estimate = least_squares if form == "log" else poisson_series
    fit = estimate(np.log(y) if form == "log" else y, x.to_numpy(), position(months))
    rows = []
    for term in terms:
        value, lo, hi, p = fit.interval(np.asarray(x.columns == term, dtype=float))
        percent = dict(zip(("percent", "percent_lo", "percent_hi"), 100 * np.expm1([value, lo, hi]), strict=True))
        rows.append({"term": term, "estimate": value, "lo": lo, "hi": hi, "p": p, **percent})
    table = pd.DataFrame(rows)
    table.attrs.update(months=len(known), memory=fit.memory)
    return table


def expected_without(series: pd.Series, at: str | pd.Timestamp, left_out: Sequence[Window] = ()) -> pd.DataFrame:
    """What the months before `at` foretell for every month: `period`, `value`, `expected`, `lo`, `hi` (95% for the
    mean), unit of the series.

    ln X = season + trend on the months before, carried on. Source: methods C.4, interrupted time series.
    """
    before = kept(series[series.index < pd.Timestamp(at)], left_out)
    months = pd.DatetimeIndex(series.index)
    every = pd.concat([season(months), interruption(months, at)[["trend"]]], axis=1)
    x: Array = every.loc[before.index].to_numpy()
    fit = least_squares(np.log(before.to_numpy()), x, position(pd.DatetimeIndex(before.index)))
    bounds = np.exp([fit.interval(row)[:3] for row in every.to_numpy()])
    return pd.DataFrame(
        {"period": months, "value": series.to_numpy(), "expected": bounds[:, 0], "lo": bounds[:, 1], "hi": bounds[:, 2]}
    )

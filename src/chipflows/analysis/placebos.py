"""Effects where there should be none: earlier dates, other destinations, other goods, and the correction for many
looks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from chipflows.analysis.causal import difference
from chipflows.analysis.panel import Array


def placebos(
    panel: pd.DataFrame,
    focal: str,
    listed: Sequence[str],
    at: str | pd.Timestamp,
    dates: Sequence[str | pd.Timestamp],
    destinations: Sequence[str],
    goods: Mapping[str, Sequence[str]],
    estimate: Callable[..., dict[str, float]] = difference,
) -> pd.DataFrame:
    """The effect where there should be none, one row each: `kind` (date, destination, goods, actual), `name`,
    estimate, lo, hi, p, q.

    Dates use only months before `at`; destinations leave out the focal one; goods take the named products as listed
    and leave the listed ones out. `q` is Benjamini-Hochberg over the placebos; `reason` says why one could not be
    estimated. `estimate` has the arguments of `difference`.
    """
    period, start = pd.DatetimeIndex(panel["period"]), pd.Timestamp(at)
    early, others = panel[period < start], panel[panel["partner"] != focal]
    unlisted = panel[~panel["family"].isin(list(listed))]
    trials: list[tuple[str, str, pd.DataFrame, str, Sequence[str], str | pd.Timestamp]] = [
        ("actual", focal, panel, focal, listed, at)
    ]
    trials += [("date", f"{pd.Timestamp(date):%Y-%m}", early, focal, listed, date) for date in dates]
    trials += [("destination", name, others, name, listed, at) for name in destinations]
    trials += [("goods", name, unlisted, focal, products, at) for name, products in goods.items()]
    rows = []
    for kind, name, table, destination, products, date in trials:
        try:
            found: dict[str, float | str] = {**estimate(table, destination, products, date), "reason": ""}
        except ValueError as error:
            found = {"reason": str(error)}
        rows.append({"kind": kind, "name": name, **found})
    result = pd.DataFrame(rows)
    placebo = result["kind"] != "actual"
    result.loc[placebo, "q"] = benjamini_hochberg(result.loc[placebo, "p"].to_numpy())
    return result


def benjamini_hochberg(p: Array) -> Array:
    """The smallest false discovery rate at which each test counts as found; NaN stays NaN. Benjamini and Hochberg
    (1995), JRSS B 57.
    """
    p = np.asarray(p, dtype=float)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known])]
    ranked = p[order] * (len(order) / np.arange(1, len(order) + 1))
    q = np.full(len(p), np.nan)
    q[order] = np.minimum.accumulate(ranked[::-1])[::-1].clip(max=1.0)
    return q

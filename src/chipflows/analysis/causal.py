"""Did controlled goods to Russia change beyond other goods and other destinations? PPML panel designs, with
placebos. (methods C.4)

Effects follow the methods page, each with the destination where levels differ by destination: exporter x product (x
destination), exporter x month (x destination in the triple difference, so that what happens to all goods on a route
is not counted), product x month. Clusters are products, which hold exporter x product and, unlike it, also the
product x month effects that tie exporters together. Source of the design: Chupilkin, Javorcik and Plekhanov (2023),
CEPR DP 20097; Korhonen and Simola (2024), BOFIT DP 3. See `panel_ppml`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from chipflows.analysis.panel import Array, Window, inside
from chipflows.analysis.panel_ppml import Effects, ppml

DIFFERENCE = ("exporter^product^destination", "exporter^month", "product^month")
TRIPLE = ("exporter^product^destination", "exporter^destination^month", "product^month")


def trade_panel(panel: pd.DataFrame, left_out: Sequence[Window] = ()) -> pd.DataFrame:
    """The panel (reporter, partner, family, period, value_usd) as exporter, destination, product, month, value;
    unpublished rows dropped.

    Months in `left_out` (stockpiling, or between base and after) are dropped too.
    """
    names = {
        "reporter": "exporter",
        "partner": "destination",
        "family": "product",
        "period": "month",
        "value_usd": "value",
    }
    table = panel[list(names)].rename(columns=names).dropna(subset=["value"])
    for window in left_out:
        table = table[~inside(pd.DatetimeIndex(table["month"]), window)]
    return table.reset_index(drop=True)


def treatment(table: pd.DataFrame, focal: str, listed: Sequence[str], at: str | pd.Timestamp) -> pd.Series:
    """1 for listed products to the focal destination from the month `at` on, else 0."""
    hit = (table["destination"] == focal) & table["product"].isin(list(listed)) & (table["month"] >= pd.Timestamp(at))
    return hit.astype(float)


def difference(
    panel: pd.DataFrame,
    focal: str,
    listed: Sequence[str],
    at: str | pd.Timestamp,
    effects: Sequence[str] = TRIPLE,
    cluster: Sequence[str] = ("product",),
    left_out: Sequence[Window] = (),
    is_even: bool = False,
) -> dict[str, float]:
    """The effect on listed goods to the focal destination from `at` on: estimate, lo, hi (log points), p, percent
    with bounds, rows, clusters.

    E(value_ijgt) = exp(estimate * focal_j * listed_g * post_t + effects). With `TRIPLE` a triple difference (needs
    products off the list and other destinations), with `DIFFERENCE` a difference in differences. `panel`: reporter,
    partner, family, period, value_usd; zeros stay in. `is_even`: each product counts alike, not by its value, see
    `evened`. Student's t with effective clusters - 1 degrees. percent = 100 (exp(estimate) - 1). Source: methods C.4.
    """
    table = trade_panel(panel, left_out)
    table = evened(table, at) if is_even else table
    table["treated"] = treatment(table, focal, listed, at)
    found = ppml(table, ["treated"], effects, cluster)
    counts = {"rows": found.rows, "separated": found.separated, "clusters": found.clusters}
    numbers = describe(float(found.coefficients[0]), float(np.sqrt(found.covariance[0, 0])), found.freedom)
    return numbers | counts | {"effective_clusters": found.effective_clusters}


def evened(table: pd.DataFrame, at: str | pd.Timestamp) -> pd.DataFrame:
    """The panel with each product's value divided by its monthly mean before `at`, all destinations together.

    The effect is then that on a typical product rather than on a dollar, and one large code can't outvote all
    others. A product without sales before has no size and is dropped.
    """
    before = table["value"].where(table["month"] < pd.Timestamp(at))
    size = before.groupby(table["product"]).transform("mean")
    return table.assign(value=table["value"] / size.where(size > 0)).dropna(subset=["value"]).reset_index(drop=True)


def describe(estimate: float, error: float, freedom: float) -> dict[str, float]:
    """Estimate, lo, hi, p by Student's t, and the same as percent changes."""
    reach = float(stats.t.ppf(0.975, freedom)) * error
    low, high = estimate - reach, estimate + reach
    p = 2 * float(stats.t.sf(abs(estimate) / error, freedom))
    percent = dict(
        zip(("percent", "percent_lo", "percent_hi"), map(float, 100 * np.expm1([estimate, low, high])), strict=True)
    )
    return {"estimate": estimate, "lo": low, "hi": high, "p": p, **percent}


def event_study(
    panel: pd.DataFrame,
    focal: str,
    listed: Sequence[str],
    reference: str | pd.Timestamp,
    window: Window,
    width: int = 1,
    effects: Sequence[str] = TRIPLE,
    cluster: Sequence[str] = ("product",),
    draws: int = 20000,
    seed: int = 2022,
) -> pd.DataFrame:
    """Leads and lags around the reference month: `k` (in steps of `width` months), `estimate`, `lo`, `hi`,
    `lo_sup`, `hi_sup`, `is_reference`.

    One coefficient on focal x listed for each step of months in `window`, the step of `reference` (k = -1 is its
    month and the width - 1 before) at 0; months outside the window are dropped. lo and hi 95% for one step, *_sup
    for all jointly (sup-t: Montiel Olea and Plagborg-Moller 2019, J. Appl. Econometrics 34). Estimates in log
    points. df.attrs: `leads_f`, `leads_p` (all leads are 0, see `joint_test`), `clusters`, `effective_clusters`.
    """
    table = trade_panel(panel)
    table = table[inside(pd.DatetimeIndex(table["month"]), window)].reset_index(drop=True)
    at, month = pd.Timestamp(reference), pd.DatetimeIndex(table["month"])
    step = np.floor(((month.year - at.year) * 12 + month.month - at.month - 1) / width).astype(int)
    hit = treatment(table, focal, listed, window[0]) > 0
    steps = [int(k) for k in np.unique(step) if k != -1]
    names = [f"lead{-k}" if k < 0 else f"lag{k}" for k in steps]
    for k, name in zip(steps, names, strict=True):
        table[name] = (hit & (step == k)).astype(float)
    found = ppml(table, names, effects, cluster)
    one, joint = reaches(found, draws, seed)
    value, error = found.coefficients, np.sqrt(np.diag(found.covariance))
    bounds = {
        "lo": value - one * error,
        "hi": value + one * error,
        "lo_sup": value - joint * error,
        "hi_sup": value + joint * error,
    }
    result = pd.DataFrame({"k": steps, "estimate": value, **bounds})
    result.loc[len(result)] = {"k": -1, **dict.fromkeys(result.columns[1:], 0.0)}
    result = result.astype({"k": int}).sort_values("k", ignore_index=True).assign(is_reference=lambda t: t["k"] == -1)
    leads = np.flatnonzero(np.array(steps) < -1)
    f, p = joint_test(value[leads], found.covariance[np.ix_(leads, leads)], found.effective_clusters)
    result.attrs.update(leads_f=f, leads_p=p, clusters=found.clusters, effective_clusters=found.effective_clusters)
    return result


def reaches(found: Effects, draws: int, seed: int) -> tuple[float, float]:
    """How many standard errors a 95% interval reaches: for one coefficient, and for all of them jointly (sup-t)."""
    error = np.sqrt(np.diag(found.covariance))
    correlation = found.covariance / np.outer(error, error)
    drawn = np.random.default_rng(seed).multivariate_normal(np.zeros(len(error)), correlation, draws, method="eigh")
    normal = float(np.quantile(np.abs(drawn).max(axis=1), 0.95))
    return float(stats.t.ppf(0.975, found.freedom)), float(stats.t.ppf(stats.norm.cdf(normal), found.freedom))


def joint_test(value: Array, covariance: Array, clusters: float) -> tuple[float, float]:
    """F and p that all of `value` are 0, given effective clusters G: T squared * (G - q) / (q (G - 1)) ~ F(q, G -
    q).

    NaN when there are no fewer coefficients than clusters: take wider steps. Source: Hotelling (1931), Ann. Math.
    Stat. 2.
    """
    q = len(value)
    if q == 0 or clusters <= q:
        return float("nan"), float("nan")
    f = float(value @ np.linalg.solve(covariance, value)) * (clusters - q) / (q * (clusters - 1))
    return f, float(stats.f.sf(f, q, clusters - q))

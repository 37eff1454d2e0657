"""Poisson pseudo-likelihood with many fixed effects, and a variance that holds with few, unequal clusters.

Trade is lumpy: a handful of codes carries most of the value, and the usual clustered variance covers far less than
it says. Every cluster is left out in turn and one weighted step is taken with all effects estimated anew (a
one-step CV3 jackknife); shocks that clusters share in a month are added with their memory. Estimation and
projection by pyfixest. Sources: Santos Silva and Tenreyro (2006), Rev. Econ. Stat. 88; MacKinnon, Nielsen and Webb
(2023), J. Econometrics 232, for CV3; Driscoll and Kraay (1998), Rev. Econ. Stat. 80, and Chiang, Hansen and Sasaki
(2024) for the shared months.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyfixest
from numpy.typing import NDArray
from pyfixest.core.demean import demean

from chipflows.analysis.panel import Array
from chipflows.analysis.regression import lag_length

DIGITS = 10
"""Decimals of coefficients and covariances that are kept."""


@dataclass(frozen=True)
class Effects:
    """Coefficients, their covariance, clusters, how many equal clusters they are worth, rows used, rows dropped
    because their effect has only zeros.
    """

    coefficients: Array
    covariance: Array
    clusters: int
    effective_clusters: float
    rows: int
    separated: int

    @property
    def freedom(self) -> float:
        """Degrees of freedom of Student's t: effective clusters less one, at least one."""
        return max(self.effective_clusters - 1, 1.0)


def ppml(
    table: pd.DataFrame, regressors: Sequence[str], effects: Sequence[str], cluster: Sequence[str], month: str = "month"
) -> Effects:
    """E(value) = exp(regressors + effects), the effects being combinations of columns joined by "^"; covariance as
    told above.

    `table` holds `value` (0 or more), the regressors, and the columns of effects, cluster and month. Rows whose
    effect has only zeros tell nothing and are dropped (`separated`). Raises ValueError when a regressor has no
    variation left within the effects.
    """
    if not (table["value"] > 0).any():
        raise ValueError("no trade to estimate from")
    coded = table[["value", *regressors]].copy()
    for number, effect in enumerate(effects):
        coded[f"effect{number}"] = table.groupby(effect.split("^"), sort=False).ngroup()
    coded["cluster"] = table.groupby(list(cluster)).ngroup()
    coded["month_number"] = table.groupby(month).ngroup()
    names = [f"effect{number}" for number in range(len(effects))]
    coded = coded[informative(coded, names)].reset_index(drop=True)
    fit = _fit(coded, regressors, names)
    lost = [name for name in regressors if fit is None or name not in fit._coefnames]
    if lost:
        raise ValueError(f"no variation left for {', '.join(lost)} within {', '.join(effects)}")
    kept = fit._data
    covariance = jackknife(fit, kept, regressors, names) + shared_months(fit, kept)
    share = kept.assign(share=(np.asarray(fit._X) ** 2).sum(axis=1)).groupby("cluster")["share"].sum()
    effective = float(share.sum() ** 2 / (share**2).sum())
    # Threads add in any order: digits that differ from run to run are cut off.
    coefficients, covariance = np.round(fit._beta_hat, DIGITS), np.round(covariance, DIGITS)
    return Effects(coefficients, covariance, len(share), effective, len(kept), len(table) - len(coded))


def informative(coded: pd.DataFrame, effects: Sequence[str]) -> NDArray[np.bool_]:
    """Rows none of whose effects has only zeros among the rows kept (Correia, Guimaraes and Zylkin 2019)."""
    value, levels = coded["value"].to_numpy(dtype=float), coded[list(effects)].to_numpy().T
    kept, before = value >= 0, -1
    while kept.sum() != before:
        before = kept.sum()
        for level in levels:
            kept &= np.bincount(level, weights=value * kept)[level] > 0
    return np.asarray(kept)


def _fit(coded: pd.DataFrame, regressors: Sequence[str], effects: Sequence[str]) -> Any:
    """pyfixest's fit, or None when the effects explain all regressors."""
    if coded.empty:
        return None
    formula = f"value ~ {' + '.join(regressors)} | {' + '.join(effects)}"
    with warnings.catch_warnings():  # on single rows of an effect, which tell nothing, and on pandas' plans
        warnings.simplefilter("ignore")
        try:
            fit: Any = pyfixest.fepois(formula, coded, vcov="iid", iwls_maxiter=100, separation_check=[])
        except ValueError as error:
            if "collinear" in str(error):
                return None
            raise
    if not fit.convergence:
        raise ValueError("the Poisson fit with effects did not converge; give a longer panel or fewer effects")
    return fit


def jackknife(fit: Any, kept: pd.DataFrame, regressors: Sequence[str], effects: Sequence[str]) -> Array:
    """(G - 1) / G times the sum of squared one-step changes of the coefficients when cluster g is left out, effects
    estimated anew.
    """
    response = np.asarray(fit._u_hat_response, dtype=float).ravel()
    mean = np.asarray(fit._Y_hat_response, dtype=float).ravel()
    columns = np.column_stack([response / mean, kept[list(regressors)].to_numpy(dtype=float)])
    levels = kept[list(effects)].to_numpy().astype(np.uint64)
    number = kept["cluster"].to_numpy()
    changes = []
    for left_out in np.unique(number):
        rest = number != left_out
        projected, _ = demean(
            np.ascontiguousarray(columns[rest]), np.ascontiguousarray(levels[rest]), mean[rest], 1e-8, 10000
        )
        x, y = projected[:, 1:], projected[:, 0]
        weighted = x * mean[rest][:, None]
        changes.append(np.linalg.lstsq(weighted.T @ x, weighted.T @ y, rcond=1e-10)[0])
    moved = np.array(changes)
    result: Array = moved.T @ moved * (len(moved) - 1) / len(moved)
    return result


def shared_months(fit: Any, kept: pd.DataFrame) -> Array:
    """What clusters share in months: the Driscoll-Kraay variance less the same variance within clusters; 0 where it
    is not positive.

    Only for a single regressor that covers many months; with one regressor a month there is nothing to average, and
    it is 0.
    """
    scores = np.asarray(fit._scores, dtype=float)
    if scores.shape[1] > 1:
        return np.zeros((scores.shape[1], scores.shape[1]))
    month, cluster = kept["month_number"].to_numpy(), kept["cluster"].to_numpy()
    by_cluster = np.zeros((month.max() + 1, cluster.max() + 1))
    np.add.at(by_cluster, (month, cluster), scores[:, 0])
    lags = lag_length(len(by_cluster))
    shared = bartlett(by_cluster.sum(axis=1, keepdims=True), lags) - bartlett(by_cluster, lags)
    return np.array([[max(shared, 0.0) / float(np.asarray(fit._hessian)[0, 0]) ** 2]])


def bartlett(series: NDArray[np.float64], lags: int) -> float:
    """Sum over columns of the Bartlett-weighted autocovariances (sums, not means) of each column."""
    total = float((series**2).sum())
    for lag in range(1, lags + 1):
        total += 2 * (1 - lag / (lags + 1)) * float((series[lag:] * series[:-lag]).sum())
    return total

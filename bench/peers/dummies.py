"""Poisson regression with a dummy for every effect: what a GLM without absorbed effects does."""

from __future__ import annotations

import importlib.util

import numpy as np
import pandas as pd
from numpy.typing import NDArray

STEPS, CLOSE = 100, 1e-10

HAS_STATSMODELS = importlib.util.find_spec("statsmodels") is not None
NAME = "statsmodels GLM with dummies" if HAS_STATSMODELS else "GLM with dummies in NumPy"


def coefficient(table: pd.DataFrame, regressor: str, effects: list[str]) -> float:
    """Return the coefficient of `regressor` on `value`, with a dummy for every level of each effect.

    By statsmodels where it is installed; else by the same iteratively reweighted least squares written out, without
    what statsmodels computes besides, so that it is no slower.
    """
    dummies = [pd.get_dummies(table[effect], drop_first=place > 0, dtype=float) for place, effect in enumerate(effects)]
    design = np.column_stack([table[regressor], *dummies])
    value = table["value"].to_numpy(float)
    if HAS_STATSMODELS:
        import statsmodels.api as sm

        return float(sm.GLM(value, design, family=sm.families.Poisson()).fit(tol=CLOSE, maxiter=STEPS).params[0])
    return irls(value, design)


def irls(value: NDArray[np.float64], design: NDArray[np.float64]) -> float:
    """Return the first coefficient of a Poisson GLM; raises ValueError if it does not converge."""
    mean, before = (value + value.mean()) / 2, np.inf
    for _ in range(STEPS):
        linear = np.log(mean)
        working = linear + (value - mean) / mean
        # By the normal equations: statsmodels takes the pseudo-inverse of the whole design, at many times this cost.
        weighted = design * mean[:, None]
        solution = np.linalg.lstsq(weighted.T @ design, weighted.T @ working, rcond=1e-12)[0]
        mean = np.exp(design @ solution)
        deviance = 2 * float(
            np.sum(np.where(value > 0, value * np.log(np.where(value > 0, value, 1) / mean), 0) - value + mean)
        )
        if abs(deviance - before) <= CLOSE * (abs(deviance) + 1):
            return float(solution[0])
        before = deviance
    raise ValueError("the regression with dummies did not converge")

"""Least squares and Poisson pseudo-likelihood on one monthly series with holes, whose errors have the memory of an
AR(1).

With 60 to 100 months and a dozen regressors, plain Newey-West intervals cover far less than they say. Here the
memory is estimated by restricted likelihood, which knows that the regressors ate degrees of freedom, the series is
whitened with it, and Newey-West is applied to what memory is left. Sources: Newey and West (1987), Econometrica 55;
Andrews and Monahan (1992), Econometrica 60, for prewhitening; Turner et al. (2021), BMC Med. Res. Methodol. 21:181,
for restricted likelihood in interrupted time series.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from chipflows.analysis.panel import Array

MEMORIES = np.arange(0.0, 0.951, 0.05)


@dataclass(frozen=True)
class Fit:
    """Coefficients with their covariance, degrees of freedom, the errors' memory, and fitted values on the scale of
    the model.
    """

    coefficients: Array
    covariance: Array
    freedom: float
    memory: float
    fitted: Array

    def interval(self, row: Array, level: float = 0.95) -> tuple[float, float, float, float]:
        """Estimate, lo, hi and two-sided p of `row` @ coefficients, by Student's t."""
        estimate, error = float(row @ self.coefficients), float(np.sqrt(row @ self.covariance @ row))
        reach = float(stats.t.ppf(0.5 + level / 2, self.freedom)) * error
        p = 2 * float(stats.t.sf(abs(estimate) / error, self.freedom)) if error > 0 else 0.0
        return estimate, estimate - reach, estimate + reach, p

    def wald(self, rows: Array) -> tuple[float, float]:
        """F statistic and p of `rows` @ coefficients = 0."""
        value = rows @ self.coefficients
        f = float(value @ np.linalg.solve(rows @ self.covariance @ rows.T, value)) / len(rows)
        return f, float(stats.f.sf(f, len(rows), self.freedom))


def whitened(columns: Array, position: NDArray[np.intp], memory: float) -> Array:
    """Columns (rows are months, numbered by `position`, holes allowed) times the inverse root of the AR(1)
    correlation memory**|i - j|.
    """
    if memory == 0 or len(columns) == 0:
        return columns
    tie = memory ** np.diff(position)
    scale = np.sqrt(1 - tie**2)
    shape = (-1,) + (1,) * (columns.ndim - 1)
    rest = (columns[1:] - tie.reshape(shape) * columns[:-1]) / scale.reshape(shape)
    return np.concatenate([columns[:1], rest])


def log_volume(position: NDArray[np.intp], memory: float) -> float:
    """Log determinant of the correlation memory**|i - j| of these months."""
    return float(np.log(1 - memory ** (2 * np.diff(position))).sum()) if memory > 0 else 0.0


def memory_weights(y: Array, x: Array, position: NDArray[np.intp]) -> Array:
    """The restricted likelihood of each of `MEMORIES`, variance profiled out, scaled to a sum of one.

    Source: Harville (1977), J. Am. Stat. Assoc. 72.
    """
    likelihood = []
    for memory in MEMORIES:
        q, r = np.linalg.qr(whitened(x, position, float(memory)))
        w = whitened(y, position, float(memory))
        rest = max(float(w @ w - (q.T @ w) @ (q.T @ w)), 1e-300)
        volume = log_volume(position, float(memory)) + 2 * np.log(np.abs(np.diag(r))).sum()
        likelihood.append(-0.5 * ((len(x) - x.shape[1]) * np.log(rest) + volume))
    weight = np.exp(np.array(likelihood) - max(likelihood))
    return np.asarray(weight / weight.sum())


def newey_west(x: Array, errors: Array, position: NDArray[np.intp], lags: int) -> Array:
    """Newey-West covariance of least squares, (X'X)^-1 S (X'X)^-1 with Bartlett weights 1 - l/(lags + 1), times n /
    (n - k).

    Months that are missing count as scores of zero (Parzen 1963), so that lags are true months. Source: Newey and
    West (1987).
    """
    n, k = x.shape
    scores = np.zeros((int(position[-1] - position[0]) + 1, k))
    scores[position - position[0]] = x * errors[:, None]
    meat = scores.T @ scores
    for lag in range(1, lags + 1):
        cross = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (lags + 1)) * (cross + cross.T)
    bread = np.linalg.inv(x.T @ x)
    result: Array = bread @ meat @ bread * n / (n - k)
    return result


def lag_length(months: int) -> int:
    """Lags after prewhitening: 4 (n/100)^(2/9), rounded down (Newey and West 1994, Rev. Econ. Stud. 61)."""
    return int(4 * (months / 100) ** (2 / 9))


def least_squares(y: Array, x: Array, position: NDArray[np.intp]) -> Fit:
    """Generalised least squares under AR(1) errors, averaged over the memories by their restricted likelihood.

    For each memory the covariance is the larger, coefficient by coefficient, of Newey-West on the whitened scores
    and the model's own; to their average comes the variance of the coefficients between memories, so that not
    knowing the memory widens the interval. `y` months, `x` (months, regressors) without a linear dependence,
    `position` the number of each month. Raises ValueError when there are too few months.
    """
    n, k = x.shape
    if n < k + 3:
        raise ValueError(f"{n} months are too few for {k} regressors; give a longer series or drop the season")
    weight = memory_weights(y, x, position)
    fits = [_whitened_fit(y, x, position, float(memory)) for memory in MEMORIES]
    each = np.array([coefficients for coefficients, _ in fits])
    mean = weight @ each
    apart = each - mean
    covariance = np.einsum("m,mij->ij", weight, np.array([c for _, c in fits])) + (weight[:, None] * apart).T @ apart
    return Fit(mean, covariance, n - k, float(weight @ MEMORIES), x @ mean)


def _whitened_fit(y: Array, x: Array, position: NDArray[np.intp], memory: float) -> tuple[Array, Array]:
    """Coefficients and covariance under one memory."""
    wx, wy = whitened(x, position, memory), whitened(y, position, memory)
    bread = np.asarray(np.linalg.inv(wx.T @ wx), dtype=float)
    coefficients = bread @ wx.T @ wy
    errors = wy - wx @ coefficients
    plain = bread * float(errors @ errors) / (len(y) - x.shape[1])
    robust = newey_west(wx, errors, position, lag_length(len(y)))
    widen = np.sqrt(np.maximum(1.0, np.diag(plain) / np.maximum(np.diag(robust), 1e-300)))
    return coefficients, robust * np.outer(widen, widen)


def poisson(y: Array, x: Array, weights: Array | None = None, rounds: int = 100, tolerance: float = 1e-12) -> Array:
    """Poisson pseudo-maximum-likelihood coefficients of E(y) = exp(x b), by iteratively reweighted least squares; y
    may hold zeros.

    Raises ValueError when it does not converge. Source: Santos Silva and Tenreyro (2006), Rev. Econ. Stat. 88.
    """
    weights = np.ones(len(y)) if weights is None else weights
    mean = (y + y.mean()) / 2
    last = np.inf
    for _ in range(rounds):
        working = np.log(mean) + (y - mean) / mean
        root = np.sqrt(mean * weights)
        coefficients = np.linalg.lstsq(x * root[:, None], working * root, rcond=None)[0]
        mean = np.exp(x @ coefficients)
        deviance = 2 * float(
            (weights * (np.where(y > 0, y * np.log(np.where(y > 0, y, 1) / mean), 0) - (y - mean))).sum()
        )
        if abs(deviance - last) <= tolerance * (abs(deviance) + 1e-12):
            return np.asarray(coefficients)
        last = deviance
    raise ValueError(
        f"the Poisson fit did not converge in {rounds} rounds; look for regressors that predict zeros perfectly"
    )


def poisson_series(y: Array, x: Array, position: NDArray[np.intp]) -> Fit:
    """`poisson` for one series whose errors are as large as the flow (relative errors alike) and have AR(1) memory.

    Covariance (X'MX)^-1 X'M s^2 R M X (X'MX)^-1, M the fitted flow, R the correlation memory**|i - j| averaged by the
    restricted likelihood of the relative errors, s^2 their variance: Liang and Zeger (1986), Biometrika 73.
    """
    n, k = x.shape
    if n < k + 3:
        raise ValueError(f"{n} months are too few for {k} regressors; give a longer series or drop the season")
    scale = float(y.mean())
    coefficients = poisson(y / scale, x)
    mean = np.exp(x @ coefficients)
    relative = y / scale / mean - 1
    bread = np.linalg.inv(x.T @ (x * mean[:, None]))
    weight = memory_weights(relative + x @ coefficients, x, position)
    apart = np.abs(position[:, None] - position[None, :])
    covariance = np.zeros((k, k))
    for share, memory in zip(weight, MEMORIES, strict=True):
        white = whitened(relative - x @ np.linalg.lstsq(x, relative, rcond=None)[0], position, float(memory))
        loaded = x * mean[:, None]
        spread = float(white @ white) / (n - k)
        covariance += share * spread * bread @ loaded.T @ (memory**apart) @ loaded @ bread
    constant = np.linalg.lstsq(x, np.ones(n), rcond=None)[0]
    return Fit(coefficients + constant * np.log(scale), covariance, n - k, float(weight @ MEMORIES), scale * mean)

"""After minus base of one role, and the ratio of two such sums, with intervals: what backfill, counterfactual and
transit share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chipflows.analysis import bootstrap
from chipflows.analysis.noise import Noise, noise
from chipflows.analysis.panel import Array, Cube, Window, base_mean, contrast, inside


@dataclass(frozen=True)
class Excess:
    """After minus base, a month's mean, of one role: by family, with the noise of its sum and the suppliers that
    never enter.
    """

    by_family: Array
    base: float
    enters: Array
    tables: list[Array]
    noise: Noise
    covered: float
    missing: tuple[str, ...]

    def total_draws(self, starts: list[NDArray[np.intp]]) -> Array:
        """The sum over families by draw, codes fixed."""
        draws: Array = self.by_family.sum() + bootstrap.month_draws(self.tables, starts)
        return draws


def excess(of: Cube, base: Window, after: Window, sign: float = 1.0) -> Excess:
    """Sum over suppliers of the mean of X - B over the months of `after`; `sign` -1 makes it a loss. Unit of the
    cube, per month.

    `base` is the base it is measured from, in the same months; `enters` counts the suppliers that enter by family;
    `covered` is the share of the base (over the months of `after`) whose after months are published.
    """
    late, early = contrast(of.cells, of.months, base, after)
    enters = np.asarray((late > 0).any(axis=-1))
    level = base_mean(of.cells, of.months, base)[..., inside(of.months, after)]
    entered = np.isfinite(of.cells[..., inside(of.months, after)])
    all_base = float(np.nansum(level))
    found = noise(of.cells, of.months, base, after)
    known = np.nan_to_num(of.cells)
    return Excess(
        by_family=sign * ((late - early) * known).sum(axis=(0, 2)),
        base=float((early * known).sum()),
        enters=enters.sum(axis=0).astype(float),
        tables=bootstrap.block_tables(sign * (late - early), found),
        noise=found,
        covered=float(np.nansum(level * entered)) / all_base if all_base > 0 else float("nan"),
        missing=tuple(str(s) for s in of.suppliers[~np.asarray(enters.any(axis=1))]),
    )


def ratio_interval(gain: Excess, loss: Excess, draws: int, rng: np.random.Generator) -> dict[str, float]:
    """Ratio of the two sums with its 95% interval over months and codes; lo and hi NaN where the loss may well be
    nothing.

    The error of G/L is, to first order, that of (G - ratio * L)/L.
    """
    starts = bootstrap.block_starts(loss.noise, draws, rng)
    lost, gained = float(loss.by_family.sum()), float(gain.by_family.sum())
    loss_draws, gain_draws = loss.total_draws(starts), gain.total_draws(starts)
    result = {"loss": lost, "gain": gained}
    result["loss_lo"], result["loss_hi"] = bootstrap.interval(lost, loss_draws, loss.noise.freedom)
    result["gain_lo"], result["gain_hi"] = bootstrap.interval(gained, gain_draws, gain.noise.freedom)
    if lost <= 0:
        return result | {"ratio": np.nan, "lo": np.nan, "hi": np.nan}
    ratio = gained / lost
    if not result["loss_lo"] > 0:
        return result | {"ratio": ratio, "lo": np.nan, "hi": np.nan}
    joint = [g - ratio * v for g, v in zip(gain.tables, loss.tables, strict=True)]
    by_code = float(bootstrap.month_variance(joint).sum()) / lost**2
    codes = bootstrap.code_draws(gain.by_family, loss.by_family, by_code, draws, rng)
    few = min(loss.noise.freedom, gain.noise.freedom)
    freedom = bootstrap.degrees(loss.by_family / lost, few) if codes.any() else few
    lo, hi = bootstrap.interval(ratio, gain_draws / loss_draws + codes, freedom)
    return result | {"ratio": ratio, "lo": lo, "hi": hi}

"""Third countries: what newly went into a hub against what newly came out towards Russia, and what was lost on the
way. (methods C.3)

Matching is an upper bound, not proof: statistics do not say that the same goods flow on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from chipflows.analysis import bootstrap
from chipflows.analysis.excess import excess
from chipflows.analysis.panel import Array, Cube, Window, contrast, cube, total

SEEN = np.sqrt(2) - 1
"""How much of the downward bias of a minimum can be seen from two estimates of truly equal numbers: noise has already
pushed them apart. Where they are far apart there is neither bias nor correction."""


def smaller(a: Array, b: Array, spread: Array) -> Array:
    """The smaller of two noisy numbers, freed from the bias that taking the smaller brings; `spread`: sd of the
    noise of a - b.

    min(a, b) + (E|d| - |d|) / 2 / (sqrt 2 - 1), d = a - b, E|d| for a normal around it. Source: Clark (1961), Oper.
    Res. 9.
    """
    apart, unit = np.abs(a - b), np.maximum(spread, 1e-300)
    expected = unit * 2 * stats.norm.pdf(apart / unit) + apart * (1 - 2 * stats.norm.cdf(-apart / unit))
    result: Array = np.minimum(a, b) + (expected - apart) / 2 / SEEN
    return result


def leg(panel: pd.DataFrame, hub: str, column: str, months: pd.DatetimeIndex | None = None) -> Cube:
    """The cube of one hub's rows of a leg (columns hub, family, period, `column`, and supplier where several sell
    into it).
    """
    rows = panel[panel["hub"] == hub]
    return cube(rows if "supplier" in rows else rows.assign(supplier=hub), column, months)


def shifted(window: Window, lag: int) -> Window:
    """The window moved `lag` months back."""
    first, last = (pd.Timestamp(end) - pd.DateOffset(months=lag) for end in window)
    return first, last


def rerouting_monthly(
    into: pd.DataFrame, out: pd.DataFrame, base: Window, after: Window, column: str = "value_usd"
) -> pd.DataFrame:
    """Both legs by hub and month: `hub`, `leg` (in, out), `period`, the sum of `column`, and the leg's `base` and
    `excess`, per month.

    Sums are NaN in months that a reporter of the leg did not publish. `base` and `excess` are of the leg, repeated
    in its rows: mean of the base over the months of `after`, and mean of value - base. Source: methods C.3,
    rerouting.
    """
    tables = []
    for name, panel in (("in", into), ("out", out)):
        for hub in sorted(panel["hub"].unique()):
            of = leg(panel, hub, column)
            late, early = contrast(of.cells, of.months, base, after)
            known = np.nan_to_num(of.cells)
            level, more = ((w * known).sum() if late.any() else np.nan for w in (early, late - early))
            rows = {
                "hub": hub,
                "leg": name,
                "period": of.months,
                column: total(of.cells),
                "base": level,
                "excess": more,
            }
            tables.append(pd.DataFrame(rows))
    return pd.concat(tables, ignore_index=True)


def rerouting(
    into: pd.DataFrame,
    out: pd.DataFrame,
    direct: pd.DataFrame,
    coalition: Sequence[str],
    base: Window,
    after: Window,
    families: Sequence[str],
    lags: Sequence[int] = (0, 1, 2, 3),
    column: str = "value_usd",
    draws: int = bootstrap.DRAWS,
    seed: int = 2022,
) -> pd.DataFrame:
    """Matched excess per month, one row for each hub and lag: what newly went in and newly came out, as a share of
    the loss.

    By family: E_in = excess of sales into the hub over the window `lag` months earlier, E_out = excess of the hub's
    sales to the focal destination; matched = sum of min(E_in, E_out) over the families in which both excesses stand
    out of the noise (95%), less the bias that the minimum of two noisy numbers has (from the bootstrap). `share` =
    matched / loss of the `coalition` in `direct`. Intervals 95% over months. `is_headline` marks the lag with the
    smallest match, so that no lag is picked for its result. `into` holds hub, supplier, family, period, `column`;
    `out` hub, family, period, `column`; `direct` supplier, family, period, `column`. Source: methods C.3;
    Chupilkin, Javorcik and Plekhanov (2023), CEPR DP 20097, for the share.
    """
    whole = cube(direct, column)
    loss = excess(whole.with_families(families).of(coalition), base, after, -1.0)
    starts = bootstrap.block_starts(loss.noise, draws, np.random.default_rng(seed))
    lost, loss_draws = float(loss.by_family.sum()), loss.total_draws(starts)
    rows = []
    hubs_in, hubs_out = ({str(hub): part for hub, part in panel.groupby("hub")} for panel in (into, out))
    for hub in sorted({*hubs_in, *hubs_out}):
        legs = [leg(part[hub], hub, column, whole.months) if hub in part else None for part in (hubs_in, hubs_out)]
        came = _leg(legs[1], families, base, after, draws, seed + 1)
        for lag in lags:
            went = _leg(legs[0], families, base, shifted(after, lag), draws, seed + 2)
            rows.append({"hub": hub, "lag": lag, **_match(went, came, lost, loss_draws)})
    table = pd.DataFrame(rows)
    smallest = table.groupby("hub")["matched"].transform("min")
    table["is_headline"] = (table["matched"] == smallest) & ~table.assign(low=table["matched"] == smallest).duplicated(
        ["hub", "low"]
    )
    return table


@dataclass(frozen=True)
class _Leg:
    """The excess of one leg by family, its draws (draws, families), and the degrees of freedom of its noise."""

    by_family: Array
    drawn: Array
    freedom: float

    @property
    def stands_out(self) -> NDArray[np.bool_]:
        """Families whose excess is above 0 in 97.5% of the draws."""
        return np.asarray(np.quantile(self.drawn, 0.025, axis=0) > 0)


def _leg(of: Cube | None, families: Sequence[str], base: Window, after: Window, draws: int, seed: int) -> _Leg | None:
    """One leg of one hub; None where nothing is published."""
    if of is None:
        return None
    part = excess(of.with_families(families), base, after)
    if not part.enters.any():
        return None
    starts = bootstrap.block_starts(part.noise, draws, np.random.default_rng(seed))
    return _Leg(part.by_family, part.by_family + bootstrap.family_draws(part.tables, starts), part.noise.freedom)


def _match(went: _Leg | None, came: _Leg | None, lost: float, loss_draws: Array) -> dict[str, Any]:
    """Matched excess of one hub and lag, its share of the loss, and both intervals."""
    if went is None or came is None:
        return {
            "matched": np.nan,
            "reason": f"no data for {'sales into the hub' if went is None else 'the exports of the hub'}",
        }
    both = went.stands_out & came.stands_out
    spread = (went.drawn - came.drawn).std(axis=0)
    matched = max(float(smaller(went.by_family, came.by_family, spread)[both].sum()), 0.0)
    drawn = smaller(went.drawn, came.drawn, spread)[:, both].sum(axis=1)
    freedom = min(went.freedom, came.freedom)
    low, high = _centred(matched, drawn, freedom)
    result = {
        "excess_in": float(went.by_family.sum()),
        "excess_out": float(came.by_family.sum()),
        "codes": int(both.sum()),
        "matched": matched,
        "matched_lo": low,
        "matched_hi": high,
    }
    if not (lost > 0 and np.quantile(loss_draws, 0.025) > 0):
        return result | {"reason": "no loss that stands out of the noise"}
    low, high = _centred(matched / lost, drawn / loss_draws, freedom)
    return result | {"share": matched / lost, "lo": low, "hi": high, "reason": ""}


def _centred(estimate: float, drawn: Array, freedom: float) -> tuple[float, float]:
    """The interval of draws moved to the estimate, not below 0."""
    low, high = bootstrap.interval(estimate, drawn - drawn.mean() + estimate, freedom)
    return max(low, 0.0), max(high, 0.0)

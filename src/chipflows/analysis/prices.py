"""Is the rise in value price or volume? Unit-value double ratios and the quantity index. (methods C.3, price
mark-up)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from chipflows.analysis import bootstrap
from chipflows.analysis.noise import BLOCK, LEVEL_MONTHS, memory_of
from chipflows.analysis.panel import Array, Window, cube, inside

FEWEST_MONTHS = 3
"""A code counts when it has so many months with a price in the base and in the after window."""


def price_ratios(
    panel: pd.DataFrame, elsewhere: pd.DataFrame, value: str = "value_usd", quantity: str = "weight_kg"
) -> pd.DataFrame:
    """Supplier, family, period, `unit_value` to the focal destination, `unit_value_elsewhere` and `price_ratio` of
    the two.

    UV = value / quantity in the same month, by the same supplier, of the same family; NaN without trade or quantity
    on a side. Both panels hold supplier, family, period, `value` and `quantity`; quantities that the source
    estimated must be NaN. Source: methods C.3.
    """
    keys = ["supplier", "family", "period"]
    both = panel[[*keys, value, quantity]].merge(
        elsewhere[[*keys, value, quantity]], on=keys, how="left", suffixes=("", "_there")
    )
    here = both[value] / both[quantity].where(both[quantity] > 0)
    there = both[f"{value}_there"] / both[f"{quantity}_there"].where(both[f"{quantity}_there"] > 0)
    here, there = here.where(here > 0), there.where(there > 0)
    return both[keys].assign(unit_value=here, unit_value_elsewhere=there, price_ratio=here / there)


def trimmed(log_price: Array, share: float) -> Array:
    """Log prices (family, month) of one window without the lowest and highest `share` of deviations from the
    family's median.
    """
    if share <= 0 or not np.isfinite(log_price).any():
        return log_price
    apart = log_price - median(log_price)
    low, high = np.nanquantile(apart, [share, 1 - share])
    return np.where((apart >= low) & (apart <= high), log_price, np.nan)


def median(log_price: Array) -> Array:
    """Median over the last axis, kept; NaN where nothing is known."""
    known = np.isfinite(log_price).any(axis=-1, keepdims=True)
    return np.where(known, np.nanmedian(np.where(known, log_price, 0.0), axis=-1, keepdims=True), np.nan)


def weighted_median(values: Array, weights: Array) -> Array:
    """The weighted median of `values` under each row of `weights`: the mean of the two values at which half the
    weight is reached.
    """
    order = np.argsort(values)
    running = np.cumsum(weights[:, order], axis=1)
    half = running[:, -1:] / 2
    lower = (running >= half * (1 - 1e-12)).argmax(axis=1)
    upper = (running > half * (1 + 1e-12)).argmax(axis=1)
    result: Array = (values[order][lower] + values[order][upper]) / 2
    return result


def double_ratio(
    ratios: pd.DataFrame,
    sold: pd.DataFrame,
    groups: Mapping[str, Sequence[str]],
    base: Window,
    after: Window,
    families: Sequence[str],
    trim: float = 0.05,
    value: str = "value_usd",
    draws: int = bootstrap.DRAWS,
    seed: int = 2022,
) -> pd.DataFrame:
    """How much dearer the focal destination's purchases became: median over codes of now/before, by group, price
    and way of counting.

    `price`: to_focal (UV to it), elsewhere (UV to others), double (to_focal / elsewhere). By code: d = mean of ln
    over the window's months less the mean over the base's; `estimate` = exp(median of d), 1 = unchanged, `lo` and
    `hi` 95% over months and codes. `is_trimmed`: without the outer `trim` of monthly prices on each side;
    `is_weighted`: codes count by `value` sold in the window. `ratios` is what `price_ratios` returns, `sold` the
    panel it came from. Source: methods C.3; the statistic of Korhonen and Simola (BOFIT, November 2025).
    """
    columns = {"to_focal": "unit_value", "elsewhere": "unit_value_elsewhere", "double": "price_ratio"}
    size = cube(sold, value).with_families(families)
    rows = []
    for price, column in columns.items():
        whole = cube(ratios, column, size.months).with_families(families)
        for group, members in groups.items():
            logs = np.log(whole.of(members).cells)
            flat = logs.reshape(-1, logs.shape[-1])
            worth = np.nan_to_num(size.of(members).cells[..., inside(size.months, after)]).sum(axis=-1)
            for is_trimmed in (False, True):
                cut = [trimmed(flat[:, inside(size.months, w)], trim if is_trimmed else 0.0) for w in (base, after)]
                for is_weighted in (False, True):
                    found = _median_change(cut, worth.ravel() if is_weighted else None, draws, seed)
                    rows.append(
                        {"group": group, "price": price, "is_trimmed": is_trimmed, "is_weighted": is_weighted, **found}
                    )
    return pd.DataFrame(rows)


def _median_change(windows: list[Array], worth: Array | None, draws: int, seed: int) -> dict[str, Any]:
    """exp(median over codes of the change between two windows of log prices (code, month)) with its interval."""
    enough = np.all([np.isfinite(w).sum(axis=1) >= FEWEST_MONTHS for w in windows], axis=0)
    codes = int(enough.sum())
    if codes == 0:
        return {
            "codes": 0,
            "estimate": np.nan,
            "lo": np.nan,
            "hi": np.nan,
            "reason": "no code with a price in both windows",
        }
    logs = [w[enough] for w in windows]
    means = [np.nanmean(w, axis=1) for w in logs]
    change, weights = means[1] - means[0], np.ones(codes) if worth is None else worth[enough]
    estimate = float(weighted_median(change, weights[None])[0])
    rng = np.random.default_rng(seed)
    drawn, freedom = np.full(draws, estimate), float(logs[1].shape[1] - 1)
    if codes >= bootstrap.FEWEST_CODES:
        drawn = weighted_median(change, weights * rng.multinomial(codes, np.full(codes, 1 / codes), draws))
        freedom = codes - 1.0
    for window, mean in zip(logs, means, strict=True):
        drawn = drawn + _shared_noise(window - mean[:, None], draws, rng)
    lo, hi = np.exp(bootstrap.interval(estimate, drawn, freedom))
    return {"codes": codes, "estimate": float(np.exp(estimate)), "lo": float(lo), "hi": float(hi), "reason": ""}


def _shared_noise(apart: Array, draws: int, rng: np.random.Generator) -> Array:
    """Draws of the window's mean of what all codes share in a month (their median): circular blocks of its shocks.

    The mean of noise with memory r is the mean of its shocks over 1 - r. Where codes are resampled too, the part of
    the median's variance that comes from single codes is taken off: it is counted there.
    """
    apart = apart[:, np.isfinite(apart).any(axis=0)]
    shared, months = np.nanmedian(apart, axis=0), apart.shape[1]
    block = BLOCK if months >= LEVEL_MONTHS - 1 else 1
    shared = (shared - shared.mean()) * np.sqrt(months / max(months - block, 1))
    if len(apart) >= bootstrap.FEWEST_CODES and shared.var() > 0:
        single = np.pi / 2 * float(np.nanmean(np.nanvar(apart, axis=0) / np.isfinite(apart).sum(axis=0)))
        shared = shared * np.sqrt(max(1 - single / float(shared.var()), 0.0))
    memory = memory_of(shared, np.arange(months) > 0)
    shocks = (shared - memory * np.roll(shared, 1)) / (1 - memory)
    start = rng.integers(months, size=(draws, -(-months // block), 1))
    position = (start + np.arange(block)).reshape(draws, -1)[:, :months] % months
    return np.asarray(shocks[position].mean(axis=1))

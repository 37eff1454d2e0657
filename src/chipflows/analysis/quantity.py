"""Quantity index: what the rise in value leaves when the rise in price is taken off. (methods C.3)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from chipflows.analysis import bootstrap
from chipflows.analysis.excess import Excess, excess
from chipflows.analysis.panel import Window, cube


def quantity_index(
    panel: pd.DataFrame,
    prices: pd.DataFrame,
    groups: Mapping[str, Sequence[str]],
    base: Window,
    after: Window,
    families: Sequence[str],
    column: str = "value_usd",
    draws: int = bootstrap.DRAWS,
    seed: int = 2022,
) -> pd.DataFrame:
    """By group the value index, the price index and the quantity index = value / price, now / before (1 = as
    before).

    Columns: group, `value_index`, `value_lo`, `value_hi`, `price_index`, `price_lo`, `price_hi`, `quantity_index`,
    `lo`, `hi`, `reason`. Value index = mean X / mean B over the group's families, 95% over months. Price index: the
    weighted, trimmed row "to_focal" of `prices` (what `double_ratio` returned). The two errors are taken as
    independent. `panel` holds supplier, family, period and `column`. Source: methods C.3, quantity index.
    """
    whole = cube(panel, column).with_families(families)
    chosen = prices[(prices["price"] == "to_focal") & prices["is_trimmed"] & prices["is_weighted"]].set_index("group")
    rows: list[dict[str, str | float]] = []
    for group, members in groups.items():
        part = excess(whole.of(members), base, after)
        if part.missing or not part.base > 0:
            lacking = f"no data for {', '.join(part.missing)}" if part.missing else "no trade in the base"
            rows.append({"group": group, "reason": lacking})
            continue
        price = {name: float(chosen[name].loc[group]) for name in ("estimate", "lo", "hi")}
        rows.append({"group": group, **_one(part, price, draws, np.random.default_rng(seed)), "reason": ""})
    return pd.DataFrame(rows)


def _one(part: Excess, price: Mapping[str, float], draws: int, rng: np.random.Generator) -> dict[str, float]:
    """The three indices of one group."""
    value, freedom = 1 + float(part.by_family.sum()) / part.base, part.noise.freedom
    drawn = 1 + part.total_draws(bootstrap.block_starts(part.noise, draws, rng)) / part.base
    logs = np.log(np.maximum(drawn, 1e-12))
    spread = float(np.log(price["hi"] / price["lo"])) / (2 * stats.norm.ppf(0.975))
    apart = logs - np.log(price["estimate"]) - rng.normal(0, spread, draws)
    quantity = value / price["estimate"]
    value_lo, value_hi = np.exp(bootstrap.interval(float(np.log(value)), logs, freedom)).tolist()
    lo, hi = np.exp(bootstrap.interval(float(np.log(quantity)), apart, freedom)).tolist()
    numbers = {
        "value_index": value,
        "value_lo": value_lo,
        "value_hi": value_hi,
        "quantity_index": quantity,
        "lo": lo,
        "hi": hi,
    }
    return numbers | {"price_index": price["estimate"], "price_lo": price["lo"], "price_hi": price["hi"]}

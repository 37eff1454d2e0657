"""Loss, gain and backfill ratio: how much of what Russia no longer got from the coalition did others make up?
(methods C.3)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from chipflows.analysis import bootstrap
from chipflows.analysis.excess import excess, ratio_interval
from chipflows.analysis.panel import Cube, Window, cube, inside

MEASURES = {"value": "value_usd", "volume": "weight_kg"}


def backfill(
    panel: pd.DataFrame,
    coalition: Sequence[str],
    groups: Mapping[str, Sequence[str]],
    base: Window,
    after: Window,
    goods: Mapping[str, Sequence[str]] | None = None,
    measures: Mapping[str, str] = MEASURES,
    draws: int = bootstrap.DRAWS,
    seed: int = 2022,
) -> pd.DataFrame:
    """Loss of the coalition, gain of each group and their ratio, one row for each of `goods` (rows of families),
    measure and group.

    L = sum over coalition and families of mean over months of (B - X); G = the same of (X - B) over the group;
    ratio = G / L, where B is the mean of the same calendar months of `base` (methods C.3). `panel` holds supplier,
    family, period and the columns that `measures` names (USD, kg), exports to the focal destination. Loss and gain
    are per month, in the unit of the measure; *_lo and *_hi bound 95%: loss and gain over months, `ratio` over
    months and codes (codes only from six up). Families count when the coalition and every member of the group
    published them. `reason` says why a ratio is undefined. Source: methods C.3; see `bootstrap`.
    """
    goods = goods or {"all": sorted(panel["family"].unique())}
    rows = []
    for measure, column in measures.items():
        whole = cube(panel, column)
        for name, families in goods.items():
            sold = whole.with_families(families)
            for group, members in groups.items():
                row = backfill_of(sold.of(coalition), sold.of(members), base, after, draws, seed)
                rows.append({"family": name, "measure": measure, "group": group, **row})
    return pd.DataFrame(rows)


def backfill_of(
    coalition: Cube, group: Cube, base: Window, after: Window, draws: int = bootstrap.DRAWS, seed: int = 2022
) -> dict[str, Any]:
    """One row of `backfill`, without its keys, from the cubes of the coalition and of one group."""
    if lacking := ", ".join(group.without_data()) or ("the coalition" if np.isnan(coalition.cells).all() else ""):
        return {"codes": 0, "months": 0, "covered": float("nan"), "reason": f"no data for {lacking}"}
    loss, gain = excess(coalition, base, after, -1.0), excess(group, base, after)
    common = (loss.enters > 0) & (gain.enters == len(group.suppliers))
    months = int((np.isfinite(group.cells).any(axis=(0, 1)) & inside(group.months, after)).sum())
    row: dict[str, Any] = {"codes": int(common.sum()), "months": months, "covered": loss.covered}
    if gain.missing or not common.any():
        return row | {
            "reason": f"no data for {', '.join(gain.missing)}" if gain.missing else "no data for the coalition"
        }
    if not common.all():
        kept = group.families[common]
        loss, gain = (
            excess(coalition.with_families(kept), base, after, -1.0),
            excess(group.with_families(kept), base, after),
        )
    row |= ratio_interval(gain, loss, draws, np.random.default_rng(seed))
    return row | {"reason": _reason(row)}


def _reason(row: Mapping[str, float]) -> str:
    """Why the ratio of a row has no value or no interval; empty where it has both."""
    if np.isnan(row["ratio"]):
        return "no loss"
    if np.isnan(row["loss_lo"]):
        return "too few months to know the noise"
    return "no loss that stands out of the noise" if np.isnan(row["lo"]) else ""


def lower_bound(
    panel: pd.DataFrame, supplier: str, of_origin: pd.DataFrame, columns: Sequence[str], name: str
) -> pd.DataFrame:
    """The rows of `supplier` at their lower bound under the supplier `name`, to be added to the panel: max(0, X - X
    of that origin).

    `of_origin` holds family, period and `columns` in the same units: Hong Kong's re-exports of Chinese origin,
    which Chinese statistics may hold too. The supplier itself is the upper bound. NaN where the split is not
    published. Source: methods C.1, Hong Kong.
    """
    rows = panel[panel["supplier"] == supplier]
    split = rows[["family", "period"]].merge(of_origin, on=["family", "period"], how="left")
    least = {column: np.maximum(rows[column].to_numpy() - split[column].to_numpy(), 0.0) for column in columns}
    return rows.assign(supplier=name, **least)

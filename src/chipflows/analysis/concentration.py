"""How concentrated supply is, and how many codes were backfilled. (methods C.3)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd


def concentration(panel: pd.DataFrame, by: Sequence[str], column: str = "value_usd") -> pd.DataFrame:
    """Herfindahl-Hirschman index and effective suppliers, one row for each combination of `by` (for example group
    and year).

    s_i = supplier's share of the sum of `column`; `hhi` = sum of s_i squared (0 to 1), `effective_suppliers` = 1 /
    hhi, `suppliers` with any trade. `is_complete` is False where a supplier's months are not all published: its
    share is then too small. NaN where nothing was traded. Source: Hirschman (1964), Am. Econ. Rev. 54.
    """
    sums = panel.groupby([*by, "supplier"], sort=True)[column].sum().reset_index()
    sums["share"] = sums[column] / sums.groupby(list(by))[column].transform("sum").replace(0.0, np.nan)
    grouped = sums.assign(square=sums["share"] ** 2, trades=sums[column] > 0).groupby(list(by))
    table = grouped.agg(hhi=("square", lambda s: s.sum(min_count=1)), suppliers=("trades", "sum")).reset_index()
    table["effective_suppliers"] = 1 / table["hhi"]
    published = panel.assign(is_complete=panel[column].notna()).groupby(list(by))["is_complete"].all().reset_index()
    return table.merge(published, on=list(by))


def shares(
    panel: pd.DataFrame, groups: Mapping[str, Sequence[str]], by: Sequence[str], column: str = "value_usd"
) -> pd.DataFrame:
    """Share (0 to 1) of each group of suppliers in the sum of `column`, one row for each combination of `by` and
    group.

    Pass {"China": [..], "China and Hong Kong": [.., ..]} to see both treatments of Hong Kong; groups may overlap.
    """
    whole = panel.groupby(list(by))[column].sum().replace(0.0, np.nan)
    tables = [
        (
            panel[panel["supplier"].isin(members)].groupby(list(by))[column].sum().reindex(whole.index, fill_value=0.0)
            / whole
        )
        .rename("share")
        .reset_index()
        .assign(group=group)
        for group, members in groups.items()
    ]
    return pd.concat(tables, ignore_index=True)[[*by, "group", "share"]]


def backfilled_codes(by_family: pd.DataFrame, thresholds: Sequence[float] = (0.5, 1.0)) -> pd.DataFrame:
    """By measure, group and threshold: codes whose ratio exceeds it (`codes`), surely does (`codes_surely`: lo
    above) and may (`codes_possibly`).

    `by_family` is a table of `backfill` with one row per family; codes without a loss stand in `codes_undefined`
    and in no other count; `codes_possibly` counts hi above the threshold, or a ratio without an interval. Source:
    methods C.3, product breadth.
    """
    rows = []
    for (measure, group), part in by_family.groupby(["measure", "group"], sort=False):
        defined = part[part["ratio"].notna()]
        for threshold in thresholds:
            rows.append(
                {
                    "measure": measure,
                    "group": group,
                    "threshold": threshold,
                    "codes": int((defined["ratio"] > threshold).sum()),
                    "codes_surely": int((defined["lo"] > threshold).sum()),
                    "codes_possibly": int(((defined["hi"] > threshold) | defined["hi"].isna()).sum()),
                    "codes_defined": len(defined),
                    "codes_undefined": len(part) - len(defined),
                }
            )
    return pd.DataFrame(rows)

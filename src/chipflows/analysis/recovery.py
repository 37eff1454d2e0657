"""Recovery index: what a supplier sells now against the same calendar months before, and when it passed them.
(methods C.3)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from chipflows.analysis.panel import Window, base_mean, cube, total


def recovery_index(
    panel: pd.DataFrame, groups: Mapping[str, Sequence[str]], base: Window, column: str = "value_usd"
) -> pd.DataFrame:
    """One row per group and month: `group`, `period`, the sum of `column`, `base` and `index` = value / base (1 =
    as before).

    Base is the mean of the same calendar months in the window. A month in which a member of the group is not
    published is NaN, as is the index where the base is 0. `panel` holds supplier, family, period and `column`.
    Source: methods C.3; Raimondo's "-90%" of June 2022 is index 0.1 of all suppliers together.
    """
    whole = cube(panel, column)
    tables = []
    for group, members in groups.items():
        of = whole.of(members)
        value = np.full(len(of.months), np.nan) if of.without_data() else total(of.cells)
        level = base_mean(value, of.months, base)
        index = np.divide(value, level, out=np.full(len(value), np.nan), where=level > 0)
        tables.append(pd.DataFrame({"group": group, "period": of.months, column: value, "base": level, "index": index}))
    return pd.concat(tables, ignore_index=True)


def months_to_recover(index: pd.DataFrame, since: str | pd.Timestamp, run: int = 1) -> pd.DataFrame:
    """One row per group: `period` and `months` (0 = the month of `since` itself) until the index stood at 1 or
    more.

    The index must hold for `run` published months in a row; the first of them counts. Where it never did, both are
    missing and `reason` says "no data" or "not passed by YYYY-MM". `index` is what `recovery_index` returns.
    """
    start = pd.Timestamp(since)
    rows = []
    for group, series in index[index["period"] >= start].dropna(subset=["index"]).groupby("group", sort=False):
        passed = (series["index"] >= 1).to_numpy()
        holds = [bool(passed[i : i + run].all()) for i in range(len(passed) - run + 1)]
        if not any(holds):
            rows.append(
                {
                    "group": group,
                    "period": pd.NaT,
                    "months": np.nan,
                    "reason": f"not passed by {series['period'].max():%Y-%m}",
                }
            )
            continue
        first = series["period"].iloc[holds.index(True)]
        rows.append(
            {
                "group": group,
                "period": first,
                "months": (first.year - start.year) * 12 + first.month - start.month,
                "reason": "",
            }
        )
    known = {row["group"] for row in rows}
    empty = [g for g in index["group"].unique() if g not in known]
    return pd.DataFrame(rows + [{"group": g, "period": pd.NaT, "months": np.nan, "reason": "no data"} for g in empty])

"""Who sold a group of goods before, and who sells it now."""

from __future__ import annotations

import pandas as pd

from chipflows.analysis.inputs import Asked
from chipflows.analysis.wording import percent


def sellers(sold: pd.DataFrame, about: Asked, group: str, period: str, most: int = 8) -> pd.DataFrame:
    """Return who sold a group of goods before and after: name, mean month of the base and of the period in USD million,
    share of each; the largest on either side.
    """
    rows = sold[sold["family"].isin(about.families(group))]
    means = []
    for start, end in (about.base, about.periods[period]):
        part = rows[rows["period"].between(pd.Timestamp(start), pd.Timestamp(end))]
        monthly = part.groupby(["supplier", "period"])["value_usd"].sum(min_count=1)
        means.append(monthly.groupby("supplier").mean() / 1e6)
    table = pd.concat(means, axis=1, keys=["Before", "After"]).dropna(how="all")
    table = table[table.max(axis=1) > 0]
    if table.empty:
        return pd.DataFrame(columns=["Supplier", "Before", "After", "Share before", "Share after"])
    for name in ("Before", "After"):
        table[f"Share {name.lower()}"] = [percent(x) if pd.notna(x) else "[n]" for x in table[name] / table[name].sum()]
    largest = table[["Before", "After"]].max(axis=1).nlargest(most).index
    found = table.loc[largest].rename(index=about.names).rename_axis("Supplier").reset_index()
    return found

"""Groups of goods side by side, each measured against its own mean before the war."""

from __future__ import annotations

import pandas as pd

from chipflows.analysis.study import COALITION, Study
from chipflows.analysis.wording import count, listed

ACROSS = ("tier_", "own_")
"""How the names of groups begin that cut across others."""


def disjoint_groups(groups: pd.DataFrame) -> list[str]:
    """Return groups of `core.groups` that share no family, the small ones first: what can be drawn side by side.

    Long lists that gather the families of other groups are left out, and so are tiers and an origin's own controls,
    which cut across groups.
    """
    whole = groups[groups["is_whole"] & ~groups["hs_group"].str.startswith(ACROSS)]
    families = {str(name): set(part["family"]) for name, part in whole.groupby("hs_group")}
    taken: set[str] = set()
    chosen = []
    for name in sorted(families, key=lambda one: (len(families[one]), one)):
        if not families[name] & taken:
            taken |= families[name]
            chosen.append(name)
    return chosen


def indexed(panel: pd.DataFrame, groups: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return index values by group of goods, month and supplier: 100 = the mean month of the main baseline.

    Suppliers are the coalition and all focal origins together, as far as they cover the baseline. Columns: family (the
    group of goods), title, period, group (the supplier), index (null where not published). `panel` is
    `marts.fixed_panel`: each month is held against the base of the same reporters, so that silence is no fall.
    """
    together = " and ".join(study.origins)
    chosen = panel["hs_group"].isin(disjoint_groups(groups)) & panel["supplier_title"].isin([COALITION, together])
    found = panel[chosen & (panel["panel_reporters"] > 0)].assign(index=lambda rows: 100 * rows["panel_ratio"])
    seen = found.loc[found["index"].notna(), "period"]
    found = found[found["period"].between(seen.min(), seen.max())]
    named = {"hs_group": "family", "group_title": "title", "supplier_title": "group"}
    columns = ["family", "title", "period", "group", "index"]
    return found.rename(columns=named)[columns].sort_values(["group", "family", "period"], ignore_index=True)


def since(panels: pd.DataFrame, months: int = 12) -> pd.DataFrame:
    """Return the mean index of the last `months` months by title and supplier."""
    last = panels[panels["period"] > panels["period"].max() - pd.DateOffset(months=months)]
    return pd.DataFrame(last.groupby(["title", "group"])["index"].mean().unstack("group"))


def title(panels: pd.DataFrame) -> str:
    """Return the finding: in how many groups of goods the coalition fell, and in how many the origins rose."""
    recent = since(panels)
    parts = []
    for group in recent.columns:
        held = recent[group].dropna()
        below, above = int((held < 100).sum()), int((held > 100).sum())
        if group == COALITION:
            parts.append(f"the coalition sold less in {below} of {count(len(held), 'group')}")
        else:
            parts.append(f"{group} sold more in {above} of {len(held)}")
    said = ", ".join(sorted(parts, key=lambda part: not part.startswith("the coalition")))
    return said[:1].upper() + said[1:]


def not_drawn(totals: pd.DataFrame, groups: pd.DataFrame, panels: pd.DataFrame) -> str:
    """Return the titles of the groups that could be drawn side by side but are not covered."""
    wanted = totals[totals["hs_group"].isin(disjoint_groups(groups))].drop_duplicates("hs_group")
    return listed(wanted.loc[~wanted["hs_group"].isin(panels["family"]), "group_title"], most=12)


def tiers(totals: pd.DataFrame, supplier: str) -> pd.DataFrame:
    """Return the mean month of every tier by year, USD million: one row a tier, one column a year; no rows without
    figures.

    `totals` is `marts.direct_totals`, `supplier` a title in it. A year is null unless all its months are published; the
    last one counts with the months it has.
    """
    rows = totals[totals["hs_group"].str.startswith("tier_") & (totals["supplier_title"] == supplier)]
    held = rows.dropna(subset=["value_usd"])
    if held.empty:
        return pd.DataFrame(columns=["Tier"])
    grouped = held.groupby(["group_title", held["period"].dt.year])["value_usd"].agg(["mean", "count"])
    months = held.groupby(held["period"].dt.year)["period"].nunique()
    full = grouped["count"] == months.reindex(grouped.index.get_level_values(1)).to_numpy()
    wide = (grouped["mean"] / 1e6).where(full).unstack()
    wide.columns = wide.columns.astype(str)
    return wide.rename_axis("Tier").reset_index()

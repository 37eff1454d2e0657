"""What happened around an event: months after it against months before it, and how long until the old level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from chipflows.analysis.inputs import Asked

MONTHS = 6
"""Months on each side of an event."""

LISTS, OWN, BANKS = ("list", "export control/list"), "own export control", "secondary sanctions"
"""Kinds of events: a list enlarged, an origin's own controls, banks threatened."""


def chosen(events: pd.DataFrame, about: Asked, kinds: Sequence[str] = (), actors: Sequence[str] = ()) -> pd.DataFrame:
    """Return verified events since the war of these kinds and actors, or those drawn by default where none is named."""
    dated = events.assign(month=pd.to_datetime(events["date"]).dt.to_period("M").dt.to_timestamp())
    since = dated[(dated["month"] >= about.war - pd.DateOffset(months=1)) & (dated["status"] == "verified")]
    is_default = since["is_default"].astype(str) == "true"
    since = since[since["kind"].isin(kinds) if kinds else is_default]
    return since[since["actor"].isin(actors)] if actors else since


def sums(panel: pd.DataFrame, families: Sequence[str], groups: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return monthly sums in USD by group of reporters (columns) over those that publish every month held."""
    rows = panel[panel["family"].isin(list(families))]
    monthly = rows.groupby(["reporter", "period"])["value_usd"].sum(min_count=1).unstack("reporter")
    steady = monthly.columns[monthly.notna().mean() >= 0.9]
    held = {name: [one for one in members if one in steady] for name, members in groups.items()}
    summed = {name: monthly[members].sum(axis=1, min_count=1) for name, members in held.items() if members}
    return pd.DataFrame(summed, index=pd.DatetimeIndex(monthly.index))


def changes(monthly: pd.DataFrame, events: pd.DataFrame, months: int = MONTHS) -> pd.DataFrame:
    """Return for every event the mean of the `months` after its month over the mean of as many before it.

    1 = as before.
    Columns: `label`, `date`, and one per group of `monthly`; NaN where a month is missing. The event's own month is
    left out. It dates a change; it does not say what caused it.
    """
    rows = [
        {"label": event["label"], "date": event["month"], **_ratio(monthly, event["month"], months).to_dict()}
        for _, event in events.iterrows()
    ]
    return pd.DataFrame(rows, columns=["label", "date", *monthly.columns])


def _ratio(monthly: pd.DataFrame, month: pd.Timestamp, months: int) -> pd.Series[float]:
    """Mean of the months after over the mean of those before; NaN where fewer than all are held."""
    ends = month - pd.DateOffset(months=months), month + pd.DateOffset(months=months)
    before = monthly[(monthly.index >= ends[0]) & (monthly.index < month)]
    after = monthly[(monthly.index > month) & (monthly.index <= ends[1])]
    whole = (before.notna().sum() == months) & (after.notna().sum() == months)
    level = before.mean()
    return (after.mean() / level.where(level > 0)).where(whole)


def regained(monthly: pd.DataFrame, month: pd.Timestamp, months: int = MONTHS) -> pd.DataFrame:
    """Return by group what followed an event: `group`, `change` (mean of the months after over before), `lowest` (the
    lowest later month over the mean before), `months` until a month stood at that mean again after the fall (NaN:
    never, or it never fell).
    """
    rows = []
    for name in monthly.columns:
        one = monthly[name].dropna()
        before = one[(one.index >= month - pd.DateOffset(months=months)) & (one.index < month)]
        after = one[one.index > month]
        if len(before) < months or len(after) < months or not before.mean() > 0:
            continue
        relative = after / before.mean()
        fell = relative[relative < 1]
        back = relative[(relative >= 1) & (relative.index > fell.index[0])] if len(fell) else relative[:0]
        wait = (back.index[0].year - month.year) * 12 + back.index[0].month - month.month if len(back) else np.nan
        change = float(relative.iloc[:months].mean())
        rows.append({"group": name, "change": change, "lowest": float(relative.min()), "months": wait})
    return pd.DataFrame(rows, columns=["group", "change", "lowest", "months"])


def suppliers(about: Asked, panel: pd.DataFrame, most: int = 2) -> dict[str, Sequence[str]]:
    """Return whose flows are told around events: the coalition, each origin, and the largest hubs."""
    hubs = panel[(panel["role"] == "hub") & (panel["period"] >= about.war)]
    largest = hubs.groupby("reporter")["value_usd"].sum().nlargest(most).index
    single = {name: members for name, members in about.suppliers.items() if len(members) == 1}
    return {"Coalition": about.coalition, **single, **{about.hubs[one]: (one,) for one in largest}}


def beside(
    panel: pd.DataFrame,
    about: Asked,
    goods: Mapping[str, str],
    who: Mapping[str, Sequence[str]],
    events: pd.DataFrame,
) -> pd.DataFrame:
    """Return `changes` of several groups of goods (title: group) side by side, all suppliers of `who` added up."""
    members = {name: tuple(one for group in who.values() for one in group) for name in goods}
    parts = [sums(panel, about.families(group), {name: members[name]}) for name, group in goods.items()]
    return changes(pd.concat(parts, axis=1), events)


def by_place(places: Mapping[str, pd.DataFrame], about: Asked, group: str, events: pd.DataFrame) -> pd.DataFrame:
    """Return `changes` of all origins' sales of one group of goods, by place (title: rows of the panel)."""
    members = about.suppliers[about.together]
    parts = [sums(rows, about.families(group), {f"To {name}": members}) for name, rows in places.items()]
    return changes(pd.concat(parts, axis=1), events)

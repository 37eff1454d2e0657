"""Before and after under every baseline: the ratio, the range it has, and the rows that figures and tables need.

`ratio` is the mean month of an after window over the mean month of a baseline (methods, C.2), USD over USD; the means
of a supplier are taken over the same reporters on both sides. Null means that one side is not covered.
"""

from __future__ import annotations

import math

import pandas as pd

from chipflows.analysis.study import COALITION, Study, main_baseline, place
from chipflows.analysis.wording import multiple

Window = dict[str, str]

DIRECT, FROM_HUB, TO_HUB = "direct", "from_hub", "to_hub"
MOST = {FROM_HUB: 4, TO_HUB: 6}
"""Routes of a kind that a figure has room for; the direct ones are always shown."""

MOST_GOODS = 12
NAMED = {"mean_before_usd": "value_usd_base", "mean_after_usd": "value_usd_after"}


def routes(totals: pd.DataFrame, hub_totals: pd.DataFrame, suppliers: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return every route of one group of goods: suppliers and hubs to the destination, the coalition to the hubs.

    `totals` and `hub_totals` are rows of `marts.before_after_totals` and `marts.hub_before_after` for that group,
    `suppliers` is `core.suppliers`. Added columns: title (Coalition to Russia), short (the end that differs), leg,
    place.
    """
    exclusive = set(suppliers.loc[suppliers["is_exclusive"], "supplier"])
    kept = totals[~totals["supplier"].isin(["world", "hub"])]
    kept = kept[kept["supplier"].isin(exclusive | set(hub_totals["partner"]))]
    direct = kept.assign(
        leg=kept["supplier"].isin(exclusive).map({True: DIRECT, False: FROM_HUB}),
        short=kept["supplier_title"],
        title=kept["supplier_title"] + " to " + study.destination,
    )
    through = hub_totals[hub_totals["supplier"] == "coalition"]
    through = through.assign(
        leg=TO_HUB, short=through["partner_name"], title=through["supplier_title"] + " to " + through["partner_name"]
    )
    found = pd.concat([direct, through], ignore_index=True)
    found["place"] = found["supplier"].map(place) + found["leg"].map({DIRECT: 0, FROM_HUB: 10, TO_HUB: 20})
    return found.sort_values(["place", "title", "after_window", "baseline"], ignore_index=True)


def peak_window(changes: pd.DataFrame, windows: pd.DataFrame) -> Window:
    """Return the row of `ref.windows_after` in which others sold most to the destination: the most that was replaced.

    Others are all suppliers but the coalition; where none is covered, the coalition's exports to the hubs decide.
    Only windows count in which half of the routes that have figures have some. Returns {} when there is none.
    """
    held = changes[changes["ratio"].notna()]
    counts = held.groupby("after_window")["title"].nunique()
    held = held[held["after_window"].isin(counts[counts * 2 >= held["title"].nunique()].index)]
    others = held[(held["leg"] == DIRECT) & (held["short"] != COALITION)]
    size = (held if others.empty else others).drop_duplicates(["title", "after_window"]).groupby("after_window")
    if held.empty:
        return {}
    best = size["mean_after_usd"].sum().idxmax()
    return {str(name): str(value) for name, value in windows[windows["window_id"] == best].iloc[0].items()}


def within(changes: pd.DataFrame, window: Window) -> pd.DataFrame:
    """Return the routes in one after window, of each kind the largest that a figure has room for.

    Without a window the direct routes are returned all the same, so that they can be named as not covered.
    """
    here = changes[changes["after_window"] == (window.get("window_id") or changes["after_window"].min())]
    size = here.groupby(["leg", "title"])["mean_after_usd"].max().dropna().reset_index()
    size["rank"] = size.groupby("leg")["mean_after_usd"].rank(method="first", ascending=False)
    large = size.loc[size["rank"] <= size["leg"].map(MOST).astype(float), "title"]
    return here[(here["leg"] == DIRECT) | here["title"].isin(large)].reset_index(drop=True)


def ranges(changes: pd.DataFrame, baselines: pd.DataFrame) -> pd.DataFrame:
    """Return one row per route and after window: ratio (on the main baseline), lo and hi over all baselines.

    Columns: title, short, leg, after_window, ratio, lo, hi, change_usd (on the main baseline, USD a month).
    """
    keys = ["title", "short", "leg", "after_window"]
    main = changes[changes["baseline"] == main_baseline(baselines)["baseline"]]
    ratios = changes["ratio"].astype(float).groupby([changes[key] for key in keys], sort=False)
    bounds = ratios.agg(lo="min", hi="max").reset_index()
    return bounds.merge(main[[*keys, "ratio", "change_usd"]], on=keys)


def dumbbell_rows(changes: pd.DataFrame, baselines: pd.DataFrame) -> pd.DataFrame:
    """Return the routes with figures: title, baseline, baseline_title, value_usd_base, value_usd_after, and more."""
    held = changes[changes.groupby("title")["ratio"].transform("count") > 0].rename(columns=NAMED)
    titles = baselines.set_index("baseline")["title"]
    return held.assign(baseline_title=held["baseline"].map(titles)).reset_index(drop=True)


def table(found: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    """Return ranges as text, a row per route with figures, a column per window; the range on a second line."""
    held = found[found.groupby("title")["ratio"].transform("count") > 0]
    texts = [
        "[n]" if math.isnan(ratio) else f"{multiple(ratio)}\n{multiple(lo)}–{multiple(hi)}"
        for ratio, lo, hi in zip(held["ratio"], held["lo"], held["hi"], strict=True)
    ]
    order = windows.sort_values("start_period")
    wide = held.assign(text=texts).pivot(index="title", columns="after_window", values="text")
    wide = wide.reindex(index=held["title"].drop_duplicates(), columns=order["window_id"]).fillna("[n]")
    wide.columns = pd.Index(order["title"])
    return wide.rename_axis("Route").reset_index()


def by_family(before_after: pd.DataFrame, supplier: str, window: Window, baselines: pd.DataFrame) -> pd.DataFrame:
    """Return a supplier's largest goods with a tier as rows of a dumbbell, over reporters with figures on both sides.

    `before_after` is `marts.before_after`; a baseline that nobody has figures for is left out.
    Columns: family, title, hs6 (the code that names the family), baseline,
    baseline_title, value_usd_base, value_usd_after (USD a month).
    """
    here = before_after[before_after["after_window"] == window.get("window_id", "")]
    here = here[here["supplier"] == supplier]
    here = here[here["tier"].notna()] if here["tier"].notna().any() else here
    here = here[here["mean_before_usd"].notna().groupby(here["baseline"]).transform("any")]
    both = here["mean_before_usd"].notna() & here["mean_after_usd"].notna()
    whole = both.groupby([here["reporter"], here["family"]]).transform("all")
    keys = ["family", "family_title", "baseline"]
    sums = here[whole].groupby(keys)[list(NAMED)].sum().reset_index().rename(columns={**NAMED, "family_title": "title"})
    size = sums[list(NAMED.values())].max(axis=1).groupby(sums["family"]).max()
    sums = sums[sums["family"].isin(size[size > 0].nlargest(MOST_GOODS).index)]
    titles = baselines.set_index("baseline")["title"]
    added = {"hs6": sums["family"].str.removeprefix("F"), "baseline_title": sums["baseline"].map(titles)}
    return sums.assign(**added).reset_index(drop=True)

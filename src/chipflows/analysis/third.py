"""Third economies: what newly went in, what newly came out, what was lost on the way, and who is new. (methods C.3)"""

from __future__ import annotations

import numpy as np
import pandas as pd

from chipflows.analysis.evidence import Panels
from chipflows.analysis.inputs import Asked
from chipflows.analysis.panel import Cube, Window, contrast, cube, inside
from chipflows.analysis.replaced import change_of
from chipflows.analysis.rerouting import leg, rerouting, rerouting_monthly

MOST = 4
"""Hubs that a figure of pairs has room for."""

DRAWS = 499


def legs(panels: Panels, about: Asked, period: str) -> pd.DataFrame:
    """Return both legs by hub and month, for the hubs in which both rose, the largest match first.

    Columns: those of `rerouting_monthly`, and `title`, the hub's name. At most four hubs.
    """
    into, out = panels.into_hubs, panels.out_of_hubs
    hubs = sorted(set(into["hub"]) & set(out["hub"]))
    if not hubs:
        return pd.DataFrame(columns=["hub", "title", "leg", "period", "value_usd", "base", "excess"])
    held = [table[table["hub"].isin(hubs)] for table in (into, out)]
    monthly = rerouting_monthly(held[0], held[1], about.base, about.periods[period])
    excess = monthly.drop_duplicates(["hub", "leg"]).pivot(index="hub", columns="leg", values="excess")
    matched = excess.min(axis=1, skipna=False).where(lambda least: least > 0).dropna().nlargest(MOST)
    shown = monthly[monthly["hub"].isin(matched.index)]
    order = shown["hub"].map(list(matched.index).index)
    shown = shown.assign(title=shown["hub"].map(about.names), order=order).sort_values(["order", "leg", "period"])
    return shown.drop(columns="order").reset_index(drop=True)


def shown_period(panels: Panels, about: Asked) -> str:
    """Return the period in which most newly went through the hubs, into them where none is covered, else the first."""
    legs_in = dict(list(panels.into_hubs.groupby("hub")))
    legs_out = dict(list(panels.out_of_hubs.groupby("hub")))
    totals = {}
    for title, after in about.periods.items():
        ways = [
            [_excess(side[hub], about.base, after) for side in (legs_in, legs_out) if hub in side]
            for hub in set(legs_in) & set(legs_out) or set(legs_in)
        ]
        least = [min(known) for way in ways if (known := [one for one in way if not np.isnan(one)])]
        totals[title] = sum(max(one, 0.0) for one in least)
    return max(totals, key=lambda title: totals[title])


def matches(panels: Panels, about: Asked, group: str, period: str) -> pd.DataFrame:
    """Return one row a hub, the largest match first: `title`, excess_in, excess_out, matched, matched_lo,
    matched_hi, share, lo, hi, reason; USD a month, share of what the coalition lost.
    """
    families, wanted = about.families(group), ["excess_in", "excess_out", "matched", "matched_lo", "matched_hi"]
    columns = [*wanted, "share", "lo", "hi", "reason"]
    if panels.into_hubs.empty or panels.out_of_hubs.empty:
        return pd.DataFrame(columns=["hub", "title", *columns])
    found = rerouting(
        panels.into_hubs,
        panels.out_of_hubs,
        panels.direct,
        about.coalition,
        about.base,
        about.periods[period],
        families,
        draws=DRAWS,
    )
    found = found[found["is_headline"]].reindex(columns=["hub", *columns])
    found = found.assign(title=found["hub"].map(about.names))
    return found.sort_values(["matched", "excess_out"], ascending=False, ignore_index=True)


def into(panels: Panels, about: Asked, period: str) -> pd.DataFrame:
    """Return what newly went from the coalition into each hub in a period, a month: `hub`, `title`, `base`, `extra`,
    `lo`, `hi` (95% over months), USD; the largest first.
    """
    rows = []
    for hub in sorted(panels.into_hubs["hub"].unique()):
        of = leg(panels.into_hubs, hub, "value_usd")
        found = change_of(of, about.base, about.periods[period])
        early = contrast(of.cells, of.months, about.base, about.periods[period])[1]
        base = float((early * np.nan_to_num(of.cells)).sum())
        if found.is_known:
            rows.append({"hub": hub, "title": about.names[hub], "base": base, "extra": found.estimate})
            rows[-1] |= {"lo": found.lo, "hi": found.hi}
    table = pd.DataFrame(rows, columns=["hub", "title", "base", "extra", "lo", "hi"])
    return table.sort_values("extra", ascending=False, ignore_index=True)


def by_origins(panel: pd.DataFrame, about: Asked, group: str, period: str) -> pd.DataFrame:
    """Return the way from the focal origins through each hub: `title`, what newly went in, what newly came out (USD a
    month), and the smaller of the two, which bounds what was sent on.
    """
    rows = panel[panel["family"].isin(about.families(group))].assign(supplier=lambda t: t["reporter"])
    origins = {one for members in about.suppliers.values() for one in members}
    found = []
    for hub in sorted(about.hubs):
        sides = [
            rows[(rows["destination"] == hub) & rows["reporter"].isin(origins)],
            rows[(rows["destination"] == about.focal) & (rows["reporter"] == hub)],
        ]
        went, came = (_excess(side, about.base, about.periods[period]) for side in sides)
        if not np.isnan(went + came):
            found.append(
                {"title": about.hubs[hub], "went_in": went, "came_out": came, "bound": max(min(went, came), 0)}
            )
    table = pd.DataFrame(found, columns=["title", "went_in", "came_out", "bound"])
    return table.sort_values(["bound", "came_out"], ascending=False, ignore_index=True)


def _excess(rows: pd.DataFrame, base: Window, after: Window) -> float:
    """After minus base of everything in a panel, a month; NaN where nothing can be compared."""
    if rows.empty:
        return float("nan")
    of = cube(rows if "supplier" in rows else rows.assign(supplier=rows["hub"]), "value_usd")
    late, early = contrast(of.cells, of.months, base, after)
    return float(((late - early) * np.nan_to_num(of.cells)).sum()) if late.any() else float("nan")


def risks(panels: Panels, about: Asked, period: str, titles: pd.Series[str], most: int = 15) -> pd.DataFrame:
    """Return pairs of hub and good by the excess that went in and came out again: `hub`, `title`, `family`, `good`,
    `went_in`, `came_out`, `matched` (the smaller, USD a month), the largest first.

    `titles` gives the short title of a family. It ranks where to look; it proves nothing about a shipment.
    """
    after, rows = about.periods[period], []
    for hub in sorted(set(panels.into_hubs["hub"]) & set(panels.out_of_hubs["hub"])):
        sides = [
            _by_family(leg(t, hub, "value_usd"), about.base, after) for t in (panels.into_hubs, panels.out_of_hubs)
        ]
        both = pd.concat(sides, axis=1, keys=["went_in", "came_out"]).dropna()
        rows.append(both.assign(hub=hub, title=about.names[hub], matched=both.min(axis=1)))
    columns = ["hub", "title", "family", "good", "went_in", "came_out", "matched"]
    if not rows:
        return pd.DataFrame(columns=columns)
    found = pd.concat(rows).rename_axis("family").reset_index()
    found = found[found["matched"] > 0].assign(good=lambda t: t["family"].map(titles))
    return found.nlargest(most, "matched")[columns].reset_index(drop=True)


def _by_family(of: Cube, base: Window, after: Window) -> pd.Series[float]:
    """After minus base by family, a month; NaN where nothing can be compared."""
    late, early = contrast(of.cells, of.months, base, after)
    values = ((late - early) * np.nan_to_num(of.cells)).sum(axis=(0, 2))
    return pd.Series(np.where(late.any(axis=(0, 2)), values, np.nan), index=of.families)


def unrecorded(transit: pd.DataFrame, about: Asked, group: str, supplier: str) -> pd.DataFrame:
    """Return what was sent to each hub and not recorded there, before and since: `hub_name`, `period`, `export_usd`,
    `import_fob_usd`, `gap_usd` (USD a month), `share_lost`.

    `transit` is `marts.lost_in_transit`; of the factors from CIF to FOB the middle one is taken.
    """
    factor = np.median(transit["cif_factor"].astype(float).unique()) if len(transit) else 1.0
    rows = transit[(transit["hs_group"] == group) & (transit["supplier"] == supplier)]
    rows = rows[rows["cif_factor"].astype(float) == factor]
    months, tables = pd.DatetimeIndex(rows["period"]), []
    for title, window in {about.main: about.base, **about.periods}.items():
        part = rows[inside(months, window)]
        means = part.groupby("hub_name")[["export_usd", "import_fob_usd", "gap_usd"]].mean().reset_index()
        tables.append(means.assign(period=title))
    found = pd.concat(tables, ignore_index=True)
    return found.assign(share_lost=found["gap_usd"] / found["export_usd"].where(found["export_usd"] > 0))

"""What the focal destination was sent: by reporter and family, by supplier and group, before and after."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bench.peers.lists import Lists, rounded
from bench.peers.received import constant

LINE = ["reporter", "family"]
TITLES = ["reporter_name", "role", "supplier", "partner", "flow", "family_title", "tier"]


def direct(by_family: pd.DataFrame, cells: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """Return each reporter's exports by family and month; missing where not known, 0 where nothing was sent."""
    asked = cells[(cells["flow"] == "export") & (cells["partner"] == lists.focal)]
    exclusive = lists.suppliers[lists.suppliers["is_exclusive"]]
    role = exclusive["reporter"].map(lists.economies["role"])
    published = asked.loc[asked["hs_edition"].notna(), "reporter"]
    reporters = exclusive[(role != "rest") | exclusive["reporter"].isin(published)].sort_values("reporter")
    index = pd.MultiIndex.from_product(
        [pd.CategoricalIndex(reporters["reporter"]), lists.families.index, lists.months],
        names=["reporter", "family", "period"],
    )
    known = index.to_frame(index=False)
    # Which month of which reporter was asked and published, a row per reporter and a column per month.
    states = pd.CategoricalDtype(["not_asked", "unknown", "partly_asked", "covered"])
    editions = asked.assign(hs_edition=asked["hs_edition"].astype(str).fillna("unknown"))
    editions = editions.pivot(index="reporter", columns="period", values="hs_edition")
    editions = editions.reindex(index=reporters["reporter"], columns=lists.months).fillna("not asked").to_numpy()
    by_edition = lists.states.apply(lambda column: states.categories.get_indexer(column)).to_numpy()
    by_edition = np.vstack([by_edition, np.full(by_edition.shape[1], 1), np.full(by_edition.shape[1], 0)])
    place = pd.Index([*lists.states.index, "unknown", "not asked"]).get_indexer(editions.ravel())
    codes = by_edition[place].reshape(*editions.shape, -1).transpose(0, 2, 1).ravel()
    known["state"] = pd.Categorical.from_codes(codes, dtype=states)
    known["is_covered"] = known["state"] == "covered"
    reasons = ["no source was asked", "no source covers it", "the only source asked"]
    known["reason"] = pd.Categorical.from_codes(np.array([0, 1, 1, 2])[codes], reasons)
    known["source"] = pd.Categorical.from_codes(np.where(known["is_covered"], 0, -1), ["comtrade"])
    return compared(with_titles(with_trade(known, by_family, lists), reporters, lists), lists)


def with_trade(known: pd.DataFrame, by_family: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """Return the months with what was traded in them."""
    sent = by_family[by_family["partner"] == lists.focal]
    names = ["reporter", "family", "period"]
    exports = sent.loc[sent["flow"] == "export", [*names, "value_usd", "weight_kg", "quantity", "quantity_unit"]]
    again = sent.loc[sent["flow"] == "re_export", [*names, "value_usd"]].rename(columns={"value_usd": "re_export_usd"})
    known = known.merge(exports, how="left", on=names).merge(again, how="left", on=names)
    is_nothing = known["is_covered"] & known["value_usd"].isna()
    for name in ("value_usd", "weight_kg", "quantity", "re_export_usd"):
        known[name] = known[name].astype("Int64").where(known["is_covered"])
    known.loc[is_nothing, ["value_usd", "weight_kg"]] = 0
    known["quantity_unit"] = known["quantity_unit"].where(known["is_covered"])
    return known


def with_titles(known: pd.DataFrame, reporters: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """Return the lines with the names of what they speak of."""
    lines = len(known) // len(reporters)
    for name, column in {
        "reporter_name": lists.economies["name"].reindex(reporters["reporter"]),
        "role": lists.economies["role"].reindex(reporters["reporter"]),
        "supplier": reporters["supplier"],
    }.items():
        known[name] = column.astype("category").array.repeat(lines)
    family = known["family"].cat.codes
    known["family_title"] = lists.families["short_title"].astype("category").array.take(family)
    known["tier"] = lists.families["tier"].astype("category").array.take(family)
    return known.assign(partner=constant(lists.focal, known), flow=constant("export", known))


def compared(known: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """Return the lines with their value where months are compared: a month of a bin counts as the mean of its bin."""
    bins = known.loc[known["reporter"].isin(lists.bins["reporter"]), [*LINE, "period", "value_usd"]]
    bins = bins.reset_index().merge(lists.bins, on=["reporter", "period"]).set_index("index")
    months = bins.groupby([*LINE, "bin"], observed=True)["value_usd"].transform("count")
    summed = bins.groupby([*LINE, "bin"], observed=True)["value_usd"].transform("sum")
    means = rounded(summed.astype("float64") / 1000 / months.where(months > 0))
    known["is_split"] = known.index.isin(bins.index)
    known["compared_usd"] = known["value_usd"]
    known.loc[bins.index, "compared_usd"] = means.where(months == bins["months_in_bin"]).astype("Int64")
    return known


def supply(direct: pd.DataFrame) -> pd.DataFrame:
    """Return what was sent, with each exporter's share of what everybody sent."""
    covered = direct.loc[direct["is_covered"], [*LINE, *TITLES, "period", "value_usd", "weight_kg"]]
    due = covered.groupby("family", observed=True)["reporter"].nunique().rename("reporters_due")
    months = covered.groupby(["family", "period"], observed=True)["value_usd"].agg(["sum", "size"])
    months = months.rename(columns={"sum": "total_usd", "size": "reporters_published"}).reset_index()
    sent = covered[covered["value_usd"] != 0].merge(months, on=["family", "period"]).merge(due, on="family")
    dollars = [sent[name].astype("float64") / 1000 for name in ("value_usd", "total_usd")]
    sent["share_of_supply"] = dollars[0] / dollars[1].where(dollars[1] != 0)
    sent["is_complete"] = sent["reporters_published"] == sent["reporters_due"]
    return sent.sort_values([*LINE, "period"])


def before_after(direct: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """Return means before and after, by reporter and family, for every baseline and every window after."""
    lines = direct.drop_duplicates(LINE)[[*LINE, *TITLES]].reset_index(drop=True)
    means = {side: [] for side in ("before", "after")}
    for window in lists.windows.itertuples():
        months = direct[direct["period"].between(window.start_period, window.end_period)]
        found = months.groupby(LINE, observed=True)["compared_usd"].agg(["count", "sum"])
        found = found.reindex(pd.MultiIndex.from_frame(lines[LINE]))
        mean = rounded(found["sum"].astype("float64") / 1000 / found["count"])
        table = pd.DataFrame(
            {
                "window_id": window.window_id,
                "months": found["count"].to_numpy(),
                "mean": mean.where(found["count"] >= window.months_needed).to_numpy(),
            }
        )
        means[window.side].append(pd.concat([lines[LINE], table], axis=1))
    before, after = (
        pd.concat(means[side]).rename(
            columns={"window_id": name, "months": f"months_{side}", "mean": f"mean_{side}_usd"}
        )
        for side, name in (("before", "baseline"), ("after", "after_window"))
    )
    table = lines.merge(before, on=LINE).merge(after, on=LINE)
    table["change_usd"] = table["mean_after_usd"] - table["mean_before_usd"]
    base = table["mean_before_usd"] / 1000
    table["ratio"] = (table["mean_after_usd"] / 1000) / base.where(base != 0)
    return table.sort_values([*LINE, "baseline", "after_window"])


def totals_before_after(means: pd.DataFrame, totals: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """Return means before and after of the suppliers in `totals`, over the reporters that are known on both sides."""
    cell, line = ["reporter", "partner", "hs_group"], ["supplier", "partner", "hs_group"]
    before, after = (means.loc[means["side"] == side].drop(columns="side") for side in ("before", "after"))
    both = before[before["partner"].isin(totals["partner"].unique())].merge(after, on=cell, suffixes=("_1", "_2"))
    both = both.merge(lists.suppliers[["supplier", "reporter"]], on="reporter")
    panel = both.groupby([*line, "window_id_1", "window_id_2"], observed=True).agg(
        months_before=("months_1", "min"),
        months_after=("months_2", "min"),
        reporters_used=("reporter", "size"),
        mean_before_usd=("mean_usd_1", "sum"),
        mean_after_usd=("mean_usd_2", "sum"),
    )
    panel.index.names = [*line, "baseline", "after_window"]
    titles = [name for name in totals if name.endswith(("_title", "_name"))]
    lines = totals.groupby([*line, "flow", *titles], observed=True)["reporters_due"].max().reset_index()
    sides = lists.windows.groupby("side")["window_id"]
    table = lines.merge(sides.get_group("before").rename("baseline"), how="cross")
    table = table.merge(sides.get_group("after").rename("after_window"), how="cross")
    table = table.join(panel, on=panel.index.names).fillna({"reporters_used": 0}).astype({"reporters_used": "int64"})
    table["reporters_left_out"] = table.pop("reporters_due") - table["reporters_used"]
    table["change_usd"] = table["mean_after_usd"] - table["mean_before_usd"]
    base = table["mean_before_usd"] / 1000
    table["ratio"] = (table["mean_after_usd"] / 1000) / base.where(base != 0)
    return table.sort_values(panel.index.names)


def fixed_panel(flows: pd.DataFrame, means: pd.DataFrame, totals: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """Return exports by supplier, group and month beside those of reporters that cover the base."""
    first = lists.windows.loc[lists.windows["side"] == "before", "window_id"].min()
    base = means[(means["side"] == "before") & (means["window_id"] == first) & (means["partner"] == lists.focal)]
    base = base[["reporter", "hs_group", "mean_usd"]]
    flows = flows.loc[flows["partner"] == lists.focal, ["reporter", "hs_group", "period", "compared_usd"]]
    flows = flows.merge(base, how="left", on=["reporter", "hs_group"])
    listed = lists.suppliers[["supplier", "reporter"]]
    key, line = ["supplier", "hs_group", "period"], ["supplier", "hs_group"]
    panel = flows.dropna(subset=["mean_usd", "compared_usd"]).merge(listed, on="reporter")
    panel = panel.groupby(key, observed=True).agg(
        panel_published=("reporter", "size"), panel_usd=("compared_usd", "sum"), panel_base_usd=("mean_usd", "sum")
    )
    members = base.merge(listed, on="reporter").groupby(line, observed=True).size().rename("panel_reporters")
    trailing = lists.config.project.study.trailing_months
    known = flows.assign(one=1.0).pivot(index="period", columns=["reporter", "hs_group"], values="one")
    known = known.reindex(lists.months).rolling(trailing, min_periods=1).max().shift(1)
    recent = known.rename_axis("period").unstack().dropna().rename("one").reset_index().merge(listed, on="reporter")
    due = recent.groupby(key, observed=True).size().rename("reporters_recent")
    table = totals.drop(columns=["weight_kg", "reporters_listed", "reporters_due", "is_complete"])
    table = table.join(due, on=key).join(panel, on=key).join(members, on=line).sort_values(key, ignore_index=True)
    is_whole = table["reporters_published"] >= table["reporters_recent"]
    last = table["period"].where(is_whole).groupby([table[name] for name in line], observed=True).transform("max")
    table["is_partial"] = table["value_usd"].notna() & (table["period"] > last)
    for name in ("reporters_recent", "panel_reporters", "panel_published"):
        table[name] = table[name].fillna(0).astype("int64")
    dollars = table["value_usd"] / 1000
    amounts = table["value_usd"].to_numpy(dtype="float64")
    months = amounts.reshape(-1, len(lists.months)).T  # a column per supplier and group
    median = pd.DataFrame(months).shift(1).rolling(trailing, min_periods=1).median()
    table["trailing_median_usd"] = np.floor(median.to_numpy().T.ravel() + 0.5)  # of thousandths, halves upwards
    typical = table["trailing_median_usd"] / 1000
    table["to_trailing_median"] = dollars / typical.where(typical != 0)
    base_dollars = table["panel_base_usd"] / 1000
    table["panel_ratio"] = (table["panel_usd"] / 1000) / base_dollars.where(base_dollars != 0)
    return table

"""Exports as wide tables, a column per family or group: zero where a published month has no trade."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.peers.lists import CELL, Lists, rounded
from bench.peers.received import constant

Wide = NDArray[np.float64]
"""A row per cell. Whole thousandths below 2^53 are exact in a double; a sum over columns is a product of matrices."""


def cells_of(rows: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """Return what was asked (flow, reporter, partner, period), and the edition of months that are published."""
    arrived = rows[(rows["frequency"] == "M") & rows["lands_in"].isin(["flows", "headings"])]
    edition = arrived["hs_edition"].cat.as_ordered().groupby([arrived["reporter"], arrived["period"]], observed=True)
    return lists.asked.merge(edition.max().reset_index(), how="left", on=["reporter", "period"])


def spoken_flows(by_family: pd.DataFrame, cells: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """Return trade of the families of which every code was asked."""
    kinds = cells[["reporter", "period", "hs_edition"]].drop_duplicates().dropna()
    is_covered = (lists.states.loc[kinds["hs_edition"].astype(str)] == "covered").to_numpy()
    row, column = np.nonzero(~is_covered)
    gaps = kinds[["reporter", "period"]].iloc[row].assign(family=lists.families.index[column])
    suspects = by_family[by_family["family"].isin(gaps["family"].unique())]
    keys = ["reporter", "period", "family"]
    left_out = suspects.reset_index().merge(gaps, on=keys)["index"]
    names = ["source", "reporter", "partner", "flow", "family", "period", "value_usd", "weight_kg"]
    return by_family.drop(left_out)[[*names, "is_weight_estimated"]]


@dataclass(frozen=True)
class Exports:
    """Published cells of exports, and beside them by family: value, weight, and what is sold, unweighed, covered."""

    cells: pd.DataFrame
    value: Wide
    weight: Wide
    sold: NDArray[np.bool_]
    has_no_weight: NDArray[np.bool_]
    is_estimated: NDArray[np.bool_]
    covered: NDArray[np.bool_]


def wide_exports(spoken: pd.DataFrame, cells: pd.DataFrame, lists: Lists) -> Exports:
    """Return exports over the cells that were asked and published."""
    published = cells[(cells["flow"] == "export") & cells["hs_edition"].notna()].reset_index(drop=True)
    places = published[CELL].assign(place=published.index)
    sold = spoken[spoken["flow"] == "export"].merge(places, on=CELL)
    spots = sold["place"].to_numpy(), sold["family"].cat.codes.to_numpy()
    shape = len(published), len(lists.families)

    def spread(column: pd.Series, kind: str) -> NDArray[np.generic]:
        table = np.zeros(shape, kind)
        table[spots] = column.to_numpy(kind)
        return table

    return Exports(
        cells=published,
        value=spread(sold["value_usd"], "float64"),
        weight=spread(sold["weight_kg"].fillna(0), "float64"),
        sold=spread(sold["value_usd"].notna(), "bool"),
        has_no_weight=spread(sold["weight_kg"].isna(), "bool"),
        is_estimated=spread(sold["is_weight_estimated"], "bool"),
        covered=(lists.states == "covered").loc[published["hs_edition"].astype(str)].to_numpy(),
    )


@dataclass(frozen=True)
class GroupExports:
    """Published cells of exports, and beside them by group: missing where a family of the group is not covered."""

    cells: pd.DataFrame
    value: Wide
    weight: Wide
    compared: Wide


def group_exports(exports: Exports, lists: Lists) -> GroupExports:
    """Return exports by group, months that are published as one figure beside the mean of the two."""
    members = lists.members.to_numpy("float64")
    unknown = (~exports.covered).astype("float64") @ members > 0
    value = np.where(unknown, np.nan, exports.value @ members)
    unweighed = exports.has_no_weight.astype("float64") @ members > 0
    weight = np.where(unknown | unweighed, np.nan, exports.weight @ members)
    places = exports.cells.reset_index()[["index", *CELL]].merge(lists.bins, on=["reporter", "period"])
    binned = pd.DataFrame(value[places["index"]]).groupby(
        [places[name].to_numpy() for name in ("reporter", "partner", "bin")], observed=True
    )
    months = binned.transform("count").to_numpy()
    is_whole = months == places["months_in_bin"].to_numpy()[:, None]
    compared = value.copy()
    mean = rounded(binned.transform("sum").to_numpy() / 1000 / np.maximum(months, 1))
    compared[places["index"]] = np.where(is_whole, mean, np.nan)
    return GroupExports(exports.cells, value, weight, compared)


def group_flows(groups: GroupExports, lists: Lists) -> pd.DataFrame:
    """Return exports by group, a row per cell and group that is known."""
    row, column = np.nonzero(~np.isnan(groups.value))
    flows = groups.cells[CELL].take(row).reset_index(drop=True)
    flows["hs_group"] = lists.members.columns.take(column)
    for name, table in (("value_usd", groups.value), ("weight_kg", groups.weight), ("compared_usd", groups.compared)):
        flows[name] = table[row, column]
    return flows


def window_means(groups: GroupExports, lists: Lists) -> pd.DataFrame:
    """Return mean monthly exports by group in each window of which enough months are known."""
    compared = pd.DataFrame(groups.compared, columns=lists.members.columns)
    pairs = [groups.cells["reporter"], groups.cells["partner"]]
    found = []
    for window in lists.windows.itertuples():
        is_in = groups.cells["period"].between(window.start_period, window.end_period)
        means = compared[is_in].groupby([one[is_in] for one in pairs], observed=True).agg(["count", "sum"])
        long = means.stack("hs_group", future_stack=True).reset_index()
        long = long[long["count"] >= window.months_needed]
        found.append(long.assign(side=window.side, window_id=window.window_id))
    means = pd.concat(found, ignore_index=True).rename(columns={"count": "months"})
    means["mean_usd"] = rounded(means.pop("sum") / 1000 / means["months"])
    return means


def supplier_totals(groups: GroupExports, partners: pd.Index, listed: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """Return exports to partners by listed supplier, group and month, and how many reporters are known and due."""
    is_in = groups.cells["partner"].isin(partners)
    cells = groups.cells.loc[is_in, CELL].reset_index(drop=True)
    names = lists.members.columns
    value, weight = (pd.DataFrame(table[is_in], columns=names) for table in (groups.value, groups.weight))
    known = value.notna().astype("float64")
    parts = {"value_usd": value, "weight_kg": weight, "known": known, "weighed": weight.notna().astype("float64")}
    table = pd.concat(parts, axis=1)
    listed = listed[["supplier", "reporter"]]
    members = cells.reset_index().merge(listed, on="reporter")
    keys = [members["supplier"], members["partner"], members["period"]]
    summed = table.take(members["index"]).groupby([key.array for key in keys], observed=True).sum()
    summed.index.names = ["supplier", "partner", "period"]
    long = summed.stack(level=1, future_stack=True)
    index = pd.MultiIndex.from_product(
        [listed["supplier"].unique().sort_values(), partners, names, lists.months],
        names=["supplier", "partner", "hs_group", "period"],
    )
    totals = long.reorder_levels(index.names).reindex(index).reset_index()
    ever = known.groupby([cells["reporter"], cells["partner"]], observed=True).max().reset_index()
    due = ever.merge(listed, on="reporter").groupby(["supplier", "partner"], observed=True)[list(names)].sum()
    due.columns = names
    due = due.stack(future_stack=True).rename("reporters_due").reset_index()
    totals = totals.merge(due, how="left", on=["supplier", "partner", "hs_group"])
    known = totals.pop("known").fillna(0)
    totals["value_usd"] = totals["value_usd"].where(known > 0)
    totals["weight_kg"] = totals["weight_kg"].where((known > 0) & (totals.pop("weighed") == known))
    totals["reporters_published"] = known.astype("int64")
    totals["reporters_due"] = totals["reporters_due"].fillna(0).astype("int64")
    totals["is_complete"] = (known > 0) & (totals["reporters_published"] == totals["reporters_due"])
    totals["reporters_listed"] = totals["supplier"].map(listed["supplier"].value_counts()).astype("int64")
    return lists.titled(totals.assign(flow=constant("export", totals)))

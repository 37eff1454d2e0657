"""Tables by family: prices, both sides of a flow, what got lost between them, and what estimators read."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bench.peers.exports import Exports
from bench.peers.lists import CELL, Lists, rounded
from bench.peers.received import constant

PAIR = ["exporter", "importer", "family", "period"]


def unit_values(flows: pd.DataFrame, spoken: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """Return value per kilogram and per piece by class of buyers, over rows with a reported amount."""
    classes = {"focal": "focal", "hub": "hub", "origin": "hub"}
    named = lists.economies.loc[~lists.economies["role"].isin(["group", "nes"]), "role"]
    classes = named.map(lambda role: classes.get(role, "elsewhere")).astype("category")
    key = ["reporter", "partner_class", "family", "period"]
    sold = flows[(flows["flow"] == "export") & (flows["value_usd"] > 0)]
    sold = sold[sold["family"].isin(spoken["family"].unique())]
    place = classes.index.get_indexer(sold["partner"])
    sold = sold.assign(partner_class=classes.array.take(place, allow_fill=True))
    totals = sold.groupby(key, observed=True)["value_usd"].sum()
    parts = []
    for measure, column, estimated in (
        ("weight", "weight_kg", "is_weight_estimated"),
        ("quantity", "quantity", "is_quantity_estimated"),
    ):
        measured = sold[(sold[column] > 0).fillna(False) & ~sold[estimated]]
        by = [*key, "quantity_unit"] if measure == "quantity" else key
        used = measured.groupby(by, observed=True).agg(
            value_usd=("value_usd", "sum"), quantity=(column, "sum"), rows_used=("value_usd", "size")
        )
        used["share_of_value"] = (used["value_usd"] / 1000) / (totals / 1000).reindex(used.index)
        parts.append(used.reset_index().assign(measure=measure))
    units = parts[1]["quantity_unit"].cat.add_categories("kg")
    parts[1]["quantity_unit"] = units
    parts[0]["quantity_unit"] = pd.Series("kg", parts[0].index).astype(units.dtype)
    prices = pd.concat(parts, ignore_index=True)
    prices["unit_value_usd"] = (prices["value_usd"] / 1000) / (prices["quantity"].astype("int64") / 1000)
    prices = prices.assign(measure=prices["measure"].astype("category"), source=constant("comtrade", prices))
    return prices.sort_values([*key, "measure", "quantity_unit"])


def sides(spoken: pd.DataFrame, cells: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """Return what exporter and importer report of a flow beside each other, by family and month."""
    named = lists.economies.index[~lists.economies["role"].isin(["group", "nes"])]
    spoken = spoken[spoken["partner"].isin(named)]
    parts = {}
    for flow, here, there in (("export", "exporter", "importer"), ("import", "importer", "exporter")):
        part = spoken.loc[spoken["flow"] == flow, [*CELL, "family", "value_usd"]]
        parts[flow] = part.rename(columns={"reporter": here, "partner": there, "value_usd": f"{flow}_usd"})
    pairs = parts["export"].merge(parts["import"], on=PAIR, how="outer")
    for flow, here, there in (("export", "exporter", "importer"), ("import", "importer", "exporter")):
        reported = cells[cells["flow"] == flow].rename(columns={"reporter": here, "partner": there})
        pairs[f"{flow}_state"] = states(pairs, reported, lists)
        known = pairs[f"{flow}_state"] == "covered"
        value = pairs[f"{flow}_usd"].astype("float64").fillna(0)
        pairs[f"{flow}_usd"] = value.where(known)
    both = ["export_only", "import_only", "both"]
    codes = np.select([pairs["export_usd"].isna(), pairs["import_usd"].isna()], [1, 0], 2)
    return pairs.assign(sides=pd.Categorical.from_codes(codes, both))


def states(pairs: pd.DataFrame, reported: pd.DataFrame, lists: Lists) -> pd.Categorical:
    """Return whether the side that `reported` tells is covered, and if not why."""
    kinds = pd.CategoricalDtype(["covered", "not_asked", "partly_asked", "unknown"])
    if reported.empty:
        return constant("not_asked", pairs).set_categories(kinds.categories)
    cells = pairs[["exporter", "importer", "period"]].merge(reported, how="left", on=["exporter", "importer", "period"])
    editions = pd.Categorical(cells["hs_edition"], lists.states.index).codes
    codes = lists.states.apply(lambda column: kinds.categories.get_indexer(column)).to_numpy()
    found = np.where(editions >= 0, codes[editions, pairs["family"].cat.codes], kinds.categories.get_loc("unknown"))
    found = np.where(cells["flow"].isna(), kinds.categories.get_loc("not_asked"), found)
    return pd.Categorical.from_codes(found, dtype=kinds)


def mirror(pairs: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """Return both sides of a flow for every factor from CIF to FOB."""
    factors = np.sort(lists.config.project.study.cif_factors)
    table = pairs.take(np.repeat(np.arange(len(pairs)), len(factors)))
    factor = np.tile(factors, len(pairs))
    bought, sold = table["import_usd"] / 1000, table["export_usd"] / 1000
    fob = bought / factor
    ratio = bought / (factor * sold).where(sold != 0)
    return table.assign(cif_factor=factor, import_fob_usd=rounded(fob), mirror_ratio=ratio, gap_usd=rounded(sold - fob))


def lost_in_transit(pairs: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """Return what suppliers report sending to a hub and the hub did not record, by group, month and factor."""
    factors = [float(one) for one in lists.config.project.study.cif_factors]
    sent = pairs[pairs["importer"].isin(lists.roles("hub"))].rename(columns={"importer": "hub", "exporter": "reporter"})
    is_both = sent["sides"] == "both"
    measures = {"export_usd": sent["export_usd"].where(is_both)}
    measures["export_only_usd"] = sent["export_usd"].where(sent["sides"] == "export_only")
    for factor in factors:
        fob = rounded(sent["import_usd"] / 1000 / factor)
        measures[f"import_fob_usd {factor}"] = fob.where(is_both)
        measures[f"import_only_usd {factor}"] = fob.where(sent["sides"] == "import_only")
    sent = sent[["reporter", "hub", "family", "period"]].assign(**measures, is_both=is_both)
    members = lists.members.stack()
    members = members[members == 1].reset_index()[["family", "hs_group"]]
    listed = lists.suppliers[["supplier", "reporter"]]
    named = listed[listed["supplier"] != "world"]
    by_family = sent.merge(named, on="reporter").groupby(["supplier", "hub", "family", "period"], observed=True)
    summed = by_family[list(measures)].sum(min_count=1).reset_index()
    key = ["supplier", "hub", "hs_group", "period"]
    compared = summed.merge(members, on="family").groupby(key, observed=True)[list(measures)].sum(min_count=1)
    both = sent.loc[is_both, ["reporter", "hub", "family", "period"]].merge(members, on="family")
    both = both.drop(columns="family").drop_duplicates().merge(listed, on="reporter")
    counted = both.groupby(key, observed=True).size().rename("reporters_compared")
    compared = compared.join(counted).reset_index().fillna({"reporters_compared": 0})
    names = [*key, "reporters_compared", "export_usd", "export_only_usd"]
    parts = []
    for factor in sorted(factors):
        part = compared[names].assign(cif_factor=factor)
        for name in ("import_fob_usd", "import_only_usd"):
            part[name] = compared[f"{name} {factor}"]
        parts.append(part)
    lost = pd.concat(parts, ignore_index=True)
    lost["gap_usd"] = lost["export_usd"] - lost["import_fob_usd"]
    sold = lost["export_usd"] / 1000
    lost["share_lost"] = 1 - (lost["import_fob_usd"] / 1000) / sold.where(sold != 0)
    lost["reporters_compared"] = lost["reporters_compared"].astype("int64")
    return lists.titled(lost).sort_values([*key, "cif_factor"])


def panel(exports: Exports, lists: Lists) -> pd.DataFrame:
    """Return covered exports, zeros included, of what a reporter ever sold to a destination.

    Nobody was asked for exports to the world, so that there is no row for what went elsewhere.
    """
    role = lists.economies["role"]
    exclusive = lists.suppliers[lists.suppliers["is_exclusive"]].set_index("reporter")["supplier"]
    cells = exports.cells
    here = role.reindex(cells["reporter"]).to_numpy()
    there = role.reindex(cells["partner"]).to_numpy()
    is_route = (there == "focal") | ((here == "origin") & np.isin(there, ["hub", "rest"]))
    is_route |= (here == "coalition") & (there == "hub")
    pairs = [cells["reporter"], cells["partner"]]
    sold = pd.DataFrame(exports.sold, columns=lists.families.index)
    wanted = sold.groupby(pairs, observed=True).transform("max").to_numpy().copy()
    # Zeros are kept where absence is a finding: of origins and hubs, and of goods that nobody in the coalition sold.
    to_focal = there == "focal"
    wanted[to_focal & np.isin(here, ["origin", "hub"])] = True
    coalition = to_focal & (here == "coalition")
    wanted[np.ix_(coalition, ~exports.sold[coalition].any(axis=0))] = True
    row, column = np.nonzero(wanted & exports.covered & is_route[:, None])
    table = cells[CELL].take(row).reset_index(drop=True).rename(columns={"partner": "destination"})
    table["family"] = lists.families.index.take(column)
    table["value_usd"] = exports.value[row, column].astype("int64")
    is_known = ~(exports.has_no_weight | exports.is_estimated)[row, column]
    table["weight_kg"] = pd.Series(exports.weight[row, column]).where(is_known)
    table["role"] = pd.Categorical(here).take(row)
    table["supplier"] = exclusive.array.take(exclusive.index.get_indexer(table["reporter"]))
    return table.sort_values(["reporter", "destination", "family", "period"])

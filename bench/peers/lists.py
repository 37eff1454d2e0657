"""What a pandas pipeline looks up: names, families, groups and windows of config/, and what was asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chipflows.config import Config

CELL = ["reporter", "partner", "period"]


@dataclass(frozen=True)
class Lists:
    """Small frames, named as our tables are; `states` (edition by family) says whether a family was asked whole."""

    config: Config
    economies: pd.DataFrame
    families: pd.DataFrame
    family_members: pd.DataFrame
    states: pd.DataFrame
    members: pd.DataFrame
    group_titles: pd.Series
    suppliers: pd.DataFrame
    months: pd.DatetimeIndex
    windows: pd.DataFrame
    bins: pd.DataFrame
    asked: pd.DataFrame

    @property
    def focal(self) -> str:
        return self.config.project.study.focal_destination

    def economy(self, column: Any) -> pd.Series:
        """Return ISO3 codes as a category that is the same in every table."""
        return pd.Series(column).astype(self.economies.index.dtype)

    def family(self, column: Any) -> pd.Series:
        """Return families as a category that is the same in every table."""
        return pd.Series(column).astype(self.families.index.dtype)

    def titled(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a table by supplier, group and maybe hub with their titles beside them."""
        suppliers = self.suppliers.drop_duplicates("supplier").set_index("supplier")["supplier_title"]
        names = {"supplier": ("supplier_title", suppliers), "hs_group": ("group_title", self.group_titles)}
        names |= {name: (f"{name}_name", self.economies["name"]) for name in ("hub", "partner")}
        for column, (title, titles) in names.items():
            if column in table:
                table[title] = table[column].map(titles.to_dict()).astype("category")
        return table

    def roles(self, *roles: str) -> pd.Index:
        """Return the economies of some roles."""
        return self.economies.index[self.economies["role"].isin(roles)]


def read_lists(config: Config, folder: Path) -> Lists:
    """Return the lists for the files in a folder, each of which stands beside a record of what it was asked for."""
    records = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    tables = {name: pd.DataFrame(rows, columns=rows.columns, dtype=object) for name, rows in config.tables().items()}
    economies = tables["economies"].set_index("iso3")[["name", "role"]].sort_index()
    economies.index = pd.CategoricalIndex(economies.index, economies.index)
    codes = {code for one in records for code in one["scope"]["codes"]}
    family_members = tables["family_members"]
    requested = set(config.requested_codes()) | codes
    counted = family_members.loc[family_members["hs6"].isin(requested), "family"].unique()
    newest = config.newest_edition
    own = family_members[family_members["hs_edition"] == newest].merge(
        tables["hs_codes"][["hs6", "hs_edition", "tier"]], how="left", on=["hs6", "hs_edition"]
    )
    own["tier"] = own["tier"].fillna("")
    families = tables["families"].set_index("family")[["short_title"]].loc[sorted(counted)]
    tiers = own.groupby("family")["tier"].agg(["nunique", "min"])
    families["tier"] = tiers["min"].where((tiers["nunique"] == 1) & (tiers["min"] != "")).reindex(families.index)
    families.index = pd.CategoricalIndex(families.index, families.index)
    is_asked = family_members["hs6"].isin(codes)
    asks = is_asked.groupby([family_members["hs_edition"], family_members["family"]]).agg(["all", "any"])
    asks = asks.astype(int).sum(axis=1).unstack(fill_value=0).reindex(columns=families.index, fill_value=0)
    titles, members = whole_groups(own, tables["hs_group_codes"])
    received = max(pd.Timestamp(one["retrieved_at"][:10]) for one in records)
    study = config.project.study
    return Lists(
        config=config,
        economies=economies,
        families=families,
        family_members=family_members,
        states=asks.replace({0: "not_asked", 1: "partly_asked", 2: "covered"}),
        members=members.reindex(families.index, fill_value=0),
        group_titles=titles[members.columns],
        suppliers=suppliers(config, tables["economies"]),
        months=pd.date_range(study.start, study.last_month(received.date()), freq="MS", unit="s"),
        windows=windows(tables),
        bins=bins(tables["joined_months"], pd.date_range(study.start, received, freq="MS", unit="s")),
        asked=asked(records, economies.index.dtype),
    )


def whole_groups(own: pd.DataFrame, listed: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
    """Return titles of groups and tiers, and 1 where a family lies in one with all its codes of the newest edition."""
    tiered = own.loc[own["tier"] != "", ["hs6", "tier"]]
    tiers = pd.DataFrame(
        {"group_id": "tier_" + tiered["tier"], "group_title": "Tier " + tiered["tier"], "hs6": tiered["hs6"]}
    )
    rows = pd.concat([listed[["group_id", "group_title", "hs6"]], tiers]).merge(own[["hs6", "family"]], on="hs6")
    in_group = rows.groupby(["family", "group_id"]).size().unstack(fill_value=0)
    is_whole = in_group.eq(own.groupby("family").size(), axis=0).loc[in_group.index]
    members = is_whole.loc[:, is_whole.any()].astype("int64")
    members.columns = pd.CategoricalIndex(members.columns, members.columns, name="hs_group")
    return rows.drop_duplicates("group_id").set_index("group_id")["group_title"], members


def suppliers(config: Config, economies: pd.DataFrame) -> pd.DataFrame:
    """Return who counts as which supplier."""
    origins = economies.set_index("iso3").loc[list(config.project.study.focal_origins)].reset_index()
    origins["supplier"] = origins["name"].str.lower().str.replace(" ", "")
    others = economies[economies["role"].isin(["coalition", "hub", "rest"]) & ~economies["iso3"].isin(origins["iso3"])]
    hubs = others[others["role"] == "hub"]
    titles = others["role"].map({"coalition": "Coalition", "hub": "Hubs", "rest": "Other reporters"})
    parts = [
        origins.assign(supplier_title=origins["name"], is_exclusive=True),
        others.assign(supplier=others["role"], supplier_title=titles, is_exclusive=True),
        hubs.assign(supplier=hubs["iso3"], supplier_title=hubs["name"], is_exclusive=False),
        pd.concat([origins, others]).assign(supplier="world", supplier_title="All reporters", is_exclusive=False),
    ]
    if len(origins) > 1:
        names = {"supplier": "_".join(origins["supplier"]), "supplier_title": " and ".join(origins["name"])}
        parts.append(origins.assign(**names, is_exclusive=False))
    found = pd.concat(parts).rename(columns={"iso3": "reporter"})
    found = found[["supplier", "supplier_title", "reporter", "is_exclusive"]]
    found["supplier"] = found["supplier"].astype(pd.CategoricalDtype(sorted(found["supplier"].unique())))
    found["reporter"] = found["reporter"].astype(pd.CategoricalDtype(sorted(economies["iso3"])))
    return found.reset_index(drop=True)


def windows(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return baselines and the periods after: side, window_id, first and last month, months needed."""
    both = {"before": tables["baselines"].rename(columns={"baseline": "window_id"}), "after": tables["windows_after"]}
    found = pd.concat([one.assign(side=side) for side, one in both.items()], ignore_index=True)
    for name in ("start_period", "end_period"):
        found[name] = pd.to_datetime(found[name]).astype("datetime64[s]")
    return found.astype({"months_needed": int})[["side", "window_id", "start_period", "end_period", "months_needed"]]


def bins(joined: pd.DataFrame, months: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the months that a reporter publishes as one figure: reporter, period, bin, months_in_bin."""
    found = joined.merge(months.to_series(name="period"), how="cross")
    first, last = found["from_month"].astype(int), found["to_month"].astype(int)
    is_in = found["period"].dt.month.between(first, last) & (found["period"] >= pd.to_datetime(found["since"]))
    found = found.assign(months_in_bin=last - first + 1, year=found["period"].dt.year)[is_in]
    found["bin"] = found.groupby(["reporter", "from_month", "year"])["period"].transform("min")
    return found[["reporter", "period", "bin", "months_in_bin"]]


def asked(records: list[dict[str, Any]], economy: Any) -> pd.DataFrame:
    """Return what was asked for: flow, reporter, partner, period."""
    dimensions = {"flow": "flows", "reporter": "reporters", "partner": "partners", "period": "periods"}
    boxes = [pd.MultiIndex.from_product([one["scope"][name] for name in dimensions.values()]) for one in records]
    found = boxes[0].append(boxes[1:]).unique().to_frame(index=False, name=list(dimensions))
    found = found[found["reporter"] != found["partner"]].astype({"reporter": economy, "partner": economy})
    found["period"] = pd.to_datetime(found["period"]).astype("datetime64[s]")
    return found.sort_values(["flow", *CELL], ignore_index=True)


def rounded(dollars: Any) -> Any:
    """Return dollars in thousandths, halves upwards; missing stays missing."""
    return np.floor(dollars * 1000 + 0.5)

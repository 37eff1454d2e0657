"""The tables an analyst makes of rows in pandas: sums by family and group, both sides of a flow, prices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from chipflows.config import Config

KEEP = [
    *("freqCode", "period", "reporterCode", "flowCode", "partnerCode", "partner2Code", "classificationCode", "cmdCode"),
    *("customsCode", "mosCode", "motCode", "qtyUnitCode", "qty", "isQtyEstimated", "netWgt", "isNetWgtEstimated"),
    "primaryValue",
]
CELL = ["reporter", "partner", "flow", "family", "period"]


def write_sums(rows: pd.DataFrame, config: Config, target: Path) -> None:
    """Write the tables to `target`, one Parquet file each; money and weights in thousandths, so that sums are exact."""
    target.mkdir()
    rows = named(rows, config)
    rows.to_parquet(target / "rows.parquet")
    flows = rows.groupby([*CELL, "is_whole"], as_index=False)[["value", "weight"]].sum()
    flows.to_parquet(target / "family_flows.parquet")
    # Of a family asked in part no total is known.
    flows = flows[flows.pop("is_whole")]
    members = pd.DataFrame(whole_groups(config), columns=["hs_group", "family"])
    groups = flows[flows["flow"] == "export"].merge(members, on="family")
    groups = groups.groupby(["reporter", "partner", "hs_group", "period"], as_index=False)["value"].sum()
    groups.to_parquet(target / "group_flows.parquet")
    both_sides(flows).to_parquet(target / "mirror.parquet")
    prices(rows, config).to_parquet(target / "unit_values.parquet")


def named(rows: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Return the rows that are totals of a family's code, each once, under our names."""
    is_total = (rows["partner2Code"] == 0) & (rows["customsCode"] == "C00") & (rows["motCode"] == 0)
    rows = rows[is_total & (rows["mosCode"] == "0")]
    rows = rows.drop_duplicates(["period", "reporterCode", "flowCode", "partnerCode", "cmdCode"])
    members = [(hs6, edition, one.family) for one in config.families for hs6, edition in one.members]
    families = pd.DataFrame(members, columns=["cmdCode", "classificationCode", "family"])
    asked = {(one.hs6, one.hs_edition) for one in config.hs_codes if one.is_requested}
    asked_in_part = {(family, edition) for hs6, edition, family in members if (hs6, edition) not in asked}
    families["is_whole"] = [
        (family, edition) not in asked_in_part
        for family, edition in zip(families["family"], families["classificationCode"], strict=True)
    ]
    rows = rows.merge(families, on=["cmdCode", "classificationCode"], how="inner")
    economies = {int(code): iso3 for code, iso3 in config.economies_by_code("comtrade").items()}
    return pd.DataFrame(
        {
            "reporter": rows["reporterCode"].map(economies),
            "partner": rows["partnerCode"].map(economies),
            "flow": rows["flowCode"].map(config.sources["comtrade"].flows),
            "family": rows["family"],
            "is_whole": rows["is_whole"],
            "period": pd.to_datetime(rows["period"], format="%Y%m"),
            "value": thousandths(rows["primaryValue"]),
            "weight": thousandths(rows["netWgt"].where(~rows["isNetWgtEstimated"].astype(bool), 0)),
        }
    )


def thousandths(column: Any) -> Any:
    return (column * 1000).round().astype("int64")


def whole_groups(config: Config) -> list[tuple[str, str]]:
    """Return the groups and the families that lie in them with all their codes of the newest edition."""
    newest = max(config.project.hs_editions, key=lambda one: one.in_force).id
    tiers = {one.hs6: f"tier_{one.tier}" for one in config.hs_codes if one.hs_edition == newest and one.tier}
    listed: dict[str, set[str]] = {}
    for row in config.tables()["hs_group_codes"]:
        listed.setdefault(row["group_id"], set()).add(row["hs6"])
    for hs6, tier in tiers.items():
        listed.setdefault(tier, set()).add(hs6)
    codes = {one.family: {hs6 for hs6, edition in one.members if edition == newest} for one in config.families}
    return [
        (group, family) for group, members in listed.items() for family, own in codes.items() if own and own <= members
    ]


def both_sides(flows: pd.DataFrame) -> pd.DataFrame:
    """Return what exporter and importer report of a flow, beside each other."""
    exports, imports = (
        flows.loc[flows["flow"] == flow, [*CELL, "value"]]
        .rename(columns={"reporter": here, "partner": there, "value": flow})
        .drop(columns="flow")
        for flow, here, there in (("export", "exporter", "importer"), ("import", "importer", "exporter"))
    )
    return exports.merge(imports, on=["exporter", "importer", "family", "period"], how="outer")


def prices(rows: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Return value and weight of exports by class of buyers, over rows with a reported weight."""
    roles = {iso3: one.role for iso3, one in config.economies.items()}
    classes = {"focal": "focal", "hub": "hub", "origin": "hub"}
    sold = rows[(rows["flow"] == "export") & rows["is_whole"] & (rows["value"] > 0) & (rows["weight"] > 0)]
    sold = sold.assign(partner_class=sold["partner"].map(lambda one: classes.get(roles[one], "elsewhere")))
    key = ["reporter", "partner_class", "family", "period"]
    return sold.groupby(key, as_index=False).agg(value=("value", "sum"), weight=("weight", "sum"))

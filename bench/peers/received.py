"""Rows as received under our names, what becomes of each, and their sums by family."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.peers.lists import Lists

KEEP = [
    *("freqCode", "period", "reporterCode", "flowCode", "partnerCode", "partner2Code", "classificationCode", "cmdCode"),
    *("customsCode", "mosCode", "motCode", "qtyUnitCode", "qty", "isQtyEstimated", "netWgt", "isNetWgtEstimated"),
    "primaryValue",
]
FLOWS = [
    *("source", "reporter", "partner", "origin", "flow", "period", "hs6", "hs_edition", "value_usd"),
    *("value_native", "currency", "weight_kg", "quantity", "quantity_unit", "is_weight_estimated"),
    *("is_quantity_estimated", "family", "request_id"),
]
FAMILY_CELL = ["reporter", "partner", "flow", "family", "period"]
UNKNOWN_HERE = ("origin", "origin_code", "replaced_by", "correction_id")


def labelled(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return the rows of a file with their number and the names of the file and its request, as its record has them."""
    record = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    names = {name: record[name] for name in ("file_id", "request_id")}
    return frame.assign(row_number=range(1, len(frame) + 1), **names)


def named_rows(sent: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """Return every row received, under our names, and where it lands; money and weights in thousandths, so exact.

    What none of these files has (origins, newer files, corrections of config/) is an empty column, as in our table.
    """
    source, config = lists.config.sources["comtrade"], lists.config
    economies = {int(code): iso3 for code, iso3 in config.economies_by_code("comtrade").items()}
    units = {int(code): unit or None for code, unit in source.units.items()}
    value = thousandths(sent["primaryValue"]).astype("int64")
    rows = pd.DataFrame(
        {
            "file_id": sent["file_id"].astype("category"),
            "row_number": sent["row_number"],
            "lines": 1,
            "source": constant("comtrade", sent),
            "request_id": sent["request_id"].astype("category"),
            "reporter": renamed(sent["reporterCode"], economies).astype(lists.economies.index.dtype),
            "partner": renamed(sent["partnerCode"], economies).astype(lists.economies.index.dtype),
            "flow": renamed(sent["flowCode"], source.flows),
            "frequency": sent["freqCode"].astype("category"),
            "period": pd.to_datetime(sent["period"], format="%Y%m").astype("datetime64[s]"),
            "code": sent["cmdCode"].astype("category"),
            "hs_edition": sent["classificationCode"].astype("category"),
            "currency": constant(source.currency, sent),
            "value_native": value,
            "corrected_native": value,
            "is_corrected": False,
            "value_usd": value,
            # The API writes 0 as well as null where a weight or quantity is missing.
            "weight_kg": thousandths(sent["netWgt"].mask(sent["netWgt"] == 0)),
            "quantity": thousandths(sent["qty"].mask(sent["qty"] == 0)),
            "quantity_unit": renamed(sent["qtyUnitCode"], units),
            "is_weight_estimated": sent["isNetWgtEstimated"].astype(bool),
            "is_quantity_estimated": sent["isQtyEstimated"].astype(bool),
            "reporter_code": sent["reporterCode"],
            "partner_code": sent["partnerCode"],
            "flow_code": sent["flowCode"].astype("category"),
            "quantity_unit_code": sent["qtyUnitCode"],
        }
    )
    codes = rows["code"].cat.categories
    rows["hs6"] = renamed(rows["code"], {code: code[:6] for code in codes if len(code) >= 6})
    rows["family"] = families(rows, lists)
    return judged(rows.assign(**dict.fromkeys(UNKNOWN_HERE)), sent, lists)


def judged(rows: pd.DataFrame, sent: pd.DataFrame, lists: Lists) -> pd.DataFrame:
    """Return the rows with where each lands, and why those that land nowhere do."""
    is_total = (sent["partner2Code"] == 0) & (sent["customsCode"] == "C00") & (sent["motCode"] == 0)
    is_total &= sent["mosCode"] == "0"
    groups = lists.roles("group")
    is_group = rows["reporter"].isin(groups) | rows["partner"].isin(groups.drop("W00"))
    places = ["rejected", "headings", "flows_yearly", "flows"]
    conditions = [~is_total | is_group, rows["hs6"].isna(), rows["frequency"] == "A"]
    rows["lands_in"] = pd.Categorical.from_codes(np.select(conditions, [0, 1, 2], 3), places)
    reasons = pd.CategoricalDtype(["detail row of plus mode", "group of economies"])
    rows["reject_reason"] = pd.Categorical.from_codes(np.select([~is_total, is_group], [0, 1], -1), dtype=reasons)
    rows["reason"] = rows["reject_reason"]
    return rows


def families(rows: pd.DataFrame, lists: Lists) -> pd.Series:
    """Return the family of each row's code in its edition."""
    kinds = rows.groupby(["hs6", "hs_edition"], observed=True, sort=False)
    found = kinds.size().reset_index()[["hs6", "hs_edition"]].astype(str)
    named = found.merge(lists.family_members, how="left", on=["hs6", "hs_edition"])["family"]
    return pd.Series(named.astype(lists.families.index.dtype).array.take(kinds.ngroup(), allow_fill=True), rows.index)


def constant(text: str, rows: pd.DataFrame) -> pd.Categorical:
    return pd.Categorical.from_codes(np.zeros(len(rows), "int8"), [text])


def renamed(column: pd.Series, names: dict[Any, Any]) -> pd.Series:
    """Return a column's few codes as the category of their names; a code without a name is missing."""
    codes, found = pd.factorize(column)
    return pd.Series(pd.Series(found).map(names).astype("category").array.take(codes), column.index)


def thousandths(column: pd.Series) -> pd.Series:
    return (column * 1000).round().astype("Int64")


def monthly(rows: pd.DataFrame) -> pd.DataFrame:
    """Return monthly trade by six-digit code; raises `ValueError` where a cell stands in two rows."""
    flows = rows.loc[rows["lands_in"] == "flows", FLOWS]
    if flows.duplicated(["reporter", "partner", "flow", "period", "hs6"]).any():
        raise ValueError("a cell stands in two rows")
    return flows.assign(quantity_unit=flows["quantity_unit"].where(flows["quantity"].notna()))


def by_family(flows: pd.DataFrame) -> pd.DataFrame:
    """Return monthly trade by family; weight or quantity is missing where that of a member is."""
    units, editions = flows["quantity_unit"].cat, flows["hs_edition"].cat
    cells = flows.assign(unit=units.codes, edition=editions.codes).groupby(FAMILY_CELL, observed=True)
    codes = cells.size()
    unit = cells["unit"].max()
    has_quantity = (cells["quantity"].count() == codes) & (cells["unit"].min() == unit)
    summed = pd.DataFrame(
        {
            "value_usd": cells["value_usd"].sum(),
            "weight_kg": cells["weight_kg"].sum().where(cells["weight_kg"].count() == codes),
            "quantity": cells["quantity"].sum().where(has_quantity),
            "is_weight_estimated": cells["is_weight_estimated"].any(),
            "is_quantity_estimated": cells["is_quantity_estimated"].any(),
            "codes": codes,
        }
    ).reset_index()
    summed["quantity_unit"] = pd.Categorical.from_codes(unit.where(has_quantity, -1), units.categories)
    summed["hs_edition"] = pd.Categorical.from_codes(cells["edition"].max(), editions.categories)
    return summed.assign(source=constant("comtrade", summed), weight_source=constant("comtrade", summed))

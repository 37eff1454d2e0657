"""Who supplied how much: monthly lines, yearly sums, the latest months against the same months before the war."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from chipflows.analysis.study import JOINED, OTHERS, place
from chipflows.analysis.wording import span

COUNTS = ["reporters_published", "reporters_due", "reporters_listed"]


@dataclass(frozen=True)
class Supply:
    """Monthly exports of one group of goods by supplier.

    `lines`: group (the supplier's title), period, value_usd, reporters_published, reporters_due, reporters_listed,
    is_complete; only suppliers and months with figures. `missing`: titles of suppliers without any figure.
    """

    lines: pd.DataFrame
    missing: tuple[str, ...]

    @property
    def groups(self) -> list[str]:
        return list(self.lines["group"].drop_duplicates())


def monthly(totals: pd.DataFrame, suppliers: pd.DataFrame) -> Supply:
    """Return the suppliers of one group of goods, month by month: sums in USD, null where nobody published.

    `totals` are rows of `marts.direct_totals` for one group, `suppliers` is `core.suppliers`, of which the exclusive
    ones are taken, so that nothing is counted twice.
    """
    exclusive = suppliers.loc[suppliers["is_exclusive"], "supplier"]
    own = totals[totals["supplier"].isin(exclusive)].copy()
    own["group"] = own["supplier_title"].where(~own["supplier"].isin(JOINED), OTHERS)
    keys = ["group", "period"]
    summed = own.groupby(keys)[["value_usd", *COUNTS]].sum(min_count=1).reset_index()
    lines = summed.merge(own.groupby(keys)["is_complete"].all().reset_index(), on=keys)
    own["place"] = own["supplier"].map(place)
    order = list(own.sort_values(["place", "group"])["group"].drop_duplicates())
    lines = lines.assign(place=lines["group"].map(order.index)).sort_values(["place", "period"]).drop(columns="place")
    seen = lines[lines["value_usd"].notna()]
    kept = lines["group"].isin(seen["group"]) & lines["period"].between(seen["period"].min(), seen["period"].max())
    missing = tuple(group for group in order if group not in set(seen["group"]))
    return Supply(lines[kept].reset_index(drop=True), missing)


def yearly(supply: Supply) -> pd.DataFrame:
    """Return sums by supplier and year in USD million: one row per supplier, the total first, one column per year.

    A year that is not over is named by its months. A cell is null unless all its months were published, and the total
    is null where a cell is. Suppliers without any figure stand in rows of their own, as `[n]`.
    """
    held = supply.lines[supply.lines["value_usd"].notna()]
    cells: dict[str, pd.Series[float]] = {}
    for _, part in held.groupby(held["period"].dt.year):
        months = part["period"].nunique()
        sums = part.groupby("group")["value_usd"].agg(["sum", "count"]).reindex(supply.groups)
        cells[_year(part["period"], months)] = (sums["sum"] / 1e6).where(sums["count"] == months)
    table = pd.DataFrame(cells, index=supply.groups)
    total = table.sum(min_count=len(table)).to_frame("All of these").T if len(table) > 1 else table.iloc[:0]
    absent = pd.DataFrame("[n]", index=list(supply.missing), columns=table.columns)
    parts = [part.astype(object) for part in (total, table, absent) if len(part)]
    return pd.concat(parts or [table]).rename_axis("Supplier").reset_index()


def _year(months: pd.Series[pd.Timestamp], count: int) -> str:
    first, last = months.min(), months.max()
    return str(first.year) if count == 12 else f"{first:%b}–{last:%b} {first.year}"


@dataclass(frozen=True)
class Comparison:
    """What each supplier sold in the latest months (at most twelve) and in the same calendar months before the war.

    `sums`: group, before_usd, after_usd, ratio, months (those published on both sides), peak (the best twelve months in
    a row over the last twelve before the war), peak_end (their last month). `months`: the latest months in words.
    """

    sums: pd.DataFrame
    months: str

    def ratio(self, group: str, column: str = "ratio") -> float:
        """Return after over before (or `peak`); NaN for a supplier without figures on both sides."""
        found = self.sums.loc[self.sums["group"] == group, column]
        return float(found.iloc[0]) if len(found) else float("nan")


def since_war(supply: Supply, war: pd.Timestamp) -> Comparison:
    """Return the latest months since `war` (its first whole month) against the same calendar months before it.

    A month counts for a supplier only if it was published on both sides (docs/methods.md).
    """
    held = supply.lines[supply.lines["value_usd"].notna()].copy()
    held["month"] = held["period"].dt.month
    after = held[(held["period"] >= war) & (held["period"] > held["period"].max() - pd.DateOffset(months=12))]
    before = held[(held["period"] < war) & (held["period"] >= war - pd.DateOffset(months=12))]
    both = after.merge(before, on=["group", "month"], suffixes=("_after", "_before"))
    sums = both.groupby("group").agg(
        before_usd=("value_usd_before", "sum"), after_usd=("value_usd_after", "sum"), months=("month", "count")
    )
    sums["ratio"] = sums["after_usd"] / sums["before_usd"].where(sums["before_usd"] > 0)
    sums = sums.join(_peaks(held, war))
    months = span(both["period_after"].min(), both["period_after"].max()) if len(both) else ""
    return Comparison(sums.reindex([one for one in supply.groups if one in sums.index]).reset_index(), months)


def _peaks(held: pd.DataFrame, war: pd.Timestamp) -> pd.DataFrame:
    """Return by group the best sum of twelve published months in a row since `war`, over the twelve before it."""
    wide = held.pivot(index="period", columns="group", values="value_usd").asfreq("MS")
    years = wide.rolling(12).sum()
    before = years.reindex([war - pd.DateOffset(months=1)]).iloc[0]
    since = years[years.index >= war + pd.DateOffset(months=11)].dropna(axis=1, how="all")
    best = since.max() / before.where(before > 0).reindex(since.columns)
    return pd.DataFrame({"peak": best, "peak_end": since.idxmax()})

"""Who supplied how much: monthly lines, yearly sums, the latest months against the same months before the war."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from chipflows.analysis.study import COALITION, JOINED, OTHERS, Study, place, prose
from chipflows.analysis.wording import SAME, changed, listed, month, span, times, usd

PEAK = 1.25
"""A rise of at least this multiple, and over the latest months, is told as a peak."""

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

    def ratio(self, group: str) -> float:
        """Return after over before; NaN for a supplier without figures on both sides."""
        found = self.sums.loc[self.sums["group"] == group, "ratio"]
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


def answer(comparison: Comparison, study: Study) -> str:
    """Return the answer in one sentence: whose exports fell, whose rose."""
    flow = f"exports of {study.some_goods} to {study.destination}"
    if comparison.sums.empty:
        return f"The files held do not show both sides of the war, so nothing can be said about {flow}."
    columns = (comparison.sums[name] for name in ("group", "ratio", "peak", "peak_end"))
    first, *others = [
        f"by {prose(group)} {{}}{changed(ratio)}{_after_peak(ratio, peak, end)}"
        for group, ratio, peak, end in zip(*columns, strict=True)
    ]
    return "; ".join([f"Reported {flow} {first.format('')}", *(one.format("they ") for one in others)]) + "."


def _after_peak(ratio: float, peak: float, end: pd.Timestamp) -> str:
    """Return the peak that an increase has since come down from, if there was a clear one."""
    is_past = peak >= PEAK and peak >= PEAK * ratio
    return f" after a peak of {times(peak)} in the year to {month(end)}" if is_past else ""


def limit(comparison: Comparison, supply: Supply) -> str:
    """Return the sentence that limits it: which months are compared, and who is not covered."""
    compared = f"{comparison.months} against the same months of the last year before the war, in value"
    missing = f"Not covered by these files: {missing_sentence(supply)}" if supply.missing else ""
    return " ".join(part for part in (f"Compared: {compared}." if comparison.months else "", missing) if part)


def missing_sentence(supply: Supply) -> str:
    """Return the suppliers without any figure, as the end of a sentence."""
    return f"{listed(map(prose, supply.missing))}."


def key_numbers(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Return the three largest suppliers of before as (supplier, amount after, change and amount before)."""
    largest = comparison.sums.nlargest(3, "before_usd").sort_index()
    columns = (largest[name] for name in ("group", "after_usd", "ratio", "before_usd"))
    return [
        (str(group), usd(after), f"{changed(ratio)}, from {usd(before)}")
        for group, after, ratio, before in zip(*columns, strict=True)
    ]


def title(comparison: Comparison, study: Study) -> str:
    """Return the finding as a figure's title: what the coalition lost and what the first focal origin did."""
    coalition = comparison.ratio(COALITION)
    if coalition != coalition:
        return f"{study.goods} exported to {study.destination}, by supplier"
    origin = next((one for one in study.origins if comparison.ratio(one) == comparison.ratio(one)), "")
    beside = f"; those of {origin} {_path(comparison, origin)}" if origin else ""
    return f"Coalition sales of {study.some_goods} {changed(coalition)}{beside}"


def _path(comparison: Comparison, group: str) -> str:
    row = comparison.sums.set_index("group").loc[group]
    is_past = bool(_after_peak(row["ratio"], row["peak"], row["peak_end"]))
    return f"peaked at {times(row['peak'])}" if is_past else changed(row["ratio"])


def is_contradicted(comparison: Comparison) -> bool:
    """Return whether the figures deny that the coalition's exports fell; without figures they deny nothing."""
    return comparison.ratio(COALITION) >= 1 - SAME


def focus(supply: Supply, study: Study) -> str:
    """Return the supplier drawn thickest: the first focal origin with figures, else the first supplier."""
    return next((one for one in (*study.origins, *supply.groups) if one in supply.groups), "")

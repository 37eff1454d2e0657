"""What was paid: prices against what others paid, and value split into price and volume. (methods C.3)"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from chipflows.analysis.evidence import Panels
from chipflows.analysis.inputs import Asked
from chipflows.analysis.panel import Window, inside
from chipflows.analysis.prices import double_ratio, price_ratios
from chipflows.analysis.quantity import quantity_index
from chipflows.analysis.verdict import Measure
from chipflows.analysis.wording import listed

MOST = 12
"""Goods that a figure of strips has room for."""

DRAWS = 499


def ratios(panels: Panels) -> pd.DataFrame:
    """Return `price_ratios` of everyone whose sales elsewhere are covered, too; USD a kilogram over USD a kilogram."""
    if panels.elsewhere.empty:
        columns = ["supplier", "family", "period", "unit_value", "unit_value_elsewhere", "price_ratio"]
        return pd.DataFrame(columns=columns)
    sold = panels.direct[panels.direct["supplier"].isin(panels.elsewhere["supplier"])]
    return price_ratios(sold, panels.elsewhere)


def shown_period(found: pd.DataFrame, about: Asked) -> str:
    """Return the last period in which at least half of its months have prices, "" where none has."""
    months = set(found.loc[found["price_ratio"].notna(), "period"])
    for title, (start, end) in reversed(list(about.periods.items())):
        wanted = pd.date_range(start, end, freq="MS")
        if sum(month in months for month in wanted) * 2 >= len(wanted):
            return title
    return ""


def strips(found: pd.DataFrame, sold: pd.DataFrame, about: Asked, supplier: str, period: str) -> pd.DataFrame:
    """Return the rows of mark-up strips for the goods a supplier sold most of in a period.

    Columns: family, period, window (before, after), price_ratio, is_quantity_estimated (never: such weights are left
    out before).

    `sold` has the columns family, family_title besides those of the panel.
    """
    rows = found[found["supplier"].isin(about.suppliers[supplier])]
    months, after = pd.DatetimeIndex(rows["period"]), about.periods[period]
    window = np.where(inside(months, about.base), "before", np.where(inside(months, after), "after", ""))
    rows = rows.assign(window=window)[window != ""].dropna(subset=["price_ratio"])
    late = sold[sold["supplier"].isin(about.suppliers[supplier]) & _within(sold["period"], after)]
    largest = late.groupby("family")["value_usd"].sum().nlargest(MOST).index
    both = rows.groupby("family")["window"].nunique()
    kept = rows[rows["family"].isin(largest) & rows["family"].isin(both[both == 2].index)]
    return pd.DataFrame(kept).assign(is_quantity_estimated=False)


def _within(period: pd.Series[pd.Timestamp], window: Window) -> pd.Series[bool]:
    return period.between(pd.Timestamp(window[0]), pd.Timestamp(window[1]))


def changes(found: pd.DataFrame, panels: Panels, about: Asked, group: str, period: str) -> pd.DataFrame:
    """Return `double_ratio` of every supplier with prices, in one period."""
    who = _priced(found, about)
    after, families = about.periods[period], about.families(group)
    if not who:
        columns = ["group", "price", "is_trimmed", "is_weighted", "codes", "estimate", "lo", "hi", "reason"]
        return pd.DataFrame(columns=columns)
    return double_ratio(found, panels.direct, who, about.base, after, families, draws=DRAWS)


def _priced(found: pd.DataFrame, about: Asked) -> dict[str, Sequence[str]]:
    known = set(found.loc[found["price_ratio"].notna(), "supplier"])
    return {name: members for name, members in about.suppliers.items() if set(members) <= known}


def volumes(found: pd.DataFrame, panels: Panels, about: Asked, group: str) -> pd.DataFrame:
    """Return `quantity_index` of every supplier with prices in every period, with `period`."""
    tables = []
    for title, after in about.periods.items():
        prices = changes(found, panels, about, group, title)
        if prices["estimate"].notna().any():
            who = _priced(found, about)
            index = quantity_index(panels.direct, prices, who, about.base, after, about.families(group), draws=DRAWS)
            tables.append(index.assign(period=title))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["group", "period"])


def by_code(found: pd.DataFrame, about: Asked, period: str, titles: pd.Series[str], most: int = 15) -> pd.DataFrame:
    """Return the mark-up by good and exporter: median over the period of price to the destination over price to others,
    divided by the same median over the base; the goods with the largest first. NaN where a window has no price.
    """
    single = {members[0]: name for name, members in about.suppliers.items() if len(members) == 1}
    rows = found[found["supplier"].isin(single)]
    medians = [
        rows[_within(rows["period"], window)].groupby(["family", "supplier"])["price_ratio"].median()
        for window in (about.base, about.periods[period])
    ]
    change = (medians[1] / medians[0]).dropna().unstack("supplier").rename(columns=single)
    change = change.assign(top=change.max(axis=1)).nlargest(most, "top").drop(columns="top")
    change.insert(0, "Good", change.index.map(titles.to_dict()))
    return change.reset_index(drop=True)


def answer(prices: pd.DataFrame, about: Asked, period: str) -> str:
    """Return the answer in one sentence: how much dearer purchases became, and how much of it others paid, too."""
    if prices.empty or not prices["estimate"].notna().any():
        return (
            "Whether prices rose can't be said: sales of the same goods to others, with their weights, are not covered."
        )
    group = about.together if (prices["group"] == about.together).any() else str(prices["group"].iloc[0])
    to, elsewhere, double = (_told(prices, group, name) for name in ("to_focal", "elsewhere", "double"))
    return (
        f"In {period} the median good from {group} cost {about.study.destination} {to} what it did in {about.main}, "
        f"other buyers {elsewhere}: a mark-up of {double}."
    )


def _told(prices: pd.DataFrame, group: str, price: str) -> str:
    row = chosen(prices, group, price)
    return f"×{_fine(row.estimate)} (×{_fine(row.lo)} to ×{_fine(row.hi)})" if row.is_known else "not covered"


def _fine(ratio: float) -> str:
    """Return a multiple with two decimals: the ends of a narrow interval differ in the second."""
    return f"{ratio:.2f}"


def chosen(prices: pd.DataFrame, group: str, price: str, trimmed: bool = True, weighted: bool = False) -> Measure:
    """Return one price change of a supplier; the headline is trimmed and counts every code alike."""
    rows = prices[(prices["group"] == group) & (prices["price"] == price)]
    rows = rows[(rows["is_trimmed"] == trimmed) & (rows["is_weighted"] == weighted)]
    return Measure(*rows[["estimate", "lo", "hi"]].iloc[0]) if len(rows) else Measure(missing="prices")


def limit(volume: pd.DataFrame, about: Asked, period: str) -> str:
    """Return what of the value is volume in the same period."""
    rows = volume[(volume["group"] == about.together) & (volume["period"] == period)]
    if rows.empty or "quantity_index" not in rows or rows["quantity_index"].isna().any():
        return "Prices are value over reported weight; a change of price can be a change of what is sold under a code."
    row = rows.iloc[0]
    return (
        f"Value stood at ×{_fine(row['value_index'])} of the base: ×{_fine(row['price_index'])} price times "
        f"×{_fine(row['quantity_index'])} volume ({_fine(row['lo'])} to {_fine(row['hi'])}). Prices are per kilogram."
    )


def strips_title(rows: pd.DataFrame, about: Asked) -> str:
    """Return the finding of the strips: in how many goods the destination pays more, against others, than before."""
    medians = rows.groupby(["family", "window"])["price_ratio"].median().unstack("window")
    rose = int((medians["after"] > medians["before"]).sum())
    return f"{about.study.destination} pays more than before, against other buyers, in {rose} of {len(medians)} goods"


def change_table(prices: pd.DataFrame, about: Asked) -> pd.DataFrame:
    """Return price changes as text: a row for each supplier and way of counting, intervals below."""
    ways = {
        (True, False): "every good alike",
        (False, False): "every good alike, extremes kept",
        (True, True): "goods by their value",
    }
    heads = {"to_focal": f"To {about.study.destination}", "elsewhere": "To others", "double": "Mark-up"}
    rows = []
    for group in prices["group"].drop_duplicates():
        for (trimmed, weighted), way in ways.items():
            cells = [chosen(prices, group, price, trimmed, weighted) for price in heads]
            rows.append([f"{group}, {way}", *[_cell(one) for one in cells]])
    return pd.DataFrame(rows, columns=["Supplier", *heads.values()])


def _cell(found: Measure) -> str:
    if not found.is_known:
        return "[u]"
    return f"{_fine(found.estimate)}\n{_fine(found.lo)} to {_fine(found.hi)}"


def volume_table(volume: pd.DataFrame, about: Asked, group: str) -> pd.DataFrame:
    """Return value, price and quantity of one supplier by period as text, 1 = the base, intervals below."""
    names = {"value": "value_index", "price": "price_index", "quantity": "quantity_index"}
    rows = []
    for row in volume[volume["group"] == group].to_dict("records"):
        cells = []
        for name, column in names.items():
            ends = ("lo", "hi") if name == "quantity" else (f"{name}_lo", f"{name}_hi")
            cells.append(_cell(Measure(row.get(column, np.nan), *(row.get(end, np.nan) for end in ends))))
        rows.append([row["period"], *cells])
    return pd.DataFrame(rows, columns=["Period", "Value", "Price", "Quantity"])


def without_prices(found: pd.DataFrame, about: Asked) -> str:
    """Return the suppliers without a price on both sides, as the end of a sentence."""
    return f"{listed(name for name in about.suppliers if name not in _priced(found, about))}."

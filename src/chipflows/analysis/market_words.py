"""Who is left as a supplier, in words."""

from __future__ import annotations

import pandas as pd

from chipflows.analysis import market
from chipflows.analysis.inputs import Asked
from chipflows.analysis.replaced_words import some
from chipflows.analysis.study import COALITION
from chipflows.analysis.wording import number, percent


def answer(table: pd.DataFrame, about: Asked, group: str, is_seen: bool) -> str:
    """Return the answer in one sentence: how many suppliers of equal size there were, and are."""
    if not is_seen:
        return (
            f"Can't say from whom {about.study.destination} buys {some(about, group)} now: "
            f"{about.together} and the coalition are not both covered by the files held."
        )
    before, after = market.years_compared(table, about)
    spread, share = sides(table, about, "effective_suppliers"), sides(table, about, about.together)
    return (
        f"Reported supply of {some(about, group)} is as concentrated as with {number(spread[1], 2)} equal suppliers in "
        f"{after}, against {number(spread[0], 2)} in {before}; the share of {about.together} went from "
        f"{percent(share[0])} to {percent(share[1])}."
    )


def sides(table: pd.DataFrame, about: Asked, column: str) -> tuple[float, float]:
    """Return a column's value in the last year of the base and in the latest whole year."""
    rows = table.set_index("year")[column].astype(float)
    before, after = market.years_compared(table, about)
    return float(rows[before]), float(rows[after])


def limit(table: pd.DataFrame, about: Asked, is_seen: bool) -> str:
    """Return the sentence that limits it: shares are of what is reported."""
    if not is_seen:
        return "A share needs the whole: it is not computed from one side."
    return (
        "Shares are of what partners report: whoever stopped reporting, or never did, is missing from the whole, "
        "so the shares of those that report are too large."
    )


def key_numbers(table: pd.DataFrame, about: Asked) -> list[tuple[str, str, str]]:
    """Return effective suppliers and the share of one and of all focal origins, each with its value before."""
    before, after = market.years_compared(table, about)
    early, late = sides(table, about, "effective_suppliers")
    cells = [(f"Suppliers of equal size, {after}", number(late, 2), f"{number(early, 2)} in {before}")]
    for name in (next(iter(about.suppliers)), about.together):
        early, late = sides(table, about, name)
        cells.append((f"Share of {name}, {after}", percent(late), f"{percent(early)} in {before}"))
    return cells


def title(table: pd.DataFrame, about: Asked) -> str:
    """Return the finding of the figure of shares."""
    (before, _), (early, late) = market.years_compared(table, about), sides(table, about, about.together)
    return f"{about.together} went from {percent(early)} of reported supply in {before} to {percent(late)}"


def yearly(table: pd.DataFrame, about: Asked) -> pd.DataFrame:
    """Return the table by year, shares in per cent, value in millions."""
    names = [*about.suppliers, COALITION]
    shown = table.assign(**{name: 100 * table[name] for name in names}, value=table["value_usd"] / 1e6)
    return shown[["year", "months", "value", "effective_suppliers", "hhi", *names]].assign(
        year=table["year"].astype(str)
    )


def breadth(counts: pd.DataFrame) -> pd.DataFrame:
    """Return how many goods were backfilled, as text with the sure and the possible count below."""
    rows = []
    for (group, measure), part in counts.groupby(["group", "measure"], sort=False):
        cells = {
            f"over {percent(row['threshold'])}": f"{row['codes']}\n{row['codes_surely']} to {row['codes_possibly']}"
            for row in part.to_dict("records")
        }
        defined = int(part["codes_defined"].iloc[0])
        rows.append({"supplier": f"{group}, {measure}", **cells, "of": defined})
    return pd.DataFrame(rows)

"""Who the economy under study buys from: how many suppliers are left, whose share grew, which goods were replaced.
(methods C.3)"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from chipflows.analysis.backfill import backfill
from chipflows.analysis.concentration import concentration, shares
from chipflows.analysis.inputs import Asked
from chipflows.analysis.replaced import DRAWS, whole
from chipflows.analysis.study import COALITION
from chipflows.analysis.wording import percent

NO_LOSS = "no loss"

NEAR_ZERO = 0.01
"""A supplier whose share of a base year was below this one is called new, if it is above it later."""


def supply(russia_supply: pd.DataFrame, about: Asked, group: str) -> pd.DataFrame:
    """Return the rows of `marts.russia_supply` of one group of goods, the reporter as `supplier`, with their year."""
    rows = russia_supply[russia_supply["family"].isin(about.families(group))]
    return rows.assign(supplier=rows["reporter"], year=rows["period"].dt.year)


def is_seen(sold: pd.DataFrame, about: Asked) -> bool:
    """Return whether the focal origins and the coalition are both among those that published: else no share holds."""
    held = set(sold["supplier"])
    return bool(held & set(about.suppliers[about.together])) and bool(held & set(about.coalition))


def yearly(sold: pd.DataFrame, about: Asked) -> pd.DataFrame:
    """Return by year: months held, value_usd, effective_suppliers, hhi, and the share of every focal origin, of all
    together and of the coalition (0 to 1, under their names)."""
    table = concentration(sold, ["year"]).set_index("year")
    parts = shares(sold, {**about.suppliers, COALITION: about.coalition}, ["year"])
    wide = parts.pivot(index="year", columns="group", values="share")
    held = sold.groupby("year").agg(months=("period", "nunique"), value_usd=("value_usd", "sum"))
    return held.join(table[["effective_suppliers", "hhi"]]).join(wide).reset_index()


def monthly(sold: pd.DataFrame, about: Asked) -> pd.DataFrame:
    """Return the monthly shares in per cent of the first focal origin, of all together and of the coalition; columns
    group, period, share."""
    first, together = next(iter(about.suppliers)), about.together
    groups = {first: about.suppliers[first], together: about.suppliers[together], COALITION: about.coalition}
    found = shares(sold, groups, ["period"])
    return found.assign(share=100 * found["share"])


def by_good(sold: pd.DataFrame, about: Asked, period: str) -> pd.DataFrame:
    """Return `backfill` family by family of the listed goods in one period, for every focal origin and all together."""
    goods = {family: (family,) for family in about.families(about.listed)}
    rows = sold[sold["family"].isin(list(goods))]
    return whole(
        [backfill(rows, about.coalition, about.suppliers, about.base, about.periods[period], goods, draws=DRAWS)]
    )


def verdicts(found: pd.DataFrame, families: pd.DataFrame, group: str) -> pd.DataFrame:
    """Return the goods with their ratios in value and volume and a word: fully, partly, not replaced, or why not said.

    Fully: the ratio in volume is at least 1 and its interval above one half; not: the interval in volume lies below one
    half; where there is no volume, value decides and the word says so. Columns: good, value, volume (texts), word.
    """
    titles = families.set_index("family")["short_title"]
    wide = found[found["group"] == group].set_index(["family", "measure"])
    rows = []
    for family in dict.fromkeys(found["family"]):
        cells = [
            wide.loc[(family, measure)] if (family, measure) in wide.index else None for measure in ("value", "volume")
        ]
        said = [one for one in reversed(cells) if one is not None and pd.notna(one["ratio"])]
        decides = next(iter(said), cells[0])
        rows.append(
            {
                "good": titles.get(family, family),
                "value": _text(cells[0]),
                "volume": _text(cells[1]),
                "word": word(decides) + (" (by value)" if said and decides is cells[0] else ""),
                "order": float(said[0]["ratio"]) if said else float("-inf"),
            }
        )
    table = pd.DataFrame(rows).sort_values(["order", "good"], ascending=[False, True], ignore_index=True)
    return pd.DataFrame(table.drop(columns="order"))


def word(row: pd.Series | None) -> str:
    """Return what a ratio with its interval says of one good."""
    if row is None:
        return "can't say"
    if row["reason"] == NO_LOSS:
        return NO_LOSS
    if pd.isna(row["lo"]):
        return "can't say: no interval"
    if row["ratio"] >= 1 and row["lo"] > 0.5:
        return "fully"
    if row["hi"] < 0.5:
        return "less than half, if any"
    return "partly" if row["lo"] > 0 else "can't say, too noisy"


def _text(row: pd.Series | None) -> str:
    if row is None or (pd.isna(row["ratio"]) and row["reason"] != NO_LOSS):
        return "[n]"
    if pd.isna(row["ratio"]):
        return "[u]"
    ends = "" if pd.isna(row["lo"]) else f"\n{percent(row['lo'])} to {percent(row['hi'])}"
    return f"{percent(row['ratio'])}{ends}"


def newcomers(sold: pd.DataFrame, about: Asked) -> pd.DataFrame:
    """Return suppliers with next to nothing in the base year and a share above that in the latest: columns supplier,
    before_usd, after_usd (a year), share_after; largest gain first.

    Amounts, not multiples: from a base near zero every multiple is large.
    """
    start, end = (pd.Timestamp(one).year for one in about.base)
    latest = int(sold["year"].max())
    sums = sold.groupby(["supplier", "year"])["value_usd"].sum().unstack(fill_value=0)
    before = sums[[year for year in range(start, end + 1) if year in sums]].mean(axis=1)
    after = sums[latest]
    table = pd.DataFrame({"before_usd": before, "after_usd": after, "share_after": after / after.sum()})
    new = table[(table["before_usd"] < NEAR_ZERO * before.sum()) & (table["share_after"] > NEAR_ZERO)]
    new = new.assign(supplier=[about.names[one] for one in new.index], gain=new["after_usd"] - new["before_usd"])
    ordered = new.sort_values("gain", ascending=False, ignore_index=True)
    return pd.DataFrame(ordered[["supplier", "before_usd", "after_usd", "share_after"]])


def years_compared(table: pd.DataFrame, about: Asked) -> Sequence[int]:
    """Return the last year of the base and the latest year that is whole, or the latest at all."""
    whole_years = table.loc[table["months"] == 12, "year"]
    latest = int((whole_years if len(whole_years) else table["year"]).max())
    return pd.Timestamp(about.base[1]).year, latest

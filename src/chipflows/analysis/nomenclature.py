"""What of a change is nomenclature alone: codes read by their number beside the goods they stand for. (methods A.3)"""

from __future__ import annotations

import pandas as pd

from chipflows.analysis.inputs import Asked
from chipflows.analysis.study import COALITION
from chipflows.analysis.wording import NOT_COVERED, count, listed, month, number, percent, usd

EDITION = "edition"
"""The baseline of `marts.code_break` that is each reporter's own last months in the old edition."""

CLASSES = {
    "S": "same number, nothing moved but waste",
    "L": "same number, a little may have moved out",
    "R": "renumbered, one to one",
    "M": "a slice of what was one wider code",
    "X": "moved in both directions, or from many codes",
}
"""What the break classes of `config/hs_codes.csv` mean."""


def codes(code_break: pd.DataFrame, about: Asked, baseline: str, window: str) -> pd.DataFrame:
    """Return the codes of the coalition and the focal origins that a comparison by number gets wrong, largest first.

    Columns: supplier_title, hs6, family, family_title, break_class, mean_before_usd, mean_after_usd (USD a month, of
    the number), read (after over before less 1, of the number; NaN where it did not exist before), comparable (the
    same of its family), nomenclature_usd (USD a month: the part of the change that no trade made).
    """
    rows = code_break[(code_break["baseline"] == baseline) & (code_break["after_window"] == window)]
    rows = rows[rows["supplier_title"].isin([COALITION, about.together]) & (rows["nomenclature_usd"].abs() > 0)]
    rows = rows.assign(
        read=change(rows["mean_before_usd"], rows["mean_after_usd"]),
        comparable=change(rows["family_before_usd"], rows["family_after_usd"]),
        size=rows["nomenclature_usd"].abs(),
    )
    return rows.sort_values(["size", "hs6"], ascending=[False, True], ignore_index=True).drop(columns="size")


def change(before: pd.Series, after: pd.Series) -> pd.Series:
    """Return after over before less 1, NaN where there was nothing before."""
    return after / before.where(before > 0) - 1


def moved(found: pd.DataFrame) -> pd.DataFrame:
    """Return by supplier how much stood under numbers that vanished and under numbers that were new, USD a month."""
    return (
        found.assign(
            gone_usd=found["mean_before_usd"].where(~found["is_in_newest"], 0.0),
            new_usd=found["mean_after_usd"].where(~found["is_in_previous"], 0.0),
        )
        .groupby("supplier_title", as_index=False, sort=False)[["gone_usd", "new_usd"]]
        .sum()
    )


def widest(code_break: pd.DataFrame, about: Asked) -> str:
    """Return the family that a focal origin sold most of when its number vanished, "" without one."""
    rows = code_break[(code_break["baseline"] == EDITION) & (code_break["supplier_title"] == about.together)]
    gone = rows[~rows["is_in_newest"] & (rows["mean_before_usd"] > 0)]
    return str(gone.sort_values("mean_before_usd")["family"].iloc[-1]) if len(gone) else ""


def spoken(flows: pd.DataFrame, direct: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `core.flows` of the source that speaks for each month in `marts.direct`: several sources tell
    of the same trade."""
    return flows.merge(direct.loc[direct["is_covered"], ["reporter", "family", "period", "source"]])


def lines(flows: pd.DataFrame, members: pd.DataFrame, family: str, names: tuple[str, str]) -> pd.DataFrame:
    """Return a family's months as two lines: the numbers that vanished, and those that were new.

    `flows` are the family's rows of `core.flows` of one reporter, partner and flow; `members` the codes of
    `marts.code_break`; `names` what the lines are called. A month without a row under a number is NaN. Columns: group,
    period, value_usd.
    """
    own = members[members["family"] == family].drop_duplicates("hs6").set_index("hs6")
    old_codes, new_codes = own.index[~own["is_in_newest"]], own.index[~own["is_in_previous"]]
    months = pd.date_range(flows["period"].min(), flows["period"].max(), freq="MS")
    sums = flows.groupby(["hs6", "period"])["value_usd"].sum().unstack("period").reindex(columns=months).astype(float)
    parts = zip(names, (sums[sums.index.isin(old_codes)], sums[sums.index.isin(new_codes)]), strict=True)
    return pd.concat(
        [
            pd.DataFrame({"group": name, "period": months, "value_usd": part.sum(min_count=1).to_numpy()})
            for name, part in parts
        ],
        ignore_index=True,
    )


def late(editions: pd.DataFrame) -> pd.DataFrame:
    """Return the reporters that took up the newest edition after the first ones, by date; columns reporter_name,
    first_newest_period, basis."""
    first = editions["first_newest_period"].min()
    rows = editions[editions["first_newest_period"] > first].sort_values(["first_newest_period", "reporter_name"])
    return pd.DataFrame(rows[["reporter_name", "first_newest_period", "edition_basis"]].reset_index(drop=True))


def by_class(families: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return the break classes: how many families, and what of the coalition's change there is nomenclature alone."""
    sizes = found[found["supplier_title"] == COALITION].groupby("break_class")["nomenclature_usd"].agg(_size)
    counted = families.groupby("break_class")["family"].nunique()
    known = {name: meaning for name, meaning in CLASSES.items() if name in counted}
    rows = [(name, meaning, counted[name], sizes.get(name, 0.0)) for name, meaning in known.items()]
    return pd.DataFrame(rows, columns=["break_class", "meaning", "families", "usd"])


def _size(values: pd.Series) -> float:
    return float(values.abs().sum())


def answer(found: pd.DataFrame, families: pd.DataFrame, about: Asked) -> str:
    """Return the answer in one sentence: how many goods changed number, and whether the headline goods did."""
    changed = sorted(set(found["family"]))
    if not len(families):
        return f"Can't say: no good to {about.study.destination} is {NOT_COVERED}."
    if not changed:
        return f"Nothing in these files: no good sold to {about.study.destination} changed its number."
    own = sorted(set(changed) & set(about.families(about.headline)))
    headline = "is" if not own else f"is, except {count(len(own), 'family', 'families')},"
    return (
        f"None of the change in {about.study.some_goods} {headline} nomenclature; of {len(families)} goods "
        f"{len(changed)} changed number in the newest edition, and read by number they would seem to vanish or appear."
    )


def limit(found: pd.DataFrame, about: Asked, baseline: str, window: str) -> str:
    """Return what the numbers alone would have said: how much stood under vanished numbers."""
    gone = moved(found)[lambda rows: rows["gone_usd"] > 0]
    pairs = zip(gone["supplier_title"], gone["gone_usd"], strict=True)
    sums = [f"{name} {usd(value)} a month" for name, value in pairs]
    if not sums:
        return f"Compared are {baseline} and {window}, each reporter in the edition it used."
    return (
        f"Under numbers that no longer exist stood in {baseline}: {listed(sums)}. "
        "All other pages add up whole families, so none of it counts as trade lost or won."
    )


def title(drawn: pd.DataFrame, good: str, names: tuple[str, str]) -> str:
    """Return the finding of the figure: when one number ended and others began."""
    begun = drawn.loc[(drawn["group"] == names[1]) & (drawn["value_usd"].astype(float) > 0), "period"]
    return f"{good}: one number ends, others begin in {month(begun.min())}" if len(begun) else f"{good}: by number"


def title_of(families: pd.DataFrame, family: str) -> str:
    """Return the short title of a family."""
    return str(families.set_index("family").at[family, "short_title"])


def effect(found: pd.DataFrame) -> pd.DataFrame:
    """Return the table of codes: good, code, supplier, change as read, change of the goods, nomenclature (millions)."""
    return pd.DataFrame(
        {
            "good": found["family_title"],
            "code": found["hs6"],
            "class": found["break_class"],
            "supplier": found["supplier_title"],
            "read": [_change(value) for value in found["read"]],
            "comparable": [_change(value) for value in found["comparable"]],
            "usd": found["nomenclature_usd"].astype(float) / 1e6,
        }
    )


def _change(value: float) -> str:
    if pd.isna(value):
        return "appears"
    sign = "+" if value > 0 else ""
    return "vanishes" if value == -1 else sign + (percent(value) if value < 9 else f"{number(100 * value, 2)}%")

"""What the sources changed since: revised months before and now, and when the next ones are expected."""

from __future__ import annotations

import pandas as pd

from chipflows.analysis.study import Study
from chipflows.analysis.wording import count, month, number

ROWS = 15
"""Revised months that a table names, the largest first."""

MILLION = 1e6


def headline(groups: pd.DataFrame, about: Study) -> pd.DataFrame:
    """Return the rows of `marts.revised_groups` about the goods and destination under study, the largest move first."""
    rows = about.headline(groups)
    return by_size(rows[rows["partner_name"] == about.destination])


def by_size(revised: pd.DataFrame) -> pd.DataFrame:
    """Return revisions by how far they moved a sum, the farthest first."""
    order = revised["moved_usd"].abs().sort_values(ascending=False, kind="stable").index
    return revised.loc[order].reset_index(drop=True)


def answer(revised: pd.DataFrame, rows: pd.DataFrame, about: Study) -> str:
    """Return the answer in one sentence; `revised` is `headline`, `rows` is `marts.revisions`."""
    if rows.empty:
        return "No source has changed a figure that these files held before."
    if revised.empty:
        return f"Figures were revised, but none of {about.some_goods} to {about.destination}."
    return f"{sentence(revised.iloc[0], about)}."


def sentence(row: pd.Series, about: Study) -> str:
    """Return one revision in words: since which day, whose month, which goods, from how much to how much."""
    what = f"{row['reporter_name']} to {about.destination}, {month(row['period'])}, {about.some_goods}"
    return f"Since {day(row['vintage_before'])}: {what}, USD {change(row)} million"


def change(row: pd.Series) -> str:
    """Return a sum before and now in millions, with as many digits as tell them apart."""
    before, now = row["value_usd_before"] / MILLION, row["value_usd_now"] / MILLION
    digits = next((few for few in range(3, 9) if number(before, few) != number(now, few)), 9)
    return f"{number(before, digits)} → {number(now, digits)}"


def day(moment: pd.Timestamp) -> str:
    """Return a day: 2 Oct 2026."""
    return f"{moment.day} {moment:%b %Y}"


def limit(rows: pd.DataFrame) -> str:
    """Return the sentence that says how much was revised in all, in every flow and good held."""
    if rows.empty:
        return "A first answer is no revision; a source is asked again by a refresh."
    new, gone, changed = (int(rows[name].sum()) for name in ("rows_new", "rows_gone", "rows_changed"))
    months = len(rows.drop_duplicates(["reporter", "period"]))
    return (
        f"In all, {count(changed, 'row')} changed, {count(new, 'row')} came and {count(gone, 'row')} went, "
        f"in {count(months, 'month')} of {count(rows['reporter'].nunique(), 'reporter')}."
    )


def revised_months(revised: pd.DataFrame, most: int = ROWS) -> pd.DataFrame:
    """Return the largest revisions as a table: who, month, vintages, USD million before, now and moved."""
    shown = revised.head(most)
    who = {"reporter": shown["reporter_name"], "period": shown["period"]}
    when = {"since": shown["vintage_before"].map(day), "seen": shown["vintage_now"].map(day)}
    return pd.DataFrame({**who, **when, **amounts(shown)})


def by_good(rows: pd.DataFrame, most: int = ROWS) -> pd.DataFrame:
    """Return the largest revisions of `marts.revisions` by family: who, to whom, month, goods, rows and USD million."""
    shown = by_size(rows).head(most)
    return pd.DataFrame(
        {
            "reporter": shown["reporter_name"],
            "partner": shown["partner_name"],
            "flow": shown["flow"].str.replace("_", "-"),
            "goods": shown["family_title"],
            "period": shown["period"],
            "rows": shown["rows_new"] + shown["rows_gone"] + shown["rows_changed"],
            **amounts(shown),
        }
    )


def amounts(shown: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the sums before and now and what moved, in millions."""
    columns = {"before": "value_usd_before", "now": "value_usd_now", "moved": "moved_usd"}
    return {name: shown[column] / MILLION for name, column in columns.items()}


def expected(calendar: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Return `marts.release_calendar` as a table: the focal origins and who is overdue by name, the others by source.

    Columns: reporter, source, lag (median, in days), last and next month, expected (the day; of several reporters the
    earliest), `overdue` where a month took longer than the slowest seen.
    """
    known = calendar[calendar["lag_days"].notna() & calendar["last_period"].notna()]
    is_overdue = known["overdue_from"] <= known["asked_on"]
    is_named = (known["role"] == "origin") | is_overdue
    named = known.assign(
        expected=known["expected_on"].map(day).mask(is_overdue, "overdue"), place=(known["role"] != "origin")
    )[is_named]
    others = (
        known[~is_named]
        .groupby("source", as_index=False)
        .agg(
            reporter_name=(
                "reporter_name",
                lambda one: one.iloc[0] if one.nunique() == 1 else f"{one.nunique()} other reporters",
            ),
            lag_days=("lag_days", "median"),
            last_period=("last_period", "max"),
            next_period=("next_period", "max"),
            expected_on=("expected_on", "min"),
        )
    )
    others = others.assign(expected=others["expected_on"].map(day), place=False)
    shown = pd.concat([named, others]).sort_values(["place", "source", "reporter_name"], kind="stable")
    titles = sources.set_index("source")["title"]
    return pd.DataFrame(
        {
            "reporter": shown["reporter_name"],
            "source": shown["source"].map(titles).fillna(shown["source"]),
            "lag": shown["lag_days"],
            "last": shown["last_period"],
            "next": shown["next_period"],
            "expected": shown["expected"],
        }
    ).reset_index(drop=True)

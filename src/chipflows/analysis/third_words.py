"""Third economies in words: which of them sold on what newly came in, as far as figures can say."""

from __future__ import annotations

import pandas as pd

from chipflows.analysis.evidence import Panels
from chipflows.analysis.inputs import Asked
from chipflows.analysis.replaced_words import UNDEFINED, named
from chipflows.analysis.verdict import Measure, with_interval
from chipflows.analysis.wording import count, listed, percent, usd


def title(legs: pd.DataFrame, about: Asked) -> str:
    """Return the finding of the pairs: in which hubs both legs rose."""
    names = list(legs["title"].drop_duplicates()) if len(legs) else []
    if not names:
        return f"Exports into hubs and from hubs to {about.study.destination}"
    verb = "took in more and sold on more" if len(names) > 1 else "took in more and sold more on"
    return f"{listed(names, most=3)} {verb} to {about.study.destination}"


def no_pairs(panels: Panels, about: Asked) -> str:
    """Return why no pair can be drawn: which leg is not covered, or that nowhere both rose."""
    if panels.into_hubs.empty:
        return "Exports of the coalition to hubs are not covered by the files held."
    if panels.out_of_hubs.empty:
        return f"Exports of hubs to {about.study.destination} are not covered: what came in may have left again or not."
    return "In no hub did both legs rise."


def answer(matched: pd.DataFrame, into: pd.DataFrame, about: Asked, period: str) -> str:
    """Return the answer in one sentence: the matched excess of the hubs that stand out, or what went in alone."""
    sure = matched[matched["matched_lo"] > 0]
    if len(sure):
        told = [f"{row['title']} ({usd(row['matched'])} a month)" for _, row in sure.head(3).iterrows()]
        most = sure["share"].sum()
        return (
            f"In {period} {_at_most(most)} of the loss came through {count(len(sure), 'hub')} in which both "
            f"ways rose beyond the noise, first {listed(told)}."
        )
    if matched["matched"].notna().any():
        return f"In {period} in no hub did the way in and the way out both rise beyond the noise."
    grown = into[into["lo"] > 0]
    told = [f"{row['title']} by {interval(row, 'extra')}" for _, row in grown.head(3).iterrows()]
    if told:
        return (
            f"In {period} the coalition's exports rose to {listed(told)} a month; whether goods went on can't be said."
        )
    return "What went through third economies can't be said: neither way is covered on both sides."


def _at_most(share: float) -> str:
    text = percent(share)
    return text if text.startswith("under") else f"at most {text}"


def interval(row: pd.Series, column: str) -> str:
    """Return an amount with its 95% interval: USD 4.5 million (USD 2 million to USD 7 million)."""
    return with_interval(Measure(float(row[column]), float(row["lo"]), float(row["hi"])), "USD")


def limit(matched: pd.DataFrame, about: Asked) -> str:
    """Return what the answer is: an upper bound, over goods, and who is missing."""
    silent = matched.loc[matched["matched"].isna(), "title"]
    missing = f" No match can be computed for {listed(silent, most=8)}." if len(silent) else ""
    told = "Matched is the smaller of what newly went in and newly came out, good by good: an upper bound, not proof."
    return f"{told}{missing}"


def match_table(matched: pd.DataFrame, about: Asked) -> pd.DataFrame:
    """Return the hubs with figures for looking up: amounts in USD million a month, the share of the loss, as text."""
    known = matched[matched["matched"].notna()]
    known = known[(known["excess_in"] > 0) | (known["excess_out"] > 0)]
    return pd.DataFrame(
        {
            "Hub": known["title"],
            "Went in": known["excess_in"] / 1e6,
            "Came out": known["excess_out"] / 1e6,
            "Matched": known["matched"] / 1e6,
            "Share of the loss": [_share(row, about) for _, row in known.iterrows()],
        }
    ).reset_index(drop=True)


def _share(row: pd.Series, about: Asked) -> str:
    if pd.isna(row["share"]):
        return UNDEFINED
    return f"{_fine(row['share'])}\n{_fine(row['lo'])} to {_fine(row['hi'])}"


def _fine(share: float) -> str:
    """Return a share in per cent with one decimal: shares of single hubs are small."""
    return f"{round(100 * share, 1) + 0.0:.1f}%".replace("-", "−")


def why(reason: str, about: Asked) -> str:
    """Return a reason with names for codes, as a sentence."""
    return f"{named(reason, about)}."


def into_table(went: pd.DataFrame, most: int = 12) -> pd.DataFrame:
    """Return what newly went into the hubs for looking up, USD million a month, the interval as text."""
    rows = went.head(most)
    ends = [
        f"{lo / 1e6:,.2f} to {hi / 1e6:,.2f}".replace("-", "−") if pd.notna(lo) else UNDEFINED
        for lo, hi in zip(rows["lo"], rows["hi"], strict=True)
    ]
    table = {
        "Hub": rows["title"],
        "Before": rows["base"] / 1e6,
        "More since": rows["extra"] / 1e6,
        "95% interval": ends,
    }
    return pd.DataFrame(table)


def through_table(through: pd.DataFrame) -> pd.DataFrame:
    """Return the ways from the origins through hubs, USD million a month."""
    amounts = through[["went_in", "came_out", "bound"]] / 1e6
    amounts.columns = pd.Index(["Went in", "Came out", "At most sent on"])
    return pd.concat([through["title"].rename("Hub"), amounts], axis=1).head(12)


def transit_table(transit: pd.DataFrame, about: Asked) -> pd.DataFrame:
    """Return the share of exports that hubs did not record, in per cent as text, a column a window."""
    known = transit[transit["export_usd"] > 0]
    if known.empty:
        return pd.DataFrame()
    wide = known.pivot(index="hub_name", columns="period", values="share_lost")
    wide = wide.reindex(columns=[about.main, *about.periods])
    text = wide.map(lambda x: "[n]" if pd.isna(x) else f"{round(100 * x):,}".replace("-", "−"))
    return text.rename_axis("Hub").reset_index()


def risk_table(pairs: pd.DataFrame, about: Asked) -> pd.DataFrame:
    """Return pairs of hub and good for looking up, with the family under which `trace` finds their rows."""
    table = pd.DataFrame({"Hub": pairs["title"], "Good": pairs["good"], "Family": pairs["family"]})
    for name, column in (("Went in", "went_in"), ("Came out", "came_out"), ("Matched", "matched")):
        table[name] = pairs[column] / 1e6
    return table

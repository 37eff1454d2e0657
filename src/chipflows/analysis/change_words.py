"""Before and after in words: the answer, what limits it, titles that say what the numbers say."""

from __future__ import annotations

import math

import pandas as pd

from chipflows.analysis.change import DIRECT, FROM_HUB, TO_HUB, Window
from chipflows.analysis.study import COALITION, Study, prose
from chipflows.analysis.wording import NOT_COVERED, count, listed, percent, times

MOST_HUBS = 3
"""Hubs named in an answer."""

CLEAR = 1.5
"""The multiple under every baseline from which exports to a hub are said to have risen: less may be growth as usual."""


def direction(lo: float, hi: float) -> str:
    """Return a range of ratios in words: fell by 97 to 98%, rose ×1.9 to ×2.8, or that it depends on the baseline."""
    if math.isnan(lo):
        return NOT_COVERED
    if hi < 1:
        low, high = percent(1 - hi), percent(1 - lo)
        return f"fell by {low}" if low == high else f"fell by {low.removesuffix('%')} to {high}"
    if lo > 1:
        return f"rose {times(lo)}" if times(lo) == times(hi) else f"rose {times(lo)} to {times(hi)}"
    return f"rose or fell depending on the baseline ({times(lo)} to {times(hi)})"


def risen(ranges: pd.DataFrame, leg: str) -> pd.DataFrame:
    """Return the routes of a leg that clearly rose under every baseline, the largest rise first."""
    hubs = ranges[(ranges["leg"] == leg) & (ranges["lo"] >= CLEAR)]
    return hubs.sort_values("change_usd", ascending=False).head(MOST_HUBS)


def answer(ranges: pd.DataFrame, study: Study) -> str:
    """Return the answer in one sentence: what fell, what rose, over all baselines."""
    direct = ranges[(ranges["leg"] == DIRECT) & ranges["ratio"].notna()]
    into, out_of = risen(ranges, TO_HUB), risen(ranges, FROM_HUB)
    if direct.empty and into.empty:
        return f"Exports of {study.some_goods} before and after the war began are not covered by the files held."
    own = [f"by {prose(short)} {direction(lo, hi)}" for short, lo, hi in _rows(direct)]
    through = [f"to {short} {direction(lo, hi)}" for short, lo, hi in _rows(into)]
    told = [f"Exports of {study.some_goods} to {study.destination} {listed(own)}"] if own else []
    told += [f"exports by the coalition {listed(through)}"] if through else []
    told += [f"those by {listed(out_of['short'])} rose at least {times(out_of['lo'].min())}"] if len(out_of) else []
    said = "; ".join(told)
    return f"{said[0].upper()}{said[1:]}."


def _rows(ranges: pd.DataFrame) -> zip[tuple[str, float, float]]:
    return zip(ranges["short"], ranges["lo"], ranges["hi"], strict=True)


def missing(ranges: pd.DataFrame) -> list[str]:
    """Return the suppliers whose direct exports have no figures on both sides."""
    return [prose(short) for short in ranges.loc[(ranges["leg"] == DIRECT) & ranges["ratio"].isna(), "short"]]


def missing_sentence(ranges: pd.DataFrame) -> str:
    """Return who is not covered, as the end of a sentence."""
    return f"{listed(missing(ranges))}."


def limit(ranges: pd.DataFrame, window: Window, baselines: pd.DataFrame) -> str:
    """Return the sentences that limit the answer: what is compared, and who is not covered."""
    absent = missing(ranges)
    others = ranges[(ranges["leg"] == DIRECT) & (ranges["short"] != COALITION)]["ratio"].notna().any()
    most = "others sold most" if others else "exports to the hubs were largest"
    when = f"{window.get('title')}, when {most}, against {len(baselines)} baselines, in value. "
    compared = f"The mean month of {when}" if window else ""
    return compared + (f"Not covered by these files: {listed(absent)}." if absent else "")


def key_numbers(ranges: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return up to three routes as (route, ratio on the main baseline, range over all baselines)."""
    direct = ranges[(ranges["leg"] == DIRECT) & ranges["ratio"].notna()]
    shown = pd.concat([direct, risen(ranges, TO_HUB)]).head(3)
    columns = (shown[name] for name in ("title", "ratio", "lo", "hi"))
    return [
        (str(title), times(ratio), f"{direction(lo, hi)}, over the baselines")
        for title, ratio, lo, hi in zip(*columns, strict=True)
    ]


def title(ranges: pd.DataFrame, study: Study) -> str:
    """Return the finding as a figure's title: what the coalition lost, which origins and hubs gained."""
    direct = ranges[(ranges["leg"] == DIRECT) & ranges["ratio"].notna()]
    if COALITION not in set(direct["short"]):
        return f"{study.goods}: exports before and after"
    gained = listed(direct.loc[direct["short"].isin(study.origins) & (direct["lo"] > 1), "short"])
    hubs = listed(risen(ranges, TO_HUB)["short"])
    beside = f", those by {gained} rose" if gained else f", to {hubs} they rose" if hubs else ""
    return f"Coalition exports to {study.destination} fell{beside}"


def is_contradicted(ranges: pd.DataFrame) -> bool:
    """Return whether some baseline denies that the coalition's direct exports fell; without figures none does."""
    coalition = ranges[(ranges["leg"] == DIRECT) & (ranges["short"] == COALITION)]
    return bool((coalition["hi"] >= 1).any())


def months_note(changes: pd.DataFrame, baselines: pd.DataFrame, window: Window) -> str:
    """Return which windows rest on fewer months than they have, by the routes that are drawn; empty if none does."""
    held = changes[changes["ratio"].notna()]
    texts = []
    for _, base in baselines.iterrows():
        have = held.loc[held["baseline"] == base["baseline"], "months_before"]
        texts += _short(base["title"], have, base["start_period"], base["end_period"])
    if window:
        texts += _short(window["title"], held["months_after"], window["start_period"], window["end_period"])
    return f"Months held: {'; '.join(texts)}." if texts else ""


def _short(title: str, have: pd.Series[float], start: str, end: str) -> list[str]:
    months = len(pd.period_range(start, end, freq="M"))
    return [f"{title}, {int(have.max())} of {months}"] if len(have) and have.max() < months else []


def goods_title(goods: pd.DataFrame, supplier: str) -> str:
    """Return the finding of the figure by good: in how many goods a supplier's exports rose, or fell, everywhere."""
    ratio = goods["value_usd_after"] / goods["value_usd_base"].where(goods["value_usd_base"] > 0)
    bounds = ratio.groupby(goods["family"]).agg(["min", "max"])
    up, down = int((bounds["min"] > 1).sum()), int((bounds["max"] < 1).sum())
    verb, number_of = ("rose", up) if up >= down else ("fell", down)
    return f"Exports by {prose(supplier)} {verb} in {number_of} of {count(len(bounds), 'good')} under every baseline"


def first_covered(changes: pd.DataFrame, study: Study) -> tuple[str, str]:
    """Return whose goods are shown one by one, (supplier, title): the first focal origin with figures, or the first."""
    held = changes[changes["ratio"].notna() & (changes["leg"] == DIRECT)].drop_duplicates("short")
    by_title = dict(zip(held["short"], held["supplier"], strict=True))
    title = next((one for one in (*study.origins, *by_title) if one in by_title), "")
    return by_title.get(title, ""), title

"""Every defensible way of counting: the choices, all combinations, and what single reporters and months decide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from chipflows.analysis.backfill import backfill_of
from chipflows.analysis.inputs import Asked
from chipflows.analysis.panel import cube, inside, steady
from chipflows.analysis.specification import specifications

DRAWS = 299
ALL, ALWAYS = "all", "published throughout"
AS_REPORTED = "exports, FOB"
CHOICES = {
    "baseline": "Baseline",
    "hongkong": "Suppliers",
    "codes": "Goods",
    "valuation": "Valuation",
    "reporters": "Coalition",
}
"""The choices of a specification by column, with the title a figure gives them."""


def lists(about: Asked) -> dict[str, tuple[str, ...]]:
    """Return the lists of goods to choose from, by title: the headline, and every list that holds it."""
    core = set(about.families(about.headline))
    wider = {name: found for name, found in about.goods.items() if core < set(found)}
    chosen = {about.headline: about.families(about.headline), **wider}
    return {_short(about.titles[name], about.titles): families for name, families in chosen.items()}


def _short(title: str, titles: object) -> str:
    """A title that fits beside a row of ticks."""
    return title.replace("Common high priority list", "Priority list")


def universes(sold: pd.DataFrame, about: Asked, period: str, column: str) -> pd.DataFrame:
    """Return `specifications` of the share made up in one period: every baseline, with and without further origins,
    every list, all coalition reporters or those that published throughout. No rows where nobody can be compared.
    """
    goods, whole = lists(about), cube(sold, column)
    reporters: dict[str, Sequence[str]] = {ALL: about.coalition}
    if always := steady(whole.of(about.coalition), 1.0):
        reporters[ALWAYS] = always
    first = next(iter(about.suppliers))
    who = {name: about.suppliers[name] for name in dict.fromkeys([first, about.together])}
    main = dict(zip(CHOICES, (about.main, about.together, next(iter(goods)), AS_REPORTED, ALL), strict=True))
    valuations = {AS_REPORTED: 1.0}
    found = specifications(
        sold, about.periods[period], about.baselines, who, goods, valuations, reporters, main, column, DRAWS
    )
    return found if found["estimate"].notna().any() else found[:0]


def left_out(sold: pd.DataFrame, about: Asked, group: str, period: str, most: int = 6) -> pd.DataFrame:
    """Return the share made up in value when one thing is left out: each of the largest coalition reporters, each
    month of the period. Columns: kind (reporter, month), name, ratio, lo, hi; the first row leaves nothing out.
    """
    whole = cube(sold, "value_usd").with_families(about.families(group))
    origins, after = about.suppliers[about.together], about.periods[period]
    size = pd.Series(np.nansum(whole.of(about.coalition).cells, axis=(1, 2)), index=list(about.coalition))
    trials = [("nothing", "nothing", about.coalition, whole)]
    for name in size[size > 0].nlargest(most).index:
        kept = tuple(one for one in about.coalition if one != name)
        trials.append(("reporter", about.names[name], kept, whole))
    for month in whole.months[inside(whole.months, after)]:
        hidden = sold.assign(value_usd=sold["value_usd"].where(sold["period"] != month))
        fewer = cube(hidden, "value_usd").with_families(about.families(group))
        trials.append(("month", f"{month:%b %Y}", about.coalition, fewer))
    rows = []
    for kind, name, coalition, of in trials:
        found = backfill_of(of.of(coalition), of.of(origins), about.base, after, DRAWS)
        rows.append({"kind": kind, "name": name, **{key: found.get(key, np.nan) for key in ("ratio", "lo", "hi")}})
    return pd.DataFrame(rows)


def title(found: pd.DataFrame) -> str:
    """Return the finding of the curve: how far the estimates reach, and how many intervals reach the whole loss."""
    known = found.dropna(subset=["estimate"])
    low, high = known["estimate"].min(), known["estimate"].max()
    reach = int((known["hi"].fillna(known["estimate"]) >= 1).sum())
    ends = f"{low:.0%} and {high:.0%}".replace("-", "−")
    return f"Between {ends} of the loss was made up; {reach} of {len(known)} intervals reach all of it"


def answer(value: pd.DataFrame, volume: pd.DataFrame, about: Asked, period: str) -> str:
    """Return the answer in one sentence: the range in value and in volume."""
    if value.empty:
        return "No way of counting gives an answer: the share of the loss can't be computed from the files held."
    told = [f"from {_ends(value)} in value"] + ([f"from {_ends(volume)} in volume"] if len(volume) else [])
    count = value["estimate"].notna().sum()
    return f"Over {count} ways of counting, the share of the loss made up in {period} runs {' and '.join(told)}."


def _ends(found: pd.DataFrame) -> str:
    return f"{found['estimate'].min():.0%} to {found['estimate'].max():.0%}".replace("-", "−")


def limit(value: pd.DataFrame) -> str:
    """Return which choice moves the answer most: the one whose options' medians lie furthest apart."""
    if value.empty:
        return ""
    spans = {}
    for column, name in CHOICES.items():
        medians = value.groupby(column)["estimate"].median().dropna()
        spans[name] = (float(medians.max() - medians.min()), str(medians.idxmin()), str(medians.idxmax()))
    name, (_, low, high) = max(spans.items(), key=lambda item: item[1][0])
    return f"The choice that moves it most is {name.lower()}: lowest with {low}, highest with {high}."


def survival(found: pd.DataFrame) -> str:
    """Return whether the share survives leaving out a reporter or a month, in words."""
    whole, rest = found.iloc[0], found.iloc[1:].dropna(subset=["ratio"])
    if pd.isna(whole["ratio"]) or rest.empty:
        return "It can't be said: the share can't be computed."
    ends = f"{rest['ratio'].min():.0%} to {rest['ratio'].max():.0%}".replace("-", "−")
    most = rest.loc[(rest["ratio"] - whole["ratio"]).abs().idxmax()]
    base = f"{whole['ratio']:.0%}".replace("-", "−")
    return f"Leaving out one reporter or month at a time gives {ends} instead of {base}; most without {most['name']}."


def dropped_table(found: pd.DataFrame) -> pd.DataFrame:
    """Return what leaving one thing out gives, as text."""
    texts = found[["ratio", "lo", "hi"]].map(lambda x: "[u]" if pd.isna(x) else f"{round(100 * x)}".replace("-", "−"))
    ends = [lo if lo == "[u]" else f"{lo} to {hi}" for lo, hi in zip(texts["lo"], texts["hi"], strict=True)]
    return pd.DataFrame({"Left out": found["name"], "Share": texts["ratio"], "95% interval": ends})

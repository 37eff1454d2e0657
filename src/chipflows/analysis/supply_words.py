"""Who supplied how much, in words: the answer, what limits it, titles that say what the numbers say."""

from __future__ import annotations

import pandas as pd

from chipflows.analysis.study import COALITION, Study, prose
from chipflows.analysis.supply import Comparison, Supply
from chipflows.analysis.wording import SAME, changed, listed, month, span, times, usd

PEAK = 1.25
"""A rise of at least this multiple, over the year before the war and over the latest months, is told as a peak."""


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
    return f" after a peak of {times(peak)} in the year to {month(end)}" if is_past_peak(ratio, peak) else ""


def is_past_peak(ratio: float, peak: float) -> bool:
    """Return whether the best twelve months were clearly more than before the war, and clearly more than now."""
    return peak >= PEAK and peak >= PEAK * ratio


def limit(comparison: Comparison, supply: Supply) -> str:
    """Return the sentence that limits it: which months are compared, and who is not covered."""
    compared = f"{comparison.months} against the same months of the last year before the war, in value"
    missing = f"Not covered by these files: {missing_sentence(supply)}" if supply.missing else ""
    return " ".join(part for part in (f"Compared: {compared}." if comparison.months else "", missing) if part)


def missing_sentence(supply: Supply) -> str:
    """Return the suppliers without any figure, as the end of a sentence."""
    return f"{listed(map(prose, supply.missing))}."


def partial_note(panel: pd.DataFrame, suppliers: pd.DataFrame) -> str:
    """Return which latest months are not whole yet, and how far they are from the median of the months before.

    `panel` are rows of `marts.fixed_panel` for one group of goods, `suppliers` is `core.suppliers`.
    """
    drawn = suppliers.loc[suppliers["is_exclusive"], "supplier"]
    latest = panel[panel["is_partial"] & panel["supplier"].isin(drawn)]
    parts = []
    for title, part in latest.groupby("supplier_title", sort=False):
        fewest = part.sort_values("reporters_published").iloc[0]
        who = f"{fewest['reporters_published']} of {fewest['reporters_recent']} reporters"
        level = f"{fewest['to_trailing_median']:.0%} of the median of the months before"
        parts.append(f"{prose(str(title))} {span(part['period'].min(), part['period'].max())} ({who}, {level})")
    return f"Not whole yet: {listed(parts)}." if parts else ""


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
    ratio, peak = comparison.ratio(group), comparison.ratio(group, "peak")
    return f"peaked at {times(peak)}" if is_past_peak(ratio, peak) else changed(ratio)


def is_contradicted(comparison: Comparison) -> bool:
    """Return whether the figures deny that the coalition's exports fell; without figures they deny nothing."""
    return comparison.ratio(COALITION) >= 1 - SAME


def focus(supply: Supply, study: Study) -> str:
    """Return the supplier drawn thickest: the first focal origin with figures, else the first supplier."""
    return next((one for one in (*study.origins, *supply.groups) if one in supply.groups), "")

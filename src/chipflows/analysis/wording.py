"""Numbers as British prose writes them: three significant digits, true minus, the unit spelt out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import pandas as pd

NOT_COVERED = "not covered"
SAME = 0.03
"""A change of at most this share is called none."""


def number(value: float, digits: int = 3) -> str:
    """Return a number with `digits` significant digits, thousands separated: 0.84, 212, 10,100."""
    if value == 0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    text = f"{abs(round(value, decimals)):,.{max(decimals, 0)}f}"
    return ("−" if value < 0 else "") + (text.rstrip("0").rstrip(".") if "." in text else text)


def usd(value: float) -> str:
    """Return an amount: USD 212 million, USD 840,000; NaN is `not covered`."""
    if math.isnan(value):
        return NOT_COVERED
    for power, word in ((1e9, " billion"), (1e6, " million")):
        if abs(value) >= power * 0.9995:
            return f"{'−' if value < 0 else ''}USD {number(abs(value) / power)}{word}"
    return f"{'−' if value < 0 else ''}USD {number(abs(value))}"


def multiple(ratio: float) -> str:
    """Return a multiple with two significant digits: 1.7, 1.0, 0.040, 120."""
    if ratio == 0:
        return "0"
    decimals = 1 - math.floor(math.log10(ratio))
    return f"{round(ratio, decimals):,.{max(decimals, 0)}f}"


def times(ratio: float) -> str:
    """Return a multiple with its sign: ×1.7, ×0.040; NaN is `not covered`."""
    return NOT_COVERED if math.isnan(ratio) else f"×{multiple(ratio)}"


def percent(share: float) -> str:
    """Return a share in whole per cent; what only rounds to none or all is `under 1%`, `over 99%`."""
    if 0 < share < 0.005:
        return "under 1%"
    if -0.005 <= share < 0:
        return "0%"
    return "over 99%" if 0.995 <= share < 1 else f"{share:.0%}".replace("-", "−")


def changed(ratio: float) -> str:
    """Return a change in words: fell by 97%, hardly changed, rose by 40%, rose ×3.3; NaN is `not covered`."""
    if math.isnan(ratio):
        return NOT_COVERED
    if ratio < 1 - SAME:
        return f"fell by {percent(1 - ratio)}"
    if ratio <= 1 + SAME:
        return "hardly changed"
    return f"rose by {percent(ratio - 1)}" if ratio < 2 else f"rose {times(ratio)}"


def listed(names: Iterable[str], most: int = 6) -> str:
    """Return names as prose lists them: A, B and C; the ones beyond `most` as `n others`."""
    shown: Sequence[str] = list(names)
    if len(shown) > most:
        shown = [*shown[: most - 1], f"{len(shown) - most + 1} others"]
    return " and ".join(part for part in (", ".join(shown[:-1]), *shown[-1:]) if part)


def count(number_of: int, word: str, plural: str = "") -> str:
    """Return a count with its word: 1 month, 12 months, 3 families."""
    return f"{number_of:,} {word if number_of == 1 else plural or word + 's'}"


def some_of(part: int, whole: int) -> str:
    """Return how many of how many: 3 of 8, none of 8."""
    return f"{part or 'none'} of {whole}"


def month(period: pd.Timestamp) -> str:
    """Return a month: February 2022."""
    return f"{period:%B} {period.year}"


def span(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """Return a span of months: March to November 2022, January 2020 to November 2022."""
    if (first.year, first.month) == (last.year, last.month):
        return month(first)
    return f"{first:%B} to {month(last)}" if first.year == last.year else f"{month(first)} to {month(last)}"

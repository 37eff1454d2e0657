"""Form 6, mark-up strips: what premium does the focal destination pay, and is it general?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from chipflows import words
from chipflows.figures import theme
from chipflows.figures.annotate import KeyItem, draw_key, key_height
from chipflows.figures.charts import rows
from chipflows.figures.charts.form import code_of, first_column, form
from chipflows.figures.finish import Plot
from chipflows.figures.measure import text_width
from chipflows.figures.numbers import short, times
from chipflows.figures.scale import Scale
from chipflows.figures.sheet import Sheet

_SEED = 42


@form("title", "period", "price_ratio", "window", "is_quantity_estimated")
def markup_strips(df: pd.DataFrame, *, before_title: str, after_title: str) -> Plot:
    """Return one strip per good: a dot a month of the price paid over what others paid, with the medians before and
    after.

    Columns: title (name shown), period, window (before, after), price_ratio (1 = the same price; null = undefined),
    is_quantity_estimated (such months are left out and counted), and if there are any: hs6 or codes, family.
    `before_title` and `after_title` name the windows (2019–21). Raises ValueError for another window, or when no
    month of the later window is left.
    """
    if unknown := sorted(set(df["window"].astype(str)) - {"before", "after"}):
        raise ValueError(f"markup_strips: window {unknown[0]!r} is neither before nor after")
    is_estimated, key = df["is_quantity_estimated"].astype(bool), first_column(df, "family", "hs6", "title")
    used = df[~is_estimated & (df["price_ratio"].astype(float) > 0)]
    strips = [_strip(part) for _, part in used.groupby(key, sort=False)]
    strips = sorted((strip for strip in strips if strip.ratios), key=lambda strip: -strip.median)
    if not strips:
        raise ValueError("markup_strips: no month after the war began has a reported quantity: nothing to draw")
    chart = _Chart(strips, before_title, after_title, int(is_estimated.sum()), df[key].nunique() - len(strips))
    return Plot(chart.draw, chart.alt(), chart.note(), chart.table())


@dataclass(frozen=True)
class _Strip:
    """One good: the price ratios of the later window, and the median of the earlier one (NaN: none)."""

    title: str
    code: str
    ratios: tuple[float, ...]
    before: float

    @property
    def median(self) -> float:
        return float(np.median(self.ratios))


def _strip(part: pd.DataFrame) -> _Strip:
    first, ratios = part.iloc[0], part["price_ratio"].astype(float)
    after, before = (ratios[part["window"] == window] for window in ("after", "before"))
    return _Strip(str(first["title"]), code_of(first), tuple(after), float(before.median()))


@dataclass(frozen=True)
class _Chart:
    strips: list[_Strip]
    before: str
    after: str
    estimated: int
    left_out: int

    def ends(self) -> tuple[float, float]:
        """Return the powers of two around the middle 98% of all dots and all medians."""
        medians = [strip.median for strip in self.strips]
        low, high = np.quantile([ratio for strip in self.strips for ratio in strip.ratios], [0.01, 0.99])
        low, high = math.log2(min(low, *medians)), math.log2(max(high, *medians))
        return 2.0 ** math.floor(min(-1, low)), 2.0 ** math.ceil(max(1, high))

    def draw(self, sheet: Sheet) -> None:
        names = [strip.title for strip in self.strips]
        left = rows.left_edge(sheet, names, [strip.code for strip in self.strips])
        median = sheet.width - 4 - (0.0 if sheet.narrow else text_width(words.MONTHS) + 16)
        x = Scale(*self.ends(), left, median - text_width(words.MEDIAN) - 36, is_log=True)
        key, key_left = self.key(sheet), 0 if sheet.narrow else left
        top = key_height(sheet, key, key_left) + 28
        bottom = top + rows.pitch(sheet) * len(self.strips) + 4
        sheet.open(bottom + 24)
        draw_key(sheet, key, key_left)
        sheet.text(median, top - 6, words.MEDIAN, align="right")
        if not sheet.narrow:
            sheet.text(sheet.width - 4, top - 6, words.MONTHS, align="right")
        ticks = [2.0**power for power in range(round(math.log2(x.low)), round(math.log2(x.high)) + 1)]
        rows.draw_value_axis(sheet, x, {tick: _ratio_word(tick) for tick in ticks}, top + 2, bottom, keep=1)
        places = rows.places(sheet, top, len(self.strips))
        rows.draw_level(sheet, x(1), names, places, (top + 2, bottom), "coalition")
        edge = rows.name_edge(names)
        for strip, y in zip(self.strips, places, strict=True):
            rows.draw_name(sheet, strip.title, strip.code, y, edge)
            _draw_medians(sheet, strip, x, y)
            sheet.text(median, y + 4.5, times(strip.median), size=theme.LABEL, token="ink", bold=True, align="right")
            if not sheet.narrow:
                sheet.text(sheet.width - 4, y + 4.5, str(len(strip.ratios)), align="right")
        dots = [(x(r), y) for s, y in zip(self.strips, places, strict=True) for r in s.ratios if x.low <= r <= x.high]
        sheet.strip([at for at, _ in dots], [y for _, y in dots], "china", seed=_SEED)

    def key(self, sheet: Sheet) -> list[KeyItem]:
        return [
            (lambda x, y: sheet.dots(x, y, "china", 6, alpha=0.5), words.ONE_MONTH),
            (lambda x, y: sheet.rules([(x, y - 7, x, y + 7)], "ink", 3.2, z=5), f"{words.MEDIAN} {self.after}"),
            (lambda x, y: _draw_diamond(sheet, x, y), f"{words.MEDIAN} {self.before}"),
        ]

    def note(self) -> str:
        low, high = self.ends()
        beyond = sum(not low <= ratio <= high for strip in self.strips for ratio in strip.ratios)
        rest = f": {self.estimated} {words.ROWS_LEFT_OUT}" if self.estimated else ""
        parts = [words.ONLY_REPORTED + rest, words.MIX]
        parts += [f"{self.left_out} {words.GOODS_WITHOUT_MONTH}"] if self.left_out else []
        parts += [f"{beyond} {words.BEYOND_AXIS}"] if beyond else []
        return ". ".join(parts) + "."

    def alt(self) -> str:
        first, last = self.strips[0], self.strips[-1]
        before = [strip.before for strip in self.strips if not math.isnan(strip.before)]
        text = f"{words.ALT_STRIPS} {len(self.strips)} {words.GOODS}, {words.ALT_STRIPS_SCALE}. {words.MEDIANS_RUN}"
        text += f" {times(first.median)} ({first.title}) {words.TO} {times(last.median)} ({last.title})"
        text += f"; {words.BEFORE_MEDIANS} {times(min(before))} {words.AND} {times(max(before))}." if before else "."
        return text + (f" {self.left_out} {words.GOODS_WITHOUT_MONTH}." if self.left_out else "")

    def table(self) -> pd.DataFrame:
        after, before = f"{words.MEDIAN} {self.after}", f"{words.MEDIAN} {self.before}"
        columns = [words.GOOD, words.CODES, after, before, words.MONTHS]
        lines = [(strip.title, strip.code, strip.median, strip.before, len(strip.ratios)) for strip in self.strips]
        return pd.DataFrame(lines, columns=columns)


def _draw_diamond(sheet: Sheet, x: float, y: float) -> None:
    sheet.dots(x, y, "ink3", 7, marker="D", hollow=True, edge=1.5, z=7)


def _draw_medians(sheet: Sheet, strip: _Strip, x: Scale, y: float) -> None:
    """Draw the medians of one good, and how many dots lie beyond the axis."""
    sheet.rules([(x(strip.median), y - 9.3, x(strip.median), y + 9.3)], "ink", 3.2, z=6)
    if x.low <= strip.before <= x.high:
        _draw_diamond(sheet, x(strip.before), y)
    beyond = sum(ratio > x.high for ratio in strip.ratios)
    if beyond:
        sheet.text(x.stop + 2, y + 4.5, f"{beyond} →", size=theme.SMALL)


def _ratio_word(ratio: float) -> str:
    """Return a tick in words: half, same, ×2."""
    named = {1.0: words.SAME, 0.5: words.HALF, 0.25: words.QUARTER}
    return named.get(ratio) or f"×{short(ratio, 2 if ratio < 1 else 6)}"

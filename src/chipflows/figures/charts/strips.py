"""Form 6, mark-up strips: what premium does the focal destination pay, and is it general?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from chipflows.figures import theme, words
from chipflows.figures.annotate import KeyItem, draw_key, key_height
from chipflows.figures.charts import rows
from chipflows.figures.charts.form import form
from chipflows.figures.finish import Plot
from chipflows.figures.numbers import heading, short, times
from chipflows.figures.scale import Scale
from chipflows.figures.sheet import Sheet, text_width

_SEED = 42


@form("title", "period", "price_ratio", "window", "is_quantity_estimated")
def markup_strips(df: pd.DataFrame, *, before_title: str, after_title: str) -> Plot:
    """Return one strip per good: a dot a month of the price paid over what others paid, the median as a tick, the pre-
    war median as a diamond.

    Columns: title (name shown), period, window (before, after), price_ratio (1 = the same price; null = undefined),
    is_quantity_estimated (such months are left out), and if there are any: hs6 or codes, family. `before_title` and
    `after_title` name the windows (2019–21). Raises ValueError for another window or when no month is left.
    """
    if unknown := sorted(set(df["window"]) - {"before", "after"}):
        raise ValueError(f"markup_strips: window {unknown[0]!r} is neither before nor after")
    estimated = df["is_quantity_estimated"].astype(bool)
    used = df[~estimated & df["price_ratio"].notna() & (df["price_ratio"].astype(float) > 0)]
    key = next(column for column in ("family", "hs6", "title") if column in df)
    strips = [_strip(part) for _, part in used.groupby(key, sort=False)]
    strips = sorted((s for s in strips if s.count), key=lambda s: -s.median)
    if not strips:
        raise ValueError(
            "markup_strips: no month with a reported quantity after the war began, so there is nothing to draw"
        )
    left_out = df[key].nunique() - len(strips)
    chart = _Chart(strips, before_title, after_title)
    return Plot(chart.draw, chart.alt(left_out), chart.note(int(estimated.sum()), left_out), chart.table())


@dataclass(frozen=True)
class _Strip:
    title: str
    code: str
    ratios: tuple[float, ...]
    before: float

    @property
    def count(self) -> int:
        return len(self.ratios)

    @property
    def median(self) -> float:
        return float(np.median(self.ratios))


@dataclass(frozen=True)
class _Chart:
    strips: list[_Strip]
    before: str
    after: str

    @property
    def ends(self) -> tuple[float, float]:
        """The powers of two around the middle 98% of all dots; what lies beyond is counted at the edge."""
        values = [ratio for strip in self.strips for ratio in strip.ratios] + [strip.median for strip in self.strips]
        low, high = np.quantile(values, [0.01, 0.99])
        medians = [strip.median for strip in self.strips]
        return 2.0 ** math.floor(min(-1, math.log2(min(low, *medians)))), 2.0 ** math.ceil(
            max(1, math.log2(max(high, *medians)))
        )

    def draw(self, sheet: Sheet) -> None:
        names, codes = [strip.title for strip in self.strips], [strip.code for strip in self.strips]
        left = rows.left_edge(sheet, names, codes)
        months = 0.0 if sheet.narrow else text_width(words.MONTHS) + 16
        right = sheet.width - months - text_width(words.MEDIAN) - 26
        low, high = self.ends
        x = Scale(low, high, left, right, is_log=True)
        key = self.key(sheet)
        key_left = 0 if sheet.narrow else left
        top, pitch = key_height(sheet, [label for _, label in key], key_left) + 28, rows.pitch(sheet)
        bottom = top + pitch * len(self.strips) + 4
        sheet.open(bottom + 24)
        draw_key(sheet, key, key_left, 13)
        sheet.text(sheet.width - months - 4, top - 6, words.MEDIAN, align="right")
        if not sheet.narrow:
            sheet.text(sheet.width - 4, top - 6, words.MONTHS, align="right")
        ticks = [2.0**power for power in range(round(math.log2(low)), round(math.log2(high)) + 1)]
        rows.draw_value_axis(sheet, x, {tick: ratio_word(tick) for tick in ticks}, top + 2, bottom)
        places = [top + pitch * (i + (0.72 if sheet.narrow else 0.5)) for i in range(len(self.strips))]
        rows.draw_level(sheet, x(1), names, places, top + 2, bottom, "coalition")
        edge = rows.name_edge(names)
        for strip, y in zip(self.strips, places, strict=True):
            rows.draw_name(sheet, strip.title, strip.code, y, edge)
            self.draw_strip(sheet, strip, x, y, months)
        self.draw_dots(sheet, x, places)

    def draw_dots(self, sheet: Sheet, x: Scale, places: list[float]) -> None:
        """Draw one dot a month inside the axis, jittered the same way in every run."""
        inside = [
            (x(ratio), y)
            for strip, y in zip(self.strips, places, strict=True)
            for ratio in strip.ratios
            if x.low <= ratio <= x.high
        ]
        sheet.strip([px for px, _ in inside], [y for _, y in inside], "china", seed=_SEED)

    def draw_strip(self, sheet: Sheet, strip: _Strip, x: Scale, y: float, months: float) -> None:
        """Draw the medians of one good and count the dots beyond the axis."""
        half = 0.3 * (rows.pitch(sheet) - (8 if sheet.narrow else 0))
        sheet.rules([(x(strip.median), y - half, x(strip.median), y + half)], "ink", 3.2, z=6)
        if x.low <= strip.before <= x.high:
            sheet.dots(x(strip.before), y, "ink3", 7, marker="D", hollow=True, edge=1.5, z=7)
        beyond = sum(ratio > x.high for ratio in strip.ratios)
        if beyond:
            sheet.text(x.stop + 2, y + 4.5 - 11 * (not sheet.narrow), f"{beyond} →", size=theme.SMALL)
        sheet.text(
            sheet.width - months - 4,
            y + 4.5,
            times(strip.median),
            size=theme.LABEL,
            token="ink",
            bold=True,
            align="right",
        )
        if months:
            sheet.text(sheet.width - 4, y + 4.5, str(strip.count), align="right")

    def key(self, sheet: Sheet) -> list[KeyItem]:
        return [
            (lambda x, y: sheet.dots(x, y, "china", 6, alpha=0.5), words.ONE_MONTH),
            (lambda x, y: sheet.rules([(x, y - 7, x, y + 7)], "ink", 3.2, z=5), f"{words.MEDIAN} {self.after}"),
            (
                lambda x, y: sheet.dots(x, y, "ink3", 7, marker="D", hollow=True, edge=1.5),
                f"{words.MEDIAN} {self.before}",
            ),
        ]

    def note(self, estimated: int, left_out: int) -> str:
        low, high = self.ends
        beyond = sum(not low <= ratio <= high for strip in self.strips for ratio in strip.ratios)
        parts = [
            f"{words.ONLY_REPORTED}: {estimated} {words.ROWS_LEFT_OUT}" if estimated else words.ONLY_REPORTED,
            words.MIX,
        ]
        parts += [f"{left_out} {words.GOODS_WITHOUT_MONTH}"] if left_out else []
        parts += [f"{beyond} {words.BEYOND_AXIS}"] if beyond else []
        return ". ".join(parts) + "."

    def alt(self, left_out: int) -> str:
        first, last = self.strips[0], self.strips[-1]
        before = [strip.before for strip in self.strips if not math.isnan(strip.before)]
        text = f"{words.ALT_STRIPS} {len(self.strips)} {words.GOODS}, {words.ALT_STRIPS_SCALE}. {words.MEDIANS_RUN} {times(first.median)} ({first.title})"
        text += f" {words.TO} {times(last.median)} ({last.title})"
        text += f"; {words.BEFORE_MEDIANS} {times(min(before))} {words.AND} {times(max(before))}." if before else "."
        return text + (f" {left_out} {words.GOODS_WITHOUT_MONTH}." if left_out else "")

    def table(self) -> pd.DataFrame | None:
        if len(self.strips) > 30:
            return None
        return pd.DataFrame(
            [
                {
                    words.GOOD: s.title,
                    words.CODES: s.code,
                    f"{words.MEDIAN} {self.after}": s.median,
                    f"{words.MEDIAN} {self.before}": s.before,
                    words.MONTHS: s.count,
                }
                for s in self.strips
            ]
        )


def ratio_word(ratio: float) -> str:
    """Return a tick of a ratio axis in words: half, same, ×2."""
    named = {1.0: words.SAME, 0.5: words.HALF, 0.25: words.QUARTER}
    return named.get(ratio) or (f"×{ratio:g}" if ratio > 1 else f"×{short(ratio, 2)}")


def _strip(part: pd.DataFrame) -> _Strip:
    first = part.iloc[0]
    after = part.loc[part["window"] == "after", "price_ratio"].astype(float)
    before = part.loc[part["window"] == "before", "price_ratio"].astype(float)
    code = str(first["codes"]) if "codes" in part else heading(str(first["hs6"])) if "hs6" in part else ""
    return _Strip(str(first["title"]), code, tuple(after), float(before.median()) if len(before) else math.nan)

"""Form 3, before/after dumbbell with five baselines: does the change depend on the base?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from chipflows.figures import theme, words
from chipflows.figures.annotate import KeyItem, draw_key, key_height
from chipflows.figures.charts import rows
from chipflows.figures.charts.form import form
from chipflows.figures.finish import Plot
from chipflows.figures.numbers import Axis, heading, multiple, short, times
from chipflows.figures.scale import Scale, log_range, log_ticks
from chipflows.figures.sheet import Sheet, text_width


@form("title", "baseline", "value_usd_base", "value_usd_after")
def dumbbell(df: pd.DataFrame, *, unit: str, main_baseline: str, after_title: str) -> Plot:
    """Return one row per good: five baselines as ticks, the main one as a ring, after as a dot, sorted by change; log
    scale.

    Columns: title (name shown), baseline, value_usd_base and value_usd_after (USD a month; null = not published), and
    if there are any: hs6 or codes, baseline_title, family. `main_baseline` is the baseline of the ring; `after_title`
    names the dot (2023). Raises ValueError for a frame without the main baseline or without any positive amount.
    """
    chart = _Chart.of(df, main_baseline, after_title, Axis.of(unit, "value_usd"))
    return Plot(chart.draw, chart.alt(), chart.note(), chart.table())


@dataclass(frozen=True)
class _Row:
    """One good: its bases by baseline, main first, and the amount after; null stays NaN."""

    title: str
    code: str
    bases: tuple[float, ...]
    after: float

    @property
    def ratios(self) -> list[float]:
        return [self.after / base for base in self.bases if base > 0 and not math.isnan(self.after)]

    @property
    def change(self) -> float:
        """The ratio on the main baseline; NaN where there is none."""
        return self.after / self.bases[0] if self.bases[0] > 0 else math.nan

    @property
    def words(self) -> str:
        """The change in words or as a multiple."""
        if math.isnan(self.after) or math.isnan(self.bases[0]):
            return words.CELL_NOT_PUBLISHED
        if self.bases[0] == 0:
            return words.NEW if self.after > 0 else words.NONE
        return times(self.change)

    @property
    def range(self) -> str:
        """The smallest and the largest multiple over the baselines."""
        return (
            f"{multiple(min(self.ratios))}–{multiple(max(self.ratios))}"
            if len(self.ratios) > 1 and not math.isnan(self.change)
            else ""
        )


@dataclass(frozen=True)
class _Chart:
    rows: list[_Row]
    baselines: list[str]
    after: str
    axis: Axis
    low: float
    high: float

    @classmethod
    def of(cls, df: pd.DataFrame, main: str, after: str, axis: Axis) -> _Chart:
        order = [main, *(b for b in df["baseline"].unique() if b != main)]
        if main not in set(df["baseline"]):
            raise ValueError(f"dumbbell: no row has baseline {main!r}; there are {', '.join(map(str, order[1:]))}")
        key = next(column for column in ("family", "hs6", "title") if column in df)
        found = []
        for _, part in df.groupby(key, sort=False):
            bases = part.set_index("baseline")["value_usd_base"].astype(float).reindex(order)
            first = part.iloc[0]
            code = str(first["codes"]) if "codes" in part else heading(str(first["hs6"])) if "hs6" in part else ""
            found.append(_Row(str(first["title"]), code, tuple(bases), float(first["value_usd_after"])))
        found.sort(key=lambda row: (math.isnan(row.change), -row.change if not math.isnan(row.change) else 0))
        amounts = [v for row in found for v in (*row.bases, row.after) if v > 0]
        if not amounts:
            raise ValueError("dumbbell: no amount above zero, so there is nothing to draw on a log scale")
        titles = df.drop_duplicates("baseline").set_index("baseline")[
            "baseline_title" if "baseline_title" in df else "baseline"
        ]
        return cls(
            found,
            [str(title) for title in titles.reindex(order)] if "baseline_title" in df else order,
            after,
            axis,
            *log_range(min(amounts), max(amounts)),
        )

    def draw(self, sheet: Sheet) -> None:
        names, codes = [row.title for row in self.rows], [row.code for row in self.rows]
        left = rows.left_edge(sheet, names, codes)
        range_width = max(text_width(row.range) for row in self.rows)
        change_width = max(
            text_width(words.CHANGE), *(text_width(row.words, theme.LABEL, bold=True) for row in self.rows)
        )
        change = sheet.width - 4 if sheet.narrow else sheet.width - 4 - max(range_width, text_width(words.RANGE)) - 22
        right = change - (max(change_width, range_width) + 22 if sheet.narrow else change_width + 28)
        x = Scale(self.low, self.high, left, right, is_log=True)
        labels = [label for _, label in self.key(sheet)]
        key_left = 0 if sheet.narrow else max(0, left - 10)
        top = key_height(sheet, labels, key_left) + 28
        pitch = rows.pitch(sheet)
        bottom = top + pitch * len(self.rows) + 4
        sheet.open(bottom + 24)
        draw_key(sheet, self.key(sheet), key_left, 13)
        sheet.text(change, top - 6, words.CHANGE, align="right")
        if not sheet.narrow:
            sheet.text(sheet.width - 4, top - 6, words.RANGE, align="right")
        ticks = log_ticks(self.low, self.high)
        named = {tick: self.tick(tick, tick in (ticks[0], ticks[-1])) for tick in ticks}
        rows.draw_value_axis(sheet, x, named, top + 4, bottom)
        edge = rows.name_edge(names)
        for i, row in enumerate(self.rows):
            y = top + pitch * (i + (0.72 if sheet.narrow else 0.5))
            rows.draw_name(sheet, row.title, row.code, y, edge)
            self.draw_row(sheet, row, x, y)
            self.draw_change(sheet, row, y, change)

    def tick(self, value: float, is_end: bool) -> str:
        letter = {1e9: "bn", 1e6: "m", 1e3: "k"}.get(self.axis.power, "")
        return (
            f"{self.axis.prefix}{short(value / self.axis.power)}{letter}" if is_end else short(value / self.axis.power)
        )

    def key(self, sheet: Sheet) -> list[KeyItem]:
        base = self.baselines[0]
        return [
            (
                lambda x, y: sheet.rules([(x, y - 6, x, y + 6)], "ink3", 1.6, z=5),
                f"{len(self.baselines)} {words.BASELINES}",
            ),
            (
                lambda x, y: sheet.dots(x, y, "ink", 8.5, hollow=True, edge=2),
                base if sheet.narrow else f"{base} {words.MEAN}",
            ),
            (lambda x, y: sheet.dots(x, y, "china", 10), self.after if sheet.narrow else f"{self.after} {words.MEAN}"),
        ]

    def draw_row(self, sheet: Sheet, row: _Row, x: Scale, y: float) -> None:
        """Draw bar, ticks, ring and dot; an amount of zero stands as an arrow at the left edge."""
        token = "china" if row.change > 1 or math.isnan(row.change) else "rest"
        base, after = (x(max(value, self.low)) for value in (row.bases[0], row.after))
        if not math.isnan(base + after):
            sheet.rules([(base, y, after, y)], token, 3, z=2, alpha=0.45)
        sheet.rules([(x(b), y - 6.5, x(b), y + 6.5) for b in row.bases[1:] if b > 0], "ink3", 1.6, z=4)
        for place, value, colour, hollow in ((base, row.bases[0], "ink", True), (after, row.after, token, False)):
            if value > 0:
                sheet.dots(
                    place, y, colour, 8.5 if hollow else 10.5, hollow=hollow, edge=2 if hollow else 0, z=5 + hollow
                )
            elif value == 0:
                sheet.dots(x.start - 4, y, colour, 8, marker="<", hollow=hollow, edge=1.5 * hollow)

    def draw_change(self, sheet: Sheet, row: _Row, y: float, right: float) -> None:
        lift = 9 if sheet.narrow else 0
        sheet.text(right, y + 4.5 - lift, row.words, size=theme.LABEL, token="ink", bold=True, align="right")
        sheet.text(
            right if sheet.narrow else sheet.width - 4, y + 4.5 + (7 if sheet.narrow else 0), row.range, align="right"
        )

    def note(self) -> str:
        return f"{words.ALL_BASELINES}: {' · '.join(self.baselines)}. {words.RED_GREY}."

    def alt(self) -> str:
        ranked = [row for row in self.rows if not math.isnan(row.change)]
        always = [row for row in ranked if min(row.ratios) > 1]
        text = f"{words.ALT_DUMBBELL} {len(self.rows)} {words.GOODS}: {len(self.baselines)} {words.BASELINES} {words.AND} {self.after}."
        text += f" {len(always)} {words.ROSE_UNDER_ALL}" + (
            f", {words.MOST} {always[0].title} ({always[0].words})." if always else "."
        )
        if ranked and ranked[-1].change < 1:
            text += f" {ranked[-1].title} {words.FELL_TO} {ranked[-1].words}."
        silent = len(self.rows) - len(ranked)
        return text + (f" {silent} {words.WITHOUT_BOTH}." if silent else "")

    def table(self) -> pd.DataFrame | None:
        if len(self.rows) > 30:
            return None
        lines = []
        for row in self.rows:
            ratios = [row.after / base if base > 0 else math.nan for base in row.bases]
            after = f"{self.after}, {self.axis.prefix}{self.axis.word or words.UNIT_ONE}"
            lines.append(
                {words.GOOD: row.title, words.CODES: row.code, after: row.after / self.axis.power}
                | {f"× {b}": ratio for b, ratio in zip(self.baselines, ratios, strict=True)}
            )
        return pd.DataFrame(lines)

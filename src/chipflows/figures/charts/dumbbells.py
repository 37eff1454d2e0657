"""Form 3, before/after dumbbell with five baselines: does the change depend on the base?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from chipflows import words
from chipflows.figures import theme
from chipflows.figures.annotate import KeyItem, draw_key, key_height
from chipflows.figures.charts import rows
from chipflows.figures.charts.form import code_of, explain, first_column, form
from chipflows.figures.finish import Plot
from chipflows.figures.measure import text_width
from chipflows.figures.numbers import Axis, multiple, short, times
from chipflows.figures.scale import Scale, log_range, log_ticks
from chipflows.figures.sheet import Sheet

_LETTERS = {1e9: "bn", 1e6: "m", 1e3: "k"}


@form("title", "baseline", "value_usd_base", "value_usd_after")
def dumbbell(df: pd.DataFrame, *, unit: str, main_baseline: str, after_title: str) -> Plot:
    """Return one row per good: five baselines as ticks, the main one as a ring, after as a dot, sorted by change.

    Columns: title (name shown), baseline, value_usd_base and value_usd_after (USD a month; null = not published), and
    if there are any: hs6 or codes, baseline_title, family. `main_baseline` is the baseline of the ring; `after_title`
    names the dot (2023). The scale is logarithmic: say so in `unit`. Raises ValueError for a frame without the main
    baseline or without any positive amount.
    """
    order = [main_baseline, *(baseline for baseline in df["baseline"].unique() if baseline != main_baseline)]
    if main_baseline not in set(df["baseline"]):
        raise ValueError(f"dumbbell: no row has baseline {main_baseline!r}; there are {', '.join(map(str, order[1:]))}")
    found = [_row(part, order) for _, part in df.groupby(first_column(df, "family", "hs6", "title"), sort=False)]
    found.sort(key=lambda row: math.inf if math.isnan(row.change) else -row.change)
    amounts = [amount for row in found for amount in (*row.bases, row.after) if amount > 0]
    if not amounts:
        raise ValueError("dumbbell: no amount above zero, so there is nothing to draw on a log scale")
    named = df.drop_duplicates("baseline").set_index("baseline", drop=False)
    titles = [str(title) for title in named.loc[order, first_column(df, "baseline_title", "baseline")]]
    chart = _Chart(found, titles, after_title, Axis.of(unit, "value_usd"), *log_range(min(amounts), max(amounts)))
    note = f"{words.ALL_BASELINES}: {' · '.join(titles)}. {words.RED_GREY}.{explain(row.change_text for row in found)}"
    return Plot(chart.draw, chart.alt(), note, chart.table())


@dataclass(frozen=True)
class _Row:
    """One good: its bases, the main one first, and the amount after; null stays NaN."""

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
    def change_text(self) -> str:
        if math.isnan(self.after) or math.isnan(self.bases[0]):
            return words.CELL_NOT_PUBLISHED
        if self.bases[0] == 0:
            return words.NEW if self.after > 0 else words.NONE
        return times(self.change)

    @property
    def range_text(self) -> str:
        """The smallest and the largest multiple over the baselines."""
        if len(self.ratios) < 2 or not self.change > 0:
            return ""
        return f"{multiple(min(self.ratios))}–{multiple(max(self.ratios))}"


def _row(part: pd.DataFrame, order: list[str]) -> _Row:
    bases = part.set_index("baseline")["value_usd_base"].astype(float).reindex(order)
    first = part.iloc[0]
    return _Row(str(first["title"]), code_of(first), tuple(bases), float(first["value_usd_after"]))


@dataclass(frozen=True)
class _Chart:
    rows: list[_Row]
    baselines: list[str]
    after: str
    axis: Axis
    low: float
    high: float

    def draw(self, sheet: Sheet) -> None:
        names = [row.title for row in self.rows]
        left = rows.left_edge(sheet, names, [row.code for row in self.rows])
        ranges = max(text_width(words.RANGE), *(text_width(row.range_text) for row in self.rows))
        changes = max(text_width(words.CHANGE), *(text_width(row.change_text, theme.LABEL, True) for row in self.rows))
        change = sheet.width - 4 - (0 if sheet.narrow else ranges + 22)
        right = change - (max(changes, ranges) + 22 if sheet.narrow else changes + 28)
        x = Scale(self.low, self.high, left, right, is_log=True)
        key, key_left = self.key(sheet), 0 if sheet.narrow else max(0, left - 10)
        top = key_height(sheet, key, key_left) + 28
        bottom = top + rows.pitch(sheet) * len(self.rows) + 4
        sheet.open(bottom + 24)
        draw_key(sheet, key, key_left)
        sheet.text(change, top - 6, words.CHANGE, align="right")
        if not sheet.narrow:
            sheet.text(sheet.width - 4, top - 6, words.RANGE, align="right")
        ticks = log_ticks(self.low, self.high)
        named = {tick: self.tick(tick, is_end=tick in (ticks[0], ticks[-1])) for tick in ticks}
        rows.draw_value_axis(sheet, x, named, top + 4, bottom)
        edge = rows.name_edge(names)
        for row, y in zip(self.rows, rows.places(sheet, top, len(self.rows)), strict=True):
            rows.draw_name(sheet, row.title, row.code, y, edge)
            _draw_row(sheet, row, x, y)
            _draw_change(sheet, row, y, change)

    def tick(self, value: float, *, is_end: bool) -> str:
        text = short(value / self.axis.power)
        return f"{self.axis.prefix}{text}{_LETTERS.get(self.axis.power, '')}" if is_end else text

    def key(self, sheet: Sheet) -> list[KeyItem]:
        mean = "" if sheet.narrow else f" {words.MEAN}"
        return [
            (lambda x, y: _draw_ticks(sheet, [x], y), f"{len(self.baselines)} {words.BASELINES}"),
            (lambda x, y: sheet.dots(x, y, "ink", 8.5, hollow=True, edge=2), self.baselines[0] + mean),
            (lambda x, y: sheet.dots(x, y, "china", 10.5), self.after + mean),
        ]

    def alt(self) -> str:
        ranked = [row for row in self.rows if not math.isnan(row.change)]
        always = [row for row in ranked if min(row.ratios) > 1]
        count = f"{len(self.baselines)} {words.BASELINES} {words.AND} {self.after}"
        most = f", {words.MOST} {always[0].title} ({always[0].change_text})" if always else ""
        text = f"{words.ALT_DUMBBELL} {len(self.rows)} {words.GOODS}: {count}."
        text += f" {len(always)} {words.ROSE_UNDER_ALL}{most}."
        if ranked and ranked[-1].change < 1:
            text += f" {ranked[-1].title} {words.FELL_TO} {ranked[-1].change_text}."
        silent = len(self.rows) - len(ranked)
        return text + (f" {silent} {words.WITHOUT_BOTH}." if silent else "")

    def table(self) -> pd.DataFrame:
        after = f"{self.after}, {words.USD} {self.axis.word}".strip()
        lines = []
        for row in self.rows:
            line: dict[str, object] = {words.GOOD: row.title, words.CODES: row.code, after: row.after / self.axis.power}
            for baseline, base in zip(self.baselines, row.bases, strict=True):
                line[f"× {baseline}"] = words.CELL_UNDEFINED if base == 0 else row.after / base
            lines.append(line)
        return pd.DataFrame(lines)


def _draw_ticks(sheet: Sheet, places: list[float], y: float) -> None:
    sheet.rules([(x, y - 6.5, x, y + 6.5) for x in places], "ink3", 1.6, z=4)


def _draw_row(sheet: Sheet, row: _Row, x: Scale, y: float) -> None:
    """Draw bar, ticks, ring and dot; an amount of zero stands as an arrow at the left edge."""
    token = "rest" if row.change <= 1 else "china"
    base, after = (x(max(value, x.low)) for value in (row.bases[0], row.after))
    if not math.isnan(base + after):
        sheet.rules([(base, y, after, y)], token, 3, z=2, alpha=0.45)
    _draw_ticks(sheet, [x(other) for other in row.bases[1:] if other > 0], y)
    for value, colour, size, is_hollow in ((row.bases[0], "ink", 8.5, True), (row.after, token, 10.5, False)):
        if value > 0:
            sheet.dots(x(value), y, colour, size, hollow=is_hollow, edge=2 * is_hollow, z=5 + is_hollow)
        elif value == 0:
            sheet.dots(x.start - 4, y, colour, 8, marker="<", hollow=is_hollow, edge=1.5 * is_hollow)


def _draw_change(sheet: Sheet, row: _Row, y: float, right: float) -> None:
    """Write the change, and the range beside it, or below it on the narrow drawing."""
    lift, drop, at = (9, 7, right) if sheet.narrow else (0, 0, sheet.width - 4)
    sheet.text(right, y + 4.5 - lift, row.change_text, size=theme.LABEL, token="ink", bold=True, align="right")
    sheet.text(at, y + 4.5 + drop, row.range_text, align="right")

"""Form 8, event study: did the change start with the controls, and not before?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from chipflows import words
from chipflows.figures import theme
from chipflows.figures.annotate import free_spot
from chipflows.figures.charts.form import form
from chipflows.figures.finish import Plot
from chipflows.figures.measure import text_width
from chipflows.figures.numbers import listed, signed, times
from chipflows.figures.scale import Scale
from chipflows.figures.sheet import Sheet


@form("k", "estimate", "lo", "hi", "is_reference")
def event_study(df: pd.DataFrame, *, month_zero: str, lead_test: str = "", line_title: str = words.WAR) -> Plot:
    """Return the estimates by month from the event: leads grey on a wash, lags red, with their intervals.

    Columns: k (months from the event), estimate, lo and hi (log points, one month at a time: thick), is_reference,
    and if there are any: lo_sup and hi_sup (all months jointly: thin), label (a word for a lead that moves).
    `month_zero` names k = 0 (March 2022), `line_title` the line before it; `lead_test` is the joint test of the leads
    in words (p = 0.21). Raises ValueError unless one row is the reference.
    """
    frame = df.sort_values("k").reset_index(drop=True)
    frame["is_reference"] = frame["is_reference"].astype(bool)
    if frame["is_reference"].sum() != 1:
        raise ValueError("event_study: exactly one row must be the reference (is_reference)")
    for bound in ("lo", "hi"):
        frame[f"{bound}_sup"] = frame[f"{bound}_sup"].astype(float) if f"{bound}_sup" in frame else math.nan
        frame[f"{bound}_out"] = frame[f"{bound}_sup"].fillna(frame[bound]).astype(float).fillna(0.0)
    chart, test = _Chart(frame, month_zero, line_title), f"{words.LEAD_TEST}: {lead_test}." if lead_test else ""
    return Plot(chart.draw, f"{chart.alt()} {test}".strip(), test, chart.table())


@dataclass(frozen=True)
class _Chart:
    """The frame, sorted; lo_out and hi_out are the bounds of the outermost interval, 0 at the reference."""

    frame: pd.DataFrame
    month: str
    line_title: str

    def draw(self, sheet: Sheet) -> None:
        k, top, bottom = self.frame["k"], 26.0, 288.0 if sheet.narrow else 346.0
        sheet.open(bottom + 46)
        low, high = min(float(self.frame["lo_out"].min()), -0.2), max(float(self.frame["hi_out"].max()), 0.2)
        y = Scale(low - (high - low) * 0.05, high + (high - low) * 0.07, bottom, top)
        ticks = _ticks(y)
        left = max(text_width(name) for name in ticks.values()) + 9
        room = max(0.7, 0.5 * float(k.diff().min()))  # half a step on either side of the outermost estimates
        x = Scale(int(k.iloc[0]) - room, int(k.iloc[-1]) + room, left, sheet.width - 12)
        event = x(-0.5)
        sheet.box(x.start, top, event - x.start, bottom - top, "wash", z=0.2)
        _draw_axes(sheet, x, y, ticks)
        sheet.text((x.start + x.stop) / 2, bottom + 39, f"{words.MONTHS_FROM} {self.month}", align="center")
        sheet.rules([(event, top - 4, event, bottom)], "ink3", 1.8, z=2)
        half = text_width(self.line_title, theme.SMALL, bold=True) / 2
        middle = min(max(event, half), sheet.width - half)
        sheet.text(middle, top - 10, self.line_title, size=theme.SMALL, token="ink", bold=True, align="center")
        self.draw_estimates(sheet, x, y)
        self.draw_words(sheet, x, y, event)

    def draw_estimates(self, sheet: Sheet, x: Scale, y: Scale) -> None:
        """Draw intervals and points; the points are not joined."""
        room = (x(1) - x(0)) * float(self.frame["k"].diff().min())
        thick, dot = min(3.0, room * 0.4), min(8.5, room * 0.75)
        shown = self.frame[~self.frame["is_reference"] & self.frame["estimate"].notna()]
        for part, token in ((shown[shown["k"] < 0], "ink3"), (shown[shown["k"] >= 0], "china")):
            at = x(part["k"])
            for low, high, width in (("lo_sup", "hi_sup", 1.0), ("lo", "hi", thick)):
                spans = zip(at, y(part[low]), y(part[high]), strict=True)
                sheet.rules([(px, a, px, b) for px, a, b in spans if not math.isnan(a + b)], token, width, z=3)
            sheet.dots(at, y(part["estimate"]), token, dot, z=4)
        reference = self.frame.loc[self.frame["is_reference"], "k"].iloc[0]
        sheet.dots(x(reference), y(0), "ink3", min(7, dot), hollow=True, edge=1.5, z=5)

    def draw_words(self, sheet: Sheet, x: Scale, y: Scale, event: float) -> None:
        """Name the leads, the reference, the leads that move and the two intervals, each where it hides nothing."""
        fits = (label for label in words.FLAT_BEFORE if text_width(label, bold=True) < event - x.start - 8)
        label = next(fits, "")
        sheet.text(x.start + 5, y.stop + 16, label, bold=True)
        self.name_lead(sheet, x, y, self.frame["is_reference"], words.REFERENCE, event, is_above=False)
        named = self.frame["label"].fillna("").astype(str) if "label" in self.frame else pd.Series(dtype=str)
        for text in filter(None, named.unique()):
            self.name_lead(sheet, x, y, named == text, text, event, is_above=True)
        lines = words.INTERVALS if self.frame["lo_sup"].notna().any() else words.INTERVALS[:1]
        width = max(text_width(line, theme.SMALL) for line in lines)
        spans = zip(x(self.frame["k"]), y(self.frame["hi_out"]), y(self.frame["lo_out"]), strict=True)
        tracks = [([px, px], [a, b]) for px, a, b in spans] + [([x.start, x.stop], [y(0), y(0)])]
        area = (event + 6, y.stop + 4, x.stop, y.start - 4)
        left, top = free_spot(tracks, len(self.frame) - 1, (width, 16 * len(lines)), area)
        for i, line in enumerate(lines):
            sheet.text(left + width, top + 12 + 16 * i, line, size=theme.SMALL, align="right")

    def name_lead(
        self, sheet: Sheet, x: Scale, y: Scale, which: pd.Series, text: str, event: float, *, is_above: bool
    ) -> None:
        """Write a word above or below the intervals that it spans, with a leader to the middle one of its own."""
        rows = self.frame[which]
        row, half = rows.iloc[len(rows) // 2], text_width(text, theme.SMALL) / 2
        at = float(x(row["k"]))
        middle = min(max(at, x.start + half + 4), event - half - 5)
        near = self.frame[(abs(x(self.frame["k"]) - middle) < half + 4) & (self.frame["k"] < 0)]
        if is_above:
            baseline = max(float(y(near["hi_out"].max())) - 12, y.stop + 32)
            start, end = baseline + 4, float(y(row["hi_out"])) - 2
        else:
            baseline = min(float(y(near["lo_out"].min())) + 22, y.start - 5)
            start, end = baseline - 11, float(y(row["lo_out"])) + 4
        sheet.text(middle, baseline, text, size=theme.SMALL, token="ink", align="center")
        sheet.rules([(min(max(at, middle - half), middle + half), start, at, end)], "ink3", 1, z=2)

    def alt(self) -> str:
        k = self.frame["k"]
        leads = self.frame[(k < 0) & ~self.frame["is_reference"]]
        lags = self.frame[(k >= 0) & self.frame["estimate"].notna()]
        moving = [signed(int(k)) for k in leads.loc[(leads["lo"] > 0) | (leads["hi"] < 0), "k"]]
        before = f"{-int(k.min())} {words.MONTHS_BEFORE} {words.TO} {int(k.max())} {words.AFTER} {self.month}"
        text = f"{words.ALT_STUDY}, {before}."
        if len(leads):
            text += f" {words.LEADS_NEAR_ZERO}" + (f" {words.EXCEPT} k = {listed(moving)}." if moving else ".")
        if len(lags):
            end, low, high = (times(math.exp(lags.iloc[-1][column])) for column in ("estimate", "lo", "hi"))
            text += f" {words.ENDING} {end} ({low} {words.TO} {high})."
        return text

    def table(self) -> pd.DataFrame:
        """Return the estimates as changes in per cent, a row a month drawn, the interval of one month beside."""
        shown = self.frame[~self.frame["is_reference"]]
        names = {"estimate": words.EFFECT, "lo": words.LOW, "hi": words.HIGH}
        changes = {name: [_percent(value) for value in shown[column]] for column, name in names.items()}
        table = pd.DataFrame({f"{words.MONTHS_FROM} {self.month}": [signed(int(k)) for k in shown["k"]], **changes})
        table.attrs["numbers"] = tuple(names.values())
        return table


def _percent(value: float) -> str:
    """Return log points as a change in per cent."""
    if math.isnan(value):
        return words.CELL_UNDEFINED
    return f"{round(100 * math.expm1(value)) + 0:+,.0f}%".replace("-", "−")


def _ticks(y: Scale) -> dict[float, str]:
    """Return the log points that get a tick, named as multiples, at least 22 pixels apart."""
    kept: dict[float, str] = {}
    for ratio in sorted(words.RATIO_TICKS, key=lambda tick: abs(math.log(tick))):
        at = y(math.log(ratio))
        if y.stop + 4 <= at <= y.start and all(abs(at - y(other)) >= 22 for other in kept):
            kept[math.log(ratio)] = words.RATIO_TICKS[ratio]
    return kept


def _draw_axes(sheet: Sheet, x: Scale, y: Scale, ticks: dict[float, str]) -> None:
    sheet.rules([(x.start, y(tick), x.stop, y(tick)) for tick in ticks if tick], "grid")
    sheet.rules([(x.start, y(0), x.stop, y(0))], "ink", 1.25)
    for tick, name in ticks.items():
        sheet.text(x.start - 7, y(tick) + 4.5, name, align="right")
    step = 6 if x.high - x.low <= (50 if sheet.narrow else 72) else 12
    for k in range(math.ceil(x.low / step) * step, math.floor(x.high) + 1, step):
        sheet.rules([(x(k), y.start, x(k), y.start + 4)], "axis")
        sheet.text(x(k), y.start + 19, f"+{k}" if k > 0 else signed(k), align="center")

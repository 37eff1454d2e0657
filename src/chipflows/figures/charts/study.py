"""Form 8, event study: did the change start with the controls, and not before?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from chipflows.figures import theme, words
from chipflows.figures.annotate import free_spot
from chipflows.figures.charts.form import form
from chipflows.figures.finish import Plot
from chipflows.figures.numbers import listed, times
from chipflows.figures.scale import Scale
from chipflows.figures.sheet import Sheet, text_width

_TICKS = {
    0.01: "×0.01",
    0.05: "×0.05",
    0.1: "a tenth",
    0.25: "a quarter",
    0.5: "half",
    0.7: "−30%",
    0.85: "−15%",
    1.0: "same",
    1.2: "+20%",
    1.5: "+50%",
    2.0: "double",
    3.0: "×3",
    5.0: "×5",
    10.0: "×10",
    20.0: "×20",
    50.0: "×50",
    100.0: "×100",
    500.0: "×500",
}


@form("k", "estimate", "lo", "hi", "is_reference")
def event_study(df: pd.DataFrame, *, month_zero: str, lead_test: str = "") -> Plot:
    """Return the estimates by month from the event: leads grey on a wash, lags red; thick 95% interval of one month,
    thin of all jointly.

    Columns: k (months from the event), estimate, lo and hi (log points), is_reference, and if there are any: lo_sup
    and hi_sup (simultaneous band), label (a word for a lead that moves). `month_zero` names k = 0 (March 2022);
    `lead_test` is the joint test of the leads in words (p = 0.21). Raises ValueError unless one row is the reference.
    """
    frame = df.sort_values("k").reset_index(drop=True)
    if frame["is_reference"].astype(bool).sum() != 1:
        raise ValueError("event_study: exactly one row must be the reference (is_reference)")
    for bound in ("lo_sup", "hi_sup"):
        frame[bound] = frame[bound].astype(float) if bound in frame else math.nan
    chart = _Chart(frame, month_zero)
    note = f"{words.LEAD_TEST}: {lead_test}." if lead_test else ""
    return Plot(chart.draw, chart.alt(lead_test), note)


@dataclass(frozen=True)
class _Chart:
    frame: pd.DataFrame
    month: str

    @property
    def has_sup(self) -> bool:
        return bool(self.frame["lo_sup"].notna().any())

    def draw(self, sheet: Sheet) -> None:
        left, top = 58.0, 26.0
        bottom = top + (320 if not sheet.narrow else 262)
        sheet.open(bottom + 46)
        first, last = int(self.frame["k"].iloc[0]), int(self.frame["k"].iloc[-1])
        x = Scale(first - 0.7, last + 0.7, left, sheet.width - 12)
        bounds = self.frame[["estimate", "lo", "hi", "lo_sup", "hi_sup"]]
        low, high = min(float(bounds.min().min()), -0.2), max(float(bounds.max().max()), 0.2)
        y = Scale(low - (high - low) * 0.05, high + (high - low) * 0.07, bottom, top)
        war = x(-0.5)
        sheet.box(x.start, top, war - x.start, bottom - top, "wash", z=0.2)
        self.draw_axes(sheet, x, y, first, last)
        sheet.rules([(war, top - 4, war, bottom)], "ink3", 1.8, z=2)
        half = text_width(words.WAR, theme.SMALL, bold=True) / 2
        sheet.text(
            min(max(war, half), sheet.width - half),
            top - 10,
            words.WAR,
            size=theme.SMALL,
            token="ink",
            bold=True,
            align="center",
        )
        self.draw_estimates(sheet, x, y)
        self.draw_words(sheet, x, y, war)

    def draw_axes(self, sheet: Sheet, x: Scale, y: Scale, first: int, last: int) -> None:
        kept: list[float] = []
        for ratio in sorted(_TICKS, key=lambda tick: abs(math.log(tick))):
            at = y(math.log(ratio))
            if y.stop + 4 <= at <= y.start and all(abs(at - other) >= 22 for other in kept):
                kept.append(at)
                sheet.text(x.start - 7, at + 4.5, _TICKS[ratio], align="right")
                sheet.rules(
                    [(x.start, at, x.stop, at)], "ink" if ratio == 1 else "grid", 1.25 if ratio == 1 else 1, z=1
                )
        step = 6 if last - first <= (72 if not sheet.narrow else 50) else 12
        for k in range(math.ceil(first / step) * step, last + 1, step):
            sheet.rules([(x(k), y.start, x(k), y.start + 4)], "axis")
            sheet.text(x(k), y.start + 19, f"+{k}" if k > 0 else str(k).replace("-", "−"), align="center")
        sheet.text((x.start + x.stop) / 2, y.start + 39, f"{words.MONTHS_FROM} {self.month}", align="center")

    def draw_estimates(self, sheet: Sheet, x: Scale, y: Scale) -> None:
        """Draw intervals and points; the points are not joined."""
        room = x(1) - x(0)
        thick, dot = min(3.0, room * 0.4), min(8.5, room * 0.75)
        for is_lead, token in ((True, "ink3"), (False, "china")):
            part = self.frame[
                ((self.frame["k"] < 0) == is_lead)
                & ~self.frame["is_reference"].astype(bool)
                & self.frame["estimate"].notna()
            ]
            at = x(part["k"])
            for low, high, width in (("lo_sup", "hi_sup", 1.0), ("lo", "hi", thick)):
                pairs = zip(at, y(part[low]), y(part[high]), strict=True)
                sheet.rules([(px, a, px, b) for px, a, b in pairs if not math.isnan(a + b)], token, width, z=3)
            sheet.dots(at, y(part["estimate"]), token, dot, z=4)
        reference = self.frame[self.frame["is_reference"].astype(bool)].iloc[0]
        sheet.dots(x(reference["k"]), y(0), "ink3", min(7, dot), hollow=True, edge=1.5, z=5)

    def draw_words(self, sheet: Sheet, x: Scale, y: Scale, war: float) -> None:
        """Name the leads, the reference, the leads that move and the two intervals, each where it hides nothing."""
        label = next(
            w
            for w in (words.SHOULD_BE_FLAT, words.FLAT, "")
            if text_width(w, theme.TEXT, bold=True) < war - x.start - 8 or not w
        )
        sheet.text(x.start + 5, y.stop + 16, label, bold=True)
        taken = [(x.start, y.stop, x.start + text_width(label, bold=True) + 8, y.stop + 20)]
        tracks = [
            ([px, px], [a, b])
            for px, a, b in zip(x(self.frame["k"]), y(self.bound("hi")), y(self.bound("lo")), strict=True)
        ]
        tracks += [([x.start, x.stop], [y(0), y(0)]), ([war, war], [y.stop, y.start])]
        names = [(int(self.frame["is_reference"].astype(bool).idxmax()), words.REFERENCE)]
        if "label" in self.frame:
            named = self.frame[self.frame["label"].fillna("").astype(str) != ""]
            names += [(int(part.index[len(part) // 2]), str(text)) for text, part in named.groupby("label", sort=True)]
        for i, text in names:
            self.name_lead(sheet, x, y, i, text, war, is_above=text != words.REFERENCE)
        lines = [words.THICK, words.THIN] if self.has_sup else [words.THICK_ONLY]
        width = max(text_width(line, theme.SMALL) for line in lines)
        place = free_spot(
            tracks, len(self.frame) - 1, (width, 16 * len(lines)), (war + 6, y.stop + 4, x.stop, y.start - 4), taken
        )
        for j, line in enumerate(lines):
            sheet.text(place[0] + width, place[1] + 12 + 16 * j, line, size=theme.SMALL, align="right")

    def name_lead(self, sheet: Sheet, x: Scale, y: Scale, i: int, text: str, war: float, *, is_above: bool) -> None:
        """Write a word above or below the intervals that it spans, with a leader to its own."""
        half = text_width(text, theme.SMALL) / 2
        at = float(x(self.frame["k"][i]))
        middle = min(max(at, x.start + half + 4), war - half - 5)
        near = (abs(x(self.frame["k"]) - middle) < half + 4) & (self.frame["k"] < 0)
        edge = float(y(self.bound("hi")[near].max() if is_above else self.bound("lo")[near].min()))
        own = float(y(self.bound("hi")[i] if is_above else self.bound("lo")[i])) + (-2 if is_above else 4)
        baseline = max(edge - 12, y.stop + 32) if is_above else min(edge + 22, y.start - 5)
        sheet.text(middle, baseline, text, size=theme.SMALL, token="ink", align="center")
        sheet.rules(
            [(min(max(at, middle - half), middle + half), baseline + 4 if is_above else baseline - 11, at, own)],
            "ink3",
            1,
            z=2,
        )

    def bound(self, name: str) -> pd.Series:
        """Return the outermost interval's bound; the reference has none and stands at 0."""
        return self.frame[f"{name}_sup"].fillna(self.frame[name]).astype(float).fillna(0.0)

    def alt(self, lead_test: str) -> str:
        leads, lags = (
            self.frame[self.frame["k"] < 0],
            self.frame[(self.frame["k"] >= 0) & self.frame["estimate"].notna()],
        )
        moving = leads[~leads["is_reference"].astype(bool) & ((leads["lo"] > 0) | (leads["hi"] < 0))]
        except_ = (
            f" {words.EXCEPT} k = {listed([str(int(k)).replace('-', '−') for k in moving['k']])}" if len(moving) else ""
        )
        text = f"{words.ALT_STUDY}, {-int(self.frame['k'].min())} {words.MONTHS_BEFORE} {words.TO} {int(self.frame['k'].max())} {words.AFTER} {self.month}."
        text += f" {words.LEADS_NEAR_ZERO}{except_};" if len(leads) else ""
        if len(lags):
            end = lags.iloc[-1]
            text += f" {words.AFTER}, {words.ENDING} {times(math.exp(end['estimate']))} ({times(math.exp(end['lo']))} {words.TO} {times(math.exp(end['hi']))})."
        return text + (f" {words.LEAD_TEST}: {lead_test}." if lead_test else "")

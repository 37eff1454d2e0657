"""Form 5, re-routing pairs: did what went into a hub come out towards the focal destination?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from chipflows import words
from chipflows.figures import events as dated
from chipflows.figures import theme
from chipflows.figures.annotate import bridge
from chipflows.figures.charts.form import explain, first_column, form
from chipflows.figures.finish import Plot
from chipflows.figures.measure import clipped, text_width
from chipflows.figures.months import Years, gaps, month_points
from chipflows.figures.numbers import Axis, listed, money, share, short
from chipflows.figures.scale import Scale, ticks_from_zero
from chipflows.figures.sheet import Sheet

_LEGS = {"in": "coalition", "out": "turkey"}


@form("hub", "leg", "period", "value_usd", "base", "excess")
def rerouting_pairs(df: pd.DataFrame, *, unit: str, leg_titles: tuple[str, str], events: dated.Rows = ()) -> Plot:
    """Return one row per hub with two panels on one scale, what came in and what went out, sorted by what both rose
    by.

    Columns: hub, leg (in, out), period, value_usd (null = not published), base and excess (USD a month, repeated in
    each row of the leg; null = undefined), and if there is one: title (name shown). `leg_titles` name the two columns
    of panels; the shading starts with the event of kind war. Raises ValueError for another leg.
    """
    if unknown := sorted(set(df["leg"].astype(str)) - set(_LEGS)):
        raise ValueError(f"rerouting_pairs: leg {unknown[0]!r} is neither in nor out")
    years = Years.of(df["period"])
    hubs = [_hub(part, years) for _, part in df.groupby("hub", sort=False)]
    hubs.sort(key=lambda hub: math.inf if math.isnan(hub.matched) else -hub.matched)
    chart = _Chart(hubs, years, leg_titles, Axis.of(unit, "value_usd"))
    event = dated.war(events, years.first, years.last)
    note = f"{words.MATCHED_NOTE}.{explain(hub.matched_text for hub in hubs)}"
    return Plot(lambda sheet: chart.draw(sheet, event), chart.alt(), note, chart.table())


@dataclass(frozen=True)
class _Leg:
    """One direction: its points (at, starts, ends, value), the base and the mean excess over it."""

    points: pd.DataFrame
    base: float
    excess: float


@dataclass(frozen=True)
class _Hub:
    title: str
    legs: dict[str, _Leg]

    @property
    def matched(self) -> float:
        """The smaller of the two excesses, not below zero; NaN where one is undefined."""
        excesses = [self.excess(leg) for leg in _LEGS]
        return math.nan if any(map(math.isnan, excesses)) else max(0.0, min(excesses))

    def excess(self, leg: str) -> float:
        return self.legs[leg].excess if leg in self.legs else math.nan

    @property
    def matched_text(self) -> str:
        return words.CELL_UNDEFINED if math.isnan(self.matched) else money(self.matched)

    @property
    def share_text(self) -> str:
        inflow = self.excess("in")
        return f"{share(self.matched / inflow)} {words.OF_INFLOW}" if inflow > 0 and self.matched >= 0 else ""

    @property
    def high(self) -> float:
        return max(float(leg.points["value"].max()) for leg in self.legs.values())


def _hub(part: pd.DataFrame, years: Years) -> _Hub:
    legs = {}
    for leg, months in part.assign(value=part["value_usd"].astype(float)).groupby("leg", sort=False):
        points = month_points(months, "leg", ["value"], (years.first, years.last))
        legs[str(leg)] = _Leg(points, float(months["base"].iloc[0]), float(months["excess"].iloc[0]))
    return _Hub(str(part[first_column(part, "title", "hub")].iloc[0]), legs)


@dataclass(frozen=True)
class _Chart:
    hubs: list[_Hub]
    years: Years
    titles: tuple[str, str]
    axis: Axis

    def draw(self, sheet: Sheet, event: dated.Event | None) -> None:
        ticks = [ticks_from_zero(hub.high, 4) for hub in self.hubs]
        gutter = max(text_width(self.tick(tick)) for of_hub in ticks for tick in of_hub) + 8
        names = 0.0 if sheet.narrow else max(text_width(hub.title, theme.LABEL, True) for hub in self.hubs) + 14
        right = 0.0 if sheet.narrow else self.words_width() + 22
        gap, height, pitch, top = (18, 84, 122, 62.0) if sheet.narrow else (44, 88, 124, 54.0)
        width = (sheet.width - names - gutter - gap - right) / 2
        sheet.open(top + pitch * (len(self.hubs) - 1) + height + 28)
        starts = [names + gutter, names + gutter + width + gap]
        for start, title, token in zip(starts, self.titles, _LEGS.values(), strict=True):
            sheet.text(start, 13, title, size=theme.LABEL, token=token, bold=True)
        for i, (hub, of_hub) in enumerate(zip(self.hubs, ticks, strict=True)):
            y = Scale(0, of_hub[-1] * 1.02, top + i * pitch + height, top + i * pitch)
            for start, leg in zip(starts, _LEGS, strict=True):
                x = self.years.scale(start, start + width)
                self.draw_axes(sheet, x, y, of_hub, has_values=leg == "in", has_years=hub is self.hubs[-1])
                _draw_leg(sheet, hub.legs.get(leg), _LEGS[leg], x, y, event)
            has_war = i == 0 and event is not None
            if event and has_war:
                at = self.years.scale(starts[0], starts[0] + width)(event.at)
                sheet.text(at, top - 9, words.WAR, size=theme.SMALL, token="ink", bold=True, align="center")
            self.draw_hub(sheet, hub, starts[0], y, lift=24 if has_war else 9)

    def words_width(self) -> float:
        """Return the width of the column that says what matched."""
        texts = [words.MATCHED, *(hub.share_text for hub in self.hubs)]
        return max(*map(text_width, texts), *(text_width(hub.matched_text, theme.LABEL, True) for hub in self.hubs))

    def tick(self, value: float) -> str:
        return short(value / self.axis.power, 4)

    def draw_axes(
        self, sheet: Sheet, x: Scale, y: Scale, ticks: list[float], *, has_values: bool, has_years: bool
    ) -> None:
        sheet.rules([(x.start, y(tick), x.stop, y(tick)) for tick in ticks[1:]], "grid")
        sheet.rules([(x.start, y.start, x.stop, y.start)], "axis", 1.25)
        for tick in ticks if has_values else []:
            sheet.text(x.start - 7, y(tick) + 4.5, self.tick(tick), align="right")
        self.years.draw(sheet, x, y.start, labels=has_years, is_short=sheet.narrow)

    def draw_hub(self, sheet: Sheet, hub: _Hub, left: float, y: Scale, *, lift: float) -> None:
        """Write the hub's name, and what both legs rose by."""
        if sheet.narrow:
            matched = f"{words.MATCHED} {hub.matched_text}"
            name = clipped(hub.title, sheet.width - left - text_width(matched) - 12)[0]
            sheet.text(left, y.stop - lift, name, token="ink", bold=True)
            sheet.text(sheet.width, y.stop - lift, matched, align="right")
            return
        middle, edge = (y.start + y.stop) / 2, max(text_width(other.title, theme.LABEL, True) for other in self.hubs)
        sheet.text(edge, middle + 4.5, hub.title, size=theme.LABEL, token="ink", bold=True, align="right")
        at = sheet.width - self.words_width()
        sheet.text(at, middle - 13, words.MATCHED)
        sheet.text(at, middle + 5, hub.matched_text, size=theme.LABEL, token="ink", bold=True)
        sheet.text(at, middle + 22, hub.share_text)

    def alt(self) -> str:
        both, best = [hub.title for hub in self.hubs if hub.matched > 0], self.hubs[0]
        text = f"{len(self.hubs)} {words.ALT_PAIRS}: {self.titles[0]}, {self.titles[1]}."
        if not both:
            return f"{text} {words.BOTH_RISE_NOWHERE}."
        most = f"{words.MATCHED_EXCESS} {best.matched_text} {words.A_MONTH}: {best.title}"
        return f"{text} {words.BOTH_RISE} {listed(both)}. {most}."

    def table(self) -> pd.DataFrame:
        lines = []
        for hub in self.hubs:
            line: dict[str, object] = {words.HUB: hub.title}
            for leg, title in zip(_LEGS, self.titles, strict=True):
                base = hub.legs[leg].base if leg in hub.legs else math.nan
                for name, value in ((words.BASE, base), (words.EXCESS, hub.excess(leg))):
                    line[f"{title}: {name}, {words.USD} {self.axis.word}"] = value / self.axis.power
            lines.append(line | {f"{words.MATCHED}, {words.USD} {self.axis.word}": hub.matched / self.axis.power})
        return pd.DataFrame(lines)


def _draw_leg(sheet: Sheet, leg: _Leg | None, token: str, x: Scale, y: Scale, event: dated.Event | None) -> None:
    """Draw a panel: line, dashed base, the excess since the war shaded and written in the empty corner before it."""
    if event:
        dated.event_line(sheet, event, x(event.at), y.stop - 4, y.start)
    if leg is None or leg.points["value"].isna().all():
        sheet.text(x.start + 4, y.stop + 12, words.NOT_PUBLISHED)
        return
    for i, j in gaps(leg.points["value"]):
        bridge(sheet, leg.points, i, j, x, y)
    at, value = x(leg.points["at"]), leg.points["value"].to_numpy(dtype=float)
    sheet.line(at, y(value), token, 2, z=4)
    if not math.isnan(leg.base):
        sheet.rules([(x.start, y(leg.base), x.stop, y(leg.base))], "ink3", dashed=True, z=2)
    if not math.isnan(leg.base) and event:
        above = np.where(leg.points["at"] > event.at, np.maximum(value, leg.base), np.nan)
        sheet.band(at, np.full(len(value), y(leg.base)), y(above), token, alpha=0.22)
    if not math.isnan(leg.excess):
        text = f"{'+' if leg.excess >= 0 else ''}{money(leg.excess)}"
        sheet.text(x.start + 4, y.stop + 12, text, token=token, bold=True)

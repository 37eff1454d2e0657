"""Form 5, re-routing pairs: did what went into a hub come out towards the focal destination?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chipflows.figures import theme, words
from chipflows.figures.annotate import Event, bridge, event_line, war
from chipflows.figures.charts import rows
from chipflows.figures.charts.form import form
from chipflows.figures.finish import Plot
from chipflows.figures.months import Years, gaps, month_points
from chipflows.figures.numbers import Axis, listed, money, share, short
from chipflows.figures.scale import Scale, ticks_from_zero
from chipflows.figures.sheet import Sheet, text_width

_LEGS = {"in": "coalition", "out": "turkey"}


@form("hub", "leg", "period", "value_usd", "base", "excess")
def rerouting_pairs(
    df: pd.DataFrame,
    *,
    unit: str,
    leg_titles: tuple[str, str],
    events: pd.DataFrame | Iterable[Mapping[str, Any]] = (),
) -> Plot:
    """Return one row per hub with two panels on one scale, what came in and what went out, sorted by what both rose by
    (matched).

    Columns: hub, leg (in, out), period, value_usd (null = not published), base and excess (USD a month, repeated in
    each row of the leg; null = undefined), and if there is one: title (name shown). `leg_titles` name the two columns
    of panels; the shading starts with the event of kind war. Raises ValueError for another leg.
    """
    if unknown := sorted(set(df["leg"]) - set(_LEGS)):
        raise ValueError(f"rerouting_pairs: leg {unknown[0]!r} is neither in nor out")
    years = Years.of(df["period"])
    hubs = [_hub(part, years) for _, part in df.groupby("hub", sort=False)]
    hubs.sort(key=lambda hub: -hub.matched if not math.isnan(hub.matched) else math.inf)
    chart = _Chart(hubs, years, leg_titles, Axis.of(unit, "value_usd"))
    return Plot(
        lambda sheet: chart.draw(sheet, war(events, years.first, years.last)),
        chart.alt(),
        words.MATCHED_NOTE + ".",
        chart.table(),
    )


@dataclass(frozen=True)
class _Leg:
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
        excesses = [self.legs[leg].excess if leg in self.legs else math.nan for leg in _LEGS]
        return math.nan if any(map(math.isnan, excesses)) else max(0.0, min(excesses))

    @property
    def share_of_inflow(self) -> str:
        excess = self.legs["in"].excess if "in" in self.legs else math.nan
        return (
            f"{share(self.matched / excess)} {words.OF_INFLOW}" if excess > 0 and not math.isnan(self.matched) else ""
        )


@dataclass(frozen=True)
class _Chart:
    hubs: list[_Hub]
    years: Years
    titles: tuple[str, str]
    axis: Axis

    def draw(self, sheet: Sheet, event: Event | None) -> None:
        ticks = [
            ticks_from_zero(max(float(leg.points["value"].max()) for leg in hub.legs.values()), 4) for hub in self.hubs
        ]
        gutter = max(text_width(self.tick(tick)) for hub in ticks for tick in hub) + 8
        names = 0.0 if sheet.narrow else max(text_width(hub.title, bold=True) for hub in self.hubs) + 14
        right = 0.0 if sheet.narrow else max(text_width(hub.share_of_inflow) for hub in self.hubs) + 22
        gap, height, row = (18, 84, 122) if sheet.narrow else (44, 88, 124)
        width = (sheet.width - names - gutter - gap - right) / 2
        top = 62.0 if sheet.narrow else 54.0
        sheet.open(top + row * (len(self.hubs) - 1) + height + 28)
        starts = [names + gutter, names + gutter + width + gap]
        for start, title, token in zip(starts, self.titles, _LEGS.values(), strict=True):
            sheet.text(start, 13, title, size=theme.LABEL, token=token, bold=True)
        for i, (hub, of_hub) in enumerate(zip(self.hubs, ticks, strict=True)):
            y = Scale(0, max(of_hub[-1] * 1.02, 1e-9), top + i * row + height, top + i * row)
            for start, leg in zip(starts, _LEGS, strict=True):
                x = self.years.scale(start, start + width)
                self.draw_axes(sheet, x, y, of_hub, has_values=leg == "in", has_years=i == len(self.hubs) - 1)
                self.draw_leg(sheet, hub.legs.get(leg), _LEGS[leg], x, y, event)
            if event and i == 0:
                at = self.years.scale(starts[0], starts[0] + width)(event.at)
                sheet.text(at, top - 9, words.WAR, size=theme.SMALL, token="ink", bold=True, align="center")
            self.draw_hub(sheet, hub, starts[0], y, has_war=i == 0 and event is not None)

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

    def draw_leg(self, sheet: Sheet, leg: _Leg | None, token: str, x: Scale, y: Scale, event: Event | None) -> None:
        """Draw a panel: line, dashed base, the excess since the war shaded and written in the empty corner before it."""
        if event:
            event_line(sheet, event, x(event.at), y.stop - 4, y.start)
        if leg is None:
            sheet.text(x.start + 4, y.stop + 12, words.NOT_PUBLISHED)
            return
        for i, j in gaps(leg.points["value"]):
            bridge(sheet, leg.points, i, j, x, y)
        at, value = x(leg.points["at"]), leg.points["value"].to_numpy(dtype=float)
        sheet.line(at, y(value), token, 2, z=4)
        if math.isnan(leg.base):
            return
        sheet.line([x.start, x.stop], [y(leg.base)] * 2, "ink3", 1, dashed=True, z=2)
        later = leg.points["at"].to_numpy() > event.at if event else np.zeros(len(value), dtype=bool)
        if later.any():
            above = np.where(later, np.maximum(value, leg.base), np.nan)
            sheet.band(at, np.full(len(value), y(leg.base)), y(above), token, alpha=0.22)
        if not math.isnan(leg.excess):
            sign = "+" if leg.excess >= 0 else ""
            sheet.text(x.start + 4, y.stop + 12, f"{sign}{money(leg.excess)}", token=token, bold=True)

    def draw_hub(self, sheet: Sheet, hub: _Hub, left: float, y: Scale, *, has_war: bool) -> None:
        """Write the hub's name, and what both legs rose by."""
        matched = words.CELL_NOT_PUBLISHED if math.isnan(hub.matched) else money(hub.matched)
        if sheet.narrow:
            room = sheet.width / 2 - 70 if has_war else sheet.width / 2
            sheet.text(
                left, y.stop - (24 if has_war else 9), rows.clipped(hub.title, room + 60), token="ink", bold=True
            )
            sheet.text(sheet.width, y.stop - (24 if has_war else 9), f"{words.MATCHED} {matched}", align="right")
            return
        middle = (y.start + y.stop) / 2
        sheet.text(self.name_edge(), middle + 4.5, hub.title, size=theme.LABEL, token="ink", bold=True, align="right")
        at = sheet.width - max(text_width(other.share_of_inflow) for other in self.hubs) - 2
        sheet.text(at, middle - 13, words.MATCHED)
        sheet.text(at, middle + 5, matched, size=theme.LABEL, token="ink", bold=True)
        sheet.text(at, middle + 22, hub.share_of_inflow)

    def name_edge(self) -> float:
        return max(text_width(hub.title, theme.LABEL, bold=True) for hub in self.hubs)

    def alt(self) -> str:
        both = [hub.title for hub in self.hubs if hub.matched > 0]
        text = f"{len(self.hubs)} {words.ALT_PAIRS}: {self.titles[0]}, {self.titles[1]}."
        text += f" {words.BOTH_RISE} {listed(both)}." if both else f" {words.BOTH_RISE_NOWHERE}."
        return text + (
            f" {words.MATCHED_EXCESS} {money(self.hubs[0].matched)} {words.A_MONTH}: {self.hubs[0].title}."
            if both
            else ""
        )

    def table(self) -> pd.DataFrame | None:
        if len(self.hubs) > 30:
            return None
        lines = []
        for hub in self.hubs:
            line: dict[str, object] = {words.HUB: hub.title}
            for leg, title in zip(_LEGS, self.titles, strict=True):
                found = hub.legs.get(leg)
                for name, value in ((words.BASE, found and found.base), (words.EXCESS, found and found.excess)):
                    line[f"{title}: {name}, {words.USD_MILLION}"] = None if value is None else value / 1e6
            lines.append(line | {f"{words.MATCHED}, {words.USD_MILLION}": hub.matched / 1e6})
        return pd.DataFrame(lines)


def _hub(part: pd.DataFrame, years: Years) -> _Hub:
    first = part.iloc[0]
    legs = {}
    for leg, rows_of in part.assign(value=part["value_usd"].astype(float)).groupby("leg", sort=False):
        points = month_points(rows_of, "leg", ["value"], (years.first, years.last))
        legs[str(leg)] = _Leg(points, float(rows_of["base"].iloc[0]), float(rows_of["excess"].iloc[0]))
    return _Hub(str(first["title"] if "title" in part else first["hub"]), legs)

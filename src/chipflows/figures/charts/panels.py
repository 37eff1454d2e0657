"""Form 2, small multiples by family: which goods were replaced and which were not?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from chipflows import words
from chipflows.figures import events as dated
from chipflows.figures import theme
from chipflows.figures.annotate import Span, bridge, free_spot
from chipflows.figures.charts.form import form
from chipflows.figures.charts.panel import Panel, index_ticks, shared_top
from chipflows.figures.finish import Plot
from chipflows.figures.measure import clipped, text_width, wrap
from chipflows.figures.months import Years, day_number, gaps
from chipflows.figures.numbers import listed, month_text, short, whole
from chipflows.figures.scale import Scale
from chipflows.figures.sheet import Sheet


@form("family", "period", "group", "index")
def small_multiples(
    df: pd.DataFrame,
    *,
    mark: str = "",
    events: dated.Rows = (),
    focus: str | None = None,
    colours: Mapping[str, str] | None = None,
) -> Plot:
    """Return one small line chart per family, all on one scale, the highest first.

    Columns: family, period, group (one or two), index (100 = the base; null = not published), and if there are any:
    title (name shown), codes or hs6 (second line), is_comparable (false before a code was redrawn). `mark` is the
    month (YYYY-MM, default: the last one) whose value is written for the `focus` group (default: the first). Raises
    ValueError for more than two groups.
    """
    groups = list(df["group"].astype(str).unique())
    if len(groups) > 2:
        raise ValueError(f"small_multiples draws one or two lines a panel, here are {len(groups)}: {', '.join(groups)}")
    frame = df.assign(period=pd.to_datetime(df["period"]), group=df["group"].astype(str))
    frame["value"] = df["index"].astype(float)
    focus = focus or groups[0]
    seen = frame.loc[frame["value"].notna() & (frame["group"] == focus), "period"]
    years = Years.of(frame["period"])
    panels = [Panel.of(part, years) for _, part in frame.groupby("family", sort=False)]
    high = shared_top([panel.high for panel in panels])
    chart = _Chart(panels, theme.roles(groups, colours), focus, years, pd.Timestamp(mark) if mark else seen.max(), high)
    chart.panels.sort(key=lambda panel: -chart.marked(panel)[1])
    shown = dated.war(events, years.first, years.last)
    return Plot(lambda sheet: chart.draw(sheet, shown), chart.alt(), chart.note(), chart.table())


@dataclass(frozen=True)
class _Chart:
    panels: list[Panel]
    roles: dict[str, theme.Role]
    focus: str
    years: Years
    month: pd.Timestamp
    high: float

    def marked(self, panel: Panel, group: str = "") -> tuple[float, float]:
        """Return place and value of the marked month; minus infinity where it is missing."""
        return panel.value(group or self.focus, day_number(self.month) + 14) or (math.nan, -math.inf)

    def draw(self, sheet: Sheet, event: dated.Event | None) -> None:
        columns, gap, height = (2, 12, 96) if sheet.narrow else (3, 16, 112)
        left = max(text_width(short(tick, 4)) for tick in index_ticks(self.high)) + 10
        width = (sheet.width - 4 - left - gap * (columns - 1)) / columns
        heads = [_head_lines(panel, width) for panel in self.panels]
        tops, bottom = [], 0.0
        for i in range(0, len(heads), columns):
            tops.append(bottom + 17 * max(map(len, heads[i : i + columns])) + 6)
            bottom = tops[-1] + height + 26
        sheet.open(bottom)
        for i, (panel, head) in enumerate(zip(self.panels, heads, strict=True)):
            start, top = left + (i % columns) * (width + gap), tops[i // columns]
            x, y = self.years.scale(start, start + width), Scale(0, self.high, top + height, top)
            for up, (line, size, token, bold) in enumerate(reversed(head)):
                sheet.text(start, top - 10 - 16.5 * up, line, size=size, token=token, bold=bold)
            self.draw_axes(sheet, x, y, has_values=i % columns == 0, has_years=i + columns >= len(heads))
            taken = self.draw_panel(sheet, panel, x, y, event, is_first=i == 0)
            if i == 0:
                self.name_groups(sheet, panel, x, y, taken, event)

    def draw_axes(self, sheet: Sheet, x: Scale, y: Scale, *, has_values: bool, has_years: bool) -> None:
        ticks = index_ticks(self.high)
        dark = [0.0, 100.0] if self.high > 100 else [0.0]
        sheet.rules([(x.start, y(tick), x.stop, y(tick)) for tick in ticks if tick not in dark], "grid")
        sheet.rules([(x.start, y(tick), x.stop, y(tick)) for tick in dark], "axis")
        for tick in ticks if has_values else []:
            sheet.text(x.start - 6, y(tick) + 4.5, short(tick, 4), align="right")
        self.years.draw(sheet, x, y.start, labels=has_years, is_short=sheet.narrow)

    def draw_panel(
        self, sheet: Sheet, panel: Panel, x: Scale, y: Scale, event: dated.Event | None, *, is_first: bool
    ) -> list[Span]:
        """Draw ground, war line, lines and the marked value; return the boxes that words fill."""
        taken: list[Span] = []
        if panel.comparable_from is not None:
            _draw_ground(sheet, x, y, x(panel.comparable_from))
        if math.isnan(panel.high):
            sheet.text(x.start + 4, y.stop + 30, words.NOT_PUBLISHED)
        if event:
            dated.event_line(sheet, event, x(event.at), y.stop - (6 if is_first else 0), y.start)
            taken += [_name_war(sheet, x(event.at), x.start, y.stop)] if is_first else []
        area = (x.start - 2, y.stop - 2, x.stop - x.start + 4, y.start - y.stop + 4)
        for group, points in panel.lines.items():
            for i, j in gaps(points["value"]):
                bridge(sheet, points, i, j, x, y)
            role, (width, z) = self.roles[group], (2.3, 4) if group == self.focus else (theme.PANEL_LINE, 3)
            clip = area if (points["value"] > self.high).any() else None
            sheet.line(x(points["at"]), y(points["value"]), role.token, width, dashed=role.is_dashed, z=z, clip=clip)
        return taken + self.draw_mark(sheet, panel, x, y, taken)

    def draw_mark(self, sheet: Sheet, panel: Panel, x: Scale, y: Scale, taken: list[Span]) -> list[Span]:
        """Draw the dot of the marked month, its number above the lines or below; one beyond the axis gets an arrow."""
        at, value = self.marked(panel)
        if math.isnan(at):
            return []
        role, is_over = self.roles[self.focus], value > self.high
        label = f"{whole(value)} ↑" if is_over else whole(value)
        half = text_width(label, theme.LABEL, bold=True) / 2
        middle = min(max(x(at), x.start + half), x.stop - half)
        near = {g: p.loc[abs(x(p["at"]) - middle) < half + 3, "value"] for g, p in panel.lines.items()}
        baseline = y(min(pd.concat(list(near.values())).max(), self.high)) - 7
        beside = [(t, b) for left, t, right, b in taken if left < middle + half and middle - half < right]
        if is_over:
            middle = max(x(at) - half - 7, x.start + half)
            baseline = y.stop + (28 if any(right > middle - half for _, _, right, _ in taken) else 10)
        elif any(t < baseline + 2 and baseline - 12 < b for t, b in beside):
            baseline = y(near[self.focus].min()) + 16
        sheet.dots(x(at), y(min(value, self.high)), role.token, 7, z=6)
        sheet.text(middle, baseline, label, size=theme.LABEL, token=role.text, bold=True, align="center")
        return [(middle - half, baseline - 12, middle + half, baseline + 3)]

    def name_groups(
        self, sheet: Sheet, panel: Panel, x: Scale, y: Scale, taken: list[Span], event: dated.Event | None
    ) -> None:
        """Write the groups' names once, in the first panel, where they hide least and do not cross the war line."""
        tracks = [(x(points["at"]), y(points["value"])) for points in panel.lines.values()]
        war = x(event.at) if event else x.stop
        taken = [*taken, (war - 2, y.stop, war + 2, y.start)]
        for i, group in enumerate(panel.lines):
            lines = wrap(group, max(war - x.start, x.stop - war) - 10, theme.LABEL, bold=True)
            width, height = max(text_width(line, theme.LABEL, bold=True) for line in lines), 15.0 * len(lines)
            left, top = free_spot(tracks, i, (width, height), (x.start + 3, y.stop, x.stop, y.start - 2), taken)
            taken.append((left, top, left + width, top + height + 2))
            for j, line in enumerate(lines):
                token, baseline = self.roles[group].text, top + 11.5 + 15 * j
                sheet.text(left, baseline, line, size=theme.LABEL, token=token, bold=True)

    def note(self) -> str:
        redrawn = [panel.title for panel in self.panels if panel.comparable_from is not None]
        shaded = f"{words.GREY_GROUND}: {listed(redrawn, 6)}. " if redrawn else ""
        beyond = f"{words.CUT_OFF}. " if any(panel.high > self.high for panel in self.panels) else ""
        return f"{shaded}{beyond}{words.PAIRED}."

    def alt(self) -> str:
        marks = {panel.title: self.marked(panel)[1] for panel in self.panels}
        ranked = [f"{title} {whole(value)}" for title, value in marks.items() if value > -math.inf]
        silent = [title for title, value in marks.items() if value == -math.inf]
        shown = f"{'; '.join(ranked[:3])} … {ranked[-1]}" if len(ranked) > 4 else "; ".join(ranked)
        gap = f" {words.SOME_MISSING} {listed(silent, 3)}." if silent else ""
        span = f"{self.years.first.year} {words.TO} {(self.years.last - pd.Timedelta(days=1)).year}"
        text = f"{len(self.panels)} {words.ALT_PANELS} {span}. {self.focus}, {month_text(self.month)}: {shown}."
        return text + gap

    def table(self) -> pd.DataFrame:
        names = {group: f"{group}, {month_text(self.month)}" for group in self.roles}
        values = [{names[group]: self.marked(panel, group)[1] for group in names} for panel in self.panels]
        rows = [{words.FAMILY: p.title, words.CODES: p.code} | v for p, v in zip(self.panels, values, strict=True)]
        return pd.DataFrame(rows).replace(-math.inf, math.nan)


def _head_lines(panel: Panel, width: float) -> list[tuple[str, float, str, bool]]:
    """Return name and codes above a panel as lines with size, token and weight."""
    name = [(line, theme.LABEL, "ink", True) for line in clipped(panel.title, width, size=theme.LABEL, most=3)]
    return name + ([(clipped(panel.code, width, bold=False)[0], theme.TEXT, "ink2", False)] if panel.code else [])


def _draw_ground(sheet: Sheet, x: Scale, y: Scale, until: float) -> None:
    """Shade the months before the code was redrawn."""
    sheet.box(x.start, y.stop, until - x.start, y.start - y.stop, "wash", z=0.2)
    labels = (label for label in (words.NOT_COMPARABLE, words.OLD_CODE) if text_width(label) < until - x.start - 4)
    sheet.text(x.start + 3, y.stop + 11, next(labels, ""), size=theme.SMALL)


def _name_war(sheet: Sheet, at: float, left: float, top: float) -> Span:
    """Name the war line, on its left, where lines are near 100, if there is room; return the box of the words."""
    width = text_width(words.WAR, theme.SMALL, bold=True)
    is_left = at - 5 - width > left
    align, start = ("right", at - 5) if is_left else ("left", at + 5)
    sheet.text(start, top + 6, words.WAR, size=theme.SMALL, token="ink", bold=True, align=align)
    return (at - 5 - width, top - 8, at, top + 10) if is_left else (at, top - 8, at + 5 + width, top + 10)

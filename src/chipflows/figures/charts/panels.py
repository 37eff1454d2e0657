"""Form 2, small multiples by family: which goods were replaced and which were not?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chipflows.figures import theme, words
from chipflows.figures.annotate import Event, bridge, event_line, free_spot, war
from chipflows.figures.charts.form import form
from chipflows.figures.finish import Plot
from chipflows.figures.months import Years, day_number, gaps, month_points
from chipflows.figures.numbers import heading, listed, month_text, short, whole
from chipflows.figures.scale import Scale, ticks_from_zero
from chipflows.figures.sheet import Sheet, text_width, wrap

_Box = tuple[float, float, float, float]


@form("family", "period", "group", "index")
def small_multiples(
    df: pd.DataFrame,
    *,
    mark: str = "",
    events: pd.DataFrame | Iterable[Mapping[str, Any]] = (),
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
        raise ValueError(
            f"small_multiples draws one or two lines a panel, this frame has {len(groups)} groups: {', '.join(groups)}"
        )
    chart = _Chart.of(df, groups, focus or groups[0], mark, colours)
    shown = war(events, chart.years.first, chart.years.last)
    return Plot(lambda sheet: chart.draw(sheet, shown), chart.alt(), chart.note(), chart.table())


@dataclass(frozen=True)
class _Panel:
    """One family: its lines by group (at, starts, ends, value), the marked value, the day from which it is comparable."""

    title: str
    code: str
    lines: dict[str, pd.DataFrame]
    marked: tuple[float, float] | None
    others: dict[str, float]
    comparable_from: float | None


@dataclass(frozen=True)
class _Chart:
    panels: list[_Panel]
    roles: dict[str, theme.Role]
    focus: str
    years: Years
    month: pd.Timestamp
    high: float

    @classmethod
    def of(
        cls, df: pd.DataFrame, groups: list[str], focus: str, mark: str, colours: Mapping[str, str] | None
    ) -> _Chart:
        frame = df.assign(
            period=pd.to_datetime(df["period"]), group=df["group"].astype(str), value=df["index"].astype(float)
        )
        month = (
            pd.Timestamp(mark)
            if mark
            else frame.loc[frame["value"].notna() & (frame["group"] == focus), "period"].max()
        )
        years = Years.of(frame["period"])
        panels = [_panel(part, focus, day_number(month) + 14, years) for _, part in frame.groupby("family", sort=False)]
        panels.sort(key=lambda panel: -panel.marked[1] if panel.marked else math.inf)
        highs = [max(float(line["value"].max()) for line in panel.lines.values()) for panel in panels]
        return cls(panels, theme.roles(groups, colours), focus, years, month, _top(highs))

    def draw(self, sheet: Sheet, event: Event | None) -> None:
        columns = 2 if sheet.narrow else 3
        gap, height, left = (12, 96, 30) if sheet.narrow else (16, 112, 34)
        width = (sheet.width - left - gap * (columns - 1)) / columns
        lines = max(len(wrap(panel.title, width, theme.LABEL, bold=True)) for panel in self.panels)
        head = 17 * lines + 17 * any(panel.code for panel in self.panels) + 6
        row = head + height + 26
        count = len(self.panels)
        sheet.open(math.ceil(count / columns) * row)
        for i, panel in enumerate(self.panels):
            start, top = left + (i % columns) * (width + gap), (i // columns) * row + head
            x, y = self.years.scale(start, start + width), Scale(0, self.high, top + height, top)
            self.draw_head(sheet, panel, start, top, width)
            self.draw_axes(sheet, x, y, has_values=i % columns == 0, has_years=i + columns >= count)
            taken = self.draw_panel(sheet, panel, x, y, event, is_first=i == 0)
            if i == 0:
                self.name_groups(sheet, panel, x, y, taken)

    def draw_head(self, sheet: Sheet, panel: _Panel, left: float, top: float, width: float) -> None:
        lines = [*((line, theme.LABEL, "ink") for line in wrap(panel.title, width, theme.LABEL, bold=True))]
        lines += [(panel.code, theme.TEXT, "ink2")] if panel.code else []
        for i, (line, size, token) in enumerate(reversed(lines)):
            sheet.text(left, top - 10 - 16.5 * i, line, size=size, token=token, bold=token == "ink")

    def draw_axes(self, sheet: Sheet, x: Scale, y: Scale, *, has_values: bool, has_years: bool) -> None:
        ticks = index_ticks(self.high)
        sheet.rules([(x.start, y(tick), x.stop, y(tick)) for tick in ticks if tick not in (0, 100)], "grid")
        sheet.rules(
            [(x.start, y(0), x.stop, y(0))] + ([(x.start, y(100), x.stop, y(100))] if self.high > 100 else []), "axis"
        )
        for tick in ticks if has_values else []:
            sheet.text(x.start - 6, y(tick) + 4.5, short(tick, 4), align="right")
        self.years.draw(sheet, x, y.start, labels=has_years, is_short=sheet.narrow)

    def draw_panel(
        self, sheet: Sheet, panel: _Panel, x: Scale, y: Scale, event: Event | None, *, is_first: bool
    ) -> list[_Box]:
        """Draw ground, war line, lines and the marked value; return the boxes that words fill."""
        taken: list[_Box] = []
        if panel.comparable_from is not None:
            self.draw_ground(sheet, x, y, x(panel.comparable_from))
        if event:
            event_line(sheet, event, x(event.at), y.stop - (6 if is_first else 0), y.start)
            taken += [self.name_war(sheet, x(event.at), x.start, y.stop)] if is_first else []
        for group, points in panel.lines.items():
            for i, j in gaps(points["value"]):
                bridge(sheet, points, i, j, x, y)
            role = self.roles[group]
            clip = (x.start - 2, y.stop - 2, x.stop - x.start + 4, y.start - y.stop + 4)
            is_over = bool((points["value"] > self.high).any())
            sheet.line(
                x(points["at"]),
                y(points["value"]),
                role.token,
                2.3 if group == self.focus else theme.PANEL_LINE,
                dashed=role.is_dashed,
                z=4 if group == self.focus else 3,
                clip=clip if is_over else (),
            )
        return taken + self.draw_mark(sheet, panel, x, y, taken)

    def draw_ground(self, sheet: Sheet, x: Scale, y: Scale, until: float) -> None:
        """Shade the months before the code was redrawn."""
        sheet.box(x.start, y.stop, until - x.start, y.start - y.stop, "wash", z=0.2)
        label = next(
            (w for w in (words.NOT_COMPARABLE, words.OLD_CODE) if text_width(w, theme.SMALL) < until - x.start - 4), ""
        )
        sheet.text(x.start + 3, y.stop + 11, label, size=theme.SMALL)

    def name_war(self, sheet: Sheet, at: float, left: float, top: float) -> _Box:
        """Name the war line once, on its left, where lines are near 100, if there is room."""
        width = text_width(words.WAR, theme.SMALL, bold=True)
        is_left = at - 5 - width > left
        sheet.text(
            at - 5 if is_left else at + 5,
            top + 6,
            words.WAR,
            size=theme.SMALL,
            token="ink",
            bold=True,
            align="right" if is_left else "left",
        )
        return (at - 5 - width, top - 8, at, top + 10) if is_left else (at, top - 8, at + 5 + width, top + 10)

    def draw_mark(self, sheet: Sheet, panel: _Panel, x: Scale, y: Scale, taken: list[_Box]) -> list[_Box]:
        """Draw the dot of the marked month with its number above the lines, or below; a value beyond the axis gets an
        arrow.
        """
        if panel.marked is None:
            return []
        at, value = panel.marked
        role = self.roles[self.focus]
        label = whole(value) if value <= self.high else f"{whole(value)} ↑"
        half = text_width(label, theme.LABEL, bold=True) / 2
        middle = min(max(x(at), x.start + half), x.stop - half)
        near = pd.concat(
            [
                p.loc[(x(p["at"]) > middle - half - 3) & (x(p["at"]) < middle + half + 3), "value"]
                for p in panel.lines.values()
            ]
        )
        own = panel.lines[self.focus]
        below = own.loc[(x(own["at"]) > middle - half - 3) & (x(own["at"]) < middle + half + 3), "value"].min()
        baseline = y(min(near.max(), self.high)) - 7
        if any(
            left < middle + half and middle - half < right and top < baseline + 2 and baseline - 12 < bottom
            for left, top, right, bottom in taken
        ):
            baseline = y(below) + 16
        sheet.dots(x(at), y(min(value, self.high)), role.token, 7, z=6)
        sheet.text(middle, baseline, label, size=theme.LABEL, token=role.text, bold=True, align="center")
        return [(middle - half, baseline - 12, middle + half, baseline + 3)]

    def name_groups(self, sheet: Sheet, panel: _Panel, x: Scale, y: Scale, taken: list[_Box]) -> None:
        """Write the groups' names once, in the first panel, where they hide least."""
        tracks = [(x(p["at"]), y(p["value"])) for p in panel.lines.values()]
        taken = list(taken)
        for i, group in enumerate(panel.lines):
            width = text_width(group, theme.LABEL, bold=True)
            left, top = free_spot(tracks, i, (width, 14), (x.start + 3, y.stop, x.stop, y.start - 2), taken)
            taken.append((left, top, left + width, top + 16))
            sheet.text(left, top + 11.5, group, size=theme.LABEL, token=self.roles[group].text, bold=True)

    def note(self) -> str:
        redrawn = [panel.title for panel in self.panels if panel.comparable_from is not None]
        shaded = f"{words.GREY_GROUND}: {listed(redrawn, 6)}. " if redrawn else ""
        return f"{shaded}{words.PAIRED}."

    def alt(self) -> str:
        ranked = [f"{panel.title} {whole(panel.marked[1])}" for panel in self.panels if panel.marked]
        silent = [panel.title for panel in self.panels if not panel.marked]
        ends = f"{'; '.join(ranked[:3])} … {ranked[-1]}" if len(ranked) > 4 else "; ".join(ranked)
        gap = f" {words.SOME_MISSING} {listed(silent, 3)}." if silent else ""
        return f"{len(self.panels)} {words.ALT_PANELS}, {words.FROM} {self.years.first.year} {words.TO} {(self.years.last - pd.Timedelta(days=1)).year}. {self.focus}, {month_text(self.month)}: {ends}.{gap}"

    def table(self) -> pd.DataFrame | None:
        rows = [
            {
                words.FAMILY: p.title,
                words.CODES: p.code,
                **{f"{g}, {month_text(self.month)}": p.others.get(g) for g in self.roles},
            }
            for p in self.panels
        ]
        return pd.DataFrame(rows) if len(rows) <= 30 else None


def _panel(part: pd.DataFrame, focus: str, at: float, years: Years) -> _Panel:
    """Return the panel of one family's rows."""
    first = part.iloc[0]
    points = month_points(part, "group", ["value"], (years.first, years.last))
    lines = {str(group): line.reset_index(drop=True) for group, line in points.groupby("group", sort=False)}
    values: dict[str, float] = {}
    marked = None
    for group, line in lines.items():
        hit = line[(line["starts"] <= at) & (at < line["ends"]) & line["value"].notna()]
        if len(hit):
            values[group] = float(hit["value"].iloc[0])
            marked = (float(hit["at"].iloc[0]), values[group]) if group == focus else marked
    old = (
        part.loc[~part["is_comparable"].astype(bool), "period"]
        if "is_comparable" in part
        else pd.Series(dtype="datetime64[ns]")
    )
    code = str(first["codes"]) if "codes" in part else heading(str(first["hs6"])) if "hs6" in part else ""
    until = day_number(old.max() + pd.DateOffset(months=1)) if len(old) else None
    return _Panel(str(first["title"] if "title" in part else first["family"]), code, lines, marked, values, until)


def _top(highs: list[float]) -> float:
    """Return the top of the shared axis: the highest panel, unless a few tower over the rest; those are clipped."""
    seen = [high for high in highs if not math.isnan(high)]
    if not seen:
        raise ValueError("small_multiples: no value in any panel, so there is nothing to draw")
    cap = max(250.0, float(np.quantile(seen, 0.8)) * 1.25)
    return max(120.0, max(seen) * 1.05 if max(seen) <= 1.6 * cap else cap)


def index_ticks(high: float) -> list[float]:
    """Return 0, 100 and round steps beyond: 0, 100, 200; 0, 100, 300, 500."""
    if high < 180:
        return [0, 50, 100, 150][: 3 + (high >= 150)]
    if high < 400:
        return [float(tick) for tick in range(0, int(high) + 1, 100)]
    step = ticks_from_zero(high, 4)[1]
    return [
        0,
        *([100] if step <= 400 else []),
        *(t for t in np.arange(step, high + 1, step).tolist() if t > 100 + step * 0.4),
    ]

"""Form 1, monthly lines: when did whose flow break, and who took over?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chipflows.figures import theme, words
from chipflows.figures.annotate import (
    Event,
    bridge,
    disc_height,
    draw_discs,
    draw_staircase,
    read_events,
    spread,
    staircase,
)
from chipflows.figures.charts.form import form
from chipflows.figures.finish import Plot
from chipflows.figures.months import Years, gaps, month_points, span_text
from chipflows.figures.numbers import Axis, listed, month_text
from chipflows.figures.scale import Scale, ticks_from_zero
from chipflows.figures.sheet import Sheet, text_width, wrap

_ROW = 16.0


@form("group", "period")
def monthly_lines(
    df: pd.DataFrame,
    *,
    unit: str,
    events: pd.DataFrame | Iterable[Mapping[str, Any]] = (),
    focus: str | None = None,
    colours: Mapping[str, str] | None = None,
    column: str = "value_usd",
) -> Plot:
    """Return two to four monthly lines, the `focus` (default: the first group) thickest, with events, gaps and end
    labels.

    Columns: group (the name shown), period, `column` (value_usd; null = not published), and if there are any:
    is_published, lo and hi. A group with lo and hi is an expected path: a band with a dashed centre, in the colour of
    the group whose name it starts with. `colours` maps a group to a colour token, an ISO3 code or a role. Raises
    ValueError for more than four lines, or none with a value.
    """
    chart = _Chart(_read(df, column, focus, colours), Years.of(df["period"]), Axis.of(unit, column))
    shown = read_events(events, chart.years.first, chart.years.last)
    return Plot(lambda sheet: chart.draw(sheet, shown), chart.alt(unit), chart.note(), events=shown)


@dataclass(frozen=True)
class _Series:
    """One group's points (at, starts, ends, value, lo, hi) and how it is drawn."""

    group: str
    role: theme.Role
    points: pd.DataFrame
    is_focus: bool

    @property
    def is_band(self) -> bool:
        return bool(self.points["lo"].notna().any())

    @property
    def seen(self) -> pd.DataFrame:
        return self.points[self.points["value"].notna()]


def _read(df: pd.DataFrame, column: str, focus: str | None, colours: Mapping[str, str] | None) -> list[_Series]:
    if column not in df:
        raise ValueError(f"monthly_lines: the frame has no column {column}; it has {', '.join(map(str, df.columns))}")
    frame = pd.DataFrame({"group": df["group"].astype(str), "period": df["period"], "value": df[column].astype(float)})
    for bound in ("lo", "hi"):
        frame[bound] = df[bound].astype(float) if bound in df else np.nan
    if "is_published" in df:
        frame.loc[~df["is_published"].astype(bool), ["value", "lo", "hi"]] = np.nan
    points = month_points(frame, "group", ["value", "lo", "hi"])
    groups = [group for group in frame["group"].unique() if points.loc[points["group"] == group, "value"].notna().any()]
    drawn = theme.roles(groups, colours)
    series = [
        _Series(
            group, drawn[group], points[points["group"] == group].reset_index(drop=True), group == (focus or groups[0])
        )
        for group in groups
    ]
    count = sum(not s.is_band for s in series)
    if not 1 <= count <= 4:
        raise ValueError(
            f"monthly_lines draws one to four lines, this frame has {count} with a value; for more use small_multiples"
        )
    return series


@dataclass(frozen=True)
class _Chart:
    series: list[_Series]
    years: Years
    axis: Axis

    @property
    def lines(self) -> list[_Series]:
        return [s for s in self.series if not s.is_band]

    @property
    def nobody(self) -> list[tuple[float, float]]:
        """The spans (day numbers) for which no line has a value."""
        first = self.lines[0].points
        values = pd.concat([s.points["value"] for s in self.lines], axis=1).mean(axis=1)
        return [(first["starts"][i], first["ends"][j]) for i, j in gaps(values, edges=True)]

    @property
    def holes(self) -> list[tuple[_Series, int, int]]:
        """The inner gaps of each line (first and last row), but for those that all lines share."""
        found = [(s, i, j) for s in self.lines for i, j in gaps(s.points["value"])]
        return [(s, i, j) for s, i, j in found if (s.points["starts"][i], s.points["ends"][j]) not in self.nobody]

    def stopped(self, series: _Series) -> float | None:
        """Return the day number after a line's last month, when others go on."""
        end = float(series.seen["ends"].iloc[-1])
        return end if end < max(s.seen["ends"].iloc[-1] for s in self.lines) and not series.is_band else None

    def draw(self, sheet: Sheet, events: tuple[Event, ...]) -> None:
        ticks = ticks_from_zero(max(float(s.points[["value", "hi"]].max().max()) for s in self.series))
        names = [self.axis.tick(tick, tick == ticks[-1]) for tick in ticks]
        labels = [self.label(s, sheet.narrow) for s in self.series]
        words_wide = [text_width(line, theme.LABEL, bold=True) for label in labels for line in label]
        left = max(28.0, *(text_width(name) + 8 for name in names[:-1]))
        x = self.years.scale(left, sheet.width - 14 - max(*words_wide, text_width("published", theme.SMALL)))
        xs = [x(event.at) for event in events]
        stairs = staircase(events, xs, sheet.width, (text_width(names[-1]) + 8, 18))
        top = (26 + disc_height(xs) if sheet.narrow else max(stairs.height + 6, 26)) if events else 26
        y = Scale(0, ticks[-1], top + (275 if sheet.narrow else 350), top)
        sheet.open(y.start + 26)
        self.draw_axes(sheet, x, y, dict(zip(ticks, names, strict=True)))
        if sheet.narrow:
            draw_discs(sheet, events, xs, top, y.start)
        else:
            draw_staircase(sheet, events, xs, stairs, top, y.start)
        self.draw_gaps(sheet, x, y, xs)
        for series in sorted(self.series, key=lambda s: s.is_focus):
            _draw_series(sheet, series, x, y)
        self.draw_labels(sheet, x, y, labels)

    def draw_axes(self, sheet: Sheet, x: Scale, y: Scale, ticks: dict[float, str]) -> None:
        sheet.rules([(x.start, y(tick), x.stop, y(tick)) for tick in list(ticks)[1:-1]], "grid")
        sheet.rules([(0, y.stop, x.stop, y.stop)], "grid")
        sheet.rules([(x.start, y.start, x.stop, y.start)], "axis", 1.25)
        for tick, name in list(ticks.items())[:-1]:
            sheet.text(x.start - 8, y(tick) + 4.5, name, align="right")
        sheet.text(0, y.stop - 6, list(ticks.values())[-1])
        self.years.draw(sheet, x, y.start)

    def draw_gaps(self, sheet: Sheet, x: Scale, y: Scale, event_xs: list[float]) -> None:
        """Hatch the holes of one line as a box bridging them, and months that nobody has over the full height."""
        boxes = [(*bridge(sheet, s.points, i, j, x, y), s) for s, i, j in self.holes]
        if boxes and not sheet.narrow:
            left, right, top, series = max(boxes, key=lambda box: box[1] - box[0])
            self.name_gap(sheet, (left + right) / 2, top, series, event_xs)
        for start, end in self.nobody:
            sheet.box(x(start), y.stop, x(end) - x(start), y.start - y.stop, hatch=True, z=1.5)
            if end == x.high:
                for i, line in enumerate(
                    wrap(words.NOT_YET_PUBLISHED, x.stop and sheet.width - x.stop - 8, theme.SMALL)
                ):
                    sheet.text(x.stop + 8, y.stop + 11 + 15 * i, line, size=theme.SMALL)

    def name_gap(self, sheet: Sheet, middle: float, top: float, series: _Series, event_xs: list[float]) -> None:
        """Write "not published" above a hatched box, beside an event line rather than across it."""
        half = text_width("published", theme.SMALL) / 2 + 3
        crossed = next((at for at in event_xs if abs(at - middle) < half), None)
        align, at = (
            ("center", middle)
            if crossed is None
            else ("right", crossed - 4)
            if crossed > middle
            else ("left", crossed + 4)
        )
        for i, word in enumerate(reversed(words.NOT_PUBLISHED.split(" "))):
            sheet.text(at, top - 6 - 14 * i, word, size=theme.SMALL, token=series.role.text, align=align)

    def label(self, series: _Series, narrow: bool) -> list[str]:
        """Return the lines of an end label: name, last value on the wide drawing, and where the line stops early."""
        stop = self.stopped(series)
        value = "" if narrow or series.is_band else " " + self.axis.end(series.seen["value"].iloc[-1])
        lines = wrap(series.group + value, 96 if narrow else 150, theme.LABEL, bold=True)
        return lines if stop is None else [*lines, f"{words.UNTIL} {span_text(stop - 1, stop)}"]

    def draw_labels(self, sheet: Sheet, x: Scale, y: Scale, labels: list[list[str]]) -> None:
        ends = [(x(s.seen["at"].iloc[-1]), y(s.seen["value"].iloc[-1])) for s in self.series]
        low = y.stop + (36 if self.nobody and self.nobody[-1][1] == x.high else 0)
        placed = spread([end[1] for end in ends], [_ROW * len(label) for label in labels], low, y.start + 6)
        for series, label, (end, wanted), at in zip(self.series, labels, ends, placed, strict=True):
            if abs(at - wanted) > 5 and self.stopped(series) is None:
                sheet.rules([(max(end + 4, x.stop - 6), wanted, x.stop + 8, at)], "axis", 0.75, z=2)
            first = at - _ROW * (len(label) - 1) / 2 + 4.5
            for i, line in enumerate(label):
                sheet.text(
                    x.stop + 11,
                    first + i * _ROW,
                    line,
                    size=theme.LABEL,
                    token=series.role.text,
                    bold=not series.is_band,
                )

    def note(self) -> str:
        gaps_of: dict[str, list[str]] = {}
        for series, i, j in self.holes:
            gaps_of.setdefault(series.group, []).append(span_text(series.points["starts"][i], series.points["ends"][j]))
        texts = [f"{group} {listed(spans)}" for group, spans in gaps_of.items()] + [
            f"{words.ALL} {span_text(*span)}" for span in self.nobody
        ]
        hatched = f"{words.HATCHED}: {'; '.join(texts)}. " if texts else ""
        return f"{hatched}{words.PAIRED}."

    def alt(self, unit: str) -> str:
        parts = []
        for series in sorted(self.lines, key=lambda s: not s.is_focus):
            first, last = (self.axis.end(series.seen["value"].iloc[i]) for i in (0, -1))
            parts.append(f"{series.group} {words.FROM} {first} {words.TO} {last}")
        missing = list(dict.fromkeys(s.group for s, _, _ in self.holes))
        gap = f" {words.SOME_MISSING} {listed(missing)}." if missing else ""
        span = f"{month_text(self.years.first)} {words.TO} {span_text(self.years_end - 1, self.years_end)}"
        return f"{words.ALT_LINES}, {span}, {unit}. {'; '.join(parts)}.{gap}"

    @property
    def years_end(self) -> float:
        return max(float(s.seen["ends"].iloc[-1]) for s in self.lines)


def _draw_series(sheet: Sheet, series: _Series, x: Scale, y: Scale) -> None:
    """Draw a line, or a band with a dashed centre; a value without neighbours is a dot."""
    at, value = x(series.points["at"]), y(series.points["value"])
    token = series.role.token
    if series.is_band:
        sheet.band(at, y(series.points["lo"]), y(series.points["hi"]), token)
        sheet.line(at, value, token, 1.2, dashed=True)
        return
    sheet.line(
        at,
        value,
        token,
        theme.FOCUS if series.is_focus else theme.LINE,
        dashed=series.role.is_dashed,
        z=4 if series.is_focus else 3,
    )
    seen = series.points["value"].notna()
    alone = seen & ~seen.shift(1, fill_value=False) & ~seen.shift(-1, fill_value=False)
    if alone.any():
        sheet.dots(at[alone], value[alone], token, 5)

"""Form 1, monthly lines: when did whose flow break, and who took over?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from chipflows import words
from chipflows.figures import events as dated
from chipflows.figures import theme
from chipflows.figures.annotate import bridge, spread
from chipflows.figures.charts.form import form
from chipflows.figures.charts.series import Lines, Series, read_lines
from chipflows.figures.finish import Plot
from chipflows.figures.measure import text_width, wrap
from chipflows.figures.months import Years, span_text
from chipflows.figures.numbers import Axis, listed, month_text
from chipflows.figures.scale import Scale, ticks_from_zero
from chipflows.figures.sheet import Sheet

_ROW = 16.0


@form("group", "period")
def monthly_lines(
    df: pd.DataFrame,
    *,
    unit: str,
    events: dated.Rows = (),
    focus: str | None = None,
    colours: Mapping[str, str] | None = None,
    column: str = "value_usd",
) -> Plot:
    """Return one to four monthly lines, the `focus` (default: the first group) thickest, with events, gaps, end
    labels.

    Columns: group (the name shown), period, `column` (null = not published), and if there are any: is_published, lo
    and hi. A group with lo and hi is an expected path: a band with a dashed centre, in the colour of the group whose
    name it starts with. `colours` maps a group to a colour token, an ISO3 code or a role. Raises ValueError for more
    lines.
    """
    chart = _Chart(read_lines(df, column, focus, colours), Years.of(df["period"]), Axis.of(unit, column))
    shown = dated.read_events(events, chart.years.first, chart.years.last)
    table = yearly(df, column, chart.axis)
    return Plot(lambda sheet: chart.draw(sheet, shown), chart.alt(unit), chart.note(), table, shown)


def yearly(df: pd.DataFrame, column: str, axis: Axis) -> pd.DataFrame:
    """Return the mean month of each year and group, over the months that have a value, as an axis writes it."""
    groups = list(dict.fromkeys(df["group"]))
    values = df.assign(year=pd.to_datetime(df["period"]).dt.year).groupby(["year", "group"])[column].mean()
    shown = values.astype(float).unstack("group").reindex(columns=groups)
    texts = shown.map(lambda value: words.CELL_NOT_PUBLISHED if pd.isna(value) else axis.end(value))
    table = texts.rename_axis(None, axis=1).reset_index().astype({"year": str}).rename(columns={"year": words.MEAN_OF})
    table.attrs["numbers"] = tuple(groups)
    return table


@dataclass(frozen=True)
class _Chart:
    lines: Lines
    years: Years
    axis: Axis

    def draw(self, sheet: Sheet, events: tuple[dated.Event, ...]) -> None:
        ticks = ticks_from_zero(max(float(series.points[["value", "hi"]].max().max()) for series in self.lines.all))
        names = [self.axis.tick(tick, tick == ticks[-1]) for tick in ticks]
        labels = [self.label(series, sheet.narrow) for series in self.lines.all]
        widths = [text_width(line, theme.LABEL, bold=True) for label in labels for line in label]
        left = max(28.0, *(text_width(name) + 8 for name in names[:-1]))
        x = self.years.scale(left, sheet.width - 14 - max(*widths, text_width(words.PUBLISHED, theme.SMALL)))
        xs, taken = [x(event.at) for event in events], text_width(names[-1]) + 8
        stairs, discs = dated.staircase(events, xs, sheet.width, taken), dated.disc_heights(xs, taken)
        above = max(discs, default=0) + 11 if sheet.narrow else max(stairs.tops, default=0) + 6
        top = max(above, 26.0)
        y = Scale(0, ticks[-1], top + (275 if sheet.narrow else 350), top)
        sheet.open(y.start + 26)
        self.draw_axes(sheet, x, y, dict(zip(ticks, names, strict=True)))
        if sheet.narrow:
            dated.draw_discs(sheet, events, xs, discs, top, y.start)
        else:
            dated.draw_staircase(sheet, events, xs, stairs, top, y.start)
        self.draw_gaps(sheet, x, y, xs)
        for series in sorted(self.lines.all, key=lambda series: series.is_focus):
            _draw_series(sheet, series, x, y)
        self.draw_labels(sheet, x, y, labels)

    def draw_axes(self, sheet: Sheet, x: Scale, y: Scale, ticks: dict[float, str]) -> None:
        *lower, (_, unit) = ticks.items()
        sheet.rules([(x.start, y(tick), x.stop, y(tick)) for tick, _ in lower[1:]], "grid")
        sheet.rules([(0, y.stop, x.stop, y.stop)], "grid")
        sheet.rules([(x.start, y.start, x.stop, y.start)], "axis", 1.25)
        for tick, name in lower:
            sheet.text(x.start - 8, y(tick) + 4.5, name, align="right")
        sheet.text(0, y.stop - 6, unit)
        self.years.draw(sheet, x, y.start)

    def draw_gaps(self, sheet: Sheet, x: Scale, y: Scale, event_xs: list[float]) -> None:
        """Hatch the holes of one line as a box bridging them, and months that nobody has over the full height."""
        boxes = [(bridge(sheet, series.points, i, j, x, y), series) for series, i, j in self.lines.holes()]
        if boxes and not sheet.narrow:
            (left, top, right, _), series = max(boxes, key=lambda box: box[0][2] - box[0][0])
            _name_gap(sheet, (left + right) / 2, top, series.role.text, event_xs)
        for start, end in self.lines.nobody():
            sheet.box(x(start), y.stop, x(end) - x(start), y.start - y.stop, hatch=True, z=1.5)
            if end == x.high:
                for i, line in enumerate(wrap(words.NOT_YET_PUBLISHED, sheet.width - x.stop - 8, theme.SMALL)):
                    sheet.text(x.stop + 8, y.stop + 11 + 15 * i, line, size=theme.SMALL)

    def label(self, series: Series, narrow: bool) -> list[str]:
        """Return the lines of an end label: name, last value on the wide drawing, and where the line stops early."""
        value = "" if narrow or series.is_band else " " + self.axis.end(series.values.iloc[-1])
        lines = wrap(series.group + value, 96 if narrow else 150, theme.LABEL, bold=True)
        return [*lines, f"{words.TO} {span_text(series.ends - 1, series.ends)}"] if self.has_stopped(series) else lines

    def has_stopped(self, series: Series) -> bool:
        """Say whether a line ends while others go on."""
        return not series.is_band and series.ends < self.lines.ends

    def draw_labels(self, sheet: Sheet, x: Scale, y: Scale, labels: list[list[str]]) -> None:
        is_open = any(end == x.high for _, end in self.lines.nobody())
        wanted = [y(series.values.iloc[-1]) for series in self.lines.all]
        heights = [_ROW * len(label) for label in labels]
        placed = spread(wanted, heights, y.stop + (36 if is_open else 0), y.start + 6)
        for series, label, aim, at in zip(self.lines.all, labels, wanted, placed, strict=True):
            if abs(at - aim) > 5 and not self.has_stopped(series):
                sheet.rules([(x.stop - 4, aim, x.stop + 8, at)], "axis", 0.75, z=2)
            for i, line in enumerate(label):
                baseline = at + 4.5 + _ROW * (i - (len(label) - 1) / 2)
                token, bold = series.role.text, not series.is_band
                sheet.text(x.stop + 11, baseline, line, size=theme.LABEL, token=token, bold=bold)

    def note(self) -> str:
        """Return which months are missing, and that January and February are one point."""
        missing: dict[str, list[str]] = {}
        for series, i, j in self.lines.holes():
            missing.setdefault(series.group, []).append(span_text(series.points["starts"][i], series.points["ends"][j]))
        texts = [f"{group} {listed(spans)}" for group, spans in missing.items()]
        texts += [f"{words.ALL_LINES} {span_text(*span)}" for span in self.lines.nobody()]
        silent = [f"{words.NO_MONTH}: {listed(list(self.lines.silent))}"] if self.lines.silent else []
        hatched = [f"{words.HATCHED}: {'; '.join(texts)}"] if texts else []
        return ". ".join([*hatched, *silent, words.PAIRED]) + "."

    def alt(self, unit: str) -> str:
        moves = []
        for series in sorted(self.lines.measured, key=lambda series: not series.is_focus):
            first, last = (self.axis.end(series.values.iloc[i]) for i in (0, -1))
            moves.append(f"{series.group} {words.FROM} {first} {words.TO} {last}")
        missing = list(dict.fromkeys(series.group for series, _, _ in self.lines.holes()))
        gap = f" {words.SOME_MISSING} {listed(missing)}." if missing else ""
        span = f"{month_text(self.years.first)} {words.TO} {span_text(self.lines.ends - 1, self.lines.ends)}"
        return f"{words.ALT_LINES}, {span}, {unit}. {'; '.join(moves)}.{gap}"


def _name_gap(sheet: Sheet, middle: float, top: float, token: str, event_xs: list[float]) -> None:
    """Write "not published" above a hatched box, beside an event line rather than across it."""
    half = text_width(words.PUBLISHED, theme.SMALL) / 2 + 3
    crossed = next((at for at in event_xs if abs(at - middle) < half), None)
    align, at = "center", middle
    if crossed is not None:
        align, at = ("right", crossed - 4) if crossed > middle else ("left", crossed + 4)
    for i, word in enumerate(reversed(words.NOT_PUBLISHED.split(" "))):
        sheet.text(at, top - 6 - 14 * i, word, size=theme.SMALL, token=token, align=align)


def _draw_series(sheet: Sheet, series: Series, x: Scale, y: Scale) -> None:
    """Draw a line, or a band with a dashed centre; a value without neighbours is a dot."""
    at, value, role = x(series.points["at"]), y(series.points["value"]), series.role
    if series.is_band:
        sheet.band(at, y(series.points["lo"]), y(series.points["hi"]), role.token)
        sheet.line(at, value, role.token, 1.2, dashed=True)
        return
    width, z = (theme.FOCUS, 4) if series.is_focus else (theme.LINE, 3)
    sheet.line(at, value, role.token, width, dashed=role.is_dashed, z=z)
    seen = series.points["value"].notna()
    alone = (seen & ~seen.shift(1, fill_value=False) & ~seen.shift(-1, fill_value=False)).to_numpy()
    if alone.any():
        sheet.dots(at[alone], value[alone], role.token, 5)

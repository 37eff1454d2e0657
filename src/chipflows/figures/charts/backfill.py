"""Form 4, backfill bars: how much of the loss did others make up, in value and in volume?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from chipflows import words
from chipflows.figures import theme
from chipflows.figures.annotate import KeyItem, draw_key, key_height
from chipflows.figures.charts import rows
from chipflows.figures.charts.form import first_column, form
from chipflows.figures.finish import Plot
from chipflows.figures.measure import clipped, text_width, wrap
from chipflows.figures.numbers import listed, mass, money, ratio_text
from chipflows.figures.scale import Scale
from chipflows.figures.sheet import Sheet

_MOST = 2.5  # a bar longer than two and a half times the loss is cut off and says so
_BAR, _LANE, _GAP = 14.0, 22.0, 24.0
_PITCH = {False: 42.0, True: 56.0}  # narrow: names stand above their row


@form("family", "measure", "group", "gain", "loss", "ratio", "lo", "hi")
def backfill_bars(df: pd.DataFrame, *, colours: Mapping[str, str] | None = None) -> Plot:
    """Return stacked bars of gains as a share of what the coalition lost, value and volume as panels on one scale.

    Columns: family, measure (value, volume), group, gain and loss (USD or kilograms a month), ratio, lo and hi (of
    the whole bar, repeated in each of its rows; null = undefined), and if there are any: title (name shown), letters
    (two letters written into a bar). Rows stand in the frame's order; the first is the total. Raises ValueError for
    another measure or more than four groups.
    """
    if unknown := sorted(set(df["measure"].astype(str)) - set(words.MEASURES)):
        raise ValueError(f"backfill_bars: measure {unknown[0]!r} is none of {', '.join(words.MEASURES)}")
    groups = [str(group) for group in df["group"].unique()]
    if len(groups) > 4:
        raise ValueError(f"backfill_bars stacks at most four groups, here are {len(groups)}: add the smallest up")
    families = df.drop_duplicates("family")
    titles = [str(title) for title in families[first_column(df, "title", "family")]]
    parts = {key: part for key, part in df.groupby(["measure", "family"], sort=False)}
    measures = [measure for measure in words.MEASURES if measure in set(df["measure"])]
    bars = {m: [_bar(parts.get((m, family), df[:0])) for family in families["family"]] for m in measures}
    letters = dict(zip(df["group"].astype(str), df["letters"].astype(str), strict=True)) if "letters" in df else {}
    chart = _Chart(titles, bars, theme.roles(groups, colours), letters)
    return Plot(chart.draw, chart.alt(), f"{words.UNDEFINED_NOTE}." if chart.undefined else "", chart.table())


@dataclass(frozen=True)
class _Bar:
    """One family in one measure: shares gained by group, the ratio with its interval (all of the loss = 1)."""

    shares: dict[str, float]
    loss: float
    ratio: float
    lo: float
    hi: float

    @property
    def is_defined(self) -> bool:
        return self.loss > 0 and not math.isnan(self.ratio)


def _bar(part: pd.DataFrame) -> _Bar:
    if part.empty:
        return _Bar({}, math.nan, math.nan, math.nan, math.nan)
    loss, ratio, lo, hi = (float(part[column].iloc[0]) for column in ("loss", "ratio", "lo", "hi"))
    gains = part[part["gain"].notna()]
    shares = {str(g): float(gain) / loss for g, gain in zip(gains["group"], gains["gain"], strict=True) if loss > 0}
    return _Bar(shares, loss, ratio, lo, hi)


@dataclass(frozen=True)
class _Chart:
    titles: list[str]
    bars: dict[str, list[_Bar]]
    roles: dict[str, theme.Role]
    letters: dict[str, str]

    @property
    def defined(self) -> list[_Bar]:
        return [bar for bars in self.bars.values() for bar in bars if bar.is_defined]

    @property
    def undefined(self) -> list[str]:
        """Titles of the rows where a ratio is undefined."""
        return [self.titles[i] for i in range(len(self.titles)) if not all(b[i].is_defined for b in self.bars.values())]

    def all_lines(self) -> list[str]:
        """Return every line of words beside a bar of the wide drawing."""
        return [line for measure, bars in self.bars.items() for bar in bars for line in _lines(bar, measure)]

    def ends(self) -> tuple[float, float]:
        """Return the ends of the shared axis, as multiples of the loss."""
        low = min([0.0, *(sum(min(share, 0) for share in bar.shares.values()) for bar in self.defined)])
        high = max([1.06, *(max(bar.ratio, bar.hi if bar.hi > 0 else 0) * 1.04 for bar in self.defined)])
        return max(-0.5, low), min(_MOST, high)

    def draw(self, sheet: Sheet) -> None:
        names = 0.0 if sheet.narrow else rows.name_edge(self.titles, bold=True, most=3) + 10
        key, count = self.key(sheet), len(self.bars)
        head = key_height(sheet, key, names) + 62
        pitch = _PITCH[sheet.narrow]
        tall = pitch * len(self.titles) + (16 if sheet.narrow else 0)
        sheet.open(head + tall + 24 + (count - 1) * (tall + 90) * sheet.narrow)
        draw_key(sheet, key, names)
        beside = 0.0 if sheet.narrow else _GAP + max(text_width(line) for line in self.all_lines())
        width = sheet.width - 26 if sheet.narrow else (sheet.width - names) / count - beside
        for i, measure in enumerate(self.bars):
            left, top = (2.0, head + i * (tall + 90)) if sheet.narrow else (names + i * (width + beside), head)
            x = Scale(*self.ends(), left, left + width)
            self.draw_ground(sheet, measure, x, top, top + tall)
            for row, (title, bar) in enumerate(zip(self.titles, self.bars[measure], strict=True)):
                y = top + 8 + row * pitch + (16 if sheet.narrow else 0)
                if sheet.narrow:
                    room = sheet.width - 20 - text_width(_told(bar, measure))
                    sheet.text(left + 3, y - 5.5, clipped(title, room)[0], token="ink", bold=True)
                elif i == 0:
                    rows.draw_name(sheet, title, "", y + _BAR / 2, names - 10, bold=row == 0, most=3)
                self.draw_bar(sheet, bar, measure, x, y, has_letters=row == 0)

    def draw_ground(self, sheet: Sheet, measure: str, x: Scale, top: float, bottom: float) -> None:
        """Draw the panel's title, its axis and the line where all lost trade is made up."""
        step = 0.25 if x.high < 1.5 else 0.5
        ticks = [i * step for i in range(int(x.high / step) + 1)]
        named = {tick: f"{tick * 100:.0f}" + "%" * (tick == 1) for tick in ticks}
        rows.draw_value_axis(sheet, x, named, top, bottom, keep=1)
        sheet.rules([(x(0), top, x(0), bottom)], "ink", 1.25, z=2)
        sheet.rules([(x(1), top, x(1), bottom)], "coalition", 2, z=2)
        sheet.text(x.start, top - 38, words.MEASURES[measure], size=theme.LABEL, token="ink", bold=True)
        for i, line in enumerate(wrap(words.ALL_LOST, 62, theme.SMALL)):
            sheet.text(x(1), top - 21 + 15 * i, line, size=theme.SMALL, token="coalition", align="center")

    def draw_bar(self, sheet: Sheet, bar: _Bar, measure: str, x: Scale, y: float, *, has_letters: bool) -> None:
        """Draw one bar with its interval in a lane of its own, and its numbers in words."""
        if sheet.narrow:
            sheet.text(sheet.width - 4, y - 5.5, _told(bar, measure), align="right")
        else:
            for place, line in enumerate(_lines(bar, measure)):
                sheet.text(x.stop + 16, y + 9 + 15 * place, line)
        if not bar.is_defined:
            return
        up, down = 0.0, 0.0
        for group, share in bar.shares.items():
            start, end = (up, up + share) if share > 0 else (down + share, down)
            up, down = (end, down) if share > 0 else (up, start)
            left, right = (x(min(max(at, x.low), x.high)) for at in (start, end))
            self.draw_segment(sheet, group, left, right, y, has_letters=has_letters)
        if up > x.high:
            sheet.text(x.stop + 3, y + 11, "→", token="ink", bold=True)
        _draw_interval(sheet, bar, x, y + _LANE)

    def draw_segment(self, sheet: Sheet, group: str, left: float, right: float, y: float, *, has_letters: bool) -> None:
        """Draw one group's part with a paper gap on its right, and its letters where they fit."""
        token, letters = self.roles[group].token, self.letters.get(group, "") if has_letters else ""
        sheet.box(left, y, max(right - left - 1.5, 0.6), _BAR, token, z=3)
        if letters and text_width(letters, theme.SMALL, bold=True) < right - left - 5:
            ink, middle = "on_light" if token == "hongkong" else "on_dark", (left + right - 1.5) / 2
            sheet.text(middle, y + 11.3, letters, size=theme.SMALL, token=ink, bold=True, align="center")

    def key(self, sheet: Sheet) -> list[KeyItem]:
        def item(group: str) -> KeyItem:
            return (lambda x, y: sheet.box(x - 6, y - 5.5, 11, 11, self.roles[group].token), group)

        return [item(group) for group in self.roles]

    def alt(self) -> str:
        text = f"{words.ALT_BACKFILL}, {len(self.titles)} {words.ROWS}, {f' {words.AND} '.join(self.bars)}."
        for measure, bars in self.bars.items():
            defined = [(bar.ratio, title) for bar, title in zip(bars, self.titles, strict=True) if bar.is_defined]
            if bars[0].is_defined:
                total, (lowest, where) = bars[0], min(defined)
                span = "" if math.isnan(total.lo) else f" ({ratio_text(total.lo)} {words.TO} {ratio_text(total.hi)})"
                text += f" {self.titles[0]}, {measure}: {ratio_text(total.ratio)}{span};"
                text += f" {words.LOWEST} {where}, {ratio_text(lowest)}."
        return text + (f" {words.UNDEFINED_FOR} {listed(self.undefined, 3)}." if self.undefined else "")

    def table(self) -> pd.DataFrame:
        lines = []
        for i, title in enumerate(self.titles):
            line: dict[str, object] = {words.GOOD: title}
            for measure, bars in self.bars.items():
                bar, name = bars[i], words.MEASURE_NAMES[measure]
                for bound, value in ((words.RATIO, bar.ratio), (words.LOW, bar.lo), (words.HIGH, bar.hi)):
                    line[f"{name}: {bound}"] = value if bar.is_defined else words.CELL_UNDEFINED
            lines.append(line)
        return pd.DataFrame(lines)


def _lines(bar: _Bar, measure: str) -> list[str]:
    """Return a bar's words on two lines: the ratio and of what loss, its interval below; or why there is none."""
    if not bar.is_defined:
        return wrap(_told(bar, measure), 80)
    interval = [] if math.isnan(bar.lo) else [f"({ratio_text(bar.lo)} {words.TO} {ratio_text(bar.hi)})"]
    return [_told(bar, measure), *interval]


def _told(bar: _Bar, measure: str) -> str:
    """Return a bar's words on one line, without the interval that stands in its lane."""
    if not bar.is_defined:
        return words.NOT_KNOWN if math.isnan(bar.loss) else words.NO_LOSS
    return f"{ratio_text(bar.ratio)} {words.OF} {_loss(bar, measure)}"


def _loss(bar: _Bar, measure: str) -> str:
    return money(bar.loss) if measure == "value" else mass(bar.loss)


def _draw_interval(sheet: Sheet, bar: _Bar, x: Scale, y: float) -> None:
    """Draw the interval with a cap at each end that lies on the axis, and the ratio as a dot."""
    if not math.isnan(bar.lo):
        low, high = x(max(bar.lo, x.low)), x(min(bar.hi, x.high))
        ends = [at for at, is_inside in ((low, bar.lo >= x.low), (high, bar.hi <= x.high)) if is_inside]
        sheet.rules([(low, y, high, y), *((at, y - 4, at, y + 4) for at in ends)], "ink", 1.5, z=4)
    if x.low <= bar.ratio <= x.high:
        sheet.dots(x(bar.ratio), y, "ink", 6, z=5)

"""Form 4, backfill bars: how much of the loss did others make up, in value and in volume?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from chipflows.figures import theme, words
from chipflows.figures.annotate import KeyItem, draw_key, key_height
from chipflows.figures.charts import rows
from chipflows.figures.charts.form import form
from chipflows.figures.finish import Plot
from chipflows.figures.numbers import listed, mass, money
from chipflows.figures.scale import Scale
from chipflows.figures.sheet import Sheet, text_width, wrap

_MOST = 2.5  # a bar longer than two and a half times the loss is cut off and says so
_BAR, _LANE, _WORDS, _PITCH = 14.0, 22.0, 39.0, 56.0


@form("family", "measure", "group", "gain", "loss", "ratio", "lo", "hi")
def backfill_bars(df: pd.DataFrame, *, colours: Mapping[str, str] | None = None) -> Plot:
    """Return stacked bars of what others gained as a share of what the coalition lost, value and volume as twin panels
    on one scale.

    Columns: family, measure (value, volume), group, gain and loss (USD or kilograms a month), ratio, lo and hi (of
    the whole bar, repeated in each of its rows; null = undefined), and if there are any: title (name shown), letters
    (two letters written into a bar). Rows stand in the frame's order; the first is the total. Raises ValueError for
    another measure or more than four groups.
    """
    chart = _Chart.of(df, colours)
    return Plot(chart.draw, chart.alt(), chart.note(), chart.table())


@dataclass(frozen=True)
class _Bar:
    """One family in one measure: shares gained by group, and the ratio with its interval (all of the loss = 1)."""

    shares: dict[str, float]
    loss: float
    ratio: float
    lo: float
    hi: float

    @property
    def is_defined(self) -> bool:
        return self.loss > 0 and not math.isnan(self.ratio)


@dataclass(frozen=True)
class _Chart:
    titles: list[str]
    bars: dict[str, list[_Bar | None]]
    roles: dict[str, theme.Role]
    letters: dict[str, str]

    @classmethod
    def of(cls, df: pd.DataFrame, colours: Mapping[str, str] | None) -> _Chart:
        if unknown := sorted(set(df["measure"]) - set(words.MEASURES)):
            raise ValueError(f"backfill_bars: measure {unknown[0]!r} is none of {', '.join(words.MEASURES)}")
        groups = [str(group) for group in df["group"].unique()]
        if len(groups) > 4:
            raise ValueError(
                f"backfill_bars stacks at most four groups, this frame has {len(groups)}: add the smallest up"
            )
        families = df.drop_duplicates("family")
        titles = [str(title) for title in families["title" if "title" in df else "family"]]
        bars: dict[str, list[_Bar | None]] = {}
        for measure in (m for m in words.MEASURES if m in set(df["measure"])):
            of_measure = df[df["measure"] == measure]
            bars[measure] = [_bar(of_measure[of_measure["family"] == family]) for family in families["family"]]
        letters = (
            df.drop_duplicates("group").set_index("group")["letters"].astype(str).to_dict() if "letters" in df else {}
        )
        return cls(titles, bars, theme.roles(groups, colours), letters)

    @property
    def high(self) -> float:
        defined = [bar for of_measure in self.bars.values() for bar in of_measure if bar and bar.is_defined]
        return min(_MOST, max([1.06, *(max(bar.ratio, bar.hi) * 1.04 for bar in defined)]))

    @property
    def low(self) -> float:
        losses = [
            sum(min(share, 0) for share in bar.shares.values())
            for of_measure in self.bars.values()
            for bar in of_measure
            if bar and bar.is_defined
        ]
        return max(-0.5, min([0.0, *losses]))

    def draw(self, sheet: Sheet) -> None:
        names = 0.0 if sheet.narrow else rows.name_edge(self.titles) + 10
        key = self.key(sheet)
        head = key_height(sheet, [label for _, label in key], names) + 46
        tall = _PITCH * len(self.titles) + (16 if sheet.narrow else 0)
        if sheet.narrow:
            sheet.open(len(self.bars) * (head + tall + 24) - (len(self.bars) - 1) * (head - 50))
        else:
            sheet.open(head + tall + 24)
        draw_key(sheet, key, names, 13)
        width = (sheet.width - names - 26 - 44 * (len(self.bars) - 1)) / len(self.bars)
        for i, measure in enumerate(self.bars):
            left = 2.0 if sheet.narrow else names + i * (width + 44)
            top = head + i * (tall + 74) if sheet.narrow else head
            x = Scale(self.low, self.high, left, sheet.width - 24 if sheet.narrow else left + width)
            self.draw_panel(sheet, measure, x, top, top + tall, has_names=i == 0 or sheet.narrow)

    def draw_panel(self, sheet: Sheet, measure: str, x: Scale, top: float, bottom: float, *, has_names: bool) -> None:
        step = 0.25 if self.high < 1.5 else 0.5
        ticks = [i * step for i in range(int(self.high / step) + 1)]
        rows.draw_value_axis(sheet, x, {tick: f"{tick * 100:.0f}" + "%" * (tick == 1) for tick in ticks}, top, bottom)
        sheet.rules([(x(0), top, x(0), bottom)], "ink", 1.25, z=2)
        sheet.rules([(x(1), top, x(1), bottom)], "coalition", 2, z=2)
        sheet.text(x.start, top - 12, words.MEASURES[measure], size=theme.LABEL, token="ink", bold=True)
        for i, line in enumerate(wrap(words.ALL_LOST, 62, theme.SMALL)):
            sheet.text(x(1), top - 21 + 15 * i, line, size=theme.SMALL, token="coalition", align="center")
        for i, (title, bar) in enumerate(zip(self.titles, self.bars[measure], strict=True)):
            y = top + 8 + i * _PITCH + (16 if sheet.narrow else 0)
            if has_names and sheet.narrow:
                sheet.text(x.start + 3, y - 5.5, rows.clipped(title, sheet.width - 130), token="ink", bold=True)
            elif has_names:
                rows.draw_name(sheet, title, "", y + _BAR / 2, x.start - 10, bold=i == 0)
            self.draw_bar(sheet, bar, measure, x, y, has_letters=i == 0)

    def draw_bar(self, sheet: Sheet, bar: _Bar | None, measure: str, x: Scale, y: float, *, has_letters: bool) -> None:
        """Draw one bar with its interval in a lane of its own, and its numbers in words."""
        if bar is None or not bar.is_defined:
            sheet.text(x(0) + 5, y + 11, words.NOT_KNOWN if bar is None or math.isnan(bar.loss) else words.NO_LOSS)
            return
        up, down = 0.0, 0.0
        for group, share in bar.shares.items():
            start, end = (up, up + share) if share > 0 else (down + share, down)
            up, down = (end, down) if share > 0 else (up, start)
            self.draw_segment(sheet, group, x(min(start, x.high)), x(min(end, x.high)), y, has_letters=has_letters)
        if up > x.high:
            sheet.text(x.stop + 3, y + 11, "→", token="ink", bold=True)
        if not math.isnan(bar.lo):
            lane, low, high = y + _LANE, x(max(bar.lo, x.low)), x(min(bar.hi, x.high))
            ends = [
                (at, lane - 4, at, lane + 4)
                for at, inside in ((low, bar.lo >= x.low), (high, bar.hi <= x.high))
                if inside
            ]
            sheet.rules([(low, lane, high, lane), *ends], "ink", 1.5, z=4)
        if bar.ratio <= x.high:
            sheet.dots(x(bar.ratio), y + _LANE, "ink", 6, z=5)
        interval = "" if sheet.narrow or math.isnan(bar.lo) else f" ({bar.lo:.2f}–{bar.hi:.2f})"
        label = (
            f"{bar.ratio:.2f}{interval} {words.OF} {money(bar.loss) if measure == 'value' else mass(bar.loss)}".replace(
                "-", "−"
            )
        )
        if sheet.narrow:
            sheet.text(x(1) - 5, y - 5.5, label, align="right")
        else:
            sheet.text(x(0) + 4, y + _WORDS, label)

    def draw_segment(self, sheet: Sheet, group: str, start: float, end: float, y: float, *, has_letters: bool) -> None:
        """Draw one group's part with a paper gap on its right, and its letters where they fit."""
        role = self.roles[group]
        sheet.box(start, y, max(end - start - 1.5, 0.6), _BAR, role.token, z=3)
        letters = self.letters.get(group, "") if has_letters else ""
        if letters and text_width(letters, theme.SMALL, bold=True) < end - start - 5:
            token = "on_light" if role.token == "hongkong" else "on_dark"
            sheet.text(
                (start + end - 1.5) / 2, y + 11.3, letters, size=theme.SMALL, token=token, bold=True, align="center"
            )

    def key(self, sheet: Sheet) -> list[KeyItem]:
        def item(group: str) -> KeyItem:
            return (lambda x, y: sheet.box(x - 6, y - 5.5, 11, 11, self.roles[group].token), group)

        return [item(group) for group in self.roles]

    def note(self) -> str:
        undefined = any(
            bar is not None and not bar.is_defined for of_measure in self.bars.values() for bar in of_measure
        )
        return f"{words.UNDEFINED_NOTE}." if undefined else ""

    def alt(self) -> str:
        text = f"{words.ALT_BACKFILL}, {len(self.titles)} {words.ROWS}, {words.AND.join(f' {m} ' for m in self.bars).strip()}."
        for measure, bars in self.bars.items():
            total = bars[0]
            if total and total.is_defined:
                interval = "" if math.isnan(total.lo) else f" ({total.lo:.2f} {words.TO} {total.hi:.2f})"
                lowest = min(
                    (bar.ratio, title) for bar, title in zip(bars, self.titles, strict=True) if bar and bar.is_defined
                )
                text += f" {self.titles[0]}, {measure}: {total.ratio:.2f}{interval}; {words.LOWEST} {lowest[1]}, {lowest[0]:.2f}."
        silent = [
            title
            for title, *bars in zip(self.titles, *self.bars.values(), strict=True)
            if not all(bar and bar.is_defined for bar in bars)
        ]
        return text + (f" {words.UNDEFINED_FOR} {listed(silent, 3)}." if silent else "")

    def table(self) -> pd.DataFrame | None:
        if len(self.titles) > 30:
            return None
        lines = []
        for i, title in enumerate(self.titles):
            line: dict[str, object] = {words.GOOD: title}
            for measure, bars in self.bars.items():
                bar = bars[i]
                for name, value in (
                    (words.RATIO, bar and bar.ratio),
                    (words.LOW, bar and bar.lo),
                    (words.HIGH, bar and bar.hi),
                ):
                    line[f"{measure}: {name}"] = value
            lines.append(line)
        return pd.DataFrame(lines)


def _bar(part: pd.DataFrame) -> _Bar | None:
    if part.empty:
        return None
    first = part.iloc[0]
    loss, ratio, lo, hi = (float(first[column]) for column in ("loss", "ratio", "lo", "hi"))
    shares = {
        str(group): float(gain) / loss
        for group, gain in zip(part["group"], part["gain"], strict=True)
        if loss > 0 and pd.notna(gain)
    }
    return _Bar(shares, loss, ratio, lo, hi)

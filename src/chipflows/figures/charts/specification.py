"""Form 9, specification curve: how many defensible ways of counting give the same answer?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from chipflows import words
from chipflows.figures import theme
from chipflows.figures.annotate import Span, free_spot
from chipflows.figures.charts.form import form
from chipflows.figures.finish import Plot
from chipflows.figures.measure import text_width, wrap
from chipflows.figures.numbers import ratio_text, short
from chipflows.figures.scale import Scale, ticks_from_zero
from chipflows.figures.sheet import Sheet

_LINE, _BETWEEN = 17.0, 14.0
_NAMES = {False: 200.0, True: 132.0}  # width that names of options may take; longer ones go on
_COLOURS = ((False, "rest"), (True, "china"))  # does the interval reach the threshold?


@form("spec_id", "estimate", "lo", "hi", "is_main")
def specification_curve(
    df: pd.DataFrame, *, choices: Mapping[str, str], threshold_title: str, threshold: float = 1.0
) -> Plot:
    """Return all estimates sorted, with intervals, the line that decides, and below them the choices behind each.

    Columns: spec_id, estimate, lo, hi, is_main and one column per choice; `choices` maps those columns to their
    titles, in order; the options of a choice stand in the frame's order. An interval that reaches `threshold` is red.
    Raises ValueError unless one row is the main one, or for a choice without a column.
    """
    if missing := [column for column in choices if column not in df]:
        raise ValueError(f"specification_curve: no column for the choice {', '.join(missing)}")
    frame = df[df["estimate"].notna()].sort_values(["estimate", "spec_id"]).reset_index(drop=True)
    main = frame.index[frame["is_main"].astype(bool)].tolist()
    if len(main) != 1:
        raise ValueError("specification_curve: exactly one row with an estimate must be the main one (is_main)")
    frame["reaches"] = frame["hi"].fillna(frame["estimate"]) >= threshold
    options = {column: [str(option) for option in df[column].unique()] for column in choices}
    chart = _Chart(frame, main[0], dict(choices), options, threshold, threshold_title)
    dropped = len(df) - len(frame)
    note = f"{words.PURPLE}." + (f" {dropped} {words.NOT_ESTIMATED}." if dropped else "")
    return Plot(chart.draw, chart.alt(), note, chart.table())


@dataclass(frozen=True)
class _Chart:
    """The frame, sorted, with `reaches`: does the interval reach the threshold?"""

    frame: pd.DataFrame
    main: int
    choices: dict[str, str]
    options: dict[str, list[str]]
    threshold: float
    threshold_title: str

    @property
    def verdict(self) -> str:
        reach = f"{words.INTERVALS_REACH} {short(self.threshold)}"
        return f"{int(self.frame['reaches'].sum())} {words.OF} {len(self.frame)} {reach}"

    def draw(self, sheet: Sheet) -> None:
        most = _NAMES[sheet.narrow]
        lines = {option: wrap(option, most, bold=True) for found in self.options.values() for option in found}
        names = max(text_width(line, bold=True) for found in lines.values() for line in found)
        top, bottom = 32.0, 220.0
        x = Scale(-0.7, len(self.frame) - 0.3, names + 10, sheet.width - 2)
        rows = sum(len(found) for options in self.options.values() for found in map(lines.__getitem__, options))
        sheet.open(bottom + 20 + rows * _LINE + len(self.options) * (_BETWEEN + _LINE))
        high = float(max(self.frame["hi"].max(), self.threshold * 1.1))
        y = Scale(min(0.0, float(self.frame["lo"].min())), high, bottom, top)
        step = ticks_from_zero(y.high - y.low, 7)[1]
        ticks = [i * step for i in range(-int(-y.low / step), int(y.high / step) + 1)]
        sheet.rules([(x.start, y(tick), x.stop, y(tick)) for tick in ticks if tick], "grid")
        sheet.rules([(x.start, y(0), x.stop, y(0))], "axis", 1.25)
        for tick in ticks:
            sheet.text(x.start - 7, y(tick) + 4.5, short(tick), align="right")
        self.draw_curve(sheet, x, y)
        leader = self.name_main(sheet, x, y)
        self.name_threshold(sheet, x, y, leader)
        self.draw_choices(sheet, x, bottom + 20, lines)

    def draw_curve(self, sheet: Sheet, x: Scale, y: Scale) -> None:
        """Draw intervals and estimates, grey or red by verdict, and the counts in words."""
        sheet.rules([(x.start, y(self.threshold), x.stop, y(self.threshold))], "coalition", 2, z=2)
        room = x(1) - x(0)
        for reaches, token in _COLOURS:
            part = self.frame[self.frame["reaches"] == reaches]
            known = part[part["lo"].notna() & part["hi"].notna()]
            spans = zip(x(known.index), y(known["lo"]), y(known["hi"]), strict=True)
            sheet.rules([(at, a, at, b) for at, a, b in spans], token, min(2.4, room * 0.6), z=2.5, alpha=0.45)
            if len(part):
                sheet.dots(x(part.index), y(part["estimate"]), token, max(2.0, min(5.0, room * 0.95)), z=3)
        median = f"{words.MEDIAN} {ratio_text(self.frame['estimate'].median())}"
        sheet.text(0, y.stop - 14, median, token="ink")
        token = "china" if self.frame["reaches"].any() else "ink"
        sheet.text(x.stop, y.stop - 14, self.verdict, token=token, bold=True, align="right")

    def bars(self, x: Scale, y: Scale) -> list[tuple[list[float], list[float]]]:
        """Return the intervals as lines in pixels, which words should not hide."""
        spans = zip(x(self.frame.index), y(self.frame["lo"]), y(self.frame["hi"]), strict=True)
        return [([at, at], [a, b]) for at, a, b in spans]

    def name_threshold(self, sheet: Sheet, x: Scale, y: Scale, leader: Span) -> None:
        level, size = y(self.threshold), (text_width(self.threshold_title, theme.SMALL), 13.0)
        left, _ = free_spot(self.bars(x, y), 0, size, (x.start + 2, level - 19, x.stop, level - 3), [leader])
        sheet.text(left, level - 6, self.threshold_title, size=theme.SMALL, token="coalition")

    def name_main(self, sheet: Sheet, x: Scale, y: Scale) -> Span:
        """Draw the main estimate as a diamond, name it where that hides least, and return the box of the line to it."""
        value = float(self.frame["estimate"].iloc[self.main])
        label = f"{words.MAIN} {ratio_text(value)}"
        width, at, mark = text_width(label, theme.LABEL, bold=True), float(x(self.main)), float(y(value))
        across = [([x.start, x.stop], [y(level)] * 2) for level in (0, self.threshold)]
        taken = [(x.start, y(self.threshold) - 19, x.stop, y(self.threshold))]
        area = (x.start + 4, y.stop, x.stop, y.start - 2)
        left, top = free_spot([*self.bars(x, y), *across], self.main, (width, 14), area, taken)
        near = min(max(at, left + 3), left + width - 3)
        end = top - 1 if top > mark else top + 16
        sheet.rules([(at, mark, near, end)], "uae", 1.2, z=4)
        sheet.dots(at, mark, "uae", 10, marker="D", edge=1.2, z=6)
        sheet.text(left, top + 12, label, size=theme.LABEL, token="uae", bold=True)
        return min(at, near) - 2, min(mark, end), max(at, near) + 2, max(mark, end)

    def draw_choices(self, sheet: Sheet, x: Scale, top: float, lines: Mapping[str, Sequence[str]]) -> None:
        """Draw a tick per estimate in the row of each option it uses; the main one's options in purple bold."""
        y, width = top, max(1.0, min(3.4, (x(1) - x(0)) * 0.6))
        for i, (column, title) in enumerate(self.choices.items()):
            if i:
                sheet.rules([(0, y - 9, x.stop, y - 9)], "grid")
            sheet.text(0, y + 12, title, token="ink", bold=True)
            y += _LINE
            used = self.frame[column].astype(str)
            for option in self.options[column]:
                is_main = used.iloc[self.main] == option
                token = "uae" if is_main else "ink"
                for place, line in enumerate(lines[option]):
                    sheet.text(x.start - 8, y + 12 + place * _LINE, line, token=token, bold=is_main, align="right")
                tall = _LINE * len(lines[option])
                for reaches, colour in _COLOURS:
                    places = x(self.frame.index[(used == option) & (self.frame["reaches"] == reaches)])
                    middle = y + tall / 2
                    sheet.rules([(at, middle - 6, at, middle + 6) for at in places], colour, width, z=3)
                y += tall
            y += _BETWEEN

    def alt(self) -> str:
        estimates, tenth = self.frame["estimate"], max(1, len(self.frame) // 10)
        span = f"{ratio_text(estimates.min())} {words.TO} {ratio_text(estimates.max())}"
        text = f"{words.ALT_CURVE} {len(self.frame)} {words.ESTIMATES_FROM} {span}, {words.WITH_CHOICES}."
        for part, said in ((self.frame.head(tenth), words.GIVES_LOW), (self.frame.tail(tenth), words.GIVES_HIGH)):
            counts = pd.concat([part[column].astype(str).value_counts() for column in self.choices])
            text += f" {counts.idxmax()} {said} ({counts.max()} {words.OF} {tenth});"
        return f"{text} {words.MAIN} {ratio_text(estimates.iloc[self.main])}; {self.verdict}."

    def table(self) -> pd.DataFrame:
        """Return what each option gives: how many estimates, the lowest, the median, the highest."""
        lines = []
        for column, title in self.choices.items():
            for option in self.options[column]:
                found = self.frame.loc[self.frame[column].astype(str) == option, "estimate"]
                if len(found):
                    ends = {words.LOW: found.min(), words.MEDIAN: found.median(), words.HIGH: found.max()}
                    told = {name: ratio_text(value) for name, value in ends.items()}
                    lines.append({words.CHOICE: f"{title}: {option}", words.ESTIMATES: len(found), **told})
        table = pd.DataFrame(lines)
        table.attrs["numbers"] = (words.LOW, words.MEDIAN, words.HIGH)
        return table

"""Form 9, specification curve: how many defensible ways of counting give the same answer?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from chipflows.figures import theme, words
from chipflows.figures.annotate import free_spot
from chipflows.figures.charts.form import form
from chipflows.figures.finish import Plot
from chipflows.figures.numbers import short
from chipflows.figures.scale import Scale, ticks_from_zero
from chipflows.figures.sheet import Sheet, text_width

_OWN = ("spec_id", "estimate", "lo", "hi", "is_main")
_LINE = 17.0


@form(*_OWN)
def specification_curve(
    df: pd.DataFrame, *, choices: Mapping[str, str], threshold: float = 1.0, threshold_title: str
) -> Plot:
    """Return all estimates sorted, with intervals, the line that decides, and below them the choices behind each.

    Columns: spec_id, estimate, lo, hi, is_main and one column per choice; `choices` maps those columns to their
    titles, in order; the options of a choice stand in the frame's order. An interval that reaches `threshold` is red.
    Raises ValueError unless one row is the main one, or for a choice without a column.
    """
    if missing := [column for column in choices if column not in df]:
        raise ValueError(f"specification_curve: no column for the choice {', '.join(missing)}")
    frame = df[df["estimate"].notna()].sort_values(["estimate", "spec_id"]).reset_index(drop=True)
    if frame["is_main"].astype(bool).sum() != 1:
        raise ValueError("specification_curve: exactly one row with an estimate must be the main one (is_main)")
    options = {column: [str(option) for option in df[column].unique()] for column in choices}
    chart = _Chart(frame, dict(choices), options, threshold, threshold_title)
    return Plot(chart.draw, chart.alt(), chart.note(len(df) - len(frame)))


@dataclass(frozen=True)
class _Chart:
    frame: pd.DataFrame
    choices: dict[str, str]
    options: dict[str, list[str]]
    threshold: float
    threshold_title: str

    @property
    def reaches(self) -> pd.Series:
        return self.frame["hi"].fillna(self.frame["estimate"]) >= self.threshold

    @property
    def main(self) -> int:
        return int(self.frame["is_main"].astype(bool).idxmax())

    @property
    def verdict(self) -> str:
        return f"{int(self.reaches.sum())} {words.OF} {len(self.frame)} {words.INTERVALS_REACH} {short(self.threshold)}"

    def draw(self, sheet: Sheet) -> None:
        names = max(text_width(option, bold=True) for found in self.options.values() for option in found)
        heads = 0.0 if sheet.narrow else max(text_width(title, bold=True) for title in self.choices.values()) + 18
        left, top, head = heads + names + 10, 32.0, 20.0 if sheet.narrow else 0.0
        bottom = top + 188
        x = Scale(-0.7, len(self.frame) - 0.3, left, sheet.width - 2)
        block = sum(len(found) * _LINE + 14 + head for found in self.options.values())
        sheet.open(bottom + 20 + block)
        low, high = float(self.frame["lo"].min()), float(max(self.frame["hi"].max(), self.threshold * 1.1))
        low = min(0.0, low)
        step = ticks_from_zero(high - low, 7)[1]
        y = Scale(low, high, bottom, top)
        ticks = [i * step for i in range(-int(-low / step), int(high / step) + 1)]
        sheet.rules([(x.start, y(tick), x.stop, y(tick)) for tick in ticks if tick], "grid")
        sheet.rules([(x.start, y(0), x.stop, y(0))], "axis", 1.25)
        for tick in ticks:
            sheet.text(x.start - 7, y(tick) + 4.5, short(tick), align="right")
        self.draw_curve(sheet, x, y)
        self.draw_choices(sheet, x, bottom + 20, left, head)

    def draw_curve(self, sheet: Sheet, x: Scale, y: Scale) -> None:
        """Draw intervals and estimates, grey or red by verdict, the main one as a diamond, and the counts in words."""
        sheet.rules([(x.start, y(self.threshold), x.stop, y(self.threshold))], "coalition", 2, z=2)
        room = x(1) - x(0)
        places = x(self.frame.index.to_numpy())
        for is_red, token in ((False, "rest"), (True, "china")):
            chosen = (self.reaches == is_red).to_numpy()
            spans = zip(places[chosen], y(self.frame["lo"])[chosen], y(self.frame["hi"])[chosen], strict=True)
            sheet.rules(
                [(px, a, px, b) for px, a, b in spans if a == a and b == b],
                token,
                min(2.4, room * 0.6),
                z=2.5,
                alpha=0.45,
            )
            if chosen.any():
                sheet.dots(
                    places[chosen], y(self.frame["estimate"])[chosen], token, max(2.0, min(5.0, room * 0.95)), z=3
                )
        sheet.text(
            x.start, y.stop - 14, f"{words.MEDIAN} {self.frame['estimate'].median():.2f}".replace("-", "−"), token="ink"
        )
        sheet.text(
            x.stop, y.stop - 14, self.verdict, token="china" if self.reaches.any() else "ink", bold=True, align="right"
        )
        self.draw_main(sheet, x, y, places)

    def draw_main(self, sheet: Sheet, x: Scale, y: Scale, places: list[float]) -> None:
        """Name the main estimate and the line that decides, where they hide least."""
        value = float(self.frame["estimate"][self.main])
        label = f"{words.MAIN} {value:.2f}".replace("-", "−")
        bars = [([px, px], [a, b]) for px, a, b in zip(places, y(self.frame["lo"]), y(self.frame["hi"]), strict=True)]
        across = [([x.start, x.stop], [y(self.threshold)] * 2)]
        width = text_width(self.threshold_title, theme.SMALL)
        area = (x.start + 2, y(self.threshold) - 19, x.stop, y(self.threshold) - 3)
        spot = free_spot(bars, 0, (width, 13), area)
        sheet.text(spot[0], y(self.threshold) - 6, self.threshold_title, size=theme.SMALL, token="coalition")
        taken = [(spot[0], y(self.threshold) - 18, spot[0] + width, y(self.threshold))]
        width = text_width(label, theme.LABEL, bold=True)
        spot = free_spot([*bars, *across], self.main, (width, 14), (x.start + 4, y.stop, x.stop, y.start - 2), taken)
        at, mark = float(places[self.main]), y(value)
        edge = min(max(at, spot[0] + 3), spot[0] + width - 3)
        sheet.rules([(at, mark, edge, spot[1] - 1 if spot[1] > mark else spot[1] + 16)], "uae", 1.2, z=4)
        sheet.dots(at, mark, "uae", 10, marker="D", edge=1.2, z=6)
        sheet.text(spot[0], spot[1] + 12, label, size=theme.LABEL, token="uae", bold=True)

    def draw_choices(self, sheet: Sheet, x: Scale, top: float, left: float, head: float) -> None:
        """Draw a tick per estimate in the row of each option it uses; the main one's options in purple bold."""
        y, room = top, x(1) - x(0)
        for i, (column, title) in enumerate(self.choices.items()):
            if i:
                sheet.rules([(0, y - 9, x.stop, y - 9)], "grid")
            sheet.text(0, y + 12, title, token="ink", bold=True)
            y += head
            for option in self.options[column]:
                used = (self.frame[column].astype(str) == option).to_numpy()
                is_main = str(self.frame[column][self.main]) == option
                sheet.text(left - 8, y + 12, option, token="uae" if is_main else "ink", bold=is_main, align="right")
                for is_red, token in ((False, "rest"), (True, "china")):
                    places = x(self.frame.index.to_numpy()[used & (self.reaches == is_red).to_numpy()])
                    sheet.rules(
                        [(px, y + 2, px, y + 13.5) for px in places], token, max(1.0, min(3.4, room * 0.6)), z=3
                    )
                y += _LINE
            y += 14

    def note(self, dropped: int) -> str:
        undefined = f" {dropped} {words.NOT_ESTIMATED}." if dropped else ""
        return f"{words.PURPLE}.{undefined}"

    def alt(self) -> str:
        estimates = self.frame["estimate"]
        text = f"{words.ALT_CURVE} {len(self.frame)} {words.ESTIMATES_FROM} {estimates.min():.2f} {words.TO} {estimates.max():.2f}, {words.WITH_CHOICES}."
        tenth = max(1, len(self.frame) // 10)
        for part, said in ((self.frame.head(tenth), words.GIVES_LOW), (self.frame.tail(tenth), words.GIVES_HIGH)):
            name, count = max(
                ((str(part[c].mode().iloc[0]), int(part[c].value_counts().iloc[0])) for c in self.choices),
                key=lambda pair: pair[1],
            )
            text += f" {name} {said} ({count} {words.OF} {tenth});"
        return f"{text} {words.MAIN} {estimates[self.main]:.2f}; {self.verdict}.".replace("-", "−")

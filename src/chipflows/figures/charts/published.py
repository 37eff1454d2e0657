"""Form 10, published against ours: do we get other people's numbers?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from chipflows import words
from chipflows.figures import theme
from chipflows.figures.annotate import KeyItem, draw_key, key_height
from chipflows.figures.charts import rows
from chipflows.figures.charts.form import explain, form
from chipflows.figures.finish import Plot
from chipflows.figures.measure import clipped, text_width
from chipflows.figures.numbers import listed, short
from chipflows.figures.scale import Scale
from chipflows.figures.sheet import Sheet

# state: colour, marker, size
_STATES = {
    "within_5": ("turkey", "o", 9.0),
    "within_10": ("hongkong", "s", 8.5),
    "further": ("china", "^", 9.0),
    "not_comparable": ("rest", "X", 8.5),
}


@form("publisher", "definition", "published", "ours", "ratio", "state")
def published_against_ours(df: pd.DataFrame) -> Plot:
    """Return one row per published number: ours as a share of it, tolerances fixed beforehand, sorted by state.

    Columns: publisher, definition, published and ours (as they are to be read: $74m, −38%; a number is written with
    three digits), ratio (ours / published; null = none), state (within_5, within_10, further, not_comparable), and if
    there are any: is_one_sided (published as more than), reason. Raises ValueError for another state.
    """
    if unknown := sorted(set(df["state"].astype(str)) - set(_STATES)):
        raise ValueError(f"published_against_ours: state {unknown[0]!r} is none of {', '.join(_STATES)}")
    found = [_Row.of({str(key): value for key, value in row.items()}) for row in df.to_dict("records")]
    found.sort(key=lambda row: list(_STATES).index(row.state))
    chart = _Chart(found)
    note = explain(text for row in found for text in (row.published, row.ours))
    return Plot(chart.draw, chart.alt(), note.strip(), chart.table())


@dataclass(frozen=True)
class _Row:
    publisher: str
    definition: str
    published: str
    ours: str
    ratio: float
    state: str
    is_one_sided: bool
    reason: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> _Row:
        published, ours = (_shown(row[column]) for column in ("published", "ours"))
        ratio = math.nan if pd.isna(row["ratio"]) else float(row["ratio"])
        who, what, state = (str(row[column]) for column in ("publisher", "definition", "state"))
        reason = "" if pd.isna(row.get("reason")) else str(row["reason"])
        return cls(who, what, published, ours, ratio, state, bool(row.get("is_one_sided", False)), reason)

    @property
    def name(self) -> str:
        return f"{self.publisher}: {self.definition}"


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value
    return words.CELL_NOT_PUBLISHED if pd.isna(value) else short(float(value))  # type: ignore[call-overload, arg-type]


@dataclass(frozen=True)
class _Chart:
    rows: list[_Row]

    def ends(self) -> tuple[float, float]:
        """Return the axis: at least 80 to 120%, at most 50 to 160%; what lies beyond is written at the edge."""
        ratios = [row.ratio for row in self.rows if not math.isnan(row.ratio)]
        return max(0.5, min([0.8, *ratios]) - 0.03), min(1.6, max([1.2, *ratios]) + 0.03)

    def draw(self, sheet: Sheet) -> None:
        names = max(text_width(line, bold=i == 0) for row in self.rows for i, line in enumerate(_name_lines(row)))
        published, ours, note = columns = self.columns(sheet)
        left, right = (26.0, sheet.width - 26.0) if sheet.narrow else (names + 34, published - 84)
        x, key, key_left = Scale(*self.ends(), left, right), self.key(sheet), 0 if sheet.narrow else min(left, 220)
        pitch, first = (63.0, 46.0) if sheet.narrow else (52.0, 26.0)
        top = key_height(sheet, key, key_left) + 28
        bottom = top + pitch * len(self.rows) + 2
        sheet.open(bottom + 24)
        draw_key(sheet, key, key_left)
        _draw_ground(sheet, x, top, bottom)
        if not sheet.narrow:
            sheet.text(published, top - 8, words.PUBLISHED, align="right")
            sheet.text(ours, top - 8, words.OURS, align="right")
            sheet.text(note, top - 8, words.NOTE if any(row.reason for row in self.rows) else "")
        places = [top + pitch * i + first for i in range(len(self.rows))]
        rows.draw_level(sheet, x(1), [row.name for row in self.rows], places, (top, bottom), "ink", 43.0)
        for row, y in zip(self.rows, places, strict=True):
            _draw_mark(sheet, row, x, y)
            if sheet.narrow:
                _draw_words_narrow(sheet, row, y)
            else:
                _draw_words(sheet, row, y, names, columns)

    def columns(self, sheet: Sheet) -> tuple[float, float, float]:
        """Return where the two columns of numbers end and the one of notes starts."""
        note = sheet.width - max(text_width(_note(row)) for row in self.rows)
        ours = max(text_width(words.OURS), *(text_width(row.ours, bold=True) for row in self.rows))
        return note - 16 - ours - 18, note - 16, note

    def key(self, sheet: Sheet) -> list[KeyItem]:
        names = words.AGREEMENT_SHORT if sheet.narrow else words.AGREEMENT

        def item(state: str) -> KeyItem:
            token, marker, size = _STATES[state]
            return (lambda x, y: sheet.dots(x, y, token, size + 1, marker=marker), names[state])

        return [item(state) for state in _STATES if any(row.state == state for row in self.rows)]

    def alt(self) -> str:
        counts = {state: sum(row.state == state for row in self.rows) for state in _STATES}
        said = "; ".join(f"{count} {words.AGREEMENT[state]}" for state, count in counts.items() if count)
        far = list(dict.fromkeys(row.publisher for row in self.rows if row.state == "further"))
        text = f"{words.ALT_PUBLISHED} {len(self.rows)} {words.PUBLISHED_NUMBERS}: {said}."
        return text + (f" {words.FURTHER_ARE}: {listed(far)}." if far else "")

    def table(self) -> pd.DataFrame:
        names = {"publisher": words.PUBLISHER, "definition": words.DEFINITION, "published": words.PUBLISHED,
                 "ours": words.OURS, "ratio": words.RATIO, "state": words.STATE, "reason": words.NOTE}  # fmt: skip
        table = pd.DataFrame([vars(row) for row in self.rows])[list(names)].rename(columns=names)
        table[words.STATE] = table[words.STATE].map(words.AGREEMENT)
        table.attrs["numbers"] = (words.PUBLISHED, words.OURS)
        return table


def _name_lines(row: _Row) -> list[str]:
    return [clipped(row.publisher, 230)[0], *clipped(row.definition, 230, bold=False, most=2)]


def _note(row: _Row) -> str:
    return clipped(row.reason, 110, bold=False)[0]


def _draw_ground(sheet: Sheet, x: Scale, top: float, bottom: float) -> None:
    """Draw the axis and the two bands of tolerance."""
    ticks = [tick / 100 for tick in range(40, 181, 20) if x.low <= tick / 100 <= x.high]
    named = {tick: f"{tick * 100:.0f}" + "%" * (tick in (ticks[0], 1.0, ticks[-1])) for tick in ticks}
    rows.draw_value_axis(sheet, x, named, bottom - 1, bottom, keep=1)
    for tolerance, token, z, shift, align in ((0.1, "wash", 0.2, 3, "left"), (0.05, "grid", 0.3, -1, "right")):
        left, right = x(1 - tolerance), x(1 + tolerance)
        sheet.box(left, top, right - left, bottom - top, token, z=z)
        sheet.text(right + shift, top - 8, f"±{tolerance:.0%}", align=align)


def _draw_mark(sheet: Sheet, row: _Row, x: Scale, y: float) -> None:
    """Draw stem and mark; one beyond the axis stands at its edge with its share; a one-sided claim gets an arrow."""
    if math.isnan(row.ratio):
        return
    token, marker, size = _STATES[row.state]
    at = x(min(max(row.ratio, x.low), x.high))
    sheet.rules([(x(1), y, at, y)], token, 2, dashed=row.state == "not_comparable", alpha=0.7, z=3)
    sheet.dots(at, y, token, size, marker=marker, edge=1, z=5)
    if row.is_one_sided:
        tip = at + 32
        sheet.rules([(at + 9, y, tip, y), (tip - 5, y - 4, tip, y), (tip - 5, y + 4, tip, y)], "ink2", 1.3, z=4)
    baseline = y + 16 if sheet.narrow else y - 7
    if row.ratio > x.high:
        sheet.text(at + 4, baseline, f"{row.ratio:.0%} →", size=theme.SMALL, align="right")
    elif row.ratio < x.low:
        sheet.text(at - 4, baseline, f"← {row.ratio:.0%}", size=theme.SMALL)


def _draw_words(sheet: Sheet, row: _Row, y: float, names: float, columns: tuple[float, float, float]) -> None:
    lines, (published, ours, note) = _name_lines(row), columns
    for i, line in enumerate(lines):
        token, at = "ink2" if i else "ink", y + 4.5 + 15 * (i - (len(lines) - 1) / 2)
        sheet.text(names, at, line, token=token, bold=i == 0, align="right")
    sheet.text(published, y + 4.5, row.published, token="ink", align="right")
    sheet.text(ours, y + 4.5, row.ours, token="ink", bold=True, align="right")
    sheet.text(note, y + 4.5, _note(row))


def _draw_words_narrow(sheet: Sheet, row: _Row, y: float) -> None:
    """Write the name above the row, and both numbers on the side that the mark leaves free."""
    lines = clipped(row.name, sheet.width, most=2)
    for i, line in enumerate(lines):
        sheet.text(0, y - 17 - 15 * (len(lines) - 1 - i), line, token="ink", bold=True)
    at, align = (0, "left") if row.ratio > 1.1 else (sheet.width, "right")
    sheet.text(at, y + 4.5, f"{row.published} → {row.ours}", align=align)

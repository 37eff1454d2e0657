"""Form 10, published against ours: do we get other people's numbers?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from chipflows.figures import theme, words
from chipflows.figures.annotate import KeyItem, draw_key, key_height
from chipflows.figures.charts import rows
from chipflows.figures.charts.form import form
from chipflows.figures.finish import Plot
from chipflows.figures.numbers import listed, short
from chipflows.figures.scale import Scale
from chipflows.figures.sheet import Sheet, text_width

# state: colour, marker, size
_STATES = {
    "within_5": ("turkey", "o", 9.0),
    "within_10": ("hongkong", "s", 8.5),
    "further": ("china", "^", 9.0),
    "not_comparable": ("rest", "X", 8.5),
}


@form("publisher", "definition", "published", "ours", "ratio", "state")
def published_against_ours(df: pd.DataFrame) -> Plot:
    """Return one row per published number: ours as a share of it, with the tolerances fixed beforehand, sorted by
    state.

    Columns: publisher, definition, published and ours (as they are to be read: $74m, −38%; a number is written with
    three digits), ratio (ours / published; null = not comparable), state (within_5, within_10, further,
    not_comparable), and if there are any: is_one_sided (published as more than), reason. Raises ValueError for
    another state.
    """
    if unknown := sorted(set(df["state"]) - set(_STATES)):
        raise ValueError(f"published_against_ours: state {unknown[0]!r} is none of {', '.join(_STATES)}")
    found = [_row(row) for row in df.to_dict("records")]
    found.sort(key=lambda row: list(_STATES).index(row.state))
    chart = _Chart(found)
    return Plot(chart.draw, chart.alt(), table=chart.table())


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


@dataclass(frozen=True)
class _Chart:
    rows: list[_Row]

    @property
    def ends(self) -> tuple[float, float]:
        """The axis: at least 80 to 120%, at most 50 to 160%; what lies beyond is written at the edge."""
        ratios = [row.ratio for row in self.rows if not math.isnan(row.ratio)]
        return max(0.5, min([0.8, *ratios]) - 0.03), min(1.6, max([1.2, *ratios]) + 0.03)

    def draw(self, sheet: Sheet) -> None:
        names = (
            0.0
            if sheet.narrow
            else max(text_width(clip, theme.TEXT, bold=True) for row in self.rows for clip in self.names(row))
        )
        columns = self.columns(sheet)
        left = 26.0 if sheet.narrow else names + 34
        x = Scale(*self.ends, left, sheet.width - 26 if sheet.narrow else columns[0] - 84)
        key = self.key(sheet)
        pitch = 49.0 if sheet.narrow else 40.0
        top = key_height(sheet, [label for _, label in key], 0) + 28
        bottom = top + pitch * len(self.rows) + 2
        sheet.open(bottom + 24)
        draw_key(sheet, key, 0 if sheet.narrow else min(left, sheet.width - 500), 13)
        self.draw_ground(sheet, x, top, bottom)
        if not sheet.narrow:
            for at, title, align in zip(
                columns, (words.PUBLISHED, words.OURS, words.NOTE), ("right", "right", "left"), strict=True
            ):
                if title != words.NOTE or any(row.reason for row in self.rows):
                    sheet.text(at, top - 8, title, align=align)
        places = [top + pitch * i + (32 if sheet.narrow else pitch / 2) for i in range(len(self.rows))]
        rows.draw_level(
            sheet, x(1), [f"{row.publisher}: {row.definition}" for row in self.rows], places, top, bottom, "ink"
        )
        for row, y in zip(self.rows, places, strict=True):
            self.draw_mark(sheet, row, x, y)
            if sheet.narrow:
                self.draw_words_narrow(sheet, row, x, y)
            else:
                self.draw_words(sheet, row, y, names, columns)

    def names(self, row: _Row) -> tuple[str, str]:
        return rows.clipped(row.publisher, 190), rows.clipped(row.definition, 200)

    def columns(self, sheet: Sheet) -> tuple[float, float, float]:
        """Return where the columns of numbers end and the one of notes starts."""
        ours = max(text_width(words.OURS), *(text_width(row.ours, bold=True) for row in self.rows))
        notes = max((text_width(rows.clipped(row.reason, 110, bold=False)) for row in self.rows), default=0)
        note = sheet.width - notes
        return note - 16 - ours - 18, note - 16, note

    def draw_ground(self, sheet: Sheet, x: Scale, top: float, bottom: float) -> None:
        ticks = [t / 100 for t in range(40, 181, 20) if x.low <= t / 100 <= x.high]
        named = {tick: f"{tick * 100:.0f}" + "%" * (tick in (ticks[0], 1.0, ticks[-1])) for tick in ticks}
        rows.draw_value_axis(sheet, x, named, bottom - 1, bottom)
        for tolerance, token, alpha in ((0.1, "wash", 1.0), (0.05, "grid", 1.0)):
            sheet.box(
                x(1 - tolerance),
                top,
                x(1 + tolerance) - x(1 - tolerance),
                bottom - top,
                token,
                alpha=alpha,
                z=0.4 - tolerance,
            )
            sheet.text(
                x(1 + tolerance) - (1 if tolerance == 0.05 else -3),
                top - 8,
                f"±{tolerance:.0%}",
                align="right" if tolerance == 0.05 else "left",
            )

    def draw_mark(self, sheet: Sheet, row: _Row, x: Scale, y: float) -> None:
        """Draw stem and mark; one beyond the axis stands at its edge with its share; a one-sided claim gets an arrow."""
        if math.isnan(row.ratio):
            return
        token, marker, size = _STATES[row.state]
        at = x(min(max(row.ratio, x.low), x.high))
        sheet.rules([(x(1), y, at, y)], token, 2, dashed=row.state == "not_comparable", alpha=0.7, z=3)
        sheet.dots(at, y, token, size, marker=marker, edge=1, z=5)
        if row.is_one_sided:
            sheet.rules(
                [(at + 9, y, at + 32, y), (at + 27, y - 4, at + 32, y), (at + 27, y + 4, at + 32, y)],
                "ink2",
                1.3,
                z=4,
                butt=False,
            )
        if not x.low <= row.ratio <= x.high:
            is_high = row.ratio > x.high
            label = f"{row.ratio:.0%} →" if is_high else f"← {row.ratio:.0%}"
            sheet.text(
                at + (4 if is_high else -4), y - 7, label, size=theme.SMALL, align="right" if is_high else "left"
            )

    def draw_words(self, sheet: Sheet, row: _Row, y: float, names: float, columns: tuple[float, float, float]) -> None:
        publisher, definition = self.names(row)
        sheet.text(names, y - 3, publisher, token="ink", bold=True, align="right")
        sheet.text(names, y + 13, definition, align="right")
        sheet.text(columns[0], y + 4.5, row.published, token="ink", align="right")
        sheet.text(columns[1], y + 4.5, row.ours, token="ink", bold=True, align="right")
        sheet.text(columns[2], y + 4.5, rows.clipped(row.reason, 110, bold=False))

    def draw_words_narrow(self, sheet: Sheet, row: _Row, x: Scale, y: float) -> None:
        """Write the name above the row and both numbers on the side that the mark leaves free."""
        sheet.text(0, y - 17, rows.clipped(f"{row.publisher}: {row.definition}", sheet.width), token="ink", bold=True)
        is_left = not math.isnan(row.ratio) and row.ratio > 1.1
        sheet.text(
            0 if is_left else sheet.width,
            y + 4.5,
            f"{row.published} → {row.ours}",
            align="left" if is_left else "right",
        )

    def key(self, sheet: Sheet) -> list[KeyItem]:
        def item(state: str) -> KeyItem:
            token, marker, size = _STATES[state]
            return (
                lambda x, y: sheet.dots(x, y, token, size + 1, marker=marker),
                (words.AGREEMENT_SHORT if sheet.narrow else words.AGREEMENT)[state],
            )

        return [item(state) for state in _STATES if any(row.state == state for row in self.rows)]

    def alt(self) -> str:
        counts = {state: sum(row.state == state for row in self.rows) for state in _STATES}
        said = "; ".join(f"{count} {words.AGREEMENT[state]}" for state, count in counts.items() if count)
        far = [row.publisher for row in self.rows if row.state == "further"]
        return f"{words.ALT_PUBLISHED} {len(self.rows)} {words.PUBLISHED_NUMBERS}: {said}." + (
            f" {words.FURTHER_ARE} {listed(list(dict.fromkeys(far)))}." if far else ""
        )

    def table(self) -> pd.DataFrame | None:
        if len(self.rows) > 30:
            return None
        table = pd.DataFrame(
            [
                {
                    words.PUBLISHER: row.publisher,
                    words.DEFINITION: row.definition,
                    words.PUBLISHED: row.published,
                    words.OURS: row.ours,
                    words.RATIO: row.ratio,
                    words.STATE: words.AGREEMENT[row.state],
                    words.NOTE: row.reason,
                }
                for row in self.rows
            ]
        )
        table.attrs["numbers"] = (words.PUBLISHED, words.OURS)
        return table


def _row(row: dict) -> _Row:
    def shown(value: object) -> str:
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return words.CELL_NOT_PUBLISHED
        return short(float(value)) if isinstance(value, (int, float)) else str(value)

    ratio = float(row["ratio"]) if pd.notna(row["ratio"]) else math.nan
    reason = str(row.get("reason") or "") if pd.notna(row.get("reason")) else ""
    return _Row(
        str(row["publisher"]),
        str(row["definition"]),
        shown(row["published"]),
        shown(row["ours"]),
        ratio,
        str(row["state"]),
        bool(row.get("is_one_sided", False)),
        reason,
    )

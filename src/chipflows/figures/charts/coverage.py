"""Form 7, coverage grid: which months can be compared?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from chipflows import words
from chipflows.figures import events as dated
from chipflows.figures.annotate import KeyItem, draw_key, key_height
from chipflows.figures.charts.form import explain, first_column, form
from chipflows.figures.finish import Plot
from chipflows.figures.measure import clipped, text_width
from chipflows.figures.months import Years, day_number
from chipflows.figures.numbers import listed, month_text, share
from chipflows.figures.scale import Scale
from chipflows.figures.sheet import Box, Sheet

# What a table calls a state, and the shape that stands for it.
_SHAPES = {"not_published": "missing", "not_asked": "unknown"} | {state: state for state in words.STATES}
_ROLES = ("focal", "origin", "coalition", "hub", "rest")
_FOCUS = ("focal", "origin")
_PITCH, _BLOCK, _GAP = 20.0, 16.0, 10.0


@form("reporter", "role", "period", "state")
def coverage_grid(df: pd.DataFrame, *, events: dated.Rows = (), is_sorted: bool = False) -> Plot:
    """Return a grid of reporters by month, grouped by role: published, partial, missing, not yet due.

    Columns: reporter, role (focal, origin, coalition, hub, rest), period, state (published, partial, missing =
    not_published, not_due, unknown = not_asked; a month without a row is unknown), and if there are any: title (name
    shown), share_of_base (0 to 1). Within a role the largest share stands first, unless `is_sorted` says that the
    frame's order is meant. Raises ValueError for another role or state.
    """
    for column, known in (("state", tuple(_SHAPES)), ("role", _ROLES)):
        if unknown := sorted(set(df[column].astype(str)) - set(known)):
            raise ValueError(f"coverage_grid: {column} {unknown[0]!r} is none of {', '.join(known)}")
    frame = df.assign(period=pd.to_datetime(df["period"]))
    months = pd.date_range(frame["period"].min(), frame["period"].max(), freq="MS")
    found = [_row(part, months) for _, part in frame.groupby("reporter", sort=False)]
    found.sort(key=lambda row: (_ROLES.index(row.role), 0 if is_sorted else -(row.share or 0)))
    chart = _Chart(found, months, Years(months[0], months[-1] + pd.DateOffset(months=1)))
    event = dated.war(events, chart.years.first, chart.years.last)
    note = explain(text for row in found for text in (row.full_text, row.share_text if chart.has_share else ""))
    return Plot(lambda sheet: chart.draw(sheet, event), chart.alt(), note.strip(), chart.table())


@dataclass(frozen=True)
class _Row:
    """One reporter: the shape of every month in order, and its share of the base (0 to 1)."""

    title: str
    role: str
    shapes: tuple[str, ...]
    share: float | None

    @property
    def full(self) -> float | None:
        """Full months as a share of those due; None when none was due."""
        due = sum(shape in ("published", "partial", "missing") for shape in self.shapes)
        return self.shapes.count("published") / due if due else None

    @property
    def full_text(self) -> str:
        return words.CELL_NOT_DUE if self.full is None else share(self.full)

    @property
    def share_text(self) -> str:
        if self.share is None:
            return words.CELL_NOT_DUE if self.role == "focal" else words.CELL_NOT_PUBLISHED
        return "<0.1%" if 0 < self.share < 0.0005 else f"{self.share:.1%}"


def _row(part: pd.DataFrame, months: pd.DatetimeIndex) -> _Row:
    first = part.iloc[0]
    shapes = part.set_index("period")["state"].astype(str).map(_SHAPES).reindex(months).fillna("unknown")
    base = first.get("share_of_base")
    share_of_base = None if pd.isna(base) else float(base)
    return _Row(str(first[first_column(part, "title", "reporter")]), str(first["role"]), tuple(shapes), share_of_base)


@dataclass(frozen=True)
class _Chart:
    rows: list[_Row]
    months: pd.DatetimeIndex
    years: Years

    @property
    def has_share(self) -> bool:
        return any(row.share is not None for row in self.rows)

    def tops(self) -> list[float]:
        """Return the top of each row, with a gap between groups of roles."""
        tops = [0.0]
        for before, row in zip(self.rows, self.rows[1:], strict=False):
            is_new = row.role != before.role and not (row.role in _FOCUS and before.role in _FOCUS)
            tops.append(tops[-1] + _PITCH + _GAP * is_new)
        return tops

    def draw(self, sheet: Sheet, event: dated.Event | None) -> None:
        names = [clipped(r.title, 136 if sheet.narrow else 190, bold=r.role in _FOCUS)[0] for r in self.rows]
        widths = [text_width(name, bold=row.role in _FOCUS) for name, row in zip(names, self.rows, strict=True)]
        has_share = self.has_share and not sheet.narrow
        full = sheet.width - (60 if has_share else 0)
        x = self.years.scale(max(widths) + 8, full - text_width("100%") - 10)
        key, key_left = self.key(sheet), 0 if sheet.narrow else x.start
        top = key_height(sheet, key, key_left) + 26
        bottom = top + self.tops()[-1] + _BLOCK
        sheet.open(bottom + 30)
        draw_key(sheet, key, key_left)
        sheet.text(full, top - 8, words.FULL, align="right")
        if has_share:
            sheet.text(sheet.width, top - 8, words.SHARE, align="right")
        self.draw_blocks(sheet, x, top)
        for row, name, y in zip(self.rows, names, self.tops(), strict=True):
            baseline = top + y + 12.5
            sheet.text(x.start - 8, baseline, name, token="ink", bold=row.role in _FOCUS, align="right")
            sheet.text(full, baseline, row.full_text, token="ink", align="right")
            if has_share:
                sheet.text(sheet.width, baseline, row.share_text, align="right")
        if event:
            _draw_war(sheet, x, x(event.at), top, bottom)
        self.years.draw(sheet, x, bottom + 6)

    def draw_blocks(self, sheet: Sheet, x: Scale, top: float) -> None:
        """Draw all months of one state at a time; neighbours of one state are one block."""
        edges = [*(x(day_number(month)) for month in self.months), x.stop]
        blocks: dict[str, list[Box]] = {}
        for row, y in zip(self.rows, self.tops(), strict=True):
            for shape, members in groupby(range(len(row.shapes)), key=lambda i: row.shapes[i]):
                first, *_, last = run if len(run := list(members)) > 1 else run * 2
                blocks.setdefault(shape, []).append((edges[first], top + y, edges[last + 1] - edges[first], _BLOCK))
        for shape in sorted(blocks):
            _draw_shape(sheet, shape, blocks[shape])

    def key(self, sheet: Sheet) -> list[KeyItem]:
        def item(shape: str) -> KeyItem:
            return (lambda x, y: _draw_shape(sheet, shape, [(x - 9, y - 5.5, 17, 11)]), words.STATES[shape])

        return [item(shape) for shape in words.STATES if any(shape in row.shapes for row in self.rows)]

    def alt(self) -> str:
        good = [row.title for row in self.rows if row.full is not None and row.full >= 0.95]
        poor = [row.title for row in self.rows if row.full is not None and 0 < row.full < 0.95]
        never = [row.title for row in self.rows if not row.full]
        said = ((good, words.ALMOST_ALL), (poor, words.HAVE_GAPS), (never, words.NOTHING))
        parts = [f"{listed(names, 5)} {what}" for names, what in said if names]
        span = f"{month_text(self.months[0])} {words.TO} {month_text(self.months[-1])}"
        return f"{words.ALT_GRID} {len(self.rows)} {words.REPORTERS_BY_MONTH}, {span}. {'; '.join(parts)}."

    def table(self) -> pd.DataFrame:
        lines = []
        for row in self.rows:
            line: dict[str, object] = {words.REPORTER: row.title}
            line |= {name: row.shapes.count(shape) for shape, name in words.STATES.items()}
            line[words.FULL_LONG] = row.full_text if row.full is None else 100 * row.full
            line[words.SHARE_LONG] = row.share_text if row.share is None else 100 * row.share
            lines.append(line)
        table = pd.DataFrame(lines)
        return table.drop(columns=[name for name in words.STATES.values() if not table[name].any()])


def _draw_war(sheet: Sheet, x: Scale, at: float, top: float, bottom: float) -> None:
    """Draw the war line across the blocks, with paper on either side."""
    sheet.rules([(at, top - 4, at, bottom + 3)], "paper", 5, z=3)
    sheet.rules([(at, top - 4, at, bottom + 3)], "china", 1.8, z=3.1)
    half = text_width(words.WAR, bold=True) / 2
    middle = min(max(at, x.start + half), x.stop - half)
    sheet.text(middle, top - 8, words.WAR, token="ink", bold=True, align="center")


def _draw_shape(sheet: Sheet, shape: str, boxes: list[Box]) -> None:
    """Draw the blocks of one state: full, half height, hatched, dotted outline, a thin line for what nobody asked."""
    if shape == "published":
        sheet.boxes(boxes, "ink2")
    elif shape == "partial":
        sheet.boxes([(x, y + height / 2, width, height / 2) for x, y, width, height in boxes], "ink2")
    elif shape == "unknown":
        sheet.rules([(x, y + height / 2, x + width, y + height / 2) for x, y, width, height in boxes], "axis", 0.8)
    else:
        is_missing, inside = shape == "missing", [(x + 0.4, y + 0.4, w - 0.8, h - 0.8) for x, y, w, h in boxes]
        sheet.boxes(inside, edge="axis", hatch=is_missing, dotted=not is_missing, line=0.8)

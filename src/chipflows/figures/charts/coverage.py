"""Form 7, coverage grid: which months can be compared?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from chipflows.figures import words
from chipflows.figures.annotate import Event, KeyItem, draw_key, key_height, war
from chipflows.figures.charts import rows
from chipflows.figures.charts.form import form
from chipflows.figures.finish import Plot
from chipflows.figures.months import Years, day_number
from chipflows.figures.numbers import listed, month_text, share
from chipflows.figures.scale import Scale
from chipflows.figures.sheet import Sheet, text_width

# How a state is drawn; `unknown` leaves the paper bare.
_STATES = {
    "published": "published",
    "partial": "partial",
    "missing": "missing",
    "not_published": "missing",
    "not_due": "not_due",
    "unknown": "unknown",
    "not_asked": "unknown",
}
_ROLES = ("focal", "origin", "coalition", "hub", "rest")
_PITCH, _BLOCK, _GAP = 20.0, 16.0, 10.0


@form("reporter", "role", "period", "state")
def coverage_grid(
    df: pd.DataFrame, *, events: pd.DataFrame | Iterable[Mapping[str, Any]] = (), is_sorted: bool = False
) -> Plot:
    """Return a grid of reporters by month, grouped by role: published, partial, missing, not yet due.

    Columns: reporter, role (focal, origin, coalition, hub, rest), period, state (published, partial, missing =
    not_published, not_due, unknown = not_asked; a month without a row is unknown), and if there are any: title (name
    shown), share_of_base (0 to 1). Within a role the largest share stands first, unless `is_sorted` says that the
    frame's order is meant. Raises ValueError for another role or state.
    """
    chart = _Chart.of(df, is_sorted)
    return Plot(
        lambda sheet: chart.draw(sheet, war(events, chart.years.first, chart.years.last)),
        chart.alt(),
        table=chart.table(),
    )


@dataclass(frozen=True)
class _Row:
    """One reporter: the state of every month in order."""

    title: str
    role: str
    states: tuple[str, ...]
    share: float | None

    def count(self, *states: str) -> int:
        return sum(state in states for state in self.states)

    @property
    def full(self) -> float | None:
        """Full months as a share of those due; None when none was due."""
        due = self.count("published", "partial", "missing")
        return self.count("published") / due if due else None

    @property
    def runs(self) -> list[tuple[str, int, int]]:
        """Neighbouring months of one state as (state, first, last)."""
        found = []
        for state, members in groupby(enumerate(self.states), key=lambda pair: pair[1]):
            places = [i for i, _ in members]
            found.append((state, places[0], places[-1]))
        return found


@dataclass(frozen=True)
class _Chart:
    rows: list[_Row]
    months: pd.DatetimeIndex
    years: Years

    @classmethod
    def of(cls, df: pd.DataFrame, is_sorted: bool) -> _Chart:
        if unknown := sorted(set(df["state"]) - set(_STATES)):
            raise ValueError(f"coverage_grid: state {unknown[0]!r} is none of {', '.join(_STATES)}")
        if unknown := sorted(set(df["role"]) - set(_ROLES)):
            raise ValueError(f"coverage_grid: role {unknown[0]!r} is none of {', '.join(_ROLES)}")
        periods = pd.to_datetime(df["period"])
        months = pd.date_range(periods.min(), periods.max(), freq="MS")
        found = []
        for _, part in df.assign(period=periods).groupby("reporter", sort=False):
            first = part.iloc[0]
            states = part.set_index("period")["state"].map(_STATES).reindex(months).fillna("unknown")
            base = (
                float(first["share_of_base"]) if "share_of_base" in part and pd.notna(first["share_of_base"]) else None
            )
            found.append(
                _Row(
                    str(first["title"] if "title" in part else first["reporter"]),
                    str(first["role"]),
                    tuple(states),
                    base,
                )
            )
        found.sort(key=lambda row: (_ROLES.index(row.role), 0 if is_sorted else -(row.share or 0)))
        return cls(found, months, Years(months[0], months[-1] + pd.DateOffset(months=1)))

    @property
    def has_share(self) -> bool:
        return any(row.share is not None for row in self.rows)

    def places(self) -> list[float]:
        """Return the top of each row, with a gap between roles."""
        tops, at = [], 0.0
        for i, row in enumerate(self.rows):
            at += (
                _GAP
                if i and row.role != self.rows[i - 1].role and {row.role, self.rows[i - 1].role} != {"focal", "origin"}
                else 0
            )
            tops.append(at)
            at += _PITCH
        return tops

    def draw(self, sheet: Sheet, event: Event | None) -> None:
        most = 136.0 if sheet.narrow else 190.0
        names = [rows.clipped(row.title, most, bold=row.role in ("focal", "origin")) for row in self.rows]
        left = max(text_width(name, bold=True) for name in names) + 8
        full = text_width("100%") + 10
        right = sheet.width - full - (70 if self.has_share and not sheet.narrow else 0)
        x = self.years.scale(left, right)
        key = self.key(sheet)
        key_left = 0 if sheet.narrow else left
        top = key_height(sheet, [label for _, label in key], key_left) + 26
        tops = self.places()
        bottom = top + tops[-1] + _BLOCK
        sheet.open(bottom + 30)
        draw_key(sheet, key, key_left, 13)
        sheet.text(right + full, top - 8, words.FULL, align="right")
        if self.has_share and not sheet.narrow:
            sheet.text(sheet.width, top - 8, words.SHARE, align="right")
        for row, name, y in zip(self.rows, names, tops, strict=True):
            self.draw_row(sheet, row, name, x, top + y, right + full)
        if event:
            self.draw_war(sheet, event, x, top, bottom)
        self.years.draw(sheet, x, bottom + 6)

    def draw_row(self, sheet: Sheet, row: _Row, name: str, x: Scale, y: float, full: float) -> None:
        is_focus = row.role in ("focal", "origin")
        sheet.text(x.start - 8, y + 12.5, name, token="ink", bold=is_focus, align="right")
        edges = [x(day_number(month)) for month in self.months] + [x.stop]
        for state, first, last in row.runs:
            draw_state(sheet, state, edges[first], y, edges[last + 1] - edges[first])
        sheet.text(
            full, y + 12.5, words.CELL_NOT_DUE if row.full is None else share(row.full), token="ink", align="right"
        )
        if self.has_share and not sheet.narrow:
            sheet.text(
                sheet.width,
                y + 12.5,
                words.CELL_NOT_PUBLISHED if row.share is None else f"{row.share:.1%}",
                align="right",
            )

    def draw_war(self, sheet: Sheet, event: Event, x: Scale, top: float, bottom: float) -> None:
        """Draw the war line across the blocks, with paper on either side."""
        at = x(event.at)
        sheet.rules([(at, top - 4, at, bottom + 3)], "paper", 5, z=3)
        sheet.rules([(at, top - 4, at, bottom + 3)], "china", 1.8, z=3.1)
        half = text_width(words.WAR, bold=True) / 2
        sheet.text(
            min(max(at, x.start + half), x.stop - half), top - 8, words.WAR, token="ink", bold=True, align="center"
        )

    def key(self, sheet: Sheet) -> list[KeyItem]:
        present = {state for row in self.rows for state in row.states}

        def item(state: str) -> KeyItem:
            return (lambda x, y: draw_state(sheet, state, x - 9, y - 5.5, 17, 11), words.STATES[state])

        return [item(state) for state in ("published", "partial", "missing", "not_due", "unknown") if state in present]

    def alt(self) -> str:
        good = [row.title for row in self.rows if row.full is not None and row.full >= 0.95]
        poor = [row.title for row in self.rows if row.full is not None and 0 < row.full < 0.95]
        never = [row.title for row in self.rows if not row.full]
        span = f"{month_text(self.months[0])} {words.TO} {month_text(self.months[-1])}"
        parts = [
            f"{listed(names, 5)} {said}"
            for names, said in ((good, words.ALMOST_ALL), (poor, words.HAVE_GAPS), (never, words.NOTHING))
            if names
        ]
        return f"{words.ALT_GRID} {len(self.rows)} {words.REPORTERS_BY_MONTH}, {span}. {'; '.join(parts)}."

    def table(self) -> pd.DataFrame | None:
        if len(self.rows) > 30:
            return None
        lines = []
        for row in self.rows:
            counts = {
                words.STATES[state]: row.count(state)
                for state in ("published", "partial", "missing", "not_due", "unknown")
            }
            lines.append(
                {
                    words.REPORTER: row.title,
                    **counts,
                    words.FULL_LONG: None if row.full is None else 100 * row.full,
                    words.SHARE_LONG: None if row.share is None else 100 * row.share,
                }
            )
        table = pd.DataFrame(lines)
        return table.drop(columns=[c for c in table if c in words.STATES.values() and not table[c].any()])


def draw_state(sheet: Sheet, state: str, x: float, y: float, width: float, height: float = _BLOCK) -> None:
    """Draw one state as a shape: full block, half block, hatched, dotted outline, a thin line for what nobody asked."""
    if state == "published":
        sheet.box(x, y, width, height, "ink2")
    elif state == "partial":
        sheet.box(x, y + height / 2, width, height / 2, "ink2")
    elif state == "missing":
        sheet.box(x + 0.4, y + 0.4, width - 0.8, height - 0.8, edge="axis", hatch=True, line=0.8)
    elif state == "not_due":
        sheet.box(x + 0.4, y + 0.4, width - 0.8, height - 0.8, edge="axis", dotted=True, line=0.8)
    else:
        sheet.rules([(x, y + height / 2, x + width, y + height / 2)], "grid", 1)

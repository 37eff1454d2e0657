"""Words next to marks: events above the plot, hatched gaps, labels at the ends of lines, a free spot for a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chipflows.figures import theme
from chipflows.figures.months import day_number
from chipflows.figures.numbers import day_text
from chipflows.figures.scale import Scale
from chipflows.figures.sheet import Sheet, text_width, wrap

_STATEMENTS = {"statement", "claim", "diplomacy"}
_LINE = 17
KEY_LINE = 20.0

KeyItem = tuple[Callable[[float, float], None], str]


@dataclass(frozen=True)
class Event:
    """A dated event; `label` starts with its date."""

    day: pd.Timestamp
    label: str
    kind: str

    @property
    def is_war(self) -> bool:
        return self.kind == "war"

    @property
    def is_statement(self) -> bool:
        return self.kind in _STATEMENTS

    @property
    def at(self) -> float:
        return day_number(self.day)


def _is_true(value: Any) -> bool:
    return str(value).strip().lower() in {"true", "1", "yes"}


def read_events(
    events: pd.DataFrame | Iterable[Mapping[str, Any]], first: pd.Timestamp, last: pd.Timestamp
) -> tuple[Event, ...]:
    """Return the verified events between two days, in order of date; of more than five only those with `is_default`.

    `events` are rows of `ref.events` (date, kind, label, status, is_default). Raises ValueError when more than five
    remain.
    """
    rows = events.to_dict("records") if isinstance(events, pd.DataFrame) else list(events)
    rows = [
        row for row in rows if row.get("status", "verified") == "verified" and first <= pd.Timestamp(row["date"]) < last
    ]
    if len(rows) > 5:
        rows = [row for row in rows if _is_true(row.get("is_default"))]
    if len(rows) > 5:
        raise ValueError(f"{len(rows)} events are too many for one figure: give at most five")
    found = [
        Event(day, f"{day_text(day)}: {row['label']}", str(row.get("kind", "")))
        for row in rows
        for day in [pd.Timestamp(row["date"])]
    ]
    return tuple(sorted(found, key=lambda event: (event.day, event.label)))


def war(events: pd.DataFrame | Iterable[Mapping[str, Any]], first: pd.Timestamp, last: pd.Timestamp) -> Event | None:
    """Return the first event of kind war, the only one that small panels show."""
    rows = events.to_dict("records") if isinstance(events, pd.DataFrame) else list(events)
    return next((event for event in read_events([r for r in rows if r.get("kind") == "war"][:1], first, last)), None)


@dataclass(frozen=True)
class Stairs:
    """Where each event's label stands: pixels above the plot, and its lines of text; `height` of the whole staircase."""

    bottoms: tuple[float, ...]
    texts: tuple[tuple[str, ...], ...]

    @property
    def height(self) -> float:
        return max(
            (bottom + _LINE * len(lines) for bottom, lines in zip(self.bottoms, self.texts, strict=True)), default=0
        )


def staircase(
    events: Sequence[Event], xs: Sequence[float], right: float, taken: tuple[float, float] = (0, 0)
) -> Stairs:
    """Return a falling staircase: working backwards, a label stands above every later line it spans, so that no line
    crosses a label.

    `taken` = (width, height) of the words at the left end of the top gridline.
    """
    bottoms: list[float] = []
    texts: list[tuple[str, ...]] = []
    for i in reversed(range(len(events))):
        lines = wrap(events[i].label, max(right - xs[i] - 5, 90), theme.SMALL, events[i].is_war)
        end = xs[i] + 5 + max(text_width(line, theme.SMALL, events[i].is_war) for line in lines) + 4
        below = [bottoms[-1 - j] + _LINE * len(texts[-1 - j]) for j in range(len(bottoms)) if xs[i + 1 + j] < end]
        below += [taken[1]] if xs[i] < taken[0] else []
        bottoms.append(max(below, default=0))
        texts.append(tuple(lines))
    return Stairs(tuple(reversed(bottoms)), tuple(reversed(texts)))


def draw_staircase(
    sheet: Sheet, events: Sequence[Event], xs: Sequence[float], stairs: Stairs, top: float, bottom: float
) -> None:
    """Draw the event lines from `bottom` up to their step above `top`, each with its label on the right of it."""
    for event, x, step, lines in zip(events, xs, stairs.bottoms, stairs.texts, strict=True):
        highest = top - step - _LINE * len(lines)
        event_line(sheet, event, x, highest, bottom)
        for i, line in enumerate(lines):
            sheet.text(x + 5, highest + 12 + i * _LINE, line, size=theme.SMALL, token="ink", bold=event.is_war)


def event_line(sheet: Sheet, event: Event, x: float, top: float, bottom: float) -> None:
    """Draw one event: the war bold, controls solid, statements dashed."""
    sheet.rules([(x, top, x, bottom)], "ink3", 1.8 if event.is_war else 1, dashed=event.is_statement, z=2.5)


def disc_levels(xs: Sequence[float]) -> list[int]:
    """Return the level of each numbered disc (0 = lowest), so that discs closer than their width stand above each other."""
    levels: list[int] = []
    for i in reversed(range(len(xs))):
        near = [levels[-1 - j] for j in range(len(levels)) if xs[i + 1 + j] - xs[i] < 19]
        levels.append(max(near) + 1 if near else 0)
    return levels[::-1]


def disc_height(xs: Sequence[float]) -> float:
    """Return the room that the discs need above the plot, in pixels."""
    return 20.0 * max((level + 1 for level in disc_levels(xs)), default=0)


def draw_discs(sheet: Sheet, events: Sequence[Event], xs: Sequence[float], top: float, bottom: float) -> None:
    """Draw the event lines with a numbered disc on top; the list of names stands below the narrow drawing, as text."""
    placed: list[float] = []
    for i, (event, x, level) in enumerate(zip(events, xs, disc_levels(xs), strict=True)):
        y = top - 11 - 20 * level
        event_line(sheet, event, x, y + 8, bottom)
        centre = max(x, placed[-1] + 10) if placed else x
        placed.append(centre)
        sheet.dots(centre, y, "ink", 17, hollow=True, edge=1, z=6)
        sheet.text(centre, y + 4.3, str(i + 1), size=theme.SMALL, token="ink", align="center")


def spread(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Return centres as near as possible to the wanted ones, in the same order, that keep their heights apart, within
    low..high.
    """
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    blocks: list[tuple[list[int], float]] = []
    for i in order:
        members, centre = [i], wanted[i]
        while True:
            size = sum(heights[m] for m in members)
            centre = min(max(centre, low + size / 2), max(high - size / 2, low + size / 2))
            if not blocks or blocks[-1][1] + sum(heights[m] for m in blocks[-1][0]) / 2 <= centre - size / 2 + 1e-9:
                break
            members = blocks.pop()[0] + members
            centre = _middle(members, wanted, heights)
        blocks.append((members, centre))
    placed = list(wanted)
    for members, centre in blocks:
        at = centre - sum(heights[m] for m in members) / 2
        for m in members:
            placed[m] = at + heights[m] / 2
            at += heights[m]
    return placed


def _middle(members: Sequence[int], wanted: Sequence[float], heights: Sequence[float]) -> float:
    """Return the centre of a stack of labels that moves them least (least squares)."""
    size, at, shifts = sum(heights[m] for m in members), 0.0, []
    for m in members:
        shifts.append(wanted[m] - (at + heights[m] / 2))
        at += heights[m]
    return float(np.mean(shifts)) + size / 2


def free_spot(
    lines: Sequence[tuple[Any, Any]],
    own: int,
    size: tuple[float, float],
    area: tuple[float, float, float, float],
    taken: Sequence[tuple[float, float, float, float]] = (),
) -> tuple[float, float]:
    """Return the left top corner of a box of `size` inside `area` (left, top, right, bottom) that hides least and lies
    near line `own`.

    `lines` are (x, y) in pixels; `taken` are boxes already filled.
    """
    width, height = size
    left, top, right, bottom = area
    tracks = [_dense(x, y) for x, y in lines]

    def cost(x: float, y: float) -> tuple[float, float]:
        hidden = sum(
            int(((tx > x - 2) & (tx < x + width + 2) & (ty > y - 2) & (ty < y + height + 2)).sum()) for tx, ty in tracks
        )
        over = sum(x < r and x + width > le and y < b and y + height > t for le, t, r, b in taken)
        tx, ty = tracks[own]
        near = np.hypot(tx - (x + width / 2), (ty - (y + height / 2)) * 2).min() if len(tx) else 0
        return hidden + 1000.0 * over, float(near)

    spots = [
        (float(x), float(y))
        for x in np.arange(left, max(right - width, left) + 1, 4)
        for y in np.arange(top, max(bottom - height, top) + 1, 3)
    ]
    return min(spots, key=lambda spot: (cost(*spot), spot))


def _dense(x: Any, y: Any) -> tuple[Any, Any]:
    """Return points every two pixels or so along a line."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    steps = np.linspace(0, 1, 8, endpoint=False)
    if len(x) > 1:
        x, y = (np.concatenate([(v[:-1, None] + (v[1:] - v[:-1])[:, None] * steps).ravel(), v[-1:]]) for v in (x, y))
    seen = ~np.isnan(y)
    return x[seen], y[seen]


def bridge(sheet: Sheet, points: pd.DataFrame, i: int, j: int, x: Scale, y: Scale) -> tuple[float, float, float]:
    """Hatch the hole of one line from row i to row j between its two neighbours; return the box's left, right and top."""
    margin = (y.high - y.low) * 0.04
    beside = points["value"].iloc[[i - 1, j + 1]]
    top, bottom = y(min(beside.max() + margin, y.high)), y(max(min(beside.min(), y.high) - margin, y.low))
    left, right = x(points["starts"].iloc[i]), x(points["ends"].iloc[j])
    sheet.box(left, top, right - left, bottom - top, hatch=True, z=1.5)
    return left, right, top


def draw_key(sheet: Sheet, items: Sequence[KeyItem], x: float, y: float) -> None:
    """Draw a key in one line, or more where it does not fit: each item is a mark (drawn centred at x, y) and its words."""
    at = x
    for mark, label in items:
        width = 22 + text_width(label)
        if at > x and at + width > sheet.width:
            at, y = x, y + KEY_LINE
        mark(at + 7, y - 4.5)
        sheet.text(at + 20, y, label, token="ink")
        at += width + (14 if sheet.narrow else 24)


def key_height(sheet: Sheet, labels: Sequence[str], x: float) -> float:
    """Return the height that `draw_key` takes."""
    rows, at = 1, x
    for label in labels:
        width = 22 + text_width(label)
        if at > x and at + width > sheet.width:
            rows, at = rows + 1, x
        at += width + (14 if sheet.narrow else 24)
    return rows * KEY_LINE

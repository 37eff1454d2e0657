"""Dated events above a plot: a falling staircase of labels on the wide drawing, numbered discs on the narrow one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from chipflows.figures import theme
from chipflows.figures.measure import text_width, wrap
from chipflows.figures.months import day_number
from chipflows.figures.numbers import day_text
from chipflows.figures.sheet import Sheet

Rows = pd.DataFrame | Iterable[Mapping[str, Any]]

_STATEMENTS = {"statement", "claim", "diplomacy"}
_MOST = 5
_LINE = 17
_DISC = 20


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
    def at(self) -> float:
        return day_number(self.day)


def _listed(events: Rows) -> list[Mapping[str, Any]]:
    if isinstance(events, pd.DataFrame):
        return [{str(key): value for key, value in row.items()} for row in events.to_dict("records")]
    return list(events)


def read_events(events: Rows, first: pd.Timestamp, last: pd.Timestamp) -> tuple[Event, ...]:
    """Return the verified events from `first` to before `last`, by date; of more than five only those with
    `is_default`.

    `events` are rows of `ref.events` (date, kind, label, status, is_default). Raises ValueError when more than five
    remain.
    """
    rows = [row for row in _listed(events) if row.get("status", "verified") == "verified"]
    rows = [row for row in rows if first <= pd.Timestamp(row["date"]) < last]
    if len(rows) > _MOST:
        rows = [row for row in rows if str(row.get("is_default")).lower() in {"true", "1"}]
    if len(rows) > _MOST:
        raise ValueError(f"{len(rows)} events are too many for one figure: give at most {_MOST}")
    days = [pd.Timestamp(row["date"]) for row in rows]
    labels = [f"{day_text(day)}: {row['label']}" for day, row in zip(days, rows, strict=True)]
    found = [Event(day, label, str(row.get("kind", ""))) for day, label, row in zip(days, labels, rows, strict=True)]
    return tuple(sorted(found, key=lambda event: (event.day, event.label)))


def war(events: Rows, first: pd.Timestamp, last: pd.Timestamp) -> Event | None:
    """Return the first event of kind war in the span, the only one that small panels show."""
    return next(iter(read_events([row for row in _listed(events) if row.get("kind") == "war"], first, last)), None)


def event_line(sheet: Sheet, event: Event, x: float, top: float, bottom: float) -> None:
    """Draw one event: the war bold, controls solid, statements dashed."""
    width = 1.8 if event.is_war else 1
    sheet.rules([(x, top, x, bottom)], "ink3", width, dashed=event.kind in _STATEMENTS, z=2.5)


@dataclass(frozen=True)
class Stairs:
    """Where each event's label stands (pixels above the plot) and its lines of text."""

    bottoms: tuple[float, ...]
    texts: tuple[tuple[str, ...], ...]

    @property
    def tops(self) -> list[float]:
        return [bottom + _LINE * len(lines) for bottom, lines in zip(self.bottoms, self.texts, strict=True)]


def staircase(events: Sequence[Event], xs: Sequence[float], right: float, taken: float) -> Stairs:
    """Return the steps: working backwards, a label stands above every later line it spans, so no line crosses a label.

    `taken` is the width of the words at the left end of the top gridline; a label that meets them stands above them.
    """
    bottoms: list[float] = []
    texts: list[tuple[str, ...]] = []
    for i in reversed(range(len(events))):
        lines = wrap(events[i].label, max(right - xs[i] - 5, 90), theme.SMALL, events[i].is_war)
        end = xs[i] + 9 + max(text_width(line, theme.SMALL, events[i].is_war) for line in lines)
        later = zip(xs[i + 1 :], bottoms[::-1], texts[::-1], strict=True)
        below = [bottom + _LINE * len(text) for x, bottom, text in later if x < end]
        bottoms.append(max([*below, _LINE + 1 if xs[i] < taken else 0]))
        texts.append(tuple(lines))
    return Stairs(tuple(bottoms[::-1]), tuple(texts[::-1]))


def draw_staircase(
    sheet: Sheet, events: Sequence[Event], xs: Sequence[float], stairs: Stairs, top: float, bottom: float
) -> None:
    """Draw the event lines from `bottom` up to their step above `top`, each with its label on its right."""
    for event, x, height, lines in zip(events, xs, stairs.tops, stairs.texts, strict=True):
        event_line(sheet, event, x, top - height, bottom)
        for i, line in enumerate(lines):
            y = top - height + 12 + i * _LINE
            sheet.text(x + 5, y, line, size=theme.SMALL, token="ink", bold=event.is_war)


def disc_heights(xs: Sequence[float], taken: float) -> list[float]:
    """Return how far above the plot each numbered disc stands: above later discs it would touch, and above the words
    at the left end of the top gridline (`taken` wide)."""
    heights: list[float] = []
    for i in reversed(range(len(xs))):
        near = [height for x, height in zip(xs[i + 1 :], heights[::-1], strict=True) if x - xs[i] < _DISC]
        heights.append(max([*(height + _DISC for height in near), _DISC + 10 if xs[i] < taken + 10 else 11]))
    return heights[::-1]


def draw_discs(
    sheet: Sheet, events: Sequence[Event], xs: Sequence[float], heights: Sequence[float], top: float, bottom: float
) -> None:
    """Draw the event lines with a numbered disc on top; the list of names stands below the narrow drawing, as text."""
    centre = -float(_DISC)
    for i, (event, x, height) in enumerate(zip(events, xs, heights, strict=True)):
        centre = max(x, centre + 10)
        event_line(sheet, event, x, top - height + 8, bottom)
        sheet.dots(centre, top - height, "ink", 17, hollow=True, edge=1, z=6)
        sheet.text(centre, top - height + 4.3, str(i + 1), size=theme.SMALL, token="ink", align="center")

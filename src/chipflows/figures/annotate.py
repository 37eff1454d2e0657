"""Words next to marks: hatched gaps, labels at the ends of lines, a free spot for a name, keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from chipflows.figures.measure import text_width
from chipflows.figures.scale import Scale
from chipflows.figures.sheet import Sheet

Span = tuple[float, float, float, float]  # left, top, right, bottom
KeyItem = tuple[Callable[[float, float], None], str]  # draws the mark centred at x, y; its words

_KEY_LINE = 20.0


def bridge(sheet: Sheet, points: pd.DataFrame, i: int, j: int, x: Scale, y: Scale) -> Span:
    """Hatch the hole of one line, from row i to row j, between its two neighbours; return the box."""
    margin = (y.high - y.low) * 0.04
    beside = points["value"].iloc[[i - 1, j + 1]]
    top = y(min(beside.max() + margin, y.high))
    bottom = y(max(min(beside.min(), y.high) - margin, y.low))
    left, right = x(points["starts"].iloc[i]), x(points["ends"].iloc[j])
    sheet.box(left, top, right - left, bottom - top, hatch=True, z=1.5)
    return left, top, right, bottom


def spread(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Return centres as near as possible to the wanted ones, in their order, a height apart and within low..high."""
    stacks: list[list[int]] = []
    for i in sorted(range(len(wanted)), key=lambda i: (wanted[i], i)):
        stacks.append([i])
        while len(stacks) > 1 and _end(stacks[-2], wanted, heights, low, high) > _start(
            stacks[-1], wanted, heights, low, high
        ):
            last = stacks.pop()
            stacks[-1] += last
    placed = list(wanted)
    for stack in stacks:
        at = _start(stack, wanted, heights, low, high)
        for i in stack:
            placed[i] = at + heights[i] / 2
            at += heights[i]
    return placed


def _start(stack: Sequence[int], wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> float:
    """Return the top of a stack of labels that moves them least (least squares), within the limits."""
    offsets = np.cumsum([0.0, *(heights[i] for i in stack)])
    shifts = [wanted[i] - (offset + heights[i] / 2) for i, offset in zip(stack, offsets[:-1], strict=True)]
    return float(max(low, min(np.mean(shifts), high - offsets[-1])))


def _end(stack: Sequence[int], wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> float:
    return _start(stack, wanted, heights, low, high) + sum(heights[i] for i in stack) - 1e-9


def free_spot(
    lines: Sequence[tuple[Any, Any]], own: int, size: tuple[float, float], area: Span, taken: Sequence[Span] = ()
) -> tuple[float, float]:
    """Return the left top corner of a box of `size` inside `area` that hides least of `lines` (x, y in pixels), avoids
    the boxes `taken` and lies near line `own`."""
    width, height = size
    left, top, right, bottom = area
    columns = np.arange(left, max(right - width, left) + 1, 4)
    rows = np.arange(top, max(bottom - height, top) + 1, 3)
    x, y = (axis.reshape(-1, 1) for axis in np.meshgrid(columns, rows, indexing="ij"))
    tracks = [_dense(*line) for line in lines]
    px, py = (np.concatenate([track[i] for track in tracks]) for i in (0, 1))
    hidden = ((px > x - 2) & (px < x + width + 2) & (py > y - 2) & (py < y + height + 2)).sum(axis=1)
    for le, t, r, b in taken:
        hidden += 1000 * ((x < r) & (x + width > le) & (y < b) & (y + height > t)).ravel()
    px, py = tracks[own]
    near = np.hypot(px - (x + width / 2), (py - (y + height / 2)) * 2).min(axis=1, initial=1e6)
    best = np.lexsort((near, hidden))[0]
    return float(x[best, 0]), float(y[best, 0])


def _dense(x: Any, y: Any) -> tuple[Any, Any]:
    """Return eight points for each step of a line, without its holes."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if len(x) > 1:
        steps = np.arange(0, len(x) - 1 + 1e-9, 1 / 8)
        x, y = (np.interp(steps, np.arange(len(x)), values) for values in (x, y))
    seen = ~np.isnan(y)
    return x[seen], y[seen]


def _key_places(sheet: Sheet, labels: Sequence[str], left: float) -> Iterator[tuple[float, int]]:
    """Yield the left edge and the line of each item of a key that breaks where the sheet ends."""
    at, line = left, 0
    for label in labels:
        width = 22 + text_width(label)
        if at > left and at + width > sheet.width:
            at, line = left, line + 1
        yield at, line
        at += width + (14 if sheet.narrow else 24)


def draw_key(sheet: Sheet, items: Sequence[KeyItem], left: float) -> None:
    """Draw a key at the top of the sheet."""
    for (mark, label), (at, line) in zip(items, _key_places(sheet, [label for _, label in items], left), strict=True):
        y = 13 + line * _KEY_LINE
        mark(at + 7, y - 4.5)
        sheet.text(at + 20, y, label, token="ink")


def key_height(sheet: Sheet, items: Sequence[KeyItem], left: float) -> float:
    """Return the height that `draw_key` takes."""
    return _KEY_LINE * (1 + max(line for _, line in _key_places(sheet, [label for _, label in items], left)))

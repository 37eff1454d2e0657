"""From cells that are wanted and boxes that are held to boxes that are missing.

Cells are the points (flow, reporter, partner, code, period) of a grid of names; a box is the product of some positions
along each dimension, which is what one call can ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from chipflows.config import Limits
from chipflows.raw.records import Scope

Cells = NDArray[np.bool_]
Positions = NDArray[np.intp]
Box = tuple[Positions, ...]
"""Positions along flows, reporters, partners, codes, periods, in this order everywhere."""

CODES = 3


@dataclass(frozen=True)
class Oversize:
    """A box that a source could not answer in one piece, and how many rows it has at least."""

    scope: Scope
    rows: int


@dataclass(frozen=True)
class Grid:
    """The names along each dimension."""

    flows: tuple[str, ...]
    reporters: tuple[str, ...]
    partners: tuple[str, ...]
    codes: tuple[str, ...]
    periods: tuple[str, ...]

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        return tuple(getattr(self, dimension.name) for dimension in fields(self))

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(map(len, self.names))

    def box(self, scope: Scope) -> Box:
        """Return where a scope lies in the grid; a dimension that the scope leaves open is taken whole."""
        parts = []
        for dimension in fields(self):
            names, wanted = getattr(self, dimension.name), getattr(scope, dimension.name)
            chosen = set(names if wanted is None else wanted)
            parts.append(np.array([at for at, name in enumerate(names) if name in chosen], dtype=np.intp))
        return tuple(parts)

    def scope(self, box: Box, open_ended: Iterable[str] = ()) -> Scope:
        """Return the scope of a box; a dimension in `open_ended` that the box takes whole is left open."""
        parts: dict[str, tuple[str, ...] | None] = {}
        for dimension, at in zip(fields(self), box, strict=True):
            names = getattr(self, dimension.name)
            is_open = dimension.name in open_ended and len(at) == len(names)
            parts[dimension.name] = None if is_open else tuple(names[position] for position in at)
        return Scope(**parts)

    def newest(self, scopes: Sequence[Scope]) -> NDArray[np.int32]:
        """Return for every cell the number (from 1) of the last scope that covers it, 0 where none does."""
        last = np.zeros(self.shape, dtype=np.int32)
        for number, scope in enumerate(scopes, 1):
            box = self.box(scope)
            if cells_in(box):
                last[np.ix_(*box)] = number
        return last


def scope_in(parts: Mapping[str, Sequence[str] | None]) -> Scope:
    """Return the scope that a log entry holds."""
    return Scope(**{name: None if part is None else tuple(part) for name, part in parts.items()})


def allowed(limits: Limits, has_key: bool) -> Limits:
    """Return what a source allows per call with a key, or without one where it tells them apart."""
    if has_key:
        return limits
    return replace(
        limits,
        rows_per_call=limits.keyless_rows_per_call or limits.rows_per_call,
        periods_per_call=limits.keyless_periods_per_call or limits.periods_per_call,
    )


def cells_in(box: Box) -> int:
    """Return how many cells a box has."""
    return prod(map(len, box))


def overlap(one: Box, other: Box) -> int:
    """Return how many cells two boxes share."""
    return prod(len(np.intersect1d(*parts, assume_unique=True)) for parts in zip(one, other, strict=True))


def exact_boxes(cells: Cells) -> list[Box]:
    """Return disjoint boxes that together cover exactly the cells that are true, few of them.

    Slices that look the same are taken together, along the dimension that has the fewest kinds of slices; each kind is
    then covered on its own.
    """
    kept = [np.flatnonzero(cells.any(axis=others(axis, cells.ndim))) for axis in range(cells.ndim)]
    if not len(kept[0]):
        return []
    inner = cells[np.ix_(*kept)]
    if inner.all():
        return [tuple(kept)]
    kinds = [slices_alike(inner, axis) for axis in range(inner.ndim)]
    # Of axes alike, periods: what is left of one block of periods is asked before the next one is cut.
    axes = (axis for axis in reversed(range(inner.ndim)) if len(kinds[axis]) > 1)
    axis = min(axes, key=lambda axis: len(kinds[axis]))
    boxes = []
    for alike in kinds[axis]:
        for part in exact_boxes(inner.take(alike[:1], axis=axis)):
            positions = [kept[at][part[at]] for at in range(inner.ndim)]
            positions[axis] = kept[axis][alike]
            boxes.append(tuple(positions))
    return boxes


def others(axis: int, dimensions: int) -> tuple[int, ...]:
    return tuple(at for at in range(dimensions) if at != axis)


def slices_alike(cells: Cells, axis: int) -> list[Positions]:
    """Return the positions along an axis, grouped by what the slice there looks like."""
    slices = np.packbits(np.moveaxis(cells, axis, 0).reshape(cells.shape[axis], -1), axis=1)
    groups: dict[bytes, list[int]] = {}
    for position, one in enumerate(slices):
        groups.setdefault(one.tobytes(), []).append(position)
    return [np.array(group, dtype=np.intp) for group in groups.values()]

"""How many rows an answer will have, learned from the answers that came before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chipflows.sources.planner import Box, cells_in


@dataclass(frozen=True)
class Estimate:
    """How many rows a box will have: cells whose reporter has published the month, times the rows per such cell.

    `published` is reporters × periods, `rate` rows per cell by period, `weights` how much fuller than others a code is;
    `oversized` are boxes known to have at least so many rows, so that anything that holds such a box is known to be
    larger still.
    """

    published: NDArray[np.float64]
    rate: NDArray[np.float64]
    weights: NDArray[np.float64]
    oversized: Sequence[tuple[Box, float]] = ()

    @cached_property
    def _all(self) -> NDArray[np.float64]:
        """How many reporters have published each period."""
        reporters: NDArray[np.float64] = self.published.sum(axis=0)
        return reporters

    @cached_property
    def _large(self) -> tuple[list[NDArray[np.int64]], NDArray[np.float64]]:
        """The oversized boxes as a 0/1 matrix per dimension (boxes × names), and the rows that each cell stands for."""
        sizes = [max((int(box[at].max()) for box, _ in self.oversized), default=-1) + 1 for at in range(5)]
        masks = [np.zeros((len(self.oversized), size), dtype=np.int64) for size in sizes]
        for number, (box, _) in enumerate(self.oversized):
            for mask, positions in zip(masks, box, strict=True):
                mask[number, positions] = 1
        return masks, np.array([2 * rows / cells_in(box) for box, rows in self.oversized])

    def rows(self, box: Box) -> float:
        """Return the rows expected in a box; of a box that was too large, at least twice what was seen of it."""
        flows, reporters, partners, codes, periods = box
        whole = len(reporters) == len(self.published)
        reporting = self._all[periods] if whole else self.published[np.ix_(reporters, periods)].sum(axis=0)
        by_period = reporting * self.rate[periods]
        expected = float(by_period.sum()) * len(flows) * len(partners) * float(self.weights[codes].sum())
        if not self.oversized:
            return expected
        masks, rows_per_cell = self._large
        shared = rows_per_cell.copy()
        for mask, positions in zip(masks, box, strict=True):
            shared *= mask[:, positions[positions < mask.shape[1]]].sum(axis=1)
        return max(expected, float(shared.max()))


def weights_by_code(
    published: NDArray[np.float64], codes: int, seen: Sequence[tuple[Box, NDArray[np.float64]]]
) -> NDArray[np.float64]:
    """Return how much fuller than others each code is (mean 1), from answers (box, rows by code)."""
    rows, cells = np.zeros(codes), np.zeros(codes)
    for (flows, reporters, partners, part, periods), counts in seen:
        rows[part] += counts[part]
        cells[part] += published[np.ix_(reporters, periods)].sum() * len(flows) * len(partners)
    known = cells > 0
    mean = rows[known].sum() / cells[known].sum() if known.any() else 0.0
    weights: NDArray[np.float64] = np.divide(rows, cells * mean, out=np.ones(codes), where=known & (mean > 0))
    weights /= weights.mean()
    return weights


def rate_by_period(
    published: NDArray[np.float64],
    weights: NDArray[np.float64],
    seen: Iterable[tuple[Box, float]],
    otherwise: float,
) -> NDArray[np.float64]:
    """Return rows per cell of weight 1 by period; between the periods seen on a straight line."""
    rows, cells = np.zeros(published.shape[1]), np.zeros(published.shape[1])
    for (flows, reporters, partners, codes, periods), count in seen:
        expected = published[np.ix_(reporters, periods)].sum(axis=0) * len(flows) * len(partners) * weights[codes].sum()
        if expected.sum() > 0:
            rows[periods] += count * expected / expected.sum()
            cells[periods] += expected
    known = np.flatnonzero(cells)
    if not len(known):
        return np.full(published.shape[1], otherwise)
    return np.interp(np.arange(published.shape[1]), known, rows[known] / cells[known])

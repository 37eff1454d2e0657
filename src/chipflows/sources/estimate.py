"""How many rows an answer will have, learned from the answers that came before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chipflows.sources.planner import Box, cells_in, overlap


@dataclass(frozen=True)
class Estimate:
    """How many rows a box will have: cells whose reporter has published the month, times the rows per such cell.

    `published` is reporters × periods, `rate` rows per cell by period; `oversized` are boxes known to have at least so
    many rows, so that anything that holds such a box is known to be larger still.
    """

    published: NDArray[np.float64]
    rate: NDArray[np.float64]
    oversized: Sequence[tuple[Box, int]] = ()

    def rows(self, box: Box) -> float:
        """Return the rows expected in a box; of a box that was too large, at least twice what was seen of it."""
        flows, reporters, partners, codes, periods = box
        by_period = self.published[np.ix_(reporters, periods)].sum(axis=0) * self.rate[periods]
        expected = float(by_period.sum()) * len(flows) * len(partners) * len(codes)
        known = (2 * rows * overlap(box, large) / cells_in(large) for large, rows in self.oversized)
        return max(expected, *known, 0.0)


def observed_rate(
    published: NDArray[np.float64], seen: Iterable[tuple[Box, int]], otherwise: float
) -> NDArray[np.float64]:
    """Return rows per cell by period from answers (box, rows); between the periods seen on a straight line."""
    rows, cells = np.zeros(published.shape[1]), np.zeros(published.shape[1])
    for (flows, reporters, partners, codes, periods), count in seen:
        expected = published[np.ix_(reporters, periods)].sum(axis=0) * len(flows) * len(partners) * len(codes)
        if expected.sum() > 0:
            rows[periods] += count * expected / expected.sum()
            cells[periods] += expected
    known = np.flatnonzero(cells)
    if not len(known):
        return np.full(published.shape[1], otherwise)
    return np.interp(np.arange(published.shape[1]), known, rows[known] / cells[known])

"""Published rows of one reporter, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipflows.demo.targets import Cents

Places = NDArray[np.intp]


@dataclass(frozen=True)
class Rows:
    """Published rows of one reporter as columns of equal length, in order of month, partner and code.

    `at` is the month's place on the calendar, `partner` the place in the reporter's partners, `line` the place in the
    lines of `edition` (a place among the editions). Weights are in grams, quantities in thousandths of the unit; where
    there is none it is 0. Without a unit there is no quantity.
    """

    at: Places
    partner: Places
    edition: Places
    line: Places
    cents: Cents
    grams: Cents
    thousandths: Cents
    is_estimated: NDArray[np.bool_]
    has_unit: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.at)

    def where(self, chosen: Any) -> Rows:
        """Return the rows that a mask or an order selects."""
        return Rows(**{column.name: getattr(self, column.name)[chosen] for column in fields(self)})

    def joined(self, *others: Rows) -> Rows:
        """Return these rows and others after them."""
        parts = (self, *others)
        return Rows(**{one.name: np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(self)})


def split_evenly(amounts: Cents, months: Sequence[str], since: str | None) -> None:
    """Share the sum of January and February equally between them, in place, from the month `since` on."""
    if since:
        for place, month in enumerate(months[:-1]):
            if month >= since and month.endswith("-01"):
                both = amounts[..., place] + amounts[..., place + 1]
                amounts[..., place] = both // 2
                amounts[..., place + 1] = both - both // 2


def inside(names: Sequence[str], wanted: Sequence[str] | None) -> NDArray[np.bool_]:
    """Return for every name whether it is wanted; None wants all."""
    chosen = set(names if wanted is None else wanted)
    return np.array([name in chosen for name in names], dtype=bool)

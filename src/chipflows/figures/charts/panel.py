"""One panel of form 2: a family's lines, what is marked on them, and the shared axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from chipflows.figures.charts.form import code_of, first_column
from chipflows.figures.months import Years, day_number, month_points
from chipflows.figures.scale import ticks_from_zero


@dataclass(frozen=True)
class Panel:
    """One family: its lines by group (at, starts, ends, value) and the day number from which it is comparable."""

    title: str
    code: str
    lines: dict[str, pd.DataFrame]
    comparable_from: float | None

    @classmethod
    def of(cls, part: pd.DataFrame, years: Years) -> Panel:
        """Read one family's rows: period, group, value and, if there are any, title, codes or hs6, is_comparable."""
        first = part.iloc[0]
        points = month_points(part, "group", ["value"], (years.first, years.last))
        lines = {str(group): line.reset_index(drop=True) for group, line in points.groupby("group", sort=False)}
        old = part.loc[~part["is_comparable"].astype(bool), "period"] if "is_comparable" in part else part["period"][:0]
        until = day_number(old.max() + pd.DateOffset(months=1)) if len(old) else None
        return cls(str(first[first_column(part, "title", "family")]), code_of(first), lines, until)

    @property
    def high(self) -> float:
        """The highest value of any line; NaN where nothing is published."""
        return float(pd.concat([line["value"] for line in self.lines.values()]).max())

    def value(self, group: str, day: float) -> tuple[float, float] | None:
        """Return place and value of a group's point that holds the day; None where there is none."""
        if group not in self.lines:
            return None
        line = self.lines[group]
        hit = line[(line["starts"] <= day) & (day < line["ends"]) & line["value"].notna()]
        return (float(hit["at"].iloc[0]), float(hit["value"].iloc[0])) if len(hit) else None


def shared_top(highs: Sequence[float]) -> float:
    """Return the top of the shared axis: the highest panel, unless a few tower over the rest; those are cut off."""
    seen = [high for high in highs if not math.isnan(high)]
    if not seen:
        raise ValueError("small_multiples: no value in any panel, so there is nothing to draw")
    cap = max(250.0, float(np.quantile(seen, 0.8)) * 1.25)
    return max(120.0, max(seen) * 1.05 if max(seen) <= 1.6 * cap else cap)


def index_ticks(high: float) -> list[float]:
    """Return 0, 100 and round steps beyond, as far as they keep apart: 0, 100, 200."""
    if high < 180:
        return [0.0, 50.0, 100.0, 150.0][: 4 if high >= 150 else 3]
    if high < 400:
        return [float(tick) for tick in range(0, int(high) + 1, 100)]
    step = ticks_from_zero(high, 4)[1]
    beyond = [float(tick) for tick in np.arange(step, high + 1, step) if tick > 100 + step * 0.4]
    return [0.0, *([100.0] if step <= 400 else []), *beyond]

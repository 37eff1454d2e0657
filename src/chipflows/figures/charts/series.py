"""The lines of form 1: read from a frame, their gaps found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from chipflows.figures import theme
from chipflows.figures.months import gaps, month_points

_COLUMNS = ["value", "lo", "hi"]


@dataclass(frozen=True)
class Series:
    """One group's points (at, starts, ends, value, lo, hi) and how it is drawn; with lo and hi an expected path."""

    group: str
    role: theme.Role
    points: pd.DataFrame
    is_focus: bool

    @property
    def is_band(self) -> bool:
        return bool(self.points["lo"].notna().any())

    @property
    def ends(self) -> float:
        """The day number after the last month with a value."""
        return float(self.points.loc[self.points["value"].notna(), "ends"].iloc[-1])

    @property
    def values(self) -> pd.Series:
        return self.points["value"].dropna()


@dataclass(frozen=True)
class Lines:
    """All series in the frame's order, and the groups that have no value at all."""

    all: tuple[Series, ...]
    silent: tuple[str, ...]

    @property
    def measured(self) -> list[Series]:
        return [series for series in self.all if not series.is_band]

    @property
    def ends(self) -> float:
        """The day number after the last month that any line has."""
        return max(series.ends for series in self.measured)

    def nobody(self) -> list[tuple[float, float]]:
        """Return the spans (day numbers) for which no line has a value."""
        first = self.measured[0].points
        values = pd.concat([series.points["value"] for series in self.measured], axis=1).mean(axis=1)
        return [(first["starts"][i], first["ends"][j]) for i, j in gaps(values, edges=True)]

    def holes(self) -> list[tuple[Series, int, int]]:
        """Return the inner gaps of each line (first and last row), but for those that all lines share."""
        shared = self.nobody()
        found = [(series, i, j) for series in self.measured for i, j in gaps(series.points["value"])]
        return [(s, i, j) for s, i, j in found if (s.points["starts"][i], s.points["ends"][j]) not in shared]


def read_lines(df: pd.DataFrame, column: str, focus: str | None, colours: Mapping[str, str] | None) -> Lines:
    """Return the series of a frame with group, period and `column`; raises ValueError for none or more than four."""
    if column not in df:
        raise ValueError(f"monthly_lines: the frame has no column {column}; it has {', '.join(map(str, df.columns))}")
    frame = pd.DataFrame({"group": df["group"].astype(str), "period": df["period"], "value": df[column].astype(float)})
    for bound in ("lo", "hi"):
        frame[bound] = df[bound].astype(float) if bound in df else np.nan
    if "is_published" in df:
        frame.loc[~df["is_published"].astype(bool), _COLUMNS] = np.nan
    points = {str(group): part for group, part in month_points(frame, "group", _COLUMNS).groupby("group", sort=False)}
    groups = [group for group in points if points[group]["value"].notna().any()]
    focus, drawn = focus or next(iter(groups), None), theme.roles(groups, colours)
    found = tuple(Series(group, drawn[group], points[group].reset_index(drop=True), group == focus) for group in groups)
    lines = Lines(found, tuple(group for group in points if group not in groups))
    if not 1 <= len(lines.measured) <= 4:
        count = len(lines.measured)
        raise ValueError(f"monthly_lines draws one to four lines, here are {count}; for more use small_multiples")
    return lines

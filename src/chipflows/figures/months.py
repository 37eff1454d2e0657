"""Months on an axis: a month is drawn at its middle, January and February as one point on 31 January."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from chipflows.figures.measure import text_width
from chipflows.figures.numbers import month_text
from chipflows.figures.scale import Scale
from chipflows.figures.sheet import Sheet


def day_number(day: pd.Timestamp) -> float:
    """Return the day as a number, so that dates can be put on a scale."""
    return float(day.toordinal())


def month_points(
    df: pd.DataFrame, group: str, columns: Sequence[str], span: tuple[pd.Timestamp, pd.Timestamp] | None = None
) -> pd.DataFrame:
    """Return one row per group and point in time over `span` (first day, day after the last; default: all of `df`).

    Columns: group, at, starts, ends (day numbers), then `columns`.

    January and February are one point, the mean of both, on 31 January; without both the point is null, as is every
    month that has no row. Raises ValueError where a group has two rows for one month.
    """
    frame = df[[group, "period", *columns]].assign(period=pd.to_datetime(df["period"]))
    double = frame[frame.duplicated([group, "period"])]
    if len(double):
        who, when = double[group].iloc[0], double["period"].iloc[0]
        raise ValueError(f"two rows for {who!r} in {when:%Y-%m}: give one row per {group} and period")
    first, last = (span[0], span[1] - pd.Timedelta(days=1)) if span else _whole_pairs(frame["period"])
    calendar = pd.MultiIndex.from_product(
        [frame[group].drop_duplicates(), pd.date_range(first, last, freq="MS")], names=[group, "period"]
    )
    full = frame.set_index([group, "period"]).reindex(calendar).reset_index()
    starts = full["period"].dt.to_period("M").dt.start_time
    full["point"] = starts.where(starts.dt.month != 2, starts - pd.DateOffset(months=1))
    months = full.groupby([group, "point"], sort=False)
    values = months[list(columns)]
    points = values.mean().where(values.count().eq(months.size(), axis=0))
    points["starts"] = months["period"].min().map(day_number)
    points["ends"] = months["period"].max().map(lambda day: day_number(day + pd.offsets.MonthEnd(0)) + 1)
    points = points.reset_index()
    points["at"] = (points["starts"] + points["ends"]) / 2
    paired = points["point"].dt.month == 1
    points.loc[paired, "at"] = points.loc[paired, "point"].map(lambda day: day_number(day) + 30.5)
    return points


def _whole_pairs(periods: pd.Series) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first and last month, moved so that no January stands without its February."""
    first, last = periods.min(), periods.max()
    return first - pd.DateOffset(months=int(first.month == 2)), last + pd.DateOffset(months=int(last.month == 1))


def gaps(values: pd.Series, *, edges: bool = False) -> list[tuple[int, int]]:
    """Return the runs of nulls between values as (first, last) positions; with `edges` also those at either end."""
    is_null = values.isna().to_numpy()
    starts = [i for i in range(len(is_null)) if is_null[i] and (i == 0 or not is_null[i - 1])]
    runs = [(i, next((j - 1 for j in range(i, len(is_null)) if not is_null[j]), len(is_null) - 1)) for i in starts]
    return [(i, j) for i, j in runs if edges or (i > 0 and j < len(is_null) - 1)]


def span_text(first: float, after: float) -> str:
    """Return the months between two day numbers: Jan 2023, Jan–Mar 2023, Nov 2022–Feb 2023."""
    start, end = pd.Timestamp.fromordinal(int(first)), pd.Timestamp.fromordinal(int(after) - 1)
    if (start.year, start.month) == (end.year, end.month):
        return month_text(start)
    return f"{start:%b}–{month_text(end)}" if start.year == end.year else f"{month_text(start)}–{month_text(end)}"


@dataclass(frozen=True)
class Years:
    """The time axis: from the first day of the first month to the last day of the last."""

    first: pd.Timestamp
    last: pd.Timestamp

    @classmethod
    def of(cls, periods: pd.Series) -> Years:
        first, last = _whole_pairs(pd.to_datetime(periods))
        return cls(first, last + pd.DateOffset(months=1))

    def scale(self, left: float, right: float) -> Scale:
        """Return the scale from days to pixels."""
        return Scale(day_number(self.first), day_number(self.last), left, right)

    def draw(self, sheet: Sheet, x: Scale, y: float, *, labels: bool = True, is_short: bool = False) -> None:
        """Draw the ticks of 1 January below y and each year centred under its months, as far as it fits."""
        years = range(self.first.year, self.last.year + 1)
        edges = [max(day_number(pd.Timestamp(year, 1, 1)), x.low) for year in years]
        sheet.rules([(x(edge), y, x(edge), y + 5) for edge in edges if edge < x.high or edge == x.low], "axis", z=2)
        if not labels:
            return
        room = min((x(365.25) - x(0)), x.stop - x.start)
        is_tight = is_short or room < text_width("2020") + 8
        every = 1 if room > text_width("’20") + 4 else 2
        for i, (year, start, stop) in enumerate(zip(years, edges, [*edges[1:], x.high], strict=True)):
            width = (x(stop) - x(start)) * every
            names = [f"’{year % 100:02d}"] if is_short or (is_tight and i) else [str(year), f"’{year % 100:02d}"]
            label = next((name for name in names if text_width(name) + 2 < width), "")
            if label and i % every == 0:
                sheet.text((x(start) + x(stop)) / 2, y + 19, label, align="center")

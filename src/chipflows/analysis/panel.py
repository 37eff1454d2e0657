"""A tidy monthly panel as a dense cube with its holes, and the one contrast all measures share: after minus base.

Words used in this package: a *cell* is one supplier and one family; a *window* is (first month, last month), both
inside; NaN means "not published", 0 means "published, no trade". Formulas follow the methods page, sections C.2 and
C.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
Window = tuple[pd.Timestamp | str, pd.Timestamp | str]
NO_MONTHS = [pd.Timestamp(0)]


@dataclass(frozen=True)
class Cube:
    """Values by supplier, family and month: `cells` has one axis for each, NaN where nothing was published."""

    cells: Array
    suppliers: pd.Index
    families: pd.Index
    months: pd.DatetimeIndex

    def of(self, suppliers: Sequence[str]) -> Cube:
        """The same cube for these suppliers; one that the panel does not know is all NaN."""
        rows = self.suppliers.get_indexer(pd.Index(suppliers, dtype=object))
        cells = np.full((len(rows), *self.cells.shape[1:]), np.nan)
        cells[rows >= 0] = self.cells[rows[rows >= 0]]
        return replace(self, cells=cells, suppliers=pd.Index(suppliers, dtype=object))

    def with_families(self, families: Iterable[str]) -> Cube:
        """The same cube for these families only; one that the panel does not know is all NaN."""
        names = pd.Index(list(families), dtype=object)
        columns = self.families.get_indexer(names)
        cells = np.full((len(self.suppliers), len(columns), len(self.months)), np.nan)
        cells[:, columns >= 0] = self.cells[:, columns[columns >= 0]]
        return replace(self, cells=cells, families=names)

    def without_data(self) -> list[str]:
        """The suppliers for whom not one cell is published."""
        return [str(s) for s, cells in zip(self.suppliers, self.cells, strict=True) if np.isnan(cells).all()]


def cube(panel: pd.DataFrame, column: str, months: pd.DatetimeIndex | None = None, supplier: str = "supplier") -> Cube:
    """The panel's `column` as a cube over all months from its first to its last (or over `months`).

    The panel has the columns `supplier` (or the one named), `family`, `period` and `column`; a row that is absent
    counts as not published. Raises ValueError when a supplier, family and period stand twice.
    """
    period = pd.DatetimeIndex(panel["period"])
    if months is None:  # a panel without rows has one month, outside of every window
        months = pd.date_range(period.min(), period.max(), freq="MS") if len(period) else pd.DatetimeIndex(NO_MONTHS)
    row, suppliers = pd.factorize(panel[supplier], sort=True)
    family, families = pd.factorize(panel["family"], sort=True)
    month = months.get_indexer(period)
    cells = np.full((len(suppliers), len(families), len(months)), np.nan)
    inside = month >= 0
    at = np.ravel_multi_index((row[inside], family[inside], month[inside]), cells.shape)
    ordered = np.sort(at)
    if (ordered[1:] == ordered[:-1]).any():
        first = pd.Series(at).duplicated().to_numpy()
        twice = panel.loc[inside, [supplier, "family", "period"]][first].iloc[0].tolist()
        raise ValueError(f"the panel holds {twice} twice; sum it to one row per {supplier}, family and period first")
    cells.ravel()[at] = panel[column].to_numpy(dtype=float, na_value=np.nan)[inside]
    return Cube(cells, pd.Index(suppliers, dtype=object), pd.Index(families, dtype=object), months)


def inside(months: pd.DatetimeIndex, window: Window) -> NDArray[np.bool_]:
    """Which months lie in the window."""
    first, last = (pd.Timestamp(end).to_datetime64() for end in window)
    at = months.to_numpy()
    return np.asarray((at >= first) & (at <= last), dtype=bool)


def calendar_month(months: pd.DatetimeIndex) -> NDArray[np.intp]:
    """January as 0 to December as 11."""
    return months.to_numpy().astype("datetime64[M]").astype(np.intp) % 12


def base_months(months: pd.DatetimeIndex, base: Window) -> tuple[NDArray[np.intp], Array]:
    """Where the base months stand, and which of them (rows) serve each calendar month (columns), as 1 and 0: those of
    the same calendar month.

    Where the window does not hold that calendar month at all (a window of nine months), every month of the window
    serves.
    """
    at = np.flatnonzero(inside(months, base))
    same = calendar_month(months)[at, None] == np.arange(12)[None, :]
    return at, np.asarray(same | ~same.any(axis=0), dtype=float)


def base_mean(cells: Array, months: pd.DatetimeIndex, base: Window) -> Array:
    """B: for every cell and month the mean of the published base months it is compared with; NaN where there is
    none.
    """
    at, serves = base_months(months, base)
    early = cells[..., at]
    published = np.isfinite(early).astype(float) @ serves
    with np.errstate(invalid="ignore"):
        mean = np.where(published > 0, np.nan_to_num(early) @ serves / published, np.nan)
    return np.asarray(mean[..., calendar_month(months)])


def contrast(cells: Array, months: pd.DatetimeIndex, base: Window, after: Window) -> tuple[Array, Array]:
    """Two arrays of weights shaped like `cells`: sum over months of the first times cells = a cell's mean over
    `after`, of the second = the mean of its base over the same months.

    A month enters when both its value and its base are published. What a reporter did not publish is left out of
    both sides, and the mean is over the months that entered, so that a hole makes neither a loss nor a gain
    smaller. A cell that never enters has no weight.
    """
    published = np.isfinite(cells)
    (at, serves), then = base_months(months, base), np.flatnonzero(inside(months, after))
    month = calendar_month(months)[then]
    count = (published[..., at].astype(float) @ serves)[..., month]
    late, early = np.zeros(cells.shape), np.zeros(cells.shape)
    entered = (published[..., then] & (count > 0)).astype(float)
    late[..., then] = entered / np.maximum(entered.sum(axis=-1, keepdims=True), 1.0)
    early[..., at] = np.where(published[..., at], (late[..., then] / np.maximum(count, 1.0)) @ serves.T[month], 0.0)
    return late, early


def total(cells: Array) -> Array:
    """The sum over suppliers and families by month; NaN in a month in which any cell that is ever published is
    missing.
    """
    ever = np.isfinite(cells).any(axis=-1)
    flat = cells[ever]
    return np.asarray(flat.sum(axis=0)) if len(flat) else np.full(cells.shape[-1], np.nan)


def steady(of: Cube, share: float = 0.9) -> list[str]:
    """The suppliers that published at least `share` of the cube's months; the others would make most months of a
    sum unknown.
    """
    published = np.isfinite(of.cells).any(axis=1).mean(axis=1)
    return [str(s) for s, p in zip(of.suppliers, published, strict=True) if p >= share]


def pair_january_february(panel: pd.DataFrame, columns: Sequence[str], keys: Sequence[str]) -> pd.DataFrame:
    """The panel with January and February each at the mean of the two (NaN when one is missing), as China publishes
    them.

    The sum of the two months is kept; `keys` name a series without its period (supplier, family). Source: methods
    C.1.
    """
    paired = panel.copy()
    period = pd.DatetimeIndex(panel["period"])
    early = np.asarray(period.month <= 2)
    year = pd.Series(period.year, index=panel.index)
    for column in columns:
        grouped = panel.loc[early].groupby([*(panel.loc[early, k] for k in keys), year[early]])[column]
        both = grouped.transform("count") == 2
        paired.loc[early, column] = grouped.transform("mean").where(both)
    return paired

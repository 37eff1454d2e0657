"""Signatures of the ten forms (skeleton)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from chipflows.figures.block import FigureBlock


def monthly_lines(
    df: pd.DataFrame,
    *,
    name: str,
    title: str,
    title_neutral: str,
    holds: bool,
    subtitle: str,
    unit: str,
    source: Any = None,
    note: str = "",
    alt: str | None = None,
    number: int | None = None,
    level: int = 3,
    events: Any = (),
    focus: str | None = None,
    colours: Mapping[str, str] | None = None,
    column: str = "value_usd",
) -> FigureBlock:
    """Form 1. Columns: group, period, value_usd, lo, hi (null but for an expected path), is_published."""
    raise NotImplementedError


def small_multiples(df: pd.DataFrame, *, mark: str = "", events: Any = (), colours: Mapping[str, str] | None = None, **text: Any) -> FigureBlock:
    """Form 2. Columns: family, title, codes, period, group, index, is_comparable; mark = month of the numbered dot (YYYY-MM)."""
    raise NotImplementedError


def dumbbell(df: pd.DataFrame, *, main_baseline: str, after_title: str, **text: Any) -> FigureBlock:
    """Form 3. Columns: hs6, title, baseline, baseline_title, value_usd_base, value_usd_after (USD a month)."""
    raise NotImplementedError


def backfill_bars(df: pd.DataFrame, **text: Any) -> FigureBlock:
    """Form 4. Columns: family, title, measure (value, volume), group, gain, loss, ratio, lo, hi."""
    raise NotImplementedError


def rerouting_pairs(df: pd.DataFrame, *, events: Any = (), **text: Any) -> FigureBlock:
    """Form 5. Columns: hub, title, leg (in, out), period, value_usd, base, excess."""
    raise NotImplementedError


def markup_strips(df: pd.DataFrame, **text: Any) -> FigureBlock:
    """Form 6. Columns: hs6, title, period, price_ratio, is_quantity_estimated, window (before, after)."""
    raise NotImplementedError


def coverage_grid(df: pd.DataFrame, *, events: Any = (), **text: Any) -> FigureBlock:
    """Form 7. Columns: reporter, title, role, period, state (published, partial, missing, not_due), share_of_base."""
    raise NotImplementedError


def event_study(df: pd.DataFrame, **text: Any) -> FigureBlock:
    """Form 8. Columns: k, estimate, lo, hi, lo_sup, hi_sup, is_reference."""
    raise NotImplementedError


def specification_curve(df: pd.DataFrame, **text: Any) -> FigureBlock:
    """Form 9. Columns: spec_id, estimate, lo, hi, is_main and one column per choice."""
    raise NotImplementedError


def published_against_ours(df: pd.DataFrame, **text: Any) -> FigureBlock:
    """Form 10. Columns: benchmark, publisher, definition, published, ours, ratio, tolerance, state, reason."""
    raise NotImplementedError

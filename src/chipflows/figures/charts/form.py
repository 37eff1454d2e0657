"""What all forms share: the words around a figure, the check of its columns, names of rows."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable

import pandas as pd

from chipflows import words
from chipflows.figures.block import FigureBlock
from chipflows.figures.finish import Plot, finish
from chipflows.figures.numbers import heading

_WORDS = {p.name: p for p in inspect.signature(finish).parameters.values() if p.kind is p.KEYWORD_ONLY}


def form(*columns: str) -> Callable[[Callable[..., Plot]], Callable[..., FigureBlock]]:
    """Make a function DataFrame → Plot into a form DataFrame → FigureBlock that also takes the words of `finish`.

    Raises ValueError for a frame without rows or without one of `columns`. The function gets `unit` only if it asks.
    """

    def decorate(plot: Callable[..., Plot]) -> Callable[..., FigureBlock]:
        frame, *own = inspect.signature(plot).parameters.values()

        @functools.wraps(plot)
        def drawn(df: pd.DataFrame, **given: object) -> FigureBlock:
            if missing := [column for column in columns if column not in df.columns]:
                there = ", ".join(map(str, df.columns))
                raise ValueError(f"{plot.__name__}: the frame has no column {', '.join(missing)}; it has {there}")
            if df.empty:
                raise ValueError(f"{plot.__name__}: the frame has no rows, so there is nothing to draw")
            around = {name: value for name, value in given.items() if name in _WORDS}
            mine = {name: value for name, value in given.items() if name not in _WORDS or name in {p.name for p in own}}
            return finish(plot(df, **mine), df, **around)  # type: ignore[arg-type]

        merged = [frame, *_WORDS.values(), *(p for p in own if p.name not in _WORDS)]
        drawn.__signature__ = inspect.Signature(merged, return_annotation=FigureBlock)  # type: ignore[attr-defined]
        return drawn

    return decorate


def first_column(df: pd.DataFrame, *names: str) -> str:
    """Return the first of these columns that the frame has."""
    return next(name for name in names if name in df.columns)


def explain(texts: Iterable[str]) -> str:
    """Return what the codes among these texts mean, for the note: [x] not published."""
    said = set(texts)
    return "".join(f" {code} {meaning}." for code, meaning in words.CELLS.items() if code in said)


def code_of(row: pd.Series) -> str:
    """Return the codes that a row shows: `codes` as they are, or `hs6` as 8542.31, or nothing."""
    if "codes" in row:
        return str(row["codes"])
    return heading(str(row["hs6"])) if "hs6" in row else ""

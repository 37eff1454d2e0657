"""What all forms share: the words around a figure, and the check of its columns."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable

import pandas as pd

from chipflows.figures.block import FigureBlock
from chipflows.figures.finish import Plot, finish

_WORDS = [p for p in inspect.signature(finish).parameters.values() if p.kind is p.KEYWORD_ONLY]


def form(*columns: str) -> Callable[[Callable[..., Plot]], Callable[..., FigureBlock]]:
    """Make a function DataFrame → Plot into a form DataFrame → FigureBlock that also takes the arguments of `finish`.

    Raises ValueError for a frame without rows or without one of `columns`. `unit` reaches the function too, if it
    asks for it.
    """

    def decorate(plot: Callable[..., Plot]) -> Callable[..., FigureBlock]:
        own = list(inspect.signature(plot).parameters.values())
        names = {p.name for p in own}

        @functools.wraps(plot)
        def drawn(df: pd.DataFrame, **given: object) -> FigureBlock:
            if missing := [column for column in columns if column not in df.columns]:
                raise ValueError(
                    f"{plot.__name__}: the frame has no column {', '.join(missing)}; it has {', '.join(map(str, df.columns))}"
                )
            if df.empty:
                raise ValueError(f"{plot.__name__}: the frame has no rows, so there is nothing to draw")
            around = {p.name: given[p.name] for p in _WORDS if p.name in given}
            mine = {key: value for key, value in given.items() if key in names or key not in around}
            return finish(plot(df, **mine), df, **around)  # type: ignore[arg-type]

        merged = [own[0], *(p for p in _WORDS), *(p for p in own[1:] if p.name not in {w.name for w in _WORDS})]
        drawn.__signature__ = inspect.Signature(merged, return_annotation=FigureBlock)  # type: ignore[attr-defined]
        return drawn

    return decorate

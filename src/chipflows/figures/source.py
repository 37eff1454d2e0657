"""Where a figure's numbers come from, made from the data drawn, never typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

from chipflows import words
from chipflows.figures.measure import plain
from chipflows.figures.numbers import day_text


@dataclass(frozen=True)
class Source:
    """Publisher and dataset, vintage (the day of the newest file, ISO), basis of valuation, coverage in words, the
    trace command. `publishers` names all sources where `publisher` only counts some. `banner` says what made-up data
    are; it stands before the source of every figure drawn from them.
    """

    publisher: str
    vintage: str
    basis: str
    coverage: str = ""
    last_month: str = ""
    trace: str = ""
    publishers: str = ""
    is_synthetic: bool = False
    banner: str = ""

    @classmethod
    def of(cls, df: pd.DataFrame, given: Source | Mapping[str, Any] | None) -> Source:
        """Return the source given, or the one in `df.attrs["source"]`; raises ValueError saying what is missing or
        unknown.
        """
        found = given if given is not None else df.attrs.get("source")
        if isinstance(found, Source):
            found = {field.name: getattr(found, field.name) for field in fields(found)}
        if not isinstance(found, Mapping):
            raise ValueError("source missing: pass source=… (publisher, vintage, basis) or set df.attrs['source']")
        names = {field.name for field in fields(cls)}
        if unknown := sorted(set(found) - names):
            raise ValueError(f"source: unknown {', '.join(unknown)}; known are {', '.join(sorted(names))}")
        if missing := [key for key in ("publisher", "vintage", "basis") if not str(found.get(key) or "").strip()]:
            raise ValueError(f"source: {', '.join(missing)} missing")
        return cls(**{key: value for key, value in found.items() if value is not None})

    @property
    def line(self) -> str:
        """The source line: publisher, vintage; basis; coverage; made-up data say first what they are."""
        published = f"{self.publisher}, {words.AS_RECEIVED} {day_text(pd.Timestamp(self.vintage))}"
        last = f"{words.LAST_MONTH} {self.last_month}" if self.last_month else ""
        parts = [part for part in (published, self.basis, self.coverage, last) if part]
        warning = f"{self.banner}. " if self.banner else ""
        return plain(f"{warning}{words.SOURCE}: {'; '.join(parts)}.")

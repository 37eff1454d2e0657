"""One line of the result: what was tried, how often it survived, and what was lost."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

SHOWN = 5
"""Losses told in full per row."""


@dataclass
class Row:
    """A promise under test: `needed` trials are the fewest that count; `lost` says of each failure what was seen."""

    name: str
    needed: int
    tried: int = 0
    lost: list[str] = field(default_factory=list)
    note: str = ""
    skipped: str = ""
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    def count(self, faults: list[str]) -> None:
        """Count one trial, survived if it has no faults."""
        self.tried += 1
        self.lost += faults[:1]

    @property
    def is_met(self) -> bool:
        return not self.lost and self.tried >= self.needed

    @property
    def state(self) -> str:
        return "skipped" if self.skipped else "met" if self.is_met else "missed"

    def line(self) -> str:
        """Return the row as it is printed; losses follow on lines of their own."""
        if self.skipped:
            return f"{self.name} | skipped: {self.skipped}"
        counts = f"tried {self.tried:,} | survived {self.tried - len(self.lost):,} | lost {len(self.lost):,}"
        parts = [self.name, counts, *filter(None, [self.note]), f"{self.seconds:.0f} s", self.state]
        return "\n".join([" | ".join(parts), *(f"  lost: {one}" for one in self.lost[:SHOWN])])

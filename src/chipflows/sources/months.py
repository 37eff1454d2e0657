"""Which months a source can have published, and how many of them a refresh asks again."""

from __future__ import annotations

from datetime import date, timedelta

REFRESHED = 3
"""Newest published months that a refresh asks again of every source: late declarations and first revisions."""


def ended_before(today: date, days: int) -> str:
    """Return the last month (`YYYY-MM`) that had ended at least `days` days before `today`."""
    return (((today - timedelta(days=days - 1)).replace(day=1)) - timedelta(days=1)).strftime("%Y-%m")

"""Which months a source can have published."""

from __future__ import annotations

from datetime import date, timedelta


def ended_before(today: date, days: int) -> str:
    """Return the last month (`YYYY-MM`) that had ended at least `days` days before `today`."""
    return (((today - timedelta(days=days - 1)).replace(day=1)) - timedelta(days=1)).strftime("%Y-%m")

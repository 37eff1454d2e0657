"""The ledger of calls made with a key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chipflows.raw.logs import PRIVATE, append, entries, locked
from chipflows.raw.records import stamp
from chipflows.sources.http import Refused


class QuotaSpent(Refused):
    """Our own ledger says that no more calls may be made with a key."""


class Ledger:
    """The calls made with one key, which it knows by a fingerprint; a calendar month (UTC) has `quota` of them."""

    def __init__(
        self, folder: Path, source: str, key: str, quota: int, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        fingerprint = hashlib.sha256(f"chipflows {source} {key}".encode()).hexdigest()[:12]
        self._path = folder / f"{source}-{fingerprint}.jsonl"
        self._quota, self._now = quota, now

    def spend(self) -> None:
        """Note one call, before it is made; raises `QuotaSpent` when the quota, ours or the source's, is used up."""
        with locked(self._path, PRIVATE) as log:
            noted = entries(log)
            self._refuse_closed(noted)
            if self._left(noted) < 1:
                until = next_month(self._now())
                raise QuotaSpent(
                    f"the quota of {self._quota} calls a month is used up until {until:%Y-%m-%d}", until=until
                )
            append(log, {"at": stamp(self._now()), "event": "call"})

    def close(self, until: datetime) -> None:
        """Note that the source takes no calls before a moment."""
        with locked(self._path, PRIVATE) as log:
            append(log, {"at": stamp(self._now()), "event": "closed", "until": stamp(until)})

    def left(self) -> int:
        """Return how many calls this month still has."""
        with locked(self._path, PRIVATE) as log:
            return self._left(entries(log))

    def _left(self, noted: list[dict[str, Any]]) -> int:
        month = stamp(self._now())[:7]
        used = sum(entry.get("event", "call") == "call" and entry.get("at", month)[:7] == month for entry in noted)
        return max(0, self._quota - int(used))

    def _refuse_closed(self, noted: list[dict[str, Any]]) -> None:
        until = max((entry.get("until", "") for entry in noted), default="")
        if until > stamp(self._now()):
            moment = datetime.fromisoformat(until)
            raise QuotaSpent(f"the source takes no calls with this key until {moment:%Y-%m-%d %H:%M} UTC", until=moment)


def next_month(moment: datetime) -> datetime:
    """Return the first moment of the month after."""
    year, month = (moment.year, moment.month + 1) if moment.month < 12 else (moment.year + 1, 1)
    return datetime(year, month, 1, tzinfo=UTC)

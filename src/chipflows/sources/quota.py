"""Append-only logs that survive a crash, and on top of them the ledger of calls made with a key."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from chipflows.raw.records import stamp
from chipflows.sources.http import Refused


@contextmanager
def locked(path: Path) -> Iterator[IO[bytes]]:
    """Yield a log opened for reading and appending, which no other process has meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        yield log


def entries(log: IO[bytes]) -> list[dict[str, Any]]:
    """Return the entries of a log; a line torn by a crash comes back as an empty entry, for it was begun."""
    log.seek(0)
    found = []
    for line in log.read().splitlines():
        try:
            found.append(dict(json.loads(line)))
        except (ValueError, TypeError):
            found.append({})
    return found


def append(log: IO[bytes], entry: dict[str, Any]) -> None:
    """Write one entry to the end of a log, and to the disk before returning."""
    size = log.seek(0, os.SEEK_END)
    if size:
        log.seek(size - 1)
        is_torn = log.read(1) != b"\n"
        log.write(b"\n" if is_torn else b"")
    log.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
    log.flush()
    os.fsync(log.fileno())


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
        with locked(self._path) as log:
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
        with locked(self._path) as log:
            append(log, {"at": stamp(self._now()), "event": "closed", "until": stamp(until)})

    def left(self) -> int:
        """Return how many calls this month still has."""
        with locked(self._path) as log:
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

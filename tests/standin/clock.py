"""Clocks that a test holds: of pauses, told exactly however busy the machine is, and of days, none of which ends."""

from __future__ import annotations

import threading
from datetime import datetime, tzinfo


class Clock(threading.local):
    """Stands in for the module `time`; every thread has a time and a list of pauses, both in seconds, of its own."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def stopped(moment: datetime) -> type[datetime]:
    """Return the class `datetime` for which it is always this moment."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Stopped:
            return cls.fromtimestamp(moment.timestamp(), tz)

    return Stopped

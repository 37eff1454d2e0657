"""A clock that moves only when someone sleeps, so that pauses are told exactly, however busy the machine is."""

from __future__ import annotations

import threading


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

"""From values to pixels: linear and logarithmic scales, and round numbers for their ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Scale:
    """Maps values between `low` and `high` to pixels between `start` and `stop`; calling it with an array maps each."""

    low: float
    high: float
    start: float
    stop: float
    is_log: bool = False

    def __call__(self, values: Any) -> Any:
        values = np.asarray(values, dtype=float)
        low, high = self.low, self.high
        if self.is_log:
            values, low, high = np.log(values), math.log(low), math.log(high)
        pixels = self.start + (values - low) / (high - low) * (self.stop - self.start)
        return pixels if pixels.ndim else float(pixels)


def ticks_from_zero(highest: float, most: int = 6) -> list[float]:
    """Return 4 to 6 round ticks from 0 to at or above `highest` (three on small panels: `most=4`)."""
    if not highest > 0:
        return [0.0, 1.0]
    power = 10.0 ** math.floor(math.log10(highest / most))
    for step in (1, 2, 2.5, 5, 10, 20, 25, 50, 100):
        count = math.ceil(highest / (step * power) - 1e-9)
        if count < most:
            return [round(step * power * i, 12) for i in range(count + 1)]
    raise AssertionError("a step of 100 powers always fits")


def log_ticks(low: float, high: float) -> list[float]:
    """Return the ticks 1, 2, 5, 10 … from `low` to `high`; over more than two and a half decades powers of ten."""
    digits = (1, 2, 5) if math.log10(high / low) <= 2.5 else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [d * 10.0**p for p in powers for d in digits if low * 0.999 <= d * 10.0**p <= high * 1.001]


def log_range(low: float, high: float) -> tuple[float, float]:
    """Return the 1-2-5 numbers at or outside `low` and `high`, a little apart even when both are equal."""
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    steps = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
    return max(step for step in steps if step <= low), min(step for step in steps if step > high)

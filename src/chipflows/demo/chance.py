"""Chance that depends on names alone: the same world on every machine, whatever else is in it.

Only integer operations and correctly rounded ones (+, -, *, /) are used: a library's `exp` may differ in its last bit
from one processor to the next, and with it the bytes of the demo.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Floats = NDArray[np.float64]

STEP = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@cache
def key(*names: str) -> np.uint64:
    """Return the key of a thing with this name."""
    digest = hashlib.blake2b("\x1f".join(names).encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def keys(names: Iterable[str]) -> Keys:
    """Return the keys of several names, as one row; not to be written to."""
    return keys_of(tuple(names))


@lru_cache(maxsize=256)
def keys_of(names: tuple[str, ...]) -> Keys:
    return np.array([key(name) for name in names], dtype=np.uint64)


def mixed(*parts: Any) -> Keys:
    """Return keys for the combinations of parts (broadcast): SplitMix64, every part stirred into those before it."""
    state: Any = np.uint64(0)
    with np.errstate(over="ignore"):
        for part in parts:
            state = np.asarray(state ^ part) + STEP
            state = (state ^ (state >> np.uint64(30))) * FIRST
            state = (state ^ (state >> np.uint64(27))) * SECOND
            state = state ^ (state >> np.uint64(31))
    return np.asarray(state, dtype=np.uint64)


def uniform(which: Keys) -> Floats:
    """Return a number from 0 up to 1 for every key."""
    return (which >> np.uint64(11)).astype(np.float64) * (1.0 / 2**53)


def normal(which: Keys) -> Floats:
    """Return a number with mean 0 and variance 1 for every key: the sum of its four 16-bit parts."""
    parts = np.zeros(which.shape)
    for shift in (0, 16, 32, 48):
        parts += (which >> np.uint64(shift)) & np.uint64(0xFFFF)
    return (parts * (1.0 / 65535) - 2.0) * 1.7320508075688772


def spread(numbers: Floats, sigma: float) -> Floats:
    """Return factors with mean 1 that scatter like a lognormal: (1 + x/1024) to the power 1024."""
    factor: Floats = 1.0 + (numbers * sigma - sigma * sigma / 2.0) * (1.0 / 1024)
    for _ in range(10):
        factor = factor * factor
    return factor

"""Published totals that the synthetic world must meet, and the arithmetic that makes it meet them to the cent."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chipflows.config import Config, PublishedFact
from chipflows.demo.chance import Floats
from chipflows.errors import ConfigError

Cents = NDArray[np.int64]
Series = tuple[str, str, str]
"""Exporter, destination, heading or six-digit code."""

FACTOR = {"USD": 1, "USD m": 10**6}
HALVES = {"H1": range(1, 7), "H2": range(7, 13)}
NOTHING = "no row"


@dataclass(frozen=True)
class Target:
    """Months (places on the world's calendar) whose exports add up to this many US dollars."""

    at: tuple[int, ...]
    usd: float


def targets_of(config: Config, months: Sequence[str]) -> dict[Series, list[Target]]:
    """Return the targets of every series that scales the demo, in order of time, without overlaps.

    Half-years and "no row" years of such a series count too. Raises `ConfigError` for a figure that can't be used.
    """
    flagged = {series_of(one) for one in config.published_facts if one.scales_demo}
    found: dict[Series, dict[str, float]] = defaultdict(dict)
    for fact in config.published_facts:
        series, is_half = series_of(fact), fact.period[4:] in HALVES
        if series in flagged and (fact.scales_demo or fact.value == NOTHING or is_half):
            if fact.period in found[series] or fact.unit not in FACTOR:
                raise ConfigError(f"published_facts.csv, {fact.fact_id}: stands twice, or its unit is not USD or USD m")
            found[series][fact.period] = 0.0 if fact.value == NOTHING else float(fact.value) * FACTOR[fact.unit]
    return {
        series: [Target(places(period, months), usd) for period, usd in disjoint(periods)]
        for series, periods in found.items()
    }


def series_of(fact: PublishedFact) -> Series:
    return " ".join(fact.reporter), " ".join(fact.partner), fact.hs


def disjoint(periods: dict[str, float]) -> list[tuple[str, float]]:
    """Return years and half-years in order of time; a year of which one half is known is split into its halves."""
    parts = dict(periods)
    for period in periods:
        year, half = period[:4], period[4:]
        if half and year in parts:
            parts[f"{year}{'H1' if half == 'H2' else 'H2'}"] = parts.pop(year) - periods[period]
    if short := [period for period, usd in parts.items() if usd < 0]:
        raise ConfigError(f"published_facts.csv, {short[0]}: a half-year is larger than its year")
    return sorted(parts.items())


def places(period: str, months: Sequence[str]) -> tuple[int, ...]:
    """Return the places of a year's or half-year's months on the calendar."""
    wanted = {f"{period[:4]}-{number:02d}" for number in HALVES.get(period[4:], range(1, 13))}
    return tuple(place for place, month in enumerate(months) if month in wanted)


def settle(
    targets: Sequence[Target], moved: Floats, still: Floats, reported: NDArray[np.bool_], war: int, backfill: float
) -> tuple[Floats, list[Target]]:
    """Return factors by month that make `moved` (US dollars, goods × months) meet the targets, and what each then is.

    Months before `war` keep the scale of the year before, also where the year is one of war, so that no step arises at
    New Year. `backfill` below 1 shifts the targets after it towards the path without response, `still`.
    """
    factor, known = np.ones(len(reported)), np.zeros(len(reported), dtype=bool)
    settled: list[Target] = []
    calm = 1.0
    for target in targets:
        before, after = parts_of(target, reported, war)
        if before:
            sold = total(moved[:, before])
            calm = target.usd / sold if target.usd and sold and not after else calm
            # Whole cents, and half of the year at most: the months after must make up the rest exactly.
            settled.append(Target(before, min(round(calm * sold, 2), target.usd / 2) if after else target.usd))
            mark(factor, known, before, settled[-1].usd / sold if sold else 0.0)
        if after:
            left = target.usd - (settled[-1].usd if before else 0.0)
            left = backfill * left + (1.0 - backfill) * calm * total(still[:, after])
            sold = total(moved[:, after])
            settled.append(Target(after, left))
            mark(factor, known, after, left / sold if sold else 0.0)
    return carried(factor, known, war, calm, backfill), settled


def parts_of(target: Target, reported: NDArray[np.bool_], war: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return a target's reported months before the war, and those after."""
    shown = [place for place in target.at if reported[place]]
    return tuple(place for place in shown if place < war), tuple(place for place in shown if place >= war)


def mark(factor: Floats, known: NDArray[np.bool_], at: tuple[int, ...], value: float) -> None:
    """Note a factor for months and for the unreported ones between them."""
    factor[at[0] : at[-1] + 1], known[at[0] : at[-1] + 1] = value, True


def total(usd: Floats) -> float:
    """Return a sum that does not depend on the order of adding."""
    return math.fsum(usd.ravel().tolist())


def carried(factor: Floats, known: NDArray[np.bool_], war: int, calm: float, backfill: float) -> Floats:
    """Return factors for all months; an unknown one is the next known before the war, the last known after it."""
    filled = factor.copy()
    following = last = calm
    for place in range(war - 1, -1, -1):
        following = factor[place] if known[place] and factor[place] else following
        filled[place] = factor[place] if known[place] else following
    for place in range(war, len(factor)):
        last = factor[place] if known[place] and factor[place] else last
        filled[place] = factor[place] if known[place] else backfill * last + (1.0 - backfill) * calm
    return filled


def exactly(usd: Floats, sum_usd: float, smallest: float) -> Cents:
    """Return whole cents that add up to `sum_usd`, in proportion to `usd`, in as many cells as `smallest` allows."""
    wanted = int(sum_usd * 100 + 0.5)
    cents = np.zeros(usd.shape, dtype=np.int64)
    if not wanted:
        return cents
    order = np.argsort(-usd, axis=None, kind="stable")[: max(1, int(sum_usd / smallest))]
    kept = usd.flat[order]
    cents.flat[order] = np.floor(kept * (wanted / total(kept))).astype(np.int64)
    cents.flat[order[0]] += wanted - int(cents.sum())
    return cents

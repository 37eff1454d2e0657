"""Counterfactual gain: more to Russia, apart from more of the same goods to everyone. (methods C.3)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chipflows.analysis import bootstrap
from chipflows.analysis.excess import Excess, ratio_interval
from chipflows.analysis.noise import Noise, noise
from chipflows.analysis.panel import Array, Cube, Window, contrast, cube


def counterfactual_gain(
    panel: pd.DataFrame,
    elsewhere: pd.DataFrame,
    groups: Mapping[str, Sequence[str]],
    base: Window,
    after: Window,
    goods: Mapping[str, Sequence[str]] | None = None,
    column: str = "value_usd",
    draws: int = bootstrap.DRAWS,
    seed: int = 2022,
) -> pd.DataFrame:
    """What each group sold to the focal destination beyond what its sales elsewhere foretell, per month, one row by
    goods and group.

    By supplier and family: excess = X - B * R / R0, where X and R are the window's monthly means to the focal
    destination and elsewhere, B and R0 those of the same calendar months of the base. `expected` = sum of B * R /
    R0, `to_everyone` = expected - B ("more to everyone"), `excess` with 95% over months, `ratio` = excess /
    expected (0 = sells there as elsewhere) with 95% over months and codes. Both panels hold supplier, family,
    period, `column`; a family counts when all members of the group sold it elsewhere in the base. Source: methods
    C.3, counterfactual gain.
    """
    goods = goods or {"all": sorted(panel["family"].unique())}
    here = cube(panel, column)
    there = cube(elsewhere, column, here.months)
    rows = []
    for name, families in goods.items():
        for group, members in groups.items():
            pair = here.with_families(families).of(members), there.with_families(families).of(members)
            rows.append({"family": name, "group": group, **_one(*pair, base, after, draws, seed)})
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class _Side:
    """Sales to one destination: weights of the after and base months, their means by supplier and family, and the
    noise.
    """

    late: Array
    early: Array
    after: Array
    before: Array
    noise: Noise

    @classmethod
    def of(cls, sold: Cube, base: Window, after: Window) -> _Side:
        late, early = contrast(sold.cells, sold.months, base, after)
        known = np.nan_to_num(sold.cells)
        means = (late * known).sum(axis=-1), (early * known).sum(axis=-1)
        return cls(late, early, *means, noise(sold.cells, sold.months, base, after))


def _one(here: Cube, there: Cube, base: Window, after: Window, draws: int, seed: int) -> dict[str, Any]:
    """One row of `counterfactual_gain`, without its keys; d(B R / R0) = R/R0 dB + B/R0 (dR - R/R0 dR0)."""
    x, r = _Side.of(here, base, after), _Side.of(there, base, after)
    usable = np.asarray(((x.late > 0).any(axis=-1) & (r.late > 0).any(axis=-1) & (r.before > 0)).all(axis=0))
    if not usable.any():
        missing = sorted({*here.without_data(), *there.without_data()})
        return {"codes": 0, "reason": f"no data for {', '.join(missing) or 'these goods elsewhere'}"}
    known = np.where(usable, r.before, 1.0)
    growth, pull = np.where(usable, r.after / known, 0.0), np.where(usable, x.before / known, 0.0)
    foretold = growth[..., None] * x.early, pull[..., None] * (r.late - growth[..., None] * r.early)
    seen = np.where(usable[None, :, None], x.late, 0.0), np.zeros_like(r.late)
    expected = _role(foretold, (x, r), x.before * growth)
    more = _role(
        tuple(s - f for s, f in zip(seen, foretold, strict=True)), (x, r), x.after * usable - x.before * growth
    )
    found = ratio_interval(more, expected, draws, np.random.default_rng(seed))
    level = float((x.before * usable).sum())
    names = {"gain": "excess", "gain_lo": "excess_lo", "gain_hi": "excess_hi", "ratio": "ratio", "lo": "lo", "hi": "hi"}
    return {
        "codes": int(usable.sum()),
        "sold": float((x.after * usable).sum()),
        "base": level,
        "expected": found["loss"],
        "to_everyone": found["loss"] - level,
        **{new: found[old] for old, new in names.items()},
        "reason": "" if np.isfinite(found["lo"]) else "too little sold before to foretell anything",
    }


def _role(weights: tuple[Array, ...], sides: tuple[_Side, _Side], by_cell: Array) -> Excess:
    """A sum whose error is that of `weights` on both sides."""
    here, there = (bootstrap.block_tables(w, side.noise) for w, side in zip(weights, sides, strict=True))
    tables = [a + b for a, b in zip(here, there, strict=True)]
    by_family = by_cell.sum(axis=0)
    return Excess(by_family, np.nan, np.ones(len(by_family)), tables, sides[0].noise, np.nan, ())

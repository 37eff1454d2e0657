"""Poisson regression with three-way effects: as `analysis.panel_ppml` fits it, against a GLM with dummies."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from bench.measure import Note, Row, at_least
from bench.peers import dummies
from chipflows.analysis.panel_ppml import _fit

EFFECTS = {"pair": ("partner", "product"), "partner_month": ("partner", "month"), "product_month": ("product", "month")}
COMMON, LARGE = (8, 15, 30), (40, 125, 100)
"""Partners, products and months: what dummies can do in seconds, and what is asked for."""

TRUTH, EQUAL = -0.7, 1e-6


def rows(home: Path, options: Namespace) -> Iterator[Row | Note]:
    """Yield the rows about the regression; raises ValueError where the coefficients differ."""
    fitted(panel((5, 5, 12)))  # what is compiled once a machine is no part of the work
    table = panel(COMMON)
    ours, seconds = fitted(table)
    start = time.perf_counter()
    theirs = dummies.coefficient(table, "treated", list(EFFECTS))
    peer = time.perf_counter() - start
    if abs(ours - theirs) > EQUAL:
        raise ValueError(f"coefficients differ: {ours} with absorbed effects, {theirs} with dummies")
    what = "Poisson regression with three-way effects"
    yield at_least(f"{what}, {len(table):,} rows, equal coefficients", seconds, "s", dummies.NAME, peer, 20)
    large = panel(LARGE)
    found, seconds = fitted(large)
    if abs(found - TRUTH) > 0.05:
        raise ValueError(f"the large regression found {found}, the truth is {TRUTH}")
    likely = peer * len(large) / len(table)
    peer_name = f"{dummies.NAME}, the time of {len(table):,} rows times {len(large) / len(table):.0f}"
    yield at_least(f"{what}, {len(large):,} rows", seconds, "s", peer_name, likely, 20)
    count = sum(large[effect].nunique() for effect in EFFECTS)
    size = 8 * len(large) * count / 2**30
    text = (
        f"With dummies the {len(large):,} rows have {count:,} columns, {size:.0f} GiB: they can't be run. Their "
        "time is that of the common size multiplied by the rows alone. It grows with the rows times the square of the "
        "columns, so that the true ratio is larger."
    )
    yield Note("The regression's large size", text)


def panel(shape: tuple[int, int, int]) -> pd.DataFrame:
    """Return a balanced panel of partners, products and months: the listed half of the products falls for the first
    fifth of the partners in the last third of the months."""
    partners, products, months = shape
    rng = np.random.default_rng(5)
    partner, product, month = (part.ravel() for part in np.indices(shape))
    table = pd.DataFrame({"partner": partner, "product": product, "month": month})
    treated = (partner < partners // 5 + 1) & (product % 2 == 0) & (month >= months - months // 3)
    effects = (
        rng.normal(0, 1, (partners, products))[partner, product]
        + rng.normal(0, 0.3, (partners, months))[partner, month]
        + rng.normal(0, 0.3, (products, months))[product, month]
    )
    table["treated"] = treated.astype(float)
    table["value"] = rng.poisson(np.exp(1 + effects + TRUTH * table["treated"])).astype(float)
    for name, parts in EFFECTS.items():
        table[name] = table.groupby(list(parts), sort=False).ngroup()
    kept = table.groupby("pair")["value"].transform("sum") > 0
    for name in EFFECTS:
        kept &= table.groupby(name)["value"].transform("sum") > 0
    return table[kept].reset_index(drop=True)


def fitted(table: pd.DataFrame) -> tuple[float, float]:
    """Return the coefficient that pyfixest finds, and the seconds it took."""
    start = time.perf_counter()
    fit = _fit(table, ["treated"], list(EFFECTS))
    seconds = time.perf_counter() - start
    return float(fit.coef()["treated"]), seconds

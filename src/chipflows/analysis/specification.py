"""Every defensible way of counting, side by side: the backfill ratio over all combinations of the choices. (methods
C.2, C.3)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd

from chipflows.analysis.backfill import backfill_of
from chipflows.analysis.panel import Cube, Window, cube

CHOICES = ("baseline", "hongkong", "codes", "valuation", "reporters")


def specifications(
    panel: pd.DataFrame,
    after: Window,
    baselines: Mapping[str, Window],
    hongkong: Mapping[str, Sequence[str]],
    codes: Mapping[str, Sequence[str]],
    valuations: Mapping[str, float],
    reporters: Mapping[str, Sequence[str]],
    main: Mapping[str, str],
    column: str = "value_usd",
    draws: int = 999,
    seed: int = 2022,
) -> pd.DataFrame:
    """The backfill ratio under every combination of choices, one row each, sorted: `spec_id`, the five choices,
    `estimate`, `lo`, `hi`, `is_main`, `reason`.

    `hongkong` names groups of gaining suppliers, `codes` lists of families, `reporters` lists of coalition members;
    `valuations` names the factors that values of rows with `is_cif` are divided by (1.00, 1.06, 1.10: methods C.1),
    one name being enough where there are none. `main` gives the headline's name for each choice. `panel` holds
    supplier, family, period, `column`, and may hold is_cif. Raises ValueError when `main` names no combination.
    Source: Simonsohn, Simmons and Nelson (2020), Nature Human Behaviour 4.
    """
    options = dict(zip(CHOICES, (baselines, hongkong, codes, valuations, reporters), strict=True))
    if unknown := [c for c in CHOICES if main.get(c) not in options[c]]:
        raise ValueError(f"main: {', '.join(unknown)} must name one of the options given")
    cubes = {name: valued(panel, column, factor) for name, factor in valuations.items()}
    rows = []
    for number, names in enumerate(product(*options.values())):
        chosen = dict(zip(CHOICES, names, strict=True))
        sold: Cube = cubes[chosen["valuation"]].with_families(codes[chosen["codes"]])
        sides = sold.of(reporters[chosen["reporters"]]), sold.of(hongkong[chosen["hongkong"]])
        found = backfill_of(*sides, baselines[chosen["baseline"]], after, draws, seed)
        numbers = {"estimate": found.get("ratio", np.nan), "lo": found.get("lo", np.nan), "hi": found.get("hi", np.nan)}
        rows.append(
            {"spec_id": number, **chosen, **numbers, "is_main": chosen == dict(main), "reason": found["reason"]}
        )
    return pd.DataFrame(rows).sort_values(["estimate", "spec_id"], ignore_index=True)


def valued(panel: pd.DataFrame, column: str, factor: float) -> Cube:
    """The panel's cube with values of rows that are cif divided by `factor`, so that all are fob."""
    if "is_cif" not in panel:
        return cube(panel, column)
    fob = panel[column].where(~panel["is_cif"].astype(bool), panel[column] / factor)
    return cube(panel.assign(**{column: fob}), column)


def agreement(table: pd.DataFrame, threshold: float = 1.0) -> dict[str, float]:
    """How many specifications there are, can be estimated, reach `threshold` with their interval, lie above it;
    smallest, median, largest.
    """
    known = table.dropna(subset=["estimate"])
    return {
        "specifications": len(table),
        "estimated": len(known),
        "reach": int((known["hi"].fillna(known["estimate"]) >= threshold).sum()),
        "above": int((known["lo"] > threshold).sum()),
        "smallest": float(known["estimate"].min()),
        "median": float(known["estimate"].median()),
        "largest": float(known["estimate"].max()),
    }

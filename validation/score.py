"""From findings to one line per estimator and scenario: coverage, bias, false positives, detection, goal, met or
missed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from validation.estimators import Finding

COVERAGE = (0.92, 0.98)
MOST_FALSE = 0.07
LEAST_FOUND = 0.80

HELD_TO_COVERAGE = (
    "backfill ratio",
    "counterfactual gain",
    "ITS step",
    "triple difference",
    "DiD",
    "price ratio",
    "rerouting, a hub used",
)
AT_THE_EDGE = "rerouting"
"""A share can't be below 0: where the truth is 0, its interval nearly always holds it: only false positives count."""
FOR_COMPARISON = {
    "ITS step, plain Newey-West": "least squares with plain Newey-West, as in many papers, covers too little",
}


def scores(findings: list[Finding]) -> pd.DataFrame:
    """One row per estimator and scenario: runs, defined, coverage, bias, false_positives, detection, goal, state,
    note.
    """
    table = pd.DataFrame([vars(f) for f in findings])
    rows = [_score(str(e), str(s), part) for (e, s), part in table.groupby(["estimator", "scenario"], sort=False)]
    return pd.DataFrame(rows)


def _score(estimator: str, scenario: str, part: pd.DataFrame) -> dict[str, Any]:
    truth, null, runs = part["truth"].iloc[0], part["null"].iloc[0], len(part)
    has_interval = part["lo"].notna()
    known, share_known = part[has_interval], float(has_interval.mean())
    by_interval = has_interval & ((part["lo"] > null) | (part["hi"] < null))
    found = float(np.mean(part["is_found"].astype(bool) if part["is_found"].notna().all() else by_interval))
    is_null = truth == null
    row: dict[str, Any] = {
        "estimator": estimator,
        "scenario": scenario,
        "runs": runs,
        "defined": share_known,
        "coverage": float(((known["lo"] <= truth) & (known["hi"] >= truth)).mean()) if len(known) else np.nan,
        "bias": float((known["estimate"] - truth).mean()) if len(known) else np.nan,
        "false_positives": found if is_null else np.nan,
        "detection": np.nan if is_null else found,
    }
    return row | _judged(estimator, row)


def _judged(estimator: str, row: dict[str, Any]) -> dict[str, str]:
    """The goals that this row has, and whether all are met."""
    if estimator in FOR_COMPARISON:
        return {"goal": "none: for comparison", "state": "", "note": FOR_COMPARISON[estimator]}
    goals, met = [], []
    coverage, false, detection = (row[key] for key in ("coverage", "false_positives", "detection"))
    at_edge = estimator.startswith(AT_THE_EDGE) and np.isfinite(false)
    if estimator.startswith(HELD_TO_COVERAGE) and row["defined"] > 0.5 and not at_edge:
        goals.append(f"coverage {COVERAGE[0]:.0%} to {COVERAGE[1]:.0%}")
        met.append(COVERAGE[0] <= coverage <= COVERAGE[1])
    if np.isfinite(false):
        goals.append(f"false positives at most {MOST_FALSE:.0%}")
        met.append(false <= MOST_FALSE)
    if np.isfinite(detection) and not estimator.startswith(HELD_TO_COVERAGE):
        goals.append(f"detection at least {LEAST_FOUND:.0%}")
        met.append(detection >= LEAST_FOUND)
    return {"goal": ", ".join(goals), "state": "met" if all(met) else "missed", "note": ""}


def line(row: pd.Series) -> str:
    """One line for the terminal."""
    numbers = [
        f"{name} {percent(row[key])}"
        for name, key in (("coverage", "coverage"), ("false positives", "false_positives"), ("detection", "detection"))
    ]
    return (
        f"{row['estimator']:<36} {row['scenario']:<44} {numbers[0]:<15} bias {signed(row['bias']):<7} "
        f"{numbers[1]:<22} {numbers[2]:<15} goal: {row['goal']:<62} {row['state']}"
    ).rstrip()


def percent(value: float) -> str:
    return "–" if np.isnan(value) else f"{100 * value:.1f}%"


def signed(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:+.3f}".replace("-", "−")

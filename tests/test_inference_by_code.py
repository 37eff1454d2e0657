"""Which codes broke, when many are looked at: planted steps are found, and few others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from chipflows.analysis.by_code import steps_by_code

MONTHS = pd.date_range("2017-01", "2023-12", freq="MS")
BROKEN, CALM = [f"B{n}" for n in range(5)], [f"C{n:02d}" for n in range(20)]


def panel() -> pd.DataFrame:
    """Two sellers of 25 codes; five fall by 1.5 log points in March 2022, one of them has months without trade, and
    one code is never traded.
    """
    rng, frames = np.random.default_rng(4), []
    for supplier in ("DEU", "FRA"):
        for family in [*BROKEN, *CALM, "N"]:
            level = np.where((MONTHS >= "2022-03") & (family in BROKEN), np.exp(-1.5), 1.0) * (family != "N")
            value = level * np.exp(0.15 * rng.normal(size=len(MONTHS)))
            value[[5, 70]] *= family != "B0"
            frames.append(pd.DataFrame({"supplier": supplier, "family": family, "period": MONTHS, "value_usd": value}))
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return steps_by_code(panel(), ["DEU", "FRA"], [*BROKEN, *CALM, "N"], "2022-03").set_index("family")


def test_planted_steps_are_found_and_hardly_any_other(table: pd.DataFrame) -> None:
    assert (table.loc[BROKEN, "q"] < 0.05).all()
    assert (table.loc[BROKEN, "lo"] < -1.5).sum() >= 4
    assert table.loc[BROKEN, "estimate"].to_numpy() == pytest.approx([-1.5] * 5, abs=0.25)
    assert (table.loc[CALM, "q"] < 0.05).sum() <= 1


def test_looking_at_many_is_paid_for(table: pd.DataFrame) -> None:
    known = table.dropna(subset=["p"])
    assert (known["q"] >= known["p"]).all()


def test_a_code_with_months_without_trade_is_fitted_by_ppml_and_one_never_traded_says_so(table: pd.DataFrame) -> None:
    assert table.loc["B0", "form"] == "ppml"
    assert table.loc["B1", "form"] == "log"
    assert table.loc["N", "reason"] == "no trade is published"
    assert np.isnan(table.loc["N", ["estimate", "q"]].to_numpy(dtype=float)).all()

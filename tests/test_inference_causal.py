"""PPML with effects against an independent iteratively reweighted least squares with dummies; placebos; many tests."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from chipflows.analysis.causal import DIFFERENCE, TRIPLE, difference, event_study, joint_test
from chipflows.analysis.panel_ppml import ppml
from chipflows.analysis.placebos import benjamini_hochberg, placebos

MONTHS = pd.date_range("2021-01", "2022-12", freq="MS")
LISTED, OTHER = [f"L{i}" for i in range(8)], [f"P{i}" for i in range(8)]
AT = "2022-03"


def trade(effect: float = 0.0, seed: int = 0, destinations: tuple[str, ...] = ("RUS", "IND", "BRA")) -> pd.DataFrame:
    """Exports of two reporters by destination with an effect (log points) on listed goods to RUS from March 2022 on."""
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        product(("CHN", "HKG"), destinations, LISTED + OTHER, MONTHS),
        columns=["reporter", "partner", "family", "period"],
    )
    level = rng.normal(size=rows.groupby(["reporter", "partner", "family"]).ngroups)[
        rows.groupby(["reporter", "partner", "family"]).ngroup()
    ]
    hit = (rows["partner"] == "RUS") & rows["family"].isin(LISTED) & (rows["period"] >= AT)
    rows["value_usd"] = np.exp(level + effect * hit + 0.2 * rng.normal(size=len(rows))) * (rng.random(len(rows)) > 0.05)
    return rows


def dummies(table: pd.DataFrame, effects: tuple[str, ...]) -> np.ndarray:
    """Effects as columns, linearly independent."""
    names = {"exporter": "reporter", "destination": "partner", "product": "family", "month": "period"}
    columns = [
        np.eye(g.max() + 1)[g]
        for e in effects
        for g in [table.groupby([names[n] for n in e.split("^")]).ngroup().to_numpy()]
    ]
    x = np.hstack(columns)
    r = np.linalg.qr(x, mode="r")
    return x[:, np.abs(np.diag(r)) > 1e-8]


def newton(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Poisson by Newton steps on the full matrix of dummies; coefficients and fitted means."""
    mean, last = (y + y.mean()) / 2, np.full(x.shape[1], np.inf)
    while True:
        weighted = x * mean[:, None]
        b = np.linalg.solve(weighted.T @ x, weighted.T @ (np.log(mean) + (y - mean) / mean))
        mean = np.exp(np.clip(x @ b, -30, 30))
        if np.abs(b - last).max() < 1e-12:
            return b, mean
        last = b


def small(panel: pd.DataFrame, products: int) -> pd.DataFrame:
    """A year around the effect and a few products, so that all dummies fit into one matrix."""
    return panel[
        panel["family"].isin(LISTED[:products] + OTHER[:products]) & panel["period"].between("2021-09", "2022-08")
    ].reset_index(drop=True)


@pytest.mark.parametrize("effects", [TRIPLE, DIFFERENCE], ids=["triple", "difference"])
def test_ppml_equals_an_independent_fit_with_dummies_to_six_digits(effects: tuple[str, ...]) -> None:
    panel = small(trade(0.6, seed=1), 3)
    treated = ((panel["partner"] == "RUS") & panel["family"].isin(LISTED) & (panel["period"] >= AT)).to_numpy(float)
    coefficients, _ = newton(panel["value_usd"].to_numpy(), np.column_stack([treated, dummies(panel, effects)]))
    found = difference(panel, "RUS", LISTED, AT, effects)
    assert found["estimate"] == pytest.approx(coefficients[0], rel=1e-6)
    assert found["percent"] == pytest.approx(100 * np.expm1(coefficients[0]), rel=1e-6)


def test_jackknife_equals_one_newton_step_without_each_cluster() -> None:
    panel = small(trade(0.6, seed=2), 4)
    names = {
        "reporter": "exporter",
        "partner": "destination",
        "family": "product",
        "period": "month",
        "value_usd": "value",
    }
    table = panel.rename(columns=names)
    table["one"] = ((table["destination"] == "RUS") & table["product"].isin(LISTED) & (table["month"] >= AT)).astype(
        float
    )
    table["two"] = table["one"] * (table["month"] >= "2022-06")
    found = ppml(table, ["one", "two"], TRIPLE, ["product"])
    x = np.column_stack([table[["one", "two"]].to_numpy(), dummies(panel, TRIPLE)])
    y = table["value"].to_numpy()
    _, mean = newton(y, x)
    moves = []
    for name in table["product"].unique():
        rest = (table["product"] != name).to_numpy()
        root = np.sqrt(mean[rest])
        moves.append(
            np.linalg.lstsq(x[rest] * root[:, None], (y[rest] - mean[rest]) / mean[rest] * root, rcond=1e-10)[0][:2]
        )
    expected = np.array(moves).T @ np.array(moves) * 7 / 8
    assert found.covariance == pytest.approx(expected, rel=1e-4)
    assert found.clusters == 8
    assert 1 < found.effective_clusters <= 8


def test_an_effect_is_found_and_none_is_not() -> None:
    there, none = difference(trade(0.8, seed=3), "RUS", LISTED, AT), difference(trade(0.0, seed=3), "RUS", LISTED, AT)
    assert there["lo"] < 0.8 < there["hi"]
    assert there["lo"] > 0
    assert none["lo"] < 0 < none["hi"]


def test_a_design_without_variation_is_refused_in_words() -> None:
    panel = trade(0.5)
    with pytest.raises(ValueError, match="no variation left for treated"):
        difference(panel[panel["partner"] == "RUS"], "RUS", LISTED + OTHER, AT)


def test_rows_that_predict_zero_are_counted_not_dropped_in_silence() -> None:
    panel = trade(0.5, seed=4)
    never = (panel["reporter"] == "CHN") & (panel["partner"] == "IND") & (panel["family"] == "L0")
    panel.loc[never, "value_usd"] = 0.0
    found = difference(panel, "RUS", LISTED, AT)
    assert found["separated"] == never.sum()
    assert found["rows"] == len(panel) - never.sum()


def test_event_study_is_flat_before_and_high_after_with_wider_joint_bounds() -> None:
    table = event_study(trade(0.8, seed=5), "RUS", LISTED, "2022-02", (MONTHS[0], MONTHS[-1]), width=3)
    assert table["is_reference"].sum() == 1
    assert table.loc[table["is_reference"], ["k", "estimate"]].to_numpy().tolist() == [[-1, 0.0]]
    assert table.loc[table["k"] >= 0, "estimate"].to_numpy() == pytest.approx([0.8] * 4, abs=0.35)
    assert table.loc[table["k"] < -1, "estimate"].to_numpy() == pytest.approx([0.0] * 4, abs=0.35)
    rest = table[~table["is_reference"]]
    assert (rest["lo_sup"] < rest["lo"]).all()
    assert table.attrs["leads_p"] > 0.05


def test_joint_test_is_hotelling_and_refuses_more_leads_than_clusters() -> None:
    rng = np.random.default_rng(6)
    sample = rng.normal(size=(12, 3)) + 0.4
    covariance = np.cov(sample.T) / 12
    f, p = joint_test(sample.mean(axis=0), covariance, 12)
    statistic = sample.mean(axis=0) @ np.linalg.inv(covariance) @ sample.mean(axis=0)
    assert f == pytest.approx(statistic * 9 / (3 * 11))
    assert p == pytest.approx(stats.f.sf(f, 3, 9))
    assert np.isnan(joint_test(np.ones(5), np.eye(5), 4.2)[1])


def test_placebos_find_little_where_nothing_was_planted() -> None:
    table = placebos(
        trade(0.9, seed=7),
        "RUS",
        LISTED,
        AT,
        dates=["2021-07"],
        destinations=["IND"],
        goods={"half": OTHER[:4]},
    ).set_index(["kind", "name"])
    assert table.loc[("actual", "RUS"), "lo"] > 0.5
    assert np.isnan(table.loc[("actual", "RUS"), "q"])
    rest = table.drop(index=("actual", "RUS"))
    assert (rest["q"] >= rest["p"]).all()
    assert (rest["estimate"].abs() < 0.5).all()


def test_a_placebo_that_cannot_be_estimated_says_why() -> None:
    table = placebos(trade(0.9, seed=7), "RUS", LISTED, AT, [], [], {"none": ["L0"]}).set_index("kind")
    assert "no variation" in table.loc["goods", "reason"]


def test_benjamini_hochberg_by_hand() -> None:
    q = benjamini_hochberg(np.array([0.01, np.nan, 0.04, 0.03, 0.5]))
    assert q[[0, 2, 3, 4]].tolist() == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])
    assert np.isnan(q[1])
    assert q == pytest.approx(
        np.r_[stats.false_discovery_control([0.01, 0.04, 0.03, 0.5]), np.nan][[0, 4, 1, 2, 3]], nan_ok=True
    )

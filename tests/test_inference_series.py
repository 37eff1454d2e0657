"""Regression, interrupted series and breaks against closed forms, brute force, published tables and planted dates."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from chipflows.analysis import several_breaks as several
from chipflows.analysis.breaks import chow, largest, order, prepare, sup_f
from chipflows.analysis.regression import (
    MEMORIES,
    least_squares,
    memory_weights,
    newey_west,
    poisson,
    poisson_series,
    whitened,
)
from chipflows.analysis.series import expected_without, interrupted_series, season

MONTHS = pd.date_range("2017-01", "2023-12", freq="MS")


def simulated(
    step: float = 0.0, at: str = "2022-03", memory: float = 0.4, spread: float = 0.1, seed: int = 0
) -> pd.Series:
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=len(MONTHS))
    for t in range(1, len(noise)):
        noise[t] = memory * noise[t - 1] + np.sqrt(1 - memory**2) * noise[t]
    level = np.where(pd.Timestamp(at) > MONTHS, 0.0, step) + 0.2 * np.cos(2 * np.pi * MONTHS.month / 12)
    return pd.Series(100 * np.exp(level + spread * noise), index=MONTHS)


@pytest.fixture(scope="module")
def regression() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    position = np.delete(np.arange(60), [7, 20, 21])
    x = np.column_stack([np.ones(57), rng.normal(size=(57, 2)), position > 30])
    return x @ [1.0, 2.0, -1.0, 0.5] + rng.normal(size=57), x.astype(float), position


def test_newey_west_equals_the_double_sum_over_pairs_of_months(regression: tuple[np.ndarray, ...]) -> None:
    y, x, position = regression
    errors = y - x @ np.linalg.solve(x.T @ x, x.T @ y)
    meat = np.zeros((4, 4))
    for i in range(57):
        for j in range(57):
            lag = abs(int(position[i]) - int(position[j]))
            meat += max(0.0, 1 - lag / 4) * np.outer(x[i] * errors[i], x[j] * errors[j])
    bread = np.linalg.inv(x.T @ x)
    assert newey_west(x, errors, position, 3) == pytest.approx(bread @ meat @ bread * 57 / 53, rel=1e-6)


def test_whitening_inverts_the_autoregressive_correlation_across_holes() -> None:
    position = np.array([0, 1, 2, 5, 6, 9])
    inverse = whitened(np.eye(6), position, 0.6)
    correlation = 0.6 ** np.abs(position[:, None] - position[None, :])
    assert inverse @ correlation @ inverse.T == pytest.approx(np.eye(6))


def test_restricted_likelihood_equals_its_textbook_form(regression: tuple[np.ndarray, ...]) -> None:
    y, x, position = regression
    direct = []
    for memory in MEMORIES:
        r = memory ** np.abs(position[:, None] - position[None, :])
        inverse = np.linalg.inv(r)
        middle = x.T @ inverse @ x
        p = inverse - inverse @ x @ np.linalg.inv(middle) @ x.T @ inverse
        direct.append(-0.5 * (53 * np.log(y @ p @ y) + np.linalg.slogdet(r)[1] + np.linalg.slogdet(middle)[1]))
    weight = np.exp(np.array(direct) - max(direct))
    assert memory_weights(y, x, position) == pytest.approx(weight / weight.sum(), rel=1e-6)


def test_least_squares_is_the_average_of_closed_form_gls(regression: tuple[np.ndarray, ...]) -> None:
    y, x, position = regression
    each = []
    for memory in MEMORIES:
        inverse = np.linalg.inv(memory ** np.abs(position[:, None] - position[None, :]))
        each.append(np.linalg.solve(x.T @ inverse @ x, x.T @ inverse @ y))
    fit = least_squares(y, x, position)
    assert fit.coefficients == pytest.approx(memory_weights(y, x, position) @ np.array(each), rel=1e-6)


def test_poisson_equals_a_general_optimiser_and_takes_zeros(regression: tuple[np.ndarray, ...]) -> None:
    _, x, position = regression
    y = np.random.default_rng(5).poisson(np.exp(x @ [0.3, 0.4, -0.5, 0.8])).astype(float)
    assert (y == 0).any()
    found = optimize.minimize(
        lambda b: np.exp(x @ b).sum() - y @ x @ b, np.zeros(4), jac=lambda b: x.T @ (np.exp(x @ b) - y), tol=1e-12
    )
    assert poisson(y, x) == pytest.approx(found.x, rel=1e-6, abs=1e-7)
    assert poisson_series(y, x, position).coefficients == pytest.approx(found.x, rel=1e-6, abs=1e-7)


def test_step_is_found_in_logs_and_by_ppml_with_months_missing() -> None:
    series = simulated(step=-1.5, seed=1)
    series.iloc[[5, 40, 70]] = np.nan
    for form in ("log", "ppml"):
        table = interrupted_series(series, "2022-03", form)
        step = table.set_index("term").loc["step"]
        assert step["lo"] < -1.5 < step["hi"]
        assert step["percent"] == pytest.approx(100 * np.expm1(step["estimate"]))
        assert table.attrs["months"] == 81


def test_stockpiling_left_out_no_longer_bends_the_step() -> None:
    series = simulated(step=-1.5, seed=2, spread=0.03)
    piled = (series.index >= "2021-10") & (series.index < "2022-03")
    series[piled] *= 2
    steps = [
        interrupted_series(series, "2022-03", left_out=out).set_index("term").loc["step", "estimate"]
        for out in ([], [("2021-10", "2022-02")])
    ]
    assert abs(steps[1] + 1.5) < 0.1 < abs(steps[0] + 1.5)


def test_a_month_without_trade_has_no_logarithm_and_says_what_to_do() -> None:
    series = simulated()
    series.iloc[3] = 0.0
    with pytest.raises(ValueError, match="ppml"):
        interrupted_series(series, "2022-03")


def test_new_year_moves_between_january_and_february() -> None:
    table = season(
        MONTHS, ["2017-01-28", "2018-02-16", "2019-02-05", "2020-01-25", "2021-02-12", "2022-02-01", "2023-01-22"]
    )
    assert table["new_year"].loc["2017-01"].item() == pytest.approx(4 / 7)
    assert table["new_year"].loc["2017-02"].item() == pytest.approx(3 / 7)
    assert "new_year" not in season(MONTHS[MONTHS.month > 2], ["2018-02-16"])
    assert np.linalg.matrix_rank(table.to_numpy()) == table.shape[1]


def test_what_the_months_before_foretell_holds_the_truth_before_and_not_after() -> None:
    table = expected_without(simulated(step=-2.0, seed=4), "2022-03").set_index("period")
    after = table.loc["2022-03":"2022-08"]
    assert (after["value"] < after["lo"]).all()
    assert ((table["expected"] > table["lo"]) & (table["expected"] < table["hi"])).all()


def test_chow_finds_a_break_at_its_month() -> None:
    assert chow(simulated(step=-0.6, seed=5), "2022-03")["p"] < 1e-4
    assert chow(simulated(step=0.0, seed=6), "2022-03")["p"] > 0.01


def test_sup_f_dates_a_break_in_may_not_march() -> None:
    found = sup_f(prepare(simulated(step=-1.0, at="2022-05", seed=7)), draws=199)
    assert found["date"] == pd.Timestamp("2022-05")
    assert found["f"] > found["critical"]
    assert found["date_lo"] <= pd.Timestamp("2022-05") <= found["date_hi"]


def test_a_missing_month_before_the_break_widens_its_date() -> None:
    series = simulated(step=-1.5, seed=8)
    series["2022-03"] = np.nan
    found = sup_f(prepare(series), draws=99)
    assert found["date"] == pd.Timestamp("2022-04")
    assert found["date_lo"] <= pd.Timestamp("2022-03")


def test_critical_values_of_sup_f_agree_with_andrews_without_memory_and_season() -> None:
    """Andrews (2003), Econometrica 71, 15% trimming, one restriction: 8.68 asymptotically."""
    n = 400
    search = prepare(simulated())
    x = np.ones((n, 1))
    plain = type(search)(
        np.zeros(n), x, np.arange(n), pd.date_range("1990-01", periods=n, freq="MS"), np.arange(60, 341)
    )
    rng = np.random.default_rng(1)
    f = largest(plain, rng.normal(size=(n, 3000)))[1]
    assert np.quantile(f, 0.95) == pytest.approx(8.68, abs=0.6)


def test_dynamic_programming_equals_brute_force() -> None:
    rng = np.random.default_rng(2)
    y = rng.normal(size=26) + np.repeat([0, 3, -1], [9, 8, 9])
    best = min(
        (sum(((part - part.mean()) ** 2).sum() for part in np.split(y, cut)), cut)
        for cut in map(list, combinations(range(5, 22), 2))
        if cut[1] - cut[0] >= 5
    )
    assert several.segments(y, np.zeros((26, 1)), 2, 5) == best[1]


def test_two_breaks_are_found_with_their_steps() -> None:
    series = simulated(seed=9, spread=0.08)
    series[series.index >= "2019-06"] *= np.exp(0.8)
    series[series.index >= "2022-03"] *= np.exp(-1.5)
    table = several.several_breaks(prepare(series), draws=199)
    assert table["date"].tolist() == [pd.Timestamp("2019-06"), pd.Timestamp("2022-03")]
    assert table["step"].tolist() == pytest.approx([0.8, -1.5], abs=0.15)
    assert len(several.several_breaks(prepare(simulated(seed=10)), draws=199)) == 0


def test_order_of_breaks_counts_months_after_the_first() -> None:
    found = {
        "coalition": sup_f(prepare(simulated(step=-1.5, seed=11)), draws=99),
        "China": sup_f(prepare(simulated(step=1.0, at="2022-08", seed=12)), draws=99),
    }
    row = order(found, "coalition").set_index("group").loc["China"]
    assert row["months_after"] == 5
    assert row["lo"] <= 5 <= row["hi"]
    assert row["share_after"] > 0.95

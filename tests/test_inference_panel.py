"""Tidy panels as cubes: holes are not zeros, bases are the same calendar months, nothing is counted twice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from chipflows.analysis.backfill import lower_bound
from chipflows.analysis.noise import chunks, fitted, memory_of
from chipflows.analysis.panel import base_mean, contrast, cube, pair_january_february, steady, total

MONTHS = pd.date_range("2021-01", "2022-12", freq="MS")
BASE, AFTER = ("2021-01", "2021-12"), ("2022-01", "2022-12")


def tidy(cells: dict[tuple[str, str], list[float] | np.ndarray], months: pd.DatetimeIndex = MONTHS) -> pd.DataFrame:
    rows = [
        {"supplier": s, "family": f, "period": p, "value_usd": v}
        for (s, f), values in cells.items()
        for p, v in zip(months, values, strict=True)
    ]
    return pd.DataFrame(rows)


def test_absent_rows_and_unknown_suppliers_are_holes_not_zeros() -> None:
    panel = tidy({("A", "x"): [1.0] * 24, ("B", "y"): [0.0] * 24})
    of = cube(panel, "value_usd")
    assert np.isnan(of.of(["A"]).with_families(["y"]).cells).all()
    assert (of.of(["B"]).with_families(["y"]).cells == 0).all()
    assert of.of(["A", "Z"]).without_data() == ["Z"]


def test_a_row_that_stands_twice_is_refused_and_named() -> None:
    panel = tidy({("A", "x"): [1.0] * 24})
    with pytest.raises(ValueError, match=r"'A', 'x'.*twice"):
        cube(pd.concat([panel, panel.head(1)]), "value_usd")


def test_a_base_is_the_mean_of_the_same_calendar_months() -> None:
    months = pd.date_range("2019-01", "2021-12", freq="MS")
    values = np.arange(36.0)
    mean = base_mean(values[None, None], months, ("2019-01", "2020-12"))[0, 0]
    assert mean[24] == (0 + 12) / 2
    assert mean[35] == (11 + 23) / 2


def test_a_base_without_that_calendar_month_is_the_mean_of_the_window() -> None:
    values = np.where(MONTHS.month <= 9, 2.0, 50.0)
    mean = base_mean(values[None, None], MONTHS, ("2021-01", "2021-09"))[0, 0]
    assert mean[-1] == 2.0


def test_a_hole_is_left_out_of_both_sides_and_makes_no_loss_smaller() -> None:
    whole = np.r_[np.full(12, 10.0), np.full(12, 4.0)]
    holed = whole.copy()
    holed[[3, 20]] = np.nan
    for values in (whole, holed):
        late, early = contrast(values[None, None], MONTHS, BASE, AFTER)
        known = np.nan_to_num(values)
        assert (late * known).sum() == pytest.approx(4.0)
        assert (early * known).sum() == pytest.approx(10.0)
    late, early = contrast(np.where(MONTHS.year == 2022, np.nan, whole)[None, None], MONTHS, BASE, AFTER)
    assert not late.any()
    assert not early.any()


def test_a_sum_is_unknown_where_a_part_is_not_published() -> None:
    cells = np.array([[[1.0, 2.0, np.nan]], [[1.0, 1.0, 1.0]], [[np.nan] * 3]])
    assert np.isnan(total(cells)).tolist() == [False, False, True]
    assert total(cells)[:2].tolist() == [2.0, 3.0]


def test_steady_suppliers_published_nearly_always() -> None:
    often, seldom = np.ones(24), np.where(np.arange(24) % 2, np.nan, 1.0)
    assert steady(cube(tidy({("A", "x"): often, ("B", "x"): seldom}), "value_usd")) == ["A"]


def test_january_and_february_become_their_mean_and_unknown_together() -> None:
    values = np.arange(24.0)
    values[13] = np.nan
    paired = pair_january_february(tidy({("A", "x"): values}), ["value_usd"], ["supplier", "family"])["value_usd"]
    assert paired[:3].tolist() == [0.5, 0.5, 2.0]
    assert paired[12:14].isna().all()


def test_hongkong_lower_bound_takes_chinese_origin_off_and_never_below_zero() -> None:
    panel = tidy({("HKG", "x"): [10.0] * 24, ("CHN", "x"): [5.0] * 24})
    origin = pd.DataFrame({"family": "x", "period": MONTHS[:3], "value_usd": [4.0, 12.0, np.nan]})
    lower = lower_bound(panel, "HKG", origin, ["value_usd"], "HKG lower")
    assert lower["supplier"].unique().tolist() == ["HKG lower"]
    assert lower["value_usd"].tolist()[:2] == [6.0, 0.0]
    assert lower["value_usd"].isna().sum() == 22


def test_levels_are_counted_from_the_break_and_a_short_rest_joins_its_neighbour() -> None:
    months = pd.date_range("2019-10", "2023-02", freq="MS")
    chunk = chunks(months, ("2021-01", "2021-12"), ("2022-03", "2022-06"))
    by_month = dict(zip(months.strftime("%Y-%m"), chunk.tolist(), strict=True))
    assert by_month["2019-10"] == by_month["2020-12"]
    assert by_month["2021-01"] == by_month["2021-12"] != by_month["2020-12"]
    assert by_month["2022-01"] == by_month["2022-02"] == -1
    assert by_month["2022-03"] == by_month["2023-02"]


def test_level_times_season_is_found_exactly_where_there_is_no_noise() -> None:
    months = pd.date_range("2018-01", "2022-12", freq="MS")
    season = 1 + 0.3 * np.sin(np.arange(12))
    level = np.repeat([1.0, 2.0, 5.0, 4.0, 9.0], 12)
    flow = level * (season / season.mean())[months.month - 1]
    chunk = chunks(months, ("2021-01", "2021-12"), ("2022-01", "2022-12"))
    fit, say = fitted(flow[None, None], months, chunk)
    assert fit[0, 0] == pytest.approx(flow)
    assert say == pytest.approx([0.2] * 5)


def test_years_of_odd_shipments_make_no_season() -> None:
    months = pd.date_range("2018-01", "2022-12", freq="MS")
    flow = np.where(months.year == 2022, 100.0, np.where(months.month == 6, 1.0, 0.0))
    chunk = chunks(months, ("2021-01", "2021-12"), ("2022-01", "2022-12"))
    fit, say = fitted(flow[None, None], months, chunk)
    assert not say.any()
    assert fit[0, 0, -12:] == pytest.approx([100.0] * 12)


def test_memory_is_found_though_twelve_month_means_were_taken_off() -> None:
    rng, rho, found = np.random.default_rng(1), 0.5, []
    follows = np.arange(240) % 12 > 0
    for _ in range(40):
        noise = rng.normal(size=300)
        for t in range(1, 300):
            noise[t] = rho * noise[t - 1] + np.sqrt(1 - rho**2) * noise[t]
        part = noise[60:].reshape(-1, 12)
        found.append(memory_of((part - part.mean(axis=1, keepdims=True)).ravel(), follows))
    assert np.mean(found) == pytest.approx(rho, abs=0.05)

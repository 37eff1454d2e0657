"""Loss, gain, backfill, recovery, counterfactual, concentration and specifications against numbers worked out by
hand.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from chipflows.analysis.backfill import backfill
from chipflows.analysis.concentration import backfilled_codes, concentration, shares
from chipflows.analysis.counterfactual import counterfactual_gain
from chipflows.analysis.recovery import months_to_recover, recovery_index
from chipflows.analysis.specification import agreement, specifications

MONTHS = pd.date_range("2019-01", "2023-12", freq="MS")
BASE, AFTER = ("2019-01", "2021-12"), ("2023-01", "2023-12")
WAR = pd.Timestamp("2022-03")


def flow(before: float, after: float, seed: int = 0, noise: float = 0.02) -> np.ndarray:
    """A series that changes its level in March 2022, with season, and noise whose sums are small."""
    season = 1 + 0.2 * np.cos(2 * np.pi * MONTHS.month / 12)
    return (
        np.where(MONTHS < WAR, before, after)
        * season
        * (1 + noise * np.random.default_rng(seed).normal(size=len(MONTHS)))
    )


def panel(
    cells: dict[tuple[str, str], np.ndarray], kilos: dict[tuple[str, str], np.ndarray] | None = None
) -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {"supplier": s, "family": f, "period": MONTHS, "value_usd": v, "weight_kg": (kilos or cells)[(s, f)]}
        )
        for (s, f), v in cells.items()
    ]
    return pd.concat(frames, ignore_index=True)


GOODS = ["a", "b"]


def example() -> pd.DataFrame:
    """The coalition loses 90 of 100 in each good; China gains 60 in `a` and 30 in `b`; Hong Kong gains 9 in both."""
    cells, kilos = {}, {}
    for n, good in enumerate(GOODS):
        cells[("EU", good)] = flow(100, 10, n)
        cells[("CHN", good)] = flow(20, 80 - 30 * n, n + 10)
        cells[("HKG", good)] = flow(1, 10, n + 20)
        for s in ("EU", "CHN", "HKG"):
            kilos[(s, good)] = cells[(s, good)] / np.where((MONTHS >= WAR) & (s == "CHN"), 2.0, 1.0)
    return panel(cells, kilos)


def test_ratio_is_gain_over_loss_in_value_and_in_volume() -> None:
    groups = {"China": ["CHN"], "China and Hong Kong": ["CHN", "HKG"]}
    table = backfill(example(), ["EU"], groups, BASE, AFTER).set_index(["measure", "group"])
    china = table.loc[("value", "China")]
    assert china["loss"] == pytest.approx(180, rel=0.02)
    assert china["gain"] == pytest.approx(90, rel=0.02)
    assert china["ratio"] == pytest.approx(0.5, abs=0.02)
    assert china["lo"] < 0.5 < china["hi"]
    assert table.loc[("value", "China and Hong Kong"), "ratio"] == pytest.approx(0.6, abs=0.02)
    assert table.loc[("volume", "China"), "ratio"] == pytest.approx((40 + 25 - 40) / 180, abs=0.02)
    assert (table["reason"] == "").all()
    assert table["covered"].tolist() == pytest.approx([1.0] * 4)


def test_rows_by_good_use_the_good_alone() -> None:
    goods = {"all": GOODS, "a": ["a"], "b": ["b"]}
    ratio = backfill(example(), ["EU"], {"China": ["CHN"]}, BASE, AFTER, goods, {"value": "value_usd"}).set_index(
        "family"
    )["ratio"]
    assert ratio.to_dict() == pytest.approx({"all": 0.5, "a": 2 / 3, "b": 1 / 3}, abs=0.02)


def test_same_seed_same_interval() -> None:
    first, second = (backfill(example(), ["EU"], {"China": ["CHN"]}, BASE, AFTER) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_without_a_loss_the_ratio_is_undefined_and_says_why() -> None:
    cells = {("EU", "a"): flow(100, 120, 1), ("CHN", "a"): flow(20, 40, 2)}
    row = backfill(panel(cells), ["EU"], {"China": ["CHN"]}, BASE, AFTER).iloc[0]
    assert np.isnan(row["ratio"])
    assert row["reason"] == "no loss"


def test_a_loss_that_drowns_in_noise_has_no_interval() -> None:
    cells = {("EU", "a"): flow(100, 99, 3, noise=0.5), ("CHN", "a"): flow(20, 40, 2)}
    row = backfill(panel(cells), ["EU"], {"China": ["CHN"]}, BASE, AFTER).iloc[0]
    assert np.isnan(row["lo"])
    assert "no loss" in row["reason"]


def test_no_data_is_said_and_not_counted_as_nothing() -> None:
    table = backfill(example(), ["EU"], {"India": ["IND"], "both": ["CHN", "IND"]}, BASE, AFTER)
    assert table["reason"].tolist() == ["no data for IND"] * 4
    assert "ratio" not in table or table["ratio"].isna().all()


def test_a_good_that_one_side_never_published_is_left_out_of_both() -> None:
    known = example()
    known = known[~((known["supplier"] == "CHN") & (known["family"] == "b"))]
    row = backfill(known, ["EU"], {"China": ["CHN"]}, BASE, AFTER).iloc[0]
    assert row["codes"] == 1
    assert row["ratio"] == pytest.approx(2 / 3, abs=0.02)


def test_months_a_reporter_did_not_publish_do_not_move_the_ratio() -> None:
    holed = example()
    holed.loc[
        (holed["supplier"] == "EU") & holed["period"].between("2023-04", "2023-06"), ["value_usd", "weight_kg"]
    ] = np.nan
    row = backfill(holed, ["EU"], {"China": ["CHN"]}, BASE, AFTER).iloc[0]
    assert row["ratio"] == pytest.approx(0.5, abs=0.03)
    assert row["covered"] == pytest.approx(0.75, abs=0.05)


def test_recovery_index_and_months_until_the_own_base_was_passed() -> None:
    index = recovery_index(example(), {"China": ["CHN"], "EU": ["EU"], "India": ["IND"]}, BASE)
    eu = index[(index["group"] == "EU") & (index["period"] >= WAR)]["index"]
    assert eu.mean() == pytest.approx(0.1, abs=0.01)
    found = months_to_recover(index, "2022-01").set_index("group")
    assert found.loc["China", "period"] <= WAR
    assert found.loc["EU", "reason"] == "not passed by 2023-12" or found.loc["EU", "months"] < 2
    assert months_to_recover(index, "2022-03").set_index("group").loc["EU", "reason"] == "not passed by 2023-12"
    assert found.loc["India", "reason"] == "no data"


def test_recovery_must_hold_for_the_run_asked_for() -> None:
    months = pd.date_range("2022-01", periods=6, freq="MS")
    index = pd.DataFrame({"group": "x", "period": months, "index": [0.5, 1.1, 0.9, 1.2, 1.3, 1.4]})
    assert months_to_recover(index, "2022-01")["months"].tolist() == [1]
    assert months_to_recover(index, "2022-01", run=3)["months"].tolist() == [3]


def test_more_to_everyone_is_told_apart_from_more_to_the_destination() -> None:
    there = panel({("CHN", g): flow(1000, 1500, 30 + n) for n, g in enumerate(GOODS)})
    row = counterfactual_gain(example(), there, {"China": ["CHN"]}, BASE, AFTER).iloc[0]
    assert row["base"] == pytest.approx(40, rel=0.03)
    assert row["to_everyone"] == pytest.approx(20, rel=0.1)
    assert row["excess"] == pytest.approx(130 - 60, rel=0.05)
    assert row["ratio"] == pytest.approx(70 / 60, rel=0.06)
    assert 0 < row["excess_lo"] < row["excess"] < row["excess_hi"]


def test_selling_more_to_everyone_alike_is_no_excess() -> None:
    here = panel({("CHN", g): flow(20, 40, n) for n, g in enumerate(GOODS)})
    there = panel({("CHN", g): flow(1000, 2000, 5 + n) for n, g in enumerate(GOODS)})
    row = counterfactual_gain(here, there, {"China": ["CHN"]}, BASE, AFTER).iloc[0]
    assert row["excess_lo"] < 0 < row["excess_hi"]


def test_counterfactual_without_sales_elsewhere_says_so() -> None:
    there = panel({("HKG", "a"): flow(10, 10)})
    row = counterfactual_gain(example(), there, {"China": ["CHN"]}, BASE, AFTER).iloc[0]
    assert row["reason"] == "no data for CHN"


def test_concentration_and_shares_by_hand() -> None:
    rows = pd.DataFrame(
        {
            "year": [2021] * 3 + [2023] * 3,
            "supplier": ["EU", "CHN", "HKG"] * 2,
            "value_usd": [50.0, 30, 20, 0, 90, 10],
        }
    )
    table = concentration(rows, ["year"]).set_index("year")
    assert table["hhi"].to_dict() == pytest.approx({2021: 0.38, 2023: 0.82})
    assert table["effective_suppliers"].to_dict() == pytest.approx({2021: 1 / 0.38, 2023: 1 / 0.82})
    assert table["suppliers"].tolist() == [3, 2]
    assert table["is_complete"].all()
    share = shares(rows, {"China": ["CHN"], "with Hong Kong": ["CHN", "HKG"]}, ["year"]).set_index(["year", "group"])[
        "share"
    ]
    assert share.to_dict() == pytest.approx(
        {
            (2021, "China"): 0.3,
            (2023, "China"): 0.9,
            (2021, "with Hong Kong"): 0.5,
            (2023, "with Hong Kong"): 1.0,
        }
    )
    rows.loc[0, "value_usd"] = np.nan
    assert concentration(rows, ["year"]).set_index("year")["is_complete"].tolist() == [False, True]


def test_codes_backfilled_are_counted_surely_and_possibly() -> None:
    table = pd.DataFrame(
        {
            "measure": "value",
            "group": "China",
            "ratio": [1.2, 0.6, 0.2, np.nan],
            "lo": [1.05, 0.4, 0.1, np.nan],
            "hi": [1.4, 0.8, 0.55, np.nan],
        }
    )
    found = backfilled_codes(table).set_index("threshold")
    assert found.loc[0.5, ["codes", "codes_surely", "codes_possibly", "codes_undefined"]].tolist() == [2, 1, 3, 1]
    assert found.loc[1.0, ["codes", "codes_surely", "codes_possibly"]].tolist() == [1, 1, 1]


def specification_table() -> pd.DataFrame:
    sold = example().assign(is_cif=lambda t: t["supplier"] == "CHN")
    return specifications(
        sold,
        AFTER,
        {"W1": ("2021-01", "2021-12"), "W2": BASE},
        {"without": ["CHN"], "with": ["CHN", "HKG"]},
        {"all": GOODS, "a": ["a"]},
        {"fob": 1.0, "cif 1.10": 1.10},
        {"EU": ["EU"]},
        {"baseline": "W2", "hongkong": "without", "codes": "all", "valuation": "fob", "reporters": "EU"},
        draws=199,
    )


def test_every_combination_stands_once_and_the_headline_is_marked() -> None:
    table = specification_table()
    assert len(table) == 16
    assert table["is_main"].sum() == 1
    assert table.loc[table["is_main"], "estimate"].item() == pytest.approx(0.5, abs=0.02)
    assert table["estimate"].is_monotonic_increasing
    by = table.set_index(["baseline", "hongkong", "codes", "valuation"])["estimate"]
    assert by["W2", "without", "all", "cif 1.10"] == pytest.approx(by["W2", "without", "all", "fob"] / 1.10)
    counts = agreement(table, 0.55)
    assert counts["specifications"] == counts["estimated"] == 16
    assert 0 < counts["above"] < 16


def test_a_headline_that_is_no_option_is_refused() -> None:
    with pytest.raises(ValueError, match="baseline"):
        specifications(example(), AFTER, {"W1": BASE}, {}, {}, {}, {}, {"baseline": "W9"})

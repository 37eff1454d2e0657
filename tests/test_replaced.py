"""From the tables to the page on what was made up: a small world whose answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from chipflows.analysis import inputs, replaced
from chipflows.analysis import replaced_words as words

MONTHS = pd.date_range("2019-01-01", "2023-12-01", freq="MS")
WAR = pd.Timestamp("2022-03-01")
GOODS = ("F1", "F2", "F3")


def tables() -> dict[str, pd.DataFrame]:
    """Return a study of Ruritania: two origins, a coalition of two, one hub."""
    suppliers = pd.DataFrame(
        [
            ("aland", "Aland", "AAA", True),
            ("aland_bland", "Aland and Bland", "AAA", False),
            ("aland_bland", "Aland and Bland", "BBB", False),
            ("bland", "Bland", "BBB", True),
            ("coalition", "Coalition", "CCC", True),
            ("coalition", "Coalition", "DDD", True),
            ("hub", "Hubs", "HHH", True),
            ("HHH", "Hubland", "HHH", False),
            ("world", "All reporters", "AAA", False),
        ],
        columns=["supplier", "supplier_title", "reporter", "is_exclusive"],
    )
    groups = [("ics", "Integrated circuits", f) for f in GOODS] + [("toys", "Toys", "F9")]
    keys = {
        "focal_destination": "RRR",
        "focal_origins": "AAA BBB",
        "headline_group": "ics",
        "listed_group": "ics",
        "placebo_group": "toys",
        "near_group": "",
        "own_control_group": "",
        "tools_group": "",
    }
    names = {"AAA": "Aland", "BBB": "Bland", "CCC": "Cland", "DDD": "Dland", "HHH": "Hubland", "RRR": "Ruritania"}
    return {
        "study": pd.DataFrame({"key": keys.keys(), "value": keys.values()}),
        "economies": pd.DataFrame({"iso3": names.keys(), "name": names.values()}),
        "hs_groups": pd.DataFrame(groups, columns=["group_id", "group_title", "family"]),
        "suppliers": suppliers,
        "groups": pd.DataFrame(groups, columns=["hs_group", "group_title", "family"]).assign(is_whole=True),
        "baselines": pd.DataFrame(
            [("W1", "2021", "2021-01-01", "2021-12-01"), ("W2", "2019 to 2021", "2019-01-01", "2021-12-01")],
            columns=["baseline", "title", "start_period", "end_period"],
        ),
        "windows_after": pd.DataFrame(
            [("A1", "2022", "2022-03-01", "2022-12-01"), ("A2", "2023", "2023-01-01", "2023-12-01")],
            columns=["window_id", "title", "start_period", "end_period"],
        ),
        "events": pd.DataFrame(
            {"date": ["2021-10-01", "2022-02-24"], "kind": ["behaviour", "war"], "label": ["piling", "war"]}
        ),
    }


def panel(seed: int = 1) -> pd.DataFrame:
    """Return `marts.panel`: the coalition loses 80 of 100 per good; in 2023 Aland gains 40, Bland 8, the hub 4."""
    rng = np.random.default_rng(seed)
    before = {"AAA": 20.0, "BBB": 10.0, "CCC": 60.0, "DDD": 40.0, "HHH": 1.0}
    gain = {"AAA": 40.0, "BBB": 8.0, "CCC": -48.0, "DDD": -32.0, "HHH": 4.0}
    roles = {"AAA": "origin", "BBB": "origin", "CCC": "coalition", "DDD": "coalition", "HHH": "hub"}
    rows = []
    for reporter, level in before.items():
        late = np.where(MONTHS >= WAR, gain[reporter], 0.0)
        if roles[reporter] != "coalition":
            late = np.where(pd.Timestamp("2023-01-01") <= MONTHS, gain[reporter], 0.0)
        for family in (*GOODS, "F9"):
            value = level + (late if family != "F9" else 0.0)
            value = value * np.exp(rng.normal(0, 0.02, len(MONTHS)))
            rows.append(
                pd.DataFrame(
                    {
                        "reporter": reporter,
                        "role": roles[reporter],
                        "destination": "RRR",
                        "family": family,
                        "period": MONTHS,
                        "value_usd": 1e6 * value,
                        "weight_kg": 1e3 * value / np.where((MONTHS >= WAR) & (roles[reporter] == "origin"), 2.0, 1.0),
                    }
                )
            )
    return pd.concat(rows, ignore_index=True)


@pytest.fixture(scope="module")
def about() -> inputs.Asked:
    return inputs.asked(tables())


@pytest.fixture(scope="module")
def sold(about: inputs.Asked) -> pd.DataFrame:
    return replaced.supply(panel(), about)


@pytest.fixture(scope="module")
def periods(about: inputs.Asked, sold: pd.DataFrame) -> pd.DataFrame:
    return replaced.by_period(sold, about, ["ics"], list(about.suppliers))


def test_what_is_asked_comes_from_the_configuration(about: inputs.Asked) -> None:
    assert about.suppliers == {"Aland": ("AAA",), "Bland": ("BBB",), "Aland and Bland": ("AAA", "BBB")}
    assert about.together == "Aland and Bland"
    assert about.coalition == ("CCC", "DDD")
    assert about.hubs == {"HHH": "Hubland"}
    assert about.base == ("2021-01-01", "2021-12-01")
    assert about.war == WAR
    assert about.stockpiling == (("2021-10-01", "2022-02-01"),)
    assert about.question("ics").listed == GOODS
    assert about.families("") == ()


def test_shares_of_the_loss_are_those_planted(periods: pd.DataFrame, about: inputs.Asked) -> None:
    row = words.chosen(periods, family="ics", group="Aland and Bland", measure="value", period="2023")
    assert row["loss"] == pytest.approx(3 * 80e6, rel=0.03)
    assert row["ratio"] == pytest.approx(48 / 80, abs=0.03)
    assert row["lo"] < 0.6 < row["hi"]
    volume = words.chosen(periods, family="ics", group="Aland", measure="volume", period="2023")
    assert volume["ratio"] == pytest.approx((60 / 2 - 20) / 80, abs=0.03)
    assert replaced.best_period(periods, about, "ics") == "2023"


def test_parts_of_a_bar_add_up_to_its_ratio(sold: pd.DataFrame, about: inputs.Asked) -> None:
    bars = replaced.stacked(sold, about, ["ics"], "2023")
    value = bars[bars["measure"] == "value"].set_index("group")
    assert set(value.index) == {"Aland", "Bland", "Hubs"}
    assert (value["gain"] / value["loss"]).sum() == pytest.approx(value["ratio"].iloc[0])
    assert value.loc["Hubs", "gain"] == pytest.approx(3 * 4e6, rel=0.05)


def test_goods_that_were_not_lost_have_no_ratio(sold: pd.DataFrame, about: inputs.Asked) -> None:
    kept = sold[~((sold["role"] == "coalition") & (sold["family"] != "F9"))]
    bars = replaced.stacked(kept, about, ["ics"], "2023")
    assert bars["ratio"].isna().all()
    assert set(bars["reason"]) == {"no data for the coalition"}
    assert words.with_figures(bars).empty
    assert words.without_bars(bars, about) == "Integrated circuits (no data for the coalition)."


def test_the_loss_alone_has_an_interval(sold: pd.DataFrame, about: inputs.Asked) -> None:
    lost = replaced.loss(sold, about, "ics", "2023")
    assert lost.lo < -240e6 < lost.hi
    assert "changed by −USD 2" in words.loss_sentence(lost, about, "ics", "2023")
    nobody = replaced.loss(sold[sold["role"] != "coalition"], about, "ics", "2023")
    assert not nobody.is_known
    assert "can't be said" in words.loss_sentence(nobody, about, "ics", "2023")


def test_recovery_is_dated(sold: pd.DataFrame, about: inputs.Asked) -> None:
    _, when = replaced.recovered(sold, about, "ics")
    found = when.set_index("group")
    assert found.loc["Coalition", "reason"] == "not passed by 2023-12"
    assert found.loc["Aland", "months"] <= 10
    assert "the coalition: not passed by" in words.recovery(when, about)


def test_without_an_origin_nothing_is_claimed(sold: pd.DataFrame, about: inputs.Asked) -> None:
    held = sold[sold["reporter"] != "BBB"]
    found = replaced.by_period(held, about, ["ics"], ["Aland and Bland"])
    assert replaced.best_period(found, about, "ics") == ""
    assert words.answer(found, about, "ics", "") == (
        "Can't say how much of the loss in integrated circuits was made up: no data for Bland."
    )
    assert set(words.table(found, "period", list(about.periods), about)["2023"]) == {"[n]"}


def test_nothing_at_all_is_no_error(about: inputs.Asked) -> None:
    empty = replaced.supply(panel()[:0], about)
    found = replaced.by_period(empty, about, ["ics"], list(about.suppliers))
    assert found["ratio"].isna().all()
    assert replaced.recovered(empty, about, "ics")[0].empty

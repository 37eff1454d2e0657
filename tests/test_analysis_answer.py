"""The pages about the verdict, third economies, prices, causes and universes, on the small world of `test_replaced`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from test_replaced import GOODS, MONTHS, WAR, panel, tables

from chipflows.analysis import (
    around,
    cause_words,
    causes,
    inputs,
    paid,
    published,
    replaced,
    sellers,
    summary,
    third,
    universes,
)
from chipflows.analysis import third_words as words
from chipflows.analysis.verdict import CANNOT_SAY, MET, SUPPORTED


def world() -> pd.DataFrame:
    """Return `marts.panel` with a way through the hub, and sales elsewhere that neither grew nor grew dearer."""
    focal, rng = panel(), np.random.default_rng(2)
    late = np.where(WAR <= MONTHS, 3.0, 0.0)
    frames = [focal]
    for reporter, role, place, level, extra in (
        ("CCC", "coalition", "HHH", 1.0, late),
        ("AAA", "origin", "HHH", 2.0, 0 * late),
        ("AAA", "origin", "elsewhere", 200.0, 0 * late),
        ("BBB", "origin", "elsewhere", 100.0, 0 * late),
    ):
        for family in (*GOODS, "F9"):
            value = (level + (extra if family != "F9" else 0.0)) * np.exp(rng.normal(0, 0.02, len(MONTHS)))
            frames.append(
                pd.DataFrame(
                    {
                        "reporter": reporter,
                        "role": role,
                        "destination": place,
                        "family": family,
                        "period": MONTHS,
                        "value_usd": 1e6 * value,
                        "weight_kg": 1e3 * value,
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def about() -> inputs.Asked:
    return inputs.asked(tables())


@pytest.fixture(scope="module")
def everything() -> pd.DataFrame:
    return world()


@pytest.fixture(scope="module")
def ways(about: inputs.Asked, everything: pd.DataFrame) -> inputs.Panels:
    return inputs.panels(everything, about, "ics")


# --- third economies ---


def test_what_went_in_and_out_is_matched(ways: inputs.Panels, about: inputs.Asked) -> None:
    assert third.shown_period(ways, about) == "2023"
    row = third.matches(ways, about, "ics", "2023").iloc[0]
    assert row["title"] == "Hubland"
    assert row["excess_in"] == pytest.approx(9e6, rel=0.05)
    assert row["excess_out"] == pytest.approx(12e6, rel=0.05)
    assert row["matched"] == pytest.approx(9e6, rel=0.1)
    assert "Hubland" in words.answer(third.matches(ways, about, "ics", "2023"), ways.direct[:0], about, "2023")


def test_a_hub_that_is_silent_is_said_to_be(ways: inputs.Panels, about: inputs.Asked) -> None:
    silent = inputs.Panels(ways.direct, ways.elsewhere, ways.destinations, ways.into_hubs, ways.out_of_hubs[:0])
    assert third.legs(silent, about, "2023").empty
    assert "are not covered" in words.no_pairs(silent, about)
    went = third.into(silent, about, "2023")
    assert went["extra"].iloc[0] == pytest.approx(9e6, rel=0.05)
    assert "whether goods went on can't be said" in words.answer(
        third.matches(silent, about, "ics", "2023"), went, about, "2023"
    )


def test_pairs_of_hub_and_good_are_ranked(ways: inputs.Panels, about: inputs.Asked) -> None:
    titles = pd.Series({family: f"Good {family}" for family in GOODS})
    found = third.risks(ways, about, "2023", titles)
    assert list(found["matched"]) == sorted(found["matched"], reverse=True)
    assert (found["matched"] == found[["went_in", "came_out"]].min(axis=1)).all()


def test_what_origins_may_have_sent_on_is_bounded(everything: pd.DataFrame, about: inputs.Asked) -> None:
    row = third.by_origins(everything, about, "ics", "2023").iloc[0]
    assert row["bound"] == pytest.approx(max(min(row["went_in"], row["came_out"]), 0))
    assert abs(row["went_in"]) < 1e6


# --- verdict ---


def test_the_verdict_is_made_from_the_numbers(everything: pd.DataFrame, about: inputs.Asked) -> None:
    found = summary.weighed(everything, about, "ics")
    states = summary.states(found, about)
    assert next(iter(states["Test"])) == "Verdict"
    assert MET in set(states["2023"])
    said = summary.answer(found, about, "ics")
    supported = set(found[1].loc[found[1]["verdict"] == SUPPORTED, "period"])
    assert said.startswith("In " if supported else "The figures do not show that Aland and Bland")
    period = summary.shown_period(found, about)
    both = found[1]["supplier"] == about.together
    share = found[1].loc[both & (found[1]["period"] == period), "value"].iloc[0]
    assert " to " in share
    assert share in said, "the sentence carries its interval"
    met = found[1].assign(verdict=found[1]["verdict"].where(~both, SUPPORTED))
    in_all = summary.answer((found[0], met), about, "ics")
    assert in_all.startswith("In ")
    assert all(one in in_all for one in met.loc[both, "value"])
    assert all(interval for _, _, interval in summary.key_numbers(found, about))
    assert len(summary.tests(found, about, "2023")) == 5


def test_without_figures_the_verdict_is_that_nobody_can_say(about: inputs.Asked, everything: pd.DataFrame) -> None:
    found = summary.weighed(everything[:0], about, "ics")
    assert set(found[1]["verdict"]) == {CANNOT_SAY}
    assert summary.answer(found, about, "ics").startswith("Whether Aland and Bland stepped in can't be said")
    assert summary.key_numbers(found, about) == []


# --- prices ---


def test_a_price_that_doubled_is_found(ways: inputs.Panels, about: inputs.Asked) -> None:
    found = paid.ratios(ways)
    assert paid.shown_period(found, about) == "2023"
    changed = paid.changes(found, ways, about, "ics", "2023")
    assert paid.chosen(changed, "Aland", "double").estimate == pytest.approx(2.0, rel=0.03)
    assert paid.chosen(changed, "Aland", "elsewhere").estimate == pytest.approx(1.0, rel=0.03)
    split = paid.volumes(found, ways, about, "ics")
    row = split[(split["group"] == "Aland") & (split["period"] == "2023")].iloc[0]
    assert row["quantity_index"] == pytest.approx(1.5, rel=0.05)


def test_without_sales_elsewhere_there_is_no_price(ways: inputs.Panels, about: inputs.Asked) -> None:
    blind = inputs.Panels(ways.direct, ways.elsewhere[:0], ways.destinations, ways.into_hubs, ways.out_of_hubs)
    found = paid.ratios(blind)
    assert paid.shown_period(found, about) == ""
    assert "can't be said" in paid.answer(paid.changes(found, blind, about, "ics", "2023"), about, "2023")


# --- causes ---


def test_the_month_of_the_break_is_found(ways: inputs.Panels, about: inputs.Asked) -> None:
    found = causes.breaks(causes.flows(ways, about, "ics"), about).set_index("group")
    assert found.loc["Coalition", "date"] == WAR
    assert found.loc["Aland", "months_after"] == 10
    assert "broke in March 2022" in cause_words.answer(found.reset_index(), about, "ics")


def test_nothing_beyond_what_sales_elsewhere_foretell_without_them(ways: inputs.Panels, about: inputs.Asked) -> None:
    assert causes.beyond(
        inputs.Panels(ways.direct, ways.elsewhere[:0], ways.destinations, ways.into_hubs, ways.out_of_hubs),
        about,
        "ics",
    ).empty
    found = causes.beyond(ways, about, "ics")
    row = found[(found["group"] == "Aland") & (found["period"] == "2023")].iloc[0]
    assert row["excess"] == pytest.approx(120e6, rel=0.05)


def test_changes_around_an_event(everything: pd.DataFrame, about: inputs.Asked) -> None:
    events = pd.DataFrame(
        {
            "date": ["2022-02-24", "2020-01-05"],
            "kind": ["war", "war"],
            "status": ["verified", "verified"],
            "is_default": ["true", "true"],
            "actor": ["x", "x"],
            "label": ["invasion", "too early"],
        }
    )
    direct = everything[everything["destination"] == about.focal]
    monthly = around.sums(direct, GOODS, {"Coalition": about.coalition})
    found = around.changes(monthly, around.chosen(events, about))
    assert list(found["label"]) == ["invasion"]
    assert found["Coalition"].iloc[0] == pytest.approx(0.2, rel=0.05)
    after = around.regained(monthly, pd.Timestamp("2022-02-01")).iloc[0]
    assert np.isnan(after["months"])
    assert (
        around.changes(monthly[monthly.index != "2022-05-01"], around.chosen(events, about))["Coalition"].isna().all()
    )


# --- universes and sellers ---


def test_every_way_of_counting_is_there_once(everything: pd.DataFrame, about: inputs.Asked) -> None:
    sold = replaced.supply(everything, about)
    found = universes.universes(sold, about, "2023", "value_usd")
    assert len(found) == 2 * 2 * 1 * 1 * 2
    assert found["is_main"].sum() == 1
    main = found.loc[found["is_main"], "estimate"].iloc[0]
    assert main == pytest.approx(48 / 80, abs=0.03)
    dropped = universes.left_out(sold, about, "ics", "2023")
    assert len(dropped) == 1 + 2 + 12
    without = dropped[dropped["name"] == "Dland"]["ratio"].iloc[0]
    assert without == pytest.approx(48 / 48, abs=0.05)
    assert "most without Dland" in universes.survival(dropped) or "most without Cland" in universes.survival(dropped)
    assert universes.universes(sold[sold["role"] == "coalition"], about, "2023", "value_usd").empty


def test_sellers_before_and_after(everything: pd.DataFrame, about: inputs.Asked) -> None:
    table = sellers.sellers(replaced.supply(everything, about), about, "ics", "2023").set_index("Supplier")
    assert table.loc["Cland", "Before"] == pytest.approx(180, rel=0.02)
    assert table.loc["Cland", "After"] == pytest.approx(36, rel=0.02)
    assert table.loc["Aland", "Share before"] == "15%"


# --- published numbers ---


def benchmark(**given: str) -> dict[str, str]:
    row = {"benchmark_id": "one", "block": "b", "who": "A paper", "definition": "exports", "value": "x", "period": "p"}
    row |= {"basis": "customs", "reproducible": "Y", "reporters": "AAA", "partners": "RRR", "goods": "ics"}
    row |= {"statistic": "sum", "start": "2023-01", "end": "2023-12", "base_start": "", "base_end": ""}
    return row | {"number": "2160000000", "tolerance": "0.05", "is_at_least": "false"} | given


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({}, published.WITHIN),
        ({"number": "1000000000"}, published.DIFFERS),
        ({"number": "1000000000", "is_at_least": "true"}, published.WITHIN),
        ({"statistic": "mean", "number": "180000000"}, published.WITHIN),
        (
            {"statistic": "change", "base_start": "2021-01", "base_end": "2021-12", "number": "2.0"},
            published.WITHIN,
        ),
        ({"statistic": "share", "number": "0.594"}, published.WITHIN),
        ({"reporters": "*", "number": "3636000000"}, published.WITHIN),
        ({"reporters": "role:coalition", "number": "720000000"}, published.WITHIN),
        ({"reporters": "AAA XXX"}, published.NOT_COVERED),
        ({"start": "2024-01", "end": "2024-03"}, published.NOT_COVERED),
        ({"statistic": ""}, published.NOT_DEFINED),
        ({"statistic": "", "reproducible": "N"}, published.NOT_PUBLIC),
    ],
)
def test_a_published_number_is_held_against_ours(
    given: dict[str, str], state: str, everything: pd.DataFrame, about: inputs.Asked
) -> None:
    roles = pd.Series({"AAA": "origin", "BBB": "origin", "CCC": "coalition", "DDD": "coalition", "HHH": "hub"})
    found = published.compared(pd.DataFrame([benchmark(**given)]), everything, about, roles)
    assert found["state"].iloc[0] == state, found.iloc[0].to_dict()
    assert bool(found["reason"].iloc[0]) == (state != published.WITHIN)
    assert len(published.listing(found)) == 1
    assert "1 published number" in published.answer(found)

"""The numbers and sentences of pages 01 to 03, on frames small enough to check by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from chipflows.analysis import change, change_words, coverage, panels, supply, supply_words, wording
from chipflows.analysis.study import Study, first_month_of_war, study

ABOUT = Study("ics", "Integrated circuits", "Ruritania", ("Aland", "Bland"))
WAR = pd.Timestamp("2022-03-01")
BASELINES = pd.DataFrame(
    {
        "baseline": ["W1", "W2"],
        "title": ["2021", "2020 to 2021"],
        "start_period": ["2021-01-01", "2020-01-01"],
        "end_period": ["2021-12-01", "2021-12-01"],
    }
)
WINDOWS = pd.DataFrame(
    {
        "window_id": ["A1", "A2"],
        "title": ["2022", "2023"],
        "start_period": ["2022-01-01", "2023-01-01"],
        "end_period": ["2022-12-01", "2023-12-01"],
    }
)
SUPPLIERS = pd.DataFrame(
    {
        "supplier": ["coalition", "coalition", "aland", "bland", "aland_bland", "aland_bland", "hub", "rest", "KGZ"],
        "reporter": ["USA", "DEU", "AAA", "BBB", "AAA", "BBB", "KGZ", "BRA", "KGZ"],
        "is_exclusive": [True, True, True, True, False, False, True, True, False],
    }
)


# --- words ---


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (wording.usd(212_400_000), "USD 212 million"),
        (wording.usd(1_235_000_000), "USD 1.24 billion"),
        (wording.usd(999_600), "USD 1 million"),
        (wording.usd(840_123), "USD 840,000"),
        (wording.usd(-3_000_000), "−USD 3 million"),
        (wording.usd(0), "USD 0"),
        (wording.usd(math.nan), "not covered"),
        (wording.times(1.68), "×1.7"),
        (wording.times(1.0), "×1.0"),
        (wording.times(0.0163), "×0.016"),
        (wording.times(137.8), "×140"),
        (wording.times(10_378), "×10,000"),
        (wording.times(0), "×0"),
        (wording.percent(0.97), "97%"),
        (wording.percent(0.998), "over 99%"),
        (wording.percent(0.001), "under 1%"),
        (wording.percent(1), "100%"),
        (wording.changed(0.03), "fell by 97%"),
        (wording.changed(0.001), "fell by over 99%"),
        (wording.changed(0.99), "hardly changed"),
        (wording.changed(1.4), "rose by 40%"),
        (wording.changed(3.31), "rose ×3.3"),
        (wording.changed(math.nan), "not covered"),
        (wording.listed([]), ""),
        (wording.listed(["A"]), "A"),
        (wording.listed(["A", "B", "C"]), "A, B and C"),
        (wording.listed("ABCDE", most=3), "A, B and 3 others"),
        (wording.count(1, "family", "families"), "1 family"),
        (wording.count(1200, "family", "families"), "1,200 families"),
        (wording.span(pd.Timestamp("2022-03-01"), pd.Timestamp("2022-11-01")), "March to November 2022"),
        (wording.span(pd.Timestamp("2021-12-01"), pd.Timestamp("2022-02-01")), "December 2021 to February 2022"),
        (change_words.direction(0.014, 0.019), "fell by 98 to 99%"),
        (change_words.direction(0.0141, 0.0142), "fell by 99%"),
        (change_words.direction(1.9, 2.8), "rose ×1.9 to ×2.8"),
        (change_words.direction(0.8, 1.3), "rose or fell depending on the baseline (×0.80 to ×1.3)"),
        (change_words.direction(math.nan, math.nan), "not covered"),
    ],
)
def test_numbers_in_british_prose(said: str, wanted: str) -> None:
    assert said == wanted


# --- study ---


def test_the_study_in_words() -> None:
    keys = pd.DataFrame(
        {"key": ["headline_group", "focal_destination", "focal_origins"], "value": ["ics", "RRR", "AAA BBB"]}
    )
    economies = pd.DataFrame({"iso3": ["AAA", "BBB", "RRR"], "name": ["Aland", "Bland", "Ruritania"]})
    groups = pd.DataFrame({"group_id": ["x", "ics"], "group_title": ["X", "Integrated circuits"]})
    assert study(keys, economies, groups) == ABOUT
    assert ABOUT.some_goods == "integrated circuits"
    assert Study("leds", "LEDs and solar", "Ruritania", ()).some_goods == "LEDs and solar"


@pytest.mark.parametrize(("day", "month"), [("2022-02-24", "2022-03-01"), ("2022-02-01", "2022-02-01")])
def test_the_war_begins_with_its_first_whole_month(day: str, month: str) -> None:
    events = pd.DataFrame({"date": ["2020-01-05", day, "2023-05-05"], "kind": ["listing", "war", "war"]})
    assert first_month_of_war(events) == pd.Timestamp(month)


# --- supply ---


def totals(
    values: dict[str, dict[str, float | None]], hs_group: str = "ics", title: str = "Integrated circuits"
) -> pd.DataFrame:
    """Rows as in marts.direct_totals from {supplier: {month: value}}."""
    names = {"coalition": "Coalition", "aland": "Aland", "bland": "Bland", "hub": "Hubs", "rest": "Other reporters"}
    rows = [
        {
            "supplier": supplier,
            "supplier_title": names.get(supplier, "Aland and Bland"),
            "hs_group": hs_group,
            "group_title": title,
            "period": pd.Timestamp(month),
            "value_usd": value,
            "reporters_published": int(value is not None),
            "reporters_due": 1,
            "reporters_listed": 2,
            "is_complete": value is not None,
        }
        for supplier, months in values.items()
        for month, value in months.items()
    ]
    return pd.DataFrame(rows).astype({"value_usd": float})


def months(first: str, count: int, value: float) -> dict[str, float | None]:
    return {f"{month:%Y-%m-%d}": value for month in pd.date_range(first, periods=count, freq="MS")}


@pytest.fixture
def sold() -> supply.Supply:
    """The coalition falls from 10 to 1, Aland doubles for a year and is back at half, Bland is not covered."""
    values = {
        "aland": months("2021-03-01", 12, 4.0) | months("2022-03-01", 12, 8.0) | months("2023-03-01", 12, 2.0),
        "coalition": months("2021-03-01", 12, 10.0) | months("2022-03-01", 24, 1.0),
        "bland": dict.fromkeys(months("2021-03-01", 36, 0.0)),
        "hub": months("2021-03-01", 36, 1.0) | {"2024-01-01": None},
        "rest": months("2021-03-01", 36, 2.0),
        "aland_bland": dict.fromkeys(months("2021-03-01", 36, 0.0)),
    }
    empty_before = {supplier: {"2020-01-01": None} for supplier in values}
    return supply.monthly(totals({s: empty_before[s] | values[s] for s in values}), SUPPLIERS)


def test_monthly_lines_are_exclusive_ordered_and_trimmed(sold: supply.Supply) -> None:
    assert sold.groups == ["Coalition", "Aland", "Others and hubs"]
    assert sold.missing == ("Bland",)
    assert sold.lines["period"].min() == pd.Timestamp("2021-03-01")
    others = sold.lines[sold.lines["group"] == "Others and hubs"].set_index("period")
    assert others.loc["2023-12-01", ["value_usd", "reporters_listed"]].tolist() == [3.0, 4]
    assert others.loc["2024-01-01", "value_usd"] == 2.0
    assert not others.loc["2024-01-01", "is_complete"]


def test_nothing_published_stays_empty() -> None:
    found = supply.monthly(totals({"coalition": {"2021-01-01": None}, "aland": {"2021-01-01": None}}), SUPPLIERS)
    assert found.lines.empty
    assert found.missing == ("Coalition", "Aland")
    assert supply.yearly(found)["Supplier"].tolist() == ["Coalition", "Aland"]
    nothing = supply.since_war(found, WAR)
    assert nothing.sums.empty
    assert supply_words.answer(nothing, ABOUT).startswith("The files held do not show both sides of the war")
    assert supply_words.key_numbers(nothing) == []
    assert not supply_words.is_contradicted(nothing)


def test_years_count_only_when_whole_and_the_total_only_when_all_are_known() -> None:
    values = {
        "coalition": months("2021-01-01", 12, 1e6) | months("2022-01-01", 3, 1e6),
        "aland": months("2021-01-01", 12, 2e6) | months("2022-01-01", 2, 2e6) | {"2022-03-01": None},
        "bland": {"2021-01-01": None},
    }
    table = supply.yearly(supply.monthly(totals(values), SUPPLIERS)).set_index("Supplier")
    assert list(table.columns) == ["2021", "Jan–Mar 2022"]
    assert table["2021"].tolist() == [36.0, 12.0, 24.0, "[n]"]
    assert table.loc["Coalition", "Jan–Mar 2022"] == 3.0
    assert pd.isna(table.loc["Aland", "Jan–Mar 2022"])
    assert pd.isna(table.loc["All of these", "Jan–Mar 2022"])


def test_latest_months_against_the_same_months_before(sold: supply.Supply) -> None:
    found = supply.since_war(sold, WAR)
    assert found.months == "March 2023 to February 2024"
    assert found.sums.set_index("group").loc["Aland", ["before_usd", "after_usd", "ratio", "peak"]].tolist() == [
        48,
        24,
        0.5,
        2,
    ]
    assert found.ratio("Coalition") == 0.1
    assert math.isnan(found.ratio("Bland"))
    # Others: one of two suppliers is missing in one month, the sum of the other still counts.
    assert found.ratio("Others and hubs") == pytest.approx(35 / 36)


def test_a_month_missing_on_one_side_is_dropped_on_both() -> None:
    values = {"coalition": months("2021-03-01", 12, 10.0) | {"2021-05-01": None} | months("2022-03-01", 6, 5.0)}
    found = supply.since_war(supply.monthly(totals(values), SUPPLIERS), WAR)
    assert found.sums.loc[0, ["before_usd", "after_usd", "months"]].tolist() == [50, 25, 5]
    assert math.isnan(found.ratio("Coalition", "peak"))


def test_the_answer_tells_fall_peak_and_who_is_missing(sold: supply.Supply) -> None:
    found = supply.since_war(sold, WAR)
    assert supply_words.answer(found, ABOUT) == (
        "Reported exports of integrated circuits to Ruritania by the coalition fell by 90%; by Aland they fell by 50% "
        "after a peak of ×2.0 in the year to February 2023; by all others they hardly changed."
    )
    assert supply_words.limit(found, sold) == (
        "Compared: March 2023 to February 2024 against the same months of the last year before the war, in value. "
        "Not covered by these files: Bland."
    )
    assert (
        supply_words.title(found, ABOUT)
        == "Coalition sales of integrated circuits fell by 90%; those of Aland peaked at ×2.0"
    )
    assert supply_words.focus(sold, ABOUT) == "Aland"
    assert supply_words.key_numbers(found)[0] == ("Coalition", "USD 12", "fell by 90%, from USD 120")
    assert not supply_words.is_contradicted(found)


def test_a_coalition_that_sells_more_contradicts_the_title() -> None:
    values = {"coalition": months("2021-03-01", 12, 1.0) | months("2022-03-01", 12, 2.0)}
    assert supply_words.is_contradicted(supply.since_war(supply.monthly(totals(values), SUPPLIERS), WAR))


# --- groups of goods ---


def test_groups_drawn_side_by_side_share_no_family() -> None:
    groups = pd.DataFrame(
        {
            "hs_group": ["ics", "ics", "wafers", "long", "long", "long", "tier_1", "part"],
            "family": ["F1", "F2", "F3", "F1", "F3", "F4", "F1", "F5"],
            "is_whole": [True] * 7 + [False],
        }
    )
    assert panels.disjoint_groups(groups) == ["wafers", "ics"]


def fixed_panel(values: dict[str, dict[str, float]], base: dict[str, float]) -> pd.DataFrame:
    """Rows as in marts.fixed_panel from the totals of `totals` and the base of each supplier; nobody is missing."""
    frame = totals(values)
    frame["panel_ratio"] = frame["value_usd"] / frame["supplier"].map(base)
    held = frame["supplier"].isin(base)
    return frame.assign(panel_reporters=held.astype(int), reporters_recent=2, is_partial=False, to_trailing_median=1.0)


def test_index_is_100_in_the_mean_month_of_the_base() -> None:
    groups = pd.DataFrame({"hs_group": ["ics"], "family": ["F1"], "is_whole": [True]})
    values = {
        "coalition": months("2021-01-01", 12, 4.0) | months("2022-01-01", 12, 1.0),
        "aland_bland": months("2021-01-01", 3, 1.0),
    }
    panel = fixed_panel(values, {"coalition": 4.0})
    found = panels.indexed(panel, groups, ABOUT)
    assert set(found["group"]) == {"Coalition"}, "who does not cover the base has no index"
    assert found.groupby(found["period"].dt.year)["index"].mean().tolist() == [100, 25]
    assert panels.title(found) == "The coalition sold less in 1 of 1 group"
    assert panels.not_drawn(totals(values), groups, found) == ""
    assert panels.not_drawn(totals(values), groups, found.iloc[:0]) == "Integrated circuits"


def test_latest_months_that_are_not_whole_are_named() -> None:
    values = {"coalition": months("2022-01-01", 4, 1.0), "aland": months("2022-01-01", 4, 1.0)}
    panel = fixed_panel(values, {})
    assert supply_words.partial_note(panel, SUPPLIERS) == ""
    late = (panel["supplier"] == "coalition") & (panel["period"] >= "2022-03-01")
    panel.loc[late, ["is_partial", "to_trailing_median"]] = [True, 0.5]
    panel["reporters_published"] = panel["reporters_recent"] - late.astype(int)
    said = (
        "Not whole yet: the coalition March to April 2022 (1 of 2 reporters, 50% of the median of the months before)."
    )
    assert supply_words.partial_note(panel, SUPPLIERS) == said


# --- before and after ---


def changes(rows: list[tuple[str, str, str, float | None, float | None]], hub: bool = False) -> pd.DataFrame:
    """Rows as in marts.before_after_totals, or hub_before_after, from (who, window, baseline, before, after)."""
    names = {
        "coalition": "Coalition",
        "aland": "Aland",
        "bland": "Bland",
        "rest": "Other reporters",
        "KGZ": "Kyrgyzstan",
    }
    frame = pd.DataFrame(rows, columns=["who", "after_window", "baseline", "mean_before_usd", "mean_after_usd"])
    frame[["mean_before_usd", "mean_after_usd"]] = frame[["mean_before_usd", "mean_after_usd"]].astype(float)
    frame["ratio"] = frame["mean_after_usd"] / frame["mean_before_usd"]
    frame["change_usd"] = frame["mean_after_usd"] - frame["mean_before_usd"]
    frame["months_before"] = frame["baseline"].map({"W1": 12, "W2": 20}).where(frame["ratio"].notna())
    frame["months_after"] = 12.0
    frame["supplier"] = "coalition" if hub else frame["who"]
    frame["supplier_title"] = frame["supplier"].map(names)
    return frame.assign(partner=frame["who"], partner_name=frame["who"].map(names)) if hub else frame


@pytest.fixture
def found_routes() -> pd.DataFrame:
    direct = [
        (who, window, baseline, before, after)
        for who, amounts in {
            "coalition": (100.0, 2.0, 1.0),
            "aland": (10.0, 30.0, 12.0),
            "KGZ": (1.0, 40.0, 9.0),
        }.items()
        for window, after in zip(("A1", "A2"), amounts[1:], strict=True)
        for baseline, before in (("W1", amounts[0]), ("W2", amounts[0] * 0.8))
    ]
    direct += [("bland", window, baseline, None, None) for window in ("A1", "A2") for baseline in ("W1", "W2")]
    hubs = [("KGZ", w, b, before, 50.0) for w in ("A1", "A2") for b, before in (("W1", 2.0), ("W2", 1.0))]
    return change.routes(changes(direct), changes(hubs, hub=True), SUPPLIERS, ABOUT)


def test_the_window_drawn_is_the_one_in_which_others_sold_most(found_routes: pd.DataFrame) -> None:
    assert change.peak_window(found_routes, WINDOWS)["title"] == "2022"
    assert change.peak_window(found_routes[found_routes["ratio"].isna()], WINDOWS) == {}


def test_ranges_span_the_baselines(found_routes: pd.DataFrame) -> None:
    here = change.within(found_routes, change.peak_window(found_routes, WINDOWS))
    found = change.ranges(here, BASELINES).set_index("title")
    assert found.loc["Coalition to Ruritania", ["ratio", "lo", "hi"]].tolist() == [0.02, 0.02, 0.025]
    assert found.loc["Coalition to Kyrgyzstan", ["ratio", "lo", "hi"]].tolist() == [25, 25, 50]
    assert math.isnan(found.loc["Bland to Ruritania", "ratio"])
    table = change.table(change.ranges(found_routes, BASELINES), WINDOWS).set_index("Route")
    assert table.loc["Aland to Ruritania"].tolist() == ["3.0\n3.0–3.8", "1.2\n1.2–1.5"]
    assert "Bland to Ruritania" not in table.index


def test_before_and_after_in_words(found_routes: pd.DataFrame) -> None:
    window = change.peak_window(found_routes, WINDOWS)
    here = change.within(found_routes, window)
    found = change.ranges(here, BASELINES)
    assert change_words.answer(found, ABOUT) == (
        "Exports of integrated circuits to Ruritania by the coalition fell by 98% and by Aland rose ×3.0 to ×3.8; "
        "exports by the coalition to Kyrgyzstan rose ×25 to ×50; those by Kyrgyzstan rose at least ×40."
    )
    assert change_words.limit(found, window, BASELINES) == (
        "The mean month of 2022, when others sold most, against 2 baselines, in value. "
        "Not covered by these files: Bland."
    )
    assert change_words.title(found, ABOUT) == "Coalition exports to Ruritania fell, those by Aland rose"
    assert not change_words.is_contradicted(found)
    assert change_words.key_numbers(found)[1] == ("Aland to Ruritania", "×3.0", "rose ×3.0 to ×3.8, over the baselines")
    assert change_words.first_covered(here, ABOUT) == ("aland", "Aland")
    assert change_words.months_note(here, BASELINES, window) == "Months held: 2020 to 2021, 20 of 24."


def test_a_baseline_that_disagrees_contradicts_the_title(found_routes: pd.DataFrame) -> None:
    here = change.within(found_routes, change.peak_window(found_routes, WINDOWS)).copy()
    here.loc[(here["title"] == "Coalition to Ruritania") & (here["baseline"] == "W2"), "ratio"] = 1.2
    found = change.ranges(here, BASELINES)
    assert change_words.is_contradicted(found)
    assert "depending on the baseline" in change_words.answer(found, ABOUT)


def test_without_figures_the_suppliers_are_named_as_not_covered(found_routes: pd.DataFrame) -> None:
    nothing = found_routes.assign(ratio=float("nan"), mean_before_usd=float("nan"), mean_after_usd=float("nan"))
    here = change.within(nothing, change.peak_window(nothing, WINDOWS))
    found = change.ranges(here, BASELINES)
    assert change.dumbbell_rows(here, BASELINES).empty
    assert change.table(found, WINDOWS).empty
    assert change_words.missing_sentence(found) == "the coalition, Aland and Bland."
    assert change_words.answer(found, ABOUT).endswith("are not covered by the files held.")
    assert change_words.title(found, ABOUT) == "Integrated circuits: exports before and after"
    assert change_words.key_numbers(found) == []
    assert change_words.first_covered(here, ABOUT) == ("", "")


def test_goods_are_summed_over_reporters_with_figures_on_both_sides() -> None:
    rows = [("USA", "F854231", "1", base, 10.0, 2.0) for base in ("W1", "W2")] + [
        ("DEU", "F854231", "1", base, 5.0, 1.0) for base in ("W1", "W2")
    ]
    rows += [("FRA", "F854231", "1", "W1", 7.0, None), ("FRA", "F854231", "1", "W2", 7.0, 3.0)]
    rows += [("USA", "F848210", None, base, 99.0, 99.0) for base in ("W1", "W2")]
    columns = ["reporter", "family", "tier", "baseline", "mean_before_usd", "mean_after_usd"]
    frame = pd.DataFrame(rows, columns=columns).assign(
        supplier="coalition", after_window="A1", family_title="Processors"
    )
    found = change.by_family(frame, "coalition", {"window_id": "A1"}, BASELINES)
    assert found[["title", "hs6", "value_usd_base", "value_usd_after"]].drop_duplicates().values.tolist() == [
        ["Processors", "854231", 15.0, 3.0]
    ]
    assert (
        change_words.goods_title(found, "Coalition")
        == "Exports by the coalition fell in 1 of 1 good under every baseline"
    )
    assert change.by_family(frame, "aland", {"window_id": "A1"}, BASELINES).empty


# --- coverage ---


def grid(rows: dict[str, tuple[str, str]], families: int = 10) -> pd.DataFrame:
    """marts.coverage_grid from {name: (role, a letter a month)}: P all, p few families, n missing, . not asked."""
    states = {"P": "published", "p": "published", "n": "not_published", "u": "unknown", ".": "not_asked"}
    return pd.DataFrame(
        [
            {
                "reporter": name[:3].upper(),
                "reporter_name": name,
                "role": role,
                "period": month,
                "state": states[letter],
                "families_covered": {"P": families, "p": 2}.get(letter, 0),
                "families": 12,
                "is_due": not (name == "Dland" and month > pd.Timestamp("2022-08-01")),
                "share_of_base": {"Aland": 0.5, "Dland": 0.2}.get(name),
            }
            for name, (role, letters) in rows.items()
            for month, letter in zip(pd.date_range("2022-01-01", periods=len(letters), freq="MS"), letters, strict=True)
        ]
    )


@pytest.fixture
def seen() -> pd.DataFrame:
    return coverage.states(
        grid(
            {
                "Ruritania": ("focal", "..pp........"),
                "Aland": ("origin", "..PPPPPPPPPP"),
                "Dland": ("coalition", "..PpPPPPnnnn"),
                "Eland": ("coalition", "..PPPnnnnnnn"),
                "Fland": ("hub", "..nnnnnnnnnn"),
                "Gland": ("hub", "............"),
                "Hland": ("hub", "..PP........"),
            }
        )
    )


def test_states_of_the_coverage_grid(seen: pd.DataFrame) -> None:
    letters = {"published": "P", "partial": "p", "missing": "n", "not_due": "-", "unknown": "."}
    rows = seen.assign(letter=seen["state"].map(letters)).groupby("title")["letter"].sum()
    assert rows.to_dict() == {
        "Ruritania": "PPnnnnnnnn",  # judged by its releases: silence is missing
        "Aland": "PPPPPPPPPP",
        "Dland": "PpPPPP----",  # not due
        "Eland": "PPPnnnnnnn",
        "Fland": "nnnnnnnnnn",
        "Hland": "PP........",  # nobody asked on: that proves nothing
    }


def test_who_stopped_and_who_never_began(seen: pd.DataFrame) -> None:
    stopped = coverage.silence(seen)
    assert stopped[["title", "months"]].values.tolist() == [["Ruritania", 2], ["Eland", 3]]
    assert stopped["last"].dt.strftime("%Y-%m").tolist() == ["2022-04", "2022-05"]
    assert coverage.never(seen) == ["Fland"]
    assert coverage.title(seen) == "Ruritania published nothing after April 2022; most of its partners went on"
    assert coverage.answer(seen) == (
        "3 of 6 reporters published nearly every month that was due, March to December 2022; "
        "Ruritania itself fell silent after April 2022."
    )
    assert coverage.note(seen).endswith("Nothing at all from Fland.")


def test_small_reporters_of_a_role_share_a_row() -> None:
    rows = {f"{letter}land": ("coalition", "PPPP") for letter in "ABCDEFG"} | {"Hland": ("coalition", "PPnP")}
    found = coverage.grid_rows(coverage.states(grid(rows)), most=2)
    assert found.drop_duplicates("title")["title"].tolist() == ["Aland", "Dland", "6 others"]
    joined = found[found["title"] == "6 others"].sort_values("period")
    assert joined["state"].tolist() == ["published", "published", "partial", "published"]
    whole = coverage.states(grid({name: rows[name] for name in ("Aland", "Bland", "Cland")}))
    assert set(coverage.grid_rows(whole, most=2)["title"]) == {"Aland", "Bland", "Cland"}, "a row for one is no gain"


def test_what_is_not_covered_is_named() -> None:
    found = grid({"Aland": ("origin", "...."), "Dland": ("coalition", "PPPP"), "Eland": ("coalition", "....")})
    assert coverage.not_asked(found) == {"origin": ["Aland"], "coalition": ["Eland"]}
    assert coverage.not_asked_table(found)["names"].tolist() == ["Aland", "Eland"]
    assert coverage.limit(found, coverage.states(found)) == (
        "Not covered by these files: Aland. Of 12 families of goods 10 are covered. "
        "A month that is not published is left empty, never counted as zero."
    )
    assert coverage.title(coverage.states(found)) == "1 of 1 reporter published nearly every month that was due"


def test_an_empty_grid_says_so() -> None:
    found = grid({"Aland": ("origin", "....")})
    seen = coverage.states(found)
    assert seen.empty
    assert coverage.answer(seen) == "These files hold no month of any reporter yet."
    assert coverage.silence(seen).empty
    assert coverage.grid_rows(seen).empty


def test_families_without_a_covered_month() -> None:
    direct = pd.DataFrame({"family_title": ["A", "A", "B"], "is_covered": [False, True, False]})
    assert coverage.families_not_covered(direct) == ["B"]
    assert coverage.families_sentence(["B", "C"]) == "2: B; C."
    assert coverage.families_sentence([]).startswith("none")


def test_every_row_is_accounted_for() -> None:
    files = pd.DataFrame(
        {
            "source": ["a", "a", "b"],
            "file_id": ["1", "2", "3"],
            "rows_received": [10, 5, 7],
            "rows_loaded": [8, 5, 7],
            "rows_rejected": [2, 0, 0],
            "rows_superseded": [0, 0, 0],
        }
    )
    table = coverage.accounting(files, pd.DataFrame({"source": ["a", "b"], "title": ["Office A", "Office B"]}))
    assert table["Source"].tolist() == ["All sources", "Office A", "Office B"]
    assert table["rows_received"].tolist() == [22, 15, 7]
    assert coverage.accounting(files[files["source"] == "b"], pd.DataFrame({"source": ["b"], "title": ["B"]}))[
        "Source"
    ].tolist() == ["B"]


def test_what_made_up_data_were_scaled_to_is_listed_as_written() -> None:
    facts = pd.DataFrame(
        {
            "reporter": ["AAA", "AAA", "AAA"],
            "partner": ["RRR", "RRR", "RRR"],
            "hs": ["8542"] * 3,
            "unit": ["USD m"] * 3,
            "period": ["2021", "2022", "2023"],
            "value": ["72", "180", "no row"],
            "scales_demo": ["true", "true", "false"],
        }
    )
    economies = pd.DataFrame({"iso3": ["AAA", "RRR"], "name": ["Aland", "Ruritania"]})
    table = coverage.scaled_to(facts, economies)
    assert table.to_dict("records") == [
        {"Flow": "Aland to Ruritania", "HS": "8542", "Unit": "USD m", "2021": "72", "2022": "180"}
    ]

"""The verdict for each outcome, from planted measures, and from worlds in which it is known what happened."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from chipflows.analysis.evidence import Panels, Question, either, measures
from chipflows.analysis.verdict import CRITERIA, Measure, judge
from validation.world import BACKFILL, BASE, COALITION, FALL, FOCAL, SAFE, STOCKPILING, Scenario, World, supply

MET = {
    "fall": (-80.0, -88.0, -70.0),
    "beyond": (5e6, 2e6, 8e6),
    "listed": (40.0, 20.0, 60.0),
    "timing": (35.0, 10.0, 65.0),
    "route": (6e6, 3e6, 9e6),
}
RATIOS = {"value": (0.9, 0.7, 1.1), "volume": (0.4, 0.2, 0.6)}


def table(changed: dict[str, tuple[float, float, float] | str] | None = None) -> pd.DataFrame:
    """Measures of one period and supplier, all met but for `changed`: other numbers, or what is missing."""
    rows = []
    for name, found in (MET | RATIOS | (changed or {})).items():
        numbers = (np.nan,) * 3 if isinstance(found, str) else found
        missing = found if isinstance(found, str) else ""
        keys = {"period": "2023", "supplier": "China", "criterion": name}
        rows.append({**keys, **dict(zip(("estimate", "lo", "hi"), numbers, strict=True)), "missing": missing})
    return pd.DataFrame(rows)


def verdict(changed: dict[str, tuple[float, float, float] | str] | None = None) -> pd.Series:
    return judge(table(changed))[1].iloc[0]


def test_all_five_criteria_make_it_supported_and_every_one_of_them_can_overturn_it() -> None:
    found = verdict()
    assert found["verdict"] == "supported"
    assert "−80% (−88% to −70%)" in found["sentence"]
    assert "USD 5 million (USD 2 million to USD 8 million)" in found["falsified_by"]
    assert found["falsified_by"].count("(now ") == len(CRITERIA)


@pytest.mark.parametrize("name", CRITERIA)
def test_one_criterion_whose_interval_reaches_zero_is_enough_to_fail(name: str) -> None:
    estimate, lo, hi = MET[name]
    found = verdict({name: (estimate, min(lo, -abs(lo)), max(hi, abs(hi)))})
    assert found["verdict"] == "not supported"
    criteria = judge(table({name: (estimate, min(lo, -abs(lo)), max(hi, abs(hi)))}))[0].set_index("criterion")
    assert criteria.loc[criteria["state"] == "not met"].index.tolist() == [name]
    assert found["falsified_by"].count("(now ") == 1


def test_an_effect_on_the_wrong_side_is_not_met_however_sure() -> None:
    assert verdict({"fall": (50.0, 40.0, 60.0)})["verdict"] == "not supported"
    assert verdict({"beyond": (-5e6, -8e6, -2e6)})["verdict"] == "not supported"


@pytest.mark.parametrize("name", CRITERIA)
def test_one_missing_measure_makes_it_cant_say_whatever_the_others(name: str) -> None:
    others = dict.fromkeys(set(CRITERIA) - {name}, (0.0, -1.0, 1.0))
    for changed in ({name: "India"}, {name: "India"} | others):
        found = verdict(changed)
        assert found["verdict"] == "can't say"
        assert found["sentence"] == "Can't say: no data for India."
        assert found["falsified_by"] == "Needs data for India."
        assert found["compensation"] == ""


def test_a_criterion_without_a_row_is_open() -> None:
    rows = table()
    found = judge(rows[rows["criterion"] != "timing"])[1].iloc[0]
    assert found["verdict"] == "can't say"


@pytest.mark.parametrize(
    ("volume", "words"),
    [
        ((0.4, 0.2, 0.6), "not compensated"),
        ((0.8, 0.5, 1.1), "full compensation not ruled out"),
        ((1.2, 1.05, 1.4), "compensated"),
    ],
)
def test_compensated_needs_volume_not_value(volume: tuple[float, float, float], words: str) -> None:
    found = verdict({"value": (2.0, 1.8, 2.2), "volume": volume})
    assert found["compensation"].endswith(f": {words}")
    assert "of the loss made up in value" in found["sentence"]


def test_the_sure_way_counts_and_an_unknown_way_leaves_it_open() -> None:
    sure, unsure, unknown = Measure(5.0, 1.0, 9.0), Measure(2.0, -1.0, 5.0), Measure(missing="third countries")
    assert either(sure, unknown) == either(unknown, sure) == either(unsure, sure) == sure
    assert either(unsure, unknown) == unknown
    assert either(unsure, Measure(0.0, 0.0, 0.0)) == unsure


def asked(scenario: Scenario, seed: int = 1) -> tuple[Panels, Question]:
    """A world of `scenario` and the question about China in the last year."""
    made = supply(World(scenario, np.random.default_rng(seed)))
    names = {"supplier": "reporter"}
    sides = ((made["direct"], FOCAL), (made["elsewhere"], "elsewhere"))
    routes = pd.concat([rows.rename(columns=names).assign(partner=name) for rows, name in sides])
    panels = Panels(
        direct=made["direct"],
        elsewhere=made["elsewhere"],
        destinations=routes[routes["reporter"] == "CHN"],
        into_hubs=made["into"],
        out_of_hubs=made["out"],
    )
    question = Question(
        focal=FOCAL,
        coalition=COALITION,
        suppliers={"China": ["CHN"]},
        listed=SAFE,
        base=BASE,
        periods={"2023": ("2023-01", "2023-12")},
        at=scenario.start,
        left_out=[STOCKPILING],
        draws=299,
    )
    return panels, question


def test_the_verdict_is_what_was_planted_and_turns_when_the_effect_is_zero() -> None:
    planted, nothing = (judge(measures(*asked(scenario))) for scenario in (BACKFILL, FALL))
    assert planted[1]["verdict"].tolist() == ["supported"]
    assert planted[1]["compensation"].item().endswith(": not compensated")
    assert nothing[1]["verdict"].tolist() == ["not supported"]
    states = nothing[0].set_index("criterion")["state"]
    assert states["fall"] == "met"
    assert states[["beyond", "listed", "timing", "route"]].tolist() == ["not met"] * 4


def test_without_china_the_verdict_says_so_by_name_and_gives_no_number() -> None:
    panels, question = asked(BACKFILL)
    absent = replace(panels, direct=panels.direct[panels.direct["supplier"] != "CHN"])
    criteria, verdicts = judge(measures(absent, question))
    assert verdicts["sentence"].tolist() == ["Can't say: no data for China."]
    assert criteria.loc[criteria["criterion"] != "fall", "estimate"].isna().all()


def test_without_sales_elsewhere_or_third_countries_the_verdict_says_what_is_missing() -> None:
    panels, question = asked(FALL)
    nothing = panels.into_hubs.head(0)
    poor = Panels(panels.direct, panels.elsewhere.head(0), panels.destinations.head(0), nothing, nothing)
    sentence = judge(measures(poor, question))[1]["sentence"].item()
    assert sentence.startswith("Can't say: no data for ")
    for words in ("sales of China elsewhere", "exports of China by destination", "third countries"):
        assert words in sentence

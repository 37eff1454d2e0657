"""Changes of numbers: what a comparison code by code would have said of goods that only got a new number."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from chipflows.analysis import nomenclature
from chipflows.analysis.study import COALITION

ABOUT = SimpleNamespace(
    together="Both",
    headline="ic",
    families=lambda group: ("F1",),
    study=SimpleNamespace(destination="Russia", some_goods="circuits"),
)


def code(hs6: str, before: float, after: float, **others: object) -> dict[str, object]:
    """A code of a renumbered family that fell from 100 to 60: comparable change -40."""
    return {
        "supplier_title": COALITION, "baseline": "W1", "after_window": "A1", "family": "F2", "family_title": "Parts",
        "break_class": "R", "hs6": hs6, "is_in_previous": before > 0, "is_in_newest": after > 0,
        "mean_before_usd": before, "mean_after_usd": after, "family_before_usd": 100.0, "family_after_usd": 60.0,
        "nomenclature_usd": (after - before) + 40.0, **others,
    }  # fmt: skip


TABLE = pd.DataFrame(
    [
        code("854890", 100.0, 0.0),
        code("854800", 0.0, 60.0),
        code("854231", 80.0, 50.0, family="F1", nomenclature_usd=0.0, is_in_previous=True),
        code("854800", 0.0, 60.0, supplier_title="Somebody else"),
        code("854800", 0.0, 60.0, after_window="A2"),
    ]
)


def test_only_codes_that_a_comparison_by_number_gets_wrong() -> None:
    found = nomenclature.codes(TABLE, ABOUT, "W1", "A1")
    assert list(found["hs6"]) == ["854800", "854890"]
    assert list(found["nomenclature_usd"]) == [100.0, -60.0]
    assert found["comparable"].tolist() == pytest.approx([-0.4, -0.4])
    assert pd.isna(found["read"][0])
    assert found["read"][1] == -1.0
    effect = nomenclature.effect(found)
    assert list(effect["read"]) == ["appears", "vanishes"]
    assert list(effect["comparable"]) == ["−40%", "−40%"]


def test_what_stood_under_vanished_numbers_is_said() -> None:
    found = nomenclature.codes(TABLE, ABOUT, "W1", "A1")
    assert nomenclature.moved(found).to_dict("records") == [
        {"supplier_title": COALITION, "gone_usd": 100.0, "new_usd": 60.0}
    ]
    assert "Coalition USD 100 a month" in nomenclature.limit(found, ABOUT, "2021", "2022")
    families = pd.DataFrame({"family": ["F1", "F2"], "break_class": ["S", "R"]})
    said = nomenclature.answer(found, families, ABOUT)
    assert said.startswith("None of the change in circuits is nomenclature; of 2 goods 1 changed number")


def test_headline_goods_that_changed_number_are_not_called_safe() -> None:
    table = pd.DataFrame([code("854151", 0.0, 60.0, family="F1")])
    found = nomenclature.codes(table, ABOUT, "W1", "A1")
    families = pd.DataFrame({"family": ["F1"], "break_class": ["X"]})
    assert "is, except 1 family, nomenclature" in nomenclature.answer(found, families, ABOUT)


def test_one_number_ends_and_the_other_begins() -> None:
    members = pd.DataFrame(
        {"family": "F2", "hs6": ["854890", "854800"], "is_in_newest": [False, True], "is_in_previous": [True, False]}
    )
    months = pd.to_datetime(["2021-11-01", "2022-02-01"])
    flows = pd.DataFrame({"hs6": ["854890", "854800"], "period": months, "value_usd": [7.0, 9.0]})
    drawn = nomenclature.lines(flows, members, "F2", ("Old", "New"))
    held = drawn.dropna()
    assert list(zip(held["group"], held["period"], held["value_usd"], strict=True)) == [
        ("Old", months[0], 7.0),
        ("New", months[1], 9.0),
    ]
    assert len(drawn) == 8  # absent months stand as gaps
    assert nomenclature.title(drawn, "Parts", ("Old", "New")) == "Parts: one number ends, others begin in February 2022"


def test_reporters_that_changed_later() -> None:
    dates = pd.to_datetime(["2022-01-01", "2022-12-01", "2022-01-01"])
    editions = pd.DataFrame(
        {"reporter_name": ["China", "Viet Nam", "Japan"], "first_newest_period": dates, "edition_basis": "rows"}
    )
    assert list(nomenclature.late(editions)["reporter_name"]) == ["Viet Nam"]


def test_one_source_speaks_for_a_month() -> None:
    months = pd.to_datetime(["2021-11-01", "2021-11-01", "2021-12-01"])
    flows = pd.DataFrame(
        {"source": ["archive", "own", "archive"], "reporter": "CHN", "family": "F2", "period": months, "value_usd": 1.0}
    )
    direct = flows.drop(columns="value_usd").drop(index=0).assign(is_covered=[True, False])
    assert nomenclature.spoken(flows, direct)[["source", "period"]].values.tolist() == [["own", months[0]]]

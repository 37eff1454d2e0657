"""What changed since, in words and tables."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from chipflows.analysis import vintages
from chipflows.analysis.study import Study

ABOUT = Study("ic", "Integrated circuits", "Ruritania", ("Aland",))


def groups(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return marts.revised_groups, and with its families marts.revisions."""
    usual = {
        "vintage_before": pd.Timestamp("2026-10-02"),
        "vintage_now": pd.Timestamp("2026-11-03"),
        "reporter": "AAA",
        "reporter_name": "Aland",
        "partner_name": "Ruritania",
        "flow": "re_export",
        "family_title": "Memories",
        "hs_group": "ic",
        "period": pd.Timestamp("2023-12-01"),
        "rows_new": 1,
        "rows_gone": 0,
        "rows_changed": 2,
        "value_usd_before": 612.4e6,
        "value_usd_now": 618.9e6,
    }
    frame = pd.DataFrame([usual | row for row in rows] or [usual]).iloc[: len(rows)]
    return frame.assign(moved_usd=frame["value_usd_now"] - frame["value_usd_before"])


def test_the_largest_revision_of_the_headline_is_the_answer() -> None:
    rows = groups(
        {"value_usd_before": 1e6, "value_usd_now": 2e6},
        {},
        {"hs_group": "other", "value_usd_now": 9e9},
        {"partner_name": "Bland", "value_usd_now": 9e9},
    )
    revised = vintages.headline(rows, ABOUT)
    assert vintages.answer(revised, rows, ABOUT) == (
        "Since 2 Oct 2026: Aland to Ruritania, December 2023, integrated circuits, USD 612 → 619 million."
    )
    assert vintages.revised_months(revised)["now"].tolist() == [618.9, 2.0]
    assert vintages.limit(rows) == "In all, 8 rows changed, 4 rows came and 0 rows went, in 1 month of 1 reporter."


@pytest.mark.parametrize(("before", "now", "text"), [(0, 5e6, "0 → 5"), (612.41e6, 612.42e6, "612.41 → 612.42")])
def test_a_small_change_is_told_with_the_digits_it_needs(before: float, now: float, text: str) -> None:
    row = groups({"value_usd_before": before, "value_usd_now": now}).iloc[0]
    assert vintages.change(row) == text


def test_nothing_revised_is_said() -> None:
    none, other = groups(), groups({"hs_group": "other"})
    assert vintages.answer(none, none, ABOUT).startswith("No source has changed")
    assert vintages.limit(none).startswith("A first answer is no revision")
    assert vintages.answer(vintages.headline(other, ABOUT), other, ABOUT) == (
        "Figures were revised, but none of integrated circuits to Ruritania."
    )


def test_revisions_by_good_name_flow_and_rows() -> None:
    table = vintages.by_good(groups({}, {"value_usd_now": 0.0}), most=1)
    assert table[["flow", "goods", "rows", "now"]].values.tolist() == [["re-export", "Memories", 3, 0.0]]


def test_what_is_expected_next_and_what_is_overdue() -> None:
    calendar = pd.DataFrame(
        {
            "reporter": ["DDD", "AAA", "EEE", "FFF", "GGG"],
            "reporter_name": ["Dland", "Aland", "Eland", "Fland", "Gland"],
            "role": ["coalition", "origin", "hub", "coalition", "hub"],
            "source": ["one", "one", "two", "one", "one"],
            "lag_days": [40, 20, None, 50, 45],
            "last_period": pd.to_datetime(["2026-08-01"] * 4 + ["2026-05-01"]),
            "next_period": pd.to_datetime(["2026-09-01"] * 4 + ["2026-06-01"]),
            "expected_on": pd.to_datetime(["2026-11-10", "2026-10-21", None, "2026-11-20", "2026-08-15"]),
            "overdue_from": pd.to_datetime(["2026-11-20", "2026-11-30", None, "2026-12-20", "2026-09-15"]),
            "asked_on": pd.to_datetime(["2026-11-03"] * 5),
        }
    )
    table = vintages.expected(calendar, pd.DataFrame({"source": ["one"], "title": ["Office One"]}))
    assert table[["reporter", "source", "lag", "expected"]].values.tolist() == [
        ["2 other reporters", "Office One", 45.0, "10 Nov 2026"],
        ["Aland", "Office One", 20.0, "21 Oct 2026"],
        ["Gland", "Office One", 45.0, "overdue"],
    ]
    assert vintages.expected(calendar.iloc[2:3], pd.DataFrame({"source": [], "title": []})).empty

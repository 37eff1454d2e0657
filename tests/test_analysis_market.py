"""Who is left as a supplier: shares, equal suppliers, goods replaced or not, newcomers."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from chipflows.analysis import market
from chipflows.analysis import market_words as words
from chipflows.analysis.concentration import backfilled_codes

ABOUT = SimpleNamespace(
    suppliers={"China": ("CHN",), "Both": ("CHN", "HKG")},
    together="Both",
    coalition=("DEU", "USA"),
    base=("2021-01-01", "2021-12-01"),
    names={"CHN": "China", "HKG": "Hong Kong", "DEU": "Germany", "USA": "United States", "KGZ": "Kyrgyzstan"},
    headline="ic",
    listed="wide",
    titles={"ic": "Circuits"},
    families=lambda group: ("F1",),
    study=SimpleNamespace(destination="Russia", some_goods="circuits"),
)


def sold(amounts: dict[int, dict[str, float]], months: int = 12) -> pd.DataFrame:
    """Rows of the same amount in every month of a year, by reporter."""
    rows = [
        {"reporter": reporter, "family": "F1", "period": pd.Timestamp(year, month, 1), "value_usd": value}
        for year, reporters in amounts.items()
        for reporter, value in reporters.items()
        for month in range(1, months + 1)
    ]
    return market.supply(pd.DataFrame(rows), ABOUT, "ic")


WORLD = sold({2021: {"DEU": 40, "USA": 40, "CHN": 10, "HKG": 10}, 2023: {"CHN": 30, "HKG": 50, "KGZ": 20}})


def test_shares_and_suppliers_of_equal_size() -> None:
    years = market.yearly(WORLD, ABOUT).set_index("year")
    assert years.loc[2021, "hhi"] == pytest.approx(0.16 + 0.16 + 0.01 + 0.01)
    assert years.loc[2023, "effective_suppliers"] == pytest.approx(1 / (0.09 + 0.25 + 0.04))
    assert years.loc[2023, ["China", "Both", "Coalition"]].tolist() == pytest.approx([0.3, 0.8, 0.0])
    said = words.answer(market.yearly(WORLD, ABOUT), ABOUT, "ic", market.is_seen(WORLD, ABOUT))
    assert "as with 2.6 equal suppliers in 2023, against 2.9 in 2021" in said
    assert "from 20% to 80%" in said


def test_a_part_of_a_year_is_not_the_latest_year() -> None:
    started = pd.concat([WORLD, sold({2024: {"CHN": 1}}, months=3)])
    assert tuple(market.years_compared(market.yearly(started, ABOUT), ABOUT)) == (2021, 2023)


def test_without_one_side_nothing_is_said() -> None:
    one_side = WORLD[WORLD["supplier"].isin(["DEU", "USA"])]
    assert not market.is_seen(one_side, ABOUT)
    assert words.answer(pd.DataFrame(), ABOUT, "ic", False).startswith("Can't say from whom Russia buys circuits")


def test_newcomers_by_amount() -> None:
    new = market.newcomers(WORLD, ABOUT)
    assert new.to_dict("records") == [
        {"supplier": "Kyrgyzstan", "before_usd": 0.0, "after_usd": 240.0, "share_after": pytest.approx(0.2)}
    ]


def ratio(family: str, measure: str, value: float, lo: float, hi: float, reason: str = "") -> dict[str, object]:
    return {"family": family, "measure": measure, "group": "Both", "ratio": value, "lo": lo, "hi": hi, "reason": reason}


NAN = float("nan")


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([ratio("F1", "value", 2.0, 1.5, 3.0), ratio("F1", "volume", 1.1, 0.8, 1.4)], "fully"),
        ([ratio("F1", "value", 2.0, 1.5, 3.0), ratio("F1", "volume", 0.6, 0.2, 0.9)], "partly"),
        ([ratio("F1", "value", 2.0, 1.5, 3.0), ratio("F1", "volume", 0.1, -0.2, 0.3)], "less than half, if any"),
        ([ratio("F1", "value", 2.0, 1.5, 3.0), ratio("F1", "volume", NAN, NAN, NAN, "no weights")], "fully (by value)"),
        ([ratio("F1", "value", 0.5, -0.9, 3.0)], "can't say, too noisy (by value)"),
        ([ratio("F1", "value", NAN, NAN, NAN, "no loss")], "no loss"),
    ],
)
def test_volume_decides_whether_a_good_was_replaced(rows: list[dict[str, object]], word: str) -> None:
    families = pd.DataFrame({"family": ["F1"], "short_title": ["Diodes"]})
    found = market.verdicts(pd.DataFrame(rows), families, "Both")
    assert found["good"].tolist() == ["Diodes"]
    assert found["word"].tolist() == [word]


def test_breadth_says_how_many_surely_and_how_many_maybe() -> None:
    found = pd.DataFrame([ratio("F1", "value", 1.2, 0.8, 1.4), ratio("F2", "value", 0.6, 0.2, 0.9)])
    (row,) = words.breadth(backfilled_codes(found)).to_dict("records")
    assert row == {"supplier": "Both, value", "over 50%": "2\n1 to 2", "over 100%": "1\n0 to 1", "of": 2}

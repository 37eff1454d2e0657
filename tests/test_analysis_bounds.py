"""Bounds of two suppliers of which one passes goods on."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from chipflows.analysis import bounds

ABOUT = SimpleNamespace(
    main="2021",
    base=("2021-11-01", "2021-12-01"),
    periods={"2022": ("2022-01-01", "2022-03-01"), "2023": ("2023-01-01", "2023-12-01")},
)
NAN = float("nan")


def test_a_period_adds_its_months_and_keeps_the_weakest_basis() -> None:
    rows = [
        ("2021-11-01", 10.0, 20.0, 15.0, "re_exports_by_origin"),
        ("2021-12-01", 10.0, 20.0, 10.0, "re_exports"),
        ("2022-01-01", 1.0, 50.0, 1.0, "none"),
        ("2022-02-01", NAN, 50.0, NAN, "none"),
    ]
    table = pd.DataFrame(rows, columns=["period", "origin_usd", "via_usd", "lower_usd", "basis"])
    table = table.assign(period=pd.to_datetime(table["period"]), upper_usd=table["origin_usd"] + table["via_usd"])
    found = bounds.by_period(table, ABOUT)
    assert found.values.tolist() == [
        # What Hong Kong sold by itself (40 over two months) is more than the sum of the lower bounds (25).
        ["2021", 2, 10.0, 20.0, 30.0, "re-exports, of any origin"],
        ["2022", 1, 1.0, 50.0, 51.0, "total exports alone"],
    ]


def test_nothing_held_gives_no_row() -> None:
    table = pd.DataFrame(
        {"period": pd.to_datetime([]), "origin_usd": [], "via_usd": [], "lower_usd": [], "upper_usd": []}
    )
    assert bounds.by_period(table.assign(basis=[]), ABOUT).empty

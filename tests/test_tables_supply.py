"""What reached the focal destination: prices from reported amounts, exports alone, bounds where goods pass through."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from worlds import CODES, JANUARY, World, month, row

from chipflows.raw.records import Answer, Request, Scope

NOVEMBER = "2021-11-01"
BOUNDS = (
    "select basis, origin_usd, via_usd, re_export_of_origin_usd, lower_usd, upper_usd from marts.supply_bounds "
    "where origin = 'CHN' and via = '{}' and hs_group = 'ic_core' and period = '2021-11-01'"
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def hong_kong(world: World, cells: Mapping[tuple[str, str], int]) -> None:
    """Store Hong Kong's own answers: thousands of HKD by flow and origin, for one code to Russia in November 2021."""
    for code, flow in (("4", "export"), ("3", "re_export")):
        lines = [
            {"freq": "M", "period": "202111", "ttype": kind, "cc": "RU", "code": "854231", "sv": "VCm"}
            | ({"co": origin} if origin else {})
            | {"figure": f"{value:,}"}
            for (kind, origin), value in cells.items()
            if kind == code
        ]
        scope = Scope(("HKG",), ("RUS",), (flow,), CODES, ("2021-11",))
        request = Request("hongkong_censtatd", "data", (("reporter", "HKG"), ("ttype", code)), scope, label=flow)
        total = 1000 * sum(value for (kind, _), value in cells.items() if kind == code)
        world.put(request, json.dumps({"dataSet": lines}).encode(), Answer("data", len(lines), str(total)), JANUARY)
    header = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE"
    rates = [f"EXR.M.{one}.EUR.SP00.A,M,{one},EUR,SP00,A,2021-11,{rate}" for one, rate in (("USD", 1), ("HKD", 8))]
    asked = Request("fx", "rates", (("series", "test"),), Scope(codes=("USD", "HKD"), periods=("2021-11",)), label="t")
    body = "\n".join([header, *rates, ""]).encode()
    world.put(asked, body, Answer("data", len(rates)), JANUARY, media_type="text/csv")


# --- prices ---


def test_only_reported_amounts_make_a_price(world: World) -> None:
    partners = ("RUS", "DEU", "IND", "BRA", "FRA", "W00")
    world.comtrade(
        [
            row(100, qty=20, netWgt=4),
            row(900, partner=276, isQtyEstimated=True, netWgt=9),
            row(50, partner=76, qty=25, isNetWgtEstimated=True),
            row(10, partner=251, qty=0, netWgt=0),
            row(70, partner=699, qty=7, netWgt=7),
            row(1130, partner=0, qty=99, netWgt=99),
        ],
        partners=partners,
    )
    world.build()
    found = world.ask(
        "select partner_class, measure, quantity_unit, value_usd, quantity, unit_value_usd, share_of_value "
        "from marts.unit_values order by 1, 2"
    )
    assert found == [
        ("elsewhere", "quantity", "u", 50, 25, 2, 50 / 960),
        ("elsewhere", "weight", "kg", 900, 9, 100, 900 / 960),
        ("focal", "quantity", "u", 100, 20, 5, 1),
        ("focal", "weight", "kg", 100, 4, 25, 1),
        ("hub", "quantity", "u", 70, 7, 10, 1),
        ("hub", "weight", "kg", 70, 7, 10, 1),
    ]


def test_amounts_in_different_units_stand_beside_each_other(world: World) -> None:
    rows = [row(30, period="202202", code="854151"), row(12, period="202202", code="854159", qtyUnitCode=8, qty=3)]
    world.comtrade(rows)
    world.build()
    sql = "select quantity_unit, value_usd, quantity from marts.unit_values where measure = 'quantity' order by 1"
    assert world.ask(sql) == [("kg", 12, 3), ("u", 30, 10)]


def test_an_unnamed_unit_is_that_of_its_own_code(world: World) -> None:
    """Comext does not say which unit a supplementary quantity is in: two eight-digit codes may differ."""
    world.rates([("2021-11-02", "1")])
    scope = {"reporters": ("DEU",), "partners": ("RUS",), "flows": ("export",), "periods": ("2021-11",)}
    rows = [
        ("DE", "RU", code, indicator, "2021-11", amount)
        for code, amounts in {"85423111": ("100", "4"), "85423190": ("60", "5"), "85423911": ("8", "2")}.items()
        for indicator, amount in zip(("VALUE_IN_EUROS", "SUPPLEMENTARY_QUANTITY"), amounts, strict=True)
    ]
    world.comext(rows, codes=("854231", "854239"), **scope)
    world.build()
    assert world.ask("select hs6, value_usd, quantity, quantity_unit from core.flows order by 1") == [
        ("854231", 160, None, None),
        ("854239", 8, 2, "supplementary unit of 85423911"),
    ]


# --- what arrived ---


def test_supply_is_made_of_exports_to_the_focal_destination_alone(world: World) -> None:
    rows = [row(30), row(50, reporter=344), row(20, reporter=276), row(7, flow="RX", reporter=344)]
    rows += [row(900, partner=344), row(800, partner=0)]
    reporters, partners = ("CHN", "HKG", "DEU", "RUS", "FRA"), ("RUS", "HKG", "W00", "CHN")
    rows += [row(60, reporter=643, partner=156, flow="M")]
    flows = ("export", "re_export", "import")
    world.comtrade(rows, reporters=reporters, partners=partners, flows=flows, codes=("854231", "854239"))
    world.availability([(one, "2021-11", "H5") for one in ("CHN", "HKG", "DEU", "RUS")])
    world.build()
    found = world.ask(
        "select reporter, value_usd, total_usd, share_of_supply, reporters_published, is_complete "
        "from marts.russia_supply order by 1"
    )
    assert found == [
        ("CHN", 30, 100, 0.3, 3, True),
        ("DEU", 20, 100, 0.2, 3, True),
        ("HKG", 50, 100, 0.5, 3, True),
    ]


# --- goods that pass through ---


def test_without_a_word_on_re_exports_all_of_them_may_be_counted_twice(world: World) -> None:
    rows = [row(30), row(50, reporter=344)]
    world.comtrade(rows, reporters=("CHN", "HKG"), flows=("export", "re_export"))
    world.build()
    assert world.ask(BOUNDS.format("HKG")) == [("none", 30, 50, None, 30, 80)]


def test_re_exports_of_any_origin_may_be_counted_twice(world: World) -> None:
    rows = [row(30), row(50, reporter=344), row(45, reporter=344, flow="RX"), row(900, partner=344)]
    world.comtrade(rows, reporters=("CHN", "HKG"), partners=("RUS", "HKG"), flows=("export", "re_export"))
    world.build()
    assert world.ask(BOUNDS.format("HKG")) == [("re_exports", 30, 50, 45, 35, 80)]


def test_every_hub_is_treated_like_hong_kong(world: World) -> None:
    rows = [row(30), row(50, reporter=417), row(58, reporter=417, flow="RX", code="854239")]
    world.comtrade(rows, reporters=("CHN", "KGZ"), flows=("export", "re_export"))
    world.build()
    assert world.ask(BOUNDS.format("KGZ")) == [("re_exports", 30, 50, 58, 30, 80)]


def test_origins_that_hong_kong_tells_narrow_the_bounds(world: World) -> None:
    world.comtrade([row(30), row(999, reporter=344)], reporters=("CHN", "HKG"), flows=("export", "re_export"))
    hong_kong(world, {("4", ""): 400, ("3", "CN"): 80, ("3", "TW"): 240})
    world.build()
    # At 8 HKD to the dollar: 50,000 USD sold, 10,000 of Chinese origin.
    assert world.ask(BOUNDS.format("HKG")) == [
        ("re_exports_by_origin", 30, 50_000, 10_000, Decimal("40030.000"), Decimal("50030.000"))
    ]


def test_an_unknown_side_gives_no_bounds(world: World) -> None:
    world.comtrade([row(30)])
    world.build()
    assert world.ask(BOUNDS.format("HKG")) == [("none", 30, None, None, None, None)]
    assert world.number("select max(period) from marts.supply_bounds") == month("2022-12")

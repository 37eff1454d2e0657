"""What is not specified is kept and labelled; headings and years control the codes and months beside them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from worlds import CODES, World, month, row

CONTROL = "select heading, heading_usd, codes_usd, withheld_usd, share_withheld from marts.control_totals order by 1"
HEADINGS = (*CODES, "8542")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


# --- not specified ---


def test_unspecified_partners_codes_and_negative_values_are_kept_and_labelled(world: World) -> None:
    rows = [row(60), row(10, partner=899), row(20, code="999999"), row(-10, code="854239"), row(500, partner=0)]
    partners, codes = ("RUS", "_X", "W00"), (*CODES, "999999")
    world.comtrade([*rows, row(7, motCode=1000)], partners=partners, codes=codes)
    world.build()
    assert world.ask("select kind, partner, code, value_usd from core.unspecified order by 1") == [
        ("code", "RUS", "999999", 20),
        ("negative", "RUS", "854239", -10),
        ("partner", "_X", "854231", 10),
    ]
    share = "select total_usd, nes_partner_usd, nes_code_usd, negative_usd, share_nes from marts.nes_share"
    # The world's total and the detail row count nowhere: 40 of 60 + 10 + 20 + 10 dollars.
    assert world.ask(share) == [(100, 10, 20, -10, 0.4)]
    assert world.number("select sum(value_usd) from core.flows where partner <> 'W00'") == 80


def test_confidential_eight_digit_codes_are_in_no_family_and_in_the_share(world: World) -> None:
    world.rates([("2021-11-02", "1")])
    scope = {"reporters": ("DEU",), "partners": ("RUS",), "flows": ("export",), "periods": ("2021-11",)}
    lines = [("DE", "RU", code, "VALUE_IN_EUROS", "2021-11", value) for code, value in (("85423111", "75"),)]
    lines.append(("DE", "RU", "8542XXXX", "VALUE_IN_EUROS", "2021-11", "25"))
    world.comext(lines, codes=None, **{name: one for name, one in scope.items()})
    assert "codes_without_family (1)" in world.build()
    assert world.ask("select code, kind, value_usd from core.unspecified") == [("8542XXXX", "code", 25)]
    assert world.ask("select reporter, share_nes from marts.nes_share") == [("DEU", 0.25)]


def test_a_reporter_that_specifies_everything_has_a_share_of_zero(world: World) -> None:
    world.comtrade([row(60)])
    world.build()
    assert world.ask("select reporter, period, rows, share_nes from marts.nes_share") == [
        ("CHN", month("2021-11"), 0, 0.0)
    ]


# --- control totals ---


def test_what_a_heading_holds_beyond_its_codes_is_withheld(world: World) -> None:
    world.comtrade([row(70), row(20, code="854239"), row(100, code="8542")], codes=HEADINGS)
    assert "control_totals" not in world.build()
    assert world.ask(CONTROL) == [("8542", 100, 90, 10, pytest.approx(0.1))]
    assert world.number("select sum(value_usd) from core.flows") == 90


def test_codes_that_add_up_to_more_than_their_heading_are_reported(world: World) -> None:
    world.comtrade([row(700), row(400, code="854239"), row(1000, code="8542")], codes=HEADINGS)
    assert "control_totals (1)" in world.build()


def test_a_heading_of_which_some_codes_were_not_asked_controls_nothing(world: World) -> None:
    world.comtrade([row(70), row(100, code="8542")], codes=("854231", "8542"))
    world.build()
    assert world.ask(CONTROL) == []


@pytest.mark.parametrize(("year", "warned"), [(120, False), (121, False), (900, True)])
def test_a_year_is_held_against_its_months(world: World, year: int, warned: bool) -> None:
    months = [row(10, period=f"2021{number:02d}") for number in range(1, 13)]
    world.comtrade(months)
    world.comtrade([row(year, period="2021"), row(5, period="2021", code="854239")], periods=("2021",))
    assert ("yearly_control" in world.build()) is warned
    found = world.ask("select hs6, year_native, months_native, difference_native from marts.yearly_control order by 1")
    assert found == [("854231", year, 120, year - 120), ("854239", 5, 0, Decimal(5))]


def test_a_year_of_which_a_month_is_missing_is_not_compared(world: World) -> None:
    world.comtrade([row(10, period=f"2021{number:02d}") for number in range(1, 12)])
    world.comtrade([row(120, period="2021")], periods=("2021",))
    world.build()
    assert world.ask("select * from marts.yearly_control") == []

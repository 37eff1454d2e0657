"""The walk back from tables that combine several records: exactly the rows behind a number, down to file and row."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from worlds import CODES, World, row

from chipflows.warehouse.trace import trace

CELL = "family = 'F854231' and period = '2021-11-01'"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def behind(world: World, table: str, where: str) -> list[tuple[str, str, str, float]]:
    """Return reporter, partner, flow and value of the rows received behind some rows of a table."""
    found = trace(world.paths, table, where).received.to_pylist()
    return sorted((one["reporter"], one["partner"], one["flow"], float(one["value_usd"])) for one in found)


def test_a_flow_seen_from_both_sides_leads_to_both_records(world: World) -> None:
    rows = [row(100, reporter=276, partner=417), row(7, reporter=276), row(9, reporter=842, partner=417)]
    world.comtrade(rows, reporters=("DEU", "USA"), partners=("KGZ", "RUS"))
    imports = [row(53, reporter=417, partner=276, flow="M"), row(5, reporter=417, partner=156, flow="M")]
    world.comtrade(imports, reporters=("KGZ",), partners=("DEU", "USA", "CHN"), flows=("import",))
    world.build()
    both = [("DEU", "KGZ", "export", 100.0), ("KGZ", "DEU", "import", 53.0)]
    assert behind(world, "marts.mirror", f"exporter = 'DEU' and importer = 'KGZ' and {CELL}") == both
    where = "supplier = 'coalition' and hub = 'KGZ' and hs_group = 'ic_core' and period = '2021-11-01'"
    assert behind(world, "marts.lost_in_transit", where) == [*both, ("USA", "KGZ", "export", 9.0)]


def test_bounds_lead_to_exports_of_both_and_re_exports_of_the_one_on_the_way(world: World) -> None:
    rows = [row(30), row(50, reporter=344), row(45, reporter=344, flow="RX"), row(900, partner=344)]
    rows += [row(4, flow="RX"), row(3, reporter=276)]
    reporters = ("CHN", "HKG", "DEU")
    world.comtrade(rows, reporters=reporters, partners=("RUS", "HKG"), flows=("export", "re_export"))
    world.build()
    where = "origin = 'CHN' and via = 'HKG' and hs_group = 'ic_core' and period = '2021-11-01'"
    assert behind(world, "marts.supply_bounds", where) == [
        ("CHN", "RUS", "export", 30.0),
        ("HKG", "RUS", "export", 50.0),
        ("HKG", "RUS", "re_export", 45.0),
    ]
    assert behind(world, "marts.russia_supply", f"reporter = 'HKG' and {CELL}") == [("HKG", "RUS", "export", 50.0)]


def test_a_price_leads_to_rows_with_a_reported_amount(world: World) -> None:
    rows = [row(50, partner=276), row(40, partner=76, isNetWgtEstimated=True), row(5)]
    world.comtrade(rows, partners=("DEU", "BRA", "RUS"))
    world.build()
    where = f"partner_class = 'elsewhere' and measure = 'weight' and {CELL}"
    assert behind(world, "marts.unit_values", where) == [("CHN", "DEU", "export", 50.0)]


def test_controls_and_shares_lead_to_the_rows_that_were_compared(world: World) -> None:
    world.comtrade([row(70), row(100, code="8542"), row(2, code="999999")], codes=(*CODES, "8542", "999999"))
    world.comtrade([row(10, period=f"2022{number:02d}") for number in range(1, 13)])
    world.comtrade([row(121, period="2022")], periods=("2022",))
    world.build()
    assert behind(world, "marts.control_totals", "period = '2021-11-01'") == [
        ("CHN", "RUS", "export", 70.0),
        ("CHN", "RUS", "export", 100.0),
    ]
    assert len(behind(world, "marts.yearly_control", "period = '2022-01-01'")) == 13
    assert behind(world, "marts.nes_share", "period = '2021-11-01'") == [("CHN", "RUS", "export", 2.0)]


def test_a_total_before_and_after_leaves_out_who_covers_one_side_only(world: World) -> None:
    codes = ("854231", "854239")
    both = [row(10, reporter=276, code=code, period=period) for code in codes for period in ("202111", "202204")]
    silent = [row(90, reporter=842, code=code) for code in codes]
    world.comtrade([*both, *silent], reporters=("DEU", "USA"))
    world.build()
    where = "supplier = 'coalition' and hs_group = 'tier_1' and baseline = 'W1' and after_window = 'A1'"
    assert world.ask(f"select reporters_used, mean_before_usd from marts.before_after_totals where {where}") == [
        (1, 20)
    ]
    found = behind(world, "marts.before_after_totals", where)
    assert {one[0] for one in found} == {"DEU"}
    assert len(found) == 4


def test_a_number_of_comext_ends_at_the_lines_of_its_body(world: World) -> None:
    world.rates([("2021-11-02", "1")])
    scope = {"reporters": ("DEU",), "partners": ("RUS",), "flows": ("export",), "periods": ("2021-11",)}
    parts = {"85423111": "100", "85423190": "9", "85423911": "4"}
    rows = [("DE", "RU", code, "VALUE_IN_EUROS", "2021-11", value) for code, value in parts.items()]
    world.comext(rows, codes=("854231", "854239"), **scope)
    world.build()
    found = trace(world.paths, "marts.direct", f"reporter = 'DEU' and {CELL}")
    (file,) = found.files
    lines = gzip.decompress((found.raw / file["path"]).read_bytes()).decode().splitlines()[1:]
    assert [lines[number - 1].split(",")[-1] for number in file["row_numbers"]] == ["100", "9"]
    assert found.rows["value_usd"].to_pylist() == [109]

"""Every trap of trade statistics is handled in one place: with that handling taken out, the known answer is wrong.

One tiny world holds all traps. It is built as it is, and once per trap with the handling removed from a copy of the
SQL; what then comes out (another number, or a build that a check refuses) stands beside the right answer.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from worlds import CODES, JANUARY, World, row, small_config

from chipflows.config_rows import Correction
from chipflows.errors import CheckFailed

LATER = JANUARY + timedelta(days=60)


@dataclass(frozen=True)
class Trap:
    """A question with its right answer, where it is handled, and what comes out without the handling.

    `removed` and `instead` are text of the SQL file; `without` is an answer, or the name of what stops the build.
    """

    sql: str
    right: Any
    file: str
    removed: str
    instead: str
    without: Any


def direct(column: str, reporter: str, family: str, month: str) -> str:
    which = f"reporter = '{reporter}' and family = '{family}' and period = '{month}-01'"
    return f"select {column} from marts.direct where {which}"


def compared(table: str, column: str, where: str) -> str:
    return f"select {column} from marts.{table} where {where} and baseline = 'W1' and after_window = 'A1'"


def bounds(column: str, via: str) -> str:
    which = f"origin = 'CHN' and via = '{via}' and hs_group = 'ic_core' and period = '2021-05-01'"
    return f"select {column} from marts.supply_bounds where {which}"


def mirrored(column: str, exporter: str) -> str:
    which = f"exporter = '{exporter}' and importer = 'KGZ' and family = 'F854231' and cif_factor = 1.06"
    return f"select {column} from marts.mirror where {which}"


TRAPS = {
    "details of plus mode beside their total": Trap(
        sql=direct("value_usd", "CHN", "F854231", "2021-11"),
        right=13_531_390,
        file="staging/comtrade.sql",
        removed="then 'detail row of plus mode'",
        instead="then null",
        without="one_cell_one_row",
    ),
    "re-exports are part of exports": Trap(
        sql=direct("value_usd", "CHN", "F854231", "2021-12"),
        right=10,
        file="marts/direct.sql",
        removed="sum(family_flows.value_usd) filter (where family_flows.flow = 'export') as value_usd",
        instead="sum(family_flows.value_usd) as value_usd",
        without=14,
    ),
    "a month that is not published is no zero": Trap(
        sql=direct("value_usd", "CHN", "F854231", "2021-10"),
        right=None,
        file="core/contenders.sql",
        removed="when choices.state <> 'published' then choices.state",
        instead="",
        without=0,
    ),
    "a family of which a code was not asked for": Trap(
        sql=direct("value_usd", "TUR", "F854150", "2022-03"),
        right=None,
        file="core/contenders.sql",
        removed="when family_coverage.members_asked < family_coverage.members_expected then 'partly_asked'",
        instead="",
        without=7,
    ),
    "codes that HS2022 divided": Trap(
        sql=compared("before_after", "change_usd", "reporter = 'CHN' and family = 'F854150'"),
        right=-20,
        file="core/rows.sql",
        removed="and family_members.hs_edition = named.hs_edition",
        instead="and named.hs_edition = 'H5' and family_members.hs_edition = named.hs_edition",
        without=-100,
    ),
    "what of a code's change is nomenclature": Trap(
        sql=compared("code_break", "nomenclature_usd", "supplier = 'china' and hs6 = '854150'"),
        right=-80,
        file="marts/code_break.sql",
        removed="cast(compared.family_change_usd * compared.share_of_family as decimal(20, 3))",
        instead="compared.change_usd",
        without=0,
    ),
    "January and February published as one": Trap(
        sql=direct("compared_usd", "CHN", "F854110", "2022-01"),
        right=4,
        file="marts/direct.sql",
        removed="case when bins.bin is null then known.value_usd else joined.value_usd end",
        instead="known.value_usd",
        without=5,
    ),
    "a reporter that falls silent": Trap(
        sql=compared("before_after_totals", "ratio", "supplier = 'coalition' and hs_group = 'tier_1'"),
        right=1,
        file="marts/before_after_totals.sql",
        removed="join core.window_means as later using",
        instead="""join (
    select means.reporter, means.partner, means.hs_group, means.side, means.window_id, means.months, means.mean_usd
    from core.window_means as means
    union all
    select means.reporter, means.partner, means.hs_group, 'after', 'A1', means.months, 0
    from core.window_means as means
    where means.window_id = 'W1' and means.reporter not in (
      select later.reporter from core.window_means as later where later.window_id = 'A1' and later.partner = 'RUS'
    )
  ) as later using""",
        without=pytest.approx(20 / 220),
    ),
    "a month held against the base of reporters who left": Trap(
        sql="select panel_ratio from marts.fixed_panel "
        "where supplier = 'coalition' and hs_group = 'tier_1' and period = '2022-03-01'",
        right=1,
        file="marts/fixed_panel.sql",
        removed="cast(sum(flows.mean_usd) as decimal(20, 3)) as panel_base_usd",
        instead="(select sum(base.mean_usd) from base where base.hs_group = 'tier_1' "
        "and base.reporter in ('USA', 'DEU')) as panel_base_usd",
        without=pytest.approx(20 / 220),
    ),
    "a value that a newer file replaced": Trap(
        sql=direct("value_usd", "HKG", "F854231", "2021-11"),
        right=6,
        file="core/rows.sql",
        removed="when replaced.row_number is not null then 'superseded'",
        instead="",
        without="one_cell_one_row",
    ),
    "two sources that report the same trade": Trap(
        sql=direct("value_usd", "FRA", "F854231", "2021-11"),
        right=100,
        file="marts/direct.sql",
        removed="on traded.source = preferred.source\n",
        instead="on true\n",
        without="grain",
    ),
    "a group of economies beside its members": Trap(
        sql="select sum(value_usd) from core.flows where hs6 = '854231' and period = '2021-09-01'",
        right=3,
        file="core/rows.sql",
        removed="when reporters.role = 'group'",
        instead="when false",
        without=6,
    ),
    "goods that go to Russia by way of a hub": Trap(
        sql=direct("value_usd", "CHN", "F854239", "2021-11"),
        right=2,
        file="marts/direct.sql",
        removed="from core.family_flows\n  join focal using (partner)",
        instead="from core.family_flows",
        without=10,
    ),
    "a value that a correction takes away": Trap(
        sql=direct("value_usd", "IND", "F854231", "2021-11"),
        right=None,
        file="core/contenders.sql",
        removed="when strpos(choices.withheld, families.family) > 0 then 'withheld'",
        instead="",
        without=0,
    ),
    "a correction whose error is gone": Trap(
        sql=direct("value_usd", "BRA", "F854231", "2021-11"),
        right=5,
        file="core/corrected_rows.sql",
        removed="case when judged.is_needed then judged.factor end",
        instead="judged.factor",
        without=1,
    ),
    "goods that stand in two records": Trap(
        sql=bounds("lower_usd", "HKG"),
        right=35,
        file="marts/supply_bounds.sql",
        removed="then pairs.via_usd - pairs.of_origin_usd",
        instead="then pairs.via_usd",
        without=80,
    ),
    "re-exports that are not told apart": Trap(
        sql=bounds("lower_usd", "TUR"),
        right=30,
        file="marts/supply_bounds.sql",
        removed="case when group_offers.hs_group is not null then coalesce(re_exports.of_origin_usd, 0) end as of",
        instead="coalesce(re_exports.of_origin_usd, 0) as of",
        without=38,
    ),
    "a side of a flow that nobody asked for": Trap(
        sql=mirrored("gap_usd", "USA"),
        right=None,
        file="marts/mirror.sql",
        removed="coalesce(told.import_usd, case when imported.is_covered then 0 end) as import_usd",
        instead="coalesce(told.import_usd, 0) as import_usd",
        without=50,
    ),
    "freight and insurance in imports": Trap(
        sql=mirrored("mirror_ratio", "DEU"),
        right=0.5,
        file="marts/mirror.sql",
        removed="cast(cif_factors.cif_factor as double) * cast(pairs.export_usd as double)",
        instead="cast(pairs.export_usd as double)",
        without=0.53,
    ),
    "goods that one side alone reports are not lost": Trap(
        sql="select export_usd from marts.lost_in_transit where supplier = 'coalition' and hub = 'KGZ' "
        "and hs_group = 'ic_core' and period = '2021-05-01' and cif_factor = 1.06",
        right=200,
        file="marts/lost_in_transit.sql",
        removed="sum(mirror.export_usd) filter (where mirror.sides = 'both') as export_usd",
        instead="sum(mirror.export_usd) as export_usd",
        without=250,
    ),
    "a weight that was estimated": Trap(
        sql="select unit_value_usd from marts.unit_values where reporter = 'CHN' and partner_class = 'elsewhere' "
        "and measure = 'weight' and family = 'F854231' and period = '2021-05-01'",
        right=100,
        file="marts/unit_values.sql",
        removed="case when not coalesce(flows.is_weight_estimated, false) then flows.weight_kg end as weight_kg",
        instead="flows.weight_kg as weight_kg",
        without=50,
    ),
    "units that a source does not name": Trap(
        sql="select quantity from core.flows where reporter = 'FRA' and partner = 'TUR'",
        right=None,
        file="core/rows.sql",
        removed="when named.is_own_unit then",
        instead="when false then",
        without=9,
    ),
    "goods sent to areas that are not specified": Trap(
        sql="select share_nes from marts.nes_share where reporter = 'CHN' and period = '2021-05-01'",
        right=0.01,
        file="core/unspecified.sql",
        removed="when economies.role = 'nes' then 'partner'",
        instead="",
        without=0,
    ),
    "a heading of which some codes were not asked for": Trap(
        sql="select count(*) from marts.control_totals",
        right=1,
        file="marts/control_totals.sql",
        removed="where asked_of.codes_asked = asked_of.codes_expected",
        instead="",
        without=2,
    ),
    "a year of which a month is not published": Trap(
        sql="select count(*) from marts.yearly_control",
        right=0,
        file="marts/yearly_control.sql",
        removed="where published.months = 12",
        instead="",
        without=1,
    ),
}


def fix(reporter: str, action: str, factor: str = "") -> Correction:
    """Return a correction of a reporter's 854231 of November 2021, needed while more than 1,000 dollars are sent."""
    cell = ("comtrade", reporter, "RUS", "export", "854231", "2021-11", "2021-11")
    return Correction(f"fix-{reporter}", *cell, action, factor, "", "a slip", "https://example.org", "above", "1000")


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The raw files of a world that holds every trap, built once as it is."""
    config = replace(small_config(), corrections=(fix("IND", "drop"), fix("BRA", "multiply", "0.2")))
    world = World(tmp_path_factory.mktemp("sound"), config)
    put_china(world)
    put_others(world)
    put_both_sides(world)
    world.build()
    return world


def put_china(world: World) -> None:
    """Store China's exports: details beside totals, both editions, re-exports, a hub, a month that is not published."""
    wide = [row(100, code="854150", period=period) for period in ("202109", "202111", "202112")]
    narrow = [row(60, code="854151", period="202203"), row(20, code="854159", period="202203")]
    early = [row(5, code="854110", period="202201"), row(3, code="854110", period="202202")]
    november = [row(13_531_390), row(8_000_000, motCode=1000), row(5_531_390, motCode=2100), row(2, code="854239")]
    december = [row(10, period="202112"), row(4, period="202112", flow="RX")]
    months = ("2021-09", "2021-10", "2021-11", "2021-12", "2022-01", "2022-02", "2022-03")
    rows = [*wide, *narrow, *early, *november, *december, row(3, period="202109")]
    world.comtrade(rows, flows=("export", "re_export"), periods=months)
    world.availability([("CHN", one, "H5" if one < "2022" else "H6") for one in months if one != "2021-10"])
    world.comtrade([row(8, partner=344, code="854239")], partners=("HKG",))


def put_others(world: World) -> None:
    """Store a revised month, a reporter that falls silent, one month from two sources, a group, values to correct."""
    world.comtrade([row(5, reporter=344)], reporters=("HKG",))
    world.comtrade([row(6, reporter=344)], reporters=("HKG",), at=LATER)
    codes = ("854231", "854239")
    usa = [row(100, reporter=842, code=code) for code in codes]
    germany = [row(10, reporter=276, code=code, period=period) for code in codes for period in ("202111", "202203")]
    world.comtrade([*usa, *germany], reporters=("USA", "DEU"))
    world.comtrade([row(90, reporter=251)], reporters=("FRA",), codes=("854231",))
    world.rates([("2021-11-02", "1")])
    scope = {"reporters": ("FRA",), "partners": ("RUS",), "flows": ("export",), "periods": ("2021-11",)}
    world.comext([("FR", "RU", "85423111", "VALUE_IN_EUROS", "2021-11", "100")], codes=("854231",), **scope)
    world.comtrade([row(3, reporter=97, period="202109")], reporters=("EUR",))
    world.comtrade([row(5_000, reporter=699), row(5, reporter=76)], reporters=("IND", "BRA"))
    asked = [code for code in CODES if code != "854159"]
    world.comtrade([row(7, reporter=792, code="854151", period="202203")], reporters=("TUR",), codes=asked)


def put_both_sides(world: World) -> None:
    """Store May 2021: goods that pass through, both records of a flow, amounts, areas, a heading, a year."""
    may: dict[str, Any] = {"period": "202105"}
    codes = ("854231", "854239")
    china = [row(30, **may), row(20, partner=899, **may), row(1_900, partner=276, netWgt=19, **may)]
    china += [row(50, partner=76, netWgt=20, isNetWgtEstimated=True, **may)]
    world.comtrade(china, partners=("RUS", "_X", "DEU", "BRA"), codes=codes)
    passing = [row(50, reporter=344, **may), row(45, reporter=344, flow="RX", **may), row(8, reporter=792, **may)]
    world.comtrade(passing, reporters=("HKG", "TUR"), flows=("export", "re_export"), codes=codes)
    sent = [row(200, reporter=276, partner=417, **may), row(50, reporter=842, partner=417, **may)]
    world.comtrade(sent, reporters=("DEU", "USA"), partners=("KGZ",), codes=codes)
    world.comtrade(
        [row(106, reporter=417, partner=276, flow="M", **may)],
        reporters=("KGZ",),
        partners=("DEU",),
        flows=("import",),
        codes=codes,
    )
    for reporter, asked in ((276, codes), (842, codes[:1])):
        heading = [row(70, reporter=reporter, partner=792, **may)]
        heading += [row(100, reporter=reporter, partner=792, code="8542", **may)]
        name = {276: "DEU", 842: "USA"}[reporter]
        world.comtrade(heading, reporters=(name,), partners=("TUR",), codes=(*asked, "8542"))
    scope = {"reporters": ("FRA",), "partners": ("TUR",), "flows": ("export",), "periods": ("2021-11",)}
    pieces = [("FR", "TR", code, "VALUE_IN_EUROS", "2021-11", "10") for code in ("85423111", "85423190")]
    pieces += [(*one[:3], "SUPPLEMENTARY_QUANTITY", one[4], number) for one, number in zip(pieces, "45", strict=True)]
    world.comext(pieces, codes=("854231",), **scope)
    world.comtrade([row(70, reporter=76, period="2021", code="854239")], reporters=("BRA",), periods=("2021",))


@pytest.mark.parametrize("trap", TRAPS.values(), ids=TRAPS)
def test_the_answer_is_right(raw: World, trap: Trap) -> None:
    assert raw.number(trap.sql) == trap.right


@pytest.mark.parametrize("trap", TRAPS.values(), ids=TRAPS)
def test_without_its_handling_the_answer_is_wrong(raw: World, trap: Trap, tmp_path: Path) -> None:
    world = World(tmp_path, raw.config)
    shutil.copytree(raw.paths.raw, world.paths.raw)
    path = world.copy_sql() / trap.file
    text = path.read_text()
    assert text.count(trap.removed) == 1, f"{trap.removed!r} is not once in {trap.file}: the trap tests nothing"
    path.write_text(text.replace(trap.removed, trap.instead))
    if isinstance(trap.without, str):
        with pytest.raises(CheckFailed, match=trap.without):
            world.build()
    else:
        world.build()
        assert trap.without != trap.right
        assert world.number(trap.sql) == trap.without

"""Both sides of a flow: what one side's silence, freight, and goods lost on the way do to their gap."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from worlds import World, row, small_config

MIRROR = (
    "select exporter, importer, sides, import_state, export_usd, import_usd, mirror_ratio, gap_usd from marts.mirror "
    "where cif_factor = 1.06 and period = '2021-11-01' order by 1, 2"
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def sent(value: float, exporter: int, importer: int, **others: str) -> dict[str, object]:
    return row(value, reporter=exporter, partner=importer, **others)


def received(value: float, importer: int, exporter: int, **others: str) -> dict[str, object]:
    return row(value, reporter=importer, partner=exporter, flow="M", **others)


def test_both_sides_meet_and_where_one_is_missing_it_is_said(world: World) -> None:
    exports = [sent(200, 276, 417), sent(50, 842, 417), sent(9, 276, 643), sent(30, 276, 792), sent(999, 276, 0)]
    partners = ("RUS", "KGZ", "TUR", "W00")
    world.comtrade(exports, reporters=("DEU", "USA", "FRA"), partners=partners)
    imports = [received(106, 417, 276), received(7, 417, 156)]
    world.comtrade(imports, reporters=("KGZ", "TUR"), partners=("DEU", "USA", "CHN"), flows=("import",))
    world.availability([(one, "2021-11", "H5") for one in ("DEU", "USA", "FRA", "KGZ")])
    world.build()
    assert world.ask(MIRROR) == [
        ("CHN", "KGZ", "import_only", "covered", None, 7, None, None),
        # Two destinations that report nothing: one was never asked, the other has not published the month.
        ("DEU", "KGZ", "both", "covered", 200, 106, 0.5, 100),
        ("DEU", "RUS", "export_only", "not_asked", 9, None, None, None),
        ("DEU", "TUR", "export_only", "not_published", 30, None, None, None),
        ("USA", "KGZ", "both", "covered", 50, 0, 0, 50),
    ]


def test_every_factor_from_cif_to_fob_stands_side_by_side(world: World) -> None:
    config = small_config()
    world.config = replace(
        config, project=replace(config.project, study=replace(config.project.study, cif_factors=(1.0, 1.25)))
    )
    world.comtrade([sent(100, 276, 417)], reporters=("DEU",), partners=("KGZ",))
    world.comtrade([received(100, 417, 276)], reporters=("KGZ",), partners=("DEU",), flows=("import",))
    world.build()
    assert world.ask("select cif_factor, import_fob_usd, gap_usd, mirror_ratio from marts.mirror order by 1") == [
        (1.0, 100, 0, 1),
        (1.25, 80, 20, 0.8),
    ]


def test_only_months_that_both_sides_cover_are_lost_or_found(world: World) -> None:
    """Germany sent 100 in each month; Kyrgyzstan recorded half of it, and has not published December."""
    exports = [sent(100, 276, 417, period=period) for period in ("202111", "202112")]
    world.comtrade([*exports, sent(60, 156, 417)], reporters=("DEU", "CHN"), partners=("KGZ",))
    imports = [received(53, 417, 276), received(63.6, 417, 156)]
    world.comtrade(
        imports, reporters=("KGZ",), partners=("DEU", "CHN"), flows=("import",), periods=("2021-11", "2021-12")
    )
    world.availability([("KGZ", "2021-11", "H5"), *((one, "2021-12", "H5") for one in ("DEU", "CHN"))])
    world.build()
    found = world.ask(
        "select supplier, period, reporters_compared, export_usd, gap_usd, share_lost, export_only_usd "
        "from marts.lost_in_transit where hub = 'KGZ' and hs_group = 'ic_core' and cif_factor = 1.06 "
        "and supplier in ('china', 'coalition') order by 1, 2"
    )
    assert [(one[0], f"{one[1]:%Y-%m}", *one[2:5], round(one[5] or 0, 9), one[6]) for one in found] == [
        ("china", "2021-11", 1, 60, 0, 0, None),
        ("coalition", "2021-11", 1, 100, 50, 0.5, None),
        ("coalition", "2021-12", 0, None, None, 0, 100),
    ]

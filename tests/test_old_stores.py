"""What earlier releases wrote is read or made again, never broken: `stores/format_1` is a store without receipts."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from worlds import JANUARY, ROOT, World, month, row

from chipflows.errors import UsageError
from chipflows.warehouse.connect import read
from chipflows.warehouse.status import status
from chipflows.warehouse.verify import verify_profile

OLD = ROOT / "tests" / "stores" / "format_1"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A profile whose raw files were stored by a release of format 1."""
    world = World(tmp_path)
    shutil.copytree(OLD, world.paths.raw)
    return world


def sums(world: World) -> list[tuple[object, ...]]:
    return world.ask(
        "select source, reporter, sum(value_usd), sum(value_native) from core.flows group by all order by 1"
    )


def test_a_store_of_format_1_is_read_whole(world: World) -> None:
    world.build()
    assert sums(world) == [("comtrade", "CHN", 13, 13), ("eurostat_comext", "DEU", 125, 100)]
    assert world.ask("select change, value_usd_before, value_usd_now from core.revisions") == [("changed", 5, 6)]
    state = f"select state from core.coverage where period = '{month('2021-11')}' and reporter = 'CHN'"
    assert world.number(state) == "published"


def test_a_store_of_format_1_is_added_to(world: World) -> None:
    world.comtrade([row(8), row(7, code="854239")], at=JANUARY + timedelta(days=90))
    assert (world.paths.raw / "comtrade" / "receipts.jsonl").exists()
    world.build()
    assert sums(world)[0] == ("comtrade", "CHN", 15, 15)
    assert world.number("select count(*) from core.revisions") == 2
    assert verify_profile(world.paths).startswith("6 files of profile world are as received")


def test_tables_without_a_format_are_made_again(world: World) -> None:
    world.build()
    with duckdb.connect(str(world.paths.database)) as connection:
        connection.execute("drop table ref.made")
        connection.execute("drop table marts.revisions")
    with pytest.raises(UsageError, match=r"format 1, this one reads 2\): run `chipflows --profile world build`"):
        read(world.paths)
    assert "made by another release" in status(world.paths, world.config)
    world.build()
    assert read(world.paths).execute("select count(*) from marts.revisions").fetchall() == [(1,)]


def test_a_database_that_cannot_be_opened_is_made_again(world: World) -> None:
    world.build()
    world.paths.database.write_bytes(b"not a database" * 1000)
    with pytest.raises(UsageError, match="can't be opened"):
        read(world.paths)
    world.build()
    assert sums(world)[0] == ("comtrade", "CHN", 13, 13)

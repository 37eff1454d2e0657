"""A build copies what would come out the same and makes anew what would not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from worlds import JANUARY, World, row


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.comtrade([row(100, period="202112"), row(40, period="202204")])
    return world


def made(world: World) -> list[str]:
    """Build and return the tables made anew."""
    lines: list[str] = []
    world.build(progress=lines.append)
    return [line for line in lines if line.startswith(("core.", "marts."))]


def marts(world: World) -> dict[str, bytes]:
    return {
        str(path.relative_to(world.paths.marts)): path.read_bytes() for path in world.paths.marts.rglob("*.parquet")
    }


def test_nothing_changed_makes_no_table_and_the_same_marts(world: World) -> None:
    assert "core.flows" in made(world)
    before = marts(world)
    assert made(world) == []
    assert marts(world) == before


def test_a_new_file_makes_its_rows_and_what_reads_them_anew(world: World) -> None:
    made(world)
    world.comtrade([row(7, period="202205")], at=JANUARY + timedelta(days=1))
    again = made(world)
    assert {"core.rows", "core.flows", "marts.direct"} <= set(again)
    assert "core.suppliers" not in again
    assert world.number("select sum(value_usd) from core.flows") == 147


def test_a_row_of_configuration_makes_anew_only_what_reads_it(world: World) -> None:
    made(world)
    first, *others = world.config.events
    world.config = replace(world.config, events=(replace(first, label="Another label"), *others))
    assert made(world) == []
    first, *others = world.config.project.baselines
    project = replace(world.config.project, baselines=(replace(first, start="2021-12"), *others))
    world.config = replace(world.config, project=project)
    again = set(made(world))
    assert "marts.before_after" in again
    assert not again & {"core.rows", "core.flows", "marts.direct"}


def test_changed_sql_makes_its_table_and_those_behind_it_anew(world: World) -> None:
    sql = world.copy_sql()
    made(world)
    path = sql / "core" / "flows.sql"
    path.write_text(
        path.read_text().replace("  rows.value_usd,", "  cast(2 * rows.value_usd as decimal(20, 3)) as value_usd,")
    )
    again = set(made(world))
    assert {"core.flows", "marts.direct"} <= again
    assert "core.rows" not in again
    assert world.number("select sum(value_usd) from core.flows") == 280


def test_tables_of_before_that_cannot_be_read_are_all_made_anew(world: World) -> None:
    everything = made(world)
    world.paths.database.write_bytes(b"not a database")
    assert set(made(world)) == set(everything)


def test_a_lost_file_of_a_mart_is_written_again(world: World) -> None:
    made(world)
    lost = world.paths.marts / "direct" / "2022.parquet"
    before = lost.read_bytes()
    lost.unlink()
    assert made(world) == []
    assert lost.read_bytes() == before


def test_a_table_may_lose_a_column_that_the_last_build_had(world: World) -> None:
    sql = world.copy_sql()
    path = sql / "marts" / "rejections.sql"
    text = path.read_text()
    path.write_text(text.replace("select\n", "select\n  1 as lines,\n", 1).replace("group by", "group by 1,"))
    made(world)
    path.write_text(text)
    assert "marts.rejections" in made(world)
    named = "table_name = 'rejections' and column_name = 'lines'"
    assert world.number(f"select count(*) from duckdb_columns() where {named}") == 0

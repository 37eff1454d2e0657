"""What `make bench` says is measured: peers make the same tables, wrong ones are refused, goals bind as they read."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import duckdb
import pytest

from bench import document, spark
from bench.equal import refuse_unequal
from bench.inputs import write_comtrade, write_new_month
from bench.measure import Row, at_least, at_most, below
from bench.tables import peer
from chipflows.config import load_config
from chipflows.paths import Paths, find_paths
from chipflows.warehouse.build import build

ROWS = 3_000


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """Raw answers as the bench generates them, and tables."""
    paths = replace(find_paths("bench"), home=tmp_path_factory.mktemp("bench"))
    config = load_config(paths.config)
    written = write_comtrade(paths.raw, config, ROWS)
    assert abs(written - ROWS) < ROWS / 10
    build(paths, config)
    return paths


@pytest.fixture(scope="module", params=["careful_pandas", "official_client"])
def made(request: pytest.FixtureRequest, paths: Paths) -> Path:
    peer(paths.home, request.param)
    return paths.home / request.param


def names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.parquet"))


def test_a_peer_makes_the_same_tables(paths: Paths, made: Path) -> None:
    assert len(names(made)) == 18
    refuse_unequal(paths, made, names(made))


LARGEST = "row_number() over (order by value_usd desc nulls last) = 1"
VALUE = f"select * replace (case when {LARGEST} then value_usd + 1 else value_usd end as value_usd) from {{}}"
ROW = "from {0} union all (from {0} limit 1)"


@pytest.mark.parametrize("change", [VALUE, ROW], ids=["a value", "a row more"])
def test_a_table_that_is_not_ours_is_refused_by_name(paths: Paths, made: Path, tmp_path: Path, change: str) -> None:
    folder = tmp_path / made.name
    shutil.copytree(made, folder)
    name = "core.flows.parquet"
    duckdb.sql(f"copy ({change.format(repr(str(made / name)))}) to '{folder / name}'")
    with pytest.raises(AssertionError, match=r"^core\.flows: "):
        refuse_unequal(paths, folder, names(folder))


def test_marts_of_another_engine_are_compared_with_those_of_months(paths: Paths, tmp_path: Path) -> None:
    ours, theirs, name = tmp_path / "ours", tmp_path / "theirs", "direct/2023.parquet"
    shutil.copytree(paths.marts / "direct", ours / "direct")
    shutil.copytree(ours, theirs)
    spark.refuse_unequal(ours, theirs)
    duckdb.sql(f"copy ({VALUE.format(repr(str(ours / name)))}) to '{theirs / name}'")
    with pytest.raises(AssertionError, match=r"^direct/2023\.parquet: 2 rows differ"):
        spark.refuse_unequal(ours, theirs)
    (theirs / name).unlink()
    with pytest.raises(AssertionError, match="other files of marts"):
        spark.refuse_unequal(ours, theirs)


def test_a_new_month_is_one_of_the_same_relations(paths: Paths, tmp_path: Path) -> None:
    later = replace(paths, home=tmp_path)
    shutil.copytree(paths.home / "data", later.home / "data")
    written = write_new_month(later.raw, load_config(paths.config), ROWS)
    assert "for some months" in build(later, load_config(paths.config))
    month = "select count(*) from core.flows where period = date '2026-01-01'"
    with duckdb.connect(str(later.database), read_only=True) as connection:
        assert connection.execute(month).fetchall() == [(written,)]


@pytest.mark.parametrize(
    ("row", "is_met"),
    [
        (at_least("speed", 2, "s", "peer", 20, 10), True),
        (at_least("speed", 2.1, "s", "peer", 20, 10), False),
        (at_most("part", 2, "s", "whole", 10, 0.2), True),
        (at_most("part", 2.1, "s", "whole", 10, 0.2), False),
        (below("alone", 0.1, "s", 0.1), True),
        (below("alone", 0.11, "s", 0.1), False),
    ],
)
def test_a_goal_binds_the_ratio_or_without_a_peer_the_figure(row: Row, is_met: bool) -> None:
    assert row.is_met is is_met
    assert row.cells()[-1] == ("met" if is_met else "missed")


def test_a_row_says_figure_peer_ratio_and_goal() -> None:
    assert at_least("speed", 2.5, "s", "pandas", 20, 10).cells() == (
        "speed", "2.5 s", "pandas: 20 s", "8 ×", "≥ 10 ×", "missed",
    )  # fmt: skip
    assert below("calls", 1234, "calls", 12).cells() == ("calls", "1,234 calls", "–", "–", "≤ 12 calls", "missed")


def test_the_document_names_every_missed_goal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missed = below("alone", 2, "s", 1, "a reason"), below("other", 2, "s", 1)
    held = {"machine": "two cores", "rows": [asdict(one) for one in missed], "notes": []}
    (tmp_path / "start.json").write_text(json.dumps(held), encoding="utf-8")
    monkeypatch.setattr(document, "RESULTS", tmp_path)
    monkeypatch.setattr(document, "TARGET", tmp_path / "performance.md")
    document.write(["start", "not measured"])
    text = document.TARGET.read_text(encoding="utf-8")
    assert "- **alone**: a reason." in text
    assert "- **other**: not explained yet." in text

"""Every table and column has a meaning and a unit, and the data dictionary says so."""

from __future__ import annotations

import pytest
from worlds import ROOT

from chipflows.config import load_config
from chipflows.paths import find_paths
from chipflows.warehouse.dictionary import Table, dictionary, read_meanings, tables_of

PATHS = find_paths("demo", ROOT / "config")
MEANINGS = read_meanings(ROOT / "docs" / "columns.csv")


@pytest.fixture(scope="module")
def tables() -> list[Table]:
    return tables_of(PATHS, load_config(ROOT / "config"))[0]


def test_every_table_and_column_has_a_meaning_and_a_unit(tables: list[Table]) -> None:
    bare = [one.name for one in tables if not (one.what and one.grain)]
    columns = [(one.name, column) for one in tables for column, _ in one.columns]
    bare += [f"{table}.{column}" for table, column in columns if not all(MEANINGS.of(table, column))]
    assert not bare, "describe these in docs/columns.csv"


def test_no_meaning_is_left_of_a_column_that_went(tables: list[Table]) -> None:
    names = {(one.name, column) for one in tables for column, _ in one.columns}
    used = {key if key in MEANINGS.rows else ("*", key[1]) for key in names} | {(one.name, "*") for one in tables}
    # These are written by the build itself.
    left = {
        key
        for key in set(MEANINGS.rows) - used
        if key[0] not in ("checks.results", "ref.made", "ref.tables", "ref.typed_files")
    }
    assert left <= {("*", name) for name in ("bad_rows", "check_name", "grain", "level", "rule", "what")}


def test_grains_and_keys_are_columns(tables: list[Table]) -> None:
    for one in tables:
        assert set(one.grain.split(", ")) <= {column for column, _ in one.columns}, one.name


def test_money_is_decimal_everywhere(tables: list[Table]) -> None:
    money = ("value_usd", "value_native", "re_export_usd", "mean_before_usd", "mean_after_usd", "weight_kg", "quantity")
    types = {(one.name, column): kind for one in tables for column, kind in one.columns if column in money}
    assert set(types.values()) == {"decimal(20,3)"}, types


def test_the_data_dictionary_is_up_to_date(tables: list[Table]) -> None:
    written = (ROOT / "docs" / "data_dictionary.md").read_text(encoding="utf-8")
    made = dictionary(PATHS, load_config(ROOT / "config"))
    assert written == made, "run `python -m chipflows.warehouse.dictionary`"
    assert "| value_usd | decimal(20,3) | USD |" in written
    assert "core.family_flows.value_usd" in written

"""What every table and column means: `docs/columns.csv` is the one list, `docs/data_dictionary.md` is made from it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

from chipflows.config import Config
from chipflows.errors import UsageError
from chipflows.paths import Paths
from chipflows.warehouse.graph import Statement, read_plan
from chipflows.warehouse.lineage import Sources, trace_columns
from chipflows.warehouse.ref import create_staging, create_tables, file_tables, ref_tables
from chipflows.warehouse.typed import LAYOUTS, literal

HEADER = ["table", "column", "unit", "meaning"]

INTRODUCTION = """# Data dictionary

Made by `python -m chipflows.warehouse.dictionary` from the headers of `sql/`, from `docs/columns.csv` and from the SQL
itself; edit those. Money is decimal with three places; months are dates, their first day; codes are text.
"""


@dataclass(frozen=True)
class Meanings:
    """Unit and meaning by table and column; a row with table `*` holds for every table that has the column.

    A row with column `*` describes a table that no SQL file describes; its unit is the table's grain.
    """

    rows: dict[tuple[str, str], tuple[str, str]]

    def of(self, table: str, column: str) -> tuple[str, str]:
        """Return unit and meaning, both empty for what nobody described."""
        return self.rows.get((table, column)) or self.rows.get(("*", column)) or ("", "")


@cache
def read_meanings(path: Path) -> Meanings:
    """Return the list of meanings; raises `UsageError` for a row that is not `table,column,unit,meaning`."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    if lines[0] != HEADER:
        raise UsageError(f"{path}: the header is {','.join(lines[0])}, expected {','.join(HEADER)}")
    rows: dict[tuple[str, str], tuple[str, str]] = {}
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(HEADER) or not all(line) or (line[0], line[1]) in rows:
            raise UsageError(f"{path}, row {number}: write table,column,unit,meaning, all filled, each pair once")
        rows[line[0], line[1]] = (line[2], line[3])
    return Meanings(rows)


@dataclass(frozen=True)
class Table:
    """A table with its columns and their types, as DuckDB holds it."""

    name: str
    what: str
    grain: str
    columns: tuple[tuple[str, str], ...]


def tables_of(paths: Paths, config: Config) -> tuple[list[Table], list[Statement]]:
    """Return every table a build makes, in reading order, and the SQL that makes them; computed on no raw files."""
    ref = ref_tables(config, [])
    statements, _ = read_plan(paths.sql, ref)
    with duckdb.connect() as connection:
        create_tables(connection, "ref", ref)
        create_tables(connection, "staging", file_tables([]))
        create_staging(connection, {name: [] for name in LAYOUTS})
        for one in statements:
            connection.execute(f"create schema if not exists {one.layer}")
            connection.execute(f"create table {one.name} as {one.sql}")
        found = connection.execute(
            "select schema_name || '.' || table_name, "
            "list({'name': column_name, 'type': data_type} order by column_index) "
            "from duckdb_columns() where not internal group by all"
        ).fetchall()
    meanings, headers = read_meanings(paths.project / "docs" / "columns.csv"), {one.name: one for one in statements}
    tables = []
    for name, columns in found:
        grain, what = meanings.of(name, "*")
        if name in headers:
            grain, what = ", ".join(headers[name].grain), headers[name].what
        tables.append(Table(name, what, grain, tuple((one["name"], one["type"].lower()) for one in columns)))
    layers = ("marts", "core", "staging", "ref")
    return sorted(tables, key=lambda one: (layers.index(one.name.partition(".")[0]), one.name)), statements


def describe(connection: duckdb.DuckDBPyConnection, meanings: Meanings) -> None:
    """Write grain, unit and meaning of tables and columns into the database, where `table()` finds them."""
    found = connection.execute(
        "select schema_name || '.' || table_name, column_name from duckdb_columns() "
        "join duckdb_tables() using (database_name, schema_name, table_name) where database_name = current_database()"
    ).fetchall()
    connection.begin()  # one commit instead of a thousand
    for table, column in found:
        unit, meaning = meanings.of(table, column)
        connection.execute(f'comment on column {table}."{column}" is {literal(f"{unit}: {meaning}")}')
    tables = {table for table, _ in found}
    for (table, column), (_, meaning) in meanings.rows.items():
        if column == "*" and table in tables:
            connection.execute(f"comment on table {table} is {literal(meaning)}")
    connection.commit()


def render(tables: Iterable[Table], meanings: Meanings, sources: Sources) -> str:
    """Return the dictionary as Markdown."""
    parts = [INTRODUCTION]
    for table in tables:
        lines = [f"## {table.name}", "", f"{table.what}", "", f"Grain: {table.grain}.", ""]
        lines += ["| column | type | unit | meaning | comes from |", "|---|---|---|---|---|"]
        for column, kind in table.columns:
            unit, meaning = meanings.of(table.name, column)
            origin = ", ".join(sources.get((table.name, column), ())) or "–"
            lines.append(f"| {column} | {kind} | {unit} | {meaning.replace('|', '/')} | {origin} |")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def dictionary(paths: Paths, config: Config) -> str:
    """Return the content of `docs/data_dictionary.md` for these SQL files and this configuration."""
    tables, statements = tables_of(paths, config)
    meanings = read_meanings(paths.project / "docs" / "columns.csv")
    columns = {table.name: dict(table.columns) for table in tables}
    return render(tables, meanings, trace_columns(statements, columns))


def main() -> None:
    """Write `docs/data_dictionary.md`."""
    from chipflows.config import load_config
    from chipflows.paths import find_paths

    paths = find_paths()
    text = dictionary(paths, load_config(paths.project / "config"))
    (paths.project / "docs" / "data_dictionary.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""Reading the tables: connections that can neither write nor reach a file, frames with units, answers for a shell."""

from __future__ import annotations

import difflib
import io
import json
import os
import re
import sys
from collections.abc import Iterable
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from chipflows.errors import UsageError
from chipflows.paths import Paths, find_paths
from chipflows.warehouse.formats import open_tables
from chipflows.warehouse.text import as_lines, one_line

LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "lock_configuration": True,
}
LISTS = (list, tuple, set, pd.Series)
QUESTIONS = ("SELECT", "EXPLAIN")
TABLES = "select schema_name || '.' || table_name, comment from duckdb_tables()"
COLUMNS = """
select column_name, data_type, coalesce(comment, '') from duckdb_columns() where schema_name = ? and table_name = ?
"""
QUALIFIED = re.compile(r"\b(?:ref|staging|core|marts|checks)\.\w+")
SOURCES = "select source, title, publisher, vintage_first, vintage_last, files, rows from marts.sources_used order by 1"


def read(paths: Paths) -> duckdb.DuckDBPyConnection:
    """Return a read-only connection to a profile's tables that can't reach any file.

    It keeps the tables it opened while a build swaps new ones in. Raises `UsageError` as `open_tables` does.
    """
    return open_tables(paths, LOCKED)


class Described(dict[str, Any]):
    """What is told about a table, the same for every frame made of it: pandas, which copies it with each, need not."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Described:
        return self


def note(sql: str) -> None:
    """Write down the tables an SQL text names, if a page is being made that must know when to be made again."""
    if listed := os.environ.get("CHIPFLOWS_READS"):
        with open(listed, "a", encoding="utf-8") as file:
            file.writelines(f"{name}\n" for name in QUALIFIED.findall(sql))


def table(name: str, paths: Paths | None = None, **only: Any) -> pd.DataFrame:
    """Return a table by its grain (`ref.*` in its file's order): money and weights as float64, months as datetime64.

    `only` keeps the rows whose column equals a value, or one of a list: `table("marts.direct", supplier="china")`.
    `attrs` holds `table`, `what`, `grain`, `units` (by column), `meanings` (by column) and `sources` (rows of
    `marts.sources_used`). Raises `UsageError` for a table or column that is not there, naming the nearest ones.
    """
    with read(paths or find_paths()) as connection:
        known = dict(connection.execute(TABLES).fetchall())
        nearest_of(name, known, "table")
        note(f"{name} {SOURCES}")
        grain = dict(connection.execute("select name, grain from ref.tables").fetchall()).get(name, "")
        columns = {one: rest for one, *rest in connection.execute(COLUMNS, name.split(".")).fetchall()}
        where, wanted = selection(name, columns, only)
        try:
            found = connection.sql(f"select * from {name} {where} order by {grain or 'rowid'}", params=wanted or None)
            frame = as_frame(found.to_arrow_table())
        except duckdb.ConversionException as error:
            raise UsageError(f"{name}: {one_line(error)}") from error
        sources = connection.execute(SOURCES)
        names = [column[0] for column in sources.description or ()]
        frame.attrs = {
            "table": name,
            "what": known[name] or "",
            "grain": grain,
            "units": Described({column: note.partition(": ")[0] for column, (_, note) in columns.items()}),
            "meanings": Described({column: note.partition(": ")[2] for column, (_, note) in columns.items()}),
            "sources": [Described(zip(names, row, strict=True)) for row in sources.fetchall()],
        }
    return frame


def names_of_tables() -> list[str]:
    """Return the names of all tables, marts first."""
    with read(find_paths()) as connection:
        names = [name for name, _ in connection.execute(TABLES).fetchall()]
    return sorted(names, key=lambda name: (not name.startswith("marts."), name))


def selection(name: str, columns: dict[str, list[str]], only: dict[str, Any]) -> tuple[str, dict[str, list[Any]]]:
    """Return the `where` that keeps some values of some columns, and these values; `columns` gives type and comment."""
    for column in only:
        nearest_of(column, columns, f"column of {name}")
    wanted = {column: list(value) if isinstance(value, LISTS) else [value] for column, value in only.items()}
    kept = [f'list_contains(cast(${column} as {columns[column][0]}[]), "{column}")' for column in wanted]
    return f"where {' and '.join(kept)}" if kept else "", wanted


def nearest_of(name: str, known: Iterable[str], what: str) -> None:
    """Raise `UsageError` naming the nearest known names, unless `name` is one of them."""
    known = list(known)
    if name not in known:
        nearest = difflib.get_close_matches(name, known, n=3) or sorted(known)
        raise UsageError(f"there is no {what} {name!r}, did you mean {', '.join(nearest)}?")


def as_frame(found: pa.Table) -> pd.DataFrame:
    """Return an Arrow table as a DataFrame, decimals as float64."""
    for place, column in enumerate(found.schema):
        if pa.types.is_decimal(column.type):
            found = found.set_column(place, column.name, pc.cast(found.column(place), pa.float64()))
        elif pa.types.is_date(column.type):
            found = found.set_column(place, column.name, pc.cast(found.column(place), pa.timestamp("ns")))
    frame: pd.DataFrame = found.to_pandas()
    return frame


def query(paths: Paths, sql: str, format: str = "table") -> None:
    """Print the answer to one SELECT as an aligned table, csv, json or parquet (bytes, exact decimals).

    Raises `UsageError` for anything that is not one question, and for what the engine refuses.
    """
    with read(paths) as connection:
        try:
            statements = connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type.name not in QUESTIONS:
                raise UsageError("write one SELECT: the tables are read-only")
            found = connection.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            raise UsageError(f"the query can't be answered: {one_line(error)}") from error
    sys.stdout.flush()
    if format in ("csv", "parquet"):
        sys.stdout.buffer.write(as_bytes(found, format))
        sys.stdout.buffer.flush()
    elif format == "json":
        print(json.dumps(found.to_pylist(), default=as_json, ensure_ascii=False))
    else:
        print("\n".join(as_lines(found)))


def as_bytes(found: pa.Table, format: str) -> bytes:
    """Return a table as CSV (UTF-8, header, no text that a spreadsheet would run) or Parquet."""
    out = io.BytesIO()
    if format == "csv":
        pyarrow.csv.write_csv(harmless(found), out, pyarrow.csv.WriteOptions(quoting_style="needed"))
    else:
        pyarrow.parquet.write_table(found, out, compression="zstd")
    return out.getvalue()


def harmless(found: pa.Table) -> pa.Table:
    """Return a table whose text no spreadsheet takes for a formula."""
    for place, column in enumerate(found.schema):
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            texts = found.column(place)
            guarded = pc.binary_join_element_wise(pa.scalar("'", column.type), texts, pa.scalar("", column.type))
            is_formula = pc.match_substring_regex(texts, r"^[=+\-@\t\r]")
            found = found.set_column(place, column.name, pc.if_else(is_formula, guarded, texts))
    return found


def as_json(value: Any) -> Any:
    """Return what JSON can hold: numbers as numbers, dates as ISO text."""
    return float(value) if hasattr(value, "as_tuple") else str(value)

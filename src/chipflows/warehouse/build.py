"""Raw files to tables: built aside, checked, and swapped in only if everything holds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date

import duckdb
import pyarrow as pa

from chipflows.config import Config
from chipflows.errors import CheckFailed, UsageError
from chipflows.paths import Paths
from chipflows.warehouse import checks
from chipflows.warehouse.dictionary import describe, read_meanings
from chipflows.warehouse.files import read_records
from chipflows.warehouse.graph import Statement, in_order, read_layer
from chipflows.warehouse.publish import lock, publish, write_marts
from chipflows.warehouse.ref import create_staging, create_tables, file_tables, ref_tables, text_table
from chipflows.warehouse.text import as_lines, one_line
from chipflows.warehouse.typed import LAYOUTS, literal, parse_all

Say = Callable[[str], None]


def say_on_terminal(line: str) -> None:
    if sys.stderr.isatty():
        print(line, file=sys.stderr, flush=True)


def build(
    paths: Paths,
    config: Config,
    *,
    as_of: date | None = None,
    engine: str = "duckdb",
    progress: Say = say_on_terminal,
) -> str:
    """Build a profile's database and marts from its raw files and return a closing line.

    `as_of` leaves out files received after that day. Raises `CheckFailed` when a raw file was changed, a grain does not
    hold or a check fails, `UsageError` when SQL breaks a rule; the database of before then stays in place.
    """
    if engine != "duckdb":
        raise UsageError(f"engine {engine!r} is unknown, write duckdb")
    tables = [*read_layer(paths.sql, "core"), *read_layer(paths.sql, "marts")]
    tests = read_layer(paths.sql, "checks")
    files = read_records(paths.raw, as_of)
    given = {f"ref.{name}": table for name, table in ref_tables(config, files).items()}
    known = {*given, "staging.files", "staging.scopes", *(f"staging.{name}" for name in LAYOUTS)}
    order = in_order(tables, known)
    in_order(tests, known | {one.name for one in tables})
    with lock(paths) as aside:
        typed, parsed = parse_all(files, paths.sql, progress)
        with duckdb.connect(str(aside.database), config=SETTINGS) as connection:
            create_tables(connection, "ref", {name.removeprefix("ref."): table for name, table in given.items()})
            create_tables(connection, "staging", file_tables(files))
            create_staging(connection, typed)
            for statement in order:
                create(connection, statement, progress)
            results = checks.run_checks(connection, tests)
            checks.refuse_failed(results, paths.database)
            create_tables(connection, "checks", {"results": checks.results_table(results)})
            create_tables(connection, "ref", {"tables": described(order)})
            describe(connection, read_meanings(paths.project / "docs" / "columns.csv"))
            write_marts(connection, [one for one in order if one.layer == "marts"], aside.marts)
            connection.execute("drop view staging.flows")
            rows = connection.execute("select count(*) from core.rows").fetchall()[0][0]
            connection.execute("checkpoint")
        publish(paths, aside)
    read = f"{rows:,} rows of {len(files):,} files ({parsed:,} read anew)"
    return f"{read}, {len(order)} tables, {checks.summary(results)}: {paths.database}"


SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "preserve_insertion_order": False,
}


def create(connection: duckdb.DuckDBPyConnection, statement: Statement, say: Say) -> None:
    """Make one table, describe it, and hold it to its grain."""
    say(statement.name)
    grain = ", ".join(statement.grain)
    try:
        connection.execute(f"create schema if not exists {statement.layer}")
        connection.execute(f"create table {statement.name} as {statement.sql}").fetchall()
        connection.execute(f"comment on table {statement.name} is {literal(statement.what)}")
        twice = connection.sql(
            f"select {grain}, count(*) as times from {statement.name} group by {grain} having count(*) > 1 "
            f"order by {grain} limit {checks.SHOWN}"
        ).to_arrow_table()
    except duckdb.Error as error:
        raise CheckFailed(f"sql/{statement.name.replace('.', '/')}.sql can't be computed: {one_line(error)}") from error
    if twice.num_rows:
        raise CheckFailed(
            f"{statement.name}: its grain ({grain}) does not hold, these stand more than once:\n  "
            + "\n  ".join(as_lines(twice))
        )


def described(statements: list[Statement]) -> pa.Table:
    """Return name, meaning and grain of every table as a table."""
    rows = sorted([one.name, one.what, ", ".join(one.grain)] for one in statements)
    return text_table(("name", "what", "grain"), rows)

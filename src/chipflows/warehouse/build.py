"""Raw files to tables: built aside, checked, and swapped in only if everything holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from tqdm import tqdm

from chipflows.config import Config
from chipflows.errors import CheckFailed, Incomplete, UsageError
from chipflows.paths import Paths
from chipflows.warehouse import checks, spark
from chipflows.warehouse.by_period import EVERY_MONTH, for_months, in_months, parts
from chipflows.warehouse.dictionary import describe, read_meanings
from chipflows.warehouse.files import read_records
from chipflows.warehouse.formats import made
from chipflows.warehouse.graph import Statement, read_plan, several_at_once
from chipflows.warehouse.publish import lock, publish, write_marts
from chipflows.warehouse.ref import create_staging, create_tables, file_tables, ref_tables, text_table
from chipflows.warehouse.reuse import Since, copied, recipe
from chipflows.warehouse.text import as_lines, one_line
from chipflows.warehouse.typed import literal, parse_all

Say = Callable[[str], None]


def steps(bar: tqdm[Any]) -> Say:
    """Return what counts a step of the build on a bar and names it; off a terminal the bar shows nothing."""

    def say(line: str) -> None:
        bar.update()
        bar.set_postfix_str(line)

    return say


def build(
    paths: Paths,
    config: Config,
    *,
    engine: str = "duckdb",
    master: str = "",
    memory: str = "",
    progress: Say | None = None,
) -> str:
    """Build a profile's database and marts from its raw files and return a closing line.

    As of a day (`paths.as_of`) only the files received until then are used. DuckDB holds no more than `memory` (such as
    `3GB`; without it most of the machine's) and writes the rest to disk. Raises `CheckFailed` when a raw file was
    changed, a grain does not hold or a check fails, `UsageError` when SQL breaks a rule, `Incomplete` when a file can't
    be written (a full disk) or memory does not suffice; the database of before then stays in place.
    """
    if engine not in ENGINES:
        raise UsageError(f"engine {engine!r} is unknown, write {' or '.join(ENGINES)}")
    files = read_records(paths.raw, paths.as_of)
    if not (files or paths.as_of or config.profile(paths.profile).sources):
        raise UsageError(
            f"profile {paths.profile} holds no raw files and {paths.config.name}/profiles/ names no sources for it: "
            f"is the name right? If so, `chipflows --profile {paths.profile} import` comes first"
        )
    ref = ref_tables(config, files)
    tables, tests = read_plan(paths.sql, ref)
    try:
        with lock(paths) as aside, tqdm(desc="tables", unit="step", disable=None, leave=False) as bar:
            say = progress or steps(bar)
            typed, parsed = parse_all(files, paths.sql, say)
            records = file_tables(files)
            goes_on = engine == "duckdb" and copied(paths.database, aside.database)
            with duckdb.connect(str(aside.database), config=SETTINGS) as connection:
                limit_memory(connection, memory)
                since = Since(connection, config, tables, paths.database if goes_on else None)
                create_tables(connection, "ref", ref)
                create_tables(connection, "staging", records)
                create_staging(connection, typed)
                since.note_given(ref, files, typed)
                body = for_months
                if engine == "spark":
                    spark.compute(tables, given_tables(connection, typed), typed, aside.spark, master, say)
                    body = partial(spark.read_back, aside.spark)
                make_tables(connection, tables, body, parts(connection, config), since, say)
                say("checks")
                results = checks.run_checks(connection, tests)
                checks.refuse_failed(results, paths.database)
                about = {"tables": described(tables), "typed_files": names_of(typed), "made": made()}
                create_tables(connection, "ref", about)
                finish(connection, results, paths)
                marts = [one for one in tables if one.layer == "marts"]
                write_marts(connection, marts, aside.marts, paths.marts, since.changes)
                rows = connection.execute("select count(*) from core.rows").fetchall()[0][0]
                connection.execute("checkpoint")
            publish(paths, aside)
    except duckdb.OutOfMemoryException as error:
        told, *_ = str(error).splitlines()  # what follows is advice about settings that are not the user's
        what = f"the build of profile {paths.label} has no room for what it must hold: {told}"
        raise Incomplete(
            f"{what}; give more with `--memory` or free disk, the tables of before stay in place"
        ) from error
    except (*DISK, OSError) as error:
        what = f"the build of profile {paths.label} could not read or write a file: {one_line(error)}"
        raise Incomplete(f"{what}; the tables of before stay in place") from error
    read = f"{rows:,} rows of {len(files):,} files ({parsed:,} read anew)"
    tally = f"{len(tables)} tables ({since.tally})"
    return f"{read}, {tally}, {checks.summary(results)}: {paths.database}"


def limit_memory(connection: duckdb.DuckDBPyConnection, memory: str) -> None:
    if memory:
        try:
            connection.execute(f"set memory_limit = {literal(memory)}")
        except duckdb.ParserException as error:
            raise UsageError(f"--memory {memory!r} is no amount of memory, write it as in 3GB") from error


ENGINES = ("duckdb", "spark")
WORKERS = 2

SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "preserve_insertion_order": False,
}


DISK = (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException)
"""How DuckDB reports a file it can't write: a full disk, not a fault of a table."""

NO_ROOM = (*DISK, duckdb.OutOfMemoryException)


def make_tables(
    connection: duckdb.DuckDBPyConnection,
    tables: list[Statement],
    body: Callable[[Statement, str], str],
    conditions: list[str],
    since: Since,
    say: Say,
) -> None:
    """Make of every table what became different since the last build, and hold it to its grain.

    A table is begun when those that it reads are done; two are made at a time, so that where one keeps only a core
    busy the other is. A table made by period is made whole by its `body` for each of the conditions.
    """
    for layer in sorted({one.layer for one in tables}):
        connection.execute(f"create schema if not exists {layer}")

    def make(one: Statement) -> None:
        due = since.due(one)
        if not due.is_none:
            say(one.name)
            with connection.cursor() as own:
                if due.months is None:
                    pieces = conditions if one.by_period else [EVERY_MONTH]
                    create(own, one, [body(one, piece) for piece in pieces])
                else:
                    pieces = [in_months(due.months)]
                    replace_months(own, one, pieces[0])
                for piece in pieces if "period" in one.grain else [EVERY_MONTH]:
                    hold_to_grain(own, one, piece)
        since.note(one, due)

    several_at_once(tables, make, WORKERS)


def create(connection: duckdb.DuckDBPyConnection, statement: Statement, bodies: list[str]) -> None:
    """Make one table from the rows of SELECTs and describe it."""
    first, *others = bodies
    with named_in_errors(statement):
        connection.execute(f"create or replace table {statement.name} as {first}").fetchall()
        for body in others:
            connection.execute(f"insert into {statement.name} {body}").fetchall()
        connection.execute(f"comment on table {statement.name} is {literal(statement.what)}")


def replace_months(connection: duckdb.DuckDBPyConnection, statement: Statement, condition: str) -> None:
    """Make some months of a table anew."""
    with named_in_errors(statement):
        connection.execute(f"delete from {statement.name} where {condition}")
        connection.execute(f"insert into {statement.name} {for_months(statement, condition)}")


@contextmanager
def named_in_errors(statement: Statement) -> Iterator[None]:
    try:
        yield
    except NO_ROOM:
        raise
    except duckdb.Error as error:
        raise CheckFailed(f"sql/{statement.name.replace('.', '/')}.sql can't be computed: {one_line(error)}") from error


def hold_to_grain(connection: duckdb.DuckDBPyConnection, statement: Statement, condition: str = EVERY_MONTH) -> None:
    """Raise `CheckFailed` with the rows of some months that stand more than once for what should be one."""
    grain = ", ".join(statement.grain)
    try:
        # Equal rows have equal hashes, and these are much less to hold than the texts of a grain.
        once = f"select count(*) = count(distinct hash({grain})) from {statement.name} where {condition}"
        if connection.execute(once).fetchall()[0][0]:
            return
        twice = connection.sql(
            f"select {grain}, count(*) as times from {statement.name} where {condition} group by {grain} "
            f"having count(*) > 1 order by {grain} limit {checks.SHOWN}"
        ).to_arrow_table()
    except NO_ROOM:
        raise
    except duckdb.Error as error:
        raise CheckFailed(f"{statement.name}: its grain ({grain}) can't be checked: {one_line(error)}") from error
    if twice.num_rows:
        raise CheckFailed(
            f"{statement.name}: its grain ({grain}) does not hold, these stand more than once:\n  "
            + "\n  ".join(as_lines(twice))
        )


def given_tables(connection: duckdb.DuckDBPyConnection, typed: dict[str, list[Path]]) -> dict[str, pa.Table]:
    """Return by name what stands before the SQL and in no typed file: ref, the records, staging tables without rows."""
    sql = "select schema_name || '.' || table_name from duckdb_tables() where schema_name in ('ref', 'staging')"
    names = {name for (name,) in connection.execute(sql).fetchall()} | {f"staging.{name}" for name in typed}
    held = {f"staging.{name}" for name, files in typed.items() if files}
    return {name: connection.sql(f"select * from {name}").to_arrow_table() for name in sorted(names - held)}


def finish(connection: duckdb.DuckDBPyConnection, results: list[checks.Result], paths: Paths) -> None:
    """Add what the tables say of themselves: results of the checks, units and meanings."""
    create_tables(connection, "checks", {"results": checks.results_table(results)})
    describe(connection, read_meanings(paths.project / "docs" / "columns.csv"))
    # It reads the typed files, which a reader of the database can't reach; core.rows holds its rows.
    connection.execute("drop view staging.flows")


def described(statements: list[Statement]) -> pa.Table:
    """Return name, meaning, grain and recipe of every table as a table."""
    rows = sorted([one.name, one.what, ", ".join(one.grain), recipe(one)] for one in statements)
    return text_table(("name", "what", "grain", "recipe"), rows)


def names_of(typed: dict[str, list[Path]]) -> pa.Table:
    """Return the names of all typed files as a table: each holds a hash of its body and of the SQL that read it."""
    return text_table(("typed_file",), sorted([path.name] for files in typed.values() for path in files))

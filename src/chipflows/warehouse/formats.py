"""The version of a database's form: told apart when it is read, so that tables of another release are never misread."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from chipflows import __version__
from chipflows.errors import UsageError
from chipflows.paths import Paths

FORMAT = 2
"""Version of the database that this release writes and reads, raised when tables or columns go; the first bore none."""


def made() -> pa.Table:
    """Return `ref.made`: the format of the database, and the release that wrote it."""
    return pa.table({"key": ["format", "release"], "value": [str(FORMAT), __version__]})


SWAPS = 20
"""Swaps during connecting after which the last attempt stands as it is."""


def open_tables(paths: Paths, settings: dict[str, str | bool | int | float | list[str]]) -> duckdb.DuckDBPyConnection:
    """Return a read-only connection to a profile's tables.

    Raises `UsageError` if nothing was built yet, or if another release wrote what this one can't read: tables are made
    again from the raw files, which every release reads.
    """
    again = f"run `chipflows --profile {paths.label} build`"
    if not paths.database.exists():
        raise UsageError(f"profile {paths.label} has no tables yet: {again}")
    try:
        connection = connect_between_swaps(paths.database, settings)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"the tables of profile {paths.label} can't be opened ({reason}): {again}") from error
    written = format_of(connection)
    if written != FORMAT:
        connection.close()
        raise UsageError(
            f"the tables of profile {paths.label} were made by another release (format {written}, this one reads "
            f"{FORMAT}): {again}; the raw files stay as they are"
        )
    return connection


def connect_between_swaps(
    database: Path, settings: dict[str, str | bool | int | float | list[str]]
) -> duckdb.DuckDBPyConnection:
    """Return a read-only connection to one whole database.

    DuckDB opens a file more than once while it connects: if a build swaps another one in between, it reads parts of
    two. So a connection during which the file changed is given up and made again; a build swaps once, then is done.
    """
    for _ in range(SWAPS):
        before = database.stat().st_ino
        try:
            connection = duckdb.connect(str(database), read_only=True, config=settings)
        except duckdb.Error:
            if database.stat().st_ino == before:
                raise
            continue
        if database.stat().st_ino == before:
            return connection
        connection.close()
    return duckdb.connect(str(database), read_only=True, config=settings)


def format_of(connection: duckdb.DuckDBPyConnection, database: str = "") -> int:
    """Return the format of the connected database, or of one attached under a name with a dot."""
    try:
        found = connection.execute(f"select value from {database}ref.made where key = 'format'").fetchall()
    except duckdb.CatalogException:
        return 1
    return int(found[0][0])

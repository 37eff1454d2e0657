"""The version of a database's form: told apart when it is read, so that tables of another release are never misread."""

from __future__ import annotations

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


def open_tables(paths: Paths, settings: dict[str, str | bool | int | float | list[str]]) -> duckdb.DuckDBPyConnection:
    """Return a read-only connection to a profile's tables.

    Raises `UsageError` if nothing was built yet, or if another release wrote what this one can't read: tables are made
    again from the raw files, which every release reads.
    """
    again = f"run `chipflows --profile {paths.label} build`"
    if not paths.database.exists():
        raise UsageError(f"profile {paths.label} has no tables yet: {again}")
    try:
        connection = duckdb.connect(str(paths.database), read_only=True, config=settings)
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


def format_of(connection: duckdb.DuckDBPyConnection, database: str = "") -> int:
    """Return the format of the connected database, or of one attached under a name with a dot."""
    try:
        found = connection.execute(f"select value from {database}ref.made where key = 'format'").fetchall()
    except duckdb.CatalogException:
        return 1
    return int(found[0][0])

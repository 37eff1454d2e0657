"""Tables of the last build that would come out the same: kept, not computed again.

A table's fingerprint is a hash of its SQL and of the fingerprints of all it reads, down to the rows of `config/` and
the checksums of the raw files. The same fingerprint means the same rows.
"""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path

import duckdb
import pyarrow as pa

from chipflows.warehouse.formats import FORMAT, format_of
from chipflows.warehouse.graph import Statement

TABLES = "select schema_name || '.' || table_name from duckdb_tables()"


def fingerprints(
    tables: list[Statement], ref: dict[str, pa.Table], records: dict[str, pa.Table], typed: dict[str, list[Path]]
) -> dict[str, str]:
    """Return a hash by table of core and marts.

    `tables` stand in the order they are made; `ref` holds the tables of configuration, `records` those of staging that
    come from records, `typed` the files of the others, whose names hold a hash of the body and of the SQL that read it.
    """
    found = {f"ref.{name}": digest(repr(table.to_pydict())) for name, table in ref.items()}
    found |= {f"staging.{name}": digest(repr(table.to_pydict())) for name, table in records.items()}
    found |= {f"staging.{name}": digest(*sorted(path.name for path in files)) for name, files in typed.items()}
    for one in tables:
        found[one.name] = digest(duckdb.__version__, one.sql, *(found[name] for name in sorted(one.reads)))
    return {one.name: found[one.name] for one in tables}


def digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def copy_unchanged(database: Path, wanted: dict[str, str], aside: Path) -> set[str]:
    """Copy the database of the last build to `aside`, take out all that is not wanted as it is, return what stays.

    Nothing stays, and no file, of one that this release of DuckDB can't read, or of another format than this release
    writes.
    """
    if not database.exists():
        return set()
    shutil.copyfile(database, aside)
    kept: set[str] = set()
    with suppress(duckdb.Error), duckdb.connect(str(aside)) as connection:
        if format_of(connection) == FORMAT:
            held = connection.execute("select name, fingerprint from ref.tables").fetchall()
            kept = {name for name, fingerprint in held if wanted.get(name) == fingerprint}
            for (name,) in connection.execute(TABLES).fetchall():
                if name not in kept:
                    connection.execute(f"drop table {name}")
            return kept
    aside.unlink()
    return set()

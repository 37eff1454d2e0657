"""Tables of the last build that would come out the same: copied, not computed again.

A table's fingerprint is a hash of its SQL and of the fingerprints of all it reads, down to the rows of `config/` and
the checksums of the raw files. The same fingerprint means the same rows.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pyarrow as pa

from chipflows.warehouse.formats import FORMAT, format_of
from chipflows.warehouse.graph import Statement
from chipflows.warehouse.typed import literal

PREVIOUS = "previous"
"""Name under which a build sees the database of the last one."""


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


def attach_unchanged(connection: duckdb.DuckDBPyConnection, database: Path, wanted: dict[str, str]) -> set[str]:
    """Attach the database of the last build and return the tables of it that are wanted as they are; empty without one.

    A database that this release of DuckDB can't read, or of another format than this release writes, holds none.
    """
    if not database.exists():
        return set()
    try:
        connection.execute(f"attach {literal(str(database))} as {PREVIOUS} (read_only)")
        if format_of(connection, f"{PREVIOUS}.") != FORMAT:
            return set()
        held = connection.execute(f"select name, fingerprint from {PREVIOUS}.ref.tables").fetchall()
    except duckdb.Error:
        return set()
    return {name for name, fingerprint in held if wanted.get(name) == fingerprint}

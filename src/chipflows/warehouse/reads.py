"""Which tables a page read, and fingerprints of what stands in them: a page is made again only when one changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from chipflows.paths import Paths
from chipflows.warehouse.connect import COLUMNS, read


def noted(path: Path) -> set[str]:
    """Return the tables that a kernel noted in a file; none if it noted nothing."""
    return set(path.read_text(encoding="utf-8").split()) if path.exists() else set()


def fingerprints(paths: Paths, names: Iterable[str]) -> dict[str, str]:
    """Return a fingerprint of each table (rows in any order, columns, their meaning); empty for one that is gone."""
    wanted = sorted(set(names))
    if not wanted:
        return {}
    with read(paths) as connection:
        found = {}
        for name in wanted:
            columns = connection.execute(COLUMNS, name.split(".")).fetchall()
            # `ref` keeps the order of its file, and that order is shown.
            rows = "hash(one, one.rowid)" if name.startswith("ref.") else "hash(one)"
            content = columns and connection.execute(f"select count(*), sum({rows}) from {name} as one").fetchone()
            found[name] = hashlib.sha256(repr((columns, content)).encode()).hexdigest() if columns else ""
    return found

"""Whether a peer's tables are ours, value by value: asked before any time is printed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from chipflows.paths import Paths


def refuse_unequal(paths: Paths, folder: Path, names: Iterable[str]) -> None:
    """Raise `AssertionError` naming a table of the peer in `folder` that is not ours in every row and column.

    The peer writes money, weights and quantities in thousandths; everything else must be the very same value.
    """
    with duckdb.connect(str(paths.database), read_only=True) as ours:
        for name in names:
            columns = ours.execute(f"select column_name, column_type from (describe {name})").fetchall()
            one = f"select {', '.join(exact(*column) for column in columns)} from {name}"
            wanted = (f"cast({column} as {'bigint' if is_money(kind) else kind})" for column, kind in columns)
            other = f"select {', '.join(wanted)} from read_parquet('{folder / name}.parquet')"
            counted = f"select (select count(*) from ({one})), (select count(*) from ({other}))"
            here, there = ours.execute(counted).fetchall()[0]
            ((missing,),) = ours.execute(f"select count(*) from ({one} except all {other})").fetchall()
            if here != there or missing:
                told = f"{missing:,} of {here:,} rows of chipflows are not among the {there:,} of {folder.name}"
                raise AssertionError(f"{name}: {told}")


def exact(column: str, kind: str) -> str:
    return f"cast({column} * 1000 as bigint)" if is_money(kind) else column


def is_money(kind: str) -> bool:
    return kind.startswith("DECIMAL")

"""Swapping a finished build in: one build at a time, everything made aside, each file replaced in one step."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from chipflows.errors import Incomplete, UsageError
from chipflows.paths import Paths
from chipflows.warehouse.graph import Statement
from chipflows.warehouse.typed import literal


@dataclass(frozen=True)
class Aside:
    """Where a build makes its files before they are swapped in; on the same disk as their place."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "chipflows.duckdb"

    @property
    def marts(self) -> Path:
        return self.folder / "marts"

    @property
    def spark(self) -> Path:
        """What Spark computes, one folder of Parquet per table; only there when Spark was the engine."""
        return self.folder / "spark"


@contextmanager
def lock(paths: Paths) -> Iterator[Aside]:
    """Hold a profile's build lock and give an empty place aside; raises `UsageError` if another build is running.

    The lock is DuckDB's own on a small file: it works on every system and ends with the process, however it ends.
    """
    paths.processed.mkdir(parents=True, exist_ok=True)
    try:
        held = duckdb.connect(str(paths.processed / ".build.lock"))
    except duckdb.IOException as error:
        if "lock" not in str(error).replace(".lock", ""):
            raise
        raise UsageError(f"another build of profile {paths.label} is running: wait for it to end") from error
    aside = Aside(paths.processed / ".next")
    try:
        shutil.rmtree(aside.folder, ignore_errors=True)
        aside.marts.mkdir(parents=True)
        yield aside
    finally:
        shutil.rmtree(aside.folder, ignore_errors=True)
        held.close()


def write_marts(
    connection: duckdb.DuckDBPyConnection, marts: list[Statement], folder: Path, before: Path, kept: set[str]
) -> None:
    """Write one Parquet file per mart, ordered by its grain, so that the same tables give the same bytes.

    Files in the folder `before` stay the files of the marts in `kept`.
    """
    for one in marts:
        path = folder / f"{one.name.removeprefix('marts.')}.parquet"
        if one.name in kept and (before / path.name).exists():
            shutil.copyfile(before / path.name, path)
            continue
        connection.execute(
            f"copy (select * from {one.name} order by {', '.join(one.grain)}) to {literal(str(path))} "
            "(format parquet, compression zstd, preserve_order true)"
        ).fetchall()


def publish(paths: Paths, aside: Aside) -> None:
    """Replace marts and database; readers keep the files they have open. Raises `Incomplete` where a system refuses."""
    paths.marts.mkdir(exist_ok=True)
    new = sorted(aside.marts.iterdir())
    try:
        for path in new:
            os.replace(path, paths.marts / path.name)
        for old in set(paths.marts.iterdir()) - {paths.marts / path.name for path in new}:
            old.unlink()
        if aside.spark.exists():
            shutil.rmtree(paths.spark, ignore_errors=True)
            os.replace(aside.spark, paths.spark)
        paths.database.with_name(paths.database.name + ".wal").unlink(missing_ok=True)
        os.replace(aside.database, paths.database)
    except PermissionError as error:
        what = f"{error.filename} is open in another program"
        raise Incomplete(f"{what}, close it (a notebook?) and build again") from error

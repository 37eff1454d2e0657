"""Swapping a finished build in: one build at a time, everything made aside, each file replaced in one step."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from chipflows.errors import Incomplete, UsageError
from chipflows.paths import Paths
from chipflows.warehouse.graph import Statement
from chipflows.warehouse.reuse import Change
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
    connection: duckdb.DuckDBPyConnection,
    marts: list[Statement],
    folder: Path,
    before: Path,
    changes: Mapping[str, Change],
) -> None:
    """Write marts as Parquet ordered by their grain, so that the same tables give the same bytes.

    A mart of periods is a folder with a file per year, any other is one file. Files in the folder `before` stay the
    files of what did not change, unless a build was ended while it swapped them: then they are not those of the tables.
    """
    is_whole = not being_swapped(before).exists()

    def write(file: Path, one: Statement, where: str, is_kept: bool) -> None:
        earlier = before / file.relative_to(folder)
        if is_kept and is_whole and earlier.exists():
            shutil.copyfile(earlier, file)
            return
        connection.cursor().execute(
            f"copy (select * from {one.name} {where} order by {', '.join(one.grain)}) to {literal(str(file))} "
            "(format parquet, compression zstd, compression_level 1, preserve_order true)"
        ).fetchall()

    with ThreadPoolExecutor(WRITERS) as writers:
        jobs = []
        for one in marts:
            place, change = folder / one.name.removeprefix("marts."), changes[one.name]
            if "period" not in one.grain:
                jobs.append(writers.submit(write, place.with_suffix(".parquet"), one, "", change.is_none))
                continue
            place.mkdir()
            years = connection.execute(f"select distinct year(period) from {one.name} order by all").fetchall()
            for (year,) in years:
                where = f"where period between date '{year}-01-01' and date '{year}-12-31'"
                file = place / f"{year}.parquet"
                jobs.append(writers.submit(write, file, one, where, not change.touches(year)))
        for job in jobs:
            job.result()


WRITERS = 2


def being_swapped(marts: Path) -> Path:
    """Return the file that stands while marts and database of two builds may lie side by side."""
    return marts.with_name(".being_swapped")


def publish(paths: Paths, aside: Aside) -> None:
    """Replace marts and database; readers keep the files they have open. Raises `Incomplete` where a system refuses."""
    new = {path.relative_to(aside.marts) for path in aside.marts.rglob("*.parquet")}
    try:
        being_swapped(paths.marts).touch()
        for path in sorted(new):
            (paths.marts / path).parent.mkdir(parents=True, exist_ok=True)
            os.replace(aside.marts / path, paths.marts / path)
        for old in sorted(paths.marts.rglob("*"), reverse=True):  # what a folder holds before the folder
            if old.is_dir():
                with suppress(OSError):  # it is not empty
                    old.rmdir()
            elif old.relative_to(paths.marts) not in new:
                old.unlink()
        if aside.spark.exists():
            shutil.rmtree(paths.spark, ignore_errors=True)
            os.replace(aside.spark, paths.spark)
        paths.database.with_name(paths.database.name + ".wal").unlink(missing_ok=True)
        os.replace(aside.database, paths.database)
        being_swapped(paths.marts).unlink()
    except PermissionError as error:
        what = f"{error.filename} is open in another program"
        raise Incomplete(f"{what}, close it (a notebook?) and build again") from error

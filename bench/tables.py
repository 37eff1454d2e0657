"""Raw files to all tables: against pandas, the official client's way, and only decompressing the bytes."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from filecmp import cmpfiles
from pathlib import Path

from bench import plans
from bench.equal import refuse_unequal
from bench.few import all_tables, build_only
from bench.inputs import write_comtrade, write_new_month
from bench.measure import Cost, Note, Row, at_least, at_most, chipflows, run
from chipflows.config import load_config
from chipflows.paths import find_paths

MORE = "the peer makes {made} of the {every} tables that chipflows makes, checks and keeps in a database"
FLOOR = "decompressing makes no table at all"
SAME = (
    "the peer knows the files at hand (one source, one row per cell, no file replaced by a newer one, no correction) "
    "and adds over matrices; the SQL looks for all of these in every build, and each table is held to its grain"
)
MEMORY = (
    "the JSON of a call at its cap takes 360 MiB while it is read, and two are read at a time where pandas reads one "
    "after the other; tables are made with less where `--memory` says so, see the row below"
)
WHOLE = (
    "only the new month of most tables is made; those that compare months (`marts.panel`, where a good sold once is "
    "zero in every other month, means over windows, medians) are made whole, and every check looks at all rows"
)
HEAD = "| what | tables | seconds | core-seconds | peak MiB |\n| --- | ---: | ---: | ---: | ---: |\n"


def rows(home: Path, options: Namespace) -> Iterator[Row | Note]:
    """Yield the rows about making tables from raw files; every table that the peers make must equal ours."""
    paths = replace(find_paths("bench"), home=home)
    written = write_comtrade(paths.raw, load_config(paths.config), options.rows)
    careful = peer(home, "careful_pandas")
    official = peer(home, "official_client")
    names = sorted(path.stem for path in (home / "careful_pandas").iterdir())
    few = build_only(names, paths)
    built = chipflows(home, "--profile", "bench", "build")
    folders = home / "careful_pandas", home / "official_client"
    refuse_unequal(paths, folders[0], names)
    # What is the other peer's file byte for byte has been compared.
    _, differing, missing = cmpfiles(*folders, [f"{name}.parquet" for name in names], shallow=False)
    refuse_unequal(paths, folders[1], [name.removesuffix(".parquet") for name in (*differing, *missing)])
    floor = run([sys.executable, "-m", "bench.peers.decompress"], home)
    made, every = len(names), len(all_tables(paths))
    pandas, client = f"pandas, {made} tables", f"the official client's parsing, {made} tables"
    what, more = f"{written:,} rows of Comtrade JSON (gz) to", MORE.format(made=made, every=every)
    same, whole = f"{what} the same {made} tables", f"{what} all {every} tables"
    yield at_least(same, few.seconds, "s", pandas, careful.seconds, 10, SAME)
    yield at_least(f"{same}, peak memory", few.mebibytes, "MiB", pandas, careful.mebibytes, 3, MEMORY)
    yield at_least(same, few.seconds, "s", client, official.seconds, 10, SAME)
    yield at_least(whole, built.seconds, "s", pandas, careful.seconds, 10, more)
    yield at_least(f"{whole}, peak memory", built.mebibytes, "MiB", pandas, careful.mebibytes, 3, MEMORY)
    yield at_least(whole, built.seconds, "s", client, official.seconds, 10, more)
    yield at_most(whole, built.seconds, "s", "decompressing alone, both cores", floor.seconds, 4, FLOOR)
    costs = {
        "chipflows, the same tables": (made, few),
        pandas: (made, careful),
        client: (made, official),
        "chipflows": (every, built),
        "decompressing alone": (0, floor),
    }
    yield Note(f"{what} tables", HEAD + "\n".join(line(name, *cost) for name, cost in costs.items()))
    yield Note("The tables that the peers make", ", ".join(f"`{name}`" for name in names) + ".")
    yield from plans.notes(paths)
    write_new_month(paths.raw, load_config(paths.config), options.rows)
    month = chipflows(home, "--profile", "bench", "build")
    yield at_most("one new month arrives", month.seconds, "s", "the full build", built.seconds, 0.2, WHOLE)


def line(name: str, tables: int, cost: Cost) -> str:
    return f"| {name} | {tables} | {cost.seconds:.1f} | {cost.core_seconds:.1f} | {cost.mebibytes:,.0f} |"


def peer(home: Path, name: str) -> Cost:
    """Return what a peer took to write its tables below `home`."""
    return run([sys.executable, "-m", f"bench.peers.{name}", str(home / name)], home)

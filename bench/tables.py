"""Raw files to all tables: against pandas, the official client's way, and only decompressing the bytes."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench import plans
from bench.equal import refuse_unequal
from bench.few import build_only
from bench.inputs import write_comtrade, write_new_month
from bench.measure import Cost, Note, Row, at_least, at_most, chipflows, run
from chipflows.config import load_config
from chipflows.paths import find_paths

NEED = "chipflows makes, checks and stores every table of core and marts, the peer four of them or none"

SAME = (
    "every received row is also named, judged and stored for the walk back, cells nobody traded in are filled with "
    "zeros where an office published, and each table is held to its grain; the peer only adds up"
)
WHOLE = "only the new file is read, but every table over months is made whole: none is kept by month"


def rows(home: Path, options: Namespace) -> Iterator[Row | Note]:
    """Yield the rows about making every table from raw files; peers make four tables, which must equal ours."""
    paths = replace(find_paths("bench"), home=home)
    written = write_comtrade(paths.raw, load_config(paths.config), options.rows)
    few = build_only(("core.family_flows", "core.group_flows", "marts.mirror", "marts.unit_values"), paths)
    built = chipflows(home, "--profile", "bench", "build")
    what = f"{written:,} rows of Comtrade JSON (gz) to all tables"
    careful = peer(home, "careful_pandas")
    official = peer(home, "official_client")
    refuse_unequal(paths, home / "careful_pandas")
    refuse_unequal(paths, home / "official_client")
    floor = run([sys.executable, "-m", "bench.peers.decompress"], home)
    same = f"{written:,} rows of Comtrade JSON (gz) to the peers' four tables"
    yield at_least(same, few.seconds, "s", "pandas", careful.seconds, 10, SAME)
    yield at_least(f"{same}, peak memory", few.mebibytes, "MiB", "pandas", careful.mebibytes, 3, SAME)
    yield at_least(same, few.seconds, "s", "the official client's parsing", official.seconds, 10, SAME)
    yield at_least(what, built.seconds, "s", "pandas, four of the tables", careful.seconds, 10, NEED)
    yield at_least(f"{what}, peak memory", built.mebibytes, "MiB", "the same pandas", careful.mebibytes, 3, NEED)
    yield at_least(what, built.seconds, "s", "the official client's parsing, four tables", official.seconds, 10, NEED)
    yield at_most(what, built.seconds, "s", "decompressing alone, both cores", floor.seconds, 4, NEED)
    yield from plans.notes(paths)
    write_new_month(paths.raw, load_config(paths.config), options.rows)
    month = chipflows(home, "--profile", "bench", "build")
    yield at_most("one new month arrives", month.seconds, "s", "the full build", built.seconds, 0.2, WHOLE)


def peer(home: Path, name: str) -> Cost:
    """Return what a peer took to write its tables below `home`."""
    return run([sys.executable, "-m", f"bench.peers.{name}", str(home / name)], home)

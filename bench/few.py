"""Only some tables, by chipflows' own SQL and build: the same work as a peer that makes no more than these."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from bench.measure import Cost, python
from chipflows.config import load_config
from chipflows.paths import Paths
from chipflows.warehouse.graph import Statement, read_plan
from chipflows.warehouse.ref import ref_tables

BUILD = """
from dataclasses import replace
from pathlib import Path
from chipflows.config import load_config
from chipflows.paths import find_paths
from chipflows.warehouse.build import build
paths = replace(find_paths("bench"), project=Path({project!r}))
print(build(paths, load_config(paths.config)))
"""


def all_tables(paths: Paths) -> list[Statement]:
    """Return every table of core and marts, each after those it reads."""
    return read_plan(paths.sql, ref_tables(load_config(paths.config), []))[0]


def build_only(names: Iterable[str], paths: Paths) -> Cost:
    """Return what making these tables, and what they read, from the raw files takes; nothing of it stays."""
    project = paths.home / "few"
    shutil.copytree(paths.sql / "staging", project / "sql" / "staging")
    (project / "docs").mkdir()
    shutil.copy2(paths.project / "docs" / "columns.csv", project / "docs")
    wanted = set(names)
    for one in reversed(all_tables(paths)):  # each follows what it reads
        if one.name in wanted:
            wanted |= one.reads
            file = Path("sql", *one.name.split(".")).with_suffix(".sql")
            (project / file).parent.mkdir(exist_ok=True)
            shutil.copy2(paths.project / file, project / file)
    cost = python(BUILD.format(project=str(project)), paths.home)
    shutil.rmtree(paths.processed)
    for typed in paths.raw.glob("*/*.parquet"):
        typed.unlink()
    return cost

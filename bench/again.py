"""One event changed: which tables and which pages of the demo are made again."""

from __future__ import annotations

import csv
import json
import re
import shutil
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench.measure import Cost, Row, at_most, below, chipflows
from chipflows.config import load_config
from chipflows.paths import Paths, find_paths
from chipflows.report.kept import MADE_FROM
from chipflows.warehouse.graph import read_plan
from chipflows.warehouse.ref import ref_tables

EVENTS = "ref.events"


def rows(home: Path, options: Namespace) -> Iterator[Row]:
    """Yield the rows about changing one event of the demo; the full build beside them starts from the raw files."""
    made = find_paths("demo")
    paths = replace(made, home=home)
    for folder in ("raw", "processed"):
        shutil.copytree(made.home / "data" / folder / "demo", home / "data" / folder / "demo")
    shutil.copytree(made.reports, paths.reports)
    paths.database.unlink()
    for typed in paths.raw.glob("*/*.parquet"):
        typed.unlink()
    full = chipflows(home, "--profile", "demo", "build")

    config = change_an_event(made.config, home / "config")
    again = chipflows(home, "--profile", "demo", "--config", str(config), "build")
    readers = read_by(EVENTS, made)
    what = "one event changed"
    yield below(f"{what}: tables made anew", counted(r"\((\d+) made anew\)", again), "tables", len(readers))
    yield at_most(f"{what}: build", again.seconds, "s", "the full build of the demo", full.seconds, 0.2)
    wanted = sum(bool(tables_of(page) & {EVENTS, *readers}) for page in (paths.processed / "pages").glob("*.ipynb"))
    pages = chipflows(home, "--profile", "demo", "--config", str(config), "render")
    yield below(f"{what}: pages rendered again", counted(r"(\d+) pages made", pages), "pages", wanted)


def change_an_event(config: Path, target: Path) -> Path:
    """Return a copy of a configuration in which the title of its last event is another one."""
    shutil.copytree(config, target)
    with (config / "events.csv").open(encoding="utf-8", newline="") as file:
        events = list(csv.DictReader(file))
    events[-1]["title"] += ", changed"
    with (target / "events.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, events[-1], lineterminator="\n")
        writer.writeheader()
        writer.writerows(events)
    return target


def read_by(name: str, paths: Paths) -> set[str]:
    """Return the tables that read a table, directly or through others."""
    tables, _ = read_plan(paths.sql, ref_tables(load_config(paths.config), []))
    found = {name}
    for one in tables:  # in the order they are made
        if one.reads & found:
            found.add(one.name)
    return found - {name}


def tables_of(page: Path) -> set[str]:
    """Return the tables that an executed notebook read."""
    return set(json.loads(page.read_text(encoding="utf-8"))["metadata"][MADE_FROM]["tables"])


def counted(pattern: str, cost: Cost) -> int:
    """Return the number that a command says in its closing line."""
    found = re.search(pattern, cost.output)
    assert found, cost.output
    return int(found[1])

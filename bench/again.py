"""One event changed, one month arrived: which tables and which pages of the demo are made again."""

from __future__ import annotations

import csv
import re
import shutil
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb

from bench.inputs import write_new_month
from bench.measure import Cost, Row, at_most, below, chipflows
from chipflows.config import load_config
from chipflows.paths import Paths, find_paths
from chipflows.report.kept import MADE_FROM, Kept
from chipflows.report.pages import notebooks_in
from chipflows.warehouse.graph import read_plan
from chipflows.warehouse.ref import ref_tables

EVENTS = "ref.events"
MONTHLY_ROWS = 100_000
"""Of which a month brings some nine hundred."""


def rows(home: Path, options: Namespace) -> Iterator[Row]:
    """Yield the rows about changing one event of the demo, and then about a month that arrives there.

    The full build beside them starts from the raw files.
    """
    made = find_paths("demo")
    paths = replace(made, home=home)
    for folder in ("raw", "processed"):
        shutil.copytree(made.home / "data" / folder / "demo", home / "data" / folder / "demo")
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
    yield pages_due(what, paths, config, {EVENTS, *readers})

    write_new_month(paths.raw, load_config(made.config), MONTHLY_ROWS)
    chipflows(home, "--profile", "demo", "build")
    yield pages_due("one new month arrives", paths, made.config, different(made.database, paths.database))


def pages_due(what: str, paths: Paths, config: Path, changed: set[str]) -> Row:
    """Return the row about pages that `chipflows render` would make again; raises if one that reads a changed table
    would stay as it is."""
    kept = Kept.of(replace(paths, config=config))
    pages = {path: page for path in notebooks_in(paths.notebooks) if (page := kept.load(path)) is not None}
    wanted = {path for path, page in pages.items() if {*page.metadata[MADE_FROM]["tables"]} & changed}
    due = pages.keys() - kept.current(pages)
    if stale := sorted(path.name for path in wanted - due):
        raise AssertionError(f"{what}, and these pages would stay as they are: {', '.join(stale)}")
    return below(f"{what}: pages to render again, of {len(pages)}", len(due), "pages", len(wanted))


def different(before: Path, after: Path) -> set[str]:
    """Return the tables of which rows stand in one database only."""
    with duckdb.connect() as connection:
        for name, path in (("old", before), ("new", after)):
            connection.execute(f"attach '{path}' as {name} (read_only)")
        held = "select schema_name || '.' || table_name from duckdb_tables() where database_name = ?"
        old, new = ({name for (name,) in connection.execute(held, [one]).fetchall()} for one in ("old", "new"))
        odd = "(from old.{0} except all from new.{0}) union all (from new.{0} except all from old.{0})"
        rows = {name: connection.execute(f"from ({odd.format(name)}) limit 1").fetchall() for name in old & new}
    return (old ^ new) | {name for name, one in rows.items() if one}


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


def counted(pattern: str, cost: Cost) -> int:
    """Return the number that a command says in its closing line."""
    found = re.search(pattern, cost.output)
    assert found, cost.output
    return int(found[1])

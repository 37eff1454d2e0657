"""What became different since the last build, table by table: the rest of its tables is kept as it is.

A table is kept where its SQL and the rows of all it reads are the same. Where only some months of what it reads are
different, and its head says that it is made month by month (`-- by period: …`), only these months are made anew.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from chipflows.config import Config
from chipflows.warehouse.by_period import first_day, joined
from chipflows.warehouse.files import RawFile
from chipflows.warehouse.formats import FORMAT, format_of
from chipflows.warehouse.graph import Statement
from chipflows.warehouse.typed import literal

LAST = "last_build"
GIVEN = ("ref", "staging", "checks")


@dataclass(frozen=True)
class Change:
    """The months whose rows are different, None for any row at all.

    `added_under` names the columns under whose values of before all rows still stand as they were, and no others.
    """

    months: frozenset[date] | None
    added_under: frozenset[str] = frozenset()

    @property
    def is_none(self) -> bool:
        return self.months is not None and not self.months

    def touches(self, year: int) -> bool:
        return self.months is None or any(month.year == year for month in self.months)


NOTHING = Change(frozenset())
ANYTHING = Change(None)


def recipe(statement: Statement) -> str:
    """Return a hash of all that makes a table beside the rows it reads."""
    return hashlib.sha256(f"{duckdb.__version__}\n{statement.sql}".encode()).hexdigest()


def copied(database: Path, aside: Path) -> bool:
    """Copy the database of the last build to `aside`, if there is one in a form that this release goes on from."""
    if not database.exists():
        return False
    shutil.copyfile(database, aside)
    with suppress(duckdb.Error), duckdb.connect(str(aside)) as connection:
        if format_of(connection) == FORMAT:
            connection.execute("select typed_file from ref.typed_files limit 0")
            return True
    aside.unlink()
    return False


class Since:
    """What became different since the last build; `connection` holds a copy of that build, or nothing yet."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, config: Config, tables: list[Statement], database: Path | None
    ) -> None:
        self.connection, self.config = connection, config
        self.read = frozenset[str]().union(*(one.reads for one in tables))
        self.keys = {column for one in tables for _, column in one.looked_up}
        self.changes: dict[str, Change] = {}
        self.made: dict[str, Change] = {}
        self.held: set[str] = set()
        self.typed_before: set[str] = set()
        self.files_before: set[str] = set()
        if database:
            connection.execute(f"attach {literal(str(database))} as {LAST} (read_only)")
            self._drop_what_is_made_anew(tables)

    def _drop_what_is_made_anew(self, tables: list[Statement]) -> None:
        ask = self.connection.execute
        self.typed_before = {name for (name,) in ask(f"select typed_file from {LAST}.ref.typed_files").fetchall()}
        self.files_before = {name for (name,) in ask(f"select file_id from {LAST}.staging.files").fetchall()}
        recipes = {one.name: recipe(one) for one in tables}
        before = ask(f"select name, recipe from {LAST}.ref.tables").fetchall()
        self.held = {name for name, made_by in before if recipes.get(name) == made_by}
        for schema in GIVEN:
            ask(f"drop schema if exists {schema} cascade")
        here = "schema_name || '.' || table_name from duckdb_tables() where database_name = current_database()"
        for (name,) in ask(f"select {here}").fetchall():
            if name not in self.held:
                ask(f"drop table {name}")

    def note_given(self, ref: Iterable[str], files: list[RawFile], typed: dict[str, list[Path]]) -> None:
        """Note what became different in the tables that stand before the SQL."""
        for name in [*(f"ref.{one}" for one in ref), *(f"staging.{one}" for one in ("files", "scopes", *typed))]:
            self.changes[name] = self._arrived(files, typed) if name == "staging.flows" else self.compared(name)

    def _arrived(self, files: list[RawFile], typed: dict[str, list[Path]]) -> Change:
        """The months that files new since then hold rows of, or were asked for: an empty answer ends rows too."""
        names = {path.name for paths in typed.values() for path in paths}
        if not self.files_before or self.files_before - {one.file_id for one in files} or self.typed_before - names:
            return ANYTHING
        added = [one for one in files if one.kind == "data" and one.file_id not in self.files_before]
        scopes = [one.record["scope"].get("periods") for one in added]
        if not all(scopes):
            return ANYTHING  # asked for all months there are
        found = {first_day(label) for scope in scopes for label in scope}
        new = [str(path) for path in typed["flows"] if path.name not in self.typed_before]
        if new:
            held = "select distinct period from read_parquet(?) where period is not null"
            found |= {month for (month,) in self.connection.execute(held, [new]).fetchall()}
        return Change(frozenset(found))

    def due(self, one: Statement) -> Change:
        """Return what of a table is to be made anew."""
        if one.name not in self.held:
            return ANYTHING
        others = one.reads - one.by_period - dict(one.looked_up).keys()
        if not all(self.changes[name].is_none for name in others):
            return ANYTHING
        found_by = [(self.changes[name], column) for name, column in one.looked_up]
        if not all(change.is_none or column in change.added_under for change, column in found_by):
            return ANYTHING
        found: set[date] = set()
        for name in one.by_period:
            changed = self.changes[name].months
            if changed is None:
                return ANYTHING
            found |= changed
        return Change(joined(found, self.config)) if found else NOTHING

    def note(self, one: Statement, due: Change) -> None:
        """Note what became different in a table of which `due` was made anew, as those that read it see it."""
        self.made[one.name] = due
        is_compared = due.months is None and one.name in self.held & self.read
        self.changes[one.name] = self.compared(one.name) if is_compared else due

    @property
    def tally(self) -> str:
        """Say how many tables were made anew."""
        whole = sum(due.months is None for due in self.made.values())
        in_part = sum(bool(due.months) for due in self.made.values())
        return f"{whole} made anew" + (f", {in_part} for some months" if in_part else "")

    def compared(self, name: str) -> Change:
        """Return what is different in a table beside the last build's."""
        columns = self.columns(name)
        if not self.files_before or self.columns(f"{LAST}.{name}") != columns:
            return ANYTHING
        old, new, ask = f"{LAST}.{name}", name, self.connection.cursor().execute
        if ("period", "DATE") in columns:
            sums = "select period, count(*) as size, sum(hash(one)) as content from {} as one group by period"
            different = ask(
                f"select coalesce(old.period, new.period) from ({sums.format(old)}) as old "
                f"full join ({sums.format(new)}) as new on new.period is not distinct from old.period "
                "where old.size is distinct from new.size or old.content is distinct from new.content"
            ).fetchall()
            periods = frozenset(period for (period,) in different)
            return ANYTHING if None in periods else Change(periods) if periods else NOTHING
        ((lost,),) = ask(f"select count(*) from (select * from {old} except all select * from {new})").fetchall()
        if lost:
            return ANYTHING
        keys = [name for name, _ in columns if name in self.keys]
        known = "".join(f", count(*) filter (where {key} in (select {key} from {old}))" for key in keys)
        added = f"(select * from {new} except all select * from {old})"
        ((count, *under_known),) = ask(f"select count(*){known} from {added}").fetchall()
        if not count:
            return NOTHING
        return Change(None, frozenset(key for key, rows in zip(keys, under_known, strict=True) if not rows))

    def columns(self, name: str) -> list[tuple[str, str]]:
        try:
            return [(row[0], row[1]) for row in self.connection.cursor().execute(f"describe {name}").fetchall()]
        except duckdb.CatalogException:
            return []

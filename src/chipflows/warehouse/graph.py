"""The tables of `sql/` as a graph: what each reads, in which order they are made, and the rules of the layers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TypeVar

import sqlglot
from sqlglot import exp

from chipflows.errors import UsageError
from chipflows.warehouse.typed import LAYOUTS

MAY_READ = {
    "core": {"staging", "ref", "core"},
    "marts": {"core", "ref", "marts"},
    "checks": {"staging", "ref", "core", "marts"},
}
LAYERS = tuple(MAY_READ)
LEVELS = ("fail", "warn")


@dataclass(frozen=True)
class Statement:
    """One SQL file: a table of core or marts with its grain, or a check with its level.

    What stands in a month of a table depends of the tables `by_period` on the same month alone, and of those
    `looked_up` (with a column each) on rows whose column these name, so that rows added there under others change
    nothing.
    """

    name: str
    layer: str
    what: str
    grain: tuple[str, ...]
    level: str
    sql: str
    reads: frozenset[str]
    by_period: frozenset[str] = frozenset()
    looked_up: tuple[tuple[str, str], ...] = ()


def read_layer(folder: Path, layer: str) -> list[Statement]:
    """Return the files of one layer, by name; raises `UsageError` naming the file and the rule it breaks."""
    paths = sorted((folder / layer).glob("*.sql"))
    return [statement(path.stem, layer, path.read_text(encoding="utf-8")) for path in paths]


@cache
def statement(stem: str, layer: str, sql: str) -> Statement:
    """Return an SQL text of a layer, read: the same text of the same name is read once in a process."""
    shown = f"sql/{layer}/{stem}.sql"
    first, second, *_ = [*sql.splitlines(), "", ""]
    level, what, grain = "", first.removeprefix("-- ").strip(), ""
    if layer == "checks":
        level, _, what = what.partition(": ")
        if not first.startswith("-- ") or level not in LEVELS or not what:
            raise UsageError(f"{shown}, line 1: write `-- fail: <what is wrong and what to do>` or `-- warn: …`")
    else:
        grain = second.removeprefix("-- grain: ")
        if not first.startswith("-- ") or not second.startswith("-- grain: "):
            raise UsageError(f"{shown}: write `-- <what it is>` in line 1 and `-- grain: <columns>` in line 2")
    tree = parsed(sql, shown)
    nodes = list(tree.walk())
    reads = frozenset(tables_read(nodes, shown, layer))
    if layer != "checks":
        refuse_stars(nodes, shown)
        refuse_unportable(tree, nodes, shown)
    by_period = named_in_head(sql, "by period", reads, shown)
    looked_up = named_in_head(sql, "looked up", reads, shown)
    return Statement(
        name=f"{layer}.{stem}",
        layer=layer,
        what=what,
        grain=tuple(column.strip() for column in grain.split(",")) if grain else (),
        level=level,
        sql=sql,
        reads=reads,
        by_period=frozenset(by_period),
        looked_up=tuple(looked_up.items()),
    )


def named_in_head(sql: str, word: str, reads: frozenset[str], shown: str) -> dict[str, str]:
    """Return the tables that a line `-- <word>: <table> [by <column>], …` of the head of a file names, with the column;
    refuses a table that is not read."""
    head = itertools.takewhile(lambda line: line.startswith("--"), sql.splitlines())
    lines = [line.removeprefix(f"-- {word}: ") for line in head if line.startswith(f"-- {word}: ")]
    parts = [name.strip().partition(" by ") for line in lines for name in line.split(",")]
    if unread := sorted({name for name, _, _ in parts} - reads):
        raise UsageError(f"{shown}: {', '.join(unread)} stands under `{word}`, but is not read")
    return {name: column for name, _, column in parts}


def parsed(sql: str, shown: str) -> exp.Query:
    try:
        trees = sqlglot.parse(sql, read="duckdb")
    except sqlglot.errors.ParseError as error:
        raise UsageError(f"{shown} is not one SELECT: {str(error).splitlines()[0]}") from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise UsageError(f"{shown} is not one SELECT")
    return trees[0]


Kind = TypeVar("Kind", bound=exp.Expr)


def of_kind(nodes: Iterable[exp.Expr], *kinds: type[Kind]) -> Iterator[Kind]:
    return (node for node in nodes if isinstance(node, kinds))


def tables_read(nodes: list[exp.Expr], shown: str, layer: str) -> set[str]:
    """Return the tables a query reads, without its own named parts; refuses what its layer may not read."""
    own = {cte.alias for cte in of_kind(nodes, exp.CTE)}
    found = set()
    for table in of_kind(nodes, exp.Table):
        if not isinstance(table.this, exp.Identifier):
            raise UsageError(f"{shown} calls {table.sql('duckdb')}: reading files is the work of sql/staging")
        if not table.db:
            if table.name not in own:
                raise UsageError(f"{shown} reads {table.name}: write its layer before it, as in core.{table.name}")
            continue
        if table.db not in MAY_READ[layer]:
            allowed = ", ".join(sorted(MAY_READ[layer]))
            raise UsageError(f"{shown} reads {table.db}.{table.name}: {layer} may read {allowed}")
        found.add(f"{table.db}.{table.name}")
    return found


def refuse_stars(nodes: list[exp.Expr], shown: str) -> None:
    for star in of_kind(nodes, exp.Star):
        if not isinstance(star.parent, exp.Count):
            raise UsageError(f"{shown} selects *: name the columns, so that a reader sees what the table holds")


NOT_PORTABLE: dict[str, tuple[type[exp.Expr], ...]] = {
    "quantile_cont": (exp.PercentileCont,),
    "quantile_disc": (exp.PercentileDisc,),
    "pivot": (exp.Pivot,),
    "a list slice": (exp.Slice,),
    "a place in a list": (exp.Bracket,),
    "a list in order": (exp.ArrayAgg, exp.ArraySort),
    "a list comprehension": (exp.Comprehension,),
    "a sample": (exp.TableSample,),
    "columns()": (exp.Columns,),
}
JOINS = ("ASOF", "POSITIONAL")


def refuse_unportable(tree: exp.Query, nodes: list[exp.Expr], shown: str) -> None:
    """Refuse what only DuckDB understands: the same files are to run on Spark, translated."""
    found = [name for name, kinds in NOT_PORTABLE.items() if any(of_kind(nodes, *kinds))]
    found += [f"{join.method.lower()} join" for join in of_kind(nodes, exp.Join) if join.method in JOINS]
    found += [f"{one.name}()" for one in of_kind(nodes, exp.Anonymous)]
    found += ["union by name" for union in of_kind(nodes, exp.SetOperation) if union.args.get("by_name")]
    found += [f"position {one.name}" for one in of_kind(nodes, exp.PositionalColumn)]
    # DuckDB counts in bigint, Spark in integer: a number that becomes a column says which it is.
    found += [
        f"{one.sql('duckdb')} without cast(... as bigint)"
        for select in of_kind(nodes, exp.Select)
        for one in (made.unalias() for made in select.expressions)
        if isinstance(one, exp.Window) and isinstance(one.this, exp.RowNumber | exp.Rank | exp.DenseRank | exp.Ntile)
    ]
    try:
        tree.sql("spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.errors.UnsupportedError as error:
        found.append(str(error).removesuffix("."))
    if found:
        raise UsageError(f"{shown} uses {', '.join(found)}, which other engines do not know: write it in plain SQL")


def in_order(statements: list[Statement], given: set[str]) -> list[Statement]:
    """Return tables so that each follows what it reads; `given` exist already. Raises `UsageError` naming a cycle, or a
    table that nothing makes."""
    by_name = {one.name: one for one in statements}
    for one in statements:
        for unknown in sorted(one.reads - set(by_name) - given):
            raise UsageError(f"sql/{one.layer}/{one.name.split('.')[1]}.sql reads {unknown}, which nothing makes")
    sorter = TopologicalSorter({one.name: sorted(one.reads & set(by_name)) for one in statements})
    try:
        return [by_name[name] for name in sorter.static_order()]
    except CycleError as error:
        raise UsageError(f"tables read each other in a circle: {' → '.join(error.args[1])}") from error


def several_at_once(tables: list[Statement], make: Callable[[Statement], None], workers: int) -> None:
    """Call `make` for every table from some threads, each table after those it reads; raises what a call raises."""
    by_name = {one.name: one for one in tables}
    order = TopologicalSorter({one.name: sorted(one.reads & by_name.keys()) for one in tables})
    order.prepare()
    pool = ThreadPoolExecutor(workers)
    running: dict[Future[None], str] = {}
    try:
        while order.is_active():
            running |= {pool.submit(make, by_name[name]): name for name in order.get_ready()}
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                done.result()
                order.done(running.pop(done))
    finally:
        pool.shutdown(cancel_futures=True)


def read_plan(folder: Path, ref: Iterable[str]) -> tuple[list[Statement], list[Statement]]:
    """Return the tables in the order they are made, and the checks; raises `UsageError` where SQL breaks a rule."""
    given = {f"ref.{name}" for name in ref} | {f"staging.{name}" for name in ("files", "scopes", *LAYOUTS)}
    tables = in_order([*read_layer(folder, "core"), *read_layer(folder, "marts")], given)
    tests = read_layer(folder, "checks")
    in_order(tests, given | {one.name for one in tables})
    return tables, tests

"""Where the time goes: the plans of the dearest tables, and what a question about one month reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from bench.measure import Note
from chipflows.config import load_config
from chipflows.paths import Paths
from chipflows.warehouse.graph import read_plan
from chipflows.warehouse.ref import create_staging, ref_tables
from chipflows.warehouse.typed import LAYOUTS

DEAREST = 3
LEAST = 0.02
"""Share of a table's time below which an operator is not shown."""

SHOWN = {"Table": "of", "Groups": "by", "Conditions": "on", "CTE Name": "named", "Join Type": ""}


def notes(paths: Paths) -> Iterator[Note]:
    """Yield plans of tables made from a built database, and of a question to the typed files it was made from."""
    typed = sorted(paths.raw.glob("*/*.parquet"))
    with duckdb.connect(config={"threads": 2, "preserve_insertion_order": False}) as connection:
        connection.execute(f"attach '{paths.database}' as built (read_only)")
        held = "select schema_name, table_name from duckdb_tables() where database_name = 'built'"
        for layer in ("ref", "staging", "core", "marts", "checks"):
            connection.execute(f"create schema {layer}")
        for layer, name in connection.execute(held).fetchall():
            if (layer, name) not in {("staging", table) for table in LAYOUTS}:
                connection.execute(f"create view {layer}.{name} as select * from built.{layer}.{name}")
        create_staging(connection, {table: [] for table in LAYOUTS} | {"flows": typed})
        tables, _ = read_plan(paths.sql, ref_tables(load_config(paths.config), []))
        plans = {one.name: explained(connection, f"create temp table measured as {one.sql}") for one in tables}
        dearest = sorted(plans, key=lambda name: spent(plans[name]), reverse=True)[:DEAREST]
        for name in dearest:
            yield Note(f"`explain analyze` of {name}", as_text(plans[name]))
        yield Note("What a question about one month reads", one_month(connection, typed))


def explained(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    """Return the plan of a statement with the time and the rows of every operator."""
    plan = json.loads(connection.execute(f"explain (analyze, format json) {sql}").fetchall()[0][1])
    connection.execute("drop table if exists measured")
    return dict(plan)


def operators(plan: dict[str, Any], depth: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield every operator of a plan with its depth."""
    for one in plan.get("operator" if depth == 0 else "children", []):
        yield depth, one
        yield from operators(one, depth + 1)


def spent(plan: dict[str, Any]) -> float:
    """Return the seconds of all operators, both cores together."""
    return float(sum(one["timing"] for _, one in operators(plan)))


def as_text(plan: dict[str, Any]) -> str:
    """Return the operators that took part of the time, deepest first as they run, one a line."""
    whole = spent(plan)
    lines = [f"{'seconds':>7} {'rows':>10}  operator ({whole:.2f} seconds of both cores together)"]
    for depth, one in operators(plan):
        if one["timing"] >= LEAST * whole:
            told = one["extra_info"]
            more = " ".join(f"{word} {brief(told[key])}".strip() for key, word in SHOWN.items() if key in told)
            lines.append(f"{one['timing']:7.2f} {one['intermediate_rows']:>10,}  {'  ' * depth}{one['type']} {more}")
    return "```\n" + "\n".join(lines) + "\n```"


def brief(told: Any) -> str:
    text = ", ".join(told) if isinstance(told, list) else str(told)
    return text.replace("built.", "")[:90]


def one_month(connection: duckdb.DuckDBPyConnection, typed: list[Path]) -> str:
    """Return what a sum over one month reads of the typed files: two columns, and of these the parts of that month."""
    files = ", ".join(f"'{path}'" for path in typed)
    whole = explained(connection, f"select sum(hash(one)) from read_parquet([{files}]) as one")
    sql = f"select sum(value_native) from read_parquet([{files}]) where period = date '2024-03-01'"
    month = explained(connection, sql)
    encoded = connection.execute(
        f"select count(*) filter (where encodings like '%DICTIONARY%'), count(*) "
        f"from (select path_in_schema, any_value(encodings) as encodings from parquet_metadata([{files}]) "
        "where type = 'BYTE_ARRAY' group by all)"
    ).fetchall()[0]
    scan = next(one for _, one in operators(month) if "SCAN" in one["type"])
    told = {key: str(value) for key, value in scan["extra_info"].items() if key in ("Projections", "Filters")}
    read, everything = (plan["io"]["total_bytes_read"] for plan in (month, whole))
    return (
        f"The typed files of this run hold {sum(path.stat().st_size for path in typed):,} bytes in {len(typed)} files. "
        f"A sum of one month's values read {read:,} bytes, a scan of all columns {everything:,}: only the columns that "
        "are named are read, and of these only the parts whose smallest and largest month (the zone map) admit it. "
        f"{encoded[0]} of {encoded[1]} text columns are stored as dictionary codes.\n\n"
        f"```\n{scan['type']}: {json.dumps(told)}\n```"
    )

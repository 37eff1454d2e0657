"""The tables that stand before the SQL: configuration as `ref.*`, records and typed files as `staging.*`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from chipflows.config import Config, months
from chipflows.warehouse.files import RawFile
from chipflows.warehouse.typed import KINDS, LAYOUTS, literal

IDENTITY = ("file_id", "source", "kind", "request_id", "corridor", "retrieved_at")
FILES = (*IDENTITY, "outcome", "total", "sha256", "origin", "path")
DIMENSIONS = ("reporters", "partners", "flows", "codes", "periods")


def study_months(config: Config, files: Iterable[RawFile]) -> list[str]:
    """Return the months under study; without a configured end, up to the last full month before the newest file.

    The clock has no say, so that the same raw files give the same tables on any day.
    """
    newest = max((one.retrieved_at[:10] for one in files), default=date.today().isoformat())
    study = config.project.study
    return list(months(study.start, study.last_month(date.fromisoformat(newest))))


def ref_tables(config: Config, files: Iterable[RawFile]) -> dict[str, pa.Table]:
    """Return every table of `ref.*` by name."""
    tables = {}
    for name, rows in config.tables().items():
        tables[name] = text_table(rows.columns, [list(row.values()) for row in rows])
    labels = study_months(config, files)
    tables["months"] = pa.table(
        {
            "period": pa.array([date.fromisoformat(f"{label}-01") for label in labels], pa.date32()),
            "label": pa.array(labels, pa.string()),
        }
    )
    return tables


def text_table(columns: Iterable[str], rows: list[list[str]]) -> pa.Table:
    return pa.table({name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(columns)})


def file_tables(files: list[RawFile]) -> dict[str, pa.Table]:
    """Return `staging.files` and `staging.scopes`."""
    listed = {name: pa.array([one.record[name] for one in files], pa.string()) for name in FILES}
    asked = [json.dumps(one.record["parameters"], sort_keys=True) for one in files]
    listed["parameters"] = pa.array(asked, pa.string())
    listed["rows"] = pa.array([one.rows for one in files], pa.int64())
    listed["bytes"] = pa.array([one.record["bytes"] for one in files], pa.int64())
    scopes = sorted(
        {
            (one.file_id, dimension, member)
            for one in files
            for dimension in DIMENSIONS
            for member in one.record["scope"].get(dimension) or ()
        }
    )
    dimensions = text_table(("file_id", "dimension", "member"), [list(row) for row in scopes])
    return {"files": pa.table(listed), "scopes": dimensions}


def create_tables(connection: duckdb.DuckDBPyConnection, schema: str, tables: dict[str, pa.Table]) -> None:
    """Create a schema and fill its tables."""
    connection.execute(f"create schema if not exists {schema}")
    for name, table in tables.items():
        connection.register("incoming", table)
        connection.execute(f"create table {schema}.{name} as select * from incoming")
        connection.unregister("incoming")


def create_staging(connection: duckdb.DuckDBPyConnection, typed: dict[str, list[Path]]) -> None:
    """Create the staging tables over typed files; `staging.flows` as a view, for it is read once."""
    for table in KINDS.values():
        columns = {"file_id": "varchar", "source": "varchar", "request_id": "varchar", **LAYOUTS[table]}
        what = "view" if table == "flows" else "table"
        if typed[table]:
            names = ", ".join(literal(str(path)) for path in typed[table])
            body = f"select {', '.join(columns)} from read_parquet([{names}])"
        else:
            nothing = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in columns.items())
            body = f"select {nothing} where false"
        connection.execute(f"create {what} staging.{table} as {body}")

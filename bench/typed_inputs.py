"""Typed Parquet as staging leaves it, as many rows as wanted, made up and the same on every machine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd

from chipflows.config import Config, Economy, months
from chipflows.raw.records import Answer, Request, Scope
from chipflows.raw.store import Store
from chipflows.warehouse.files import read_records
from chipflows.warehouse.typed import LAYOUTS, digest, literal, staging_sql, typed_name

RECEIVED = datetime(2026, 3, 2, 6, tzinfo=UTC)
PARTNERS = 100
PERMILLE = 260
"""How many of a thousand cells hold trade."""

ROWS_PER_REPORTER = 400_000
"""About: a hundred partners, two directions, nine years of months, the codes under study."""

CELLS = f"""
select
  row_number() over (order by reporters.code, flows.code, partners.code, goods.code) as row_number,
  1 as lines,
  reporters.code as reporter_code,
  partners.code as partner_code,
  cast(null as varchar) as origin_code,
  flows.code as flow_code,
  'M' as frequency,
  cast($period || '-01' as date) as period,
  goods.code as code,
  $edition as hs_edition,
  'USD' as currency,
  cast(pow(10, 1 + (cells.chance // 1000 % 6000) / 1000) as decimal(20, 3)) as value_native,
  cast(1 + cells.chance // 7 % 90000 as decimal(20, 3)) as weight_kg,
  case when cells.chance // 11 % 10 > 0 then cast(1 + cells.chance // 13 % 9000 as decimal(20, 3)) end as quantity,
  '5' as quantity_unit_code,
  cells.chance // 17 % 20 = 0 as is_weight_estimated,
  cells.chance // 19 % 20 = 0 as is_quantity_estimated,
  cast(null as varchar) as reject_reason
from reporters
join partners on partners.code <> reporters.code
cross join (values ('X'), ('M')) as flows(code)
cross join goods
cross join lateral (
  select hash(reporters.code || partners.code || flows.code || goods.code || $period) as chance
) as cells
where goods.edition = $edition and cells.chance % 1000 < {PERMILLE}
"""


def write_typed(folder: Path, config: Config, sql: Path, reporters: int, partners: int = PARTNERS) -> int:
    """Return how many rows were written below `folder`: the monthly trade of some reporters in the codes under study
    with the focal destination, the hubs and other partners, so that every table grows with the rows.

    Every file has a record as if its answer had been received, and a typed form beside it; the answers themselves are
    not written, for what is measured begins after them.
    """
    names = [one for one in config.economies.values() if one.role not in ("group", "nes") and one.comtrade]
    asked = first(names, ("origin", "hub", "coalition"), reporters)
    nearest = first(names, ("focal", "hub"), partners)
    newest = max(config.project.hs_editions, key=lambda one: one.in_force)
    goods = [one for one in config.hs_codes if one.is_requested and not one.is_heading]
    store, written = Store(folder, now=lambda: RECEIVED), 0
    with duckdb.connect() as connection:
        connection.register("reporters", pd.DataFrame({"code": [one.comtrade for one in asked]}))
        connection.register("partners", pd.DataFrame({"code": [one.comtrade for one in nearest]}))
        listed = pd.DataFrame([(one.hs6, one.hs_edition) for one in goods], columns=["code", "edition"])
        connection.register("goods", listed)
        for period in months(config.project.study.start, "2025-12"):
            scope = Scope(
                tuple(one.iso3 for one in asked),
                tuple(one.iso3 for one in nearest),
                ("export", "import"),
                config.requested_codes(),
                (period,),
            )
            edition = newest.id if period >= newest.in_force else "H5"
            request = Request("comtrade", "data", (("period", period),), scope, "growth", period)
            written += write_month(connection, store, request, edition, sql)
    return written


def first(economies: Sequence[Economy], roles: tuple[str, ...], count: int) -> list[Economy]:
    """Return some economies, those with the named roles before all others."""
    return sorted(economies, key=lambda one: (*roles, one.role).index(one.role))[:count]


def write_month(connection: duckdb.DuckDBPyConnection, store: Store, request: Request, edition: str, sql: Path) -> int:
    """Store one month's record and typed form, and return its rows."""
    (period,) = request.scope.periods or ()
    aside = store.folder / "aside.parquet"
    aside.parent.mkdir(parents=True, exist_ok=True)
    connection.execute("create or replace temp table cells as " + CELLS, {"period": period, "edition": edition})
    rows, total = connection.execute("select count(*), sum(value_native) from cells").fetchall()[0]
    record = store.put(request, f"made up: {period}".encode(), Answer("data", rows, f"{total:.3f}"), origin="made up")
    if record is None:
        raise ValueError(f"{store.folder} holds {period} already: give an empty folder")
    (file,) = [one for one in read_records(store.folder) if one.file_id == record.file_id]
    columns = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in LAYOUTS["flows"].items())
    connection.execute(
        f"copy (select {literal(file.file_id)} as file_id, {literal(file.source)} as source, "
        f"{literal(record.request_id)} as request_id, {columns} from cells order by row_number) "
        f"to {literal(str(aside))} (format parquet, compression zstd)"
    ).fetchall()
    os.replace(aside, file.body.with_name(f"{typed_name(file, staging_sql(file, sql))}.{digest(aside)}.parquet"))
    return int(rows)

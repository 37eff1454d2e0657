"""A table made for some months only: those that changed, or one part of many rows after the other."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from itertools import pairwise

import duckdb

from chipflows.config import Config, months
from chipflows.warehouse.graph import Statement

ROWS_AT_ONCE = 4_000_000
"""Rows received that tables of months are made from at once: with more, what is held would grow with them."""


def joined(found: Collection[date], config: Config) -> frozenset[date]:
    """Return months and all that are known together with them: in one figure, or by the guard of one correction."""
    whole = frozenset(found)
    while wider := [span for span in spans(config, {month.year for month in whole}) if span & whole and span - whole]:
        whole = whole.union(*wider)
    return whole


def spans(config: Config, years: Iterable[int]) -> Iterator[frozenset[date]]:
    for one in config.joined_months:
        for year in years:
            yield frozenset(date(year, month, 1) for month in range(int(one.from_month), int(one.to_month) + 1))
    for correction in config.corrections:
        yield frozenset(map(first_day, months(correction.period_from, correction.period_to)))


def first_day(label: str) -> date:
    """Return the first day of `YYYY-MM` or `YYYY`."""
    return date.fromisoformat(f"{label}-01" if len(label) == 7 else f"{label}-01-01")


def parts(connection: duckdb.DuckDBPyConnection, config: Config) -> list[str]:
    """Return conditions on `period`, of which a row of any table meets just one: a part is about `ROWS_AT_ONCE` rows.

    Months that are known together stand in one part.
    """
    counts = "select period, count(*) from staging.flows where period is not null group by period order by period"
    starts: list[date] = []
    rows = 0
    for month, count in connection.execute(counts).fetchall():
        if rows + count > ROWS_AT_ONCE and rows and not is_within_a_span(month, config):
            starts.append(month)
            rows = 0
        rows += count
    if not starts:
        return [EVERY_MONTH]
    between = [f"period >= date '{one}' and period < date '{other}'" for one, other in pairwise(starts)]
    return [f"(period < date '{starts[0]}' or period is null)", *between, f"period >= date '{starts[-1]}'"]


EVERY_MONTH = "true"


def is_within_a_span(month: date, config: Config) -> bool:
    return any(min(span) < month <= max(span) for span in spans(config, [month.year]))


def for_months(statement: Statement, condition: str) -> str:
    """Return the SQL of a table for some months: of the tables it is made from by period it reads only these."""
    body = statement.sql
    if condition == EVERY_MONTH:
        return body
    for name in sorted(statement.by_period):
        named = re.sub(rf"\b{re.escape(name)}\b(?! as )", f"{name} as {name.split('.')[1]}", body)
        body = named.replace(f"{name} as ", f"(select * from {name} where {condition}) as ")
    return body


def in_months(wanted: Collection[date]) -> str:
    """Return the condition that a row stands in one of the months; one that bears no month may stand in any."""
    listed = ", ".join(f"date '{month}'" for month in sorted(wanted))
    return f"(period in ({listed}) or period is null)"

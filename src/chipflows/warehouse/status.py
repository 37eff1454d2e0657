"""What is held, what it covers, what changed, and what is due: one screen, or the same as JSON."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from chipflows.config import Config
from chipflows.errors import UsageError
from chipflows.paths import Paths
from chipflows.warehouse.connect import as_json, read
from chipflows.warehouse.files import RawFile, read_records
from chipflows.warehouse.text import as_lines
from chipflows.warehouse.typed import holds_rows, staging_sql, typed_copies, typed_name

Overview = dict[str, Any]
Rows = list[dict[str, Any]]

COVERAGE = """
with covered as (
  select coverage.source, count(distinct coverage.reporter) filter (where coverage.state = 'published') as reporters,
    count(*) filter (where coverage.state = 'published') as published,
    count(*) filter (where coverage.state = 'not_published') as not_published,
    count(*) filter (where coverage.state = 'unknown') as unknown,
    max(coverage.period) filter (where coverage.state = 'published') as newest
  from core.coverage
  join ref.months using (period)
  group by coverage.source
),
expected as (
  select release_calendar.source,
    count(*) filter (where release_calendar.expected_on between release_calendar.asked_on + 1 and $today) as due,
    count(*) filter (where release_calendar.overdue_from <= release_calendar.asked_on) as overdue,
    min(release_calendar.expected_on) filter (where release_calendar.expected_on > $today) as next_on
  from marts.release_calendar
  group by release_calendar.source
)
select covered.source, covered.reporters, covered.published, covered.not_published, covered.unknown,
  strftime(covered.newest, '%Y-%m') as newest_month, expected.due, expected.overdue,
  cast(expected.next_on as varchar) as next_expected
from covered
left join expected using (source)
order by covered.source
"""

REVISIONS = """
select cast(min(vintage_before) as varchar) as since, count(distinct (source, reporter, period)) as months,
  cast(sum(rows_changed) as bigint) as rows_changed, cast(sum(rows_new) as bigint) as rows_new,
  cast(sum(rows_gone) as bigint) as rows_gone
from marts.revisions
where vintage_now = (select max(vintage_now) from marts.revisions)
having count(*) > 0
"""

LARGEST = """
select reporter_name as reporter, partner_name as partner, strftime(period, '%Y-%m') as period, group_title as goods,
  value_usd_before, value_usd_now
from marts.revised_groups
join ref.study on study.key = 'headline_group' and study.value = revised_groups.hs_group
where vintage_now = (select max(vintage_now) from marts.revised_groups)
order by abs(moved_usd) desc, reporter, partner, period
limit 3
"""


def status(paths: Paths, config: Config, *, is_json: bool = False, today: date | None = None) -> str:
    """Return what a profile holds as text that fits one screen, or as JSON with the same names."""
    found = overview(paths, config, today)
    return json.dumps(found, default=as_json, ensure_ascii=False, indent=1) if is_json else as_text(found)


def overview(paths: Paths, config: Config, today: date | None = None) -> Overview:
    """Return files held, calls used, and what the tables say: `tables` is null without any, `no_tables` says why."""
    files = read_records(paths.raw, paths.as_of)
    profile = config.profile(paths.profile)
    if profile.is_synthetic and files:
        # No source is behind made-up files: nothing comes due after them.
        today = date.fromisoformat(max(one.retrieved_at[:10] for one in files))
    today = today or paths.as_of or datetime.now(UTC).date()
    copies = typed_copies(files)
    waiting = [one for one in files if holds_rows(one) and typed_name(one, staging_sql(one, paths.sql)) not in copies]
    said: Overview | None = None
    why = ""
    try:
        said = tables(paths, files, today)
    except UsageError as error:
        why = str(error)
    return {
        "profile": paths.label,
        "title": profile.title,
        "files": held(files),
        "files_to_read": len(waiting),
        "quota": quota(paths, config),
        "tables": said,
        "no_tables": why,
    }


def held(files: list[RawFile]) -> Rows:
    """Return one row per source: files, rows, when the last one was received."""
    counts, rows = Counter(one.source for one in files), Counter[str]()
    for one in files:
        rows[one.source] += one.rows
    last = {one.source: one.retrieved_at[:16].replace("T", " ") for one in files}
    names = sorted(counts)
    return [{"source": name, "files": counts[name], "rows": rows[name], "last_received": last[name]} for name in names]


def quota(paths: Paths, config: Config) -> Rows:
    """Return the calls made this month with each key, from the ledgers that downloads keep."""
    month, most = datetime.now(UTC).strftime("%Y-%m"), config.project.planner.quota_per_month
    rows = []
    for ledger in sorted(paths.quota.glob("*.jsonl")):
        lines = ledger.read_text(encoding="utf-8").splitlines()
        used = sum(f'"at": "{month}' in line and '"event": "call"' in line for line in lines)
        rows.append({"source": ledger.stem.rpartition("-")[0], "month": month, "used": used, "of": most})
    return rows


def tables(paths: Paths, files: list[RawFile], today: date) -> Overview:
    """Return what the tables cover, when the next months are expected, what was revised last, and what checks say."""
    with read(paths) as connection:
        built = {row[0] for row in connection.execute("select file_id from core.files").fetchall()}
        checks = rows_of(connection, "select check_name, outcome, bad_rows from checks.results where bad_rows > 0")
        revised = rows_of(connection, REVISIONS)
        return {
            "files_not_in_tables": len({one.file_id for one in files} - built),
            "coverage": rows_of(connection, COVERAGE, {"today": today}),
            "revisions": {**revised[0], "largest": rows_of(connection, LARGEST)} if revised else None,
            "checks": checks,
        }


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str, values: dict[str, Any] | None = None) -> Rows:
    rows: Rows = connection.sql(sql, params=values or {}).to_arrow_table().to_pylist()
    return rows


def as_text(found: Overview) -> str:
    made: Overview | None = found["tables"]
    lines = [f"profile {found['profile']}: {found['title']}"]
    lines += sources_text(found["files"], made["coverage"] if made else [])
    if found["files_to_read"]:
        lines.append(f"{found['files_to_read']:,} files wait to be read (new, or their staging SQL changed)")
    for one in found["quota"]:
        lines.append(f"{one['source']}: {one['used']:,} of {one['of']:,} calls used in {one['month']}")
    return "\n".join([*lines, *(tables_text(made) if made else [found["no_tables"]])])


def sources_text(files: Rows, coverage: Rows) -> list[str]:
    """Return a line per source: what is held, and the reporters' months that are published, of all that were asked."""
    covered = {one["source"]: one for one in coverage}
    rows = []
    for one in files:
        row = {"source": one["source"], "files": one["files"], "rows": Decimal(one["rows"])}
        row["received"] = one["last_received"][:10]
        if coverage:
            months = covered.get(one["source"])
            asked = sum(months[state] for state in ("published", "not_published", "unknown")) if months else 0
            row["newest"] = months["newest_month"] if months else None
            row["reporters"] = months["reporters"] if months else None
            row["months"] = f"{months['published']:,} of {asked:,}" if months else None
        rows.append(row)
    return table_of(rows) or ["no raw files: run `chipflows download`, or `chipflows import SOURCE FILE…`"]


def tables_text(found: Overview) -> list[str]:
    lines = [
        said
        for said in (
            named(found["coverage"], "next_expected", "next months expected"),
            named(found["coverage"], "unknown", "reporter-months of which nothing is known"),
            named(found["coverage"], "overdue", "overdue at the source when last asked"),
            named(found["coverage"], "due", "came due since last asked (run `chipflows download --refresh`)"),
        )
        if said
    ]
    if found["files_not_in_tables"]:
        lines.append(f"{found['files_not_in_tables']:,} files are not in the tables yet: run `chipflows build`")
    lines += revisions_text(found["revisions"])
    checks = ", ".join(f"{one['outcome']}: {one['check_name']} ({one['bad_rows']:,})" for one in found["checks"])
    return [*lines, "checks: " + (checks or "all passed")]


def named(coverage: Rows, column: str, what: str) -> str:
    """Return a line that names the sources by what `column` says of them, or nothing where it says nothing."""
    said: dict[str, list[str]] = {}
    for one in coverage:
        if value := one[column]:
            said.setdefault(f"{value:,}" if isinstance(value, int) else value, []).append(one["source"])
    return f"{what}: " + "; ".join(f"{value} {', '.join(said[value])}" for value in sorted(said)) if said else ""


def revisions_text(found: Overview | None) -> list[str]:
    """Return what was revised last: how much, and the headline's largest moves."""
    if found is None:
        return ["no figure held was revised"]
    rows = f"{found['rows_changed']:,} rows changed, {found['rows_new']:,} new, {found['rows_gone']:,} gone"
    return [
        f"revised since {found['since']}: {rows}, in {found['months']:,} months of reporters",
        *(
            f"  {one['reporter']} to {one['partner']}, {one['period']}, {one['goods']}: "
            f"USD {one['value_usd_before']:,.0f} → {one['value_usd_now']:,.0f}"
            for one in found["largest"]
        ),
    ]


def table_of(rows: Rows) -> list[str]:
    return ["  " + line for line in as_lines(pa.Table.from_pylist(rows))] if rows else []

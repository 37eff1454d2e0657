"""What is held and what the tables say: one screen."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from chipflows.config import Config
from chipflows.paths import Paths
from chipflows.warehouse.connect import read
from chipflows.warehouse.files import RawFile, read_records
from chipflows.warehouse.text import as_lines
from chipflows.warehouse.typed import holds_rows, staging_sql, typed_copies, typed_name

COVERAGE = """
select coverage.source, count(distinct coverage.reporter) as reporters,
  count(*) filter (where coverage.state = 'published') as months_published,
  count(*) filter (where coverage.state = 'not_published') as not_published,
  count(*) filter (where coverage.state = 'unknown') as unknown,
  substr(cast(max(case when coverage.state = 'published' then coverage.period end) as varchar), 1, 7) as newest_month
from core.coverage
join ref.months using (period)
group by coverage.source
order by coverage.source
"""


def status(paths: Paths, config: Config) -> str:
    """Return what raw files a profile holds, what waits to be built, what tables cover, and which checks spoke up."""
    files = read_records(paths.raw, paths.as_of)
    lines = [f"profile {paths.label}: {config.profile(paths.profile).title}", *raw_lines(files)]
    copies = typed_copies(files)
    waiting = [one for one in files if holds_rows(one) and typed_name(one, staging_sql(one, paths.sql)) not in copies]
    if waiting:
        why = "new, or their staging SQL changed"
        lines.append(f"{len(waiting):,} files wait to be read ({why}): run `chipflows build`")
    lines += quota_lines(paths, config)
    if not paths.database.exists():
        return "\n".join([*lines, "no tables yet: run `chipflows build`"])
    return "\n".join([*lines, *table_lines(paths, files)])


def raw_lines(files: list[RawFile]) -> list[str]:
    """Return one line per source: files, rows, when the last one was received."""
    if not files:
        return ["no raw files: run `chipflows download`, or `chipflows import SOURCE FILE…`"]
    counts, rows = Counter(one.source for one in files), Counter[str]()
    for one in files:
        rows[one.source] += one.rows
    last = {one.source: one.retrieved_at[:16].replace("T", " ") for one in files}
    return [
        f"  {source}: {counts[source]:,} files, {rows[source]:,} rows, last received {last[source]} UTC"
        for source in sorted(counts)
    ]


def quota_lines(paths: Paths, config: Config) -> list[str]:
    """Return the calls made this month with each key, from the ledgers that downloads keep."""
    month, quota = datetime.now(UTC).strftime("%Y-%m"), config.project.planner.quota_per_month
    lines = []
    for ledger in sorted(paths.quota.glob("*.jsonl")):
        source = ledger.stem.rpartition("-")[0]
        used = sum(f'"at": "{month}' in line and '"event": "call"' in line for line in ledger.read_text().splitlines())
        lines.append(f"  {source}: {used:,} of {quota:,} calls used in {month}")
    return lines


def table_lines(paths: Paths, files: list[RawFile]) -> list[str]:
    with read(paths) as connection:
        coverage = as_lines(connection.sql(COVERAGE).to_arrow_table())
        bad = connection.execute(
            "select outcome || ': ' || check_name || ' (' || bad_rows || ')' from checks.results where bad_rows > 0"
        ).fetchall()
        built = {row[0] for row in connection.execute("select file_id from core.files").fetchall()}
    missing = len({one.file_id for one in files} - built)
    lines = ["tables cover (reporter-months):", *("  " + line for line in coverage)]
    if missing:
        lines.append(f"{missing:,} files are not in the tables yet: run `chipflows build`")
    return [*lines, "checks: " + (", ".join(row[0] for row in bad) or "all passed")]

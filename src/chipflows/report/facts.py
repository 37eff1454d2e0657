"""What every page says about the tables behind it: sources, vintage, coverage, checks, made up or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from chipflows import words
from chipflows.config import Config
from chipflows.figures.numbers import day_text
from chipflows.paths import Paths
from chipflows.warehouse.connect import table


@dataclass(frozen=True)
class SourceHeld:
    """One source behind the tables; `held` says in words what lies here of it."""

    title: str
    publisher: str
    page: str
    licence: str
    citation: str
    held: str


@dataclass(frozen=True)
class Facts:
    """What the templates print around a page; `key_numbers` are (label, value, detail)."""

    profile: str
    title: str
    question: str
    banner: str
    is_synthetic: bool
    vintage_line: str
    sources: tuple[SourceHeld, ...]
    checks_line: str
    key_numbers: tuple[tuple[str, str, str], ...]


def read_facts(paths: Paths, config: Config) -> Facts:
    """Return the facts of a profile's tables; raises `UsageError` if nothing was built yet."""
    names = ("marts.sources_used", "checks.results", "marts.coverage_grid")
    used, checks, grid = (table(name, paths) for name in names)
    profile = config.profile(paths.profile)
    return Facts(
        profile=paths.label,
        title=config.project.title,
        question=config.project.question,
        banner=profile.banner,
        is_synthetic=profile.is_synthetic,
        vintage_line=vintage_line(used, paths.as_of),
        sources=tuple(source_held(row) for _, row in used.iterrows()),
        checks_line=checks_line(checks),
        key_numbers=(*coverage_numbers(grid), *checks_numbers(checks), *files_numbers(used)),
    )


def vintage_line(used: pd.DataFrame, as_of: date | None = None) -> str:
    """Return in words when the newest file was received, and that an earlier day is shown, if one is."""
    vintage = vintage_of(used) if len(used) else None
    received = f"{words.DATA_AS_RECEIVED} {day_text(vintage)}" if vintage else words.NO_DATA
    return f"{received}, {words.REBUILT} {day_text(pd.Timestamp(as_of))}" if as_of else received


def vintage_of(used: pd.DataFrame) -> pd.Timestamp | None:
    """Return the day on which the newest file was received, or None when there is none."""
    days = used["vintage_last"].dropna()
    return pd.Timestamp(days.max()[:10]) if len(days) else None


def source_held(row: pd.Series[Any]) -> SourceHeld:
    """Return one row of `marts.sources_used` in words."""
    first, last = (day_text(pd.Timestamp(row[name][:10])) for name in ("vintage_first", "vintage_last"))
    files = f"{row['files']:,} {words.FILE if row['files'] == 1 else words.FILES}"
    rows = f", {row['rows']:,} {words.ROW if row['rows'] == 1 else words.ROWS}" if row["rows"] else ""
    when = f"{words.RECEIVED} {last}" if first == last else f"{words.RECEIVED} {first} {words.TO} {last}"
    described = {name: str(row[name]) for name in ("title", "publisher", "page", "licence", "citation")}
    return SourceHeld(**described, held=f"{files}{rows}, {when}")


def checks_line(checks: pd.DataFrame) -> str:
    """Return how many checks passed and which ones warned, as a sentence."""
    passed = int((checks["outcome"] == "passed").sum())
    warned = checks[checks["outcome"] == "warned"]
    said = f"{passed} {words.OF} {len(checks)} {words.CHECKS_PASSED}"
    found = "; ".join(f"{row.rule} ({row.bad_rows:,})" for row in warned.itertuples())
    return f"{said}. {words.WARNINGS}: {found}." if found else f"{said}."


def checks_numbers(checks: pd.DataFrame) -> list[tuple[str, str, str]]:
    warned = int((checks["outcome"] == "warned").sum())
    passed = int((checks["outcome"] == "passed").sum())
    return [(words.CHECKS, str(passed), f"{words.OF} {len(checks)}, {warned} {words.WARNED}")]


def coverage_numbers(grid: pd.DataFrame) -> list[tuple[str, str, str]]:
    published = grid[grid["state"] == "published"]
    if published.empty:
        return [(words.REPORTERS, "0", words.NO_DATA)]
    first, last = published["period"].min(), published["period"].max()
    count, listed = published["reporter"].nunique(), grid["reporter"].nunique()
    span = f"{first:%b %Y} {words.TO} {last:%b %Y}"
    return [(words.REPORTERS, str(count), f"{words.OF} {listed} {words.LOOKED_FOR}, {span}")]


def files_numbers(used: pd.DataFrame) -> list[tuple[str, str, str]]:
    rows, files = int(used["rows"].sum()), int(used["files"].sum())
    return [(words.ROWS_LOADED, f"{rows:,}", f"{words.FROM} {files:,} {words.FILES}")]

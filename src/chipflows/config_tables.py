"""The configuration as tables of text, for `ref.*`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any

from chipflows.config_rows import CODE_COLUMNS
from chipflows.config_toml import Window

if TYPE_CHECKING:
    from chipflows.config import Config

Table = list[dict[str, str]]


def as_text(value: Any) -> str:
    """Return a value as it stands in a CSV file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return " ".join(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def rows_of(records: Iterable[Any], *columns: str) -> Table:
    """Return dataclasses as rows, all fields or the named ones."""
    return [
        {name: as_text(getattr(one, name)) for name in columns or [field.name for field in fields(one)]}
        for one in records
    ]


def first_day(month: str) -> str:
    return f"{month}-01" if month else ""


def windows(found: Iterable[Window], key: str) -> Table:
    return [
        {
            key: one.id,
            "title": one.title,
            "start_period": first_day(one.start),
            "end_period": first_day(one.end),
            "why": one.why,
        }
        for one in found
    ]


def tables(config: Config) -> dict[str, Table]:
    """Return every table of `ref.*` by name, rows as text by column, in the order of the files; months as first day."""
    project, sources = config.project, config.sources.values()
    editions = project.hs_editions
    shared = [(one, other.id) for other in editions for one in editions if other.codes_as == one.id != other.id]
    return {
        "economies": rows_of(config.economies.values()),
        "economy_codes": [
            {"source": source, "code": code, "iso3": one.iso3}
            for source in CODE_COLUMNS
            for one in config.economies.values()
            for code in one.codes(source)
        ],
        "hs_codes": rows_of(config.hs_codes),
        "families": rows_of(config.families, "family", "title", "short_title", "break_class"),
        "family_members": [
            {"family": family.family, "hs6": hs6, "hs_edition": name}
            for family in config.families
            for hs6, edition in family.members
            for name in (edition, *(alias for one, alias in shared if one.id == edition))
        ],
        "hs_groups": [
            {"group_id": group, "group_title": title, "family": family}
            for group, title in config.group_titles().items()
            for family in config.group_families(group)
        ],
        "hs_links": rows_of(config.hs_links),
        "events": rows_of(config.events),
        "baselines": windows(project.baselines, "baseline"),
        "windows_after": windows(project.after, "window_id"),
        "corridors": [
            {"corridor": one.id} | row
            for one, row in zip(project.corridors, rows_of(project.corridors, "title", "why", "needs_key"), strict=True)
        ],
        "sources": rows_of(
            sources,
            *("source", "title", "publisher", "currency", "value_unit", "rank", "speaks_for", "licence", "citation"),
            *("page", "cadence", "valuation_exports", "valuation_imports"),
        ),
        "source_flows": [
            {"source": one.source, "code": code, "flow": flow} for one in sources for code, flow in one.flows.items()
        ],
        "source_units": [
            {"source": one.source, "code": code, "unit": unit} for one in sources for code, unit in one.units.items()
        ],
        "benchmarks": rows_of(config.benchmarks),
        "published_facts": rows_of(config.published_facts),
        "corrections": rows_of(config.corrections),
        "editions": [
            {
                "hs_edition": one.id,
                "title": one.title,
                "in_force": first_day(one.in_force),
                "codes_as": one.codes_as or one.id,
            }
            for one in editions
        ],
        "study": [
            {"key": "title", "value": project.title},
            {"key": "question", "value": project.question},
            {"key": "focal_destination", "value": project.study.focal_destination},
            {"key": "focal_origins", "value": as_text(project.study.focal_origins)},
            {"key": "start", "value": first_day(project.study.start)},
            {"key": "end", "value": first_day(project.study.end)},
        ],
    }

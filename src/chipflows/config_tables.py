"""The configuration as tables of text, for `ref.*`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from math import ceil
from typing import TYPE_CHECKING, Any

from chipflows.config_rows import (
    CODE_COLUMNS,
    Benchmark,
    Correction,
    Disagreement,
    Economy,
    Event,
    HsCode,
    HsLink,
    JoinedMonths,
    PublishedFact,
)
from chipflows.config_toml import Window

if TYPE_CHECKING:
    from chipflows.config import Config


class Table(list[dict[str, str]]):
    """Rows of text by column; `columns` says what a table has, also one without rows."""

    def __init__(self, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
        self.columns = tuple(columns)
        super().__init__(dict(zip(self.columns, map(as_text, row), strict=True)) for row in rows)


def as_text(value: Any) -> str:
    """Return a value as it stands in a CSV file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return " ".join(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def whole(kind: type[Any], records: Iterable[Any]) -> Table:
    """Return dataclasses of a kind as the CSV file they came from."""
    return chosen(records, *(field.name for field in fields(kind)))


def chosen(records: Iterable[Any], *columns: str, **renamed: str) -> Table:
    """Return dataclasses as rows: first the `renamed` fields (new name = field), then the named ones."""
    names = renamed | {name: name for name in columns}
    return Table(names, ([getattr(one, source) for source in names.values()] for one in records))


def first_day(month: str) -> str:
    """Return the first day of a month as a date, empty if there is none."""
    return f"{month}-01" if month else ""


def windows(found: Iterable[Window], key: str, share_needed: float) -> Table:
    """Return windows as rows, their months as first days, with the months that must be covered to compare them."""
    columns = (key, "title", "start_period", "end_period", "months_needed", "why")
    rows = (
        (one.id, one.title, first_day(one.start), first_day(one.end), ceil(share_needed * len(one.months())), one.why)
        for one in found
    )
    return Table(columns, rows)


def tables(config: Config) -> dict[str, Table]:
    """Return every table of `ref.*` by name, rows as text by column, in the order of the files; months as first day."""
    return {**code_tables(config), **source_tables(config), **study_tables(config)}


def code_tables(config: Config) -> dict[str, Table]:
    """Return HS codes, their links, families and groups."""
    editions = config.project.hs_editions
    names = {one.id: [other.id for other in editions if one.id in (other.id, other.codes_as)] for one in editions}
    return {
        "hs_codes": whole(HsCode, config.hs_codes),
        "hs_links": whole(HsLink, config.hs_links),
        "families": chosen(config.families, "family", "title", "short_title", "break_class"),
        "family_members": Table(
            ("family", "hs6", "hs_edition"),
            (
                (family.family, hs6, name)
                for family in config.families
                for hs6, edition in family.members
                for name in names[edition]
            ),
        ),
        "hs_groups": Table(
            ("group_id", "group_title", "family"),
            (
                (group, title, family)
                for group, title in config.group_titles().items()
                for family in config.group_families(group)
            ),
        ),
        "hs_group_codes": chosen(config.hs_groups, "group_title", "hs6", "reason", group_id="group"),
        "editions": Table(
            ("hs_edition", "title", "in_force", "codes_as"),
            ((one.id, one.title, first_day(one.in_force), one.codes_as or one.id) for one in editions),
        ),
    }


def source_tables(config: Config) -> dict[str, Table]:
    """Return sources, what their codes mean, and known errors in them."""
    sources, economies = config.sources.values(), config.economies.values()
    described = ("source", "title", "publisher", "currency", "value_unit", "rank", "speaks_for", "licence", "citation")
    known = ("page", "cadence", "valuation_exports", "valuation_imports", "has_weights")
    return {
        "economies": whole(Economy, economies),
        "economy_codes": Table(
            ("source", "code", "iso3"),
            [
                *((name, code, one.iso3) for name in CODE_COLUMNS for one in economies for code in one.codes(name)),
                # A customs office has no code for its own country: staging calls it by our name.
                *((one.source, iso3, iso3) for one in sources for iso3 in one.reporters),
            ],
        ),
        "sources": chosen(sources, *described, *known),
        "source_reporters": Table(
            ("source", "reporter"), ((one.source, iso3) for one in sources for iso3 in one.reporters)
        ),
        "source_flows": Table(
            ("source", "code", "flow"), ((one.source, *pair) for one in sources for pair in one.flows.items())
        ),
        "source_units": Table(
            ("source", "code", "unit"), ((one.source, *pair) for one in sources for pair in one.units.items())
        ),
        "corrections": whole(Correction, config.corrections),
        "joined_months": whole(JoinedMonths, config.joined_months),
    }


def study_tables(config: Config) -> dict[str, Table]:
    """Return what is studied, when, what happened, and what others found."""
    project, study = config.project, config.project.study
    keys = {
        "title": project.title,
        "question": project.question,
        "focal_destination": study.focal_destination,
        "focal_origins": study.focal_origins,
        "headline_group": study.headline_group,
        "listed_group": study.listed_group or study.headline_group,
        "placebo_group": study.placebo_group,
        "unspecified_chapters": study.unspecified_chapters,
        "near_group": study.near_group,
        "own_control_group": study.own_control_group,
        "tools_group": study.tools_group,
        "start": first_day(study.start),
        "end": first_day(study.end),
        "months_around_edition": study.months_around_edition,
        "trailing_months": study.trailing_months,
    }
    return {
        "study": Table(("key", "value"), keys.items()),
        "agreement": Table(
            ("lowest_ratio", "smallest_usd"), [(project.agreement.lowest_ratio, project.agreement.smallest_usd)]
        ),
        "corridors": chosen(project.corridors, "title", "why", "needs_key", corridor="id"),
        "cif_factors": Table(
            ("cif_factor", "is_first"), ((one, place == 0) for place, one in enumerate(study.cif_factors))
        ),
        "baselines": windows(project.baselines, "baseline", study.share_of_months_needed),
        "windows_after": windows(project.after, "window_id", study.share_of_months_needed),
        "events": whole(Event, config.events),
        "benchmarks": whole(Benchmark, config.benchmarks),
        "published_facts": whole(PublishedFact, config.published_facts),
        "disagreements": whole(Disagreement, config.disagreements),
    }

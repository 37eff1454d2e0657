"""The configuration: everything an analyst might change, read from `config/` into frozen dataclasses and checked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from chipflows.config_families import check_codes, check_groups, check_links, check_named_groups, compute_families
from chipflows.config_read import Rows, T, read_csv
from chipflows.config_rows import (
    CODE_COLUMNS,
    Benchmark,
    Correction,
    Disagreement,
    Economy,
    Event,
    Family,
    FamilyTitle,
    HsCode,
    HsGroup,
    HsLink,
    JoinedMonths,
    PublishedFact,
)
from chipflows.config_rules import (
    check_benchmarks,
    check_corrections,
    check_economies,
    check_events,
    check_facts,
    check_joined_months,
    check_project,
    check_sources,
    select,
)
from chipflows.config_sources import Limits, Profile, Source, read_profile, read_sources
from chipflows.config_tables import Table, tables
from chipflows.config_toml import Corridor, Edition, Project, Window, months, read_project
from chipflows.errors import UsageError

__all__ = [
    "Benchmark",
    "Config",
    "Correction",
    "Corridor",
    "Economy",
    "Edition",
    "Event",
    "Family",
    "HsCode",
    "HsGroup",
    "HsLink",
    "Limits",
    "Profile",
    "Project",
    "PublishedFact",
    "Source",
    "Window",
    "load_config",
    "months",
]


@dataclass(frozen=True)
class Config:
    """The whole configuration; nothing in it changes after loading."""

    folder: Path
    project: Project
    sources: dict[str, Source]
    economies: dict[str, Economy]
    hs_codes: tuple[HsCode, ...]
    hs_links: tuple[HsLink, ...]
    families: tuple[Family, ...]
    hs_groups: tuple[HsGroup, ...]
    events: tuple[Event, ...]
    benchmarks: tuple[Benchmark, ...]
    published_facts: tuple[PublishedFact, ...]
    disagreements: tuple[Disagreement, ...]
    corrections: tuple[Correction, ...]
    joined_months: tuple[JoinedMonths, ...]

    def profile(self, name: str) -> Profile:
        """Return a profile; a name without a file in `profiles/` is a scratch profile that downloads nothing."""
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
            raise UsageError(f"profile {name!r}: use small letters, digits, _ and -")
        return read_profile(self.folder, name, self.sources)

    def select(self, selectors: Iterable[str]) -> tuple[str, ...] | None:
        """Return the ISO3 codes selectors stand for, or None for `*` (all); raises `UsageError` for an unknown one."""
        return select(selectors, self.economies)

    def requested_codes(self) -> tuple[str, ...]:
        """Return every HS code to ask a source for: both editions and the headings, sorted."""
        return tuple(sorted({code.hs6 for code in self.hs_codes if code.is_requested}))

    def code_of(self, source: str, iso3: str) -> str:
        """Return the code under which a source knows an economy today; raises `UsageError` if it does not know it."""
        return self.codes_of(source, iso3)[0]

    def codes_of(self, source: str, iso3: str) -> tuple[str, ...]:
        """Return every code under which a source has known an economy, the current one first; raises `UsageError`."""
        if iso3 not in self.economies:
            raise UsageError(f"economy {iso3!r} is not in {self.folder.name}/economies.csv")
        codes = self.economies[iso3].codes(source)
        if not codes:
            column = CODE_COLUMNS[source][0]
            raise UsageError(f"{self.folder.name}/economies.csv, {iso3}, column {column}: {source} has no code for it")
        return codes

    def economies_by_code(self, source: str) -> dict[str, str]:
        """Return ISO3 by a source's code, older codes included."""
        return {code: one.iso3 for one in self.economies.values() for code in one.codes(source)}

    def group_titles(self) -> dict[str, str]:
        """Return the title of every analytic group by its identifier, in the order of the file."""
        return {one.group: one.group_title for one in self.hs_groups}

    def group_families(self, group: str) -> tuple[str, ...]:
        """Return the families of an analytic group, sorted; raises `UsageError` for an unknown group."""
        codes = {(one.hs6, self.newest_edition) for one in self.hs_groups if one.group == group}
        if not codes:
            raise UsageError(f"group {group!r} is not in {self.folder.name}/hs_groups.csv")
        return tuple(family.family for family in self.families if codes & set(family.members))

    @property
    def newest_edition(self) -> str:
        """The edition whose codes hs_groups.csv is written in."""
        return max(self.project.hs_editions, key=lambda edition: edition.in_force).id

    def tables(self) -> dict[str, Table]:
        """Return the configuration as the tables of `ref.*`: rows of text by column."""
        return tables(self)


def load_config(folder: Path) -> Config:
    """Return the configuration in a folder; raises `ConfigError` with file, row, column and what is expected."""
    shown = folder.name
    project, sources = read_project(folder), read_sources(folder)
    editions = project.hs_editions
    economies = check_economies(read_csv(folder, "economies.csv", Economy), f"{shown}/economies.csv")
    check_project(project, economies, f"{shown}/project.toml")
    check_sources(sources, economies, f"{shown}/sources.toml")
    codes = read_csv(folder, "hs_codes.csv", HsCode)
    check_codes(codes, editions, f"{shown}/hs_codes.csv")
    links = read_csv(folder, "hs_links.csv", HsLink)
    check_links(links, editions, f"{shown}/hs_links.csv")
    families = compute_families(codes, links, read_csv(folder, "families.csv", FamilyTitle), shown)
    groups = read_csv(folder, "hs_groups.csv", HsGroup)
    events = read_csv(folder, "events.csv", Event)
    check_events(events, f"{shown}/events.csv")
    facts = read_csv(folder, "published_facts.csv", PublishedFact)
    check_facts(facts, economies, f"{shown}/published_facts.csv")
    corrections = read_csv(folder, "corrections.csv", Correction)
    check_corrections(corrections, economies, sources, f"{shown}/corrections.csv")
    joined = read_csv(folder, "joined_months.csv", JoinedMonths)
    check_joined_months(joined, economies, f"{shown}/joined_months.csv")
    benchmarks = read_csv(folder, "benchmarks.csv", Benchmark)
    names = [one.group for _, one in groups] + [f"tier_{one.tier}" for _, one in codes if one.tier]
    check_benchmarks(benchmarks, economies, names, f"{shown}/benchmarks.csv")
    config = Config(
        folder=folder,
        project=project,
        sources=sources,
        economies=economies,
        hs_codes=plain(codes),
        hs_links=plain(links),
        families=families,
        hs_groups=plain(groups),
        events=plain(events),
        benchmarks=plain(benchmarks),
        published_facts=plain(facts),
        disagreements=plain(read_csv(folder, "disagreements.csv", Disagreement)),
        corrections=plain(corrections),
        joined_months=plain(joined),
    )
    check_groups(groups, families, config.newest_edition, f"{shown}/hs_groups.csv")
    check_named_groups(project.study, groups, f"{shown}/project.toml")
    return config


def plain(rows: Rows[T]) -> tuple[T, ...]:
    """Return rows without their line numbers."""
    return tuple(record for _, record in rows)

"""Who publishes the statistics, and which profiles use them: config/sources.toml and config/profiles/."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chipflows.config_read import (
    build,
    cell,
    link,
    mapping,
    one_of,
    pattern,
    positive,
    read_toml,
    refusal,
    seconds,
    text,
    texts,
    truth,
)
from chipflows.config_toml import read_table


def flow_words(value: Any) -> dict[str, str]:
    """Return a source's flow codes with our words, which are written like `re_export`."""
    word = pattern(r"[a-z]+(_[a-z]+)*", "a flow in our words, like re_export")
    return {code: word(flow) for code, flow in mapping(value).items()}


@dataclass(frozen=True)
class Limits:
    """What a source allows per call, and how polite we are."""

    rows_per_call: int = cell(positive)
    periods_per_call: int = cell(positive)
    url_characters: int = cell(positive)
    seconds_between_calls: float = cell(seconds)
    keyless_rows_per_call: int | None = cell(positive, default=None)
    keyless_periods_per_call: int | None = cell(positive, default=None)
    keyless_seconds_between_calls: float | None = cell(seconds, default=None)
    timeout_seconds: float = cell(seconds, default=120.0)


@dataclass(frozen=True)
class Source:
    """A publisher of statistics: one table of config/sources.toml; `reporters` it speaks for, none named = anyone.

    `codes_as` names another source whose codes of economies, flows and units this one uses and so need not repeat.
    `key_parameter` is where a source wants its key in the query; one that has it answers nothing without a key.
    `is_metered`: calls with a key are counted against the planner's quota.
    `has_weights`: goods are weighed. `notes`: what its user must know.
    """

    source: str
    limits: Limits
    title: str = cell(text)
    publisher: str = cell(text)
    url: str = cell(link)
    page: str = cell(link)
    licence: str = cell(text)
    citation: str = cell(text)
    cadence: str = cell(text)
    currency: str = cell(pattern(r"[A-Z]{3}", "a currency, three capitals"))
    value_unit: str = cell(text)
    valuation_exports: str = cell(text, empty=True)
    valuation_imports: str = cell(text, empty=True)
    speaks_for: str = cell(one_of("own", "mirror-archive"), empty=True)
    rank: int = cell(positive)
    flows: Mapping[str, str] = cell(flow_words)
    units: Mapping[str, str] = cell(mapping)
    reporters: tuple[str, ...] = cell(texts, default=())
    codes_as: str = cell(text, default="")
    key_parameter: str = cell(text, default="")
    is_metered: bool = cell(truth, default=False)
    has_weights: bool = cell(truth, default=True)
    notes: tuple[str, ...] = cell(texts, default=())

    def address(self) -> str:
        """Return the base address without a closing slash; `CHIPFLOWS_<SOURCE>_URL` overrides the configured one."""
        return (os.environ.get(f"CHIPFLOWS_{self.source.upper()}_URL") or self.url).rstrip("/")

    def key(self) -> str | None:
        """Return the key in `CHIPFLOWS_<SOURCE>_KEY`, or None; it is read at every call and stored nowhere."""
        return os.environ.get(f"CHIPFLOWS_{self.source.upper()}_KEY", "").strip() or None

    def is_locked(self) -> bool:
        """Say whether the source answers only with a key, and there is none."""
        return bool(self.key_parameter) and self.key() is None


@dataclass(frozen=True)
class Profile:
    """Which sources a profile downloads, and what its pages say on top; one without a file is a scratch profile."""

    profile: str
    title: str = cell(text)
    sources: tuple[str, ...] = cell(texts)
    is_synthetic: bool = cell(truth)
    banner: str = cell(text, empty=True)


def read_sources(folder: Path) -> dict[str, Source]:
    """Return config/sources.toml by source; raises `ConfigError` for an unknown key or a wrong value."""
    shown = f"{folder.name}/sources.toml"
    sources: dict[str, Source] = {}
    for source, entry in read_toml(folder, "sources.toml").items():
        table = read_table(entry, source, shown)
        if "codes_as" in table:
            other = sources.get(table["codes_as"])
            if other is None:
                raise refusal(shown, f"{table['codes_as']!r} is no source above", row=source, column="codes_as")
            table = {"flows": dict(other.flows), "units": dict(other.units)} | table
        limits = build(
            Limits, read_table(table.pop("limits", None), f"{source}.limits", shown), shown, f"{source}.limits"
        )
        sources[source] = build(Source, table, shown, source, source=source, limits=limits)
    return sources


def read_profile(folder: Path, profile: str, sources: dict[str, Source]) -> Profile:
    """Return a profile, or a scratch profile without sources if `profiles/<name>.toml` is not there."""
    file = f"profiles/{profile}.toml"
    if not (folder / file).exists():
        return Profile(profile, title=profile, sources=(), is_synthetic=False, banner="")
    found = build(Profile, read_toml(folder, file), f"{folder.name}/{file}", None, profile=profile)
    for source in found.sources:
        if source not in sources:
            problem = f"{source!r} is unknown, expected some of: {', '.join(sources)}"
            raise refusal(f"{folder.name}/{file}", problem, row="top level", column="sources")
    return found

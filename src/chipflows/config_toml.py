"""What is studied: config/project.toml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from chipflows.config_read import (
    T,
    build,
    cell,
    chapters,
    factors,
    month,
    name,
    positive,
    read_toml,
    refusal,
    refuse_unknown,
    share,
    text,
    texts,
    truth,
)


@dataclass(frozen=True)
class Study:
    """Where the goods went, from where they may have been replaced, and the months under study."""

    focal_destination: str = cell(text)
    focal_origins: tuple[str, ...] = cell(texts)
    headline_group: str = cell(name)
    start: str = cell(month)
    end: str = cell(month, empty=True)
    months_around_edition: int = cell(positive)
    trailing_months: int = cell(positive)
    share_of_months_needed: float = cell(share)
    cif_factors: tuple[float, ...] = cell(factors)
    unspecified_chapters: tuple[str, ...] = cell(chapters)
    listed_group: str = cell(name, default="")
    placebo_group: str = cell(name, default="")
    near_group: str = cell(name, default="")
    own_control_group: str = cell(name, default="")
    tools_group: str = cell(name, default="")

    def last_month(self, today: date) -> str:
        """Return the last month under study: `end`, or the last full month before `today`."""
        year, before = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
        return self.end or f"{year}-{before:02d}"


@dataclass(frozen=True)
class Edition:
    """An edition of the Harmonized System as Comtrade names it; `codes_as` is the edition whose codes it shares."""

    id: str = cell(name)
    title: str = cell(text)
    in_force: str = cell(month)
    reason: str = cell(text, default="")
    codes_as: str = cell(name, default="")


@dataclass(frozen=True)
class Window:
    """Months from `start` to `end`, both included: a baseline before the war, or a period of the verdict."""

    id: str = cell(name)
    title: str = cell(text)
    start: str = cell(month)
    end: str = cell(month)
    why: str = cell(text, default="")

    def months(self) -> tuple[str, ...]:
        """Return every month of the window as `YYYY-MM`."""
        return months(self.start, self.end)


@dataclass(frozen=True)
class Corridor:
    """A reason to ask a source for flows; reporters and partners are selectors."""

    id: str = cell(name)
    title: str = cell(text)
    why: str = cell(text)
    reporters: tuple[str, ...] = cell(texts)
    partners: tuple[str, ...] = cell(texts)
    flows: tuple[str, ...] = cell(texts)
    needs_key: bool = cell(truth, default=False)


@dataclass(frozen=True)
class Planner:
    """How much may be asked."""

    quota_per_month: int = cell(positive)


@dataclass(frozen=True)
class Agreement:
    """When two sources of one flow agree: the smaller value is at least this share of the larger one.

    Flows below `smallest_usd` in both are not judged.
    """

    lowest_ratio: float = cell(share)
    smallest_usd: int = cell(positive)


@dataclass(frozen=True, kw_only=True)
class Project:
    """What is studied: config/project.toml."""

    title: str = cell(text)
    question: str = cell(text)
    study: Study
    hs_editions: tuple[Edition, ...]
    baselines: tuple[Window, ...]
    after: tuple[Window, ...]
    corridors: tuple[Corridor, ...]
    planner: Planner
    agreement: Agreement


def months(start: str, end: str) -> tuple[str, ...]:
    """Return every month from `start` to `end`, both included, as `YYYY-MM`."""
    first, last = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (start, end))
    return tuple(f"{number // 12}-{number % 12 + 1:02d}" for number in range(first, last + 1))


def read_project(folder: Path) -> Project:
    """Return config/project.toml; raises `ConfigError` for an unknown key, a wrong value, an end before its start."""
    file, shown = "project.toml", f"{folder.name}/project.toml"
    tables = read_toml(folder, file)
    lists = {"hs_edition": Edition, "baseline": Window, "after": Window, "corridor": Corridor}
    given: dict[str, Any] = {key: read_list(tables.pop(key, []), key, kind, shown) for key, kind in lists.items()}
    for key, kind in {"study": Study, "planner": Planner, "agreement": Agreement}.items():
        given[key] = build(kind, read_table(tables.pop(key, None), key, shown), shown, key)
    refuse_unknown(tables, ("title", "question", "study", "planner", "agreement", *lists), shown, None)
    windows = [(f"{key} {one.id}", one) for key in ("baseline", "after") for one in given[key]]
    for row, window in [*windows, ("study", given["study"])]:
        if window.end and window.end < window.start:
            raise refusal(shown, f"{window.end!r} is before the start {window.start!r}", row=row, column="end")
    check_editions(given["hs_edition"], shown)
    names = {"hs_edition": "hs_editions", "baseline": "baselines", "corridor": "corridors"}
    return build(Project, tables, shown, None, **{names.get(key, key): value for key, value in given.items()})


def read_list(entries: Any, key: str, kind: type[T], shown: str) -> tuple[T, ...]:
    """Return the tables `[[key]]` as dataclasses; refuses none at all, and an id that stands twice."""
    if not isinstance(entries, list) or not entries:
        raise refusal(shown, f"is missing, write at least one [[{key}]]", row="top level", column=key)
    found: dict[str, T] = {}
    for number, entry in enumerate(entries, 1):
        entry = read_table(entry, key, shown)
        one = build(kind, entry, shown, f"{key} {entry.get('id', number)}")
        ident: str = one.id  # type: ignore[attr-defined]
        if ident in found:
            raise refusal(shown, f"{ident!r} stands twice", row=f"{key} {ident}", column="id")
        found[ident] = one
    return tuple(found.values())


def read_table(value: Any, key: str, shown: str) -> dict[str, Any]:
    """Return a TOML table; refuses one that is missing or is no table."""
    if not isinstance(value, dict):
        raise refusal(shown, f"is missing, write a table [{key}]", row="top level", column=key)
    return dict(value)


def check_editions(editions: tuple[Edition, ...], shown: str) -> None:
    """Refuse an edition that shares the codes of an unknown edition, or of one that itself shares another's."""
    own = [edition.id for edition in editions if edition.codes_as in ("", edition.id)]
    for edition in editions:
        if edition.codes_as and edition.codes_as not in own:
            problem = f"{edition.codes_as!r} is not an edition with codes of its own: {', '.join(own)}"
            raise refusal(shown, problem, row=f"hs_edition {edition.id}", column="codes_as")

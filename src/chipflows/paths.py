"""Where files lie: one place that knows folder names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from chipflows.errors import UsageError

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Paths:
    """Folders of one profile; `project` holds what is in git, `home` what is made from it.

    With `as_of` they are those of the profile as it was on that day: the same raw files, of which only those received
    until then are used, and tables and pages in folders of their own.
    """

    project: Path
    home: Path
    config: Path
    profile: str
    as_of: date | None = None

    @property
    def label(self) -> str:
        """The profile as a person names it: `live`, or `live@2026-10-02` for the state of that day."""
        return f"{self.profile}@{self.as_of}" if self.as_of else self.profile

    @property
    def sql(self) -> Path:
        return self.project / "sql"

    @property
    def notebooks(self) -> Path:
        return self.project / "notebooks"

    @property
    def raw(self) -> Path:
        return self.home / "data" / "raw" / self.profile

    @property
    def quota(self) -> Path:
        """Ledgers of calls made with a key; a quota belongs to the key, so all profiles share them."""
        return self.home / "data" / "raw" / ".quota"

    @property
    def processed(self) -> Path:
        return self.home / "data" / "processed" / self.label

    @property
    def database(self) -> Path:
        return self.processed / "chipflows.duckdb"

    @property
    def marts(self) -> Path:
        return self.processed / "marts"

    @property
    def spark(self) -> Path:
        """What Spark computed last: one folder of Parquet per table of core and marts."""
        return self.processed / "spark"

    @property
    def reports(self) -> Path:
        return self.home / "reports" / self.label


def find_paths(profile: str | None = None, config: str | Path | None = None) -> Paths:
    """Return the folders of a profile, or of the profile as of a day, `NAME@YYYY-MM-DD`.

    Arguments win over the environment (`CHIPFLOWS_PROFILE`, `CHIPFLOWS_CONFIG`); `CHIPFLOWS_HOME` moves `data/` and
    `reports/` away from the project's folder. Raises `UsageError` for what is no day.
    """
    env = os.environ
    name, at, day = (profile or env.get("CHIPFLOWS_PROFILE") or "live").partition("@")
    return Paths(
        project=PROJECT,
        home=Path(env.get("CHIPFLOWS_HOME") or PROJECT).resolve(),
        config=Path(config or env.get("CHIPFLOWS_CONFIG") or PROJECT / "config").resolve(),
        profile=name,
        as_of=day_of(day) if at else None,
    )


def day_of(text: str) -> date:
    """Return the day written as `YYYY-MM-DD`; raises `UsageError` for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a date, write YYYY-MM-DD") from error

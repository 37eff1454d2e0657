"""Where files lie: one place that knows folder names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Paths:
    """Folders of one profile; `project` holds what is in git, `home` what is made from it."""

    project: Path
    home: Path
    config: Path
    profile: str

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
        return self.home / "data" / "processed" / self.profile

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
        return self.home / "reports" / self.profile


def find_paths(profile: str | None = None, config: str | Path | None = None) -> Paths:
    """Return the folders of a profile.

    Arguments win over the environment (`CHIPFLOWS_PROFILE`, `CHIPFLOWS_CONFIG`); `CHIPFLOWS_HOME` moves `data/` and
    `reports/` away from the project's folder.
    """
    env = os.environ
    return Paths(
        project=PROJECT,
        home=Path(env.get("CHIPFLOWS_HOME") or PROJECT).resolve(),
        config=Path(config or env.get("CHIPFLOWS_CONFIG") or PROJECT / "config").resolve(),
        profile=profile or env.get("CHIPFLOWS_PROFILE") or "live",
    )

"""A small study for tests of the download: the project's configuration with other corridors, months and limits."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from chipflows.paths import PROJECT, Paths

LIMITS = {
    "rows_per_call": 100_000,
    "periods_per_call": 12,
    "seconds_between_calls": 0.0,
    "keyless_rows_per_call": 500,
    "keyless_periods_per_call": 1,
    "keyless_seconds_between_calls": 0.0,
    "timeout_seconds": 60,
}


def corridor(name: str, reporters: list[str], partners: list[str], flows: list[str], needs_key: bool = False) -> str:
    """Return a corridor as project.toml writes it."""
    lists = "".join(
        f"{key} = {value!r}\n"
        for key, value in zip(("reporters", "partners", "flows"), (reporters, partners, flows), strict=True)
    )
    return f'[[corridor]]\nid = "{name}"\ntitle = "{name}"\nwhy = "test"\n{lists}needs_key = {str(needs_key).lower()}\n'


def write_study(
    home: Path, corridors: list[str], start: str, end: str, quota: int = 480, profile: str = "live", **limits: float
) -> Paths:
    """Return the folders of a study that asks UN Comtrade only, its configuration written under `home`."""
    config = home / "config"
    if not config.exists():
        shutil.copytree(PROJECT / "config", config)
    project = (PROJECT / "config" / "project.toml").read_text()
    project = re.sub(r"(?ms)^\[\[corridor\]\]\n.*?(?=^\[|\Z)", "", project)
    project = re.sub(r'(?m)^start = "2017-01".*$', f'start = "{start}"', project, count=1)
    project = re.sub(r'(?m)^end = "".*$', f'end = "{end}"', project, count=1)
    project = re.sub(r"(?m)^quota_per_month = .*$", f"quota_per_month = {quota}", project)
    (config / "project.toml").write_text(project + "\n" + "\n".join(corridors))
    sources = (PROJECT / "config" / "sources.toml").read_text()
    head, table, tail = re.split(r"(?ms)^(\[comtrade\.limits\].*?)(?=^\[)", sources)
    for name, value in (LIMITS | limits).items():
        table = re.sub(rf"(?m)^{name} = .*$", f"{name} = {value}", table)
    (config / "sources.toml").write_text(head + table + tail)
    (config / "profiles" / f"{profile}.toml").write_text(
        'title = "Test"\nsources = ["comtrade"]\nis_synthetic = false\nbanner = ""\n'
    )
    return Paths(project=PROJECT, home=home, config=config, profile=profile)

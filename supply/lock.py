"""The lock, read: packages with version, marker, hashes, and the packages that need them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?:\s*;\s*(.*?))?\s*\\?$")


@dataclass(frozen=True)
class Locked:
    """One locked package; `marker` says on which systems it is installed, empty for all."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    needed_by: tuple[str, ...]


def read_lock(text: str) -> list[Locked]:
    """Return the packages of a lock; raises `ValueError` for an entry without a hash, or a line of another kind."""
    packages = []
    for block in re.split(r"\n(?=[^\s#])", text.strip()):
        head, *rest = block.splitlines()
        found = ENTRY.match(head)
        hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
        if not found or not hashes:
            raise ValueError(f"requirements.lock: {head!r} is no package with version and hash: compile it again")
        parents = re.findall(r"^\s+#(?: via)?\s+([A-Za-z0-9._-]+)", "\n".join(rest), re.M)
        needed_by = tuple(normal(one) for one in parents if one != "via")
        packages.append(Locked(normal(found[1]), found[2], found[3] or "", hashes, needed_by))
    return packages


def runtime(packages: Iterable[Locked], project: Path) -> list[Locked]:
    """Return the packages that a user of the product gets: what it asks for, and what these need in turn."""
    asked = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    wanted = {normal(re.split(r"[<>=!~\[; ]", one, maxsplit=1)[0]) for one in asked}
    packages = list(packages)
    while more := {one.name for one in packages if one.name not in wanted and wanted & set(one.needed_by)}:
        wanted |= more
    return [one for one in packages if one.name in wanted]


def normal(name: str) -> str:
    """Return a package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()

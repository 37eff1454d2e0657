"""Executed notebooks are kept with what they were made from, and executed again only when some of that changed."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode, from_dict

from chipflows.paths import Paths
from chipflows.report.execute import Executed
from chipflows.warehouse.reads import fingerprints

MADE_FROM = "made_from"
CODE = ("*.py", "*.css", "*.mplstyle")


@dataclass(frozen=True)
class Kept:
    """The executed notebooks of a profile, with fingerprints of their text, of our code and of the tables they read."""

    paths: Paths
    code: str

    @classmethod
    def of(cls, paths: Paths) -> Kept:
        return cls(paths, code_fingerprint(paths))

    @property
    def folder(self) -> Path:
        return self.paths.processed / "pages"

    def place(self, path: Path) -> Path:
        return self.folder / path.name

    def load(self, path: Path) -> NotebookNode | None:
        """Return a notebook as it was last executed, or None."""
        place = self.place(path)
        return from_dict(json.loads(place.read_text(encoding="utf-8"))) if place.exists() else None  # type: ignore[no-untyped-call]

    def current(self, notebooks: Mapping[Path, NotebookNode]) -> set[Path]:
        """Return those of the kept notebooks that would come out the same if they were executed again."""
        before = {path: notebook.metadata[MADE_FROM] for path, notebook in notebooks.items()}
        now = fingerprints(self.paths, {name for made in before.values() for name in made["tables"]})
        return {
            path
            for path, made in before.items()
            if made == self.made_from(path, {name: now[name] for name in made["tables"]})
        }

    def stamped(self, done: Executed) -> bytes:
        """Return an executed notebook as the file to keep."""
        assert done.notebook is not None
        done.notebook.metadata[MADE_FROM] = self.made_from(done.path, fingerprints(self.paths, done.reads))
        return (json.dumps(done.notebook, ensure_ascii=False, indent=1) + "\n").encode()

    def made_from(self, path: Path, tables: Mapping[str, str]) -> dict[str, object]:
        return {"code": self.code, "notebook": digest(path.read_bytes()), "tables": dict(tables)}


def code_fingerprint(paths: Paths) -> str:
    """Return a fingerprint of what any page depends on beside tables: our code, the libraries, the profile's banner."""
    package = Path(__file__).parents[1]
    files = sorted(path for pattern in CODE for path in package.rglob(pattern))
    given = [paths.project / "requirements.lock", paths.config / "profiles" / f"{paths.profile}.toml"]
    parts = [path.read_bytes() for path in [*files, *given] if path.exists()]
    return digest(b"\0".join([sys.version.encode(), *parts]))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

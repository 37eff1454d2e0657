"""Requests, the part of the world they cover, and the records of what came back."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

FORMAT = 1
"""Version of the store's format; written into every record, so that an old store can be told and read."""


@dataclass(frozen=True)
class Scope:
    """The box of cells a request covers, in our own names: ISO3 economies, our flow words, HS codes, periods `YYYY-MM`.

    `None` in a dimension means all of it. A newer answer replaces every older row inside its box, also rows it no
    longer has; that is how withdrawn figures disappear from the tables while their file stays.
    """

    reporters: tuple[str, ...] | None = None
    partners: tuple[str, ...] | None = None
    flows: tuple[str, ...] | None = None
    codes: tuple[str, ...] | None = None
    periods: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Request:
    """What is asked of a source: parameters without any key, and the scope they cover.

    `kind` is `data`, `availability` (what the source has published), `count` (how many rows there would be) or
    `rates`. `corridor` names the configured reason for asking. `label` is the readable part of the identifier.
    """

    source: str
    kind: str
    parameters: tuple[tuple[str, str], ...]
    scope: Scope = field(default_factory=Scope)
    corridor: str = ""
    label: str = ""

    @property
    def request_id(self) -> str:
        """Identifier, the same for the same question on every machine: source, label, hash of kind and parameters."""
        question = json.dumps([self.source, self.kind, sorted(self.parameters)], separators=(",", ":"))
        digest = hashlib.sha256(question.encode()).hexdigest()[:10]
        label = re.sub(r"[^A-Za-z0-9-]+", "-", self.label).strip("-")
        return ".".join(part for part in (self.source, label, digest) if part)


@dataclass(frozen=True)
class Answer:
    """What the check of a body found: `data` or `empty`, how many rows, and their summed value in the source's unit.

    `total` is the exact decimal sum of the value column as text (the control total that staging must meet), or `""`
    where a sum means nothing. `encoding` and `container` say how a body a person brought is to be read.
    """

    outcome: str
    rows: int
    total: str = ""
    encoding: str = "utf-8"
    container: str = ""


@dataclass(frozen=True)
class Record:
    """One stored body: written after it, so that a body without a record does not exist."""

    file_id: str
    source: str
    request_id: str
    kind: str
    corridor: str
    parameters: dict[str, str]
    scope: dict[str, list[str] | None]
    retrieved_at: str
    outcome: str
    rows: int
    total: str
    sha256: str
    stored_sha256: str
    bytes: int
    media_type: str
    encoding: str
    container: str
    origin: str
    path: str
    format: int = FORMAT

    @property
    def asked(self) -> Scope:
        """The box of cells that the body answers for."""
        return Scope(**{name: None if part is None else tuple(part) for name, part in self.scope.items()})

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Record:
        """Return the record in `text`; raises `ValueError` for a format this release does not know."""
        fields = json.loads(text)
        written = fields.get("format") if isinstance(fields, dict) else None
        if written != FORMAT:
            raise ValueError(f"record format {written!r}, this release reads {FORMAT}")
        return cls(**fields)


def stamp(moment: datetime) -> str:
    """Return a moment as `2026-10-02T10:15:00.123456Z`, the one form of time in the store."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

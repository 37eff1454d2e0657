"""Receipts: every record of a source's folder a second time, so that one that was changed, lost or slipped in shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from chipflows.raw.logs import append, entries, locked
from chipflows.raw.records import Record

FILE = "receipts.jsonl"


@contextmanager
def receiving(folder: Path, before: Iterable[Record]) -> Iterator[IO[bytes]]:
    """Yield a folder's receipts while no other process writes to it or reads it.

    A folder filled by a release that kept no receipts first gets one for each of its records, `before`.
    """
    with locked(folder / FILE) as log:
        if not log.seek(0, 2):
            append(log, *({"record": asdict(record)} for record in before))
        yield log


def unfinished(folder: Path) -> list[Record]:
    """Return the records that have a receipt and a body but no file: a writer was interrupted between the two."""
    if not (folder / FILE).exists():
        return []
    with locked(folder / FILE) as log:
        given = in_force(entries(log))
    lost = [one for one in given.values() if not (folder / f"{one['file_id']}.json").exists()]
    return [Record(**one) for one in lost if (folder.parent / one["path"]).exists()]


def in_force(noted: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the records that were received and not discarded, by file id."""
    given: dict[str, dict[str, Any]] = {}
    for entry in noted:
        if record := entry.get("record"):
            given[record["file_id"]] = record
        given.pop(entry.get("discarded", ""), None)
    return given

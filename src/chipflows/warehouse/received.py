"""What a profile received, held against its receipts: a record that was changed, lost or slipped in is named."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chipflows.errors import CheckFailed

FORMAT = 1
"""Version of the store's records that this release reads."""

RECEIPTS = "receipts.jsonl"
RESTORE = "restore it from a backup"

NAMES = {
    *("file_id", "source", "kind", "request_id", "corridor", "parameters", "scope", "retrieved_at", "outcome", "rows"),
    *("total", "sha256", "stored_sha256", "bytes", "encoding", "container", "origin", "path"),
}
"""What a build needs of a record."""

Fields = dict[str, Any]


def read_store(folder: Path) -> tuple[list[Fields], list[str]]:
    """Return the records of a profile's raw folder, and a line for each that can't be trusted, naming its file."""
    records: list[Fields] = []
    faults: list[str] = []
    for source in sorted(path for path in folder.glob("*") if path.is_dir()):
        with at_rest(source) as receipts:
            held = sorted(source.glob("*.json"))
            for path in held:
                try:
                    records.append(read_record(path, receipts))
                except CheckFailed as error:
                    faults.append(str(error))
        for lost in sorted((receipts or {}).keys() - {path.stem for path in held}):
            faults.append(
                f"{source / lost}.json is missing: {RESTORE}; if a download or import was interrupted, run it again"
            )
    return records, faults


@contextmanager
def at_rest(source: Path) -> Iterator[dict[str, Fields] | None]:
    """Yield the receipts of a source's folder by file id while nobody writes there; None where none were kept."""
    path = source / RECEIPTS
    if not path.exists():
        yield None
        return
    with path.open("rb") as log:
        fcntl.flock(log, fcntl.LOCK_SH)
        given: dict[str, Fields] = {}
        for line in log.read().splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # torn by a crash; a record that it was for is missed by its name
            if "record" in entry:
                given[entry["record"]["file_id"]] = entry["record"]
            given.pop(entry.get("discarded"), None)
        yield given


def read_record(path: Path, receipts: dict[str, Fields] | None) -> Fields:
    """Return a record; raises `CheckFailed` if it is none, not where it says, or not as its receipt says."""
    try:
        record: Fields = json.loads(path.read_text(encoding="utf-8"))
        if record["format"] != FORMAT:
            raise ValueError(f"format {record['format']!r}, this release reads {FORMAT}")
        place = f"{path.parent.name}/{path.stem}"
        if path.is_symlink() or (f"{record['source']}/{record['file_id']}", record["path"]) != (place, f"{place}.gz"):
            raise ValueError("it belongs elsewhere")
        if missing := NAMES - record.keys():
            raise ValueError(f"without {', '.join(sorted(missing))}")
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise CheckFailed(f"{path} is not a record of this store ({error}): move it away, or {RESTORE}") from error
    if receipts is not None and path.stem not in receipts:
        raise CheckFailed(
            f"{path} has no receipt: it came neither by download nor by import; move it away and import its body"
        )
    if receipts is not None and record != receipts[path.stem]:
        raise CheckFailed(f"{path} was changed after it was stored: {RESTORE}")
    return record

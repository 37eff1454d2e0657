"""The stored bodies a build reads: their records, whether the bytes are still those, and a form that SQL can read."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from chipflows.errors import CheckFailed
from chipflows.warehouse.received import read_store

GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True)
class RawFile:
    """One stored body and what its record says of it."""

    file_id: str
    source: str
    kind: str
    retrieved_at: str
    outcome: str
    rows: int
    sha256: str
    stored_sha256: str
    encoding: str
    container: str
    body: Path
    record: dict[str, Any] = field(repr=False, hash=False, compare=False)


def read_records(folder: Path, as_of: date | None = None) -> list[RawFile]:
    """Return the bodies held in a profile's raw folder, oldest first; `as_of` leaves out what was received after it.

    Raises `CheckFailed` naming every record that was changed, lost or slipped in, see `received.read_store`.
    """
    records, faults = read_store(folder)
    if faults:
        raise CheckFailed("\n".join(faults))
    files = [raw_file(record, folder) for record in records]
    in_time = [one for one in files if as_of is None or one.retrieved_at[:10] <= as_of.isoformat()]
    return sorted(in_time, key=lambda one: (one.source, one.retrieved_at, one.file_id))


def raw_file(record: dict[str, Any], folder: Path) -> RawFile:
    names = [name for name in RawFile.__dataclass_fields__ if name not in ("body", "record")]
    return RawFile(**{name: record[name] for name in names}, body=folder / record["path"], record=record)


def verify(file: RawFile) -> bytes:
    """Return the stored bytes; raises `CheckFailed` naming the file if they are no longer those that were stored."""
    try:
        packed = file.body.read_bytes()
    except OSError as error:
        raise CheckFailed(f"{file.body} can't be read ({error.strerror}): restore it from a backup") from error
    if hashlib.sha256(packed).hexdigest() != file.stored_sha256:
        raise CheckFailed(f"{file.body} was changed after it was stored: restore it from a backup")
    return packed


def plain(file: RawFile, packed: bytes) -> bytes:
    """Return the body as UTF-8, out of its gzip, its container and its encoding: DuckDB knows no zip and no GB18030."""
    # Told the size, it takes the memory once; the checksum of the gzip is held against it.
    body = zlib.decompress(packed, GZIP, max(1, file.record["bytes"]))
    if file.container == "zip":
        with zipfile.ZipFile(io.BytesIO(body)) as container:
            members = [name for name in container.namelist() if not name.endswith("/")]
            if len(members) != 1:
                raise CheckFailed(f"{file.body} holds {len(members)} files, one is expected: {', '.join(members)}")
            body = container.read(members[0])
    elif file.container:
        raise CheckFailed(f"{file.body} is packed as {file.container!r}, this release opens zip")
    if file.encoding.lower().replace("-", "") != "utf8":
        try:
            body = body.decode(file.encoding).encode()
        except (UnicodeDecodeError, LookupError) as error:
            raise CheckFailed(f"{file.body} is not {file.encoding} as its record says: {error}") from error
    return body.removeprefix(b"\xef\xbb\xbf")

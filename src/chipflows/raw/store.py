"""The store of bodies: compressed, byte for byte, written aside and renamed; receipt and record last."""

from __future__ import annotations

import gzip
import hashlib
import os
import secrets
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from chipflows.errors import CheckFailed, Incomplete
from chipflows.raw.logs import append
from chipflows.raw.receipts import receiving, unfinished
from chipflows.raw.records import Answer, Record, Request, stamp

BODY, RECORD = ".gz", ".json"


class Store:
    """The raw files of one profile, one folder per source; only ever added to."""

    def __init__(self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.folder = folder
        self._now = now
        self._newest: dict[str, Record] | None = None
        self._is_finished = False

    def records(self, source: str | None = None) -> Iterator[Record]:
        """Yield every record, oldest first within a request; raises `CheckFailed` for a record that can't be read."""
        self._finish_interrupted()
        yield from self._read(source)

    def _read(self, source: str | None) -> Iterator[Record]:
        for path in sorted(self.folder.glob(f"{source or '*'}/*{RECORD}")):
            try:
                yield Record.from_json(path.read_text(encoding="utf-8"))
            except (ValueError, TypeError, KeyError) as error:
                raise CheckFailed(
                    f"{path} is not a record of this store ({error}): move it away, or restore it from a backup"
                ) from error

    def newest(self, request_id: str) -> Record | None:
        """Return the vintage in force for a request, or None if nothing is held."""
        return self._index().get(request_id)

    def held(self, source: str | None = None) -> list[Record]:
        """Return the vintage in force of every request of a source."""
        return [record for record in self._index().values() if source in (None, record.source)]

    def put(
        self,
        request: Request,
        body: bytes,
        answer: Answer,
        *,
        origin: str,
        media_type: str = "application/json",
        retrieved_at: datetime | None = None,
    ) -> Record | None:
        """Store a body and return its record, or None when the newest vintage of the request holds the same bytes."""
        digest = hashlib.sha256(body).hexdigest()
        newest = self.newest(request.request_id)
        if newest is not None and newest.sha256 == digest:
            return None
        moment = stamp(retrieved_at or self._now())
        # The content's hash in the name: two answers at one moment (a fixed clock, two writers) never share a file, and
        # a body whose record was never written is simply written again.
        file_id = f"{request.request_id}.{moment.replace('-', '').replace(':', '')}.{digest[:8]}"
        packed = gzip.compress(body, compresslevel=6, mtime=0)
        relative = f"{request.source}/{file_id}{BODY}"
        record = Record(
            file_id=file_id,
            source=request.source,
            request_id=request.request_id,
            kind=request.kind,
            corridor=request.corridor,
            parameters=dict(request.parameters),
            scope={name: None if part is None else list(part) for name, part in asdict(request.scope).items()},
            retrieved_at=moment,
            outcome=answer.outcome,
            rows=answer.rows,
            total=answer.total,
            sha256=digest,
            stored_sha256=hashlib.sha256(packed).hexdigest(),
            bytes=len(body),
            media_type=media_type,
            encoding=answer.encoding,
            container=answer.container,
            origin=origin,
            path=relative,
        )
        path = self.folder / relative
        write_whole(path, packed)
        with receiving(path.parent, self._read(request.source)) as receipts:
            append(receipts, {"record": asdict(record)})
            write_whole(path.with_name(file_id + RECORD), record.to_json().encode())
        self._index()[request.request_id] = record
        return record

    def body(self, record: Record) -> bytes:
        """Return the bytes the source sent; raises `CheckFailed` if the file no longer holds them."""
        path = self.folder / record.path
        try:
            body = gzip.decompress(path.read_bytes())
        except (OSError, EOFError, zlib.error) as error:
            raise CheckFailed(f"{path} can't be read ({error}): restore it from a backup") from error
        if hashlib.sha256(body).hexdigest() != record.sha256:
            raise CheckFailed(f"{path} was changed after it was stored: restore it from a backup")
        return body

    def discard(self, record: Record) -> None:
        """Take a record, its body and what was made of them out of the store; only made-up ones may go."""
        place = (self.folder / record.path).parent
        with receiving(place, self._read(record.source)) as receipts:
            place.joinpath(record.file_id + RECORD).unlink()
            append(receipts, {"discarded": record.file_id})
            for path in place.glob(f"{record.file_id}.*"):
                path.unlink()

    def _finish_interrupted(self) -> None:
        """Write the records that a writer, killed after the receipt, still owed; done once, before the first look."""
        if self._is_finished:
            return
        self._is_finished = True
        for folder in self.folder.glob("*/"):
            for record in unfinished(folder):
                write_whole(folder / (record.file_id + RECORD), record.to_json().encode())

    def _index(self) -> dict[str, Record]:
        if self._newest is None:
            self._newest = {}
            for record in self.records():
                known = self._newest.get(record.request_id)
                if known is None or record.retrieved_at >= known.retrieved_at:
                    self._newest[record.request_id] = record
        return self._newest


def write_whole(path: Path, content: bytes) -> None:
    """Write a file aside, flush it to disk, rename it; a crash leaves no half file under its name.

    Raises `Incomplete` where it can't be written: a full disk, a folder without the right to write.
    """
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with aside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        what = f"{path} can't be written ({error.strerror}): make room, or give the right to write there"
        raise Incomplete(f"{what}; everything stored before is kept") from error
    finally:
        discard_half(aside)


def discard_half(path: Path) -> None:
    """Delete a half file; one in a folder that takes no change was never made."""
    with suppress(OSError):
        path.unlink(missing_ok=True)

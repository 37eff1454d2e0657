"""Append-only logs, one JSON object a line, that survive a crash and are shared by processes."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from chipflows.errors import Incomplete

PRIVATE = 0o600
"""Access of a log that tells of a person, such as the calls made with a key: its owner's alone."""


@contextmanager
def locked(path: Path, access: int = 0o666) -> Iterator[IO[bytes]]:
    """Yield a log opened for reading and appending, which no other process has meanwhile.

    Raises `Incomplete` where it can't be written: a full disk, a folder without the right to write.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as log:
            if access == PRIVATE:
                os.fchmod(log.fileno(), PRIVATE)
            fcntl.flock(log, fcntl.LOCK_EX)
            yield log
    except OSError as error:
        raise Incomplete(
            f"{path} can't be written ({error.strerror}): make room, or give the right to write there"
        ) from error


def entries(log: IO[bytes]) -> list[dict[str, Any]]:
    """Return the entries of a log; a line torn by a crash comes back as an empty entry, for it was begun."""
    log.seek(0)
    found = []
    for line in log.read().splitlines():
        try:
            found.append(dict(json.loads(line)))
        except (ValueError, TypeError):
            found.append({})
    return found


def append(log: IO[bytes], *added: dict[str, Any]) -> None:
    """Write entries to the end of a log, and to the disk before returning."""
    size = log.seek(0, os.SEEK_END)
    if size:
        log.seek(size - 1)
        is_torn = log.read(1) != b"\n"
        log.write(b"\n" if is_torn else b"")
    log.write(b"".join(json.dumps(entry, ensure_ascii=False).encode() + b"\n" for entry in added))
    log.flush()
    os.fsync(log.fileno())

"""Files that a person brought: recognised by their source, stored like an answer; one bad file refuses only itself."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from chipflows.config import Config
from chipflows.errors import UsageError
from chipflows.paths import Paths
from chipflows.raw.records import Answer, Request
from chipflows.raw.store import Store

LARGEST = 512 * 2**20
"""Bytes, packed or not: no hand export of any source comes near, and a body is held in memory once."""

MEDIA_TYPES = {b"PK\x03\x04": "application/zip", b"{": "application/json", b"[": "application/json"}

ReadFile = Callable[[str, bytes, Config], list[tuple[Request, Answer]]]


def import_files(
    paths: Paths,
    config: Config,
    source: str,
    files: Sequence[str | Path],
    read_file: ReadFile,
    say: Callable[[str], None] = print,
) -> str:
    """Return a closing line, after storing every file that `read_file` recognises; `say` gets one line per file.

    A gzip packing is taken off first: it belongs to the transport, not to what the source said. Files are stored in
    the order given, so of two that cover the same cells the later one speaks. Raises `UsageError` naming the files
    that were refused, after the others are stored.
    """
    store = Store(paths.raw)
    refused = []
    for file in map(Path, files):
        try:
            say(f"{file.name}: {bring(store, config, file, read_file)}")
        except UsageError as error:
            say(f"{file.name}: refused: {error}")
            refused.append(file.name)
    if refused:
        raise UsageError(f"refused {len(refused)} of {len(files)} files, kept the others: {', '.join(refused)}")
    return f"{len(files)} files of {source} are in profile {paths.profile}"


def bring(store: Store, config: Config, file: Path, read_file: ReadFile) -> str:
    """Return what became of one file; raises `UsageError` saying why it is not what it claims to be."""
    body = unpacked(read_regular(file))
    if not body:
        raise UsageError("the file is empty")
    found = read_file(file.name, body, config)
    if len(found) != 1:
        raise UsageError(f"holds {len(found)} answers, one is expected: split it")
    request, answer = found[0]
    media_type = next((kind for start, kind in MEDIA_TYPES.items() if body.startswith(start)), "text/csv")
    if store.put(request, body, answer, origin=f"file: {file.name}", media_type=media_type):
        return f"stored, {answer.rows:,} rows"
    held = store.newest(request.request_id)
    return f"same as held since {held.retrieved_at if held else 'before'}"


def read_regular(file: Path) -> bytes:
    """Return the bytes of a regular file of bounded size; raises `UsageError` for links, folders, pipes and devices."""
    if file.is_symlink():
        raise UsageError("is a link: give the file it points to")
    try:
        with open(file, "rb", opener=open_now) as opened:
            status = os.fstat(opened.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UsageError("is not a regular file: give files, not pipes or devices")
            if status.st_size > LARGEST:
                raise UsageError(f"is larger than {LARGEST:,} bytes: split it")
            return opened.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"can't be opened: {error.strerror}") from error


def open_now(path: str, flags: int) -> int:
    """Open a file without following a link put there meanwhile, and without waiting for the writer of a pipe."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def unpacked(body: bytes) -> bytes:
    """Return a gzip-packed body without its packing, any other as it is; raises `UsageError` for a damaged one."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, LARGEST)
    except zlib.error as error:
        raise UsageError(f"is a damaged .gz file ({error}): bring it again") from error
    if not unpacker.eof or unpacker.unused_data:
        raise UsageError(f"is a .gz file that is cut off, or larger than {LARGEST:,} bytes unpacked: bring it again")
    return plain

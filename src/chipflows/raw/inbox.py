"""Files that a person brought: recognised by their source, stored like answers; one bad file refuses only itself."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Callable, Iterator, Sequence
from io import BufferedReader
from pathlib import Path

from chipflows.config import Config
from chipflows.errors import UsageError
from chipflows.paths import Paths
from chipflows.raw.records import Answer, Request
from chipflows.raw.store import Store

LARGEST = 512 * 2**20
"""Bytes, packed or not, of a file that is read whole: no hand export of any source comes near."""

MEDIA_TYPES = {b"PK\x03\x04": "application/zip", b"{": "application/json", b"[": "application/json"}

ReadFile = Callable[[str, bytes, Config], list[tuple[Request, Answer]]]
Reader = Callable[[str, BufferedReader, Config], Iterator[tuple[Request, bytes, Answer]]]
"""Makes of a file the questions it answers, the bytes to store for each, and what their check found."""


def import_files(
    paths: Paths,
    config: Config,
    source: str,
    files: Sequence[str | Path],
    read: Reader,
    say: Callable[[str], None] = print,
) -> str:
    """Return a closing line, after storing every file that `read` recognises; `say` gets one line per file.

    Files are stored in the order given, so of two that cover the same cells the later one speaks. Raises `UsageError`
    naming the files that were refused, after the others are stored.
    """
    store = Store(paths.raw)
    refused = []
    for file in map(Path, files):
        try:
            say(f"{file.name}: {bring(store, config, file, read)}")
        except UsageError as error:
            say(f"{file.name}: refused: {error}")
            refused.append(file.name)
    if refused:
        raise UsageError(f"refused {len(refused)} of {len(files)} files, kept the others: {', '.join(refused)}")
    return f"{len(files)} files of {source} are in profile {paths.profile}"


def bring(store: Store, config: Config, file: Path, read: Reader) -> str:
    """Return what became of one file; raises `UsageError` saying why it is not what it claims to be."""
    stored, held = [], "before"
    with open_regular(file) as opened:
        try:
            for request, body, answer in read(file.name, opened, config):
                media_type = next((kind for start, kind in MEDIA_TYPES.items() if body.startswith(start)), "text/csv")
                if store.put(request, body, answer, origin=f"file: {file.name}", media_type=media_type):
                    stored.append(answer.rows)
                elif known := store.newest(request.request_id):
                    held = known.retrieved_at
        except UsageError as error:
            kept = f"; the {len(stored)} answers before it are kept" if stored else ""
            raise UsageError(f"{error}{kept}") from error
    if not stored:
        return f"same as held since {held}"
    return f"stored, {sum(stored):,} rows" + (f" in {len(stored)} answers" if len(stored) > 1 else "")


def whole(read_file: ReadFile) -> Reader:
    """Return the reader of a source whose files hold one answer each: the file itself is the body.

    A gzip packing is taken off first: it belongs to the transport, not to what the source said.
    """

    def read(name: str, opened: BufferedReader, config: Config) -> Iterator[tuple[Request, bytes, Answer]]:
        body = opened.read(LARGEST + 1)
        if len(body) > LARGEST:
            raise UsageError(f"is larger than {LARGEST:,} bytes: split it")
        body = unpacked(body)
        if not body:
            raise UsageError("the file is empty")
        found = read_file(name, body, config)
        if len(found) != 1:
            raise UsageError(f"holds {len(found)} answers, one is expected: split it")
        ((request, answer),) = found
        yield request, body, answer

    return read


def open_regular(file: Path) -> BufferedReader:
    """Return a regular file, open for reading; raises `UsageError` for links, folders, pipes and devices."""
    if file.is_symlink():
        raise UsageError("is a link: give the file it points to")
    try:
        opened = open(file, "rb", opener=open_now)  # noqa: SIM115 (the caller closes it)
    except OSError as error:
        raise UsageError(f"can't be opened: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
        opened.close()
        raise UsageError("is not a regular file: give files, not pipes or devices")
    return opened


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

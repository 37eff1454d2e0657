"""`chipflows verify`: every byte of a profile's raw folder held against what was received, every stranger named."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from pathlib import Path

from chipflows.errors import CheckFailed
from chipflows.paths import Paths
from chipflows.warehouse.files import RawFile, raw_file, verify
from chipflows.warehouse.received import RECEIPTS, read_store
from chipflows.warehouse.typed import is_whole

SHOWN = 10
"""Left-over files named; more are counted."""

OWN_LOGS = {RECEIPTS, "oversized.jsonl"}


def verify_profile(paths: Paths) -> str:
    """Return a closing line if everything is as it was received; raises `CheckFailed` with a line per fault otherwise.

    What an interruption left over (bodies without a receipt, half files) is named, not refused: nothing reads it.
    """
    records, faults = read_store(paths.raw)
    files = [raw_file(record, paths.raw) for record in records]
    faults += [fault for file in files if (fault := fault_of(file))]
    left, strange = unread(paths.raw, {file.file_id for file in files})
    faults += strange
    if faults:
        count = f"{len(faults)} faults in {paths.raw}, which `build` refuses or does not use"
        raise CheckFailed("\n".join([count, *faults]))
    size = sum(int(file.record["bytes"]) for file in files)
    said = [f"{len(files):,} files of profile {paths.profile} are as received, {size:,} bytes"]
    if left:
        said += [f"{len(left)} left over by interruptions, which nothing reads and may be deleted:", *left[:SHOWN]]
    return "\n".join(said)


def fault_of(file: RawFile) -> str:
    """Return what is wrong with a body, empty if nothing is."""
    if file.body.is_symlink():
        return f"{file.body} is a link: put the file itself there"
    try:
        verify(file)
    except CheckFailed as error:
        return str(error)
    return ""


def unread(raw: Path, known: set[str]) -> tuple[list[str], list[str]]:
    """Return the files that interruptions left over, and a line for each file that does not belong here."""
    left: list[str] = []
    strange: list[str] = []
    for path in sorted(path for path in raw.rglob("*") if path.is_symlink() or not path.is_dir()):
        if is_own(path, raw, known):
            continue
        if is_left_over(path):
            left.append(f"  {path}")
        else:
            strange.append(f"{path} does not belong here: move it away (`chipflows import` brings files in)")
    return left, strange


def is_own(path: Path, raw: Path, known: set[str]) -> bool:
    """Say whether a file is a log, or body, record or typed copy of a record."""
    if path.parent == raw:
        return path.name == ".download.lock"
    if path.is_symlink() or path.parent.parent != raw:
        return False
    if path.suffix == ".parquet":
        return path.name.rsplit(".", 3)[0] in known and is_whole(path)
    return path.name in OWN_LOGS or path.suffix == ".json" or (path.suffix == ".gz" and path.stem in known)


def is_left_over(path: Path) -> bool:
    """Say whether a file is a half one, a typed copy that is made again, or a body that never got its receipt."""
    if path.is_symlink():
        return False
    own = rf"{re.escape(path.parent.name)}\..+\.\d{{8}}T\d{{6}}\.\d{{6}}Z\.([0-9a-f]{{8}})"
    if path.suffix == ".gz" and (found := re.fullmatch(own, path.stem)):
        return is_body(path, found[1])
    return path.suffix == ".parquet" or (path.name.startswith(".") and path.suffix == ".part")


def is_body(path: Path, start: str) -> bool:
    """Say whether a packed body's hash begins as its name says."""
    try:
        return hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest().startswith(start)
    except (OSError, EOFError, zlib.error):
        return False

"""Rot: one file of a store is changed, lost, linked or slipped in; `verify` names it and a build refuses it."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from chipflows.errors import CheckFailed
from chipflows.paths import Paths
from chipflows.warehouse.files import read_records, verify
from chipflows.warehouse.verify import verify_profile
from torture.crash import command, must, prepare
from torture.row import Row

Damage = Callable[[Path, random.Random], None]


def flip(path: Path, draw: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.write_bytes(content)


def cut(path: Path, draw: random.Random) -> None:
    os.truncate(path, draw.randrange(path.stat().st_size))


def zero(path: Path, draw: random.Random) -> None:
    """What a disk leaves after a power cut: the right length, and nothing in it."""
    path.write_bytes(bytes(path.stat().st_size))


def lose(path: Path, draw: random.Random) -> None:
    path.unlink()


def link(path: Path, draw: random.Random) -> None:
    """The same bytes, but elsewhere: a link can be pointed at anything tomorrow."""
    elsewhere = path.parents[4] / f"elsewhere-{path.name}"
    shutil.move(path, elsewhere)
    path.symlink_to(elsewhere)


def slip_in(path: Path, draw: random.Random) -> None:
    shutil.copy(path, path.with_name(f"copy-{path.name}"))


KINDS: dict[str, Damage] = {one.__name__: one for one in (flip, cut, zero, lose, link, slip_in)}


def rows(folder: Path, trials: int) -> Iterator[Row]:
    """Yield one row: `trials` damages to bodies, records and receipts."""
    row = Row("tampering and rot", trials)
    paths = prepare(folder)
    files = [str(path) for path in sorted(folder.glob("part*.csv"))]
    must(command(paths, "import", "eurostat_comext", *files), paths)
    must(command(paths, "import", "fx", str(folder / "rates.csv")), paths)
    whole = folder / "whole"
    shutil.copytree(paths.raw, whole)
    draw = random.Random(15)
    for _ in range(trials):
        shutil.rmtree(paths.raw)
        shutil.copytree(whole, paths.raw)
        path = draw.choice(sorted(path for path in paths.raw.rglob("*") if path.suffix in (".gz", ".json", ".jsonl")))
        kind = draw.choice(sorted(KINDS))
        if path.suffix == ".jsonl" and kind in ("lose", "link"):
            kind = "flip"  # a store without receipts is one of an earlier release
        KINDS[kind](path, draw)
        row.count(faults(paths, path, kind))
    yield row


def faults(paths: Paths, path: Path, kind: str) -> list[str]:
    """Return whether the damage was overlooked: by `verify`, by name, or by what a build reads."""
    what = f"{kind} {path.name}"
    named = path.name.removesuffix(path.suffix) if path.suffix != ".jsonl" else path.parent.name
    try:
        verify_profile(paths)
        return [f"{what}: verify says all is well"]
    except CheckFailed as error:
        if named not in str(error):
            return [f"{what}: not named by {error}"]
    if kind == "slip_in" and path.suffix != ".json":
        return []  # a build never opens it
    try:
        for file in read_records(paths.raw):
            verify(file)
    except CheckFailed:
        return []
    return [] if kind == "link" else [f"{what}: a build would use it"]

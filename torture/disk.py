"""Disk: a full one, a read-only one, no room for the swap; a clear error, and everything stored before intact."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chipflows.paths import Paths
from torture.crash import PAGE, command, contents, must, prepare, project_of_one_page, verify_faults
from torture.row import Row
from torture.victim import PROJECT, run

ROOM = 128 * 2**20
STEP = 4096


def rows(folder: Path, trials: int) -> Iterator[Row]:
    """Yield a row each for a full disk and a read-only one; skipped where no small disk can be made."""
    full, sealed = Row("disk: full", trials), Row("disk: read-only", 3)
    project = project_of_one_page(folder / "project")
    try:
        with small_disk(folder / "disk") as home:
            paths = furnished(home)
            for number in range(trials):
                full.count(full_faults(paths, number / max(1, trials - 1)))
            for words in (("build",), ("import", "fx", str(home / "rates.csv")), ("render", PAGE)):
                sealed.count(sealed_faults(paths, words, project))
    except PermissionError as error:
        full.skipped = sealed.skipped = str(error)
    yield full
    yield sealed


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """Mount a small disk of its own; raises `PermissionError` where that takes rights we don't have."""
    place.mkdir(parents=True)
    if os.name != "posix" or os.geteuid() != 0:
        raise PermissionError("a small disk of its own takes root's rights")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(place)], capture_output=True, text=True
    )
    if done.returncode:
        raise PermissionError(f"no small disk can be mounted here ({done.stderr.strip()})")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def furnished(home: Path) -> Paths:
    """Return a profile on the small disk with files, tables and one page."""
    paths = prepare(home / "home")
    files = [str(path) for path in sorted(paths.home.glob("part[0-5].csv"))]
    must(command(paths, "import", "eurostat_comext", *files), paths)
    must(command(paths, "import", "fx", str(paths.home / "rates.csv")), paths)
    must(command(paths, "build"), paths)
    shutil.move(paths.home / "rates.csv", home / "rates.csv")
    return paths


def full_faults(paths: Paths, share: float) -> list[str]:
    """Fill the disk but for a share of what a build takes: import and build end well, or with 3 and nothing lost."""
    faults: list[str] = []
    before = contents(paths.marts) | {"database": paths.database.read_bytes()}
    filler = paths.home.parent / "filler"
    left = int(share * 3 * paths.database.stat().st_size)
    free = shutil.disk_usage(paths.home).free
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(STEP, free - left))
    scratch = {"CHIPFLOWS_HOME": str(paths.home), "TMPDIR": str(paths.home)}
    for words in (("import", "eurostat_comext", str(paths.home / "part7.csv")), ("build",)):
        end = run(command(paths, *words), scratch, paths.home.parents[1] / "said")
        if end.code not in (0, 3) or "Traceback" in end.said:
            faults.append(f"{words[0]} with {left:,} bytes left ended with {end.code}: {end.said[-300:]}")
        elif end.code == 3 and not any(word in end.said for word in ("can't be written", "could not read or write")):
            faults.append(f"{words[0]} doesn't say what is wrong: {end.said}")
        if (
            words == ("build",)
            and end.code == 3
            and before != contents(paths.marts) | {"database": paths.database.read_bytes()}
        ):
            faults.append("a build that failed changed the tables")
    filler.unlink()
    faults += verify_faults(paths)
    if not faults:
        must(command(paths, "build"), paths)
    return faults


def sealed_faults(paths: Paths, words: tuple[str, ...], project: Path) -> list[str]:
    """Run a command on a disk that takes no change: exit 3 (2 where it asks for what isn't there), nothing changed."""
    mount = str(paths.home.parent)
    before = contents(paths.home)
    subprocess.run(["mount", "-o", "remount,ro", mount], check=True)
    try:
        more = {"CHIPFLOWS_HOME": str(paths.home), PROJECT: str(project)}
        end = run(command(paths, *words), more, paths.home.parents[1] / "said")
    finally:
        subprocess.run(["mount", "-o", "remount,rw", mount], check=True)
    if end.code not in (0, 3) or "Traceback" in end.said:
        return [f"{words[0]} on a read-only disk ended with {end.code}: {end.said[-300:]}"]
    return [] if contents(paths.home) == before else [f"{words[0]} changed a read-only disk"]

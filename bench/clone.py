"""A fresh clone: how large its environment is, and how long it takes to the first report."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Row, below, run
from chipflows.paths import PROJECT

GB = 1e9
STEPS = "the environment is unpacked and compiled, then the demo's files, tables and pages are made, each from nothing"
SPARK = ("pyspark", "py4j")


def rows(home: Path, options: Namespace) -> Iterator[Row]:
    """Yield the rows about a fresh clone."""
    yield below("environment, without Spark", environment() / GB, "GB", 1.3)
    clone = home / "clone"
    subprocess.run(["git", "clone", "--quiet", str(PROJECT), str(clone)], check=True)
    made = run(["make", "-C", str(clone), "demo"], clone)
    yield below("`make demo` in a fresh clone: first report, packages cached", made.seconds, "s", 180, STEPS)


def environment() -> int:
    """Return the bytes on disk of the environment that runs this, a hard link once, without what only Spark needs."""
    spark = {
        os.path.realpath(str(path.locate()))
        for name in SPARK
        if importlib.util.find_spec(name)
        for path in importlib.metadata.files(name) or ()
    }
    seen: dict[tuple[int, int], int] = {}
    for folder, _, names in os.walk(sys.prefix):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.islink(path) or os.path.realpath(path) in spark:
                continue
            held = os.stat(path)
            seen[held.st_dev, held.st_ino] = held.st_blocks * 512
    return sum(seen.values())

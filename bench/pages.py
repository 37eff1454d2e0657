"""Every page of the demo, from its tables."""

from __future__ import annotations

import shutil
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Row, below, chipflows
from chipflows.paths import find_paths


def rows(home: Path, options: Namespace) -> Iterator[Row]:
    """Yield the row about making every page of the demo."""
    made = find_paths("demo")
    shutil.copytree(made.processed, home / "data" / "processed" / "demo")
    count = len(list(made.notebooks.glob("*.ipynb")))
    parallel = chipflows(home, "--profile", "demo", "render")
    yield below(f"{count} notebooks to pages", parallel.seconds, "s", 60)

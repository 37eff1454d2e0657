"""Every page of the demo, from its tables."""

from __future__ import annotations

import shutil
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench.measure import Row, at_most, below, chipflows, python
from chipflows.paths import find_paths

ONE_BY_ONE = """
from functools import partial
from chipflows.config import load_config
from chipflows.paths import find_paths
from chipflows.report import render
paths = find_paths("demo")
render.execute = partial(render.execute, workers=1)
render.render(paths, load_config(paths.config))
"""


CORES = "the notebooks keep one core busy for as long as the peer shows, so two cores need half of that and more"


def rows(home: Path, options: Namespace) -> Iterator[Row]:
    """Yield the rows about making every page of the demo from its tables, by the command and one notebook by one."""
    made = find_paths("demo")
    for way in ("together", "one_by_one"):
        paths = replace(made, home=home / way)
        paths.processed.mkdir(parents=True)
        shutil.copy2(made.database, paths.database)
    together = chipflows(home / "together", "--profile", "demo", "render")
    single = python(ONE_BY_ONE, home / "one_by_one")
    what = f"`chipflows render`: {len(list(made.notebooks.glob('*.ipynb')))} notebooks to pages"
    yield at_most(what, together.seconds, "s", "one notebook after the other", single.seconds, 0.6, CORES)
    yield below(what, together.seconds, "s", 60, CORES)

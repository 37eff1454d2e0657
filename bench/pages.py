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
from chipflows.config import load_config
from chipflows.paths import find_paths
from chipflows.report.execute import execute
from chipflows.report.facts import read_facts
from chipflows.report.render import Report
paths = find_paths("demo")
report = Report(paths, read_facts(paths, load_config(paths.config)))
done = execute(sorted(paths.notebooks.glob("*.ipynb")), report.environment(), {workers})
failures = [one.failure for one in done if one.failure]
assert not failures, failures
"""


def rows(home: Path, options: Namespace) -> Iterator[Row]:
    """Yield the rows about making every page of the demo: its notebooks executed both ways, and the whole command."""
    made = find_paths("demo")
    paths = replace(made, home=home)
    paths.processed.mkdir(parents=True)
    shutil.copy2(made.database, paths.database)
    count = len(list(made.notebooks.glob("*.ipynb")))
    single = python(ONE_BY_ONE.format(workers=1), home)
    both = python(ONE_BY_ONE.format(workers=2), home)
    yield at_most(f"{count} notebooks executed, two at a time", both.seconds, "s", "one by one", single.seconds, 0.6)
    whole = chipflows(home, "--profile", "demo", "render")
    yield below(f"`chipflows render`: {count} notebooks to pages", whole.seconds, "s", 60)

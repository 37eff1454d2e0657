"""`make bench`: chipflows and its peer measured in one run on the same bytes; results are compared first."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.inputs import write_comtrade
from chipflows.config import load_config
from chipflows.paths import PROJECT, find_paths

RESULTS = PROJECT / "bench" / "results"
RAW_ROWS = 300_000


@dataclass(frozen=True)
class Row:
    """One measured line: `figure` against `goal` (`at most` or `at least`), both in `unit`."""

    what: str
    peer: str
    figure: float
    goal: float
    is_met: bool
    unit: str

    def line(self) -> str:
        return f"{self.what} | {self.peer} | {self.figure:.3g} {self.unit} | goal {self.goal:g} | {self.word()}"

    def word(self) -> str:
        return "met" if self.is_met else "missed"


def at_least(what: str, peer: str, figure: float, goal: float, unit: str = "times faster") -> Row:
    return Row(what, peer, figure, goal, figure >= goal, unit)


def at_most(what: str, peer: str, figure: float, goal: float, unit: str) -> Row:
    return Row(what, peer, figure, goal, figure <= goal, unit)


def seconds(code: str, home: Path) -> float:
    """Return the wall time of a Python program of its own, as a user would start it."""
    environment = os.environ | {"CHIPFLOWS_HOME": str(home)}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd=PROJECT, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


BUILD = "from chipflows.__main__ import main; raise SystemExit(main(['--profile', 'bench', 'build']))"
PANDAS = """
from pathlib import Path
from bench.peers.careful_pandas import family_flows
from chipflows.config import load_config
from chipflows.paths import find_paths
paths = find_paths('bench')
family_flows(paths.raw, load_config(paths.config), paths.home / 'peer.parquet')
"""
EQUAL = """
import pandas as pd
from chipflows.paths import find_paths
from chipflows import table
paths = find_paths('bench')
ours = table('core.family_flows', paths)[['reporter', 'partner', 'flow', 'family', 'period', 'value_usd']]
ours['thousandths'] = (ours.pop('value_usd') * 1000).round().astype('int64')
key = ['reporter', 'partner', 'flow', 'family', 'period']
peer = pd.read_parquet(paths.home / 'peer.parquet')
ours = ours.sort_values(key, ignore_index=True)
peer['period'] = peer['period'].astype(ours['period'].dtype)
pd.testing.assert_frame_equal(ours, peer, check_dtype=False)
"""


def tables(rows: int, home: Path) -> Iterator[Row]:
    """Yield the rows about making tables from raw files."""
    paths = find_paths("bench")
    written = write_comtrade(home / "data" / "raw" / "bench", load_config(paths.config), rows)
    what = f"{written:,} rows of Comtrade JSON to all tables"
    full = seconds(BUILD, home)
    peer = seconds(PANDAS, home)
    seconds(EQUAL, home)
    yield at_least(what, "pandas, one table of them", peer / full, 10)
    newest = max((home / "data" / "raw" / "bench" / "comtrade").glob("*.parquet"))
    newest.unlink()
    yield at_most("one file of them is new", "the full build", seconds(BUILD, home) / full, 0.2, "of its time")


RENDER = "from chipflows.__main__ import main; raise SystemExit(main(['--profile', 'demo', 'render']))"


def pages(home: Path) -> Iterator[Row]:
    """Yield the row about making every page of the demo from its tables (only where the demo has been made)."""
    made = find_paths("demo")
    if not made.database.exists():
        return
    shutil.copytree(made.processed, home / "data" / "processed" / "demo")
    count = len(list(made.notebooks.glob("*.ipynb")))
    yield at_most(f"{count} notebooks of the demo to pages", "–", seconds(RENDER, home), 60, "s")


def start_up() -> Iterator[Row]:
    """Yield the rows about doing nothing: help, and a second `make` (only where the demo has been made)."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "chipflows", "--help"], check=True, stdout=subprocess.DEVNULL)
    yield at_most("chipflows --help", "–", time.perf_counter() - start, 0.15, "s")
    if (PROJECT / ".make" / "demo.pages").exists():
        start = time.perf_counter()
        subprocess.run(["make", "demo"], check=True, cwd=PROJECT, stdout=subprocess.DEVNULL)
        yield at_most("make demo, nothing changed", "–", time.perf_counter() - start, 0.1, "s")


def main() -> int:
    """Return 1 if any row misses its goal; prints one line per row and writes bench/results/<system>.json."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rows", type=int, default=RAW_ROWS, help=f"rows of raw input (default {RAW_ROWS:,})")
    options = parser.parse_args()
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="chipflows-bench-") as folder:
        parts: list[Callable[[], Iterator[Row]]] = [
            start_up,
            lambda: pages(Path(folder)),
            lambda: tables(options.rows, Path(folder)),
        ]
        for part in parts:
            for row in part():
                print(row.line(), flush=True)
                found.append(row)
    RESULTS.mkdir(exist_ok=True)
    target = RESULTS / f"{platform.system().lower()}-{platform.machine()}.json"
    target.write_text(json.dumps([asdict(row) for row in found], indent=1) + "\n")
    return 0 if all(row.is_met for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())

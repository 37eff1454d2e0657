"""`python -m validation [--runs N] [--page FILE]`: simulate, score, print a line per estimator and scenario; exit 1
when one misses.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # two processes share two cores: before numpy is loaded

import argparse
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from validation.estimators import EFFECT, Finding, on_routes, on_supply
from validation.page import page
from validation.score import line, scores
from validation.world import SCENARIOS

FEWEST_RUNS = 500
"""Below this many runs the page is not written: its numbers would be too rough to hold anyone to."""


def simulate(runs: int, processes: int) -> list[Finding]:
    """All findings of `runs` worlds in each scenario."""
    jobs: list[Callable[[int], list[Finding]]] = [partial(on_supply, number) for number in range(len(SCENARIOS))]
    jobs += [partial(on_routes, effect) for effect in (1.0, EFFECT)]
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        batches = [pool.map(job, range(runs), chunksize=10) for job in jobs]
        return [finding for batch in batches for findings in batch for finding in findings]


def main() -> int:
    """Run, print, write the page when there are runs enough; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m validation", description="Hold the estimators to planted truths.")
    parser.add_argument(
        "--runs",
        type=int,
        default=int(os.environ.get("RUNS") or FEWEST_RUNS),
        help="worlds per scenario (default 500, or RUNS)",
    )
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--page", type=Path, default=Path(__file__).parents[1] / "docs" / "validation.md")
    asked = parser.parse_args()
    table = scores(simulate(asked.runs, asked.processes))
    for _, row in table.iterrows():
        print(line(row))
    if asked.runs >= FEWEST_RUNS:
        asked.page.write_text(
            page(table, f"make validate RUNS={asked.runs}", f"{datetime.now(UTC):%-d %B %Y}"), encoding="utf-8"
        )
    return int((table["state"] == "missed").any())


if __name__ == "__main__":
    sys.exit(main())

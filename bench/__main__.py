"""`make bench`: chipflows and its peers measured in one run on the same bytes; results are compared first."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from bench import again, calls, clone, document, growth, pages, poisson, spark, start, tables, whole
from bench.measure import Note, Row
from chipflows.paths import PROJECT

GROUPS: dict[str, Callable[[Path, argparse.Namespace], Iterator[Row | Note]]] = {
    "start": start.rows,
    "tables": tables.rows,
    "again": again.rows,
    "growth": growth.rows,
    "pages": pages.rows,
    "calls": calls.rows,
    "poisson": poisson.rows,
    "clone": clone.rows,
    "whole": whole.rows,
    "spark": spark.rows,
}
"""What can be measured, in the order of the document: each takes an empty folder and the options."""

ASKED = ("spark",)
"""Measured only when named: longer than the others, and with a requirement that `make` does not install."""

ROWS = 1_000_000
"""Rows of raw input where the command names no other number: all groups end in about ten minutes on two cores."""


def measure(name: str, options: argparse.Namespace) -> list[Row]:
    """Print the rows of one group as they come, store them, and return them."""
    found: list[Row] = []
    notes: list[Note] = []
    with tempfile.TemporaryDirectory(prefix=f"chipflows-bench-{name}-") as folder:
        for one in GROUPS[name](Path(folder), options):
            if isinstance(one, Note):
                notes.append(one)
                continue
            print(" | ".join(one.cells()), flush=True)
            found.append(one)
    document.RESULTS.mkdir(exist_ok=True)
    held = {"rows": [asdict(one) for one in found], "notes": [asdict(one) for one in notes]}
    text = json.dumps({"machine": document.machine(), **held}, indent=1, ensure_ascii=False)
    (document.RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    return found


def main() -> None:
    """Write bench/results/<group>.json, and with all groups the document; raises if a peer's results are not ours.

    A missed goal is a result, no failure: it is counted and explained.
    """
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("group", nargs="*", help=f"{', '.join(GROUPS)}; none: all but {', '.join(ASKED)}")
    parser.add_argument("--rows", type=int, default=ROWS, help=f"rows of raw input (default {ROWS:,})")
    parser.add_argument("--full", action="store_true", help="to a hundred million rows: half an hour and 30 GB of disk")
    parser.add_argument("--write-docs", action="store_true", help="write docs/performance.md from what was measured")
    options = parser.parse_args()
    if unknown := set(options.group) - set(GROUPS):
        parser.error(f"no group {', '.join(sorted(unknown))}: write some of {', '.join(GROUPS)}")
    groups = options.group or [one for one in GROUPS if one not in ASKED]
    rows = [row for name in groups for row in measure(name, options)]
    if options.write_docs or not options.group:
        document.write(GROUPS)
    missed = sum(not row.is_met for row in rows)
    why = f": {document.TARGET.relative_to(PROJECT)} says why" if missed else ""
    print(f"{len(rows)} rows, {missed} missed{why}")


if __name__ == "__main__":
    main()

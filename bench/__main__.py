"""`make bench`: chipflows and its peers measured in one run on the same bytes; results are compared first."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from bench import again, calls, clone, document, growth, pages, poisson, spark, start, tables, whole
from bench.measure import Note, Row

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


def measure(name: str, options: argparse.Namespace) -> bool:
    """Print the rows of one group as they come and store them; return whether every goal is met."""
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
    return all(one.is_met for one in found)


def main() -> int:
    """Return 1 if any row misses its goal; writes bench/results/<group>.json, and with all groups the document."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("group", nargs="*", help=f"{', '.join(GROUPS)}; none: all but {', '.join(ASKED)}")
    parser.add_argument("--rows", type=int, default=ROWS, help=f"rows of raw input (default {ROWS:,})")
    parser.add_argument("--full", action="store_true", help="to a hundred million rows: half an hour and 30 GB of disk")
    parser.add_argument("--write-docs", action="store_true", help="write docs/performance.md from what was measured")
    options = parser.parse_args()
    if unknown := set(options.group) - set(GROUPS):
        parser.error(f"no group {', '.join(sorted(unknown))}: write some of {', '.join(GROUPS)}")
    results = [measure(name, options) for name in options.group or [one for one in GROUPS if one not in ASKED]]
    if options.write_docs or not options.group:
        document.write(GROUPS)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Promises that ordinary tests break on purpose: hostile names on pages, supply, revisions, old stores."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from chipflows.paths import PROJECT
from torture.row import Row

PROMISES: dict[str, list[str]] = {
    "pages: hostile names, formulas, a query that writes or reaches files": [
        *("tests/test_report.py", "tests/test_report_blocks.py", "tests/test_warehouse.py", "tests/test_figures.py"),
        *("-k", "safe or reorder or escape or text or formula or reach or hostile or harm"),
    ],
    "keys: verified connections only, files of their owner, no argument": [
        "tests/test_secrecy.py",
        "tests/test_http.py",
    ],
    "supply chain: locked with hashes, licences, bill of materials": ["tests/test_supply.py"],
    "revisions: every vintage kept, any past day's tables and pages rebuilt": ["tests/test_revisions.py"],
    "old stores: those of format 1 are read and added to": [
        *("tests/test_old_stores.py", "tests/test_received.py", "tests/test_store.py"),
        *("-k", "format or release or called_the_same"),
    ],
}


def rows(folder: Path, trials: int) -> Iterator[Row]:
    """Yield a row per promise: each of its tests is one trial."""
    for name, words in PROMISES.items():
        row, report = Row(name, 1), folder / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", f"--basetemp={folder / 'temporary'}"]
        done = subprocess.run([*command, *words], cwd=PROJECT, capture_output=True, text=True)
        if not report.exists():
            raise RuntimeError(f"the tests of {name} did not run: {done.stdout}{done.stderr}")
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            if case.find("skipped") is None:
                failed = case.find("failure") is not None or case.find("error") is not None
                row.count([f"{case.get('classname')}: {case.get('name')}"] if failed else [])
        yield row

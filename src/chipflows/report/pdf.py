"""The pages as PDF, printed by Chromium: A4, tagged for screen readers, links kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tqdm import tqdm

from chipflows.errors import Incomplete, UsageError
from chipflows.paths import Paths

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    *("--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-pdf-header-footer", "--generate-pdf-document-outline"),
)
TIMEOUT = 120
"""Seconds that one page may take."""


def print_pages(paths: Paths) -> str:
    """Return a closing line, after printing every page of a report to `pdf/` beside it.

    Raises `UsageError` when there are no pages yet or Chromium is not installed, `Incomplete` naming the page that
    Chromium did not print.
    """
    pages = sorted(paths.reports.glob("*.html"))
    if not pages:
        raise UsageError(f"profile {paths.label} has no pages yet: run `chipflows --profile {paths.label} render`")
    browser, folder = chromium(), paths.reports / "pdf"
    folder.mkdir(exist_ok=True)
    for page in tqdm(pages, "pdf", unit="page", disable=None, leave=False):
        print_page(browser, page, folder / f"{page.stem}.pdf")
    for path in folder.glob("*.pdf"):
        if path.stem not in {page.stem for page in pages}:
            path.unlink()
    return f"{len(pages)} pages printed: {folder}"


def chromium() -> str:
    """Return the path of Chromium; raises `UsageError` saying how to get it."""
    named = os.environ.get("CHIPFLOWS_CHROMIUM", "")
    for name in (named, *NAMES) if named else NAMES:
        if found := shutil.which(name):
            return found
    raise UsageError("printing needs Chromium: apt-get install chromium, or name it in CHIPFLOWS_CHROMIUM")


def print_page(browser: str, page: Path, target: Path) -> None:
    """Print one page aside and rename it, so that no half file is taken for a whole one."""
    with tempfile.TemporaryDirectory(prefix="chipflows-", ignore_cleanup_errors=True) as place:
        aside = Path(place) / target.name
        own = [f"--user-data-dir={place}/profile", f"--print-to-pdf={aside}"]
        # As root, in a container, Chromium starts only without its sandbox; the pages are our own and hold no script.
        sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        command = [browser, *QUIET, *sandbox, *own, page.as_uri()]
        try:
            run = subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False)
        except subprocess.TimeoutExpired as error:
            raise Incomplete(f"{page.name}: Chromium took more than {TIMEOUT} seconds to print it") from error
        if run.returncode or not aside.exists():
            said = run.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
            raise Incomplete(f"{page.name}: Chromium did not print it ({said[0][:200]})")
        shutil.copy(aside, part := target.with_name(f".{target.name}.part"))
        os.replace(part, target)

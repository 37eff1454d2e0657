"""Pages on paper: A4, tagged, every page of the report; what is missing is said."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from chipflows.errors import Incomplete, UsageError
from chipflows.paths import Paths
from chipflows.report import pdf

HAS_CHROMIUM = any(shutil.which(name) for name in pdf.NAMES)
needs_browser = pytest.mark.skipif(not HAS_CHROMIUM, reason="Chromium is not installed (apt-get install chromium)")
PAGE = (
    '<!doctype html><html lang="en"><head><title>Paper</title><style>@page {{ size: A4 }}</style></head>'
    "<body><h1>{}</h1><p>text</p></body></html>"
)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = Paths(tmp_path, tmp_path, tmp_path, "tiny")
    paths.reports.mkdir(parents=True)
    (paths.reports / "index.html").write_text(PAGE.format("One"))
    return paths


@pytest.mark.browser
@needs_browser
def test_every_page_is_printed_on_tagged_a4_and_old_ones_go(paths: Paths) -> None:
    (paths.reports / "pdf").mkdir()
    (paths.reports / "pdf" / "gone.pdf").write_bytes(b"")
    assert pdf.print_pages(paths).startswith("1 pages printed")
    assert [path.name for path in (paths.reports / "pdf").iterdir()] == ["index.pdf"]
    made = (paths.reports / "pdf" / "index.pdf").read_bytes()
    assert made.startswith(b"%PDF")
    assert b"/StructTreeRoot" in made
    width, height = map(float, re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", made)[0])
    assert (round(width), round(height)) == (595, 842)


def test_without_pages_or_without_chromium_the_way_is_named(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="apt-get install chromium"):
        pdf.print_pages(paths)
    (paths.reports / "index.html").unlink()
    with pytest.raises(UsageError, match="run `chipflows --profile tiny render`"):
        pdf.print_pages(paths)


def test_a_page_that_is_not_printed_is_named(paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = tmp_path / "broken"
    browser.write_text("#!/bin/sh\necho no display >&2\nexit 1\n")
    browser.chmod(0o755)
    monkeypatch.setenv("CHIPFLOWS_CHROMIUM", str(browser))
    with pytest.raises(Incomplete, match=r"index.html: Chromium did not print it \(no display\)"):
        pdf.print_pages(paths)
    assert list((paths.reports / "pdf").iterdir()) == []

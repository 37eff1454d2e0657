"""Every page of the demo in a real browser: as a reader opens it, on a phone, on a desk and on paper; its downloads.

The pages are those that `make demo` left in reports/demo; without them, or without Chromium, the tests say so and skip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bleach._vendor import html5lib
from browsing import PATIENCE, chromium, needs_browser

from chipflows.paths import find_paths
from chipflows.warehouse.connect import table

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "reports" / "demo"
PAGES = sorted(FOLDER.glob("*.html"))
needs_demo = pytest.mark.skipif(not PAGES, reason="reports/demo is empty (make demo)")
pytestmark = [needs_demo]
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)

NAMELESS = """
() => [...document.querySelectorAll('img, svg')]
  .filter(one => !(one.getAttribute('alt') || one.getAttribute('aria-label')))
  .map(one => one.outerHTML.slice(0, 80))
"""
CUT = """
() => [...document.querySelectorAll('main figure, main table, main h1, main h2, main p')]
  .filter(one => one.getBoundingClientRect().width > 0 && !one.closest('.cf-scroll, pre'))
  .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(one => one.outerHTML.slice(0, 80))
"""


@every_page
def test_a_page_is_whole_small_and_leads_nowhere_else(page: Path) -> None:
    text = page.read_text()
    # The dictionary lists every column there is; it is a reference, not a page of the report.
    assert len(text.encode()) <= 300_000 or page.stem == "data_dictionary"
    html5lib.HTMLParser(strict=True).parse(text)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
    assert not re.search(r"<script|<link|<iframe|\son\w+=|@import|Warning:|Traceback", text)
    assert "MADE-UP DATA" in text or "<figure" not in text
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(set(ids)) == len(ids)
    for link in re.findall(r'(?:href|src)="([^"]+)"', text):
        target, _, place = link.partition("#")
        if not link.startswith(("https://", "http://", "data:")):
            assert not target or (FOLDER / target).exists(), link
            there = (FOLDER / target).read_text() if target.endswith(".html") else text
            assert not place or f'id="{place}"' in there, link


@every_page
def test_every_figure_has_its_files_its_method_and_its_source(page: Path) -> None:
    for figure in re.findall(r'<figure class="cf-figure" id="([^"]+)"(.*?)</figure>', page.read_text(), re.S):
        name, body = figure
        for ending in ("csv", "svg", "png"):
            assert f'href="files/{name}.{ending}"' in body
            assert (FOLDER / "files" / f"{name}.{ending}").stat().st_size > 0
        assert 'href="methods.html#' in body
        assert "Source: " in body
        assert "--where" in body


def test_a_download_holds_the_numbers_of_its_table() -> None:
    drawn = pd.read_csv(FOLDER / "files" / "direct-lines.csv", parse_dates=["period"])
    totals = table("marts.direct_totals", find_paths("demo"))
    for group in ("China", "Hong Kong"):
        mart = totals[(totals["supplier_title"] == group) & (totals["hs_group"] == "ic_core")]
        ours = drawn[drawn["group"] == group].set_index("period")["value_usd"].dropna()
        theirs = mart.set_index("period")["value_usd"].dropna()
        assert len(ours) > 100
        held = {"check_names": False, "check_index_type": False}
        pd.testing.assert_series_equal(ours.sort_index(), theirs.sort_index(), **held)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.mark.browser
@needs_browser
@every_page
def test_nothing_is_said_asked_for_cut_off_or_nameless(browser: Any, page: Path) -> None:
    said: list[str] = []
    opened = browser.new_page(viewport={"width": 390, "height": 900})
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda sent: said.append(sent.url))
    opened.goto(page.as_uri(), timeout=PATIENCE)
    for width, media in ((390, "screen"), (1280, "screen"), (686, "print")):
        opened.set_viewport_size({"width": width, "height": 900})
        opened.emulate_media(media=media)
        assert opened.evaluate("document.documentElement.scrollWidth") <= width, (width, media)
        assert opened.evaluate(CUT) == [], (width, media)
    assert opened.evaluate(NAMELESS) == []
    assert said == [page.as_uri()]
    opened.close()


@pytest.mark.browser
@needs_browser
@every_page
def test_axe_finds_nothing(browser: Any, page: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for width, scheme in ((390, "light"), (1280, "dark")):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True
        )
        opened = context.new_page()
        opened.goto(page.as_uri(), timeout=PATIENCE)
        opened.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        found = Axe().run(opened).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == [], (width, scheme)
        context.close()


@pytest.mark.browser
@needs_browser
def test_the_keyboard_reaches_the_answer_first(browser: Any) -> None:
    opened = browser.new_page()
    opened.goto(next(page for page in PAGES if page.stem[0].isdigit()).as_uri(), timeout=PATIENCE)
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.getAttribute('href')") == "#answer"
    opened.keyboard.press("Enter")
    assert opened.evaluate("location.hash") == "#answer"
    opened.close()

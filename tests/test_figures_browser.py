"""Figures in a real browser, wide and narrow: no word on another, none outside, nothing to scroll, no fault for axe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browsing import PATIENCE, chromium, needs_browser
from figure_frames import FORMS, STRAINED, made

from chipflows.figures import theme
from chipflows.figures.block import FigureBlock

pytestmark = [pytest.mark.browser, needs_browser]

SEEN = "[...document.querySelectorAll('figure svg')].filter(svg => svg.getBoundingClientRect().width > 0)"
CLASHES = f"""
() => {{
  const found = [];
  for (const svg of {SEEN}) {{
    const name = svg.closest('figure').id, frame = svg.getBoundingClientRect();
    const scale = frame.width / svg.viewBox.baseVal.width;
    const texts = [...svg.querySelectorAll('text')].map(text => (
      {{words: text.textContent, box: text.getBoundingClientRect()}}));
    for (const {{words, box}} of texts) {{
      const out = [frame.left - box.left, box.right - frame.right, frame.top - box.top, box.bottom - frame.bottom];
      if (Math.max(...out) > 2) found.push(`${{name}}: outside: ${{words}}`);
    }}
    texts.forEach((a, i) => texts.slice(i + 1).forEach(b => {{
      const x = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const y = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      if (x > 1.5 * scale && y > 3.5 * scale) found.push(`${{name}}: ${{a.words}} × ${{b.words}}`);
    }}));
  }}
  return found;
}}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def blocks() -> list[FigureBlock]:
    return [made(name) for name in FORMS | STRAINED]


def opened(browser: Any, blocks: list[FigureBlock], width: int, css: str = theme.CSS, **context: Any) -> Any:
    """A page with all figures, as a report would hold them; with css="" as JupyterLab does."""
    page = browser.new_context(viewport={"width": width, "height": 900}, **context).new_page()
    figures = "".join(block.html for block in blocks)
    page.set_content(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Figures</title><style>{css} body {{ margin: 0 16px; background: var(--paper) }}</style></head>"
        f"<body><main><h1>Page</h1><h2>Section</h2>{figures}</main></body></html>",
        timeout=PATIENCE,
    )
    return page


@pytest.mark.parametrize("font", ["", "svg, svg * { font-family: 'DejaVu Sans' !important }"], ids=["house", "dejavu"])
@pytest.mark.parametrize("width", [390, 1280])
def test_words_neither_meet_nor_leave_their_figure(
    browser: Any, blocks: list[FigureBlock], width: int, font: str
) -> None:
    page = opened(browser, blocks, width, theme.CSS + font)
    assert page.evaluate(CLASHES) == []
    assert page.evaluate(f"{SEEN}.length") == len(blocks)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [320, 600, 751, 752])
def test_one_drawing_is_shown_and_nothing_scrolls_sideways(browser: Any, blocks: list[FigureBlock], width: int) -> None:
    page = opened(browser, blocks, width)
    drawn = page.evaluate(f"{SEEN}.map(svg => svg.viewBox.baseVal.width)")
    assert drawn == [theme.WIDE if width >= 752 else theme.NARROW] * len(blocks)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_opened_table_and_trace_stay_inside_a_phone(browser: Any, blocks: list[FigureBlock]) -> None:
    page = opened(browser, blocks, 390)
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_dark_mode_swaps_every_colour_and_print_is_light_and_wide(browser: Any, blocks: list[FigureBlock]) -> None:
    page = opened(browser, blocks[:1], 390, color_scheme="dark")
    ink = f"getComputedStyle({SEEN}[0].querySelector('text')).fill"
    assert page.evaluate(ink) == rgb(theme.DARK["ink2"])
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(ink) == rgb(theme.LIGHT["ink2"])
    assert page.evaluate(f"{SEEN}.map(svg => svg.viewBox.baseVal.width)") == [theme.WIDE]


def test_without_the_style_sheet_the_wide_drawing_stands_alone(browser: Any, blocks: list[FigureBlock]) -> None:
    page = opened(browser, blocks, 1280, css="")
    assert page.evaluate(f"{SEEN}.map(svg => svg.viewBox.baseVal.width)") == [theme.WIDE] * len(blocks)
    assert page.evaluate("getComputedStyle(document.querySelector('figure')).backgroundColor") == rgb(
        theme.LIGHT["paper"]
    )
    assert page.locator("figure a:visible").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault(browser: Any, blocks: list[FigureBlock], scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    results = Axe().run(opened(browser, blocks, 1280, color_scheme=scheme))
    assert results.violations_count == 0, results.generate_report()


def test_hostile_words_are_shown_and_nothing_runs(browser: Any) -> None:
    from test_figures import hostile_block

    page = opened(browser, [hostile_block()], 1280)
    assert page.evaluate("document.querySelectorAll('script').length") == 0
    assert page.evaluate("window.harmed === undefined")
    shown = page.evaluate(f"[...{SEEN}[0].querySelectorAll('text')].map(text => text.textContent).join(' ')")
    assert "<script>" in shown
    assert "$a$" in shown


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"

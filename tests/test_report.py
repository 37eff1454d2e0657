"""From notebooks to pages, on tiny notebooks that need no tables."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import nbformat
import pytest
from bleach._vendor import html5lib

from chipflows.errors import CheckFailed, UsageError
from chipflows.figures.block import MIME
from chipflows.paths import Paths
from chipflows.report.execute import execute, outputs
from chipflows.report.exporter import PageExporter, markdown, page_address, tidy
from chipflows.report.facts import Facts, SourceHeld
from chipflows.report.pages import Card, Page, Picture, chosen, front_of, notebooks_in, pages_of
from chipflows.report.render import Report, refuse_twins
from chipflows.warehouse import formats

SETUP = "from chipflows.report.blocks import callout, data_table, finding\nimport pandas as pd"
SVG = '<svg role="img" aria-label="a line" viewBox="0 0 9 9"><path d="M0 0L9 9"/></svg>'
PARTS = {
    "name": "sales",
    "title": "Sales fell",
    "subtitle": "Sales, USD",
    "csv": "a\n1\n",
    "svg": SVG,
    "svg_wide": SVG,
    "svg_narrow": SVG,
    "png": "aGVsbG8=",
    "alt": "a line",
    "source": "Source: customs.",
}
EVENTS = '<ol class="cf-events"><li>1 War</li></ol>'
BUNDLE = {"text/html": f"<figure>{SVG}{EVENTS}</figure>", MIME: PARTS}
DRAW = f"from IPython.display import display\ndisplay({BUNDLE!r}, raw=True)"

FACTS = Facts(
    profile="tiny",
    title="Did they?",
    question="Did anyone?",
    banner="Made up <b>",
    is_synthetic=True,
    vintage_line="data as received 1 Jan 2026",
    sources=(SourceHeld("Trade", "Office <x>", "https://example.org", "free", "Office, Trade", "1 file"),),
    checks_line="3 of 3 checks of the tables passed.",
    key_numbers=(("Rows", "12", "from 1 file"),),
)


def notebook(path: Path, *cells: str) -> Path:
    """Write a notebook: cells that open with # are prose, the second cell is set-up."""
    made = nbformat.v4.new_notebook()
    for place, text in enumerate(cells):
        kind = nbformat.v4.new_markdown_cell if text.startswith("#") else nbformat.v4.new_code_cell
        made.cells.append(kind(text, id=f"cell-{place}"))
    made.cells[1].metadata["tags"] = ["setup"]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(made, path)
    return path


def project(place: Path) -> Paths:
    """A project with two questions and a page of one's own."""
    folder = place / "project" / "notebooks"
    first = [
        "# What <b>happened</b> here?",
        SETUP,
        "finding('Sales fell by 97%.', 'In value.')",
        "### A formula $x = \\frac{a}{b}$, a [next page](02_second.ipynb#why) and [the methods](../docs/methods.md)",
        DRAW,
        "## Why",
        "import warnings\nwarnings.warn('look at this')\nprint('seen')",
        "pd.DataFrame({'name': ['<i>x</i>'], 'n': [1.5]})",
        "import sys\nprint('load' + 'ing', file=sys.stderr)",
    ]
    notebook(folder / "01_first.ipynb", *first)
    notebook(folder / "02_second.ipynb", "# And then?", SETUP, "finding('Nothing.')")
    notebook(folder / "explore.ipynb", "# How do I ask?", SETUP, "1 + 1")
    return Paths(place / "project", place / "home", place / "config", "tiny")


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return project(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The report folder of the project, made once, and the closing line."""
    paths = project(tmp_path_factory.mktemp("made"))
    return paths.reports, Report(paths, FACTS).make([])


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_report_from_start_to_end(made: tuple[Path, str]) -> None:
    folder, line = made
    assert line.splitlines()[0] == "warning: 01_first: look at this"
    assert line.endswith(f"3 pages made, 4 changed: {folder / 'index.html'}")
    page = (folder / "01_first.html").read_text()

    # Set-up is invisible, the code of a section is folded once, stderr is dropped.
    assert "from chipflows.report.blocks" not in page
    assert page.count("<details") == 2
    assert "seen" in page
    assert "loading" not in page
    assert "UserWarning" not in page
    # Prose: HTML in Markdown is text, formulas are MathML, links lead to pages.
    assert "<h1" in page
    assert "&lt;b&gt;happened&lt;/b&gt;" in page
    assert "<math" in page
    assert 'href="02_second.html#why"' in page
    assert 'href="methods.html"' in page
    # A table of pandas loses its borders, a hostile name its power.
    assert "dataframe" not in page
    assert "&lt;i&gt;x&lt;/i&gt;" in page
    # Around it: banner in the header, place among the questions, what the numbers rest on.
    header = page[page.index("<header") : page.index("</header>")]
    assert "Made up &lt;b&gt;" in header
    assert "1 of 2" in header
    assert '<a href="02_second.html">And then?</a>' in header
    assert "Office &lt;x&gt;" in (folder / "index.html").read_text()

    files = folder / "files"
    assert (files / "sales.csv").read_text() == "a\n1\n"
    assert (files / "sales.svg").read_text() == SVG
    assert (files / "sales.png").read_bytes() == b"hello"


def test_the_front_page_shows_each_finding_and_its_pictures(made: tuple[Path, str]) -> None:
    front = (made[0] / "index.html").read_text()
    assert front.count("<li><h3>") == 2
    assert "Sales fell by 97%." in front
    assert front.count(SVG + EVENTS) == 1
    assert 'href="index.html"' not in front
    assert "MADE-UP DATA" in front
    questions = front[front.index('class="cf-questions"') :]
    assert questions.index("01_first.html") < questions.index("02_second.html") < questions.index("explore.html")
    assert '<dd class="cf-number">12</dd>' in front


def test_the_verdict_leads_the_front_page_with_its_numbers_and_three_pictures() -> None:
    def card(name: str, *pictures: str, **more: Any) -> tuple[str, Page, Card]:
        return name, Page(name, name, 1), Card(name, f"{name}.", pictures=tuple(map(picture, pictures)), **more)

    def picture(title: str) -> Picture:
        return Picture(SVG, title, "", "")

    state = (("Reproduced", "9", "of 14"),)
    made = [card("00_all", "a", keys=(("Loss", "3", "2 to 4"),)), card("01_x", "b", "c"), card("02_y", state=state)]
    made += [card("03_z", "d"), card("04_w", "e")]
    front = front_of({name: page for name, page, _ in made}, {name: card for name, _, card in made})
    assert front.verdict is not None
    assert front.verdict[1].answer == "00_all."
    assert [(page.name, one.title) for page, one in front.pictures] == [("00_all", "a"), ("01_x", "b"), ("03_z", "d")]
    assert [page.name for page, _ in front.questions] == ["01_x", "02_y", "03_z", "04_w"]
    assert front.state == state
    page = PageExporter().front(front=front, page=Page("", "Did they?"), facts=FACTS, style="", docs=[])
    at = [page.index(text) for text in ("00_all.", ">3</dd>", "<svg", "01_x.", "of 14")]
    assert at == sorted(at)


def test_pages_are_safe_small_and_well_formed(made: tuple[Path, str]) -> None:
    for page in made[0].glob("*.html"):
        text = page.read_text()
        assert len(text) <= 300_000
        assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
        assert not re.search(r"<script|<link|<iframe|\son\w+=|@import|url\((?!#)|src=\"(?!data:)", text)
        for needed in ('<html lang="en-GB">', "<title>", "<header", "<main", "<footer", 'href="#answer"'):
            assert needed in text
        assert text.count("<h1") == 1
        html5lib.HTMLParser(strict=True).parse(text)


def test_the_same_tables_give_the_same_bytes(paths: Paths) -> None:
    Report(paths, FACTS).make([])
    half = paths.reports / ".index.html.1a2b3c4d.part"
    half.write_text("what a render that was killed leaves")
    before = snapshot(paths.reports)
    del before[half.name]
    stamps = {path: path.stat().st_mtime_ns for path in paths.reports.rglob("*") if path != half}
    assert "3 pages made, 0 changed" in Report(paths, FACTS).make(["01_first", "02_second", "explore"])
    assert "0 pages made, 3 still hold, 0 changed" in Report(paths, FACTS).make([])
    assert snapshot(paths.reports) == before
    assert {path: path.stat().st_mtime_ns for path in paths.reports.rglob("*")} == stamps
    assert not half.exists()


def test_a_failing_notebook_is_named_and_its_earlier_page_stays(paths: Paths) -> None:
    Report(paths, FACTS).make([])
    before = (paths.reports / "02_second.html").read_bytes()
    notebook(paths.notebooks / "02_second.ipynb", "# And then?", SETUP, "finding('Nothing.')", "a = 1\nb = a / 0")
    notebook(paths.notebooks / "01_first.ipynb", "# What now?", SETUP, "finding('Other.')")
    wanted = r"^02_second.ipynb, cell 4 \(a = 1\): ZeroDivisionError: division by zero. What was made of it earlier"
    with pytest.raises(CheckFailed, match=wanted):
        Report(paths, FACTS).make([])
    assert (paths.reports / "02_second.html").read_bytes() == before
    front = (paths.reports / "index.html").read_text()
    assert "Other." in front
    assert "Nothing." in front
    assert not list((paths.reports / "files").iterdir()), "files of a figure that no page shows any more"


def test_a_kernel_ends_with_what_started_it_and_its_death_is_told(tmp_path: Path) -> None:
    parent = (
        "import os\nfrom ipykernel.kernelapp import IPKernelApp\nIPKernelApp.instance().parent_handle == os.getppid()"
    )
    files = [
        notebook(tmp_path / "a.ipynb", "# a", parent),
        notebook(tmp_path / "b.ipynb", "# b", "import os\nos._exit(1)"),
    ]
    watched, died = execute(files, {})
    assert watched.notebook is not None
    assert [shown["text/plain"] for shown in outputs(watched.notebook)] == ["True"]
    assert died.failure == "b.ipynb, cell 2 (import os): the kernel died (out of memory?)"


def test_one_page_can_be_made_alone_and_missing_ones_come_along(paths: Paths) -> None:
    assert Report(paths, FACTS).make(["02_second"]).endswith(f"3 pages made, 4 changed: {paths.reports / 'index.html'}")
    assert "1 pages made, 2 still hold, 0 changed" in Report(paths, FACTS).make(["notebooks/02_second.ipynb"])
    (paths.reports / "explore.html").unlink()
    assert "0 pages made, 3 still hold, 1 changed" in Report(paths, FACTS).make([])


def tables(paths: Paths, *changes: str) -> None:
    """Tables as a build leaves them: goods sold, and events of which a page may draw some."""
    paths.processed.mkdir(parents=True, exist_ok=True)
    is_new = not paths.database.exists()
    with duckdb.connect(str(paths.database)) as connection:
        if is_new:
            connection.execute("create schema ref; create schema marts")
            connection.register("form", formats.made())
            connection.execute("create table ref.made as select * from form")
            connection.execute("create table ref.tables as select 'marts.sales' as name, 'period' as grain")
            connection.execute("create table ref.events as select 'War' as label")
            connection.execute("create table marts.sales as select range as period, 5 as usd from range(3)")
            names = ("source", "title", "publisher", "vintage_first", "vintage_last", "files", "rows")
            connection.execute(f"create table marts.sources_used ({', '.join(f'{name} text' for name in names)})")
        for change in changes:
            connection.execute(change)


def test_a_page_is_made_again_only_when_something_it_read_has_changed(paths: Paths) -> None:
    def made(*changes: str, facts: Facts = FACTS) -> str:
        tables(paths, *changes)
        return Report(paths, facts).make([]).splitlines()[-1].partition(":")[0]

    notebook(paths.notebooks / "01_first.ipynb", "# What?", "from chipflows import table", "table('marts.sales')")
    notebook(paths.notebooks / "02_second.ipynb", "# When?", "from chipflows import table", "table('ref.events')")
    assert made() == "3 pages made, 4 changed"
    assert made("update ref.events set label = 'war'") == "1 pages made, 2 still hold, 1 changed"
    assert made("update marts.sales set usd = 6 where period = 1") == "1 pages made, 2 still hold, 1 changed"
    assert made("update marts.sales set period = 2 - period") == "0 pages made, 3 still hold, 0 changed"
    assert made("comment on column marts.sales.usd is 'USD: sold'") == "1 pages made, 2 still hold, 1 changed"
    # What stands around a page is of today on all of them.
    assert made(facts=replace(FACTS, checks_line="Checked.")) == "0 pages made, 3 still hold, 4 changed"
    notebook(paths.notebooks / "explore.ipynb", "# How do I ask?", SETUP, "2 + 2")
    assert made(facts=replace(FACTS, checks_line="Checked.")) == "1 pages made, 2 still hold, 1 changed"


def test_a_page_whose_notebook_is_gone_goes_too(paths: Paths) -> None:
    Report(paths, FACTS).make([])
    (paths.notebooks / "02_second.ipynb").unlink()
    Report(paths, FACTS).make(["explore"])
    assert sorted(path.name for path in paths.reports.glob("*.html")) == ["01_first.html", "explore.html", "index.html"]


def test_kernels_read_the_tables_of_the_profile_asked_for(paths: Paths) -> None:
    read = "[os.environ['CHIPFLOWS_' + name] for name in ('PROFILE', 'CONFIG', 'HOME')]"
    show = f"import os, sys\nprint(sys.executable, {read})"
    notebook(paths.notebooks / "02_second.ipynb", "# And then?", SETUP, show)
    Report(paths, FACTS).make(["02_second"])
    page = (paths.reports / "02_second.html").read_text().replace("&#x27;", "'")
    assert f"{sys.executable} {['tiny', str(paths.config), str(paths.home)]}" in page


def test_unknown_names_and_notebooks_without_a_question_are_refused(paths: Paths, tmp_path: Path) -> None:
    notebooks = notebooks_in(paths.notebooks)
    with pytest.raises(UsageError, match="no notebook 03_third; there are 01_first, 02_second, explore"):
        chosen(notebooks, ["03_third"])
    with pytest.raises(UsageError, match="holds no notebook"):
        notebooks_in(tmp_path)
    path = notebook(tmp_path / "01_bare.ipynb", "no question", SETUP)
    with pytest.raises(UsageError, match="first cell must be Markdown"):
        pages_of([path])
    path.write_text(json.dumps([]))
    with pytest.raises(UsageError, match="is not a notebook"):
        pages_of([path])


def test_two_figures_must_not_share_a_name() -> None:
    refuse_twins(["a", "b"])
    with pytest.raises(CheckFailed, match="two figures are called a"):
        refuse_twins(["a", "b", "a"])


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("02_direct_flows.ipynb", "02_direct_flows.html"),
        ("../docs/methods.md#names", "methods.html#names"),
        ("https://example.org/a.md", "https://example.org/a.md"),
        ("#here", "#here"),
    ],
)
def test_links_lead_to_pages_of_the_report(url: str, address: str) -> None:
    assert page_address(url) == address


def test_every_table_of_a_text_can_be_told_apart() -> None:
    html = markdown("| a | b |\n|---|---|\n| 1 | 2 |\n\ntext\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    assert re.findall('aria-label="([^"]+)"', html) == ["Table 1: a, b", "Table 2: a, b"]


def test_marks_that_reorder_text_and_control_characters_do_not_reach_a_page() -> None:
    assert tidy("a\u202eb\u2066c\x07d\ne") == "abcd\ne\n"

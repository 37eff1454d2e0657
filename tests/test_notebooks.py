"""The notebooks: clean in the repository, and pages that hold on official, synthetic and missing data alike."""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bleach._vendor import html5lib
from browsing import PATIENCE, chromium, needs_browser
from profiles import comext, make, rates

from chipflows.config import load_config

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


# --- as committed ---


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def cells(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return json.loads(request.param.read_text(encoding="utf-8"))["cells"]


def code_of(cells: list[dict[str, Any]]) -> list[tuple[str, ast.Module]]:
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return [(source, ast.parse(source)) for source in sources]


def test_the_pages_of_the_report_are_there() -> None:
    wanted = [
        "00_summary",
        "01_what_we_can_see",
        "02_direct_flows",
        "03_before_and_after",
        "04_backfill",
        "05_third_countries",
        "06_prices",
        "07_concentration",
        "08_breaks_and_causes",
        "09_published_numbers",
        "10_code_break",
        "11_many_universes",
        "explore",
    ]
    assert set(wanted) <= {path.stem for path in NOTEBOOKS}


def test_every_question_of_the_methods_page_has_its_cell() -> None:
    methods = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    asked = re.findall(
        r"^\| (\d+) \| [^|]+ \| \[(\w+)\]\(\.\./notebooks/(\w+)\.ipynb\) \| `(q\d\d)` \|$", methods, re.M
    )
    assert [int(number) for number, *_ in asked] == list(range(1, 31))
    for number, shown, notebook, cell in asked:
        cells = json.loads((ROOT / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
        assert shown == notebook
        assert cell == f"q{int(number):02d}"
        assert [one["cell_type"] for one in cells if one["id"] == cell] == ["code"], f"{notebook} has no cell {cell}"


def test_exploring_is_taught_in_ten_cells() -> None:
    cells = json.loads((ROOT / "notebooks" / "explore.ipynb").read_text(encoding="utf-8"))["cells"]
    assert len(cells) == 10
    code = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    for taught in ("table(", "flows(origin=", "destination=", "family=", "chart.lines(", "trace("):
        assert taught in code


def test_no_outputs_and_ids_that_stay(cells: list[dict[str, Any]]) -> None:
    ids = [cell["id"] for cell in cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", name) for name in ids), "name cells by what they are"
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


def test_a_question_first_then_set_up_then_the_finding(cells: list[dict[str, Any]]) -> None:
    headings = [line for c in cells if c["cell_type"] == "markdown" for line in c["source"] if line.startswith("# ")]
    assert len(headings) == 1
    assert headings[0].strip().endswith("?")
    assert cells[1]["metadata"]["tags"] == ["setup"]
    if cells[2]["id"] == "finding":
        assert "".join(cells[2]["source"]).rstrip().splitlines()[-1].startswith("finding(")


def test_no_functions_no_sql_no_styling(cells: list[dict[str, Any]]) -> None:
    for source, tree in code_of(cells):
        nodes = list(ast.walk(tree))
        assert not [n for n in nodes if isinstance(n, ast.FunctionDef | ast.Lambda | ast.ClassDef)], source
        texts = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        for text in texts:
            assert not re.search(r"\bselect\b.+\bfrom\b|\bwhere\b.+=", text, re.I | re.S), text
            assert not re.search(r"#[0-9a-fA-F]{6}\b|<\w+[ >]|font|px\b", text), text


def test_nothing_typed_that_belongs_in_the_configuration(cells: list[dict[str, Any]]) -> None:
    config = load_config(ROOT / "config")
    economies = {name for one in config.economies.values() for name in (one.iso3, one.name) if name}
    groups = set(config.group_titles())
    for source, tree in code_of(cells):
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        for value in (node.value for node in nodes):
            if isinstance(value, int) and not isinstance(value, bool):
                assert value <= 100, f"{source}: a year or a code? {value}"
            if isinstance(value, str):
                assert not re.search(r"\b(19|20)\d\d\b|\b\d{4}\.\d\d\b|\b\d{6}\b", value), value
                assert value not in groups, value
                named = {word for word in economies if re.search(rf"\b{re.escape(word)}\b", value)}
                assert not named - {"W00"}, f"{value!r} names {named}"


def test_set_up_imports_only_what_notebooks_may_use(cells: list[dict[str, Any]]) -> None:
    allowed = ("chipflows.analysis", "chipflows.figures", "chipflows.report.blocks", "chipflows.report.origin")
    for source, tree in code_of(cells):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert source.startswith("from chipflows import"), "imports stand in the set-up cell"
                module = getattr(node, "module", "") or ""
                assert module == "chipflows" or module.startswith(allowed), module


# --- as pages ---


@pytest.fixture(scope="module")
def europe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of EU exports alone: no China, no Hong Kong, two years, five codes."""
    home = tmp_path_factory.mktemp("europe")
    make(home, "europe", eurostat_comext=comext(), fx=rates())
    return home / "reports" / "europe"


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a profile that holds no file at all."""
    home = tmp_path_factory.mktemp("nothing")
    make(home, "live")
    return home / "reports" / "live"


def words_of(page: Path) -> str:
    text = re.sub(r"<style.*?</style>|<details class=\"cf-code\">.*?</details>", " ", page.read_text(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_official_figures_of_the_eu_alone(europe: Path) -> None:
    seen = words_of(europe / "01_what_we_can_see.html")
    assert "2 of 2 reporters published nearly every month" in seen
    assert "Not covered by these files: China, Hong Kong and Russia" in seen
    assert "Official figures." in seen
    assert "MADE-UP" not in seen
    direct = words_of(europe / "02_direct_flows.html")
    assert "Reported exports of integrated circuits to Russia by the coalition fell by 98%." in direct
    assert "Not covered by these files: China, Hong Kong and all others." in direct
    changed = words_of(europe / "03_before_and_after.html")
    assert "exports by the coalition to Kyrgyzstan rose ×" in changed
    assert "Coalition exports to Russia fell, to Kyrgyzstan they rose" in changed
    assert "Kazakhstan they rose" not in changed
    assert "Not covered by these files: China, Hong Kong and other reporters." in changed


def test_downloads_hold_the_numbers_drawn(europe: Path) -> None:
    with (europe / "files" / "direct-lines.csv").open() as file:
        rows = {row["period"]: float(row["value_usd"]) for row in csv.DictReader(file) if row["group"] == "Coalition"}
    assert rows["2022-02-01"] == pytest.approx(1.1 * 4 * (4 * 1_000_000) + 1.1 * 2 * 6_000, abs=0.01)
    for name in ("coverage", "direct-lines", "direct-groups", "routes", "goods"):
        assert (europe / "files" / f"{name}.svg").read_text().startswith("<svg")
        assert (europe / "files" / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_no_data_at_all_is_said_not_hidden(nothing: Path) -> None:
    assert "These files hold no month of any reporter yet." in words_of(nothing / "01_what_we_can_see.html")
    assert "The files held do not show both sides of the war" in words_of(nothing / "02_direct_flows.html")
    changed = words_of(nothing / "03_before_and_after.html")
    assert "not covered by the files held" in changed
    assert "Not covered by these files: the coalition, China, Hong Kong and other reporters." in changed
    assert "no data yet" in words_of(nothing / "index.html")


@pytest.mark.parametrize("profile", ["europe", "nothing"])
def test_pages_are_whole_small_and_point_nowhere_else(profile: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(profile)
    for page in folder.glob("*.html"):
        text = page.read_text()
        assert len(text.encode()) <= 300_000, page.name
        html5lib.HTMLParser(strict=True).parse(text)
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(set(ids)) == len(ids), f"{page.name}: an id stands twice"
        assert not re.search(r"<script|<link|<iframe|\son\w+=|@import", text)
        for link in re.findall(r'(?:href|src)="([^"]+)"', text):
            target, _, place = link.partition("#")
            if not link.startswith(("https://", "data:")):
                assert not target or (folder / target).exists(), f"{page.name} links to {link}"
                there = (folder / target).read_text() if target.endswith(".html") else text
                assert not place or f'id="{place}"' in there, f"{page.name} links to {link}"
        assert str(ROOT) not in text
        assert str(folder.parents[1]) not in text


@pytest.fixture(scope="module")
def browser(europe: Path, nothing: Path) -> Iterator[Any]:
    # The pages come first: notebooks can't be executed while Playwright's event loop runs in this process.
    with chromium() as browser:
        yield browser


@pytest.mark.browser
@needs_browser
@pytest.mark.parametrize("width", [360, 390, 1280, 1600])
def test_in_a_browser_nothing_is_cut_off_and_nothing_is_asked_for(browser: Any, europe: Path, width: int) -> None:
    for page in sorted(europe.glob("*.html")):
        said: list[str] = []
        opened = browser.new_page(viewport={"width": width, "height": 900})
        opened.on("console", lambda message, said=said: said.append(message.text))
        opened.on("request", lambda sent, said=said: said.append(sent.url))
        opened.goto(page.as_uri(), timeout=PATIENCE)
        assert opened.evaluate("document.documentElement.scrollWidth") <= width, page.name
        assert said == [page.as_uri()], page.name
        opened.close()


@pytest.mark.browser
@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Any, europe: Path, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for page in sorted(europe.glob("*.html")):
        context = browser.new_context(viewport={"width": 390, "height": 900}, color_scheme=scheme, bypass_csp=True)
        opened = context.new_page()
        opened.goto(page.as_uri(), timeout=PATIENCE)
        opened.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        found = Axe().run(opened).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], page.name
        context.close()

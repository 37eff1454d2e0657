"""What the pages are: one per notebook, in the order of their names, each with the question it answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from chipflows.errors import UsageError
from chipflows.figures.block import MIME as FIGURE
from chipflows.report.blocks import FINDING, KEYS
from chipflows.report.execute import outputs

FRONT = "index.html"
VERDICT = "00"
"""Start of the name of the notebook whose finding is the verdict."""

MOST_PICTURES = 3

_EVENTS = re.compile(r'<ol class="cf-events">.*?</ol>', re.S)


@dataclass(frozen=True)
class Page:
    """A page of the report: its file name without ending, its question, its place among the others."""

    name: str
    title: str
    number: int = 0
    count: int = 0
    next: Page | None = None

    @property
    def address(self) -> str:
        return f"{self.name}.html"


@dataclass(frozen=True)
class Picture:
    """A figure as the front page shows it: the narrow drawing and its words."""

    drawing: str
    title: str
    subtitle: str
    source: str


@dataclass(frozen=True)
class Card:
    """What the front page shows of a page; `figures` names the files beside the page.

    `keys` are the key numbers (label, number, interval) of the page, `state` those that say how far it can be trusted.
    """

    title: str
    answer: str = ""
    limit: str = ""
    keys: tuple[tuple[str, ...], ...] = ()
    state: tuple[tuple[str, ...], ...] = ()
    pictures: tuple[Picture, ...] = ()
    figures: tuple[str, ...] = ()


def notebooks_in(folder: Path) -> list[Path]:
    """Return the notebooks of a folder in the order of their pages; raises `UsageError` when there is none."""
    found = sorted(folder.glob("*.ipynb"))
    if not found:
        raise UsageError(f"{folder} holds no notebook, so there is nothing to render")
    return found


def pages_of(notebooks: Sequence[Path]) -> dict[str, Page]:
    """Return the page of every notebook by its name; each knows the one after it.

    Notebooks whose name starts with a digit are the questions of the report; the others are listed after them.
    """
    pages: dict[str, Page] = {}
    following: Page | None = None
    numbered = [path for path in notebooks if path.name[0].isdigit()]
    for path in reversed(notebooks):
        number = numbered.index(path) + 1 if path in numbered else 0
        following = Page(path.stem, question(path), number, len(numbered), following)
        pages[path.stem] = following
    return dict(reversed(pages.items()))


def question(path: Path) -> str:
    """Return the question a notebook asks, the first-level heading of its first cell; raises `UsageError` without."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path.name} is not a notebook ({error})") from error
    first = "".join(cells[0]["source"]).splitlines() if cells and cells[0]["cell_type"] == "markdown" else []
    if not first or not first[0].startswith("# "):
        raise UsageError(f"{path.name}: the first cell must be Markdown and open with '# ' and the page's question")
    return first[0].removeprefix("# ").strip()


def chosen(notebooks: Sequence[Path], names: Iterable[str]) -> list[Path]:
    """Return the notebooks asked for by name, with or without folder and ending; all when no name is given."""
    by_name = {path.stem: path for path in notebooks}
    asked = [Path(name).name.removesuffix(".ipynb") for name in names]
    if unknown := [name for name in asked if name not in by_name]:
        raise UsageError(f"there is no notebook {', '.join(unknown)}; there are {', '.join(by_name)}")
    return [by_name[name] for name in by_name if name in asked] if asked else list(notebooks)


def figures_of(notebook: NotebookNode) -> list[dict[str, Any]]:
    """Return the figures an executed notebook shows, in order; `events` is the list that explains numbered marks."""
    found = [(dict(bundle[FIGURE]), bundle.get("text/html", "")) for bundle in outputs(notebook) if FIGURE in bundle]
    return [{**parts, "events": "".join(_EVENTS.findall(html)[:1])} for parts, html in found]


def card_of(page: Page, notebook: NotebookNode) -> Card:
    """Return what the front page shows of an executed notebook."""
    shown = outputs(notebook)
    found: dict[str, Any] = next((bundle[FINDING] for bundle in shown if FINDING in bundle), {})
    keys = [bundle[KEYS] for bundle in shown if KEYS in bundle]
    figures = figures_of(notebook)
    return Card(
        title=page.title,
        answer=found.get("answer", ""),
        limit=found.get("limit", ""),
        keys=tuple(tuple(value) for one in keys if not one["is_state"] for value in one["values"]),
        state=tuple(tuple(value) for one in keys if one["is_state"] for value in one["values"]),
        pictures=tuple(picture_of(one) for one in figures[:MOST_PICTURES]),
        figures=tuple(one["name"] for one in figures),
    )


def picture_of(figure: dict[str, Any]) -> Picture:
    drawing = figure["svg_narrow"] + figure["events"]
    return Picture(drawing, figure["title"], figure["subtitle"], figure["source"])


@dataclass(frozen=True)
class Front:
    """The front page: the verdict with its numbers, three pictures with their pages, all questions in reading order."""

    verdict: tuple[Page, Card] | None
    pictures: tuple[tuple[Page, Picture], ...]
    questions: tuple[tuple[Page, Card], ...]
    more: tuple[Page, ...]
    state: tuple[tuple[str, ...], ...]


def front_of(pages: Mapping[str, Page], cards: Mapping[str, Card]) -> Front:
    """Return the front page of the pages made; the verdict is that of the page whose name starts with 00."""
    made = [(pages[name], card) for name, card in cards.items()]
    questions = [(page, card) for page, card in made if page.number]
    verdict = next((one for one in questions if one[0].name.startswith(VERDICT)), None)
    own = [(verdict[0], picture) for picture in verdict[1].pictures] if verdict else []
    others = [(page, card.pictures[0]) for page, card in questions if card.pictures and (page, card) != verdict]
    return Front(
        verdict=verdict,
        pictures=tuple([*own, *others][:MOST_PICTURES]),
        questions=tuple(one for one in questions if one != verdict),
        more=tuple(page for page, _ in made if not page.number),
        state=tuple(value for _, card in made for value in card.state),
    )

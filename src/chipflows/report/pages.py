"""What the pages are: one per notebook, in the order of their names, each with the question it answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from chipflows.errors import UsageError
from chipflows.figures.block import MIME as FIGURE
from chipflows.report.blocks import FINDING
from chipflows.report.execute import outputs

FRONT = "index.html"

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
class Card:
    """What the front page shows of a page: its finding and first picture; `figures` names the files beside the page."""

    title: str
    answer: str = ""
    limit: str = ""
    picture: str = ""
    figure_title: str = ""
    figure_subtitle: str = ""
    figure_source: str = ""
    figures: tuple[str, ...] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def read(cls, path: Path) -> Card:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**fields, "figures": tuple(fields["figures"])})


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
    found: dict[str, Any] = next((bundle[FINDING] for bundle in outputs(notebook) if FINDING in bundle), {})
    figures = figures_of(notebook)
    first = figures[0] if figures else {}
    return Card(
        title=page.title,
        answer=found.get("answer", ""),
        limit=found.get("limit", ""),
        picture=first.get("svg_narrow", "") + first.get("events", ""),
        figure_title=first.get("title", ""),
        figure_subtitle=first.get("subtitle", ""),
        figure_source=first.get("source", ""),
        figures=tuple(one["name"] for one in figures),
    )

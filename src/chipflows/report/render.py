"""From notebooks to a report folder: executed, written aside, replaced only where the content changed."""

from __future__ import annotations

import base64
import os
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from chipflows.config import Config
from chipflows.errors import CheckFailed
from chipflows.figures.theme import CSS
from chipflows.paths import Paths
from chipflows.report.execute import complaints, execute
from chipflows.report.exporter import TEMPLATES, PageExporter, markdown
from chipflows.report.facts import Facts, read_facts
from chipflows.report.kept import Kept
from chipflows.report.pages import FRONT, Card, Page, card_of, chosen, figures_of, front_of, notebooks_in, pages_of

LARGEST = 300_000
"""Bytes a page should not exceed."""

FILES = "files"
DOCS = ("methods", "data_dictionary")
"""Pages of docs/ that the report takes along, so that links to them resolve inside the folder."""


def render(paths: Paths, config: Config, notebooks: Sequence[str] = ()) -> str:
    """Return a closing line, after making the pages of a profile (all, or the named ones) and the front page.

    Raises `UsageError` when nothing was built or a name is unknown, `CheckFailed` naming notebook, cell and error when
    a notebook fails: its earlier page stays, the others are made.
    """
    return Report(paths, read_facts(paths, config)).make(notebooks)


@dataclass
class Report:
    """The pages of one profile while they are made."""

    paths: Paths
    facts: Facts
    kept: Kept = field(init=False)
    exporter: PageExporter = field(default_factory=PageExporter)
    changed: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kept = Kept.of(self.paths)

    @property
    def folder(self) -> Path:
        return self.paths.reports

    def make(self, names: Sequence[str]) -> str:
        notebooks = notebooks_in(self.paths.notebooks)
        asked = chosen(notebooks, names)
        kept = {path: notebook for path in notebooks if (notebook := self.kept.load(path)) is not None}
        current = self.kept.current(kept)
        pages = pages_of(notebooks)
        missing = {path for path in notebooks if path not in kept or not self.is_made(pages[path.stem])}
        wanted = {*asked} if names else {*asked} - current
        done = execute(sorted(wanted | missing - current), self.environment())
        made = {one.path: one.notebook for one in done if one.notebook is not None}
        for one in done:
            if one.notebook is not None:
                write_whole(self.kept.place(one.path), self.kept.stamped(one))
        kept |= made
        for path in sorted(made.keys() | current):
            self.write_page(pages[path.stem], kept[path])
        cards = {path.stem: card_of(pages[path.stem], kept[path]) for path in notebooks if path in kept}
        self.write_around(pages, cards)
        self.remove_old(pages, cards)
        if failures := [one.failure for one in done if one.failure]:
            raise CheckFailed(f"{'; '.join(failures)}. What was made of it earlier stays in place")
        refuse_twins(name for card in cards.values() for name in card.figures)
        return self.closing_line(len(done), len(current - made.keys()))

    def environment(self) -> dict[str, str]:
        """Return what tells a kernel whose tables to read."""
        paths = self.paths
        return {
            "CHIPFLOWS_PROFILE": paths.label,
            "CHIPFLOWS_CONFIG": str(paths.config),
            "CHIPFLOWS_HOME": str(paths.home),
        }

    def is_made(self, page: Page) -> bool:
        return (self.folder / page.address).exists()

    def around(self, page: Page) -> dict[str, Any]:
        return {"page": page, "facts": self.facts, "style": style(), "docs": list(self.docs())}

    def docs(self) -> dict[Page, str]:
        """Return the pages made of docs/ with their Markdown."""
        folder = self.paths.project / "docs"
        texts = {name: (folder / f"{name}.md").read_text("utf-8") for name in DOCS if (folder / f"{name}.md").exists()}
        return {Page(name, text.splitlines()[0].removeprefix("# ")): text for name, text in texts.items()}

    def write_page(self, page: Page, notebook: NotebookNode) -> None:
        """Write a page and the files of its figures, and remember which warnings its notebook raised."""
        self.remarks += [f"{page.name}: {complaint}" for complaint in complaints(notebook)]
        for figure in figures_of(notebook):
            for ending in ("csv", "svg"):
                self.write(f"{FILES}/{figure['name']}.{ending}", figure[ending].encode())
            self.write(f"{FILES}/{figure['name']}.png", base64.b64decode(figure["png"]))
        html = self.exporter.page(notebook, **self.around(page)).encode()
        if len(html) > LARGEST:
            self.remarks.append(f"{page.name}: the page has {len(html):,} bytes, more than {LARGEST:,}")
        self.write(page.address, html)

    def write_around(self, pages: dict[str, Page], cards: dict[str, Card]) -> None:
        """Write the front page and the pages of docs/."""
        front = self.exporter.front(front=front_of(pages, cards), **self.around(Page("", self.facts.title)))
        self.write(FRONT, front.encode())
        for page, text in self.docs().items():
            self.write(page.address, self.exporter.text(markdown(text), **self.around(page)).encode())

    def remove_old(self, pages: dict[str, Page], cards: dict[str, Card]) -> None:
        """Remove pages of notebooks that are gone, files that no page shows, and halves that a killed render left."""
        for folder in (self.folder, self.paths.processed / "pages"):
            for path in folder.glob(".*.part"):
                path.unlink()
        kept = {FRONT, *(page.address for page in [*pages.values(), *self.docs()])}
        names = {name for card in cards.values() for name in card.figures}
        for path in self.folder.glob("*.html"):
            if path.name not in kept:
                path.unlink()
        for path in (self.folder / FILES).glob("*.*"):
            if path.stem not in names:
                path.unlink()
        for path in self.kept.folder.glob("*"):
            if path.name not in {f"{name}.ipynb" for name in pages}:
                path.unlink()

    def write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        if not path.exists() or path.read_bytes() != content:
            write_whole(path, content)
            self.changed.append(name)

    def closing_line(self, made: int, current: int) -> str:
        changed = sum(name.endswith(".html") for name in self.changed)
        lines = [f"warning: {remark}" for remark in self.remarks]
        kept = f", {current} still hold" if current else ""
        return "\n".join([*lines, f"{made} pages made{kept}, {changed} changed: {self.folder / FRONT}"])


def refuse_twins(names: Iterable[str]) -> None:
    """Raise `CheckFailed` when two figures share a name: their files would overwrite each other."""
    twins = sorted(name for name, times in Counter(names).items() if times > 1)
    if twins:
        raise CheckFailed(f"two figures are called {', '.join(twins)}: give each a name of its own")


def style() -> str:
    """Return the one style sheet of a page."""
    return f"{CSS.strip()}\n{(TEMPLATES / 'page.css').read_text(encoding='utf-8').strip()}"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file aside and rename it, so that a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        aside.write_bytes(content)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)

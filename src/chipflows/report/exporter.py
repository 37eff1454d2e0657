"""An executed notebook as sections of a page: Markdown to HTML, formulas to MathML, code folded once per section."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from typing import Any

from jinja2 import Environment
from latex2mathml.converter import convert
from nbconvert.exporters import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from chipflows import words

TEMPLATES = Path(__file__).parent / "templates"
SETUP, SHOW = "setup", "show"
"""Tags: of cells that a page does not show at all, and of cells whose code stands open above what it gives."""

_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_PANDAS = re.compile(r"<style scoped>.*?</style>\s*", re.S)
_OWN_STYLE = ((' border="1" class="dataframe"', ""), (' style="text-align: right;"', ""), ("<th></th>", "<td></td>"))
_NUMBER = re.compile(r"<td>(?=[-−]?[\d.,]+(?:e[+-]\d+)?</td>)")


@dataclass
class Section:
    """What stands under one heading: pieces of HTML in order, and the code behind them."""

    parts: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)


class Prose(IPythonRenderer):
    """Markdown as pages want it: formulas as MathML, links to notebooks lead to their pages, HTML is shown as text."""

    def __init__(self) -> None:
        super().__init__(escape=True, exclude_anchor_links=True)
        self.tables = 0

    def inline_math(self, body: str) -> str:
        return convert(body.strip())

    def block_math(self, body: str) -> str:
        return f'<span class="cf-formula" tabindex="0">{convert(body.strip(), display="block")}</span>'

    def heading(self, text: str, level: int, **attributes: Any) -> str:
        return f'<h{level} id="{anchor(text)}">{text}</h{level}>\n'

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return str(super().link(text, page_address(url), title))

    def block_code(self, code: str, info: str | None = None) -> str:
        return f'<pre tabindex="0"><code>{escape(code)}</code></pre>\n'

    def table(self, text: str) -> str:
        self.tables += 1
        named = text.replace("<th></th>", "<td></td>")  # a header without words names nothing
        return _scrolling(f"<table>\n{named}</table>", f"{words.TABLE_LABEL} {self.tables}") + "\n"


class PageExporter(TemplateExporter):
    """nbconvert's exporter on our own templates; what they print is escaped unless they say that it is HTML."""

    output_mimetype = "text/html"

    def __init__(self) -> None:
        super().__init__(template_file="page.html.j2", template_paths=[str(TEMPLATES)])  # type: ignore[no-untyped-call]

    def _create_environment(self) -> Environment:
        environment: Environment = super()._create_environment()  # type: ignore[no-untyped-call]
        environment.autoescape = environment.trim_blocks = environment.lstrip_blocks = True
        environment.globals["words"] = words
        return environment

    def page(self, notebook: NotebookNode, **around: Any) -> str:
        """Return the page of an executed notebook; `around` is what the templates print around it."""
        html, _ = self.from_notebook_node(notebook, {"around": around, "sections": sections(notebook)})
        return tidy(html)

    def front(self, **around: Any) -> str:
        """Return the front page."""
        return tidy(self.environment.get_template("index.html.j2").render(resources={"around": around}))

    def text(self, html: str, **around: Any) -> str:
        """Return a page that holds nothing but text, such as the methods."""
        only = [Section([html])]
        return tidy(self.template.render(resources={"around": around, "sections": only}))


def tidy(html: str) -> str:
    """Return a whole page without the invisible characters that reorder what stands beside them, or are no HTML."""
    return _INVISIBLE.sub("", html).strip() + "\n"


def markdown(text: str) -> str:
    """Return Markdown as HTML."""
    return MarkdownWithMath(renderer=Prose()).render(text)


def anchor(heading: str) -> str:
    """Return the id of a heading: `What it shows` → `what-it-shows`."""
    return re.sub(r"[^a-z0-9]+", "-", unescape(re.sub(r"<[^>]+>", "", heading)).lower()).strip("-") or "section"


def page_address(url: str) -> str:
    """Return where a link of a notebook leads in the report, whose pages lie in one folder."""
    if re.match(r"[a-z]+:|#", url):
        return url
    path, _, place = url.partition("#")
    page = re.sub(r"\.(ipynb|md)$", ".html", path.rsplit("/", 1)[-1])
    return f"{page}#{place}" if place else page


def sections(notebook: NotebookNode) -> list[Section]:
    """Return the sections of an executed notebook; a cell that opens with a second-level heading starts a new one."""
    found = [Section()]
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if SETUP in tags:
            continue
        if cell.cell_type == "markdown":
            if cell.source.startswith("## "):
                found.append(Section())
            found[-1].parts.append(markdown(cell.source))
        elif cell.cell_type == "code" and cell.source.strip():
            if SHOW in tags:
                found[-1].parts.append(f'<pre class="cf-shown" tabindex="0"><code>{escape(cell.source)}</code></pre>')
            else:
                found[-1].code.append(cell.source)
            found[-1].parts += [html for output in cell.outputs if (html := output_html(output))]
    return found


def output_html(output: NotebookNode) -> str:
    """Return one output as HTML, the richest form it has; stderr (warnings, progress bars) is not shown."""
    if output.output_type == "stream":
        return plain(output.text.rstrip()) if output.name == "stdout" else ""
    if output.output_type not in ("display_data", "execute_result"):
        return ""
    shown: Mapping[str, str] = output.data
    if "text/html" in shown:
        return _plain_table(shown["text/html"]) if "<style scoped>" in shown["text/html"] else shown["text/html"]
    if "image/png" in shown:
        alternative = escape(str(shown.get("text/plain", "")), quote=True)
        return f'<img src="data:image/png;base64,{"".join(shown["image/png"].split())}" alt="{alternative}">'
    if "text/markdown" in shown:
        return markdown(shown["text/markdown"])
    return plain(str(shown.get("text/plain", "")))


def plain(text: str) -> str:
    """Return text as it is, in a box that scrolls sideways."""
    return f'<pre tabindex="0">{escape(text)}</pre>'


def _plain_table(html: str) -> str:
    """Return a table of pandas without its own borders and styles."""
    table = _PANDAS.sub("", html)
    for old, new in _OWN_STYLE:
        table = table.replace(old, new)
    table = _NUMBER.sub('<td class="cf-number">', table)
    return f'<div class="cf-frame">{_scrolling(table)}</div>'


def _scrolling(table: str, name: str = words.TABLE_LABEL) -> str:
    """Return a table in a region that scrolls sideways, named after its first columns."""
    heads = [unescape(head) for head in re.findall(r"<th[^>]*>([^<]+)</th>", table.partition("</thead>")[0])]
    label = escape(f"{name}: {', '.join(heads[:3])}", quote=True)
    return f'<div class="cf-scroll" role="region" tabindex="0" aria-label="{label}">{table}</div>'

"""The HTML of a figure: text as text, drawings inline, everything from data escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from chipflows import words
from chipflows.figures import theme
from chipflows.figures.events import Event
from chipflows.figures.measure import plain
from chipflows.figures.source import Source


@dataclass(frozen=True)
class Words:
    """Everything a figure says outside its drawing."""

    name: str
    number: int | None
    title: str
    subtitle: str
    unit: str
    note: str
    alt: str
    source: Source
    level: int = 3
    method: str = "the-measures"


def figure_html(text: Words, wide: str, narrow: str, events: Sequence[Event], table: pd.DataFrame | None) -> str:
    """Return the whole `<figure>`.

    What needs the style sheet (narrow drawing, links to files beside the page) carries `hidden`, which figure.css
    lifts: without the sheet, as in JupyterLab, the wide drawing stands alone.
    """
    title, named = f"h{text.level}", f"{text.name}-title"
    paper, ink = (f"var(--{token}, {theme.LIGHT[token]})" for token in ("paper", "ink"))
    look = f"max-width: {theme.WIDE}px; background: {paper}; color: {ink}"
    more = _links(text) + _trace(text) + ("" if table is None else _table(text, table))
    parts = (
        f'<figure class="cf-figure" id="{text.name}" aria-labelledby="{named}" style="{look}">',
        _kicker(text),
        f'<{title} class="cf-title" id="{named}">{_safe(text.title)}</{title}>',
        f'<p class="cf-subtitle">{_with_bold(text.subtitle, text.unit)}</p>',
        f'<div class="cf-wide">{wide}</div>',
        f'<div class="cf-narrow" hidden>{narrow}{_event_list(events)}</div>',
        "<figcaption>",
        f"<p>{_safe(text.note)}</p>" if text.note else "",
        f"<p>{_safe(text.source.line)}</p>",
        f'<div class="cf-more">{more}</div>',
        "</figcaption>",
        "</figure>",
    )
    return "\n".join(filter(None, parts))


def _safe(text: str) -> str:
    """Return words from data as HTML text."""
    return escape(plain(text))


def _kicker(text: Words) -> str:
    number = f"<span>{words.FIGURE} {text.number}</span>" if text.number is not None else ""
    badge = f'<strong class="cf-badge">{words.MADE_UP}</strong>' if text.source.is_synthetic else ""
    return f'<p class="cf-kicker">{" ".join(filter(None, (number, badge)))}</p>' if number or badge else ""


def _with_bold(subtitle: str, unit: str) -> str:
    before, found, after = subtitle.partition(unit)
    return f"{_safe(before)}<strong>{_safe(found)}</strong>{_safe(after)}"


def _event_list(events: Sequence[Event]) -> str:
    items = "".join(f"<li><b>{i}</b> {_safe(event.label)}</li>" for i, event in enumerate(events, 1))
    return f'<ol class="cf-events">{items}</ol>' if items else ""


def _links(text: Words) -> str:
    files = (("csv", words.LINK_CSV), ("svg", words.LINK_SVG), ("png", words.LINK_PNG))
    links = " · ".join(f'<a href="files/{text.name}.{ending}" download>{word}</a>' for ending, word in files)
    method = f'<a href="methods.html#{escape(text.method, quote=True)}">{words.LINK_METHOD}</a>'
    return f'<span class="cf-links" hidden>{links} · {method}</span>'


def _trace(text: Words) -> str:
    """Return the command that lists the raw files, and all sources where the source line only counts some."""
    command, every = _safe(text.source.trace), _safe(text.source.publishers)
    told = f"<p>{words.ALL_SOURCES}: {every}.</p>" if every else ""
    return f"<details><summary>{words.TRACE}</summary>{told}<code>{command}</code></details>" if command else ""


def _table(text: Words, table: pd.DataFrame) -> str:
    """Return the numbers as a table; a gap is a code that the caption explains, never a blank."""
    kinds = [' class="cf-number"' if _is_number(table, column) else "" for column in table.columns]
    cells = [[_cell(value) for value in row] for row in table.itertuples(index=False, name=None)]
    gaps = [f"{code} {said}" for code, said in words.CELLS.items() if any(code in row for row in cells)]
    caption = "; ".join([_with_bold(text.subtitle, text.unit), *gaps])
    head = "".join(f'<th scope="col"{kind}>{_safe(str(name))}</th>' for name, kind in zip(table, kinds, strict=True))
    body = "".join(
        f'<tr><th scope="row">{_safe(row[0])}</th>'
        + "".join(f"<td{kind}>{_safe(value)}</td>" for value, kind in zip(row[1:], kinds[1:], strict=True))
        + "</tr>"
        for row in cells
    )
    label = _safe(f"{words.TABLE}: {text.title}")
    return (
        f"<details><summary>{words.TABLE}</summary>"
        f'<div class="cf-scroll" role="region" tabindex="0" aria-label="{label}">'
        f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )


def _is_number(table: pd.DataFrame, column: str) -> bool:
    return column in table.attrs.get("numbers", ()) or any(isinstance(value, int | float) for value in table[column])


def _cell(value: object) -> str:
    if isinstance(value, str):
        return value
    if pd.isna(value):  # type: ignore[call-overload]
        return words.CELL_NOT_PUBLISHED
    return f"{value:,.2f}".replace("-", "−") if isinstance(value, float) else f"{value:,}"

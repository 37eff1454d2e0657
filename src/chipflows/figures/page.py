"""The HTML of a figure: text as text, drawings inline, everything from data escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from chipflows.figures import words
from chipflows.figures.annotate import Event
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


def figure_html(text: Words, wide: str, narrow: str, events: Sequence[Event], table: pd.DataFrame | None) -> str:
    """Return the whole `<figure>`.

    What needs the style sheet (narrow drawing, links to files beside the page) carries `hidden`, which figure.css
    lifts: without the sheet, as in JupyterLab, the wide drawing stands alone.
    """
    heading = f"h{text.level}"
    title_id = f"{text.name}-title"
    return "\n".join(
        part
        for part in (
            f'<figure class="cf-figure" id="{text.name}" aria-labelledby="{title_id}" '
            'style="background: var(--paper, #FFFFFF); color: var(--ink, #16202B)">',
            _kicker(text),
            f'<{heading} class="cf-title" id="{title_id}">{escape(text.title)}</{heading}>',
            f'<p class="cf-subtitle">{_with_bold(text.subtitle, text.unit)}</p>',
            f'<div class="cf-wide">{wide}</div>',
            f'<div class="cf-narrow" hidden>{narrow}{_event_list(events)}</div>',
            "<figcaption>",
            f"<p>{escape(text.note)}</p>" if text.note else "",
            f"<p>{escape(text.source.line)}</p>",
            f'<div class="cf-more">{_links(text)}{_trace(text)}{_table(text, table) if table is not None else ""}</div>',
            "</figcaption>",
            "</figure>",
        )
        if part
    )


def _kicker(text: Words) -> str:
    number = f"<span>{words.FIGURE} {text.number}</span>" if text.number is not None else ""
    badge = f'<strong class="cf-badge">{words.MADE_UP}</strong>' if text.source.is_synthetic else ""
    return f'<p class="cf-kicker">{" ".join(filter(None, (number, badge)))}</p>' if number or badge else ""


def _with_bold(subtitle: str, unit: str) -> str:
    before, found, after = subtitle.partition(unit)
    return f"{escape(before)}<strong>{escape(found)}</strong>{escape(after)}"


def _event_list(events: Sequence[Event]) -> str:
    items = "".join(f"<li><b>{i}</b> {escape(event.label)}</li>" for i, event in enumerate(events, 1))
    return f'<ol class="cf-events">{items}</ol>' if items else ""


def _links(text: Words) -> str:
    files = (("csv", words.LINK_CSV), ("svg", words.LINK_SVG), ("png", words.LINK_PNG))
    links = " · ".join(f'<a href="files/{text.name}.{ending}" download>{word}</a>' for ending, word in files)
    return f'<span class="cf-links" hidden>{links}</span>'


def _trace(text: Words) -> str:
    command = escape(text.source.trace)
    return f"<details><summary>{words.TRACE}</summary><code>{command}</code></details>" if command else ""


def _table(text: Words, table: pd.DataFrame) -> str:
    """Return the numbers as a table that a screen reader can walk; a gap is written in the table's own words, never
    left blank.
    """
    is_number = [
        pd.api.types.is_numeric_dtype(table[column]) or column in table.attrs.get("numbers", ())
        for column in table.columns
    ]
    classes = [' class="cf-number"' if number else "" for number in is_number]
    head = "".join(
        f'<th scope="col"{kind}>{escape(str(column))}</th>' for column, kind in zip(table.columns, classes, strict=True)
    )
    rows = []
    for values in table.itertuples(index=False, name=None):
        first, *others = [escape(_cell(value)) for value in values]
        cells = "".join(f"<td{kind}>{value}</td>" for kind, value in zip(classes[1:], others, strict=True))
        rows.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    caption = f"<caption>{_with_bold(text.subtitle, text.unit)}</caption>"
    label = escape(f"{words.TABLE}: {text.title}", quote=True)
    return (
        f'<details><summary>{words.TABLE}</summary><div class="cf-scroll" role="region" tabindex="0" aria-label="{label}">'
        f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div></details>"
    )


def _cell(value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return words.CELL_NOT_PUBLISHED
    return f"{value:,.2f}".replace("-", "−") if isinstance(value, float) else str(value)

"""What a notebook shows beside figures: findings, key numbers, tables, callouts; text from data is escaped."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from numbers import Real
from typing import Any

import pandas as pd

from chipflows.figures.source import Source
from chipflows.words import GAPS, TABLE_LABEL

FINDING = "application/vnd.chipflows.finding+json"
KEYS = "application/vnd.chipflows.keys+json"


@dataclass(frozen=True)
class Block:
    """A piece of a page: HTML for page and JupyterLab, plain text for a console, `parts` for the front page."""

    html: str
    text: str
    parts: Mapping[str, Any] = field(default_factory=dict)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/html": self.html, "text/plain": self.text, **self.parts}


def finding(answer: str, limit: str = "") -> Block:
    """Return the answer of a page, one bold sentence, and one that limits it; the front page shows the answer too."""
    plain = f'<p class="cf-limit">{escape(limit)}</p>' if limit else ""
    html = f'<div class="cf-finding"><p class="cf-answer">{escape(answer)}</p>{plain}</div>'
    return Block(html, f"{answer} {limit}".strip(), {FINDING: {"answer": answer, "limit": limit}})


def key_numbers(values: Iterable[tuple[str, str, str]], *, is_state: bool = False) -> Block:
    """Return up to three numbers, each as (label, number, its interval or range); raises ValueError for one without.

    The front page shows those of the verdict under its sentence, and those that say how far the report can be trusted
    (`is_state`) beside coverage and checks.
    """
    found = list(values)
    for label, number, interval in found:
        if not interval.strip():
            raise ValueError(f"key number {label!r} ({number}): give its interval or range, no number stands alone")
    items = "".join(
        f'<div><dt>{escape(label)}</dt><dd class="cf-number">{escape(number)}</dd><dd>{escape(interval)}</dd></div>'
        for label, number, interval in found
    )
    text = "; ".join(f"{label}: {number} ({interval})" for label, number, interval in found)
    parts = {KEYS: {"is_state": is_state, "values": [list(value) for value in found]}}
    return Block(f'<dl class="cf-keys">{items}</dl>' if found else "", text, parts)


def callout(title: str, text: str) -> Block:
    """Return a boxed remark: what is missing, what must not be concluded."""
    html = f'<aside class="cf-callout"><p><strong>{escape(title)}</strong> {escape(text)}</p></aside>'
    return Block(html, f"{title} {text}")


def data_table(
    df: pd.DataFrame,
    *,
    caption: str,
    subtitle: str = "",
    columns: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    decimals: Mapping[str, int] | None = None,
    gaps: Mapping[str, str] | None = None,
    numbers: Iterable[str] = (),
    note: str = "",
    source: Source | Mapping[str, Any] | None = None,
    has_total: bool = False,
) -> Block:
    """Return a table for looking things up: the columns of `df` in their order, the first one names the rows.

    `columns` gives headers (default: the column's name), `units` what stands under them, `decimals` digits (default: as
    many as give the largest number of the column three). An empty cell shows the code in `gaps` for its column (default
    `[x]`), and the codes used are explained; `numbers` are columns of text to be aligned as numbers; `has_total` sets
    the first row bold. Raises ValueError for an unknown column or code.
    """
    named, used = {**(columns or {}), **(units or {}), **(decimals or {}), **(gaps or {})}, set()
    if unknown := [name for name in named if name not in df.columns]:
        known = ", ".join(map(str, df.columns))
        raise ValueError(f"table {caption!r} has no column {', '.join(unknown)}; it has {known}")
    cells: list[list[str]] = []
    for column in df.columns:
        texts = column_texts(df[column], (decimals or {}).get(column), (gaps or {}).get(column, "[x]"))
        used |= {text for text in texts if text.startswith("[") and text.endswith("]")}
        cells.append(texts)
    if strange := sorted(used - set(GAPS)):
        raise ValueError(f"table {caption!r}: unknown code {', '.join(strange)}; known are {', '.join(GAPS)}")
    is_number = [column in set(numbers) or _is_number(df[column]) for column in df.columns]
    heads = [((columns or {}).get(column, str(column)), (units or {}).get(column, "")) for column in df.columns]
    rows = list(zip(*cells, strict=True)) if len(df) else []
    html = _table(caption, subtitle, heads, rows, is_number, has_total)
    notes = [note, "; ".join(f"{code} {GAPS[code]}" for code in GAPS if code in used)]
    notes += [Source.of(df, source).line] if source is not None else []
    below = "".join(f"<p>{escape(text)}</p>" for text in notes if text)
    whole = f'<div class="cf-table">{html}<div class="cf-notes">{below}</div></div>'
    return Block(whole, f"{caption}\n{df.to_string()}")


def column_texts(values: pd.Series, decimals: int | None, gap: str) -> list[str]:
    """Return a column as text: equal decimals, thousands separated, true minus, a code for what is absent."""
    known = [float(value) for value in values if _number(value)]
    if decimals is None:
        decimals = 0 if all(value.is_integer() for value in known) else _decimals(known)
    return [gap if _absent(value) else _text(value, decimals) for value in values]


def _decimals(known: Sequence[float]) -> int:
    largest = max(map(abs, known))
    return min(max(2 - math.floor(math.log10(largest)), 0), 6)


def _text(value: Any, decimals: int) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%b}\N{NO-BREAK SPACE}{value:%Y}"
    if not _number(value):
        return str(value)
    text = f"{abs(value):,.{decimals}f}"
    if value != 0 and not any(digit in text for digit in "123456789"):
        # A small number must not look like none.
        text = f"{10.0**-decimals:,.{decimals}f}"
        return f"<{text}" if value > 0 else f">−{text}"
    return f"−{text}" if value < 0 else text


def _number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and not math.isnan(value)


def _absent(value: Any) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or value == "" or value != value


def _is_number(values: pd.Series) -> bool:
    """Return whether a column holds numbers, apart from codes of gaps."""
    return all(_absent(value) or _number(value) or value in GAPS for value in values) and any(map(_number, values))


def _lines(text: str) -> str:
    """Return a cell; what follows a line break stands below, smaller: an interval under its number."""
    first, _, below = text.partition("\n")
    return f"{escape(first)}<span>{escape(below)}</span>" if below else escape(first)


def _table(
    caption: str,
    subtitle: str,
    heads: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[str]],
    is_number: Sequence[bool],
    has_total: bool,
) -> str:
    classes = [' class="cf-number"' if number else "" for number in is_number]
    head = "".join(
        f'<th scope="col"{kind}>{escape(name)}{f" <span>{escape(unit)}</span>" if unit else ""}</th>'
        for (name, unit), kind in zip(heads, classes, strict=True)
    )
    body = []
    for number, (first, *others) in enumerate(rows):
        cells = "".join(f"<td{kind}>{_lines(text)}</td>" for kind, text in zip(classes[1:], others, strict=True))
        total = ' class="cf-total"' if has_total and number == 0 else ""
        body.append(f'<tr{total}><th scope="row">{_lines(first)}</th>{cells}</tr>')
    below = f"<span>{escape(subtitle)}</span>" if subtitle else ""
    label = escape(f"{TABLE_LABEL}: {caption}", quote=True)
    return (
        f'<div class="cf-scroll" role="region" tabindex="0" aria-label="{label}"><table>'
        f"<caption><strong>{escape(caption)}</strong>{below}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )

"""From a drawing and its words to a finished figure; refuses one without source, unit or text alternative."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib
import pandas as pd

from chipflows.figures import page, sheet, standalone, svg, theme
from chipflows.figures.block import FigureBlock
from chipflows.figures.events import Event
from chipflows.figures.measure import plain
from chipflows.figures.source import Source

_LIMITS = {"title": 90, "subtitle": 180, "alt": 320}
_ROWS = 30
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class FigureWarning(UserWarning):
    """Something about a figure that the render must report."""


class TitleNoLongerHolds(FigureWarning):
    """The data no longer bear the title out, so the neutral one is printed."""


class TextTooLong(FigureWarning):
    """A title, subtitle or text alternative is longer than the house style allows."""


@dataclass(frozen=True)
class Plot:
    """What a form hands to `finish`: how to draw, and what the drawing says in words.

    `draw(sheet)` opens the sheet and draws, wide or narrow; `alt` is the text alternative; `note` what the drawing
    itself has to say (gaps); `table` the numbers ready to be read (shown up to 30 rows); `events` the numbered ones of
    the narrow drawing.
    """

    draw: Callable[[sheet.Sheet], None]
    alt: str
    note: str = ""
    table: pd.DataFrame | None = None
    events: tuple[Event, ...] = ()


def finish(
    plot: Plot,
    df: pd.DataFrame,
    *,
    name: str,
    title: str,
    title_neutral: str,
    holds: bool,
    subtitle: str,
    unit: str,
    source: Source | Mapping[str, Any] | None = None,
    note: str = "",
    alt: str | None = None,
    number: int | None = None,
    level: int = 3,
    method: str = "the-measures",
) -> FigureBlock:
    """Return the finished figure of `plot`, drawn from `df`.

    `name` names its files and ids; `title` is printed while `holds`, else `title_neutral` with a `TitleNoLongerHolds`
    warning; `unit` is printed bold inside or after the subtitle; `level` is the heading level of the title;
    `method` is the heading of docs/methods.md that says how it is computed, as an anchor. Raises ValueError saying what
    is missing.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        raise ValueError(f"figure name {name!r}: use small letters, digits, - and _, it names files")
    alt = plot.alt if alt is None else alt
    needed = {"title": title, "title_neutral": title_neutral, "subtitle": subtitle, "unit": unit, "alt": alt}
    if missing := [what for what, value in needed.items() if not value.strip()]:
        raise ValueError(f"figure {name}: {', '.join(missing)} missing")
    origin = Source.of(df, source)
    if not holds:
        said = f"figure {name}: the data no longer bear out {title!r}; printed: {title_neutral!r}"
        warnings.warn(said, TitleNoLongerHolds, stacklevel=3)
    text = page.Words(
        name=name,
        number=number,
        title=plain(title if holds else title_neutral),
        subtitle=plain(subtitle if unit in subtitle else f"{subtitle}, {unit}"),
        unit=plain(unit),
        note=plain(" ".join(part for part in (note, plot.note) if part)),
        alt=plain(alt),
        source=origin,
        level=level,
        method=method,
    )
    _warn_of_length(text)
    return _block(plot, df, text, bool(holds))


def _warn_of_length(text: page.Words) -> None:
    for what, limit in _LIMITS.items():
        length = len(getattr(text, what))
        if length > limit:
            said = f"figure {text.name}: {what} has {length} characters, more than {limit}"
            warnings.warn(said, TextTooLong, stacklevel=4)


def _block(plot: Plot, df: pd.DataFrame, text: page.Words, holds: bool) -> FigureBlock:
    table = None if plot.table is None or len(plot.table) > _ROWS else plot.table
    with matplotlib.rc_context(theme.style()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a page has the reader's fonts
        drawings = []
        for is_narrow in (False, True):
            paper = sheet.Sheet(is_narrow)
            plot.draw(paper)
            kind = "narrow" if is_narrow else "wide"
            drawings.append(svg.to_svg(paper.figure, f"{text.name}-{kind}", text.alt))
        alone = standalone.draw(plot.draw, text)
        picture, pixels = svg.to_svg(alone, text.name, text.alt, is_themed=False), svg.to_png(alone)
    return FigureBlock(
        name=text.name,
        number=text.number,
        title=text.title,
        subtitle=text.subtitle,
        holds=holds,
        html=page.figure_html(text, drawings[0], drawings[1], plot.events, table),
        csv=_harmless(df).to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d"),
        svg=picture,
        svg_wide=drawings[0],
        svg_narrow=drawings[1],
        png=pixels,
        alt=text.alt,
        source=text.source.line,
    )


def _harmless(df: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with text that a spreadsheet would take for a formula behind an apostrophe."""

    def safe(value: object) -> object:
        return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value

    texts = df.select_dtypes(["object", "string", "category"])
    return df.assign(**{str(name): texts[name].map(safe) for name in texts}).rename(columns=safe)

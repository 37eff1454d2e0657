"""The figure cut out of its page: plot, badge, title, subtitle, note and source in one picture."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.figure import Figure

from chipflows import words
from chipflows.figures import theme
from chipflows.figures.measure import text_width, wrap
from chipflows.figures.page import Words
from chipflows.figures.sheet import Sheet

_MARGIN = 24


def draw(plot: Callable[[Sheet], None], text: Words) -> Figure:
    """Return the wide drawing with its words around it, wrapped as text."""
    title = wrap(text.title, theme.WIDE, 21, bold=True)
    subtitle = wrap(text.subtitle, theme.WIDE, 15)
    small = [line for part in (text.note, text.source.line) if part for line in wrap(part, theme.WIDE, theme.TEXT)]
    has_kicker = text.number is not None or text.source.is_synthetic
    head = 24 + 22 * has_kicker + 27 * len(title) + 21 * len(subtitle) + 16
    sheet = Sheet(margin=_MARGIN, head=head, foot=34 + 18 * len(small))
    plot(sheet)
    sheet.box(0, -head, theme.WIDE, 4, "ink")
    y = -head + 26.0
    if has_kicker:
        _kicker(sheet, text, y)
        y += 26
    for line in title:
        sheet.text(0, y + 2, line, size=21, token="ink", bold=True)
        y += 27
    for line in subtitle:
        sheet.text(0, y - 2, line, size=15)
        y += 21
    y = sheet.height + 14
    sheet.rules([(0, y, theme.WIDE, y)], "grid")
    for line in small:
        y += 18
        sheet.text(0, y, line)
    return sheet.figure


def _kicker(sheet: Sheet, text: Words, y: float) -> None:
    x = 0.0
    if text.number is not None:
        label = f"{words.FIGURE} {text.number}"
        sheet.text(x, y, label, size=theme.LABEL)
        x += text_width(label, theme.LABEL) + 8
    if text.source.is_synthetic:
        width = text_width(words.MADE_UP, theme.LABEL, bold=True) + 8
        sheet.box(x + 0.5, y - 14, width, 19, edge="ink")
        sheet.text(x + width / 2, y, words.MADE_UP, size=theme.LABEL, token="ink", bold=True, align="center")

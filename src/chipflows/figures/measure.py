"""How wide words are, before anything is drawn.

Measured in DejaVu Sans, which ships with matplotlib and so is the same everywhere; pages show narrower fonts.
"""

from __future__ import annotations

from functools import lru_cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from chipflows.figures import theme

_measure = TextToPath()


def plain(text: str) -> str:
    """Return the text on one line, without characters that an SVG may not hold."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


@lru_cache(maxsize=8192)
def text_width(text: str, size: float = theme.TEXT, bold: bool = False) -> float:
    """Return the width of one line in pixels, in DejaVu Sans, which is wider than what a page shows."""
    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    return float(_measure.get_text_width_height_descent(plain(text), font, ismath=False)[0])


def wrap(text: str, width: float, size: float = theme.TEXT, bold: bool = False) -> list[str]:
    """Return the lines of `text` that fit `width` pixels; a longer word stands alone."""
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}", size, bold) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


def clipped(text: str, width: float, *, size: float = theme.TEXT, bold: bool = True, most: int = 1) -> list[str]:
    """Return at most `most` lines; an ellipsis stands for the rest, which the table and the CSV hold."""
    lines = wrap(text, width, size, bold)
    if len(lines) <= most:
        return lines
    *before, last = lines[:most]
    while " " in last and text_width(f"{last} …", size, bold) > width:
        last = last.rpartition(" ")[0]
    return [*before, f"{last.rstrip(',;:')} …"]

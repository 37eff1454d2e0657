"""What charts with one row per good or economy share: names left of the plot, or above their row on the narrow drawing."""

from __future__ import annotations

from collections.abc import Sequence

from chipflows.figures import theme
from chipflows.figures.scale import Scale
from chipflows.figures.sheet import Sheet, text_width, wrap

_MOST = 190.0


def pitch(sheet: Sheet) -> float:
    """Return the height of one row."""
    return 39.0 if sheet.narrow else 31.0


def left_edge(sheet: Sheet, names: Sequence[str], codes: Sequence[str]) -> float:
    """Return where the plot starts: right of names and codes, or at the margin on the narrow drawing."""
    if sheet.narrow:
        return 22.0
    return name_edge(names) + max((text_width(code) + 16 for code in codes if code), default=0) + 20


def name_edge(names: Sequence[str]) -> float:
    """Return the right edge of the column of names."""
    return max(text_width(line) for name in names for line in wrap(name, _MOST))


def draw_name(sheet: Sheet, name: str, code: str, y: float, edge: float, *, bold: bool = False) -> None:
    """Write a row's name: right-aligned to `edge` with its code beside it; narrow: bold above the row, without the code."""
    if sheet.narrow:
        sheet.text(0, y - 13.5, clipped(name, sheet.width - 66), token="ink", bold=True)
        return
    lines = wrap(name, _MOST)
    for i, line in enumerate(lines):
        sheet.text(edge, y + 4.5 + 14 * (i - (len(lines) - 1) / 2), line, token="ink", bold=bold, align="right")
    if code:
        sheet.text(edge + 16, y + 4.5, code)


def clipped(name: str, width: float, *, bold: bool = True) -> str:
    """Return the words of a name that fit one line; an ellipsis stands for the rest, which table and CSV hold."""
    lines = wrap(name, width, theme.TEXT, bold=bold)
    return lines[0] if len(lines) == 1 else f"{lines[0].rstrip(',;:')} …"


def draw_value_axis(sheet: Sheet, x: Scale, ticks: dict[float, str], top: float, bottom: float) -> None:
    """Draw vertical gridlines and, below them, the labels that do not touch; the first and the last are kept."""
    sheet.rules([(x(tick), top, x(tick), bottom) for tick in ticks], "grid")
    places = {tick: (x(tick) - text_width(name) / 2, x(tick) + text_width(name) / 2) for tick, name in ticks.items()}
    kept = [min(ticks), max(ticks)] if len(ticks) > 1 else list(ticks)
    for tick in list(ticks)[1:-1]:
        if all(places[tick][1] + 6 < places[k][0] or places[k][1] + 6 < places[tick][0] for k in kept):
            kept.append(tick)
    for tick in kept:
        sheet.text(x(tick), bottom + 17, ticks[tick], align="center")


def draw_level(
    sheet: Sheet, at: float, names: Sequence[str], places: Sequence[float], top: float, bottom: float, token: str
) -> None:
    """Draw a vertical line that all rows are read against; on the narrow drawing it stops for the names that would
    cross it.
    """
    edges = [top]
    for name, y in zip(names, places, strict=True):
        if sheet.narrow and text_width(name, theme.TEXT, bold=True) > at - 3:
            edges += [max(y - 28, top), y - 10]
    edges.append(bottom)
    sheet.rules([(at, start, at, end) for start, end in zip(edges[::2], edges[1::2], strict=True)], token, 1.8, z=2)

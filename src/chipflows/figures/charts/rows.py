"""What charts with one row per good or economy share: names left of the plot, or above their row when narrow."""

from __future__ import annotations

from collections.abc import Sequence

from chipflows.figures import theme
from chipflows.figures.measure import clipped, text_width
from chipflows.figures.scale import Scale
from chipflows.figures.sheet import Sheet

_WIDEST = 190.0


def pitch(sheet: Sheet) -> float:
    """Return the height of one row."""
    return 39.0 if sheet.narrow else 31.0


def places(sheet: Sheet, top: float, count: int) -> list[float]:
    """Return the middle of each row's marks; when narrow they leave room for the name above."""
    return [top + pitch(sheet) * (i + (0.72 if sheet.narrow else 0.5)) for i in range(count)]


def left_edge(sheet: Sheet, names: Sequence[str], codes: Sequence[str]) -> float:
    """Return where the plot starts: right of names and codes, or at the margin on the narrow drawing."""
    if sheet.narrow:
        return 22.0
    return name_edge(names) + max((text_width(code) + 16 for code in codes if code), default=0) + 20


def name_edge(names: Sequence[str], *, bold: bool = False, most: int = 2) -> float:
    """Return the right edge of the column of names, each on at most `most` lines."""
    lines = (line for name in names for line in clipped(name, _WIDEST, bold=bold, most=most))
    return max(text_width(line, bold=bold) for line in lines)


def draw_name(sheet: Sheet, name: str, code: str, y: float, edge: float, *, bold: bool = False, most: int = 2) -> None:
    """Write a row's name: up to `edge`, its code beside it; narrow: bold above the row, without the code."""
    if sheet.narrow:
        sheet.text(0, y - 13.5, clipped(name, sheet.width - 66)[0], token="ink", bold=True)
        return
    lines = clipped(name, _WIDEST, bold=bold, most=most)
    for i, line in enumerate(lines):
        sheet.text(edge, y + 4.5 + 14 * (i - (len(lines) - 1) / 2), line, token="ink", bold=bold, align="right")
    sheet.text(edge + 16, y + 4.5, code)


def draw_value_axis(
    sheet: Sheet, x: Scale, ticks: dict[float, str], top: float, bottom: float, keep: float | None = None
) -> None:
    """Draw vertical gridlines and, below them, the labels that do not touch; `keep`, first and last come first."""
    sheet.rules([(x(tick), top, x(tick), bottom) for tick in ticks], "grid")
    kept: list[float] = []
    for tick in sorted(ticks, key=lambda tick: (tick != keep, tick not in (min(ticks), max(ticks)))):
        half = text_width(ticks[tick]) / 2 + 3
        if all(abs(x(tick) - x(other)) > half + text_width(ticks[other]) / 2 + 3 for other in kept):
            kept.append(tick)
            sheet.text(x(tick), bottom + 17, ticks[tick], align="center")


def draw_level(
    sheet: Sheet, at: float, names: Sequence[str], places: Sequence[float], span: tuple[float, float], token: str,
    above: float = 28.0,
) -> None:  # fmt: skip
    """Draw a vertical line that all rows are read against; when narrow it stops for the names that would cross it,
    which begin `above` pixels over their row."""
    edges = [span[0]]
    for name, y in zip(names, places, strict=True):
        if sheet.narrow and text_width(name, theme.TEXT, bold=True) > at - 3:
            edges += [max(y - above, span[0]), y - 10]
    edges.append(span[1])
    sheet.rules([(at, start, at, end) for start, end in zip(edges[::2], edges[1::2], strict=True)], token, 1.8, z=2)

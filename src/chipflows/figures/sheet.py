"""Paper in CSS pixels: x from the left edge, y down from the top of the plot. The only place where matplotlib draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Polygon, Rectangle
from matplotlib.textpath import TextToPath

from chipflows.figures import theme

_measure = TextToPath()


@lru_cache(maxsize=8192)
def text_width(text: str, size: float = theme.TEXT, bold: bool = False) -> float:
    """Return the width of one line in pixels, in DejaVu Sans, which is wider than what a page shows."""
    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    return float(_measure.get_text_width_height_descent(text, font, ismath=False)[0])


def wrap(text: str, width: float, size: float = theme.TEXT, bold: bool = False) -> list[str]:
    """Return the lines of `text` that fit `width` pixels; a longer word stands alone."""
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}", size, bold) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


class Sheet:
    """One drawing: `Sheet(narrow)` is handed to a form, which calls `open(height)` first and then draws.

    `margin`, `head` and `foot` are room around the plot for the picture that stands alone.
    """

    def __init__(self, narrow: bool = False, *, margin: float = 0, head: float = 0, foot: float = 0) -> None:
        self.narrow = narrow
        self.width = theme.NARROW if narrow else theme.WIDE
        self.height = 0.0
        self._around = (margin, head, foot)

    def open(self, height: float) -> None:
        """Take `height` pixels for the plot."""
        margin, head, foot = self._around
        self.height = height
        wide, high = self.width + 2 * margin, height + head + foot
        self.figure = Figure(figsize=(wide / 72, high / 72), dpi=72, facecolor=theme.LIGHT["paper"] if head else "none")
        self._paper = self.figure.add_axes((0, 0, 1, 1))
        self._paper.set_axis_off()
        self._paper.set_xlim(-margin, self.width + margin)
        self._paper.set_ylim(height + foot, -head)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = theme.TEXT,
        token: str = "ink2",
        bold: bool = False,
        align: str = "left",
    ) -> None:
        """Write one line with its baseline at y; `align` says which point of the line x is."""
        self._paper.text(
            x,
            y,
            text,
            fontsize=size,
            color=theme.LIGHT[token],
            fontweight="bold" if bold else "normal",
            ha=align,
            va="baseline",
            zorder=9,
        )

    def line(
        self,
        x: Any,
        y: Any,
        token: str,
        width: float = theme.LINE,
        *,
        dashed: bool = False,
        z: float = 3,
        clip: tuple[float, ...] = (),
        alpha: float = 1,
    ) -> None:
        """Draw one line through the points; null values break it. `clip` = (left, top, width, height) cuts it off."""
        (drawn,) = self._paper.plot(x, y, color=theme.LIGHT[token], lw=width, zorder=z, alpha=alpha, clip_on=bool(clip))
        if dashed:
            drawn.set_dashes(theme.DASHES)
        if clip:
            box = Rectangle(clip[:2], clip[2], clip[3], transform=self._paper.transData)
            drawn.set_clip_path(box)

    def rules(
        self,
        segments: Iterable[Sequence[float]],
        token: str,
        width: float = 1,
        *,
        dashed: bool = False,
        z: float = 1,
        butt: bool = True,
        alpha: float = 1,
    ) -> None:
        """Draw straight segments (x0, y0, x1, y1) of one kind as one path, which keeps the file small."""
        rows = [(x0, y0, x1, y1) for x0, y0, x1, y1 in segments]
        if not rows:
            return
        x = np.array([(x0, x1, np.nan) for x0, _, x1, _ in rows]).ravel()[:-1]
        y = np.array([(y0, y1, np.nan) for _, y0, _, y1 in rows]).ravel()[:-1]
        (drawn,) = self._paper.plot(x, y, color=theme.LIGHT[token], lw=width, zorder=z, alpha=alpha, clip_on=False)
        drawn.set_solid_capstyle("butt" if butt else "round")
        if dashed:
            drawn.set_dashes(theme.DASHES)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        token: str | None = None,
        *,
        edge: str | None = None,
        hatch: bool = False,
        alpha: float = 1,
        dotted: bool = False,
        line: float = 1,
        z: float = 0.5,
    ) -> None:
        """Draw a rectangle: filled with `token`, outlined with `edge`, hatched, or all three."""
        patch = Rectangle(
            (x, y),
            width,
            height,
            facecolor=theme.LIGHT[token] if token else "none",
            alpha=alpha,
            zorder=z,
            clip_on=False,
            lw=line if edge else 0,
            edgecolor=theme.LIGHT[edge or "axis"],
            hatch="////" if hatch else None,
        )
        patch.set_hatchcolor(theme.LIGHT["axis"])
        if dotted:
            patch.set_linestyle((0, (1.5, 1.5)))
        self._paper.add_patch(patch)

    def band(self, x: Any, low: Any, high: Any, token: str, alpha: float = 0.18, z: float = 2) -> None:
        """Fill between two lines; null values break the band."""
        self._paper.fill_between(x, low, high, color=theme.LIGHT[token], alpha=alpha, lw=0, zorder=z, clip_on=False)

    def dots(
        self,
        x: Any,
        y: Any,
        token: str,
        size: float = 10,
        *,
        marker: str = "o",
        hollow: bool = False,
        edge: float = 0,
        alpha: float = 1,
        z: float = 5,
    ) -> None:
        """Draw marks of one kind, `size` pixels across; hollow ones are filled with paper; `edge` is a paper gap
        around filled ones.
        """
        colour, paper = theme.LIGHT[token], theme.LIGHT["paper"]
        self._paper.plot(
            np.atleast_1d(x),
            np.atleast_1d(y),
            ls="none",
            marker=marker,
            ms=size,
            mfc=paper if hollow else colour,
            mec=colour if hollow else paper,
            mew=edge,
            alpha=alpha,
            zorder=z,
            clip_on=False,
        )

    def shape(self, points: Sequence[tuple[float, float]], token: str, z: float = 5) -> None:
        """Fill a polygon."""
        self._paper.add_patch(Polygon(points, closed=True, facecolor=theme.LIGHT[token], lw=0, zorder=z, clip_on=False))

    def strip(
        self, x: Sequence[float], y: Sequence[float], token: str, *, seed: int, size: float = 5, alpha: float = 0.5
    ) -> None:
        """Draw a strip of dots around each height, jittered up and down; the same seed gives the same picture."""
        import seaborn  # only strips need it, and it takes a second to load

        state = np.random.get_state()
        np.random.seed(seed)  # seaborn jitters with numpy's global generator
        seaborn.stripplot(
            x=x,
            y=y,
            orient="h",
            native_scale=True,
            jitter=0.22,
            size=size,
            color=theme.LIGHT[token],
            alpha=alpha,
            linewidth=0,
            legend=False,
            ax=self._paper,
            zorder=4,
            clip_on=False,
        )
        np.random.set_state(state)

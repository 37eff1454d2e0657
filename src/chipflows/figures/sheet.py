"""Paper in CSS pixels: x from the left edge, y down from the top of the plot. The only place where matplotlib draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from chipflows.figures import theme
from chipflows.figures.measure import plain

Box = tuple[float, float, float, float]


class Sheet:
    """One drawing: `Sheet(narrow)` is handed to a form, which calls `open(height)` first and then draws.

    Colours are given as tokens of the theme, sizes in pixels; a higher z lies on top. `margin`, `head` and `foot` are
    room around the plot for the picture that stands alone.
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
        self, x: float, y: float, text: str, *, size: float = theme.TEXT, token: str = "ink2", bold: bool = False,
        align: str = "left",
    ) -> None:  # fmt: skip
        """Write one line with its baseline at y; `align` says which point of the line x is."""
        colour, weight = theme.LIGHT[token], "bold" if bold else "normal"
        self._paper.text(x, y, plain(text), size=size, color=colour, weight=weight, ha=align, va="baseline", zorder=9)

    def line(
        self, x: Any, y: Any, token: str, width: float = theme.LINE, *, dashed: bool = False, z: float = 3,
        clip: Box | None = None,
    ) -> None:  # fmt: skip
        """Draw one line through the points; null values break it. `clip` = (left, top, width, height) cuts it off."""
        (drawn,) = self._paper.plot(x, y, color=theme.LIGHT[token], lw=width, zorder=z, clip_on=bool(clip))
        if dashed:
            drawn.set_dashes(theme.DASHES)
        if clip:
            drawn.set_clip_path(Rectangle(clip[:2], *clip[2:], transform=self._paper.transData))

    def rules(
        self, segments: Iterable[Sequence[float]], token: str, width: float = 1, *, dashed: bool = False, z: float = 1,
        alpha: float = 1,
    ) -> None:  # fmt: skip
        """Draw straight segments (x0, y0, x1, y1) of one kind as one path, which keeps the file small."""
        rows = list(segments)
        if not rows:
            return
        x = np.array([(x0, x1, np.nan) for x0, _, x1, _ in rows]).ravel()[:-1]
        y = np.array([(y0, y1, np.nan) for _, y0, _, y1 in rows]).ravel()[:-1]
        (drawn,) = self._paper.plot(x, y, color=theme.LIGHT[token], lw=width, zorder=z, alpha=alpha, clip_on=False)
        drawn.set_solid_capstyle("butt")
        if dashed:
            drawn.set_dashes(theme.DASHES)

    def boxes(
        self, rectangles: Sequence[Box], token: str | None = None, *, edge: str | None = None, hatch: bool = False,
        dotted: bool = False, line: float = 1, z: float = 0.5,
    ) -> None:  # fmt: skip
        """Draw rectangles (left, top, width, height) of one kind as one path: filled, outlined, hatched."""
        corners = [((x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)) for x, y, w, h in rectangles]
        codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(corners)
        ground = theme.LIGHT[token] if token else "none"
        patch = PathPatch(Path(np.reshape(corners, (-1, 2)), codes), facecolor=ground, zorder=z, clip_on=False)
        patch.set(edgecolor=theme.LIGHT[edge or "axis"], linewidth=line if edge else 0)
        if dotted:
            patch.set_linestyle((0, (1.5, 1.5)))
        if hatch:
            patch.set(hatch="////", hatchcolor=theme.LIGHT["axis"])
        self._paper.add_patch(patch)

    def box(self, x: float, y: float, width: float, height: float, token: str | None = None, **look: Any) -> None:
        """Draw one rectangle; `look` as in `boxes`."""
        self.boxes([(x, y, width, height)], token, **look)

    def band(self, x: Any, low: Any, high: Any, token: str, alpha: float = 0.18) -> None:
        """Fill between two lines; null values break the band."""
        self._paper.fill_between(x, low, high, color=theme.LIGHT[token], alpha=alpha, lw=0, zorder=2, clip_on=False)

    def dots(
        self, x: Any, y: Any, token: str, size: float = 10, *, marker: str = "o", hollow: bool = False, edge: float = 0,
        alpha: float = 1, z: float = 5,
    ) -> None:  # fmt: skip
        """Draw marks of one kind, `size` across; hollow: paper in an edge of the colour; else `edge` is of paper."""
        inside, rim = theme.LIGHT[token], theme.LIGHT["paper"]
        inside, rim = (rim, inside) if hollow else (inside, rim)
        self._paper.plot(
            np.atleast_1d(x), np.atleast_1d(y), ls="none", marker=marker, ms=size, mfc=inside, mec=rim, mew=edge,
            alpha=alpha, zorder=z, clip_on=False,
        )  # fmt: skip

    def strip(self, x: Sequence[float], y: Sequence[float], token: str, *, seed: int) -> None:
        """Draw a strip of pale dots around each height, jittered up and down; the same seed gives the same picture."""
        import seaborn  # only strips need it, and it takes a second to load

        state = np.random.get_state()
        np.random.seed(seed)  # seaborn jitters with numpy's global generator
        try:
            seaborn.stripplot(
                x=x, y=y, orient="h", native_scale=True, jitter=0.22, size=5, color=theme.LIGHT[token], alpha=0.5,
                linewidth=0, legend=False, ax=self._paper, zorder=4, clip_on=False,
            )  # fmt: skip
        finally:
            np.random.set_state(state)

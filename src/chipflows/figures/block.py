"""A finished figure: what a notebook shows and what a report writes beside the page."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

MIME = "application/vnd.chipflows.figure+json"


@dataclass(frozen=True)
class FigureBlock:
    """One figure in all its shapes; `_repr_mimebundle_` hands them to JupyterLab and to the report.

    `html` is the whole `<figure>` and needs `figure.css` once per page; `svg` and `png` stand alone (title, unit,
    source and badge inside); `svg_wide` and `svg_narrow` are the drawings inside `html`; `csv` is the frame that was
    drawn.
    """

    name: str
    number: int | None
    title: str
    subtitle: str
    holds: bool
    html: str
    csv: str
    svg: str
    svg_wide: str
    svg_narrow: str
    png: bytes
    alt: str
    source: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        parts = {key: value for key, value in vars(self).items() if key != "html"}
        parts["png"] = base64.b64encode(self.png).decode("ascii")
        return {"text/html": self.html, "text/plain": f"{self.title}. {self.alt}", MIME: parts}

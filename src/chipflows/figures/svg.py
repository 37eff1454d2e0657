"""From a matplotlib figure to an SVG for a page: small, deterministic, in the reader's colours and fonts."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from chipflows.figures import theme

_NO_METADATA = {"Date": None, "Creator": None, "Type": None, "Format": None}
_TOKEN_OF = {value: token for token, value in theme.LIGHT.items()}
_NUMBER = re.compile(r"-?\d+\.\d+")
_HEX = re.compile(r"#[0-9a-fA-F]{6}\b")
_DEFAULTS = {
    ("stroke-dashoffset", "0"),
    ("stroke-linecap", "butt"),
    ("stroke-linejoin", "round"),
    ("stroke-width", "1"),
    ("font-weight", "400"),
}


def to_svg(figure: Figure, name: str, alt: str, *, is_themed: bool = True) -> str:
    """Return the figure as one `<svg>` element with real text.

    Colours become `var(--token, #hex)` unless `is_themed` is false; every id starts with `name`, so that two drawings
    share a page; no style attribute is left, so a strict content policy has nothing to block.
    """
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata=_NO_METADATA)
    root = ET.fromstring(buffer.getvalue())
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', buffer.getvalue()))
    _tidy(root, name, used, is_themed)
    _, _, width, height = root.attrib["viewBox"].split()
    size = {} if is_themed else {"width": width, "height": height}
    root.attrib = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": root.attrib["viewBox"],
        **size,
        "role": "img",
        "aria-label": alt,
        "overflow": "visible",
        "font-family": theme.FONTS,
        "stroke-linejoin": "round",
    }
    return ET.tostring(root, encoding="unicode")


def to_png(figure: Figure) -> bytes:
    """Return the figure as PNG, two pixels for each of CSS."""
    figure.set_dpi(144)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())[:, :, :3].copy()  # type: ignore[no-untyped-call]
    small = Image.fromarray(pixels).quantize(128, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    small.save(buffer, "png", optimize=True)
    return buffer.getvalue()


def _tidy(element: ET.Element, name: str, used: set[str], is_themed: bool) -> None:
    """Make this element and all below it small and plain; groups that say nothing are opened up."""
    element.tag = element.tag.rpartition("}")[2]
    element.tail = None
    if element.tag != "text":
        element.text = None
    _plain_attributes(element, name, used, is_themed)
    children: list[ET.Element] = []
    for child in element:
        _tidy(child, name, used, is_themed)
        if child.tag in {"metadata", "style"} or (child.tag in {"g", "defs"} and not len(child)):
            continue
        children += list(child) if child.tag == "g" and not child.attrib else [child]
    element[:] = children


def _plain_attributes(element: ET.Element, name: str, used: set[str], is_themed: bool) -> None:
    """Turn style into attributes, shorten numbers, prefix ids, name colours."""
    given = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
    style = dict(part.strip().split(": ", 1) for part in given.pop("style", "").split(";") if part.strip())
    if "font" in style:  # matplotlib before 3.11 writes the short form, which is no attribute
        weight, size = re.findall(r"(?:(\w+) )?([\d.]+px)", style.pop("font"))[0]
        style |= {"font-weight": weight or "400", "font-size": size}
    style.pop("font-family", None)
    if style.get("text-anchor") == "start":
        del style["text-anchor"]
    given |= {key: value for key, value in style.items() if (key, value) not in _DEFAULTS}
    if given.get("id") not in used:
        given.pop("id", None)
    if given.get("transform", "").startswith("rotate(-0"):
        del given["transform"]
    element.attrib = {key: _value(key, value, name, is_themed) for key, value in given.items()}


def _value(key: str, value: str, name: str, is_themed: bool) -> str:
    if key == "id":
        return f"{name}-{value}"
    if key == "href" or value.startswith("url(#"):
        return value.replace("#", f"#{name}-")
    if key in {"fill", "stroke"} and is_themed:
        return _HEX.sub(lambda hit: _themed(hit.group()), value)
    value = _NUMBER.sub(lambda hit: f"{round(float(hit.group()), 2):g}", value)
    return re.sub(r"\s+", " ", value).strip()


def _themed(colour: str) -> str:
    """Return var(--token, #hex); a colour that is no token is a mistake in a form (KeyError)."""
    return f"var(--{_TOKEN_OF[colour.upper()]}, {colour.upper()})"

"""The look of every drawing: colours by role, type sizes, line widths, the matplotlib style."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib

FOLDER = Path(__file__).parent
STYLE = FOLDER / "chipflows.mplstyle"
CSS = (FOLDER / "figure.css").read_text(encoding="utf-8")
FONTS = "'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', Arial, 'Noto Sans', sans-serif"

WIDE, NARROW = 720, 358
SMALL, TEXT, LABEL = 12.0, 12.5, 13.0
FOCUS, LINE, PANEL_LINE = 2.75, 2.25, 1.9
DASHES = (5.0, 2.0)


def style() -> Any:
    """Return matplotlib's defaults with our style file on top, whatever the reader's own settings are."""
    settings = matplotlib.rc_params_from_file(STYLE, use_default_template=True)
    return {key: value for key, value in settings.items() if key != "backend"}


def _tokens(css: str) -> dict[str, str]:
    return {token: value.upper() for token, value in re.findall(r"--(\w+):\s*(#[0-9A-Fa-f]{6})", css)}


_light, _dark = CSS.split("prefers-color-scheme: dark", 1)
LIGHT, DARK = _tokens(_light), _tokens(_dark)

# Fixed colours by role. A hub without a colour of its own is a twin: same colour, dashed line.
_OWN = {
    "chn": "china",
    "hkg": "hongkong",
    "tur": "turkey",
    "turkiye": "turkey",
    "are": "uae",
    "unitedarabemirates": "uae",
    "kaz": "kazakhstan",
    "kgz": "kyrgyzstan",
    "other": "rest",
    "allother": "rest",
    "hub": "turkey",
    "hubs": "turkey",
}
_TWINS = {
    "geo": "turkey",
    "georgia": "turkey",
    "blr": "uae",
    "belarus": "uae",
    "uzb": "kazakhstan",
    "uzbekistan": "kazakhstan",
    "arm": "kyrgyzstan",
    "armenia": "kyrgyzstan",
}
_SPARE = ("coalition", "turkey", "uae", "kazakhstan", "kyrgyzstan", "china", "hongkong", "rest")


@dataclass(frozen=True)
class Role:
    """How one group is drawn: its colour token and whether its line is dashed."""

    token: str
    is_dashed: bool = False

    @property
    def text(self) -> str:
        """The token for words in this colour; some colours are too pale for text."""
        return f"{self.token}_t" if f"{self.token}_t" in LIGHT else self.token


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalnum())


def _known(name: str) -> Role | None:
    plain = _plain(name)
    if plain in _TWINS or plain in _OWN:
        return Role(_TWINS[plain], is_dashed=True) if plain in _TWINS else Role(_OWN[plain])
    own = next((token for token in LIGHT if token in _SPARE and plain.startswith(token)), None)
    return Role(own or "rest") if own or plain.startswith("other") else None


def roles(groups: Iterable[str], given: Mapping[str, str] | None = None) -> dict[str, Role]:
    """Return how each group is drawn: as `given` (group → token, ISO3 code or role), else by its name, else the next
    free colour.

    Raises ValueError for a given colour that is no token.
    """
    chosen: dict[str, Role] = {}
    names = list(dict.fromkeys(groups))
    for group in names:
        role = _known((given or {}).get(group, group))
        if role is None and group in (given or {}):
            raise ValueError(f"colour of {group!r}: {(given or {})[group]!r} is none of {', '.join(sorted(_SPARE))}")
        if role is not None:
            chosen[group] = role
    free = [token for token in _SPARE if token not in {role.token for role in chosen.values()}]
    for group in names:
        if group not in chosen:
            chosen[group] = Role(free.pop(0) if free else "rest")
    return chosen

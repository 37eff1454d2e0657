"""Numbers and dates as figures write them: three significant digits, true minus, British dates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from chipflows import words

_POWERS = {"billion": 1e9, "million": 1e6, "thousand": 1e3, "tonne": 1e3}


def short(value: float, digits: int = 3) -> str:
    """Return a number with `digits` significant digits, thousands separated: 0.84, 11.3, 212, 3,900."""
    if value == 0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, decimals)
    text = f"{abs(rounded):,.{max(decimals, 0)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return ("−" if rounded < 0 else "") + text


def whole(value: float) -> str:
    """Return an index or a value beside a mark: 212, 31, 2.4, 0.1."""
    if abs(value) >= 9.5:
        return f"{value:,.0f}".replace("-", "−")
    return short(value, 2 if abs(value) >= 0.95 else 1)


def money(value: float, digits: int = 3) -> str:
    """Return an amount in dollars: $212m, $1.24bn, $840k."""
    size = abs(value)
    power, letter = next(((p, w) for p, w in ((1e9, "bn"), (1e6, "m"), (1e3, "k")) if size >= p * 0.9995), (1.0, ""))
    return ("−" if value < 0 else "") + f"${short(size / power, digits)}{letter}"


def mass(kilograms: float) -> str:
    """Return a weight in tonnes, or in kilograms below one tonne."""
    return f"{short(kilograms / 1e3)} t" if abs(kilograms) >= 1e3 else f"{short(kilograms)} kg"


def multiple(ratio: float) -> str:
    """Return a multiple without its sign: 0.04, 0.6, 2.0, 12."""
    if ratio >= 9.95:
        return whole(ratio) if ratio < 999.5 else short(ratio)
    return f"{ratio:.1f}" if ratio >= 0.095 else short(ratio, 1)


def times(ratio: float) -> str:
    """Return a multiple with its sign: ×1.7."""
    return f"×{multiple(ratio)}"


def share(value: float) -> str:
    """Return a share in whole per cent; what rounds to 0 or 100 but isn't is written <1% and >99%."""
    if 0 < value < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= value < 1 else f"{value:.0%}".replace("-", "−")


def ratio_text(value: float) -> str:
    """Return a ratio with two decimals: 0.84, −0.10."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def signed(number: int) -> str:
    """Return a whole number with a true minus."""
    return str(number).replace("-", "−")


def day_text(day: pd.Timestamp) -> str:
    """Return a date as 24 Feb 2022."""
    return f"{day.day} {day:%b} {day.year}"


def month_text(day: pd.Timestamp) -> str:
    """Return a month as Feb 2022."""
    return f"{day:%b} {day.year}"


def heading(code: str) -> str:
    """Return a six-digit code as 8542.31; anything else as it is."""
    return f"{code[:4]}.{code[4:]}" if len(code) == 6 and code.isdigit() else code


def listed(names: list[str], most: int = 4) -> str:
    """Return names as a list in prose, cut to `most` and the number of the others."""
    if len(names) > most:
        names = [*names[: most - 1], f"{len(names) - most + 1} {words.OTHERS}"]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


@dataclass(frozen=True)
class Axis:
    """How the values of one column are written, from the words of the figure's unit (USD million a month)."""

    power: float
    prefix: str
    word: str

    @classmethod
    def of(cls, unit: str, column: str) -> Axis:
        """Read the power (thousand, million, billion, tonnes) from the unit, the currency sign from the column."""
        word = next((word for word in _POWERS if word in unit.lower()), "")
        shown = "%" if unit == "%" else "tonnes" if word == "tonne" else word
        return cls(_POWERS.get(word, 1.0), "$" if column.startswith("value_usd") else "", shown)

    def tick(self, value: float, is_top: bool) -> str:
        """Return a tick's label; the top one carries the unit: $100 million."""
        text = short(value / self.power, 6)
        room = "" if self.word == "%" else " "
        return f"{self.prefix}{text}{room}{self.word}".strip() if is_top else text

    def end(self, value: float) -> str:
        """Return a value as an end label writes it: 31, 0.4."""
        return whole(value / self.power)

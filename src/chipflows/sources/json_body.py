"""Strict reading of JSON bodies."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def read_json(body: bytes) -> Any:
    """Return the JSON in a body, its decimals exact; raises `ValueError` for a damaged body or one that is none.

    A name that stands twice in an object is damage: one reader would take the first value, another the last.
    """
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=no_number, object_pairs_hook=once)
    except (ValueError, RecursionError, ArithmeticError):  # nested deeper, or an exponent larger, than any figure has
        start = " ".join(body[:300].decode("utf-8", "replace").split())[:80]
        raise ValueError(f"is not (whole) JSON: {start}") from None


def no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found

"""Strict reading of a CSV body line by line, for sources that send CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

Line = dict[str, str]


def read_lines(body: bytes, check_header: Callable[[list[str]], None]) -> Iterator[tuple[int, Line]]:
    """Yield the number (1 = first after the header) and the cells by column of every line of a UTF-8 CSV.

    Raises `ValueError` for a body that is cut off, not UTF-8, or has a line of another width than the header.
    """
    if not body.endswith(b"\n"):
        raise ValueError("ends within a line, it is cut off")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not UTF-8") from None
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(lines)
        check_header(header)
        for number, cells in enumerate(lines, 1):
            if len(cells) != len(header):
                raise ValueError(f"row {number}: {len(cells)} cells, the header has {len(header)}")
            yield number, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise ValueError(f"row {lines.line_num - 1} is not well-formed CSV ({error})") from None

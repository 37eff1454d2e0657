"""Strict reading of configuration: whatever is wrong is refused with file, row, column and what is expected."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, field, fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from chipflows.errors import ConfigError

T = TypeVar("T")
Rows = list[tuple[int, T]]
"""Rows of one file beside their line numbers, counted from 1 with the header, as an editor counts them."""


def refusal(file: str, problem: str, *, row: int | str | None = None, column: str | None = None) -> ConfigError:
    """Return the error for a wrong configuration; `row` is a line number, or the name of a table in a TOML file."""
    place = [file]
    if row is not None:
        place.append(f"row {row}" if isinstance(row, int) else row)
    if column is not None:
        place.append(f"column {column}" if isinstance(row, int) else f"key {column}")
    return ConfigError(f"{', '.join(place)}: {problem}")


def cell(parse: Callable[[Any], Any], *, empty: bool = False, default: Any = MISSING) -> Any:
    """Return a dataclass field read by `parse`, which raises `ValueError` saying what is expected.

    An empty cell is refused unless `empty`. A TOML key with a `default` may be left out; a CSV column never.
    """
    metadata = {"parse": parse, "empty": empty}
    return field(metadata=metadata) if default is MISSING else field(metadata=metadata, default=default)


# --- what may stand in a cell; whether it may be empty is the field's to say ---


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("is not text, put it in quotes")
    return value


def pattern(expression: str, expected: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value and not re.fullmatch(expression, text(value), re.ASCII):
            raise ValueError(f"is not {expected}")
        return str(value)

    return parse


def one_of(*choices: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value and text(value) not in choices:
            raise ValueError(f"is unknown, write one of: {', '.join(choices)}")
        return str(value)

    return parse


def at_most(characters: int) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if len(text(value)) > characters:
            raise ValueError(f"has {len(value)} characters, at most {characters} fit on a chart")
        return str(value)

    return parse


def day(value: Any) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text(value), re.ASCII):
        raise ValueError("is not a date, write YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("is not a date, write YYYY-MM-DD") from None


def truth(value: Any) -> bool:
    if value not in (True, False, "true", "false"):
        raise ValueError("is neither true nor false")
    return value in (True, "true")


def several(parse_one: Callable[[Any], str], separator: str | None = None) -> Callable[[Any], tuple[str, ...]]:
    """Return a parser of words separated by one space (or another separator), none in an empty cell."""

    def parse(value: Any) -> tuple[str, ...]:
        return tuple(parse_one(word) for word in text(value).split(separator) if value)

    return parse


def texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError('is not a list of texts, write ["…", "…"]')
    return tuple(value)


def positive(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("is not a whole number of at least 1")
    return value


def seconds(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise ValueError("is not a number of seconds")
    return float(value)


def share(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 1:
        raise ValueError("is not a share, write a number above 0, at most 1")
    return float(value)


def factors(value: Any) -> tuple[float, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError("is not a list of numbers, write [1.06, …]")
    found = tuple(float(one) for one in value if isinstance(one, int | float) and not isinstance(one, bool))
    if len(found) < len(value) or len(set(found)) < len(found) or not all(1 <= one <= 2 for one in found):
        raise ValueError("holds something else than different numbers from 1 to 2")
    return found


def mapping(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ValueError("is not a table of texts")
    return dict(value)


def chapters(value: Any) -> tuple[str, ...]:
    return tuple(chapter(one) for one in texts(value))


chapter = pattern(r"\d{2}", "a chapter of the Harmonized System, write two digits")
month = pattern(r"\d{4}-(0[1-9]|1[0-2])", "a month, write YYYY-MM")
link = pattern(r"https?://\S+", "an address, write https://…")
name = pattern(r"[A-Za-z0-9][A-Za-z0-9_-]*", "an identifier, use letters, digits, _ and -")


# --- files ---


def read_text(folder: Path, file: str) -> str:
    """Return the text of a configuration file; refuses a missing one, a byte-order mark, control characters, and
    anything but UTF-8."""
    shown = f"{folder.name}/{file}"
    try:
        body = (folder / file).read_bytes()
    except FileNotFoundError:
        raise refusal(shown, f"is missing in {folder}; restore it, or point --config elsewhere") from None
    except OSError as error:
        raise refusal(shown, f"can't be read: {error.strerror}") from error
    if body.startswith(b"\xef\xbb\xbf"):
        raise refusal(shown, "starts with a byte-order mark, save it as UTF-8 without BOM", row=1)
    if found := re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", body):
        row = body.count(b"\n", 0, found.start()) + 1
        raise refusal(shown, f"byte {found[0][0]:#04x} is a control character, take it out", row=row)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        row = body.count(b"\n", 0, error.start) + 1
        raise refusal(shown, f"byte {body[error.start]:#04x} is not UTF-8, save the file as UTF-8", row=row) from None


def read_csv(folder: Path, file: str, kind: type[T]) -> Rows[T]:
    """Return the rows of a CSV file as dataclasses of `kind`, whose fields are the header, word for word.

    Raises `ConfigError` for anything that is not exactly as `kind` says, also for a key (`kind.KEY`) that stands twice.
    """
    shown = f"{folder.name}/{file}"
    lines = csv.reader(io.StringIO(read_text(folder, file), newline=""), strict=True)
    columns = [column.name for column in fields(kind)]  # type: ignore[arg-type]
    rows: Rows[T] = []
    seen: dict[tuple[Any, ...], int] = {}
    try:
        check_header(shown, next(lines, []), columns)
        for cells in lines:
            row = lines.line_num
            if len(cells) != len(columns):
                raise refusal(shown, f"{len(cells)} cells, the header has {len(columns)} (a comma too many?)", row=row)
            if cells == columns:
                raise refusal(shown, "the header stands here again", row=row)
            record = build(kind, dict(zip(columns, cells, strict=True)), shown, row)
            key = tuple(getattr(record, part) for part in kind.KEY)  # type: ignore[attr-defined]
            if key in seen:
                where = ", ".join(kind.KEY)  # type: ignore[attr-defined]
                raise refusal(shown, f"{' '.join(key)!r} stands already in row {seen[key]}", row=row, column=where)
            seen[key] = row
            rows.append((row, record))
    except csv.Error as error:
        raise refusal(shown, f"is not well-formed CSV ({error})", row=lines.line_num) from None
    return rows


def check_header(shown: str, header: list[str], columns: list[str]) -> None:
    """Refuse a header that is not exactly `columns`."""
    for column in header:
        if column not in columns:
            raise refusal(shown, f"unknown column {column!r}, expected {','.join(columns)}", row=1, column=column)
    for column in columns:
        if header.count(column) != 1:
            problem = "is missing" if column not in header else "stands twice"
            raise refusal(shown, f"{problem}, expected {','.join(columns)}", row=1, column=column)
    if header != columns:
        raise refusal(shown, f"columns out of order, expected {','.join(columns)}", row=1)


def read_toml(folder: Path, file: str) -> dict[str, Any]:
    """Return the content of a TOML file; raises `ConfigError` naming the line that is not TOML."""
    try:
        return tomllib.loads(read_text(folder, file))
    except tomllib.TOMLDecodeError as error:
        raise refusal(f"{folder.name}/{file}", f"is not well-formed TOML: {error}") from None


def build(kind: type[T], values: dict[str, Any], shown: str, row: int | str | None, **given: Any) -> T:
    """Return a `kind` from cells or keys; `given` are fields that the caller has already read."""
    known: dict[str, Field[Any]] = {one.name: one for one in fields(kind)}  # type: ignore[arg-type]
    readable = [key for key in known if key not in given]
    refuse_unknown(values, readable, shown, row)
    for key in readable:
        if key in values:
            given[key] = parsed(known[key], values[key], shown, row)
        elif known[key].default is MISSING and known[key].default_factory is MISSING:
            raise refusal(shown, "is missing", row=row or "top level", column=key)
    return kind(**given)


def refuse_unknown(values: Iterable[str], expected: Iterable[str], shown: str, row: int | str | None) -> None:
    """Refuse a key that is not expected here."""
    expected = list(expected)
    for key in values:
        if key not in expected:
            problem = f"unknown key, expected one of: {', '.join(expected)}"
            raise refusal(shown, problem, row=row or "top level", column=key)


def parsed(column: Field[Any], value: Any, shown: str, row: int | str | None) -> Any:
    """Return the value of one cell or key; refuses empty ones, stray spaces and what the field's parser refuses."""
    parse = column.metadata["parse"]
    problem = ""
    if isinstance(value, str) and value != " ".join(value.split()):
        problem = f"{value!r} has stray spaces or line breaks, take them out"
    elif value == "" and not column.metadata["empty"]:
        problem = "is empty, it must be filled"
    if problem:
        raise refusal(shown, problem, row=row or "top level", column=column.name)
    try:
        return parse(value)
    except ValueError as error:
        raise refusal(shown, f"{value!r} {error}", row=row or "top level", column=column.name) from None

"""What a bad day makes of a body that was whole: another column, text for a number, a row twice, a wrong count."""

from __future__ import annotations

import json
import re
from typing import Any

SPOILT = ("bom", "new_column", "missing_column", "renamed_column", "text_number", "nan", "duplicate", "count")
MARK = b"\xef\xbb\xbf"

Table = list[list[str]]


def spoil(fault: str, body: bytes) -> bytes:
    """Return a body with one fault, in whichever form it is; the same bytes where there is no place for that fault."""
    if fault == "bom":
        return MARK + body
    text = body.decode()
    if text[:1] in "{[":
        found = json.loads(text)
        spoil_json(fault, found)
        return body if found == json.loads(text) else json.dumps(found, ensure_ascii=False).encode()
    if text[:1] == "<":
        return spoil_xml(fault, text).encode()
    end = "\r\n" if "\r\n" in text else "\n"
    table = [line.split(",") for line in text.split(end)[:-1]]
    if '"' in text or len(table) < 2:
        return body
    spoil_table(fault, table)
    return "".join(",".join(row) + end for row in table).encode()


def spoil_table(fault: str, table: list[list[Any]]) -> None:
    """Change a table, its first row the names of columns and its last column the figures."""
    if fault == "new_column":
        for number, row in enumerate(table):
            row.append("IS_NEW" if number == 0 else "1")
    elif fault == "missing_column":
        for row in table:
            row.pop()
    elif fault == "renamed_column":
        table[0][-1] = "RENAMED"
    elif fault == "text_number":
        table[1][-1] = "many"
    elif fault == "nan":
        table[1][-1] = "NaN"
    elif fault == "duplicate":
        table.append(list(table[1]))


COUNTS = {"TOTAL_NUMBER", "TO_NUMBER", "noOfRecords", "datasize", "count"}


def spoil_json(fault: str, found: Any) -> None:
    """Change the rows of a JSON text: the longest list in it of objects, or of lists with their names first."""
    lists = sorted(lists_in(found), key=len)
    if fault == "count":
        for one in objects_in(found):
            one.update({name: one[name] + 1 for name in one.keys() & COUNTS if isinstance(one[name], int)})
    elif lists and isinstance(lists[-1][0], list):
        table = lists[-1]
        place = next(at for at, name in enumerate(table[0]) if name.endswith("VAL_MO"))
        for row in table:
            row.append(row.pop(place))
        spoil_table(fault, table)
    elif lists:
        spoil_objects(fault, lists[-1])


def spoil_objects(fault: str, rows: list[dict[str, Any]]) -> None:
    """Change the last figure of the first row, or the row itself."""
    first = rows[0]
    name = next(name for name, value in reversed(first.items()) if is_figure(value) and not name.startswith("@"))
    changed: dict[str, dict[str, Any]] = {
        "new_column": first | {"isNew": 1},
        "missing_column": {key: value for key, value in first.items() if key != name},
        "renamed_column": {"renamed" if key == name else key: value for key, value in first.items()},
        "text_number": first | {name: "many"},
        "nan": first | {name: float("nan")},
    }
    rows[0] = changed.get(fault, first)
    if fault == "duplicate":
        rows.append(dict(first))


def is_figure(value: object) -> bool:
    return isinstance(value, (int, float)) or (isinstance(value, str) and re.fullmatch(r"[\d,.]+", value) is not None)


def objects_in(found: Any) -> list[dict[str, Any]]:
    inside = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    own = [found] if isinstance(found, dict) else []
    return own + [one for part in inside for one in objects_in(part)]


def lists_in(found: Any) -> list[list[Any]]:
    """Return the lists of objects, or of lists, in a JSON value."""
    inside = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    own = [found] if isinstance(found, list) and found and isinstance(found[0], (dict, list)) else []
    return own + [one for part in inside for one in lists_in(part)]


def spoil_xml(fault: str, text: str) -> str:
    """Change the first figure, or the first row, of an XML text."""
    changes = {
        "new_column": ("<expDlr>", "<isNew>1</isNew><expDlr>"),
        "missing_column": (r"<expDlr>\d+</expDlr>", ""),
        "renamed_column": (r"<expDlr>(\d+)</expDlr>", r"<renamed>\1</renamed>"),
        "text_number": (r"<expDlr>\d+</expDlr>", "<expDlr>many</expDlr>"),
        "nan": (r"<expDlr>\d+</expDlr>", "<expDlr>NaN</expDlr>"),
        "duplicate": (r"(<item>.*?</item>)(?=</items>)", r"\1\1"),
        "count": (r"(<items>.*</item>)<item>.*?</item></items>", r"\1</items>"),  # all that is counted is a total
    }
    return re.sub(*changes[fault], text, count=1)

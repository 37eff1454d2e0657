"""Taiwan's customs statistics, brought by hand: CSV exports of the query page, from its Chinese or its English form.

The page wants a code typed from a picture, and getting round that is not done here; docs/taiwan_export.md says how a
person exports.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from chipflows.config import Config
from chipflows.errors import UsageError
from chipflows.raw.records import Answer, Request, Scope

SOURCE = "taiwan_customs"

COLUMNS = {
    "flow": ("進出口別", "Imports/Exports"),
    "time": ("日期", "Time"),
    "code": ("貨品號列", "CommodityCode"),
    "partner": ("國家", "Country(Area)", "Country"),
    "value": ("美元(千元)", "Value(USD$1000)"),
    "kilos": ("重量(公斤)", "Weight(KGM)"),
    "tonnes": ("重量(公噸)", "Weight(TNE)"),
    "quantity": ("數量(限11碼貨品)",),
    "unit": ("數量單位",),
    "chinese": ("中文貨名",),
    "english": ("英文貨名", "DescriptionofGood"),
    "local_value": ("新臺幣(千元)", "新台幣(千元)", "Value(NTD$1000)"),
}
"""What a column means, and its names without spaces and commas; the same names stand in the staging SQL."""

NEEDED = ("flow", "time", "code", "value")
NOTES = 5
"""Lines that may stand above the header; two about confidential goods and countries were seen."""

TIME = re.compile(r"(\d{2,4})(?:年(?:(\d{1,2})月)?|/(\d{1,2}))?(?:\((?:初步值|preliminary)\))?", re.ASCII)
FIRST_YEAR = 1911
"""Years of the Republic of China count from 1912; no Western year has fewer than four digits."""

WITHHELD = "D"
THOUSAND = 1000


@dataclass(frozen=True)
class Line:
    """One row, as far as the question and the control total need it; a value customs withholds is None."""

    flow: str
    period: str
    code: str
    partner: str
    value: Decimal | None


def read_file(name: str, body: bytes, config: Config) -> list[tuple[Request, Answer]]:
    """Return what an export holds; raises `UsageError` saying why it is none, or what to export instead."""
    encoding = encoding_of(body)
    try:
        lines = list(rows(body.decode(encoding), config))
        if not lines:
            raise ValueError("holds no rows")
        check_cells(lines)
    except (ValueError, csv.Error) as error:
        raise UsageError(f"{error}; see docs/taiwan_export.md for the form that is read") from None
    return [describe(config, encoding, lines)]


def encoding_of(body: bytes) -> str:
    """Return the first encoding that fits; the page writes `?` for letters it lacks, so every byte must fit."""
    for encoding in ("utf-8-sig", "cp950", "big5hkscs"):
        try:
            body.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise UsageError("is text in neither UTF-8 nor Big5: export it again")


def rows(text: str, config: Config) -> Iterator[Line]:
    """Yield the rows of an export; raises `ValueError` naming row and reason."""
    if not text.endswith("\n"):
        raise ValueError("ends within a line, it is cut off")
    # Names start with a space, also before a quote.
    sent = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    places = find_header(sent)
    flows, units = config.sources[SOURCE].flows, config.sources[SOURCE].units
    everyone = config.code_of(SOURCE, "W00")
    for number, cells in enumerate(sent, 1):
        if len(cells) != len(places):
            raise ValueError(f"row {number}: {len(cells)} cells, the header has {len(places)}")
        cell = {meaning: one.strip() for meaning, one in zip(places, cells, strict=True)}
        if cell["flow"] not in flows:
            raise ValueError(f"row {number}: {cell['flow']!r} is no flow in sources.toml, [{SOURCE}.flows]")
        if not re.fullmatch(r"[\dA-Z]{2,11}", cell["code"], re.ASCII):
            raise ValueError(f"row {number}: {cell['code']!r} is no commodity code")
        if cell.get("unit") and cell["unit"] not in units:
            raise ValueError(f"row {number}: {cell['unit']!r} is no unit in sources.toml, [{SOURCE}.units]")
        for column in ("kilos", "tonnes", "quantity"):
            amount(cell.get(column) or "0", number, column)
        yield Line(
            flow=cell["flow"],
            period=period_of(cell["time"], number),
            code=cell["code"],
            partner=plain(cell["partner"]) if "partner" in cell else everyone,
            value=amount(cell["value"], number, "value"),
        )


def find_header(sent: Iterator[list[str]]) -> list[str]:
    """Return what each column means, having read up to the header; raises `ValueError` if there is none."""
    meanings = {name: meaning for meaning, names in COLUMNS.items() for name in names}
    for cells in islice(sent, NOTES + 1):
        names = [cell.translate({ord("（"): "(", ord("）"): ")", ord(" "): None, ord(","): None}) for cell in cells]
        if not names or names[0] not in COLUMNS["flow"]:
            continue
        if unknown := [name for name in names if name not in meanings]:
            raise ValueError(f"column {unknown[0]!r} is unknown")
        places = [meanings[name] for name in names]
        if missing := [COLUMNS[meaning][0] for meaning in NEEDED if meaning not in places]:
            raise ValueError(f"column {missing[0]} is missing (values must be in US dollars)")
        if len(set(places)) < len(places):
            raise ValueError("a column stands twice")
        return places
    raise ValueError(f"has no header that starts with {' or '.join(COLUMNS['flow'])}")


def period_of(text: str, number: int) -> str:
    """Return `YYYY-MM`, or `YYYY` for a whole year, of a Western year or one of the Republic of China."""
    found = TIME.fullmatch(text)
    month = int(found[2] or found[3] or 1) if found else 0
    if found is None or not 1 <= month <= 12:
        raise ValueError(f"row {number}: {text!r} is neither one month nor one year: choose 按月 (Monthly)")
    year = int(found[1]) + (FIRST_YEAR if len(found[1]) < 4 else 0)
    return f"{year}-{month:02d}" if found[2] or found[3] else str(year)


def amount(text: str, number: int, column: str) -> Decimal | None:
    """Return a number, which may be written with thousands commas, or None where customs withholds it."""
    if text == WITHHELD:
        return None
    if not re.fullmatch(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", text, re.ASCII):
        raise ValueError(f"row {number}, {column}: {text!r} is not a number")
    return Decimal(text.replace(",", ""))


def plain(name: str) -> str:
    """Return a country's name with `?` for letters that may arrive broken: all but ASCII in a Latin name."""
    return re.sub(r"[^ -~]" if re.search(r"[A-Za-z]", name) else "\ufffd", "?", name)


def check_cells(lines: list[Line]) -> None:
    """Raise `ValueError` for a cell that stands twice, and for a code beside finer parts of it."""
    cells: set[tuple[str, ...]] = set()
    for number, line in enumerate(lines, 1):
        cell = (line.flow, line.period, line.code, line.partner)
        if cell in cells:
            raise ValueError(f"row {number}: {' '.join(cell)} stands twice")
        cells.add(cell)
    codes = {line.code for line in lines}
    if both := {code[:6] for code in codes if len(code) > 6} & codes:
        raise ValueError(f"holds {min(both)} and parts of it: ask for one length of code at a time")


def describe(config: Config, encoding: str, lines: list[Line]) -> tuple[Request, Answer]:
    """Return the question an export answers, as its rows tell, and its control total in dollars."""
    economies = config.economies_by_code(SOURCE)
    if unknown := sorted({line.partner for line in lines} - set(economies)):
        raise UsageError(f"country {unknown[0]!r} is in no row of economies.csv, column taiwan or taiwan_also: add it")
    (reporter,) = config.sources[SOURCE].reporters
    members = {column: sorted({getattr(line, column) for line in lines}) for column in ("flow", "period", "code")}
    partners = tuple(sorted({economies[line.partner] for line in lines}))
    request = Request(
        source=SOURCE,
        kind="data",
        parameters=(
            ("reporter", config.code_of(SOURCE, reporter)),
            ("flows", ",".join(members["flow"])),
            ("periods", ",".join(members["period"])),
            ("codes", ",".join(members["code"])),
            ("partners", ",".join(partners)),
        ),
        scope=Scope(
            reporters=(reporter,),
            partners=partners,
            flows=tuple(sorted({config.sources[SOURCE].flows[flow] for flow in members["flow"]})),
            codes=tuple(sorted({code[:6] for code in members["code"]})),
            periods=tuple(members["period"]),
        ),
        label=f"{members['period'][0]}-{members['period'][-1]}",
    )
    total = sum((line.value for line in lines if line.value is not None), Decimal(0)) * THOUSAND
    return request, Answer("data", len(lines), str(total), encoding=encoding)

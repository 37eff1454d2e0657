"""Eurostat's SDMX-CSV: one line per cell and indicator; read whole and strictly, anything else called by its name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from chipflows.sources.csv_lines import Line, read_lines

DATAFLOW = "DS-045409"
"""EU trade since 1988 by HS2-4-6 and CN8."""

DIMENSIONS = ("freq", "reporter", "partner", "product", "flow", "indicators")
"""The dimensions in the order of a key; time stands outside it."""

COLUMNS = ("DATAFLOW", "LAST UPDATE", *DIMENSIONS, "TIME_PERIOD", "OBS_VALUE")
SOMETIMES = ("OBS_FLAG", "CONF_STATUS")
VALUE = "VALUE_IN_EUROS"
INDICATORS = (VALUE, "QUANTITY_IN_100KG", "SUPPLEMENTARY_QUANTITY")
COORDINATES = (*DIMENSIONS, "TIME_PERIOD")
NUMBER = re.compile(r"(-?\d+(\.\d+)?([Ee][+-]?\d{1,2})?)?", re.ASCII)
DIGITS = 17
"""No amount of trade has more before the point; tables hold shorter ones only."""
PERIODS = {"M": r"\d{4}-(0[1-9]|1[0-2])", "A": r"\d{4}"}

BRING = "bring the dataset DS-045409 as SDMX-CSV (Data Browser: Download, SDMX-CSV 1.0, codes; or a body of the API)"
STRANGERS = (
    (rb"PK\x03\x04", "a workbook or zip archive, such as the Data Browser's XLSX download"),
    (rb"7z\xbc\xaf", "an archive of Eurostat's bulk files"),
    (
        rb"REPORTER,PARTNER,PRODUCT,FLOW,STAT_PROCEDURE",
        "a relational view of Easy Comext, which holds labels, not codes",
    ),
    (rb"REPORTER,PARTNER,TRADE_TYPE,PRODUCT_NC", "a bulk file of all products"),
    (rb"STRUCTURE,", "SDMX-CSV 2.0"),
    (rb"DATAFLOW;", "a file that a spreadsheet saved again (semicolons)"),
    (rb"(\xff\xfe|\xfe\xff)", "text in UTF-16, as a spreadsheet saves it"),
    (rb"\s*<(!doctype|html)", "a web page"),
    (rb"\s*<", "an XML answer (a fault or a ticket, not figures)"),
    (rb"\s*[{\[]", "a JSON answer"),
)


@dataclass(frozen=True)
class Contents:
    """What a body holds: number of lines, exact sum of the values in EUR, members of every dimension and of time."""

    rows: int
    total: Decimal
    members: dict[str, set[str]]


def read_body(body: bytes) -> Contents:
    """Return what a body holds; raises `ValueError` saying what it is, or the line that is wrong."""
    for start, what in STRANGERS:
        if re.match(start, body.removeprefix(b"\xef\xbb\xbf"), re.I):
            raise ValueError(f"is {what}")
    total, cells, known = Decimal(0), set(), set()
    for number, line in read_lines(body, check_header):
        cell = tuple(line[name] for name in COORDINATES)
        if cell in cells:
            raise ValueError(f"row {number}: {' '.join(cell)} stands twice")
        cells.add(cell)
        # There are few different words in many lines: each combination is looked at once.
        words = line["DATAFLOW"], line["freq"], line["product"], line["indicators"], line["TIME_PERIOD"]
        if words not in known:
            check_words(line, number)
            known.add(words)
        if not NUMBER.fullmatch(line["OBS_VALUE"]):
            raise ValueError(f"row {number}: {line['OBS_VALUE']!r} is not a number")
        amount = Decimal(line["OBS_VALUE"] or 0)
        if amount.adjusted() >= DIGITS:
            raise ValueError(f"row {number}: {line['OBS_VALUE']!r} is no amount")
        if line["indicators"] == VALUE:
            total += amount
    members = {name: {cell[place] for cell in cells} for place, name in enumerate(COORDINATES)}
    return Contents(len(cells), total, members)


def check_header(header: list[str]) -> None:
    """Raise `ValueError` for a header that is not Eurostat's SDMX-CSV."""
    missing = [name for name in COLUMNS if name not in header]
    unknown = [name for name in header if name not in COLUMNS + SOMETIMES]
    if missing or unknown or len(set(header)) < len(header):
        what = f"column {(unknown or missing or header)[0]!r} is {'unknown' if unknown else 'missing or twice'}"
        raise ValueError(f"is not Eurostat SDMX-CSV with codes: {what}")


def check_words(line: Line, number: int) -> None:
    """Raise `ValueError` for a line of another dataset, or with a word in it that is not known to occur."""
    dataflow = line["DATAFLOW"]
    if not re.match(rf"(ESTAT:)?{DATAFLOW}\(", dataflow):
        raise ValueError(f"row {number}: is the dataset {dataflow}, not {DATAFLOW}")
    if line["freq"] not in PERIODS or not re.fullmatch(PERIODS[line["freq"]], line["TIME_PERIOD"], re.ASCII):
        raise ValueError(f"row {number}: period {line['TIME_PERIOD']!r} with frequency {line['freq']!r} is unknown")
    if line["indicators"] not in INDICATORS:
        raise ValueError(f"row {number}: indicator {line['indicators']!r} is not one of {', '.join(INDICATORS)}")
    if not re.fullmatch(r"[0-9A-Z]{2,8}", line["product"], re.ASCII):
        raise ValueError(f"row {number}: {line['product']!r} is not a product code (labels? choose codes)")

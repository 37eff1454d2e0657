"""Bodies of UN Comtrade: the envelope, its rows, and everything that must hold before one is kept."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from chipflows.raw.records import Answer, Request
from chipflows.sources.http import Broken, Oversized, Refused
from chipflows.sources.json_body import read_json

Row = dict[str, Any]

ENVELOPE = {"elapsedTime", "count", "data", "error"}
COLUMNS = (  # noqa: SIM905 (one name per line would hide them all)
    "typeCode freqCode refPeriodId refYear refMonth period reporterCode reporterISO reporterDesc flowCode "
    "flowDesc partnerCode partnerISO partnerDesc partner2Code partner2ISO partner2Desc classificationCode "
    "classificationSearchCode isOriginalClassification cmdCode cmdDesc aggrLevel isLeaf customsCode customsDesc "
    "mosCode motCode motDesc qtyUnitCode qtyUnitAbbr qty isQtyEstimated altQtyUnitCode altQtyUnitAbbr altQty "
    "isAltQtyEstimated netWgt isNetWgtEstimated grossWgt isGrossWgtEstimated cifvalue fobvalue primaryValue "
    "legacyEstimationFlag isReported isAggregate "
).split()
AVAILABILITY_COLUMNS = (  # noqa: SIM905 (one name per line would hide them all)
    "datasetCode typeCode freqCode period reporterCode reporterISO reporterDesc classificationCode "
    "classificationSearchCode isOriginalClassification isExtendedFlowCode isExtendedPartnerCode "
    "isExtendedPartner2Code isExtendedCmdCode isExtendedCustomsCode isExtendedMotCode totalRecords "
    "datasetChecksum firstReleased lastReleased "
).split()
KEY = {"period": str, "reporterCode": int, "flowCode": str, "partnerCode": int, "cmdCode": str}
"""What tells rows apart in classic mode, and the types that Comtrade sends."""

TOTALS = {"partner2Code": 0, "customsCode": "C00", "motCode": 0, "mosCode": "0"}
"""What a row says that is no detail of another: all consignments, customs procedures and means of transport."""

CAPS = frozenset({500, 100_000, 250_000})
"""Where Comtrade cuts answers without a word: without a key, with a free one, with a premium one."""

THOUSANDTH = Decimal("0.001")
LARGEST = Decimal(10) ** 17
"""No amount of trade comes near; tables hold smaller ones only."""


def check_body(request: Request, body: bytes) -> Answer:
    """Return what an answer holds; the total is the sum of `primaryValue` in USD, each rounded half up to 3 digits.

    Raises `Broken` for a damaged answer, `Refused` for one that is not what was asked or has other columns than known,
    `Oversized` for one that reaches the cap and so is cut.
    """
    try:
        envelope = read_envelope(body)
        rows: list[Row] = envelope["data"]
        if request.kind == "count":
            return counted(envelope)
        check_count(envelope)
    except ValueError as error:
        raise Broken(f"an answer that {error}") from None
    asked = dict(request.parameters)
    if request.kind == "availability":
        check_columns(rows, AVAILABILITY_COLUMNS)
        check_inside(rows, asked)
        check_moments(rows)
        return Answer("data" if rows else "empty", len(rows))
    check_columns(rows, COLUMNS)
    if len(rows) >= int(asked["maxRecords"]) or len(rows) in CAPS:
        raise Oversized(f"{len(rows)} rows, the cap: the rest is cut off", rows=len(rows))
    check_inside(rows, asked)
    for number, row in enumerate(rows, 1):
        if detail := [column for column, total in TOTALS.items() if row[column] != total]:
            raise Refused(
                f"row {number}: {detail[0]} {row[detail[0]]!r}, a detail row though only totals were asked for"
            )
    check_unique(rows)
    return Answer("data" if rows else "empty", len(rows), summed(rows))


def read_envelope(body: bytes) -> Row:
    """Return the envelope of an answer, its decimals exact; raises `ValueError` for anything else."""
    envelope = read_json(body)
    if not isinstance(envelope, dict) or not {"count", "data"} <= envelope.keys() <= ENVELOPE:
        raise ValueError("has no envelope with count and data")
    if not isinstance(envelope["data"], list) or type(envelope["count"]) is not int:
        raise ValueError("has no list of rows, or no count")
    if envelope.get("error"):
        raise ValueError(f"says {str(envelope['error']).strip()!r}")
    return envelope


def counted(envelope: Row) -> Answer:
    """Return the answer to a question for the number of rows only."""
    if envelope["data"] or envelope["count"] < 0:
        raise ValueError("should give a count and no rows")
    return Answer("data", envelope["count"])


def check_count(envelope: Row) -> None:
    """Raise `ValueError` unless the envelope has as many rows as it says."""
    count, rows = envelope["count"], len(envelope["data"])
    if count != rows:
        raise ValueError(f"states {count} rows and holds {rows}")


def check_columns(rows: list[Row], columns: Collection[str]) -> None:
    """Raise `Refused` unless every row has exactly these columns."""
    known = set(columns)
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise Refused(f"row {number} is not an object: Comtrade has changed its form")
        if row.keys() != known:
            strange, missing = sorted(row.keys() - known), sorted(known - row.keys())
            raise Refused(f"row {number}: columns unknown {strange}, missing {missing}: Comtrade has changed its form")


def check_inside(rows: list[Row], asked: Mapping[str, str]) -> None:
    """Raise `Refused` for a row outside what was asked; codes are compared as text."""
    allowed = {column: set(asked[column].split(",")) for column in KEY if column in asked}
    frequency = asked["path"].rsplit("/", 2)[1]
    for number, row in enumerate(rows, 1):
        for column, values in allowed.items():
            if str(row[column]) not in values:
                raise Refused(f"row {number}: {column} {row[column]!r} was not asked for")
        if (row["typeCode"], row["freqCode"]) != ("C", frequency):
            raise Refused(f"row {number}: {row['typeCode']!r}/{row['freqCode']!r}, goods at {frequency} were asked for")


def check_moments(rows: list[Row]) -> None:
    """Raise `Refused` for a row of a list of releases whose moments are none."""
    for number, row in enumerate(rows, 1):
        for column in ("firstReleased", "lastReleased"):
            try:
                datetime.strptime(row[column].partition(".")[0], "%Y-%m-%dT%H:%M:%S")
            except (ValueError, AttributeError):
                raise Refused(f"row {number}: {column} {row[column]!r} is no moment") from None


def check_unique(rows: list[Row]) -> None:
    """Raise `Refused` for a key of another type than known, `Broken` for two rows of the same key."""
    seen: set[tuple[Any, ...]] = set()
    for number, row in enumerate(rows, 1):
        for column, kind in KEY.items():
            if type(row[column]) is not kind:
                raise Refused(
                    f"row {number}: {column} {row[column]!r} is not {kind.__name__}: Comtrade changed its form"
                )
        key = tuple(row[column] for column in KEY)
        if key in seen:
            raise Broken(f"row {number} stands twice: {dict(zip(KEY, key, strict=True))}")
        seen.add(key)


def summed(rows: list[Row]) -> str:
    """Return the sum of `primaryValue` in USD, each rounded half up to 3 digits; raises `Refused` for no number."""
    total = Decimal(0)
    for number, row in enumerate(rows, 1):
        value = row["primaryValue"]
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            raise Refused(f"row {number}: primaryValue {value!r} is no number")
        try:
            rounded = Decimal(value).quantize(THOUSANDTH, ROUND_HALF_UP)
        except InvalidOperation:
            rounded = LARGEST
        if abs(rounded) >= LARGEST:
            raise Refused(f"row {number}: primaryValue {value!r} is no amount")
        total += rounded
    return f"{total:.3f}"


def is_total(row: Row) -> bool:
    """Say whether a row is no detail of another."""
    return all(row[column] == total for column, total in TOTALS.items())


@cache
def rows_by_code(path: Path) -> Counter[str]:
    """Return how many rows a stored body about trade has of each code; the rest of it is not read."""
    return Counter(
        code.decode() for code in re.findall(rb'"cmdCode"\s*:\s*"(\w+)"', gzip.decompress(path.read_bytes()))
    )

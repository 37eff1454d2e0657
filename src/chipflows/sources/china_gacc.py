"""China's customs statistics, brought by hand: CSV exports of the query page, in GB18030 or UTF-8.

The site protects its query page, and getting round that is not done here; docs/gacc_export.md says how a person
exports.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from chipflows.config import Config
from chipflows.errors import UsageError
from chipflows.raw.records import Answer, Request, Scope
from chipflows.sources.csv_lines import Line, read_lines

SOURCE = "china_gacc"

PERIOD, CODE, PARTNER = "数据年月", "商品编码", "贸易伙伴编码"
NEEDED = (PERIOD, CODE, PARTNER, "第一数量", "第一计量单位")
CURRENCIES = {"美元": "USD", "人民币": "CNY"}
SOMETIMES = (
    "商品名称", "贸易伙伴名称", "贸易方式编码", "贸易方式名称", "注册地编码", "注册地名称",
    "第二数量", "第二计量单位", "",
)  # fmt: skip

ALARM = 10_000
"""Rows at which the page is said to cut an export; a real file with more was seen, so only this very number alarms."""


def read_file(name: str, body: bytes, config: Config) -> list[tuple[Request, Answer]]:
    """Return what an export holds; raises `UsageError` saying why it is none, or what to export instead.

    The file does not say whether it holds exports or imports, so its name must: `gacc_export_2022_8542.csv`.
    """
    directions = {word for word in config.sources[SOURCE].flows if word in name.lower()}
    if len(directions) != 1:
        raise UsageError("the file can't say whether it holds exports or imports: put `export` or `import` in its name")
    encoding = encoding_of(body)
    try:
        lines = list(rows(body.decode(encoding).encode()))
    except ValueError as error:
        raise UsageError(f"{error}; see docs/gacc_export.md for the form that is read") from None
    if len(lines) == ALARM:
        raise UsageError(f"holds exactly {ALARM:,} rows, where the page may have cut it: export it in two parts")
    if not lines:
        raise UsageError("holds no rows")
    return [describe(config, directions.pop(), encoding, lines)]


def encoding_of(body: bytes) -> str:
    """Return `utf-8-sig` or `gb18030`; raises `UsageError` for bytes that are neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            body.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise UsageError("is text in neither UTF-8 nor GB18030: export it again")


def rows(body: bytes) -> Iterator[Line]:
    """Yield the lines of an export, the value under its currency's name; raises `ValueError` naming row and reason."""
    seen = set()
    for number, line in read_lines(body, check_header):
        if not re.fullmatch(r"\d{4}(0[1-9]|1[0-2])", line[PERIOD], re.ASCII):
            raise ValueError(
                f"row {number}: {line[PERIOD]!r} is not one month: tick 分月展示 (show months) and export again"
            )
        if not re.fullmatch(r"\d{2,8}", line[CODE], re.ASCII) or not re.fullmatch(r"\d{3}", line[PARTNER], re.ASCII):
            raise ValueError(f"row {number}: {line[CODE]!r} is no HS code, or {line[PARTNER]!r} no partner code")
        if line.get(""):
            raise ValueError(f"row {number}: the last column has no name but holds {line['']!r}")
        for column in (*numbers(line), currency_column(line)):
            amount(line[column], number, column)
        cell = tuple(line[column] for column in line if column.endswith("编码") or column == PERIOD)
        if cell in seen:
            raise ValueError(f"row {number}: {' '.join(cell)} stands twice")
        seen.add(cell)
        yield line


def check_header(header: list[str]) -> None:
    """Raise `ValueError` for a header without the columns of the form, or with one that is not known."""
    if missing := [column for column in NEEDED if column not in header]:
        raise ValueError(f"is no export of the query page: column {missing[0]} is missing")
    if unknown := [column for column in header if column not in (*NEEDED, *SOMETIMES, *CURRENCIES)]:
        raise ValueError(f"column {unknown[0]!r} is unknown")
    if len(set(header)) < len(header) or sum(column in header for column in CURRENCIES) != 1:
        raise ValueError(f"exactly one of the columns {', '.join(CURRENCIES)} is expected, and each column once")


def currency_column(line: Line) -> str:
    return next(column for column in CURRENCIES if column in line)


def numbers(line: Line) -> list[str]:
    return [column for column in ("第一数量", "第二数量") if column in line]


def amount(text: str, number: int, column: str) -> Decimal:
    """Return a number written with thousands commas; raises `ValueError` for anything else."""
    if not re.fullmatch(r"-?\d{1,3}(,\d{3})*(\.\d+)?|-?\d+(\.\d+)?", text, re.ASCII):
        raise ValueError(f"row {number}, column {column}: {text!r} is not a number")
    return Decimal(text.replace(",", ""))


def describe(config: Config, direction: str, encoding: str, lines: list[Line]) -> tuple[Request, Answer]:
    """Return the question an export answers, as its rows tell, and its control total in its own currency."""
    currency = currency_column(lines[0])
    economies = config.economies_by_code(SOURCE)
    if unknown := sorted({line[PARTNER] for line in lines} - set(economies)):
        example = next(line for line in lines if line[PARTNER] == unknown[0])
        raise UsageError(
            f"partner {unknown[0]} ({example.get('贸易伙伴名称', '').strip()}) is in no row of economies.csv, "
            "column gacc: add it"
        )
    members = {column: sorted({line[column] for line in lines}) for column in (PERIOD, CODE, PARTNER)}
    (reporter,) = config.sources[SOURCE].reporters
    request = Request(
        source=SOURCE,
        kind="data",
        parameters=(
            ("reporter", config.code_of(SOURCE, reporter)),
            ("direction", direction),
            ("currency", CURRENCIES[currency]),
            ("periods", ",".join(members[PERIOD])),
            ("codes", ",".join(members[CODE])),
            ("partners", ",".join(members[PARTNER])),
        ),
        scope=Scope(
            reporters=(reporter,),
            partners=tuple(sorted({economies[code] for code in members[PARTNER]})),
            flows=(config.sources[SOURCE].flows[direction],),
            codes=tuple(sorted({code[:6] for code in members[CODE]})),
            periods=tuple(f"{period[:4]}-{period[4:]}" for period in members[PERIOD]),
        ),
        label=f"{direction}-{members[PERIOD][0]}-{members[PERIOD][-1]}",
    )
    total = sum((amount(line[currency], 0, currency) for line in lines), Decimal(0))
    return request, Answer("data", len(lines), str(total), encoding=encoding)

"""Answers of Korea's customs statistics, saved: XML, ten digits, exports and imports side by side, a row of totals."""

from __future__ import annotations

from collections.abc import Iterator

from chipflows.demo.offices import Office, Told
from chipflows.demo.published import Statistics
from chipflows.demo.settings import Brought
from chipflows.raw.records import Scope
from chipflows.sources.korea_customs import TOTAL

SOURCE = "korea_customs"
PARTS = ("1000", "9000")
IMPORTS = 20
"""Exports are so many times the imports, of which the world of the demo knows nothing else."""

Figures = tuple[int, int, int, int]
"""Dollars and kilograms of exports, then of imports."""


def body(statistics: Statistics, one: Brought, scope: Scope) -> bytes:
    """Return an answer that holds every month of the scope."""
    told = Office(statistics, SOURCE).told(one.reporter, scope)
    rows = [row for figure in told for row in rows_of(statistics, figure)]
    totals = tuple(sum(row[3][at] for row in rows) for at in range(4))
    items = [item(TOTAL, "-", "-", totals), *(item(*row) for row in rows)]
    header = "<header><resultCode>00</resultCode><resultMsg>정상서비스.</resultMsg></header>"
    answer = f"<response>{header}<body><items>{''.join(items)}</items></body></response>"
    return f'<?xml version="1.0" encoding="UTF-8"?>{answer}'.encode()


def rows_of(statistics: Statistics, one: Told) -> Iterator[tuple[str, str, str, Figures]]:
    """Yield a figure in two ten-digit codes."""
    country, first = statistics.world.config.code_of(SOURCE, one.partner), int(one.value * one.share)
    for digits, value in zip(PARTS, (first, one.value - first), strict=True):
        weight = one.kilograms * value // max(one.value, 1)
        figures = (value, weight, value // IMPORTS, weight // IMPORTS)
        if value:
            yield one.month.replace("-", "."), country, one.code + digits, figures


def item(month: str, country: str, code: str, figures: tuple[int, ...]) -> str:
    exports, sent, imports, received = figures
    return (
        f"<item><balPayments>{exports - imports}</balPayments><expDlr>{exports}</expDlr><expWgt>{sent}</expWgt>"
        f"<hsCd>{code}</hsCd><impDlr>{imports}</impDlr><impWgt>{received}</impWgt><statCd>{country}</statCd>"
        f"<statKor>집적회로 &amp; 기타</statKor><year>{month}</year></item>"
    )

"""A stand-in for Korea's customs statistics: XML, a total row first, every error with status 200."""

from __future__ import annotations

from dataclasses import dataclass, field

from standin.server import Page, StandIn

PATH = "/1220000/nitemtrade/getNitemtradeList"
NAMES = {"AE": "아랍에미리트 연합", "RU": "러시아 연방"}

Cell = tuple[str, str, str]
"""Code, country, month `YYYY.MM`."""


@dataclass
class Korea(StandIn):
    """`world` holds export value and weight, import value and weight of a cell; `errors` are told first, one a call."""

    world: dict[Cell, tuple[int, int, int, int]]
    key: str
    errors: list[tuple[str, str]] = field(default_factory=list)
    most: int = 10_000

    def __post_init__(self) -> None:
        super().__init__()

    def answer(self, path: str, parameters: dict[str, str]) -> Page:
        if parameters.get("serviceKey") != self.key:
            return service_error("30", "SERVICE_KEY_IS_NOT_REGISTERED_ERROR")
        if self.errors:
            return service_error(*self.errors.pop(0))
        first, last = parameters["strtYymm"], parameters["endYymm"]
        if path != PATH or int(last[:4]) * 12 + int(last[4:]) - int(first[:4]) * 12 - int(first[4:]) > 11:
            return xml("", "99", "조회기간은 1년이내 기간만 가능합니다.")
        found = {
            cell: figures
            for cell, figures in sorted(self.world.items())
            if cell[0].startswith(parameters["hsSgn"]) and first <= cell[2].replace(".", "") <= last
        }
        if not found:
            return xml("")
        totals = tuple(sum(column) for column in zip(*found.values(), strict=True))
        items = [item("총계", "-", "-", *totals)]
        items += [item(month, country, code, *figures) for (code, country, month), figures in found.items()]
        return xml("".join(items[: self.most]), count=len(items) if len(items) > self.most else None)


def item(month: str, country: str, code: str, exports: int, sent: int, imports: int, received: int) -> str:
    return (
        f"<item><balPayments>{exports - imports}</balPayments><expDlr>{exports}</expDlr><expWgt>{sent}</expWgt>"
        f"<hsCd>{code}</hsCd><impDlr>{imports}</impDlr><impWgt>{received}</impWgt><statCd>{country}</statCd>"
        f"<statCdCntnKor1>{NAMES.get(country, '-')}</statCdCntnKor1><statKor>기타 &amp; 등</statKor>"
        f"<year>{month}</year></item>"
    )


def xml(items: str, code: str = "00", message: str = "정상서비스.", count: int | None = None) -> Page:
    counted = f"<totalCount>{count}</totalCount>" if count is not None else ""
    text = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><response>'
        f"<header><resultCode>{code}</resultCode><resultMsg>{message}</resultMsg></header>"
        f"<body><items>{items}</items>{counted}</body></response>"
    )
    return Page(text.encode(), media_type="application/xml")


def service_error(code: str, message: str) -> Page:
    text = (
        "<OpenAPI_ServiceResponse><cmmMsgHeader><errMsg>SERVICE ERROR</errMsg>"
        f"<returnAuthMsg>{message}</returnAuthMsg><returnReasonCode>{code}</returnReasonCode>"
        "</cmmMsgHeader></OpenAPI_ServiceResponse>"
    )
    return Page(text.encode(), media_type="text/xml")

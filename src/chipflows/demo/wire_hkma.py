"""The Hong Kong Monetary Authority's answers about the synthetic world: monthly averages near those of the ECB."""

from __future__ import annotations

from chipflows.demo.comtrade_text import compact
from chipflows.demo.settings import Settings
from chipflows.demo.wire_ecb import rates
from chipflows.raw.records import Answer, Request

PEG = 7.8
"""Hong Kong dollars per US dollar, which the authority keeps in a narrow band."""


def answer(settings: Settings, request: Request) -> tuple[bytes, Answer]:
    """Return the body for a request of the source `hkma`, and what its check will find."""
    months = request.scope.periods or ()
    records = [
        compact({"end_of_month": month, "usd": PEG, "eur": float(rate)})
        for month, rate in zip(months, rates(settings, "HKD", months), strict=True)
    ]
    header = '{"success":true,"err_code":"0000","err_msg":"No error found"}'
    body = f'{{"header":{header},"result":{{"datasize":{len(records)},"records":[{",".join(records)}]}}}}'
    return body.encode(), Answer("data", len(records))

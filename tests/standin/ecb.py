"""A stand-in for the ECB Data Portal: monthly averages as csvdata, 404 for what it has not, faults on request."""

from __future__ import annotations

import re

from standin.server import Page, StandIn

HEADER = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE"
FULL = ",OBS_STATUS,OBS_CONF,TIME_FORMAT,COLLECTION,DECIMALS,TITLE,UNIT,UNIT_MULT"


class Ecb(StandIn):
    """`rates` holds units of a currency per euro by (currency, month)."""

    def __init__(self, rates: dict[tuple[str, str], str]) -> None:
        super().__init__()
        self.rates = rates

    def answer(self, path: str, parameters: dict[str, str]) -> Page:
        found = re.fullmatch(r"/data/EXR/M\.([A-Z+]+)\.EUR\.SP00\.A", path)
        if not found or parameters.get("format") != "csvdata":
            return fault(400, "Invalid request")
        first, last = parameters.get("startPeriod", ""), parameters.get("endPeriod", "9999")
        is_full = parameters.get("detail", "full") == "full"
        lines = [
            f"EXR.M.{code}.EUR.SP00.A,M,{code},EUR,SP00,A,{month},{rate}"
            + (f',A,F,P1M,A,4,"{code}, average",{code},0' if is_full else "")
            for (code, month), rate in sorted(self.rates.items())
            if code in found[1].split("+") and first <= month <= last
        ]
        if not lines:
            return fault(404, "No results found.")
        return Page("\n".join([HEADER + (FULL if is_full else ""), *lines, ""]).encode())


def fault(status: int, text: str) -> Page:
    xml = (
        '<?xml version="1.0"?><mes:Error xmlns:mes="m" xmlns:com="c"><mes:ErrorMessage code="100">'
        f'<com:Text xml:lang="en">{text}</com:Text></mes:ErrorMessage></mes:Error>'
    )
    return Page(xml.encode(), status, "application/xml")

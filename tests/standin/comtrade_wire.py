"""Rows as UN Comtrade writes them: 47 columns of trade, 20 of availability, from a compact table."""

from __future__ import annotations

import json
from collections.abc import Callable

import pandas as pd

FLOWS = {"M": "Import", "X": "Export", "RX": "Re-export", "RM": "Re-import"}
NAMES = {0: ("W00", "World"), 97: ("EUR", "European Union"), 380: ("ITA", "Italy"), 490: ("S19", "Other Asia, nes")}
UNITS = {-1: "N/A", 5: "u", 8: "kg"}
EXTENDED = "FlowCode PartnerCode Partner2Code CmdCode CustomsCode MotCode"


def inner(**columns: object) -> str:
    """Return columns as JSON without the braces, so that pieces can be strung together."""
    return json.dumps(columns, separators=(",", ":"))[1:-1]


def described(code: int) -> tuple[str, str]:
    return NAMES.get(code, (f"R{code:03d}"[:4], f"Economy {code}"))


def economy(prefix: str, code: int, with_text: bool) -> str:
    iso, name = described(code) if with_text else (None, None)
    return inner(**{f"{prefix}Code": code, f"{prefix}ISO": iso, f"{prefix}Desc": name})


def period_of(period: str) -> str:
    month = period[4:]
    when = {"refPeriodId": int(f"{period[:4]}{month or '01'}01"), "refYear": int(period[:4])}
    return inner(typeCode="C", freqCode="M" if month else "A", **when, refMonth=int(month or 52), period=period)


def goods(code: str, with_text: bool) -> str:
    level = 0 if code == "TOTAL" else len(code)
    text = {"cmdDesc": f"Goods of {code}", "aggrLevel": level, "isLeaf": level == 6}
    return inner(cmdCode=code, **(text if with_text else dict.fromkeys(text)))


def edition(code: str) -> str:
    return inner(classificationCode=code, classificationSearchCode="HS", isOriginalClassification=True)


def means(customs: str, mot: int, with_text: bool) -> str:
    """Return customs procedure, mode of supply and means of transport; totals are C00 and 0."""
    texts = ("TOTAL CPC", "TOTAL MOT") if with_text else (None, None)
    return inner(customsCode=customs, customsDesc=texts[0], mosCode="0", motCode=mot, motDesc=texts[1])


def trade_rows(rows: pd.DataFrame, with_text: bool, extended: frozenset[int] = frozenset()) -> list[str]:
    """Return rows as JSON texts; a reporter in `extended` gets three details after each of its rows."""

    def pieces(column: str, write: Callable[..., str]) -> dict[object, str]:
        return {value: write(value) for value in rows[column].unique().tolist()}

    periods, editions = pieces("period", period_of), pieces("classificationCode", edition)
    reporters = pieces("reporterCode", lambda code: economy("reporter", code, with_text))
    partners = pieces("partnerCode", lambda code: economy("partner", code, with_text))
    flows = pieces("flowCode", lambda flow: inner(flowCode=flow, flowDesc=FLOWS[flow] if with_text else None))
    codes = pieces("cmdCode", lambda code: goods(code, with_text))
    units = {code: json.dumps(UNITS.get(code) if with_text else None) for code in rows.qtyUnitCode.unique().tolist()}
    total = economy("partner2", 0, with_text), means("C00", 0, with_text)
    names = "period reporterCode flowCode partnerCode classificationCode cmdCode qtyUnitCode qty netWgt primaryValue"
    texts = []
    for p, r, f, q, e, c, u, qty, weight, value in zip(*(rows[name].tolist() for name in names.split()), strict=True):
        details = [total]
        if r in extended:
            details += [(economy("partner2", q, with_text), means("C01", 0, with_text))]
            details += [(total[0], means(customs, mot, with_text)) for customs, mot in (("C01", 1000), ("C00", 3200))]
        for partner2, procedure in details:
            texts.append(
                f"{{{periods[p]},{reporters[r]},{flows[f]},{partners[q]},{partner2},{editions[e]},{codes[c]},{procedure},"
                f'"qtyUnitCode":{u},"qtyUnitAbbr":{units[u]},"qty":{qty!r},"isQtyEstimated":false,'
                f'"altQtyUnitCode":{u},"altQtyUnitAbbr":{units[u]},"altQty":{qty!r},"isAltQtyEstimated":false,'
                f'"netWgt":{weight!r},"isNetWgtEstimated":false,"grossWgt":0.0,"isGrossWgtEstimated":false,'
                f'"cifvalue":0.0,"fobvalue":{value!r},"primaryValue":{value!r},"legacyEstimationFlag":0,'
                '"isReported":false,"isAggregate":true}'
            )
    return texts


def availability_row(frequency: str, reporter: int, period: str, checksum: int, when: str, is_extended: bool) -> str:
    """Return a row of getDA: one reporter's month, what its checksum is and when it was released."""
    iso, name = described(reporter)
    row = {
        "datasetCode": int(f"2{reporter:04d}{period:0<6}182100"),
        "typeCode": "C",
        "freqCode": frequency,
        "period": int(period),
        "reporterCode": reporter,
        "reporterISO": iso,
        "reporterDesc": name,
        "classificationCode": "H5",
        "classificationSearchCode": "HS",
        "isOriginalClassification": True,
        **{f"isExtended{part}": is_extended for part in EXTENDED.split()},
        "totalRecords": 112758,
        "datasetChecksum": checksum,
        "firstReleased": when,
        "lastReleased": when,
    }
    return json.dumps(row, separators=(",", ":"))

"""A stand-in for Eurostat's Comext API: cost rule, both meanings of 413, tickets, faults, header-only empties."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass, field
from itertools import count, product
from math import prod
from uuid import UUID

from standin.server import Page, StandIn

BASE = "/eurostat/api/comext/dissemination"
HEADER = "DATAFLOW,LAST UPDATE,freq,reporter,partner,product,flow,indicators,TIME_PERIOD,OBS_VALUE"
INDICATORS = ("VALUE_IN_EUROS", "QUANTITY_IN_100KG", "SUPPLEMENTARY_QUANTITY")
MONTHS_EVER = 468
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

Cell = tuple[str, str, str, str, str]
"""Reporter, partner, product, flow, month."""


def line(cell: Cell, indicator: str, value: str, updated: str = "15/09/26 11:00:00") -> str:
    """Return one line of SDMX-CSV, without its end."""
    reporter, partner, code, flow, month = cell
    frequency = "M" if len(month) == 7 else "A"
    return f"ESTAT:DS-045409(1.0),{updated},{frequency},{reporter},{partner},{code},{flow},{indicator},{month},{value}"


def sdmx_csv(lines: list[str], header: str = HEADER) -> bytes:
    return "".join(f"{one}\r\n" for one in [header, *lines]).encode()


@dataclass
class Comext(StandIn):
    """`world` holds the figures of a cell, one per indicator, empty for none.

    `sync_cells` and `most_cells` are the limits of the cost rule. Tickets are answered in the namespace `dialect`
    (`asynchronous` or `extraction`) with `ticket_status`, are ready after `looks` looks, and the first `expiring` of
    them expire.
    """

    world: dict[Cell, tuple[str, str, str]]
    unknown: frozenset[str] = frozenset()
    sync_cells: int = 500_000
    most_cells: int = 5_000_000
    dialect: str = "asynchronous"
    ticket_status: int = 413
    looks: int = 2
    expiring: int = 0
    updated: str = "15/09/26 11:00:00"
    tickets: dict[str, list[object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self._numbers = count(1)

    def answer(self, path: str, parameters: dict[str, str]) -> Page:
        if not path.startswith(BASE):
            return fault("ERR_NOT_FOUND_4: DS-045409 is not available for dissemination", 404)
        rest = path.removeprefix(BASE)
        if found := re.fullmatch(r"/1\.0/async/(status|data)/([0-9a-f-]+)", rest):
            return self.follow(found[1], found[2])
        found = re.fullmatch(r"/sdmx/2\.1/data/DS-045409/([^/]*)", rest)
        if not found or parameters.get("format") != "SDMX-CSV":
            return fault("INVALID_QUERY: the query is not understood", 400)
        if len(self.calls[-1]) > 4096:
            return Page(b"", 414)
        return self.figures(found[1].split("."), parameters)

    def figures(self, key: list[str], parameters: dict[str, str]) -> Page:
        asked = [part.split("+") if part else None for part in key]
        if len(asked) != 6:
            return fault("INVALID_QUERY_DIMENSION_COUNT: six dimensions are expected", 400)
        if wrong := sorted(set(asked[5] or ()) - set(INDICATORS)) + sorted(set(asked[3] or ()) & self.unknown):
            return fault(f"INVALID_QUERY_DIMENSION_VALUE: values not allowed: {wrong[0]}", 400)
        first, last = parameters.get("startPeriod", ""), parameters.get("endPeriod", "")
        cells = self.cost(asked, first, last)
        if cells > self.most_cells:
            text = f"estimated {cells} rows, max authorised is {self.most_cells}"
            return fault(f"EXTRACTION_TOO_BIG: The requested extraction is too big, {text}", 413)
        page = self.page(asked, first, last, parameters.get("compressed") != "false")
        if cells < self.sync_cells:
            return page
        key_of_ticket = str(UUID(int=next(self._numbers)))
        self.tickets[key_of_ticket] = [page, self.looks]
        return self.ticket(key_of_ticket, "SUBMITTED", self.ticket_status)

    def cost(self, asked: list[list[str] | None], first: str, last: str) -> int:
        """Return the product of positions: an empty position costs everything there is, open time every month ever."""
        everything = [{"M", "A"}, *({cell[at] for cell in self.world} for at in range(4)), set(INDICATORS)]
        positions = [len(part if part is not None else whole) for part, whole in zip(asked, everything, strict=True)]
        if not first or not last:
            return prod(positions) * MONTHS_EVER
        years, months = (int(last[at]) - int(first[at]) for at in (slice(0, 4), slice(5, 7)))
        return prod(positions) * (12 * years + months + 1)

    def page(self, asked: list[list[str] | None], first: str, last: str, is_file: bool) -> Page:
        lines = [
            line(cell, indicator, value, self.updated)
            for cell, values in sorted(self.world.items())
            for indicator, value in zip(INDICATORS, values, strict=True)
            if value
            and all(part is None or one in part for one, part in zip(("M", *cell[:4], indicator), asked, strict=True))
            and (first or "0") <= cell[4] <= (last or "9")
        ]
        body = sdmx_csv(lines)
        return Page(gzip.compress(body) if is_file else body, media_type="application/vnd.sdmx.data+csv")

    def ticket(self, key: str, status: str, http_status: int) -> Page:
        """Return a ticket in one of the two forms that were seen."""
        space = "http://estat.ec.europa.eu/disschain"
        if self.dialect == "extraction":
            inner = (
                f'<ns0:syncResponse xmlns:ns0="{space}/soap/extraction"><processingTime>92</processingTime><queued>'
                f"<id>{key}</id><status>{status}</status></queued></ns0:syncResponse>"
            )
        else:
            inner = (
                f'<ns0:asyncResponse xmlns:ns1="{space}/asynchronous" xmlns:ns0="{space}/soap/asynchronous">\n'
                f"<ns1:status>\n<ns1:key>{key}</ns1:key>\n<ns1:status>{status}</ns1:status>\n</ns1:status>\n"
                "</ns0:asyncResponse>"
            )
        return envelope(inner, http_status)

    def follow(self, what: str, key: str) -> Page:
        if key not in self.tickets:
            return fault("UNKNOWN_REQUEST: Unknown request.", 400)
        page, left = self.tickets[key]
        assert isinstance(page, Page)
        assert isinstance(left, int)
        if what == "data":
            if left > 0:
                text = "DATA_NOT_YET_AVAILABLE: Requested data is not yet available for download."
                return fault(f"{text} Check the status of your request.", 400)
            return page
        self.tickets[key][1] = left - 1
        if left <= 1 and self.expiring:
            self.expiring -= 1
            del self.tickets[key]
            return self.ticket(key, "EXPIRED", 200)
        return self.ticket(key, "AVAILABLE" if left <= 1 else "PROCESSING", 200)


def envelope(inner: str, status: int) -> Page:
    xml = f'<?xml version="1.0" encoding="UTF-8"?> <S:Envelope xmlns:S="{SOAP}"><S:Body>{inner}</S:Body></S:Envelope>'
    return Page(xml.encode(), status, "application/xml")


def fault(text: str, status: int) -> Page:
    inner = f'<S:Fault xmlns:S="{SOAP}"><faultcode>100</faultcode><faultstring>{text}</faultstring></S:Fault>'
    return envelope(inner, status)


def small_world(reporters: tuple[str, ...], partners: tuple[str, ...], codes: tuple[str, ...], months: tuple[str, ...]):
    """Return a world with figures in about a third of its cells, the same in every run."""
    world: dict[Cell, tuple[str, str, str]] = {}
    for number, (reporter, partner, code, month) in enumerate(product(reporters, partners, codes, months)):
        if (number * 7919) % 3 == 0:
            value, tenths = 1000 + (number * 104_729) % 900_000, (number * 31) % 997
            world[reporter, partner, code, "2", month] = (str(value), f"{tenths / 10:.2f}", str(number % 5))
    return world

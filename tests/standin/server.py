"""A web server on 127.0.0.1 that a stand-in fills: real HTTP, faults on request, every call noted."""

from __future__ import annotations

import gzip
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

FAULTS = ("sorry", "500", "503", "429", "html", "drop", "cut", "half gzip")
MORE_FAULTS = ("502", "504", "403", "429 silent", "here", "not gzip", "no length", "stall", "drip")

STALL = 0.6
"""Seconds of silence; longer than the patience of a caller who is to notice it."""


@dataclass
class Page:
    """What a stand-in answers."""

    body: bytes = b""
    status: int = 200
    media_type: str = "text/csv"
    headers: dict[str, str] = field(default_factory=dict)


class StandIn:
    """A server for one source; `faults` are served first, one a call, `calls` lists the addresses asked for.

    `headers` are those of the newest call. `spoil` may change the body of an answer for a fault it knows; `served`
    counts the faults that really went out.
    """

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.served: Counter[str] = Counter()
        self.spoil: Callable[[str, bytes], bytes] = lambda fault, body: body
        self.calls: list[str] = []
        self.headers: dict[str, str] = {}
        self.is_packed = True

    def answer(self, path: str, parameters: dict[str, str]) -> Page:
        """Return the page at a path."""
        raise NotImplementedError

    def __enter__(self) -> Any:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                stand_in.calls.append(self.path)
                stand_in.headers = dict(self.headers)
                parts = urlsplit(self.path)
                fault = stand_in.faults.pop(0) if stand_in.faults else ""
                # An escaped plus sign and a bare one both mean the plus sign in these paths.
                here = Page(status=302, headers={"Location": self.path}) if fault == "here" else None
                page = (
                    here
                    or page_of(fault)
                    or stand_in.answer(
                        parts.path.replace("%2B", "+"), dict(parse_qsl(parts.query, keep_blank_values=True))
                    )
                )
                if fault and page.body and page.status == 200 and fault not in (*FAULTS, *MORE_FAULTS):
                    spoilt = stand_in.spoil(fault, page.body)
                    fault = "" if spoilt == page.body else fault
                    page.body = spoilt
                stand_in.served[fault] += 1
                send(self, page, fault, stand_in.is_packed and "gzip" in self.headers.get("Accept-Encoding", ""))

            def log_message(self, *words: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *reason: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def page_of(fault: str) -> Page | None:
    """Return the page of a fault that has one."""
    html = b"<!DOCTYPE html><html><body>Sorry, the page is not available</body></html>"
    return {
        "sorry": Page(status=302, headers={"Location": "https://sorry.ec.europa.eu/"}),
        "500": Page(b"Internal Server Error", 500, "text/plain"),
        "502": Page(html, 502, "text/html"),
        "504": Page(html, 504, "text/html"),
        "403": Page(b"Out of call volume quota.", 403, "text/plain"),
        "429 silent": Page(b"", 429),
        "503": Page(html, 503, "text/html", {"Retry-After": "0"}),
        "429": Page(b"", 429, headers={"Retry-After": "0"}),
        "html": Page(html, 200, "text/html"),
        "drop": Page(),
    }.get(fault)


def send(handler: BaseHTTPRequestHandler, page: Page, fault: str, is_packed: bool) -> None:
    """Send a page, or part of it."""
    if fault in ("drop", "stall"):
        time.sleep(STALL if fault == "stall" else 0.0)
        handler.close_connection = True
        return
    body, headers = page.body, {"Content-Type": page.media_type, **page.headers}
    if is_packed and body:
        body, headers = gzip.compress(body), headers | {"Content-Encoding": "gzip"}
    if fault == "half gzip":
        packed = gzip.compress(page.body)
        body, headers = packed[: len(packed) // 2], headers | {"Content-Encoding": "gzip"}
    if fault == "not gzip" and body:
        body, headers = page.body, headers | {"Content-Encoding": "gzip"}
    handler.send_response(page.status)
    for name, value in headers.items():
        handler.send_header(name, value)
    if fault not in ("no length", "drip"):
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.close_connection = fault in ("cut", "no length", "drip")
    if fault == "drip":
        drip(handler, body)
    else:
        handler.wfile.write(body[: len(body) // 2] if fault in ("cut", "no length") else body)


def drip(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """Send a body so slowly that its end would take hours, until the caller has had enough."""
    with suppress(OSError):
        for at in range(len(body)):
            handler.wfile.write(body[at : at + 1])
            handler.wfile.flush()
            time.sleep(STALL / 4)

"""A web server on 127.0.0.1 that a stand-in fills: real HTTP, faults on request, every call noted."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

FAULTS = ("sorry", "500", "503", "429", "html", "drop", "cut", "half gzip")


@dataclass
class Page:
    """What a stand-in answers."""

    body: bytes = b""
    status: int = 200
    media_type: str = "text/csv"
    headers: dict[str, str] = field(default_factory=dict)


class StandIn:
    """A server for one source; `faults` are served first, one a call, `calls` lists the addresses asked for.

    `headers` are those of the newest call.
    """

    def __init__(self) -> None:
        self.faults: list[str] = []
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
                page = page_of(fault) or stand_in.answer(
                    parts.path.replace("%2B", "+"), dict(parse_qsl(parts.query, keep_blank_values=True))
                )
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
        "503": Page(html, 503, "text/html", {"Retry-After": "0"}),
        "429": Page(b"", 429, headers={"Retry-After": "0"}),
        "html": Page(html, 200, "text/html"),
        "drop": Page(),
    }.get(fault)


def send(handler: BaseHTTPRequestHandler, page: Page, fault: str, is_packed: bool) -> None:
    """Send a page, or part of it."""
    if fault == "drop":
        handler.close_connection = True
        return
    body, headers = page.body, {"Content-Type": page.media_type, **page.headers}
    if is_packed and body:
        body, headers = gzip.compress(body), headers | {"Content-Encoding": "gzip"}
    if fault == "half gzip":
        packed = gzip.compress(page.body)
        body, headers = packed[: len(packed) // 2], headers | {"Content-Encoding": "gzip"}
    handler.send_response(page.status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2] if fault == "cut" else body)
    handler.close_connection = fault == "cut"

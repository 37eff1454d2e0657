"""A stand-in for UN Comtrade on 127.0.0.1: real HTTP, the gateway's order of checks, silent caps, faults on demand."""

from __future__ import annotations

import gzip
import json
import random
import re
import socket
import sys
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pandas as pd

from standin.comtrade_wire import FLOWS, availability_row, trade_rows

KEY_COLUMNS = ["period", "reporterCode", "partnerCode", "cmdCode", "flowCode"]
DEFAULTS = {"classificationCode": "H5", "netWgt": 0.0, "qty": 0.0, "qtyUnitCode": -1}


@dataclass(frozen=True)
class Asked:
    """One call that the server got."""

    path: str
    parameters: dict[str, str]
    key: str | None
    status: int
    rows: int
    fault: str


@dataclass
class Comtrade:
    """The server and what it knows.

    `truth` has the columns `KEY_COLUMNS` and `primaryValue`, and may have those of `DEFAULTS`; periods as `202201`,
    codes of economies as numbers. `faults` gives the probability of each kind of fault per call, drawn with `seed`;
    `next_faults` are used up first, call by call (`""` for none). `quotas` are calls per key. `closed` names the part
    (`public` or `data`) that takes no calls. `hidden` are reporters' months that are not yet published.
    """

    truth: pd.DataFrame
    keys: dict[str, str] = field(default_factory=lambda: {"free-key-1": "free"})
    caps: dict[str, int] = field(default_factory=lambda: {"preview": 500, "free": 100_000, "premium": 250_000})
    quotas: dict[str, int] = field(default_factory=dict)
    replenished_in: str = "03:14:17"
    burst: int | None = None
    per_second: float = 1.0
    faults: dict[str, float] = field(default_factory=dict)
    seed: int = 0
    stall_seconds: float = 60.0
    pause_seconds: float = 0.0
    closed: str = ""
    retry_after: str = "0"
    extended: frozenset[int] = frozenset()
    hidden: set[tuple[int, str]] = field(default_factory=set)
    reference: Path | None = None
    next_faults: deque[str] = field(default_factory=deque)
    other_host: str = "http://127.0.0.2:9/"
    log: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        table = self.truth.assign(**{name: value for name, value in DEFAULTS.items() if name not in self.truth})
        self.truth = table.sort_values(KEY_COLUMNS, ignore_index=True)
        self._random = random.Random(self.seed)
        self._used: Counter[str] = Counter()
        self._bucket, self._filled = float(self.burst or 0), time.monotonic()
        self._lock = threading.Lock()
        months = self.truth[["reporterCode", "period"]].drop_duplicates().itertuples(index=False)
        self.released = {(int(r), str(p)): [1, "2024-01-05T10:53:32.8266667"] for r, p in months}
        self._by_period = {str(p): np.asarray(at) for p, at in self.truth.groupby("period").indices.items()}
        server = self
        self._http = Server(("127.0.0.1", 0), type("Handler", (Handler,), {"server_state": server}))

    def __enter__(self) -> Comtrade:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def release(self, reporter: int, period: str, when: str) -> None:
        """Publish, or publish anew, a reporter's month: its checksum changes."""
        self.hidden.discard((reporter, period))
        checksum = self.released.get((reporter, period), [0])[0]
        self.released[reporter, period] = [checksum + 1, when]

    def revise(self, reporter: int, period: str, factor: float, when: str) -> None:
        """Multiply a reporter's month by a factor, and publish it anew."""
        rows = (self.truth.reporterCode == reporter) & (self.truth.period == period)
        self.truth.loc[rows, "primaryValue"] *= factor
        self.release(reporter, period, when)

    def fault(self) -> str:
        """Return the fault for the next call, `""` for none."""
        with self._lock:
            if self.next_faults:
                return self.next_faults.popleft()
            draw = self._random.random()
            for kind, share in self.faults.items():
                draw -= share
                if draw < 0:
                    return kind
        return ""

    def too_fast(self) -> bool:
        """Take a token from the bucket; say whether there was none."""
        with self._lock:
            now = time.monotonic()
            self._bucket = min(self.burst or 0, self._bucket + (now - self._filled) * self.per_second)
            self._filled = now
            if self._bucket < 1:
                return True
            self._bucket -= 1
            return False

    def over_quota(self, key: str) -> bool:
        """Count a call with a key; say whether its quota was used up before."""
        with self._lock:
            self._used[key] += 1
            return key in self.quotas and self._used[key] > self.quotas[key]

    def visible(self, parameters: dict[str, str]) -> pd.DataFrame:
        """Return the rows of the truth that a question is about, in the server's order."""
        periods = sorted(set(parameters["period"].split(",")))
        known = [self._by_period[period] for period in periods if period in self._by_period]
        rows = self.truth.iloc[np.concatenate([np.array([], dtype=np.intp), *known])]
        for column, name in {"reporterCode": "reportercode", "partnerCode": "partnercode"}.items():
            if parameters.get(name):
                rows = rows[rows[column].isin([int(code) for code in parameters[name].split(",")])]
        rows = rows[rows.cmdCode.isin((parameters.get("cmdcode") or "TOTAL").split(","))]
        if parameters.get("flowcode"):
            rows = rows[rows.flowCode.isin(parameters["flowcode"].split(","))]
        for reporter, period in self.hidden:
            rows = rows[(rows.reporterCode != reporter) | (rows.period != period)]
        return rows


class Server(ThreadingHTTPServer):
    """A server that takes it in silence when a caller goes away: killed callers are what tests are about."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One call: path, key, rate, quota, parameters, data, in the gateway's order."""

    server_state: Comtrade
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    rows_sent = 0

    def log_message(self, *_: object) -> None: ...

    def do_OPTIONS(self) -> None:
        self.reply(404, {"statusCode": 404, "message": "Resource not found"})

    def do_GET(self) -> None:
        state, parts = self.server_state, urlsplit(self.path)
        self.asked = {name.lower(): value for name, value in parse_qsl(parts.query, keep_blank_values=True)}
        self.given = self.headers.get("Ocp-Apim-Subscription-Key") or self.asked.get("subscription-key")
        self.current, self.rows_sent = "", 0
        route = re.fullmatch(r"/(public|data)/v1/(preview|get|getda)/c/([am])/hs", parts.path.lower())
        if parts.path.lower().startswith("/files/v1/app/reference/") and state.reference:
            self.reply_file(state.reference / parts.path.rsplit("/", 1)[1])
        elif route is None or (route[1], route[2]) in {("public", "get"), ("data", "preview")}:
            self.reply(404, {"statusCode": 404, "message": "Resource not found"})
        elif route[1] == state.closed:
            self.reply(403, {"statusCode": 403, "message": "All calls are rejected by policy."})
        elif self.is_let_in(route[1] == "data"):
            time.sleep(state.pause_seconds)
            self.current = state.fault()
            if not self.is_faulty_before(self.current) and self.has_good_parameters(route[2]):
                self.answer(route[2], route[3].upper())

    def is_let_in(self, needs_key: bool) -> bool:
        state, denied = self.server_state, "Access denied due to"
        if needs_key and not self.given:
            text = f"{denied} missing subscription key. Make sure to include subscription key when making requests."
            self.reply(401, {"statusCode": 401, "message": text})
        elif needs_key and self.given not in state.keys:
            text = f"{denied} invalid subscription key. Make sure to provide a valid key."
            self.reply(401, {"statusCode": 401, "message": text})
        elif state.burst is not None and state.too_fast():
            self.too_many({"Retry-After": "1"})
        elif needs_key and self.given and state.over_quota(self.given):
            text = f"Out of call volume quota. Quota will be replenished in {state.replenished_in}."
            self.reply(403, {"statusCode": 403, "message": text})
        else:
            return True
        return False

    def too_many(self, headers: dict[str, str]) -> None:
        self.reply(429, {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 1 seconds."}, headers)

    def is_faulty_before(self, fault: str) -> bool:
        """Play a fault that needs no figures; say whether there was one."""
        state = self.server_state
        page = b"<!DOCTYPE html><html><body>We are sorry, something went wrong</body></html>"
        if fault == "429":
            self.too_many({"Retry-After": state.retry_after})
        elif fault == "429_silent":
            self.too_many({})
        elif fault in ("500", "502", "504"):
            self.send(int(fault), page, {"Content-Type": "text/html"})
        elif fault == "503":
            self.send(503, b"Service Unavailable", {"Content-Type": "text/plain"})
        elif fault == "html":
            self.send(200, page, {"Content-Type": "text/html"})
        elif fault == "redirect":
            self.send(302, b"", {"Location": state.other_host})
        elif fault == "redirect_here":
            self.send(302, b"", {"Location": self.path})
        elif fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.close_connection = True
            self.note(0)
            self.connection.close()
        elif fault == "stall":
            self.note(0)
            time.sleep(state.stall_seconds)
            self.close_connection = True
        else:
            return False
        return True

    def has_good_parameters(self, verb: str) -> bool:
        if len(self.server_state.url + self.path) > 4096:
            page = b"<html><body>The resource you are looking for has been removed.</body></html>"
            self.send(404, page, {"Content-Type": "text/html"})
            return False
        most = 1 if verb == "preview" else 12
        if len(self.asked.get("period", "").split(",")) > most:
            what = "Maximum number of periods for preview is 1" if most == 1 else "Maximum number of periods is 12 "
            self.reply(400, {"count": -1, "data": [], "error": what})
            return False
        for name in ("reporterCode", "partnerCode"):
            if re.fullmatch(r"(\d+(,\d+)*)?", self.asked.get(name.lower(), "")) is None:
                detail = [{"MemberNames": [name], "ErrorMessage": f"The field {name} is invalid"}]
                wrong = {"elapsedTime": "0 secs", "count": -1, "data": [], "error": "Invalid parameter value"}
                self.reply(400, wrong | {"errorObject": detail})
                return False
        return True

    def answer(self, verb: str, frequency: str) -> None:
        state = self.server_state
        shape = r"\d{4}" if frequency == "A" else r"\d{6}"
        periods = self.asked.get("period", "").split(",")
        if verb == "getda":
            return self.answer_availability(frequency, periods)
        flows = set(filter(None, self.asked.get("flowcode", "").split(",")))
        if not all(re.fullmatch(shape, period) for period in periods) or flows - set(FLOWS):
            return self.reply_rows([], 0)
        rows = state.visible(self.asked)
        if self.asked.get("countonly", "").lower() == "true":
            return self.reply_rows([], len(rows))
        cap = state.caps["preview" if verb == "preview" else state.keys[str(self.given)]]
        with_text = self.asked.get("includedesc", "").lower() == "true"
        is_classic = self.asked.get("breakdownmode", "").lower() == "classic"
        texts = trade_rows(rows.iloc[:cap], with_text, frozenset() if is_classic else state.extended)[:cap]
        if self.current == "duplicate" and texts:
            texts = [*texts[:-1], texts[0]] if len(texts) > 1 else texts * 2
        return self.reply_rows(texts, len(texts) + (self.current == "count"))

    def answer_availability(self, frequency: str, periods: list[str]) -> None:
        state = self.server_state
        reporters = set(filter(None, self.asked.get("reportercode", "").split(",")))
        rows = []
        for (reporter, period), (checksum, when) in sorted(state.released.items()):
            is_asked = period in periods and (not reporters or str(reporter) in reporters)
            if is_asked and (reporter, period) not in state.hidden:
                rows.append(availability_row(frequency, reporter, period, checksum, when, reporter in state.extended))
        self.reply_rows(rows, len(rows))

    def reply_rows(self, rows: list[str], count: int) -> None:
        elapsed = f"0.{len(self.server_state.log) % 100:02d} secs"
        body = f'{{"elapsedTime":"{elapsed}","count":{count},"data":[{",".join(rows)}],"error":""}}'.encode()
        self.rows_sent = len(rows)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        packed = gzip.compress(body, 1)
        if self.current == "cut":
            self.send(200, gzip.compress(body[: len(body) // 2], 1), headers | {"Content-Encoding": "gzip"})
        elif self.current == "cut_gzip":
            self.send(200, packed[:-20], headers | {"Content-Encoding": "gzip"})
        elif self.current == "cut_short":
            self.close_connection = True
            self.send(200, packed[: len(packed) // 2], headers | {"Content-Encoding": "gzip"}, length=len(packed))
        elif self.current == "gzip":
            self.send(200, body, headers | {"Content-Encoding": "gzip"})
        else:
            self.send(200, packed, headers | {"Content-Encoding": "gzip"})

    def reply_file(self, path: Path) -> None:
        if not path.is_file():
            return self.reply(404, {"statusCode": 404, "message": "Resource not found"})
        body = (b"\xef\xbb\xbf" if "bom" in self.asked else b"") + path.read_bytes()
        tag = md5(body, usedforsecurity=False)
        return self.send(200, body, {"Content-Type": "application/json", "ETag": f'"{tag.hexdigest()}"'})

    def reply(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        self.send(status, json.dumps(body).encode(), {"Content-Type": "application/json"} | (headers or {}))

    def send(self, status: int, body: bytes, headers: dict[str, str], length: int | None = None) -> None:
        self.note(status)
        self.send_response_only(status)
        always = {"Date": formatdate(usegmt=True), "Content-Length": length or len(body)}
        for name, value in (always | headers).items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def note(self, status: int) -> None:
        path = urlsplit(self.path).path
        self.server_state.log.append(Asked(path, self.asked, self.given, status, self.rows_sent, self.current))


def scattered(
    periods: list[str],
    reporters: list[int],
    partners: list[int],
    codes: list[str],
    flows: list[str],
    share: float,
    seed: int = 1,
) -> pd.DataFrame:
    """Return a made-up truth that fills a share of all cells; values have three digits after the point."""
    draw = np.random.default_rng(seed)
    names = ["period", "reporterCode", "partnerCode", "cmdCode", "flowCode"]
    cells = pd.MultiIndex.from_product([periods, reporters, partners, codes, flows], names=names).to_frame(index=False)
    rows = cells[draw.random(len(cells)) < share]
    # Editions change in the middle of the study, at some reporters only.
    is_new = (rows.period >= periods[len(periods) // 2]) & (rows.reporterCode % 2 == 0)
    return rows.assign(
        primaryValue=draw.integers(1, 10**9, len(rows)) / 1000, classificationCode=np.where(is_new, "H6", "H5")
    ).reset_index(drop=True)

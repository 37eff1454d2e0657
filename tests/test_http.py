"""The HTTP session: what is asked again, what is not, how long it waits, and that its key goes nowhere else."""

from __future__ import annotations

import gzip
import shutil
import ssl
import subprocess
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from standin.clock import Clock

from chipflows.errors import UsageError
from chipflows.sources import replies
from chipflows.sources.http import TRIES, Broken, Oversized, Refused, Reply, Session, accept, url_of

KEY = "0123456789abcdef0123456789abcdef"
Page = tuple[int, dict[str, str], bytes]


class Server:
    """A server that plays a list of pages, the last one for ever; a page of status 0 drops the connection."""

    def __init__(self, *pages: Page) -> None:
        self.pages, self.headers_seen, self.paths = list(pages), [], []
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None: ...

            def do_GET(self) -> None:
                stand_in.headers_seen.append(dict(self.headers))
                stand_in.paths.append(self.path)
                status, headers, body = stand_in.pages.pop(0) if len(stand_in.pages) > 1 else stand_in.pages[0]
                self.close_connection = not status or "Content-Length" in headers
                if status:
                    self.send_response(status)
                    for name, value in ({"Content-Length": str(len(body))} | headers).items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(body)

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def __enter__(self) -> Server:
        Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.http.server_close()


GOOD: Page = (200, {"Content-Type": "application/json"}, b'{"rows": 1}')
PACKED = gzip.compress(GOOD[2] * 50)
GZIP = {"Content-Encoding": "gzip"}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every pause, in seconds, none of them spent."""
    clock = Clock()
    monkeypatch.setattr("chipflows.sources.http.time", clock)
    return clock.pauses


def body(reply: Reply) -> bytes:
    return accept(reply).body


@pytest.mark.parametrize(
    "page",
    [
        (429, {"Retry-After": "1"}, b"{}"),
        (429, {}, b"{}"),
        (500, {"Content-Type": "text/html"}, b"<html>sorry</html>"),
        (503, {}, b"busy"),
        (408, {}, b"took too long"),
        (0, {}, b""),
        (200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><html>sorry</html>"),
        (200, {"Content-Length": "5000"}, b"cut off, and no packing that would show it"),
        (200, GZIP | {"Content-Length": str(len(PACKED))}, PACKED[:-10]),
        (200, GZIP, PACKED[:-10]),
        (200, GZIP, b"not packed at all"),
        (200, {"Content-Encoding": "br"}, b"\x00"),
        (302, {"Location": "http://192.0.2.1/elsewhere"}, b""),
    ],
)
def test_what_is_broken_is_asked_again(page: Page, pauses: list[float]) -> None:
    with Server(page, page, GOOD) as server:
        session = Session("test", server.url, 0)
        assert session.get(server.url, judge=body) == GOOD[2]
        assert session.calls == len(server.paths) == 3


def test_a_source_that_stays_broken_is_given_up_with_its_reason(pauses: list[float]) -> None:
    with Server((503, {}, b"maintenance until Monday")) as server:
        with pytest.raises(Broken, match="test: status 503: maintenance until Monday"):
            Session("test", server.url, 2).get(server.url, judge=body)
        assert len(server.paths) == TRIES
    backoff = [pause for pause in pauses if pause > 2]
    assert backoff == sorted(backoff)
    assert max(backoff) == replies.LONGEST_BACKOFF


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
def test_other_statuses_are_the_judges_and_asked_once(status: int) -> None:
    with Server((status, {}, b"no")) as server:
        with pytest.raises(Refused, match=f"status {status}: no"):
            Session("test", server.url, 0).get(server.url, judge=body)
        assert len(server.paths) == 1


@pytest.mark.parametrize(("error", "calls"), [(Broken("x"), TRIES), (Refused("x"), 1), (Oversized("x", rows=7), 1)])
def test_the_judge_decides_what_is_asked_again(error: Exception, calls: int, pauses: list[float]) -> None:
    def judge(reply: Reply) -> None:
        raise error

    with Server(GOOD) as server:
        with pytest.raises(type(error)) as caught:
            Session("test", server.url, 0).get(server.url, judge=judge)
        assert caught.value is error
        assert len(server.paths) == calls


def test_too_many_calls_waits_as_asked_and_then_goes_slower(pauses: list[float]) -> None:
    with Server((429, {"Retry-After": "7"}, b""), GOOD) as server:
        session = Session("test", server.url, 3)
        session.get(server.url, judge=body)
        assert 7 in pauses
        del pauses[:]
        session.get(server.url, judge=body)
    assert pauses == [0.9 * 2 * 3], "the least interval was doubled and comes back slowly"


def test_too_many_calls_without_a_time_waits_longer_each_time(pauses: list[float]) -> None:
    with Server((429, {}, b""), (429, {}, b""), GOOD) as server:
        Session("test", server.url, 2).get(server.url, judge=body)
    assert {4.0, 16.0} <= set(pauses)


@pytest.mark.parametrize(
    ("stated", "least", "most"),
    [
        ("3600", 120, 120),
        ("-5", None, None),
        ("soon", None, None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        ("0", 0, 0),
    ],
)
def test_the_stated_pause_is_read_and_bounded(stated: str, least: float | None, most: float | None) -> None:
    pause = replies.retry_after(Reply(429, {"retry-after": stated}, b""))
    assert pause is None if least is None else least <= float(pause or 0) <= float(most or 0)


def test_calls_keep_their_distance_with_a_key_and_without(pauses: list[float]) -> None:
    with Server(GOOD) as server:
        session = Session("test", server.url, 2, keyless_interval=4, key=KEY)
        for keyed in (True, True, False):
            session.get(server.url, judge=body, keyed=keyed)
    assert [pause for pause in pauses if pause] == [2, 4]


def test_the_key_is_sent_in_a_header_only_with_keyed_calls_and_only_to_the_same_host() -> None:
    with Server(GOOD) as other:
        elsewhere = (302, {"Location": f"{other.url}/take?it=1"}, b"")
        with Server((302, {"Location": "/token/get"}, b""), GOOD, elsewhere, GOOD) as server:
            session = Session("test", server.url, 0, key=KEY)
            session.get(f"{server.url}/a", [("period", "202201,202202")], judge=body, keyed=True)
            session.get(f"{server.url}/b", judge=body, keyed=True)
            assert server.paths == ["/a?period=202201,202202", "/token/get", "/b", "/b"]
            assert [seen.get("Ocp-Apim-Subscription-Key") for seen in server.headers_seen] == [KEY] * 4
            session.get(f"{server.url}/c", judge=body)
            assert "Ocp-Apim-Subscription-Key" not in server.headers_seen[-1]
        assert other.paths == []


def test_no_error_shows_the_key_even_if_the_source_repeats_it(pauses: list[float]) -> None:
    pages: list[Page] = [(403, {}, f"key {KEY} is blocked".encode()), (500, {}, KEY.encode()), (0, {}, b"")]
    for page in pages:
        with Server(page) as server:
            session = Session("test", server.url, 0, key=KEY, tries=2)
            with pytest.raises((Broken, Refused)) as caught:
                session.get(server.url, judge=body, keyed=True)
            shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(session)
            assert KEY not in shown
            assert caught.value.__cause__ is None


@pytest.mark.parametrize("key", ["abc\ndef", "abc def", "Schlüssel", "abc\x00"])
def test_a_key_that_no_header_can_hold_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(UsageError, match="CHIPFLOWS_TEST_KEY") as caught:
        Session("test", "http://127.0.0.1", 0, key=key)
    assert key not in str(caught.value)


def test_every_keyed_call_is_announced_before_it_is_made_and_can_be_forbidden(pauses: list[float]) -> None:
    spent: list[int] = []

    def spend() -> None:
        if len(spent) == 2:
            raise Refused("no more")
        spent.append(len(server.paths))

    with Server((500, {}, b"")) as server:
        session = Session("test", server.url, 0, key=KEY, before_keyed_call=spend)
        with pytest.raises(Refused, match="no more"):
            session.get(server.url, judge=body, keyed=True)
    assert spent == [0, 1]
    assert len(server.paths) == 2


def test_a_body_larger_than_any_source_sends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(bytes(5_000_000))
    for module in ("replies", "http"):
        monkeypatch.setattr(f"chipflows.sources.{module}.BODY_LIMIT", 1_000_000)
    for page in ((200, GZIP, bomb), (200, {}, bytes(1_500_000))):
        with Server(page) as server, pytest.raises(Refused, match="more than 1000000 bytes"):
            Session("test", server.url, 0).get(server.url, judge=body)


def test_redirects_end() -> None:
    with Server((302, {"Location": "/again"}, b"")) as server, pytest.raises(Broken, match="redirects"):
        Session("test", server.url, 0, tries=1).get(server.url, judge=body)


def test_addresses_keep_lists_short_and_escape_the_rest() -> None:
    assert url_of("http://a/b", [("codes", "854231,854232"), ("text", "ä &")]) == (
        "http://a/b?codes=854231,854232&text=%C3%A4%20%26"
    )


@pytest.fixture
def strange_certificate(tmp_path: Path) -> ssl.SSLContext:
    if shutil.which("openssl") is None:
        pytest.skip("makes a certificate with openssl, which is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 "
        f"-keyout {key} -out {certificate}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)

    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate, key)
    return made


OFF = {"PYTHONHTTPSVERIFY": "0", "REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": "", "SSL_CERT_FILE": "/dev/null"}


@pytest.mark.parametrize("tried", [{}, OFF], ids=["nothing", "switched off"])
def test_a_certificate_nobody_vouches_for_is_not_accepted_whatever_the_environment_says(
    strange_certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, tried: dict[str, str]
) -> None:
    for name, value in tried.items():
        monkeypatch.setenv(name, value)
    server = Server(GOOD)
    server.http.socket = strange_certificate.wrap_socket(server.http.socket, server_side=True)
    with server, pytest.raises(Broken, match="SSLError"):
        Session("test", server.url, 0, tries=1).get(server.url.replace("http:", "https:"), judge=body)
    assert server.paths == []


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_an_authority_whose_file_is_not_there_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "False")
    with pytest.raises(UsageError, match=f"{name} names False, which is not there"):
        Session("test", "https://api.example.org", 0)


def test_an_authority_of_the_house_can_be_added_as_a_proxy_needs_it(
    strange_certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "certificate.pem"))
    server = Server(GOOD)
    server.http.socket = strange_certificate.wrap_socket(server.http.socket, server_side=True)
    with server:
        Session("test", server.url, 0, tries=1).get(server.url.replace("http:", "https:"), judge=body)
    assert len(server.paths) == 1

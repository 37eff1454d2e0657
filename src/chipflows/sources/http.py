"""One polite HTTP session for every source: paced, retried as a whole (get, unpack and judge), its key never shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urljoin, urlsplit

import requests
import tenacity
import urllib3

from chipflows import __version__
from chipflows.config import Source
from chipflows.errors import UsageError
from chipflows.sources.replies import (
    BODY_LIMIT,
    LONGEST_BACKOFF,
    Broken,
    Oversized,
    Refused,
    Reply,
    accept,
    judge_transport,
    unpack,
)
from chipflows.sources.secrecy import keep_from_logs, require_tls, struck_out

__all__ = ["Broken", "Oversized", "Refused", "Reply", "Session", "accept", "url_of"]

T = TypeVar("T")
Parameters = Iterable[tuple[str, str]]

PIECE = 1024 * 1024
MOST_SLOWNESS = 32.0
HOPS = 5
TRIES = 8


def url_of(address: str, parameters: Parameters = ()) -> str:
    """Return the whole address; commas, colons and stars stay as they are, which keeps long lists short."""
    query = urlencode(list(parameters), safe=",:*()'$/", quote_via=quote)
    return f"{address}?{query}" if query else address


class Session:
    """One connection to one source, at `address`.

    `interval` is the shortest time between two calls, `keyless_interval` the same for calls without a key, `timeout`
    the longest silence within a call, all in seconds. `key` is sent in the header `key_header`, or in the query as
    `key_parameter` where a source takes it only there; only with calls that say `keyed`, and to no other host.
    `before_keyed_call` runs ahead of each of these, repeats too; it may raise `Refused` (a quota ledger). `calls`
    counts all calls made.
    """

    def __init__(
        self,
        name: str,
        address: str,
        interval: float,
        timeout: float = 120.0,
        *,
        keyless_interval: float | None = None,
        key: str | None = None,
        key_header: str = "Ocp-Apim-Subscription-Key",
        key_parameter: str = "",
        before_keyed_call: Callable[[], None] = lambda: None,
        tries: int | None = None,
    ) -> None:
        if key and (not key.isascii() or not key.isprintable() or " " in key):
            raise UsageError(f"the key in CHIPFLOWS_{name.upper()}_KEY has characters that no key has: copy it again")
        require_tls(name, address)
        if key:
            keep_from_logs(key)
        self.name, self.address, self.calls = name, address, 0
        self._intervals = {True: interval, False: interval if keyless_interval is None else keyless_interval}
        self._slowness = 1.0
        self._timeout, self._tries = timeout, tries or TRIES
        self._key, self._key_header, self._key_parameter = key, key_header, key_parameter
        self._before_keyed_call = before_keyed_call
        self._last_call = float("-inf")
        self._transport = requests.Session()
        self._transport.headers.update({"User-Agent": f"chipflows/{__version__}", "Accept-Encoding": "gzip"})

    @classmethod
    def of(cls, source: Source, **settings: Any) -> Session:
        """Return a session as config/sources.toml describes the source; `settings` as for the constructor."""
        limits = source.limits
        keyless = limits.keyless_seconds_between_calls
        settings = {"key": source.key(), "key_parameter": source.key_parameter, "keyless_interval": keyless} | settings
        return cls(source.source, source.address(), limits.seconds_between_calls, limits.timeout_seconds, **settings)

    def get(
        self,
        url: str,
        parameters: Parameters = (),
        headers: Mapping[str, str] | None = None,
        *,
        judge: Callable[[Reply], T],
        keyed: bool = False,
        follow: bool = True,
    ) -> T:
        """Return what `judge` makes of the reply to a GET; with `keyed` the key is sent along.

        Statuses 429 and 5xx, lost connections, cut or wrongly packed bodies and HTML with status 200 are asked again
        without the judge, with growing pauses; every other reply is the judge's, who raises `Broken` to have it asked
        again, `Refused` to stop or `Oversized` to have it split. Without `follow` redirects and HTML are the judge's
        too: some sources refuse a key so. Raises `Broken` when all tries are used up.
        """
        whole = url_of(url, parameters)

        def once() -> T:
            reply = self._call(whole, dict(headers or {}), keyed, follow)
            judge_transport(reply, is_page_broken=follow)
            return self._keyless(reply, judge(reply))

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Broken),
            stop=tenacity.stop_after_attempt(self._tries),
            wait=lambda state: self._pause(state, keyed),
            sleep=time.sleep,
            reraise=True,
        )
        try:
            answer = retrying(once)
        except (Broken, Refused, Oversized) as error:
            error.args = (self.redact(f"{self.name}: {error}"),)
            raise
        self._slowness = max(1.0, 0.9 * self._slowness)
        return answer

    def redact(self, text: str) -> str:
        """Return a text with the key, should a source repeat it, struck out, plain or as it stands in an address."""
        return struck_out(text, self._key) if self._key else text

    def _keyless(self, reply: Reply, answer: T) -> T:
        if self._key and self._key.encode() in reply.body:
            raise Refused("the answer repeats the key, so it can't be kept: the source has changed")
        return answer

    def _pause(self, state: tenacity.RetryCallState, keyed: bool) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, Broken) and error.slow_down:
            self._slowness = min(2 * self._slowness, MOST_SLOWNESS)
        if isinstance(error, Broken) and error.wait is not None:
            return error.wait
        first = max(self._slowness * self._intervals[keyed], 0.01)
        return min(first * float(2 ** (state.attempt_number - 1)), LONGEST_BACKOFF)

    def _call(self, url: str, headers: dict[str, str], keyed: bool, follow: bool) -> Reply:
        """Return the reply to one GET; follows redirects within the same host only, so that no other sees the key."""
        if keyed and self._key and self._key_parameter:
            url += f"{'&' if '?' in url else '?'}{self._key_parameter}={quote(self._key, safe='')}"
        elif keyed and self._key:
            headers[self._key_header] = self._key
        for _ in range(HOPS):
            self._take_turn(keyed)
            try:
                with self._transport.get(
                    url, headers=headers, timeout=(10, self._timeout), stream=True, allow_redirects=False, verify=True
                ) as response:
                    target = response.headers.get("Location") if response.is_redirect and follow else None
                    if target is None:
                        return self._read(response)
            except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
                # The text of such an error holds the address and may hold more; its kind says enough.
                raise Broken(f"no whole answer ({type(error).__name__})") from None
            url = next_address(url, target)
        raise Broken(f"more than {HOPS} redirects")

    def _take_turn(self, keyed: bool) -> None:
        pause = self._last_call + self._slowness * self._intervals[keyed] - time.monotonic()
        time.sleep(max(0.0, pause))
        if keyed:
            self._before_keyed_call()
        self._last_call = time.monotonic()
        self.calls += 1

    def _read(self, response: requests.Response) -> Reply:
        deadline = time.monotonic() + 10 * self._timeout
        packed = bytearray()
        while piece := response.raw.read1(PIECE, decode_content=False):
            packed += piece
            if len(packed) > BODY_LIMIT:
                raise Refused(f"a body of more than {BODY_LIMIT} bytes")
            if time.monotonic() > deadline:
                raise Broken("a body that comes too slowly")
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, headers, unpack(bytes(packed), headers.get("content-encoding", "")))


def next_address(url: str, target: str) -> str:
    """Return where a redirect leads; raises `Broken` for another host, or for leaving https."""
    onward = urljoin(url, target)
    here, there = urlsplit(url), urlsplit(onward)
    is_same = (here.scheme, here.netloc) == (there.scheme, there.netloc)
    is_upgrade = (here.scheme, there.scheme) == ("http", "https") and here.hostname == there.hostname
    if not (is_same or is_upgrade):
        raise Broken(f"sent on to another host ({there.scheme}://{there.hostname}), which is not followed")
    return onward

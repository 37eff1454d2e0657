"""What came back from a call, and the three ways in which it is no answer: broken, refused, too large."""

from __future__ import annotations

import json
import re
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from chipflows.errors import Incomplete

BODY_LIMIT = 512 * 1024 * 1024
"""Bytes of a body, packed or not: far more than any source sends, and still no danger to the memory."""

LONGEST_PAUSE = 120.0
"""Seconds: no single pause between two tries is longer, whatever the source asks for."""

LONGEST_BACKOFF = 30.0
"""Seconds: the same where the source asks for nothing, so that one that is down is given up in minutes."""


class Broken(Incomplete):
    """An answer that can't be used though the question is right (source down, body cut): worth asking again.

    `wait` is the pause in seconds that the source asked for; `slow_down` says that it found us too fast.
    """

    def __init__(self, reason: str, *, wait: float | None = None, slow_down: bool = False) -> None:
        super().__init__(reason)
        self.wait, self.slow_down = wait, slow_down


class Refused(Incomplete):
    """The source won't answer (quota used up, key refused, question not understood): asking again is of no use.

    `until` is the moment from which it may answer again, where it says so.
    """

    def __init__(self, reason: str, *, until: datetime | None = None) -> None:
        super().__init__(reason)
        self.until = until


class Oversized(Incomplete):
    """The question is larger than what the source answers in one piece: it must be asked in parts.

    `rows` is what the whole answer has at least, 0 where that is not known.
    """

    def __init__(self, reason: str, *, rows: int = 0) -> None:
        super().__init__(reason)
        self.rows = rows


@dataclass(frozen=True)
class Reply:
    """One whole answer: status, headers (names in lower case) and the unpacked body; holds nothing of the request."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The media type without its parameters, in lower case; `""` where the source gave none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """Return the body read as JSON; raises `Broken` if it is something else."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise Broken(f"status {self.status} whose body is not JSON: {self.excerpt()}") from None

    def excerpt(self, length: int = 160) -> str:
        """Return the start of the body on one line, for messages."""
        return " ".join(self.body[: 4 * length].decode("utf-8", "replace").split())[:length] or "(empty body)"


def accept(reply: Reply) -> Reply:
    """Return the reply if its status is 200; the plainest judge. Raises `Refused` for any other status."""
    if reply.status != 200:
        raise Refused(f"status {reply.status}: {reply.excerpt()}")
    return reply


def unpack(packed: bytes, encoding: str) -> bytes:
    """Return a body unpacked; raises `Broken` for one that is cut or not packed as it says.

    Stricter than the transport's own unpacking, which takes a gzip stream without its end for a whole one.
    """
    if encoding.lower() in ("", "identity"):
        return packed
    if encoding.lower() not in ("gzip", "x-gzip"):
        raise Broken(f"a body packed as {encoding!r}, which was not asked for")
    body = b""
    while packed:
        stream = zlib.decompressobj(wbits=31)
        try:
            body += stream.decompress(packed, BODY_LIMIT + 1 - len(body))
        except zlib.error:
            raise Broken("a body that says gzip and is not") from None
        if len(body) > BODY_LIMIT:
            raise Refused(f"a body of more than {BODY_LIMIT} bytes")
        if not stream.eof:
            raise Broken("a gzip body without its end")
        packed = stream.unused_data
    return body


def judge_transport(reply: Reply, *, is_page_broken: bool = True) -> None:
    """Raise `Broken` for what any source sends when it is busy or down; see `Session.get`."""
    if reply.status == 429:
        raise Broken("status 429, too many calls", wait=retry_after(reply), slow_down=True)
    if reply.status >= 500 or reply.status == 408:
        raise Broken(f"status {reply.status}: {reply.excerpt()}", wait=retry_after(reply))
    if is_page_broken and reply.status == 200 and is_page(reply.body):
        raise Broken(f"a web page instead of figures: {reply.excerpt()}")


def is_page(body: bytes) -> bool:
    """Say whether a body is a web page."""
    return re.match(rb"\s*<(!doctype\s+html|html)", body[:200], re.I) is not None


def retry_after(reply: Reply) -> float | None:
    """Return the pause in seconds that a reply asks for (a number, or a date), at most `LONGEST_PAUSE`."""
    text = reply.headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        is_number = re.fullmatch(r"\d+(\.\d+)?", text)
        pause = float(text) if is_number else parsedate_to_datetime(text).timestamp() - time.time()
    except ValueError:
        return None
    return min(max(pause, 0.0), LONGEST_PAUSE)

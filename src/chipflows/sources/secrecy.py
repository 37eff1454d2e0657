"""What keeps a key from showing: no plain connection carries it, no log of a library prints it."""

from __future__ import annotations

import ipaddress
import logging
import os
from urllib.parse import quote, urlsplit

from urllib3.connection import HTTPConnection

from chipflows.errors import UsageError

LOGGERS = ("urllib3.connectionpool", "urllib3.util.retry", "urllib3.connection", "urllib3.poolmanager")
"""Where the transport prints addresses at debug level; a key in the query is part of one."""


class Redaction(logging.Filter):
    """Strikes keys out of what is logged; holds them for the length of the process only."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.struck(record.getMessage()), ()
        return True

    def struck(self, text: str) -> str:
        for key in self.keys:
            text = struck_out(text, key)
        return text


REDACTION = Redaction()


def struck_out(text: str, key: str) -> str:
    """Return a text with a key struck out, plain or as it stands in an address."""
    for form in (quote(key, safe=""), key):
        text = text.replace(form, "***")
    return text


def keep_from_logs(key: str) -> None:
    """See to it that the transport's debug output never holds a key, whatever level a person sets."""
    REDACTION.keys.add(key)
    for name in LOGGERS:
        logging.getLogger(name).addFilter(REDACTION)
    # The standard library's own wire trace prints headers to the terminal; this transport has none.
    HTTPConnection.debuglevel = 0


def require_tls(name: str, address: str) -> None:
    """Raise `UsageError` for an address that is not https, unless it is this machine's own (a stand-in server).

    An authority of one's own (a company's proxy) may be added by the variables that `requests` reads; that its file is
    missing is said here, for there is no way to go on without verification.
    """
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if (bundle := os.environ.get(variable)) and not os.path.exists(bundle):
            raise UsageError(f"{variable} names {bundle}, which is not there: name a file of certificates, or unset it")
    parts = urlsplit(address)
    if parts.scheme != "https" and not is_own_machine(parts.hostname or ""):
        raise UsageError(
            f"{name} is to be asked at {parts.scheme}://{parts.hostname}: write https, without it anyone on the way "
            f"reads the key and can change the figures (CHIPFLOWS_{name.upper()}_URL, or url in config/sources.toml)"
        )


def is_own_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""A key shows nowhere: not in a library's debug log or wire trace, not in a page, not on a plain connection."""

from __future__ import annotations

import http.client
import logging
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from standin.us_census import Census

from chipflows.cli import COMMANDS
from chipflows.errors import UsageError
from chipflows.report.execute import execute, outputs
from chipflows.sources.http import Broken, Session, accept
from chipflows.sources.quota import Ledger

KEY = "0123456789abcdef+/=0123456789abcdef"


def test_a_key_in_the_query_is_in_no_log_and_no_wire_trace(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    caplog.set_level(logging.DEBUG)
    with Census({}, KEY) as server:
        server.faults = ["500"]
        session = Session("us_census", server.address, 0, key=KEY, key_parameter="key", tries=2)
        session.get(server.address + "/data/missing_key.html", judge=accept, keyed=True, follow=False)
    session = Session("us_census", server.address, 0, key=KEY, key_parameter="key", tries=1)
    with pytest.raises(Broken):
        session.get(server.address, judge=accept, keyed=True)
    said = caplog.text + "".join(capsys.readouterr())
    assert "key=***" in caplog.text, "the transport logs addresses: the test would see the key"
    assert KEY not in said
    assert "0123456789abcdef%2B%2F%3D" not in said


@pytest.mark.parametrize("address", ["http://api.example.org", "ftp://127.0.0.1.example.org", "http://10.0.0.1"])
def test_a_source_is_asked_over_https_only(address: str) -> None:
    with pytest.raises(UsageError, match=r"write https.*CHIPFLOWS_TEST_URL") as caught:
        Session("test", address, 0, key=KEY)
    assert KEY not in str(caught.value)
    Session("test", "https://api.example.org", 0, key=KEY)
    Session("test", "http://[::1]:8080", 0, key=KEY)


def test_no_environment_variable_switches_verification_off(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "PYTHONHTTPSVERIFY"):
        monkeypatch.setenv(name, "0" if name == "PYTHONHTTPSVERIFY" else "")
    transport = Session("test", "https://api.example.org", 0)._transport
    merged = transport.merge_environment_settings("https://api.example.org", {}, True, True, None)
    assert merged["verify"] is True


def test_the_ledger_is_its_owners_alone_also_one_made_before(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "comtrade", KEY, 9, now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    ledger.spend()
    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    os.chmod(file, 0o644)
    ledger.spend()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_notebook_never_sees_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIPFLOWS_COMTRADE_KEY", KEY)
    monkeypatch.setenv("CHIPFLOWS_SEEN", "yes")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import os\nstr(dict(os.environ))")])
    nbformat.write(notebook, tmp_path / "ask.ipynb")
    [done] = execute([tmp_path / "ask.ipynb"], {}, workers=1)
    assert done.notebook is not None, done.failure
    [shown] = outputs(done.notebook)
    assert "CHIPFLOWS_SEEN" in shown["text/plain"]
    assert KEY not in shown["text/plain"]


def test_no_command_takes_a_key() -> None:
    words = [word for *_, arguments in COMMANDS for flags, settings in arguments for word in (*flags, str(settings))]
    assert len(words) > 10
    assert not [word for word in words if "key" in word.lower() or "token" in word.lower()]

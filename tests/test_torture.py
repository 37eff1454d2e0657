"""Breaking things on purpose: a short run of every row, and a harness that would see a loss."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from worlds import ROOT

from chipflows.raw.records import Request, Scope
from torture import bodies, keys, network, spoil, table, victim
from torture.row import Row


@pytest.mark.slow
def test_a_short_run_loses_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "torture"], env=os.environ | {"SMOKE": "1"}, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) > 20
    assert all(line.endswith("met") or "skipped: " in line for line in lines), done.stdout


def test_a_row_with_a_loss_or_too_few_trials_is_missed() -> None:
    row = Row("name", needed=2)
    row.count([])
    assert row.line().endswith("missed")
    row.count([])
    assert row.line().startswith("name | tried 2 | survived 2 | lost 0")
    assert row.line().endswith("| met")
    row.count(["a file", "another"])
    assert "survived 2 | lost 1" in row.line()
    assert row.line().endswith("missed\n  lost: a file")


def test_a_victim_is_really_killed(tmp_path: Path) -> None:
    end = victim.run(["--version"], {}, tmp_path / "said")
    assert (end.code, end.said.split()[0]) == (0, "chipflows")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        asked = {"CHIPFLOWS_HOME": str(tmp_path), "CHIPFLOWS_HKMA_URL": address}
        end = victim.run(["--profile", "live", "download", "hkma"], asked, tmp_path / "said", 0.05)
    assert end.was_killed


def test_a_leaked_key_would_be_found_however_it_is_kept(tmp_path: Path) -> None:
    key = "SeCrEt+/=key"
    (tmp_path / "plain.log").write_text(f"asked with {key}")
    (tmp_path / "address.log").write_text("?key=SeCrEt%2B%2F%3Dkey&x=1")
    (tmp_path / "packed.gz").write_bytes(gzip.compress(key.encode()))
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute("create schema s")
        connection.execute(f"create table s.t as select '{key}' as note from range(9000)")
        connection.execute(f"copy s.t to '{tmp_path / 'a.parquet'}'")
    (tmp_path / "clean.txt").write_text("nothing")
    assert len(keys.found(tmp_path, key)) == 5
    assert keys.readable_by_others(tmp_path) == ["no ledger was kept"]


def test_a_parser_that_fails_hangs_or_reads_half_a_body_would_be_seen() -> None:
    class Seed:
        source, is_closed = "x", True

        def __init__(self, does: object) -> None:
            self.does = does

        def parse(self, body: bytes, config: object) -> list[object]:
            if isinstance(self.does, Exception):
                raise self.does
            return [(None, b"", self.does)]

    def fault(does: object, kind: str) -> str:
        return bodies.trial(Seed(does), kind, b"", None)[0]  # type: ignore[arg-type]

    good = bodies.Answer("data", 1, "5")
    assert fault(good, "flip") == ""
    assert fault(good, "cut") == "a body cut in the middle was read"
    assert fault(KeyError("x"), "flip").startswith("KeyError")
    assert "impossible" in fault(bodies.Answer("empty", 1), "flip")
    assert "no number" in fault(bodies.Answer("data", 1, "NaN"), "flip")


def test_a_list_of_what_is_missing_that_is_not_exact_would_be_seen() -> None:
    scope = Scope(reporters=("CHN",), codes=("854231",), periods=("2021-01", "2021-02"))
    todo = [Request("comtrade", "data", (), scope)]
    truth = {("202101", "156", "643", "854231", "X"): 1.0}
    said = "still missing: russia_supply 2021-01"
    assert network.unlisted(said, todo, {}, truth, set()) == []
    assert network.unlisted(said, [], {}, truth, set())
    assert network.unlisted("still missing: russia_supply 2021-02", todo, {}, truth, set())
    assert network.unlisted("still missing: russia_supply 2021-01 to 2021-03", todo, {}, truth, set())
    assert network.unlisted(said, todo, {}, {("202101", "344", *next(iter(truth))[2:]): 1.0}, set())
    assert network.unlisted("", [], {}, truth, {(156, "202101")}) == network.unlisted("", [], truth, truth, set()) == []


@pytest.mark.parametrize("fault", spoil.SPOILT)
@pytest.mark.parametrize(
    "body",
    [
        b"CODE,VALUE\r\nA,1\r\nB,2\r\n",
        b'[["ALL_VAL_MO","CTY"],["5","1"],["6","2"]]',
        b'{"count":1,"data":[{"code":"A","value":1},{"code":"B","value":2}]}',
        b"<items><item><expDlr>5</expDlr></item><item><expDlr>5</expDlr></item></items>",
    ],
)
def test_a_spoilt_body_is_another_one(fault: str, body: bytes) -> None:
    has_no_count = fault == "count" and body[:1] in b"C["  # neither CSV nor a bare list says how many rows it has
    assert (spoil.spoil(fault, body) == body) == has_no_count


def test_the_numbers_of_the_page_are_those_of_the_newest_whole_run() -> None:
    page = table.PAGE.read_text()
    assert table.filled(page, table.RESULTS.read_text()) == page
    told = table.filled(page, ",".join(table.COLUMNS) + "\nbombs,12,11,1,missed,9,note,2026-01-02\n")
    assert "Measured on 2026-01-02 by `make torture`" in told
    assert "| bombs | 12 | 11 | 1 | missed | 9 | note |" in told

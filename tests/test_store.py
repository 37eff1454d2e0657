"""The raw store: nothing is lost, nothing half-written counts, nothing changes unseen."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from chipflows.errors import CheckFailed, Incomplete
from chipflows.raw.records import Answer, Record, Request, Scope, stamp
from chipflows.raw.store import Store

NOON = datetime(2026, 10, 2, 12, tzinfo=UTC)
ASKED = Request(
    source="comtrade",
    kind="data",
    parameters=(("period", "202203"), ("partnerCode", "643")),
    scope=Scope(partners=("RUS",), flows=("export",), codes=("854231", "854232"), periods=("2022-03",)),
    corridor="russia_supply",
    label="RUS 2022-03",
)
ANSWER = Answer("data", 2, "12.5")


def store_at(folder: Path, moment: datetime = NOON) -> Store:
    return Store(folder, now=lambda: moment)


def put(store: Store, body: bytes, asked: Request = ASKED) -> Record | None:
    return store.put(asked, body, ANSWER, origin="https://example.test")


def test_a_body_comes_back_byte_for_byte_with_its_record(tmp_path: Path) -> None:
    body = bytes(range(256)) * 100
    record = put(store_at(tmp_path), body)
    assert record is not None
    again = Store(tmp_path)
    assert again.held("comtrade") == [record]
    assert again.body(record) == body
    assert record.bytes == len(body)
    assert (record.outcome, record.rows, record.total, record.retrieved_at) == (
        "data", 2, "12.5", "2026-10-02T12:00:00.000000Z",
    )  # fmt: skip
    assert record.scope == {
        "reporters": None, "partners": ["RUS"], "flows": ["export"], "codes": ["854231", "854232"],
        "periods": ["2022-03"],
    }  # fmt: skip
    assert gzip.decompress((tmp_path / record.path).read_bytes()) == body


def test_another_body_adds_a_vintage_and_keeps_the_old_one(tmp_path: Path) -> None:
    first = put(store_at(tmp_path), b"first")
    second = put(store_at(tmp_path, NOON + timedelta(days=1)), b"second")
    store = Store(tmp_path)
    assert first is not None
    assert second is not None
    assert list(store.records()) == [first, second]
    assert store.newest(ASKED.request_id) == second
    assert store.held() == [second]
    assert store.body(first) == b"first"


def test_an_identical_body_adds_none_but_an_older_one_does(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    assert put(store, b"first")
    assert put(store, b"first") is None
    assert put(store_at(tmp_path, NOON + timedelta(days=1)), b"first") is None
    assert put(store_at(tmp_path, NOON + timedelta(days=2)), b"second")
    assert put(store_at(tmp_path, NOON + timedelta(days=3)), b"first")
    assert len(list(Store(tmp_path).records())) == 3


def test_a_body_without_receipt_and_record_does_not_exist(tmp_path: Path) -> None:
    record = put(store_at(tmp_path), b"body")
    assert record is not None
    (tmp_path / "comtrade" / f"{record.file_id}.json").unlink()
    (tmp_path / "comtrade" / "receipts.jsonl").unlink()
    store = store_at(tmp_path)
    assert store.held() == []
    assert put(store, b"body") == record


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(gzip.compress(b"another body")),
        lambda path: path.write_bytes(path.read_bytes()[:-9]),
        lambda path: path.write_bytes(b"not gzip"),
        lambda path: path.write_bytes(path.read_bytes()[:12] + b"\xff\xff\xff" + path.read_bytes()[15:]),
        lambda path: path.unlink(),
    ],
    ids=["replaced", "cut", "not gzip", "flipped bytes", "gone"],
)
def test_a_body_that_was_tampered_with_is_refused_by_name(tmp_path: Path, damage) -> None:
    store = store_at(tmp_path)
    record = put(store, b"the body as it was sent " * 50)
    assert record is not None
    damage(tmp_path / record.path)
    with pytest.raises(CheckFailed, match=record.file_id):
        store.body(record)


@pytest.mark.parametrize("text", ["", "{}", '{"format": 99}', '{"format": 1, "surprise": 2}', "[1]"])
def test_a_record_that_is_none_is_refused_by_name(tmp_path: Path, text: str) -> None:
    put(store_at(tmp_path), b"body")
    (tmp_path / "comtrade" / "strange.json").write_text(text)
    with pytest.raises(CheckFailed, match=r"strange\.json is not a record"):
        Store(tmp_path).held()


@pytest.mark.parametrize("writes", [0, 1], ids=["body", "record"])
def test_an_interrupted_write_leaves_nothing_or_is_finished(tmp_path: Path, monkeypatch, writes: int) -> None:
    real, done = Path.replace, []

    def fail(self: Path, target: Path) -> Path:
        if len(done) == writes:
            raise OSError(28, "disk full")
        done.append(target)
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(Incomplete, match=r"can't be written \(disk full\)"):
            put(store_at(tmp_path), b"body")
    # With its receipt given, a body counts: the record is written by whoever opens the store next.
    assert len(Store(tmp_path).held()) == writes
    put(store_at(tmp_path), b"body")
    [record] = Store(tmp_path).held()
    assert Store(tmp_path).body(record) == b"body"
    assert len(list(Store(tmp_path).records())) == 1


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from chipflows.raw.records import Answer, Request
from chipflows.raw.store import Store

folder, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
store = Store(folder, now=lambda: datetime(2026, 10, 2, tzinfo=UTC))
for number in range(count):
    asked = Request("fx", "rates", (("number", str(number)),))
    store.put(asked, f"{name} {number} ".encode() * 2000, Answer("data", 1), origin=name)
    print(number, flush=True)
"""


def test_a_writer_killed_at_any_moment_leaves_whole_files_only(tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path), "killed", "100000"], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    for _ in range(20):
        writer.stdout.readline()
    time.sleep(0.003)
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    store = Store(tmp_path)
    held = store.held("fx")
    assert len(held) >= 20
    assert all(store.body(record).startswith(b"killed") for record in held)


def test_two_writers_at_the_same_moment_lose_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [subprocess.Popen([*command, name, "30"], stdout=subprocess.DEVNULL) for name in ("left", "right")]
    assert [writer.wait() for writer in writers] == [0, 0]
    store = Store(tmp_path)
    records = list(store.records("fx"))
    assert all(store.body(record).startswith(record.origin.encode()) for record in records)
    assert len(store.held()) == 30
    assert len(records) == 60


def test_a_request_is_called_the_same_everywhere_and_always() -> None:
    # Changing this changes what every store out there is taken to hold.
    assert ASKED.request_id == "comtrade.RUS-2022-03.c1e41a7c93"
    turned = replace(ASKED, parameters=ASKED.parameters[::-1], corridor="other", scope=Scope())
    assert turned.request_id == ASKED.request_id
    assert replace(ASKED, kind="count").request_id != ASKED.request_id
    assert replace(ASKED, parameters=(("period", "202204"), ("partnerCode", "643"))).request_id != ASKED.request_id


def test_a_record_survives_its_file_and_times_are_in_utc(tmp_path: Path) -> None:
    record = put(store_at(tmp_path), "Türkiye".encode())
    assert record is not None
    assert Record.from_json(record.to_json()) == record
    assert stamp(datetime(2026, 10, 2, 14, tzinfo=timezone(timedelta(hours=2)))) == stamp(NOON)

"""Tampering and rot: a raw file that was changed, lost or slipped in is named, and no table is made from it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from worlds import JANUARY, World, row

from chipflows.errors import CheckFailed
from chipflows.raw.store import Store
from chipflows.warehouse.files import read_records
from chipflows.warehouse.verify import verify_profile


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two vintages of one answer, built."""
    world = World(tmp_path_factory.mktemp("received"))
    world.comtrade([row(5)])
    world.comtrade([row(6)], at=JANUARY + timedelta(days=9))
    world.rates([("2021-11-01", "1.1")])
    world.build()
    return world


@pytest.fixture
def world(built: World, tmp_path: Path) -> World:
    """A copy of that, to be damaged."""
    shutil.copytree(built.home, tmp_path / "home")
    return World(tmp_path / "home")


def one(world: World, pattern: str) -> Path:
    return sorted(world.paths.raw.glob(pattern))[-1]


def edit(file: Path, /, **fields: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def lose_both(world: World) -> None:
    record = one(world, "comtrade/*.json")
    record.with_suffix(".gz").unlink()
    record.unlink()


def slip_in(world: World) -> None:
    """A whole, consistent pair that came neither by download nor by import."""
    other = World(world.home / "elsewhere")
    other.comtrade([row(9)], at=JANUARY + timedelta(days=20))
    for path in other.paths.raw.glob("comtrade/comtrade*"):
        shutil.copy(path, world.paths.raw / "comtrade" / path.name)


FAULTS: dict[str, tuple[Callable[[World], object], str]] = {
    "a bit of a body": (lambda world: flip(one(world, "comtrade/*.gz"), -9), r"\.gz was changed"),
    "a body cut": (lambda world: os.truncate(one(world, "comtrade/*.gz"), 40), r"\.gz was changed"),
    "a body gone": (lambda world: one(world, "comtrade/*.gz").unlink(), r"\.gz can't be read"),
    "a record gone": (lambda world: one(world, "comtrade/*.json").unlink(), r"\.json is missing"),
    "body and record gone": (lose_both, r"\.json is missing"),
    "a scope widened": (
        lambda world: edit(one(world, "comtrade/*.json"), scope={"periods": ["2021-10"]}), r"\.json was changed",
    ),
    "a day moved": (
        lambda world: edit(one(world, "comtrade/*.json"), retrieved_at="2020-01-01"), r"\.json was changed",
    ),
    "another's body": (
        lambda world: edit(one(world, "comtrade/*.json"), path="../../../etc/passwd"), r"belongs elsewhere",
    ),
    "a pair slipped in": (slip_in, "has no receipt"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_what_was_changed_lost_or_slipped_in_is_named_and_not_built(world: World, name: str) -> None:
    damage, words = FAULTS[name]
    damage(world)
    before = world.paths.database.read_bytes()
    with pytest.raises(CheckFailed, match=words):
        verify_profile(world.paths)
    with pytest.raises(CheckFailed, match=words):
        world.build()
    assert world.paths.database.read_bytes() == before


@pytest.mark.parametrize(
    "plant",
    [
        lambda folder: (folder / "notes.txt").write_text("mine"),
        lambda folder: (folder / "comtrade" / "copy.gz").write_bytes(b"mine"),
        lambda folder: [
            shutil.copy(path, path.with_name(f"copy-{path.name}")) for path in folder.glob("comtrade/*.gz")
        ],
        lambda folder: shutil.copytree(folder / "fx", folder / "comtrade" / "more"),
        lambda folder: (folder / "comtrade" / "link.parquet").symlink_to("/etc/passwd"),
    ],
    ids=["in the profile", "a body", "a copy", "a folder", "a link"],
)
def test_a_file_that_does_not_belong_here_is_named_and_not_used(world: World, plant: Callable[[Path], object]) -> None:
    plant(world.paths.raw)
    with pytest.raises(CheckFailed, match="does not belong here"):
        verify_profile(world.paths)
    assert len(read_records(world.paths.raw)) == 3


def test_a_whole_store_is_said_to_be_whole_with_what_interruptions_left(world: World) -> None:
    assert verify_profile(world.paths).startswith("3 files of profile world are as received")
    record = one(world, "comtrade/*.json")
    shutil.copy(record.with_suffix(".gz"), record.with_name("comtrade.x.20260102T000000.000000Z.00000000.gz"))
    with pytest.raises(CheckFailed, match="does not belong here"):
        verify_profile(world.paths)  # its bytes are not those of its name
    digest = record.stem.rsplit(".", 1)[1]
    os.rename(
        record.with_name("comtrade.x.20260102T000000.000000Z.00000000.gz"),
        record.with_name(f"comtrade.x.20260102T000000.000000Z.{digest}.gz"),
    )
    (record.parent / ".half.json.1a2b3c4d.part").write_bytes(b"ha")
    assert "2 left over by interruptions" in verify_profile(world.paths)


def test_a_typed_copy_that_rotted_is_made_again(world: World) -> None:
    copies = {path.name: path.read_bytes() for path in world.paths.raw.glob("comtrade/*.parquet")}
    for name in copies:
        flip(world.paths.raw / "comtrade" / name, 30)
    assert "2 left over" in verify_profile(world.paths)
    assert "(2 read anew)" in world.build()
    assert {path.name: path.read_bytes() for path in world.paths.raw.glob("comtrade/*.parquet")} == copies


def test_a_half_typed_copy_goes_unless_another_build_is_writing_it(world: World) -> None:
    """A build as of an earlier day has a lock of its own and reads the same bodies at the same time."""
    copy = next(world.paths.raw.glob("comtrade/*.parquet"))
    nobody = 2**22 + 1  # no system numbers its processes as high
    halves = [copy.with_name(f".{copy.name.rsplit('.', 2)[0]}.{pid}.part") for pid in (os.getppid(), nobody)]
    for half in halves:
        half.write_bytes(b"ha")
    copy.unlink()
    world.build()
    assert [half.exists() for half in halves] == [True, False]


@pytest.mark.parametrize("look", [lambda store: store.held(), lambda store: list(store.records("fx"))])
def test_a_writer_killed_between_receipt_and_record_has_its_work_finished(
    world: World, look: Callable[[Store], object]
) -> None:
    records = list(Store(world.paths.raw).records())
    record = one(world, "comtrade/*.json")
    text = record.read_bytes()
    record.unlink()
    look(Store(world.paths.raw))
    assert record.read_bytes() == text
    assert list(Store(world.paths.raw).records()) == records


def test_a_store_of_a_release_without_receipts_is_read_and_gets_them_with_the_next_file(world: World) -> None:
    for path in world.paths.raw.glob("*/receipts.jsonl"):
        path.unlink()
    assert verify_profile(world.paths).startswith("3 files")
    world.comtrade([row(7)], at=JANUARY + timedelta(days=30))
    world.build()
    assert verify_profile(world.paths).startswith("4 files")
    edit(one(world, "comtrade/*.json"), rows=7)
    with pytest.raises(CheckFailed, match=r"\.json was changed"):
        verify_profile(world.paths)


def test_a_receipt_torn_by_a_crash_harms_nothing(world: World) -> None:
    receipts = world.paths.raw / "comtrade" / "receipts.jsonl"
    receipts.write_bytes(receipts.read_bytes() + b'{"record": {"file_id": "comtr')
    world.build()
    world.comtrade([row(7)], at=JANUARY + timedelta(days=30))
    assert verify_profile(world.paths).startswith("4 files")

"""Files that a person brought: the good ones are stored, each bad one is refused by name and reason."""

from __future__ import annotations

import gzip
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from standin.comext import line, sdmx_csv

from chipflows.config import Config, load_config
from chipflows.errors import UsageError
from chipflows.paths import Paths, find_paths
from chipflows.raw import inbox
from chipflows.raw.inbox import import_files
from chipflows.raw.store import Store
from chipflows.sources import eurostat_comext

ROOT = Path(__file__).parents[1]
GOOD = sdmx_csv([line(("DE", "RU", "85423111", "2", "2022-03"), "VALUE_IN_EUROS", "100")])
REVISED = GOOD.replace(b",100", b",120")
READ = inbox.whole(eurostat_comext.read_file)


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(ROOT / "config")


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.setenv("CHIPFLOWS_HOME", str(tmp_path / "home"))
    return find_paths("mine")


def bring(paths: Paths, config: Config, files: Sequence[Path]) -> list[str]:
    """Return what was said about files that are all good."""
    said: list[str] = []
    said.append(import_files(paths, config, "eurostat_comext", files, READ, said.append))
    return said


def write(folder: Path, name: str, body: bytes) -> Path:
    path = folder / name
    path.write_bytes(body)
    return path


def test_a_file_is_stored_like_an_answer_and_the_same_file_only_once(
    paths: Paths, config: Config, tmp_path: Path
) -> None:
    file = write(tmp_path, "mine.csv", GOOD)
    assert bring(paths, config, [file]) == [
        "mine.csv: stored, 1 rows",
        "1 files of eurostat_comext are in profile mine",
    ]
    store = Store(paths.raw)
    [record] = store.held()
    assert store.body(record) == GOOD
    assert (record.origin, record.kind, record.outcome, record.total) == ("file: mine.csv", "data", "data", "100")
    assert (record.media_type, record.encoding, record.container) == ("text/csv", "utf-8", "")
    assert record.scope["partners"] == ["RUS"]
    copy = write(tmp_path, "copy.csv", GOOD)
    assert bring(paths, config, [copy, file])[:2] == [
        f"copy.csv: same as held since {record.retrieved_at}",
        f"mine.csv: same as held since {record.retrieved_at}",
    ]
    assert len(list(Store(paths.raw).records())) == 1


def test_of_two_vintages_the_one_brought_later_speaks(paths: Paths, config: Config, tmp_path: Path) -> None:
    bring(paths, config, [write(tmp_path, "b.csv", GOOD), write(tmp_path, "a.csv", REVISED)])
    store = Store(paths.raw)
    assert len(list(store.records())) == 2
    [record] = store.held()
    assert record.total == "120"


def test_one_bad_file_refuses_itself_only(paths: Paths, config: Config, tmp_path: Path) -> None:
    files = [
        write(tmp_path, "page.csv", b"<html>sorry</html>\n"),
        write(tmp_path, "good.csv", GOOD),
        write(tmp_path, "empty.csv", b""),
        tmp_path / "absent.csv",
        tmp_path,
    ]
    said: list[str] = []
    with pytest.raises(UsageError, match=r"refused 4 of 5 files, kept the others: page\.csv, empty\.csv") as refusal:
        import_files(paths, config, "eurostat_comext", files, READ, said.append)
    assert refusal.value.exit_code == 2
    assert [one.partition(": refused: ")[2] for one in said if "refused" in one] == [
        f"is a web page; {eurostat_comext.BRING}",
        "the file is empty",
        "can't be opened: No such file or directory",
        "can't be opened: Is a directory",
    ]
    assert [record.total for record in Store(paths.raw).held()] == ["100"]


def test_a_gzip_packing_is_taken_off(paths: Paths, config: Config, tmp_path: Path) -> None:
    bring(paths, config, [write(tmp_path, "mine.csv.gz", gzip.compress(GOOD))])
    [record] = Store(paths.raw).held()
    assert Store(paths.raw).body(record) == GOOD


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (gzip.compress(GOOD)[:-9], r"\.gz file that is cut off"),
        (b"\x1f\x8b\x08\x00" + b"\xff" * 40, r"damaged \.gz file"),
        (gzip.compress(b"0" * 5000), "larger than 1,000 bytes unpacked"),
        (b"0" * 1001, "larger than 1,000 bytes"),
    ],
    ids=["cut", "damaged", "a bomb", "huge"],
)
def test_damaged_and_huge_files_are_refused(
    paths: Paths, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes, reason: str
) -> None:
    monkeypatch.setattr(inbox, "LARGEST", 1000)
    with pytest.raises(UsageError, match=reason):
        inbox.bring(Store(paths.raw), config, write(tmp_path, "mine", body), READ)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_links_and_pipes_are_refused_without_waiting(paths: Paths, config: Config, tmp_path: Path) -> None:
    link, pipe = tmp_path / "link.csv", tmp_path / "pipe.csv"
    link.symlink_to(write(tmp_path, "good.csv", GOOD))
    os.mkfifo(pipe)
    for path, reason in ((link, "is a link"), (pipe, "not a regular file"), (Path("/dev/zero"), "not a regular file")):
        with pytest.raises(UsageError, match=reason):
            inbox.open_regular(path)


def test_a_reader_that_finds_two_answers_in_a_file_is_an_error(paths: Paths, config: Config, tmp_path: Path) -> None:
    def twice(name: str, body: bytes, config: Config):
        return 2 * eurostat_comext.read_file(name, body, config)

    with pytest.raises(UsageError, match="holds 2 answers"):
        inbox.bring(Store(paths.raw), config, write(tmp_path, "mine.csv", GOOD), inbox.whole(twice))

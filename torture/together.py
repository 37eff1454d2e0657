"""Several at once: one waits or says why not, readers never fail, and no call with a key goes uncounted."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

from standin.comtrade import Comtrade, scattered
from standin.study import write_study

from chipflows.paths import Paths
from chipflows.warehouse.connect import read
from chipflows.warehouse.publish import lock, publish
from torture.crash import CODES, KEY, MONTHS, RUSSIA, command, download_faults, must, prepare, verify_faults
from torture.row import Row
from torture.victim import CONTEXT, start

READERS, SWAPS = 10, 100


def rows(folder: Path, trials: int) -> Iterator[Row]:
    """Yield a row for downloads and builds at once, and one for readers during swaps."""
    yield downloads(folder / "downloads", trials)
    yield readers(folder / "readers", max(1, trials * SWAPS // 10))


def downloads(home: Path, trials: int) -> Row:
    """Two downloads and a build at one moment: one download does it all, the other says so, the build reads on."""
    row = Row("concurrency: two downloads and a build", trials)
    truth = scattered(MONTHS, [156, 344, 276, 699], [643], CODES, ["X"], 0.5)
    paths = write_study(home, [RUSSIA], "2021-01", "2021-12", rows_per_call=40, quota=10**6)
    with Comtrade(truth, keys={KEY: "free"}, caps={"free": 40, "preview": 500}, pause_seconds=0.02) as server:
        more = {"CHIPFLOWS_COMTRADE_URL": server.url, "CHIPFLOWS_HOME": str(home), "CHIPFLOWS_COMTRADE_KEY": KEY}
        for _ in range(trials):
            shutil.rmtree(home / "data", ignore_errors=True)
            server.log.clear()
            words = (command(paths, "download"), command(paths, "download"), command(paths, "build"))
            said = [home / f"said{number}" for number in range(3)]
            lives = [start(one, more, place) for one, place in zip(words, said, strict=True)]
            for life in lives:
                life.join()
            texts = [place.read_text() for place in said]
            codes = [life.exitcode for life in lives]
            row.count(wrong(codes, texts) or download_faults(paths, server, truth, kills=0) or builds(paths, more))
    return row


def wrong(codes: list[int | None], texts: list[str]) -> list[str]:
    """Return which of the three ended in a way that no one promised."""
    faults = []
    if sorted(codes[:2], key=str) not in ([0, 0], [0, 3]):
        faults.append(f"two downloads ended with {codes[:2]}: {texts[:2]}")
    if 3 in codes[:2] and "another download" not in texts[codes.index(3)]:
        faults.append(f"a download didn't say why not: {texts[codes.index(3)]}")
    # A build may well start in the middle of the first months; then a check may say that what it needs isn't there yet.
    if codes[2] != 0 and "Traceback" in texts[2]:
        faults.append(f"the build ended with {codes[2]}: {texts[2][-300:]}")
    return faults


def builds(paths: Paths, environment: dict[str, str]) -> list[str]:
    """Two builds at once, and one as of today: of the two one may say why not; all read the same bodies anew."""
    for path in paths.raw.glob("*/*.parquet"):
        path.unlink()
    words = [command(paths, "build"), command(paths, "build"), command(paths, "build", "--as-of", today())]
    said = [paths.home / f"built{number}" for number in range(len(words))]
    lives = [start(one, environment, place) for one, place in zip(words, said, strict=True)]
    for life in lives:
        life.join()
    ends = [(life.exitcode, place.read_text()) for life, place in zip(lives, said, strict=True)]
    bad = [text for code, text in ends if code and "another build" not in text]
    is_missing = all(code for code, _ in ends[:2]) or ends[2][0]
    return [f"builds at once: {bad or ends}"] if bad or is_missing else []


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def readers(home: Path, swaps: int) -> Row:
    """Ten readers open, ask and close without pause while two databases are swapped in by turns."""
    row = Row(f"concurrency: {READERS} readers during {swaps} swaps", READERS)
    paths = prepare(home)
    must(command(paths, "import", "fx", str(home / "rates.csv")), paths)
    versions = []
    for number in range(2):
        files = [str(home / f"part{part}.csv") for part in range(4 * number, 4 * number + 4)]
        must(command(paths, "import", "eurostat_comext", *files), paths)
        must(command(paths, "build"), paths)
        shutil.copytree(paths.processed, home / f"version{number}")
        with read(paths) as connection:
            versions.append(connection.execute(ASK).fetchall())
    answers: Queue[Any] = CONTEXT.Queue()
    stop = home / "stop"
    lives = [CONTEXT.Process(target=ask, args=(paths, versions, stop, answers), daemon=True) for _ in range(READERS)]
    for life in lives:
        life.start()
    for number in range(swaps):
        with lock(paths) as aside:
            version = home / f"version{number % 2}"
            shutil.copy(version / "chipflows.duckdb", aside.database)
            shutil.copytree(version / "marts", aside.marts, dirs_exist_ok=True)
            publish(paths, aside)
        time.sleep(0.01)
    stop.touch()
    asked = 0
    for _ in lives:
        times, fault = answers.get(timeout=120)
        asked += times
        row.count([fault] if fault else [] if times else ["a reader never got to ask"])
    for life in lives:
        life.join()
    row.lost += verify_faults(paths)
    row.note = f"{asked:,} answers read"
    return row


ASK = "select count(*), sum(value_usd) from core.flows"


def ask(paths: Paths, versions: list[Any], stop: Path, answers: Queue[Any]) -> None:
    """A reader's life: every answer must be that of one version or the other."""
    times, fault = 0, ""
    while not fault and not stop.exists():
        try:
            with read(paths) as connection:
                found = connection.execute(ASK).fetchall()
        except Exception as error:  # noqa: BLE001 (whatever a reader meets is the finding)
            fault = f"a reader failed: {type(error).__name__} {error}"
            break
        times += 1
        if found not in versions:
            fault = f"a reader saw {found}, which is neither version"
    answers.put((times, fault))

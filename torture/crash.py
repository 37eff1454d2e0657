"""Crash matrix: `kill -9` at random moments, restarted to the end, which must be that of an undisturbed run."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from profiles import comext, rates
from standin.comtrade import KEY_COLUMNS, Comtrade, scattered
from standin.study import corridor, write_study

import chipflows.paths
from chipflows.errors import CheckFailed
from chipflows.paths import Paths
from chipflows.raw.store import Store
from chipflows.warehouse.connect import read
from chipflows.warehouse.verify import verify_profile
from torture import network
from torture.row import Row
from torture.victim import PROJECT, run

KEY = "torture-key-1"
RUSSIA = corridor("russia_supply", ["*"], ["RUS"], ["export"])
CODES = ["854110", "854231", "854232", "854239", "8541", "8542"]
MONTHS = [f"2021{month:02}" for month in range(1, 13)]
FILES = 8
PAGE = "explore"
Faults = Callable[[], list[str]]


def nothing() -> list[str]:
    return []


@dataclass
class Killer:
    """Runs one command over and over, killed at a moment drawn from its life, then left to end.

    `anew` puts everything back before each life that is to be killed; `between` looks at what a kill left behind, and
    says what is wrong with it.
    """

    words: list[str]
    environment: dict[str, str]
    folder: Path
    draw: random.Random
    anew: Callable[[], None]
    between: Faults = nothing
    life: float = 0.0

    def trial(self) -> list[str]:
        """Kill once (until a kill hits), restart to the end; return what went wrong."""
        if not self.life:
            self.anew()
            self.life = run(self.words, self.environment, self.folder / "said").seconds
        while True:
            self.anew()
            end = run(self.words, self.environment, self.folder / "said", self.draw.uniform(0, self.life))
            if end.was_killed:
                break
            self.life = max(end.seconds, 0.02)
            if end.code:
                return [f"ended with {end.code}: {end.said[-300:]}"]
        if faults := self.between():
            return faults
        end = run(self.words, self.environment, self.folder / "said")
        self.life = 0.5 * self.life + 0.5 * end.seconds
        return [] if end.code == 0 else [f"after a kill it ended with {end.code}: {end.said[-300:]}"]


def downloaded(home: Path, trials: int) -> Iterator[Row]:
    """Kill downloads, by turns the first one and one that asks again after a revision.

    What is stored equals what the server has, once; every older vintage stays; nothing held is asked again.
    """
    row = Row("crash: kill -9 while downloading", trials)
    truth = scattered(MONTHS, [156, 344, 276, 699, 842], [643], CODES, ["X"], 0.7)
    paths = write_study(home, [RUSSIA], "2021-01", "2021-12", rows_per_call=40, quota=10**6)
    with Comtrade(truth, keys={KEY: "free"}, caps={"free": 40, "preview": 500}, pause_seconds=0.005) as server:
        more = {"CHIPFLOWS_COMTRADE_URL": server.url, "CHIPFLOWS_HOME": str(home), "CHIPFLOWS_COMTRADE_KEY": KEY}
        must(command(paths, "download"), paths, more)
        shutil.copytree(home / "data", home / "older")
        before = {record.file_id for record in Store(paths.raw).records()}
        server.revise(156, "202103", 2.0, "2026-01-02T00:00:00")
        held: set[str] = set()
        calls = stored = 0

        def known() -> set[str]:
            return before if row.tried % 2 else set()

        def from_nothing() -> None:
            shutil.rmtree(home / "data", ignore_errors=True)
            server.log.clear()

        def after_a_revision() -> None:
            from_nothing()
            shutil.copytree(home / "older", home / "data")

        def between() -> list[str]:
            nonlocal calls
            new = [
                one for one in Store(paths.raw).records("comtrade") if row.tried % 2 == 0 or one.file_id not in before
            ]
            held.clear()
            held.update(question(record.parameters) for record in new)
            calls = len(server.log)
            return []

        ways = ((from_nothing, ()), (after_a_revision, ("--refresh",)))
        killers = [
            Killer(command(paths, "download", *words), more, home, random.Random(11), anew, between)
            for anew, words in ways
        ]
        while row.tried < trials:
            faults = killers[row.tried % 2].trial()
            again = [one for one in server.log[calls:] if question(one.parameters) in held]
            if again:
                faults.append(f"{len(again)} answers held when the kill came were asked for: {again[0].parameters}")
            stored += len(held)
            if known():
                faults += vintage_faults(paths, server, before)
            else:
                faults += download_faults(paths, server, server.truth, kills=1)
            row.count(faults)
    row.note = f"{stored:,} answers were held at the kills, none asked again"
    yield row


def vintage_faults(paths: Paths, server: Comtrade, before: set[str]) -> list[str]:
    """Return which vintages of before are gone, or what in force is not as the server has it."""
    faults = verify_faults(paths)
    if gone := before - {record.file_id for record in Store(paths.raw).records()}:
        faults.append(f"vintages lost: {sorted(gone)}")
    if network.held(paths) != network.known(server):
        faults.append("what is in force is not what the server has")
    return faults


def question(parameters: dict[str, str]) -> str:
    """Return what was asked, in a form that compares: the server reads the names of parameters in lower case."""
    return json.dumps(sorted((name.lower(), value) for name, value in parameters.items()))


def download_faults(paths: Paths, server: Comtrade, truth: object, kills: int) -> list[str]:
    """Return what differs from the server's truth, is there twice, was asked though held, or was not noted."""
    store, faults = Store(paths.raw), verify_faults(paths)
    records = [record for record in store.records("comtrade") if record.kind == "data"]
    sent = [one for record in records for one in json.loads(store.body(record))["data"]]
    held = sorted((*(str(one[name]) for name in KEY_COLUMNS), float(one["primaryValue"])) for one in sent)
    known = sorted(
        (*(str(getattr(one, name)) for name in KEY_COLUMNS), float(one.primaryValue))
        for one in truth.itertuples()  # type: ignore[attr-defined]
    )
    if held != known:
        faults.append(f"{len(held)} rows held, the server has {len(known)}")
    given = [one for one in server.log if one.path.startswith("/data") and one.status == 200 and one.rows < 40]
    repeated = sum(Counter(json.dumps(one.parameters) for one in given).values()) - len(records)
    if repeated > kills:
        faults.append(f"{repeated} answers asked for again after {kills} kills")
    keyed = sum(one.path.startswith("/data") for one in server.log)
    noted = sum(path.read_text().count('"call"') for path in paths.quota.glob("*.jsonl"))
    if noted < keyed:
        faults.append(f"{keyed} calls made, {noted} noted")
    return faults


def prepare(home: Path) -> Paths:
    """Return a profile of its own with a short study, and the files that a person brings into it, written to disk."""
    write_study(home, [RUSSIA], "2021-01", "2022-12")
    header, *lines = comext().splitlines()
    size = len(lines) // FILES  # whole months each: files with one scope would be vintages of each other
    for number in range(FILES):
        part = lines[number * size : (number + 1) * size]
        (home / f"part{number}.csv").write_bytes("\r\n".join([header, *part, ""]).encode())
    (home / "rates.csv").write_text(rates())
    return Paths(write_study(home, [RUSSIA], "2021-01", "2022-12").project, home, home / "config", "mine")


def imported(home: Path, trials: int) -> Iterator[Row]:
    """Kill imports: every file is held, once."""
    row, paths = Row("crash: kill -9 while importing", trials), prepare(home)
    files = [str(paths.home / f"part{number}.csv") for number in range(FILES)]
    words = command(paths, "import", "eurostat_comext", *files)

    def anew() -> None:
        shutil.rmtree(paths.raw, ignore_errors=True)

    killer = Killer(words, home_of(paths), home, random.Random(12), anew)
    for _ in range(trials):
        faults = killer.trial() or verify_faults(paths)
        records = len(list(Store(paths.raw).records()))
        row.count(faults or ([] if records == FILES else [f"{records} records of {FILES} files"]))
    yield row


def built(home: Path, trials: int) -> Iterator[Row]:
    """Kill builds, every other one over the tables of an earlier vintage: they end byte for byte the same.

    After a kill a reader finds the tables of before, or the new ones, and no file that is half of either.
    """
    row, paths = Row("crash: kill -9 while building", trials), furnished(home)
    must(command(paths, "build"), paths)
    older, before = paths.home / "older", state(paths)
    shutil.copytree(paths.processed, older)
    revise(paths)
    must(command(paths, "build"), paths)
    expected, after = marts(paths), state(paths)
    whole = {(name, content) for name, content in [*expected.items(), *contents(older / "marts").items()]}
    number = 0

    def anew() -> None:
        shutil.rmtree(paths.processed)
        if number % 2:
            shutil.copytree(older, paths.processed)
        for path in paths.raw.glob("*/*.parquet"):
            path.unlink()

    def between() -> list[str]:
        found = state(paths)
        faults = [] if found in ((before, after) if number % 2 else (None, after)) else [f"a reader saw {found}"]
        half = [name for name, content in marts(paths).items() if (name, content) not in whole]
        return faults + [f"{name} is neither that of before nor the new one" for name in half]

    killer = Killer(command(paths, "build"), home_of(paths), home, random.Random(13), anew, between)
    for number in range(trials):  # noqa: B007 (`anew` and `between` read it)
        faults = killer.trial() or verify_faults(paths)
        row.count(
            faults or ([] if marts(paths) == expected else ["the marts differ from those of an undisturbed build"])
        )
    yield row


def furnished(home: Path) -> Paths:
    """Return a prepared profile into which its files were brought."""
    paths = prepare(home)
    files = [str(home / f"part{number}.csv") for number in range(FILES)]
    must(command(paths, "import", "eurostat_comext", *files), paths)
    must(command(paths, "import", "fx", str(home / "rates.csv")), paths)
    return paths


def state(paths: Paths) -> list[tuple[object, ...]] | None:
    """Return what a reader is told, None where there are no tables."""
    if not paths.database.exists():
        return None
    with read(paths) as connection:
        return connection.execute("select count(*), sum(value_native) from core.flows").fetchall()


def revise(paths: Paths) -> None:
    """Bring a vintage of one file in which every value is another."""
    place = paths.home / "revised.csv"
    place.write_bytes((paths.home / "part7.csv").read_bytes().replace(b"0\r\n", b"7\r\n"))
    must(command(paths, "import", "eurostat_comext", str(place)), paths)


def rendered(home: Path, trials: int) -> Iterator[Row]:
    """Kill renders, by turns from nothing and with a kept notebook: the pages end as undisturbed ones."""
    row, paths = Row("crash: kill -9 while rendering", trials), furnished(home)
    must(command(paths, "build"), paths)
    more = home_of(paths) | {PROJECT: str(project_of_one_page(paths.home / "project"))}
    words = command(paths, "render", PAGE)
    must(words, paths, more)
    expected = contents(paths.reports)

    def from_nothing() -> None:
        shutil.rmtree(paths.reports)
        shutil.rmtree(paths.processed / "pages")

    def with_a_kept_notebook() -> None:
        shutil.rmtree(paths.reports)

    ways = (from_nothing, with_a_kept_notebook)
    killers = [Killer(words, more, home, random.Random(14), anew) for anew in ways]
    for number in range(trials):
        faults = killers[number % len(ways)].trial()
        found = contents(paths.reports)
        wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
        row.count(faults or [f"differs from an undisturbed render: {name}" for name in wrong])
    yield row


def project_of_one_page(folder: Path) -> Path:
    """Return a project with everything of this one but only one notebook, so that a life is short."""
    (folder / "notebooks").mkdir(parents=True)
    for name in ("sql", "docs"):
        (folder / name).symlink_to(chipflows.paths.PROJECT / name)
    shutil.copy(chipflows.paths.PROJECT / "notebooks" / f"{PAGE}.ipynb", folder / "notebooks")
    return folder


def command(paths: Paths, *words: str) -> list[str]:
    return ["--profile", paths.profile, "--config", str(paths.config), *words]


def home_of(paths: Paths) -> dict[str, str]:
    return {"CHIPFLOWS_HOME": str(paths.home)}


def must(words: list[str], paths: Paths, environment: dict[str, str] | None = None) -> None:
    """Run a command that has to end well."""
    end = run(words, environment or home_of(paths), paths.home / "said")
    if end.code:
        raise RuntimeError(f"{' '.join(words)} ended with {end.code}: {end.said}")


def marts(paths: Paths) -> dict[str, bytes]:
    return contents(paths.marts)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def verify_faults(paths: Paths) -> list[str]:
    """Return what `chipflows verify` finds."""
    try:
        verify_profile(paths)
    except CheckFailed as error:
        return [str(error)]
    return []

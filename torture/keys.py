"""Keys: known ones are set, everything is run at debug verbosity, failures too, and every file is searched."""

from __future__ import annotations

import gzip
import logging
import os
import random
import stat
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import duckdb
from offices import small
from standin.comtrade import Comtrade, scattered
from standin.study import corridor, write_study

import chipflows.paths
from chipflows.__main__ import main
from chipflows.config import load_config
from chipflows.errors import ChipflowsError
from chipflows.paths import PROJECT, Paths
from chipflows.sources import download, eurostat_ticket, http
from torture.crash import project_of_one_page
from torture.network import ANY
from torture.row import Row
from torture.seeds import BASES, CONFIGS, MAKERS
from torture.spoil import spoil


def rows(folder: Path, trials: int) -> Iterator[Row]:
    """Yield one row: per trial every source is asked, through faults and with a key it refuses, a key set for each."""
    row = Row("keys: searched for in every file and word", trials)
    http.LONGEST_BACKOFF = 0.02
    eurostat_ticket.STEPS = (0.0,)
    searched = 0
    sources = tuple(load_config(PROJECT / "config").sources)
    for number in range(trials):
        home = folder / str(number)
        home.mkdir(parents=True)
        core = f"SeCrEt{number:04}" + "k" * 20
        names = {f"CHIPFLOWS_{source.upper()}_KEY": f"{core}+/={source}" for source in sources}
        os.environ |= names
        with (home / "said").open("w") as said, redirect_stdout(said), redirect_stderr(said), everything_told(home):
            everything(home, sources, random.Random(number))
        for name in names:
            del os.environ[name]
        searched += sum(1 for path in home.rglob("*") if path.is_file())
        row.count([*found(home, core), *readable_by_others(home)])
    row.note = f"{len(sources)} keys set, {searched:,} files searched"
    yield row


@contextmanager
def everything_told(home: Path) -> Iterator[None]:
    """Write all that any library logs, at its most talkative, into a file."""
    handler = logging.FileHandler(home / "debug.log")
    root = logging.getLogger()
    root.addHandler(handler)
    level, trace = root.level, HTTPConnection.debuglevel
    root.setLevel(logging.DEBUG)
    HTTPConnection.debuglevel = 1
    try:
        yield
    finally:
        HTTPConnection.debuglevel = trace
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()


def everything(home: Path, sources: Iterable[str], draw: random.Random) -> None:
    """Ask all sources, on good and bad days and with refused keys, bring files, then run the other commands."""
    os.environ["CHIPFLOWS_HOME"] = str(home)
    junk = home / "junk.csv"
    junk.write_text("no source sends this\n")
    for source in sources:
        if source in MAKERS:
            for theirs in (os.environ[f"CHIPFLOWS_{source.upper()}_KEY"], "another"):
                ask_office(home, source, theirs, draw)
        print(source, main(["--profile", "brought", "import", source, str(junk)]))
    comtrade(home, os.environ["CHIPFLOWS_COMTRADE_KEY"], draw)
    del os.environ["CHIPFLOWS_HOME"]


def ask_office(home: Path, source: str, theirs: str, draw: random.Random) -> None:
    """Ask one office that knows the key `theirs`."""
    config = CONFIGS.get(source, small)(source, timeout_seconds=0.3)
    paths = Paths(PROJECT, home, config.folder, f"{source}-{theirs == 'another'}")
    with MAKERS[source]() as server:
        server.key, server.spoil = theirs, spoil
        server.faults = [draw.choice(ANY) if draw.random() < 0.4 else "" for _ in range(500)]
        address = f"CHIPFLOWS_{source.upper()}_URL"
        os.environ[address] = server.address + BASES.get(source, "")
        for _ in range(3):
            told(lambda: download.run(paths, config, sources=[source]))
        del os.environ[address]


def comtrade(home: Path, key: str, draw: random.Random) -> None:
    """Ask UN Comtrade through faults until its quota ends, then run the other commands on what came."""
    truth = scattered(["202101", "202102"], [156, 344], [643], ["854231", "854232", "8542"], ["X"], 1.0)
    paths = write_study(home, [corridor("russia", ["*"], ["RUS"], ["export"])], "2021-01", "2021-02", rows_per_call=9)
    faults = {"500": 0.1, "429": 0.1, "cut": 0.1, "redirect": 0.1, "reset": 0.1}
    for known in ("another", key):
        with Comtrade(truth, keys={known: "free"}, quotas={key: 12}, faults=faults, seed=draw.randrange(99)) as server:
            os.environ["CHIPFLOWS_COMTRADE_URL"] = server.url
            for _ in range(3):
                told(lambda: download.run(paths, load_config(paths.config)))
        del os.environ["CHIPFLOWS_COMTRADE_URL"]
    words = ["--profile", "live", "--config", str(paths.config)]
    whole, chipflows.paths.PROJECT = chipflows.paths.PROJECT, project_of_one_page(home / "project")
    for command in (
        *(["plan"], ["build"], ["status"], ["verify"], ["check"], ["render", "explore"]),
        *(["query", "select * from core.files"], ["query", "select getenv('CHIPFLOWS_COMTRADE_KEY')"]),
        ["trace", "core.flows", "--where", "true"],
    ):
        print(command, main([*words, *command]))
    chipflows.paths.PROJECT = whole


def told(run: Callable[[], object]) -> None:
    """Print what a run says, or its error with everything a traceback shows."""
    try:
        print(run())
    except ChipflowsError as error:
        print("".join(traceback.format_exception(error)))


def found(home: Path, key: str) -> list[str]:
    """Return the files that hold the key: plain, as it stands in an address, packed, or in a table."""
    forms = [key.encode(), quote(key, safe="").encode(), key.encode("utf-16-le")]
    hits = []
    for path in home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".gz":
                content += gzip.decompress(content)
            is_told = any(form in content or form.decode(errors="replace") in path.name for form in forms)
            if is_told or (path.suffix in (".duckdb", ".parquet") and texts(path, key)):
                hits.append(f"{path.relative_to(home)} holds the key")
    return hits


def texts(path: Path, key: str) -> list[str]:
    """Return the tables of a database, or the Parquet file, in which a row holds the key as text."""
    if path.suffix == ".parquet":
        tables, database = [f"read_parquet('{path}')"], ":memory:"
    else:
        database = str(path)
        with duckdb.connect(database, read_only=True) as connection:
            listed = connection.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        tables = [name for (name,) in listed]
    with duckdb.connect(database, read_only=database != ":memory:") as connection:
        ask = "select count(*) from {} as one where contains(cast(one as varchar), ?)"
        return [name for name in tables if connection.execute(ask.format(name), [key]).fetchall() != [(0,)]]


def readable_by_others(home: Path) -> list[str]:
    """Return ledgers that others than their owner may open."""
    ledgers = [path for path in home.rglob(".quota/*") if path.is_file()]
    open_ones = [path.name for path in ledgers if stat.S_IMODE(path.stat().st_mode) & 0o077]
    return [f"{name} may be read by others" for name in open_ones] + ([] if ledgers else ["no ledger was kept"])

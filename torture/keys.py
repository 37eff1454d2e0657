"""Keys: known ones are set, everything is run at debug verbosity, failures too, and every file is searched."""

from __future__ import annotations

import gzip
import logging
import os
import random
import stat
import traceback
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
from offices import small
from standin.comtrade import Comtrade, scattered
from standin.server import FAULTS
from standin.study import corridor, write_study

from chipflows.__main__ import main
from chipflows.config import load_config
from chipflows.errors import ChipflowsError
from chipflows.paths import PROJECT, Paths
from chipflows.sources import download, http
from torture.row import Row
from torture.seeds import SERVERS

KEYED: dict[str, Callable[[], Any]] = {
    name: make for name, make in SERVERS.items() if name in ("us_census", "korea_customs", "japan_customs")
}


def rows(folder: Path, trials: int) -> Iterator[Row]:
    """Yield one row: per trial every source with a key is asked, through faults and with a key it refuses."""
    row = Row("keys: searched for in every file and word", trials)
    http.LONGEST_BACKOFF = 0.02
    searched = 0
    for number in range(trials):
        home = folder / str(number)
        home.mkdir(parents=True)
        key = f"SeCrEt{number:04}+/=" + "k" * 20
        with (home / "said").open("w") as said, redirect_stdout(said), redirect_stderr(said):
            everything(home, key, random.Random(number))
        searched += sum(1 for path in home.rglob("*") if path.is_file())
        row.count([*found(home, key), *readable_by_others(home)])
    row.note = f"{searched:,} files searched"
    yield row


def everything(home: Path, key: str, draw: random.Random) -> None:
    """Ask all sources that take a key, on good and bad days and with refused keys; then run the other commands."""
    handler = logging.FileHandler(home / "debug.log")
    root = logging.getLogger()
    root.addHandler(handler)
    level, trace = root.level, HTTPConnection.debuglevel
    root.setLevel(logging.DEBUG)
    HTTPConnection.debuglevel = 1
    names = {"CHIPFLOWS_HOME": str(home)}
    try:
        os.environ.update(names)
        for source, make in KEYED.items():
            for theirs in (key, "another"):
                names |= ask_office(home, source, make, key, theirs, draw)
        names |= {"CHIPFLOWS_COMTRADE_KEY": key}
        comtrade(home, key, draw)
    finally:
        HTTPConnection.debuglevel = trace
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()
        for name in names:
            os.environ.pop(name, None)


def ask_office(
    home: Path, source: str, make: Callable[[], Any], key: str, theirs: str, draw: random.Random
) -> dict[str, str]:
    """Ask one office that knows the key `theirs`; return the names put into the environment."""
    config = small(source)
    paths = Paths(PROJECT, home, config.folder, f"{source}-{theirs[:3]}")
    with make() as server:
        server.key = theirs
        server.faults = [draw.choice(FAULTS) if draw.random() < 0.4 else "" for _ in range(500)]
        names = {f"CHIPFLOWS_{source.upper()}_URL": server.address, f"CHIPFLOWS_{source.upper()}_KEY": key}
        os.environ.update(names)
        for _ in range(3):
            told(lambda: download.run(paths, config, sources=[source]))
    return names


def comtrade(home: Path, key: str, draw: random.Random) -> None:
    """Ask UN Comtrade through faults until its quota ends, then run the other commands on what came."""
    truth = scattered(["202101", "202102"], [156, 344], [643], ["854231", "854232", "8542"], ["X"], 1.0)
    paths = write_study(home, [corridor("russia", ["*"], ["RUS"], ["export"])], "2021-01", "2021-02", rows_per_call=9)
    faults = {"500": 0.1, "429": 0.1, "cut": 0.1, "redirect": 0.1, "reset": 0.1}
    for known in ("another", key):
        with Comtrade(truth, keys={known: "free"}, quotas={key: 12}, faults=faults, seed=draw.randrange(99)) as server:
            os.environ |= {"CHIPFLOWS_COMTRADE_URL": server.url, "CHIPFLOWS_COMTRADE_KEY": key}
            for _ in range(3):
                told(lambda: download.run(paths, load_config(paths.config)))
        del os.environ["CHIPFLOWS_COMTRADE_URL"]
    words = ["--profile", "live", "--config", str(paths.config)]
    for command in (
        *(["plan"], ["build"], ["status"], ["verify"], ["check"], ["render", "explore"]),
        *(["query", "select * from core.files"], ["query", "select getenv('CHIPFLOWS_COMTRADE_KEY')"]),
        ["trace", "core.flows", "--where", "true"],
    ):
        print(command, main([*words, *command]))


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
            if path.suffix in (".duckdb", ".parquet"):
                content += "".join(texts(path)).encode()
            if any(form in content or form.decode(errors="replace") in path.name for form in forms):
                hits.append(f"{path.relative_to(home)} holds the key")
    return hits


def texts(path: Path) -> Iterator[str]:
    """Yield every cell of a database or Parquet file as text."""
    if path.suffix == ".parquet":
        with duckdb.connect() as connection:
            yield str(connection.execute("select * from read_parquet(?)", [str(path)]).fetchall())
        return
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        for (name,) in tables:
            yield str(connection.execute(f"select * from {name}").fetchall())


def readable_by_others(home: Path) -> list[str]:
    """Return ledgers that others than their owner may open."""
    ledgers = [path for path in home.rglob(".quota/*") if path.is_file()]
    open_ones = [path.name for path in ledgers if stat.S_IMODE(path.stat().st_mode) & 0o077]
    return [f"{name} may be read by others" for name in open_ones] + ([] if ledgers else ["no ledger was kept"])

"""Hostile network: 30 to 60 % of all answers are faulty; the end is the server's truth, or a list of gaps."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from offices import Office, small
from standin import comtrade
from standin.comtrade import KEY_COLUMNS, Comtrade, scattered
from standin.server import FAULTS, StandIn
from standin.study import corridor, write_study
from standin.us_census import Census
from test_korea_customs import WORLD as KOREA
from test_uk_hmrc import ROWS as UK
from test_us_census import WORLD as AMERICA
from worlds import World

from chipflows.config import load_config
from chipflows.errors import Incomplete
from chipflows.paths import Paths
from chipflows.raw.store import Store
from chipflows.sources import download, http
from torture.row import Row

KEY = "torture-key-1"
PASSING = (
    *("429", "429_silent", "500", "502", "503", "504", "html", "redirect", "redirect_here", "reset", "stall", "drip"),
    *("cut", "cut_gzip", "cut_short", "no_length", "gzip", "duplicate", "count", "bom", "revised"),
)
LASTING = ("quota", "new_column", "missing_column", "renamed_column", "text_number", "nan")
"""Faults of the form: asking again at once is of no use, the run ends with exit 3."""

CHANGES: dict[str, tuple[str, str]] = {
    "new_column": ('"isReported":false', '"isReported":false,"isNew":1'),
    "missing_column": ('"isReported":false,', ""),
    "renamed_column": ('"isReported"', '"isReportedNow"'),
    "text_number": (r'"primaryValue":([\d.e+]+)', r'"primaryValue":"\1"'),
    "nan": (r'"primaryValue":[\d.e+]+', '"primaryValue":NaN'),
}
ROUNDS = 80
"""Runs of `download` after which a truth that did not arrive counts as never arriving."""

RUSSIA = corridor("russia_supply", ["*"], ["RUS"], ["export"])
MONTHS = [f"2021{month:02}" for month in range(1, 13)]
CODES = ["854110", "854231", "854232", "8541", "8542"]


class Hostile(Comtrade):
    """UN Comtrade on its worst day; it revises a month when told `revised`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._http.RequestHandlerClass = type("Handler", (HostileHandler,), {"server_state": self})
        self.revisions = 0

    def revise_one(self) -> None:
        self.revisions += 1
        reporter, period = self._random.choice(sorted(self.released))
        self.revise(reporter, period, 2.0, f"2026-01-02T00:{self.revisions // 60:02}:{self.revisions % 60:02}")


class HostileHandler(comtrade.Handler):
    """The faults that the stand-in of the tests doesn't have."""

    def is_faulty_before(self, fault: str) -> bool:
        if fault == "quota":
            text = "Out of call volume quota. Quota will be replenished in 03:14:17."
            self.reply(403, {"statusCode": 403, "message": text})
            return True
        if fault == "revised":
            self.server_state.revise_one()  # type: ignore[attr-defined]
        return super().is_faulty_before(fault)

    def reply_rows(self, rows: list[str], count: int) -> None:
        if self.current in CHANGES and rows:
            rows = [re.sub(*CHANGES[self.current], rows[0]), *rows[1:]]
        if self.current not in ("bom", "drip", "no_length"):
            return super().reply_rows(rows, count)
        body = f'{{"elapsedTime":"0.1 secs","count":{count},"data":[{",".join(rows)}],"error":""}}'.encode()
        self.rows_sent = len(rows)
        if self.current == "bom":
            return self.send(200, b"\xef\xbb\xbf" + body, {"Content-Type": "application/json"})
        return self.dribble(gzip.compress(body))

    def dribble(self, packed: bytes) -> None:
        """Send half a body: at once and without a length, or so slowly that its end would take hours."""
        self.note(200)
        self.send_response_only(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        pieces = [packed[: len(packed) // 2]] if self.current == "no_length" else [bytes([one]) for one in packed]
        for piece in pieces:
            try:
                self.wfile.write(piece)
                self.wfile.flush()
            except OSError:
                return
            time.sleep(0.0 if self.current == "no_length" else 0.1)


def rows(folder: Path, trials: int) -> Iterator[Row]:
    """Yield a row for UN Comtrade with every kind of fault, and one for the customs offices."""
    http.LONGEST_BACKOFF = 0.02
    yield comtrade_row(folder / "comtrade", trials)
    yield offices_row(folder / "offices", trials)


def comtrade_row(folder: Path, trials: int) -> Row:
    """Download through faults until it ends well: then exactly the truth is held, also of months revised meanwhile."""
    row, seen = Row("hostile network: UN Comtrade", trials), Counter[str]()
    os.environ["CHIPFLOWS_COMTRADE_KEY"] = KEY
    for number in range(trials):
        share = random.Random(number).uniform(0.3, 0.6)
        faults = dict.fromkeys(PASSING, 0.85 * share / len(PASSING)) | dict.fromkeys(
            LASTING, 0.15 * share / len(LASTING)
        )
        truth = scattered(MONTHS, [156, 344, 276, 699], [643], CODES, ["X"], 0.6, seed=number)
        paths = write_study(
            folder / str(number), [RUSSIA], "2021-01", "2021-12", rows_per_call=20, quota=10**6, timeout_seconds=0.2
        )
        limits = {"caps": {"free": 20, "preview": 500}, "stall_seconds": 0.4}
        with Hostile(truth, keys={KEY: "free"}, faults=faults, seed=number, **limits) as server:  # type: ignore[arg-type]
            row.count(until_true(paths, server))
            seen.update(one.fault for one in server.log)
    del os.environ["CHIPFLOWS_COMTRADE_KEY"]
    calls = seen.total()
    kinds = len({*seen} - {""})
    row.note = f"{calls:,} calls, {1 - seen[''] / calls:.0%} faulty, {kinds} of {len(PASSING) + len(LASTING)} kinds"
    return row


def until_true(paths: Paths, server: Hostile) -> list[str]:
    """Ask again and again; return what was wrong: a run that ended well with a gap, or a truth that never arrived."""
    os.environ["CHIPFLOWS_COMTRADE_URL"] = server.url
    config = load_config(paths.config)
    for number in range(ROUNDS):
        before = server.revisions
        try:
            download.run(paths, config, refresh=number > 0)
        except Incomplete as error:
            if "still missing: " not in str(error):
                return [f"ended with exit 3 and no list of what is missing: {error}"]
            shutil.rmtree(paths.quota, ignore_errors=True)  # the next run is in the next month
            continue
        if server.revisions == before:
            return [] if held(paths) == known(server) else ["ended well and does not hold what the server has"]
    return [f"the truth did not arrive in {ROUNDS} runs"]


def held(paths: Paths) -> dict[tuple[str, ...], float]:
    """Return the values in force: a newer answer replaces all older rows in its box."""
    store, cells = Store(paths.raw), dict[tuple[str, ...], float]()
    economies = {"CHN": "156", "HKG": "344", "DEU": "276", "IND": "699"}
    for record in sorted(store.records("comtrade"), key=lambda one: one.retrieved_at):
        if record.kind == "data":
            scope = record.asked
            periods = {period.replace("-", "") for period in scope.periods or ()}
            reporters = {economies.get(one) for one in scope.reporters or economies}
            for cell in [
                one for one in cells if one[0] in periods and one[1] in reporters and one[3] in (scope.codes or ())
            ]:
                del cells[cell]
            sent = json.loads(store.body(record).decode("utf-8-sig"))["data"]
            cells |= {tuple(str(one[name]) for name in KEY_COLUMNS): float(one["primaryValue"]) for one in sent}
    return cells


def known(server: Comtrade) -> dict[tuple[str, ...], float]:
    truth: pd.DataFrame = server.truth
    return {
        tuple(str(getattr(one, name)) for name in KEY_COLUMNS): float(one.primaryValue) for one in truth.itertuples()
    }


def offices_row(folder: Path, trials: int) -> Row:
    """Download from customs offices through faults: in the end the same figures are held as on a quiet day."""
    row = Row("hostile network: customs offices", trials)
    makers: list[tuple[str, Callable[[], Any], str]] = [
        ("us_census", lambda: Census(dict(AMERICA), KEY), KEY),
        ("korea_customs", korea, KEY),
        ("uk_hmrc", uk, ""),
    ]
    quiet: dict[str, set[tuple[str, int, str]]] = {}
    for number in range(-len(makers), trials):
        source, make, key = makers[number % len(makers)]
        draw = random.Random(number)
        share = 0.0 if number < 0 else draw.uniform(0.3, 0.6)
        with make() as server:
            server.faults = [draw.choice(FAULTS) if draw.random() < share else "" for _ in range(2000)]
            found, faults = ask_office(folder / str(number), source, server, key)
        if number < 0:
            quiet[source] = found
        else:
            row.count(faults or ([] if found == quiet[source] else [f"{source}: not what a quiet day brings"]))
    return row


def korea() -> StandIn:
    from standin.korea_customs import Korea

    return Korea(dict(KOREA), KEY)


def uk() -> StandIn:
    from standin.uk_hmrc import Ots

    return Ots(list(UK), codes={-854231: "854231"})


def ask_office(home: Path, source: str, server: StandIn, key: str) -> tuple[set[tuple[str, int, str]], list[str]]:
    """Return what is held of an office when a run ended well (request, rows, total), and what was wrong."""
    names = {f"CHIPFLOWS_{source.upper()}_URL": server.address, f"CHIPFLOWS_{source.upper()}_KEY": key}
    os.environ.update(names)
    office = Office(source, World(home, small(source)))
    faults = [f"{source}: the truth did not arrive in {ROUNDS} runs"]
    for _ in range(ROUNDS):
        try:
            office.download()
            faults = []
            break
        except Incomplete as error:
            if "still missing: " not in str(error):
                faults = [f"{source}: exit 3 without a list: {error}"]
                break
    for name in names:
        del os.environ[name]
    return {(record.request_id, record.rows, record.total) for record in office.store.records(source)}, faults

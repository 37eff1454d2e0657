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
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pandas as pd
from offices import Office, small
from standin import comtrade as standin_comtrade
from standin.comtrade import KEY_COLUMNS, Comtrade, scattered
from standin.server import FAULTS, MORE_FAULTS, StandIn
from standin.study import corridor, write_study
from worlds import World

from chipflows.config import load_config, months
from chipflows.errors import Incomplete
from chipflows.paths import Paths
from chipflows.raw.records import Record, Request
from chipflows.raw.store import Store
from chipflows.sources import download, eurostat_ticket, fx, http
from torture.row import Row
from torture.seeds import BASES, CONFIGS, MAKERS
from torture.spoil import MARK, SPOILT, spoil

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
ANY = (*FAULTS, *MORE_FAULTS, *SPOILT)
MOST = 4
"""How many times the worlds that are needed, at most, until every kind of fault was served."""

ROUNDS = 80
"""Runs of `download` after which a truth that did not arrive counts as never arriving."""

RUSSIA = corridor("russia_supply", ["*"], ["RUS"], ["export"])
MONTHS = [f"2021{month:02}" for month in range(1, 13)]
CODES = ["854110", "854231", "854232", "8541", "8542"]
ISO3 = {"156": "CHN", "344": "HKG", "276": "DEU", "699": "IND", "842": "USA"}

Cells = dict[tuple[str, ...], float]
Held = dict[str, tuple[int, str]]


class Hostile(Comtrade):
    """UN Comtrade on its worst day; it revises a month when told `revised`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._http.RequestHandlerClass = type("Handler", (HostileHandler,), {"server_state": self})
        self.revisions = 0
        self.revised: set[tuple[int, str]] = set()

    def revise_one(self) -> None:
        self.revisions += 1
        reporter, period = self._random.choice(sorted(self.released))
        self.revised.add((reporter, period))
        self.revise(reporter, period, 2.0, f"2026-01-02T00:{self.revisions // 60:02}:{self.revisions % 60:02}")


class HostileHandler(standin_comtrade.Handler):
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


def served(seen: Counter[str]) -> str:
    """Return how many calls there were, the share of faulty ones, and how many of each kind really went out."""
    calls, kinds = seen.total(), sorted((kind, times) for kind, times in seen.items() if kind)
    told = ", ".join(f"{kind} {times:,}" for kind, times in kinds)
    return f"{calls:,} calls, {1 - seen[''] / max(1, calls):.0%} faulty: {told}"


def comtrade(folder: Path, trials: int) -> Iterator[Row]:
    """Download through faults until it ends well: then exactly the truth is held, also of months revised meanwhile."""
    http.LONGEST_BACKOFF = 0.02
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
    row.note = served(seen)
    yield row


def until_true(paths: Paths, server: Hostile) -> list[str]:
    """Ask again and again; return what was wrong: a run that ended well with a gap, a list of what is missing that
    is not exact, or a truth that never arrived."""
    os.environ["CHIPFLOWS_COMTRADE_URL"] = server.url
    config = load_config(paths.config)
    for number in range(ROUNDS):
        server.revised.clear()
        try:
            download.run(paths, config, refresh=number > 0)
        except Incomplete as error:
            todo = download.Asking(paths, config, "comtrade").todo(refresh=number > 0)
            if faults := unlisted(str(error), todo, held(paths), known(server), server.revised):
                return faults
            shutil.rmtree(paths.quota, ignore_errors=True)  # the next run is in the next month
            continue
        if not server.revised:
            return [] if held(paths) == known(server) else ["ended well and does not hold what the server has"]
    return [f"the truth did not arrive in {ROUNDS} runs"]


def unlisted(said: str, todo: list[Request], have: Cells, truth: Cells, revised: set[tuple[int, str]]) -> list[str]:
    """Return how a list of what is missing differs from what is: the server's truth without what is stored.

    A month that was revised during the run is left out: when it was looked at, nothing was missing.
    """
    named = months_named(said)
    if more := named - {period for request in todo for period in request.scope.periods or ()}:
        return [f"the list names {sorted(more)}, of which nothing is missing: {said}"]
    for cell, value in truth.items():
        period, reporter, _, code, _ = cell
        if have.get(cell) == value or (int(reporter), period) in revised:
            continue
        month = f"{period[:4]}-{period[4:]}"
        if month not in named or not any(covers(one, month, ISO3[reporter], code) for one in todo):
            return [f"{cell} is missing and not in the list: {said}"]
    return []


def covers(request: Request, month: str, reporter: str, code: str) -> bool:
    """Say whether a cell is among what a request asks for, or hangs on what it would tell."""
    box = request.scope
    is_inside = holds(box.reporters, reporter) and holds(box.codes, code)
    return month in (box.periods or ()) and (request.kind == "availability" or is_inside)


def holds(part: tuple[str, ...] | None, one: str) -> bool:
    return part is None or one in part


def months_named(said: str) -> set[str]:
    """Return every month in a list of what is missing: `name 2021-01 to 2021-03 and 2021-07, name …`."""
    spans = re.findall(r"(\d{4}-\d\d)(?: to (\d{4}-\d\d))?", said.partition("still missing: ")[2])
    return {month for first, last in spans for month in months(first, last or first)}


def held(paths: Paths) -> Cells:
    """Return the values in force: a newer answer replaces all older rows in its box."""
    store, cells = Store(paths.raw), Cells()
    economies = {iso3: code for code, iso3 in ISO3.items()}
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


def known(server: Comtrade) -> Cells:
    truth: pd.DataFrame = server.truth
    return {
        tuple(str(getattr(one, name)) for name in KEY_COLUMNS): float(one.primaryValue) for one in truth.itertuples()
    }


def offices(folder: Path, trials: int) -> Iterator[Row]:
    """Download from every other source through faults: in the end the same figures are held as on a quiet day."""
    http.LONGEST_BACKOFF = 0.02
    eurostat_ticket.STEPS = (0.0,)
    for source, make in MAKERS.items():
        row, seen = Row(f"hostile network: {source}", max(1, trials // len(MAKERS))), Counter[str]()
        kinds = cycle(random.Random(source).sample(ANY, len(ANY)))
        with make() as server:
            quiet, faults = ask_office(folder / source / "quiet", source, server, {})
        if faults or not any(rows for rows, _ in quiet.values()):
            raise RuntimeError(f"{source} brings nothing on a quiet day: {faults}")
        while row.tried < row.needed or (row.tried < MOST * row.needed and {*ANY} - {*seen}):
            number = row.tried
            draw = random.Random(f"{source} {number}")
            share = draw.uniform(0.3, 0.6)
            with make() as server:
                server.spoil = spoil
                server.faults = [next(kinds) if draw.random() < share else "" for _ in range(200)]
                found, faults = ask_office(folder / source / str(number), source, server, quiet)
                seen.update(server.served)
            row.count(faults or ([] if found == quiet else [differs(quiet, found, server.served)]))
        row.note = served(seen)
        yield row


def ask_office(home: Path, source: str, server: StandIn, quiet: Held) -> tuple[Held, list[str]]:
    """Return what is held of an office when a run ended well (rows and total by request), and what was wrong."""
    os.environ |= {f"CHIPFLOWS_{source.upper()}_URL": server.address + BASES.get(source, "")}
    os.environ |= {f"CHIPFLOWS_{source.upper()}_KEY": KEY}
    office = Office(source, World(home, CONFIGS.get(source, small)(source, timeout_seconds=0.3)))
    for _ in range(ROUNDS):
        try:
            office.download()
            return stored(office), []
        except Incomplete as error:
            todo = download.Asking(office.world.paths, office.world.config, source).todo(refresh=False)
            gap = quiet.keys() - stored(office).keys() - {one.request_id for one in todo}
            if "still missing: " not in str(error):
                return {}, [f"exit 3 without a list: {error}"]
            if gap and not any(one.kind in download.PRELIMINARY for one in todo):
                return {}, [f"{sorted(gap)[0]} is missing and not in the list: {error}"]
            if twice := stored(office).keys() & {one.request_id for one in todo}:
                return {}, [f"{sorted(twice)[0]} is held and in the list of what is missing"]
    return {}, [f"the truth did not arrive in {ROUNDS} runs"]


def differs(quiet: Held, found: Held, served: Counter[str]) -> str:
    """Return where the answers held are not those of a quiet day, and which faults there had been."""
    name = min(one for one in quiet.keys() | found.keys() if quiet.get(one) != found.get(one))
    kinds = ", ".join(sorted(set(served) - {""}))
    return f"{name}: {found.get(name)} held, {quiet.get(name)} on a quiet day; served: {kinds}"


def stored(office: Office) -> Held:
    """Return rows and total by request; where there is no total, the figures themselves."""
    return {one.request_id: (one.rows, one.total or figures(office, one)) for one in office.store.held(office.source)}


def figures(office: Office, record: Record) -> str:
    body = office.store.body(record).removeprefix(MARK)
    if office.source == "fx":
        return str(sorted(fx.read_monthly(body).items()))
    return str([(one["end_of_month"], one["usd"], one["eur"]) for one in json.loads(body)["result"]["records"]])

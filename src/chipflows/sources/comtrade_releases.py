"""What UN Comtrade has published when, from its own lists (getDA): which months to expect, and which to ask again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from chipflows.config import Config
from chipflows.raw.records import Record, Request, Scope, stamp
from chipflows.raw.store import Store
from chipflows.sources.planner import Grid

SOURCE = "comtrade"
AVAILABILITY = "/public/v1/getDA/C/M/HS"

ReporterMonth = tuple[str, str]
Signature = frozenset[tuple[str, str, str]]
"""Edition, checksum and release of everything published for a reporter's month: another one means other figures."""


def availability_requests(periods: Sequence[str], held: Sequence[Record], refresh: bool) -> list[Request]:
    """Return questions for what was published, a calendar year each: of months not held, with `refresh` of all."""
    lists = [record.scope for record in held if record.kind == "availability"]
    known = {period for scope in lists if scope["reporters"] is None for period in scope["periods"] or ()}
    wanted = [period for period in periods if refresh or period not in known]
    requests = []
    for _, year in groupby(wanted, key=lambda period: period[:4]):
        scope = Scope(periods=tuple(year))
        parameters = (("path", AVAILABILITY), ("period", compact(scope.periods or ())))
        requests.append(Request(SOURCE, "availability", parameters, scope, label=f"released-{span(scope)}"))
    return requests


def compact(periods: Sequence[str]) -> str:
    """Return months as Comtrade writes them, `202201,202202`."""
    return ",".join(period.replace("-", "") for period in periods)


def span(scope: Scope) -> str:
    """Return the first and last period of a scope, for labels."""
    periods = scope.periods or ("all",)
    return "-".join(dict.fromkeys((periods[0], periods[-1])))


@dataclass(frozen=True)
class Releases:
    """What the source has published, from its own lists: (reporter, period) and the moment since which we know of it.

    A figure that was asked for before that moment may since have been published or revised. Release times of the
    source are not compared with our clock, but for the first list of a month, because their time zone is not stated.
    """

    known_since: dict[ReporterMonth, str]

    @classmethod
    def read(cls, config: Config, store: Store, held: Sequence[Record]) -> Releases:
        """Return the releases in the stored lists, the newest of each month in force."""
        economies = config.economies_by_code(SOURCE)
        signatures: dict[ReporterMonth, Signature] = {}
        known_since: dict[ReporterMonth, str] = {}
        listed: set[str] = set()
        for record in held:
            if record.kind != "availability":
                continue
            found = released_in(store.body(record), economies)
            for cell, signature in found.items():
                if signatures.get(cell) != signature:
                    is_first = cell[1] not in listed
                    known_since[cell] = min(record.retrieved_at, day_after(signature) if is_first else "9999")
            signatures |= found
            if record.scope["reporters"] is None:
                listed |= set(record.scope["periods"] or ())
        return cls(known_since)

    def since(self, grid: Grid) -> NDArray[np.str_]:
        """Return reporters × periods of moments, empty where nothing is published."""
        return np.array([[self.known_since.get((r, p), "") for p in grid.periods] for r in grid.reporters], dtype=str)


def released_in(body: bytes, economies: Mapping[str, str]) -> dict[ReporterMonth, Signature]:
    """Return what a list says of every (reporter, month); a reporter that nobody configured is left to staging."""
    found: dict[ReporterMonth, set[tuple[str, str, str]]] = {}
    for row in json.loads(body)["data"]:
        reporter = economies.get(str(row["reporterCode"]))
        if reporter and row["freqCode"] == "M":
            month = f"{row['period'] // 100:04}-{row['period'] % 100:02}"
            release = (str(row["classificationCode"]), str(row["datasetChecksum"]), str(row["lastReleased"]))
            found.setdefault((reporter, month), set()).add(release)
    return {cell: frozenset(releases) for cell, releases in found.items()}


def day_after(signature: Signature) -> str:
    """Return the moment a day after the last release: by then it had happened in every time zone."""
    return stamp(datetime.fromisoformat(max(last for *_, last in signature)) + timedelta(days=1))

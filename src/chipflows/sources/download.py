"""Every source of a profile, all at once, each call by call: ask for what is missing, store it, say what is not had."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from tqdm import tqdm

from chipflows.config import Config
from chipflows.errors import Incomplete, UsageError
from chipflows.paths import Paths
from chipflows.raw.logs import append, entries, locked
from chipflows.raw.records import Answer, Record, Request
from chipflows.raw.store import Store
from chipflows.sources import module_of, side_by_side
from chipflows.sources.account import lower_bound, no_key, spans, why
from chipflows.sources.http import Broken, Oversized, Refused, Session
from chipflows.sources.planner import Oversize, scope_in
from chipflows.sources.quota import Ledger, QuotaSpent

PRELIMINARY = ("availability", "count")
"""Kinds of requests on whose answers the plan rests: they are asked first, and may fail without stopping the rest."""

MOST_UNPLANNED = 4
"""Answers after which the plan is made anew at the latest."""

TOO_OFTEN = 2
"""Requests in a row that fail after all tries: then the source is down, and what is left is asked another day."""


@dataclass(frozen=True)
class Planned:
    """A request that `run` would make; `is_metered` where the call counts against a key's quota."""

    request: Request
    reason: str
    is_metered: bool


def plan(paths: Paths, config: Config, sources: Sequence[str] | None = None, *, refresh: bool = False) -> list[Planned]:
    """Return what `run` would ask now, in order: the most it can be, as answers tell how full later calls may be."""
    return [
        Planned(request, why(config, request), asking.ledger is not None and request.kind not in PRELIMINARY)
        for source in chosen(paths, config, sources)
        for asking in [Asking(paths, config, source)]
        for request in asking.todo(refresh)
    ]


def plan_text(
    paths: Paths,
    config: Config,
    sources: Sequence[str] | None = None,
    *,
    refresh: bool = False,
    is_json: bool = False,
) -> str:
    """Return the plan as text, one line per request, and their number; or as a JSON list of requests."""
    planned = plan(paths, config, sources, refresh=refresh)
    if is_json:
        requests = [
            {
                "request_id": one.request.request_id,
                "source": one.request.source,
                "kind": one.request.kind,
                "is_metered": one.is_metered,
                "reason": one.reason,
            }
            for one in planned
        ]
        return json.dumps(requests, ensure_ascii=False, indent=1)
    lines = [f"{one.request.request_id}: {one.reason}" for one in planned]
    keyless = [name for name in chosen(paths, config, sources) if not config.sources[name].key()]
    if "comtrade" in keyless:
        without = [corridor.title for corridor in config.project.corridors if corridor.needs_key]
        lines += [f"only with a key in CHIPFLOWS_COMTRADE_KEY: {title}" for title in without]
    lines += [f"{name}: {no_key(config.sources[name])}" for name in keyless if config.sources[name].is_locked()]
    metered = sum(one.is_metered for one in planned)
    number = f"{len(planned):,} requests at most, {metered:,} of them against a quota"
    return "\n".join([*lines, f"{number}; fewer once it is known how full the months are"])


def run(
    paths: Paths,
    config: Config,
    *,
    refresh: bool = False,
    sources: Sequence[str] | None = None,
    arrived: Callable[[Record], None] = lambda record: None,
) -> str:
    """Return a line per source: calls made and the fewest possible, rows, quota left.

    With `refresh`, what was published since is asked again too. `arrived` is told of every stored body. Raises
    `Incomplete` naming what is missing, after every source had its turn; what was received is kept.
    """
    with only_one(paths):
        askings = [Asking(paths, config, source, arrived) for source in chosen(paths, config, sources)]
        side_by_side.take_all([partial(asking.ask, refresh) for asking in askings])
    said = [asking.summary() for asking in askings]
    if any(asking.missing for asking in askings):
        raise Incomplete("; ".join(said))
    return "\n".join(said)


def chosen(paths: Paths, config: Config, sources: Sequence[str] | None) -> tuple[str, ...]:
    """Return the sources to ask; raises `UsageError` where a profile has none, or is made up."""
    profile = config.profile(paths.profile)
    if profile.is_synthetic:
        raise UsageError(
            f"profile {paths.profile} holds made-up figures only: download into another, as --profile live"
        )
    if not sources and not profile.sources:
        raise UsageError(
            f"profile {paths.profile} downloads nothing by itself: name the sources, or use --profile live"
        )
    for source in sources or ():
        if not hasattr(module_of(source), "plan"):
            raise UsageError(f"{source} can't be asked by a program: save its files by hand and use `import {source}`")
    return tuple(dict.fromkeys(sources or profile.sources))


@contextmanager
def only_one(paths: Paths) -> Iterator[None]:
    """Hold the profile's download lock, which ends with the process; raises `Incomplete` while another one has it."""
    path = paths.raw / ".download.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Incomplete(
                f"another download into profile {paths.profile} is running; two would ask everything twice: wait for it"
            ) from None
        yield


@dataclass
class Asking:
    """One source's turn: what was received, what was not, and why it ended early if it did."""

    paths: Paths
    config: Config
    source: str
    arrived: Callable[[Record], None] = lambda record: None
    received: list[tuple[Request, Answer]] = field(default_factory=list)
    missing: list[Request] = field(default_factory=list)
    reasons: dict[str, None] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)
    _failures: int = 0

    def __post_init__(self) -> None:
        source = self.config.sources[self.source]
        key, quota = source.key(), self.config.project.planner.quota_per_month
        self.module, self.store = module_of(self.source), Store(self.paths.raw)
        self.ledger = Ledger(self.paths.quota, self.source, key, quota) if key and source.is_metered else None
        self.session = Session.of(source, before_keyed_call=self.ledger.spend if self.ledger else lambda: None)
        self._log = self.paths.raw / self.source / "oversized.jsonl"

    def todo(self, refresh: bool) -> list[Request]:
        """Return what is to be asked, given what the store holds now."""
        today = datetime.now(UTC).date()
        return self.module.plan(self.config, self.store, today=today, refresh=refresh, oversized=self._oversized())

    def ask(self, refresh: bool) -> None:
        """Ask until nothing is left, the source refuses, or it seems to be down.

        Plans are made anew after 1, 2, 4, 4, … answers, as every answer tells more about how large the next will be.
        """
        with tqdm(desc=self.source, unit="call", disable=None) as bar:
            batch = 1
            while todo := self._unasked(refresh):
                bar.total = bar.n + len(todo)
                first = [request for request in todo if request.kind in PRELIMINARY]
                if not all(self._turn(request, bar) for request in first or todo[:batch]):
                    break
                batch = min(2 * batch, MOST_UNPLANNED)
        answered = {request.request_id for request, _ in self.received}
        left = [request for request in self.todo(refresh) if request.request_id not in answered]
        self.missing = [request for request in left if request.kind != "count"]

    def summary(self) -> str:
        """Return one line: calls, the fewest there could have been, rows, quota left, and what is missing and why."""
        source = self.config.sources[self.source]
        if source.is_locked():
            return f"{self.source}: {no_key(source)}"
        bound = lower_bound(self.received, source.limits, has_key=self.ledger is not None)
        line = f"{self.source}: {self.session.calls:,} calls (lower bound {bound:,}), {self._figures()}"
        if not self.missing:
            return line
        reasons = "; ".join(self.reasons) or "the source answered, but not with all that was asked"
        return f"{line}; incomplete: {reasons}; still missing: {spans(self.missing)}"

    def _unasked(self, refresh: bool) -> list[Request]:
        return [request for request in self.todo(refresh) if request.request_id not in self._asked]

    def _turn(self, request: Request, bar: tqdm[Any]) -> bool:
        is_going_on = self._try(request)
        if not bar.disable:
            bar.set_postfix_str(self._figures())
        bar.update()
        return is_going_on

    def _try(self, request: Request) -> bool:
        """Ask once and store the answer; return whether it makes sense to go on with this source."""
        self._asked.add(request.request_id)
        try:
            reply, answer = self.module.request(self.session, request)
        except Oversized as error:
            self._remember(request, error.rows or self.config.sources[self.source].limits.rows_per_call)
            return True
        except Refused as error:
            self.reasons[str(error)] = None
            if self.ledger and error.until and not isinstance(error, QuotaSpent):
                self.ledger.close(error.until)
            return request.kind in PRELIMINARY
        except Broken as error:
            self.reasons[str(error)] = None
            self._failures += 1
            return self._failures < TOO_OFTEN
        self._failures = 0
        origin = self.session.address
        media_type = reply.media_type or "application/json"
        if record := self.store.put(request, reply.body, answer, origin=origin, media_type=media_type):
            self.arrived(record)
        self.received.append((request, answer))
        return True

    def _figures(self) -> str:
        rows = sum(answer.rows for request, answer in self.received if request.kind not in PRELIMINARY)
        return f"{rows:,} rows" + (f", quota left {self.ledger.left():,}" if self.ledger else "")

    def _remember(self, request: Request, rows: int) -> None:
        with locked(self._log) as log:
            append(log, {"request_id": request.request_id, "scope": asdict(request.scope), "rows": rows})

    def _oversized(self) -> list[Oversize]:
        if not self._log.exists():
            return []
        with locked(self._log) as log:
            return [Oversize(scope_in(entry["scope"]), entry["rows"]) for entry in entries(log) if entry]

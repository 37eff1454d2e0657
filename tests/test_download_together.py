"""Several sources answer at the same time; of each one only one call is open, and never before its pause is over."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from standin.clock import Clock
from standin.server import Page, StandIn
from standin.study import corridor, write_study

from chipflows.config import Config, load_config
from chipflows.errors import Incomplete
from chipflows.paths import Paths
from chipflows.raw.records import Answer, Request, Scope
from chipflows.raw.store import Store
from chipflows.sources import download
from chipflows.sources.http import Reply, Session
from chipflows.sources.planner import Oversize

SOURCES = ("fx", "hkma", "uk_hmrc")
CALLS, PAUSE, WORK = 5, 3, 1
"""Calls of each source; seconds, on a clock that only pauses move, from one to the next and until its answer."""

PATIENCE = 30.0
"""Seconds after which a call to another source counts as one that never comes."""


class Echo(StandIn):
    """Answers with the path."""

    def answer(self, path: str, parameters: dict[str, str]) -> Page:
        return Page(f"answer {path}".encode())


class Held(Echo):
    """Holds every call until each source has one open, and notes where one has two or another has none."""

    def __init__(self, all_open: threading.Barrier) -> None:
        super().__init__()
        self.all_open, self.line, self.wrong = all_open, threading.Lock(), set[str]()

    def answer(self, path: str, parameters: dict[str, str]) -> Page:
        if not self.line.acquire(blocking=False):
            self.wrong.add("two calls open at once")
            self.all_open.abort()
            return super().answer(path, parameters)
        try:
            self.all_open.wait(PATIENCE)
            time.sleep(0.02)  # room for a second call of the same source, if there ever were one
        except threading.BrokenBarrierError:
            self.wrong.add("a source waited for another to end")
        finally:
            self.line.release()
        return super().answer(path, parameters)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of the sessions: each source asks from a thread of its own."""
    clock = Clock()
    monkeypatch.setattr("chipflows.sources.http.time", clock)
    return clock


def asked_of(source: str, clock: Clock, moments: list[float]) -> SimpleNamespace:
    """A source's module with the verbs that a download uses, over real HTTP; notes when each call was made."""

    def plan(
        config: Config, store: Store, *, today: date, refresh: bool = False, oversized: Sequence[Oversize] = ()
    ) -> list[Request]:
        wanted = [Request(source, "rates", (("page", str(at)),), Scope(), label=str(at)) for at in range(CALLS)]
        return [one for one in wanted if store.newest(one.request_id) is None]

    def request(session: Session, asked: Request) -> tuple[Reply, Answer]:
        address = f"{session.address}/{asked.label}"
        found = session.get(address, judge=lambda reply: (reply, Answer("data", 1)))
        moments.append(clock.now)
        clock.now += WORK
        return found

    return SimpleNamespace(plan=plan, request=request)


@pytest.fixture
def moments(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[float]]:
    """When each source was asked, in seconds since its first call."""
    found: dict[str, list[float]] = {source: [] for source in SOURCES}
    modules = {source: asked_of(source, clock, found[source]) for source in SOURCES}
    monkeypatch.setattr(download, "module_of", modules.__getitem__)
    return found


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    study = write_study(tmp_path, [corridor("russia_supply", ["*"], ["RUS"], ["export"])], "2021-01", "2022-12")
    sources = study.config / "sources.toml"
    sources.write_text(
        re.sub(r"(?m)^seconds_between_calls = .*$", f"seconds_between_calls = {PAUSE}", sources.read_text())
    )
    profile = study.config / "profiles" / "live.toml"
    profile.write_text(profile.read_text().replace('["comtrade"]', str(list(SOURCES)).replace("'", '"')))
    return study


def test_sources_answer_at_the_same_time_each_within_its_own_limits(
    paths: Paths, moments: dict[str, list[float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    all_open = threading.Barrier(len(SOURCES))
    with Held(all_open) as one, Held(all_open) as two, Held(all_open) as three:
        servers: dict[str, Held] = dict(zip(SOURCES, (one, two, three), strict=True))
        for source, server in servers.items():
            monkeypatch.setenv(f"CHIPFLOWS_{source.upper()}_URL", server.address)
        said = download.run(paths, load_config(paths.config))
    assert [line.partition(":")[0] for line in said.splitlines()] == list(SOURCES), "the order of the profile"
    for source, server in servers.items():
        assert server.wrong == set(), source
        assert moments[source] == [PAUSE * at for at in range(CALLS)], f"{source}: not when its pause was over"
    assert len(list(Store(paths.raw).records())) == CALLS * len(SOURCES)


@pytest.mark.usefixtures("moments")
def test_an_error_in_one_source_ends_only_its_own_turn(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    with Echo() as server:
        for source in SOURCES:
            monkeypatch.setenv(f"CHIPFLOWS_{source.upper()}_URL", server.address)
        paths.raw.mkdir(parents=True)
        (paths.raw / "hkma").write_text("where a folder should be")
        with pytest.raises(Incomplete, match=r"hkma.* can't be written"):
            download.run(paths, load_config(paths.config))
    held = [record.source for record in Store(paths.raw).records()]
    assert sorted(held) == ["fx"] * CALLS + ["uk_hmrc"] * CALLS

"""Several sources answer at the same time; of each one only one call is open, and never before its pause is over."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
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
CALLS, PAUSE, WORK = 5, 0.12, 0.08
LATE = 0.005
"""A stand-in notes a call a little later than the session made it, once more and once less."""


class Slow(StandIn):
    """Takes its time, and notes when each call began and ended."""

    def __init__(self) -> None:
        super().__init__()
        self.spans: list[tuple[float, float]] = []

    def answer(self, path: str, parameters: dict[str, str]) -> Page:
        start = time.monotonic()
        time.sleep(WORK)
        self.spans.append((start, time.monotonic()))
        return Page(f"answer {path}".encode())


def asked_of(source: str) -> SimpleNamespace:
    """A source's module with the verbs that a download uses, over real HTTP."""

    def plan(
        config: Config, store: Store, *, today: date, refresh: bool = False, oversized: Sequence[Oversize] = ()
    ) -> list[Request]:
        wanted = [Request(source, "rates", (("page", str(at)),), Scope(), label=str(at)) for at in range(CALLS)]
        return [one for one in wanted if store.newest(one.request_id) is None]

    def request(session: Session, asked: Request) -> tuple[Reply, Answer]:
        address = f"{session.address}/{asked.label}"
        return session.get(address, judge=lambda reply: (reply, Answer("data", 1)))

    return SimpleNamespace(plan=plan, request=request)


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    study = write_study(tmp_path, [corridor("russia_supply", ["*"], ["RUS"], ["export"])], "2021-01", "2022-12")
    sources = study.config / "sources.toml"
    sources.write_text(
        re.sub(r"(?m)^seconds_between_calls = .*$", f"seconds_between_calls = {PAUSE}", sources.read_text())
    )
    profile = study.config / "profiles" / "live.toml"
    profile.write_text(profile.read_text().replace('["comtrade"]', str(list(SOURCES)).replace("'", '"')))
    modules = {source: asked_of(source) for source in SOURCES}
    monkeypatch.setattr(download, "module_of", modules.__getitem__)
    return study


def test_sources_answer_at_the_same_time_each_within_its_own_limits(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Slow() as one, Slow() as two, Slow() as three:
        servers = dict(zip(SOURCES, (one, two, three), strict=True))
        for source, server in servers.items():
            monkeypatch.setenv(f"CHIPFLOWS_{source.upper()}_URL", server.address)
        said = download.run(paths, load_config(paths.config))
    assert [line.partition(":")[0] for line in said.splitlines()] == list(SOURCES), "the order of the profile"
    for source, server in servers.items():
        spans = sorted(server.spans)
        assert len(spans) == CALLS, source
        for (start, end), (later, _) in pairwise(spans):
            assert later >= end, f"{source}: two calls open at once"
            assert later - start >= PAUSE - LATE, f"{source}: asked again before its pause was over"
    turns = [(min(server.spans)[0], max(server.spans)[1]) for server in servers.values()]
    assert max(start for start, _ in turns) < min(end for _, end in turns), "a source waited for another to end"
    together = max(end for _, end in turns) - min(start for start, _ in turns)
    assert together < 0.6 * sum(end - start for start, end in turns)
    assert len(list(Store(paths.raw).records())) == CALLS * len(SOURCES)


def test_an_error_in_one_source_ends_only_its_own_turn(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    with Slow() as server:
        for source in SOURCES:
            monkeypatch.setenv(f"CHIPFLOWS_{source.upper()}_URL", server.address)
        paths.raw.mkdir(parents=True)
        (paths.raw / "hkma").write_text("where a folder should be")
        with pytest.raises(Incomplete, match=r"hkma.* can't be written"):
            download.run(paths, load_config(paths.config))
    held = [record.source for record in Store(paths.raw).records()]
    assert sorted(held) == ["fx"] * CALLS + ["uk_hmrc"] * CALLS

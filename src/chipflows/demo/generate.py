"""Answers everything the sources would be asked, from the synthetic world, and stores it as if it had been received."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, time
from functools import partial
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import cast

from chipflows.config import Config, Source
from chipflows.demo import wire_comext, wire_ecb, wire_hkma, wire_hongkong, wire_uk, wire_us
from chipflows.demo.brought import BROUGHT, NoSuchFlow, body_of
from chipflows.demo.published import Statistics
from chipflows.demo.settings import Revision, Settings, load_settings
from chipflows.demo.wire_comtrade import Comtrade
from chipflows.demo.world import World
from chipflows.errors import UsageError
from chipflows.paths import Paths
from chipflows.raw.records import Answer, Request
from chipflows.raw.store import Store
from chipflows.sources import module_of, reader_of
from chipflows.sources.http import Oversized
from chipflows.sources.planner import Oversize

Answering = Callable[[Request], tuple[bytes, Answer]]

JSON, CSV = "application/json", "text/csv"
MEDIA_TYPES = {".json": JSON, ".xml": "application/xml"}
PRELIMINARY = ("availability", "count")
HOUR = time(6, tzinfo=UTC)
SHAPED_BY = ("economies.csv", "hs_codes.csv", "hs_links.csv", "project.toml", "published_facts.csv", "sources.toml")
"""Configuration beside the demo's own settings that makes another world, or another plan of what is asked of it."""


class Keyed(Source):
    """A source as it is planned for a person with a key, whether or not this person has one."""

    def key(self) -> str:
        return "demo"


def generate(paths: Paths, config: Config, settings: Settings | None = None, no_effect: bool = False) -> str:
    """Return a line per source, after answering from the world what its plan asks and the store does not hold.

    `no_effect`: a world in which supply falls and nobody responds, to see that the verdict then says so.

    Files of another world (other settings, other code) are taken out first: they were made, not received. Raises
    `UsageError` for a profile that is not synthetic, so that made-up figures never lie beside received ones.
    """
    if not config.profile(paths.profile).is_synthetic:
        raise UsageError(f"profile {paths.profile} is not for made-up figures: write `chipflows --profile demo demo`")
    config = replace(config, sources={name: keyed(source) for name, source in config.sources.items()})
    settings = settings or load_settings(config.folder)
    settings = replace(settings, backfill=0.0) if no_effect else settings
    mark = f"demo {identity(config.folder, settings)}"
    discard_others(paths.raw, mark)
    return Generator(paths, config, Statistics(World(config, settings)), mark).run()


def keyed(source: Source) -> Source:
    return Keyed(**{one.name: getattr(source, one.name) for one in fields(source)})


def identity(folder: Path, settings: Settings) -> str:
    """Return what tells one world from another: a hash of its settings, the configuration it reads, and its code."""
    digest = hashlib.sha256(repr(settings).encode())
    for path in [*(folder / name for name in SHAPED_BY), *sorted(Path(__file__).parent.glob("*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def discard_others(folder: Path, mark: str) -> None:
    """Delete what another world left in the store: bodies, records, and what was made of them."""
    store = Store(folder)
    for record in list(store.records()):
        own = re.search(r"\bdemo [0-9a-f]{12}\b", record.origin)
        if own and own[0] != mark:
            store.discard(record)


@dataclass
class Generator:
    """One run: answers are stored as they are made, and counted."""

    paths: Paths
    config: Config
    statistics: Statistics
    mark: str
    rows: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.settings, self.store = self.statistics.settings, Store(self.paths.raw)
        self.revisions = list(self.settings.revision)

    def run(self) -> str:
        answering: dict[str, tuple[Answering, str]] = {
            "fx": (partial(wire_ecb.answer, self.settings), CSV),
            "hkma": (partial(wire_hkma.answer, self.settings), JSON),
            "comtrade": (Comtrade(self.statistics).answer, JSON),
            "eurostat_comext": (partial(wire_comext.answer, self.statistics), CSV),
            "hongkong_censtatd": (partial(wire_hongkong.answer, self.statistics), JSON),
            "uk_hmrc": (partial(wire_uk.answer, self.statistics), JSON),
            "us_census": (partial(wire_us.answer, self.statistics), JSON),
        }
        sources = self.config.profile(self.paths.profile).sources
        for source in sources:
            if source in answering:
                self.answer_all(source, *answering[source])
            elif source not in BROUGHT:
                raise UsageError(f"the demo can't answer for {source}: take it out of profile {self.paths.profile}")
        absent = []
        for one in self.settings.brought:
            try:
                if one.source in sources:
                    self.bring(one.file, one.source, partial(body_of, self.statistics, one))
            except NoSuchFlow:
                if self.settings.backfill >= 1:
                    raise
                absent.append(f"{one.file}: left out, without a response there is no such flow")
        if not self.files:
            return f"profile {self.paths.profile} holds this world already ({self.mark})"
        return "\n".join(
            [*(f"{name}: {self.files[name]} files, {self.rows[name]:,} rows" for name in sources), *absent]
        )

    def answer_all(self, source: str, answering: Answering, media_type: str) -> None:
        """Store answers until the plan asks for nothing more; an answer at the cap is planned again in parts."""
        oversized: list[Oversize] = []
        plan = partial(module_of(source).plan, self.config, self.store, today=self.settings.retrieved)
        while todo := plan(oversized=oversized):
            first = [request for request in todo if request.kind in PRELIMINARY]
            for request in first or todo:
                try:
                    body, answer = answering(request)
                except Oversized as error:
                    oversized.append(Oversize(request.scope, error.rows or 0))
                else:
                    revised = self.revisions_of(request, answer)
                    received = max((one.retrieved for one in revised), default=self.settings.retrieved)
                    self.put(request, body, answer, self.mark, media_type, received)
                    if revised:
                        self.put_before(request, revised)

    def revisions_of(self, request: Request, answer: Answer) -> tuple[Revision, ...]:
        """Return the revisions that an answer holds; each is told once."""
        revised = [
            one
            for one in self.revisions
            if one.corridor in request.corridor.split("+") and one.period in (request.scope.periods or ())
        ]
        revised = revised if answer.outcome == "data" else []
        self.revisions = [one for one in self.revisions if one not in revised]
        return tuple(revised)

    def put_before(self, request: Request, revised: tuple[Revision, ...]) -> None:
        """Store what the source had said at first; last, so that a plan never takes it for the answer in force."""
        body, answer = Comtrade(self.statistics, revised).answer(request)
        # A store of its own: for this one the newer vintage stays the one in force.
        then = datetime.combine(self.settings.retrieved, HOUR)
        Store(self.paths.raw).put(request, body, answer, origin=self.mark, retrieved_at=then)

    def bring(self, file: str, source: str, make: Callable[[], bytes]) -> None:
        """Store a file that a person brought, unless it is held."""
        origin = f"file: {file} ({self.mark})"
        if not any(record.origin == origin for record in self.store.held(source)):
            with cast(BufferedReader, BytesIO(make())) as opened:
                for request, body, answer in reader_of(source)(file, opened, self.config):
                    media_type = MEDIA_TYPES.get(Path(file).suffix, CSV)
                    self.put(request, body, answer, origin, media_type, self.settings.imported)

    def put(self, request: Request, body: bytes, answer: Answer, origin: str, media_type: str, received: date) -> None:
        moment = datetime.combine(received, HOUR)
        self.store.put(request, body, answer, origin=origin, media_type=media_type, retrieved_at=moment)
        self.files[request.source] += 1
        self.rows[request.source] += answer.rows if request.kind != "count" else 0

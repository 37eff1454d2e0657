"""One module per source, each with the same verbs; `http` is the one session for all, `download` what asks them all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Protocol, cast

from chipflows.config import Config
from chipflows.errors import UsageError
from chipflows.raw.inbox import Reader, whole
from chipflows.raw.records import Answer, Request

if TYPE_CHECKING:
    from chipflows.raw.store import Store
    from chipflows.sources.http import Reply, Session
    from chipflows.sources.planner import Oversize


class SourceModule(Protocol):
    """What `download` and `import` need of a source's module."""

    def plan(
        self, config: Config, store: Store, *, today: date, refresh: bool = False, oversized: Sequence[Oversize] = ()
    ) -> list[Request]:
        """Return what is still to be asked, given what the store holds; never what it holds already.

        `refresh` also asks again what the source may have revised. `oversized` are the boxes that turned out to be
        larger than one answer: a request must not contain one of them whole. Requests of a kind other than `data` are
        asked first, then the plan is made anew, so that it can rest on them.
        """

    def request(self, session: Session, request: Request) -> tuple[Reply, Answer]:
        """Return the reply to a request and what its check (the session's judge, so that it is retried) found."""

    def check(self, request: Request, body: bytes) -> Answer:
        """Return what a body holds; raises `Broken`, `Refused` or `Oversized`, see `http.Session.get`."""

    def read_file(self, name: str, body: bytes, config: Config) -> list[tuple[Request, Answer]]:
        """Return the request that a file a person brought answers; raises `UsageError` if it is no such file."""


def module_of(source: str) -> SourceModule:
    """Return the module of a source; raises `UsageError` for a name that has none."""
    if source not in names():
        raise UsageError(f"no source is called {source!r}: use one of {', '.join(names())}")
    return cast(SourceModule, import_module(f"chipflows.sources.{source}"))


def names() -> tuple[str, ...]:
    """Return the sources: the modules beside this one that read files; one without `plan` can't be asked by program."""
    found = {one.name: import_module(f"chipflows.sources.{one.name}") for one in iter_modules(__path__)}
    return tuple(name for name, module in found.items() if {"read_file", "read_archive"} & vars(module).keys())


def reader_of(source: str) -> Reader:
    """Return the function that reads files a person brought from a source; raises `UsageError` for an unknown one.

    A source whose file is too large to be held, or holds many answers, offers `read_archive` in place of `read_file`.
    """
    module = module_of(source)
    archive: Reader | None = getattr(module, "read_archive", None)
    return archive or whole(module.read_file)

"""Bodies brought into their typed form while a download goes on, so that the build after it starts from Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Protocol

from chipflows.errors import CheckFailed
from chipflows.paths import Paths
from chipflows.warehouse.files import raw_file
from chipflows.warehouse.typed import holds_rows, parse, staging_sql


class Arrived(Protocol):
    """What is told of every record that was stored."""

    def __call__(self, record: Any, /) -> None: ...


@contextmanager
def typing(paths: Paths) -> Iterator[Arrived]:
    """Yield what takes the record of a stored body and writes its typed form beside it, on one thread of its own.

    Raises `Incomplete` at the end if a typed form could not be written. A body that its SQL can't read is left as it
    is: the build reads it again and says what is wrong with it.
    """

    def write(record: Any) -> None:
        file = raw_file(asdict(record), paths.raw)
        if holds_rows(file):
            try:
                parse(file, staging_sql(file, paths.sql))
            except CheckFailed:
                return

    work: list[Future[None]] = []
    with ThreadPoolExecutor(1) as worker:
        yield lambda record: work.append(worker.submit(write, record))
    for one in work:
        one.result()

"""Bad input: fuzzed bodies through every source's parser; each is read, or refused in words."""

from __future__ import annotations

import random
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from types import FrameType

import duckdb

from chipflows.config import Config, load_config
from chipflows.errors import CheckFailed, ChipflowsError
from chipflows.paths import PROJECT
from chipflows.raw.records import Answer, Request
from chipflows.raw.store import Store
from chipflows.warehouse.files import raw_file
from chipflows.warehouse.typed import KINDS, holds_rows, parse, staging_sql
from torture.row import Row
from torture.seeds import Accepted, Seed, seeds
from torture.victim import CONTEXT

LONGEST = 60
"""Seconds that one body may take."""

TOKENS = (
    *(b",", b";", b'"', b"'", b"\n", b"\r", b"\t", b"\x00", b"{", b"}", b"[", b"]", b"<", b">", b"&", b"%", b"\\"),
    *(b"NaN", b"Infinity", b"-1", b"1e999", b"1e-999", b"null", b"true", b"0" * 50, b"9" * 5000, b"-", b"-0", b"0x10"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", "٣".encode(), "²".encode(), b"\\ud800", b"&#0;", b"<!--", b"]]>"),
    *(
        b"[" * 3000,
        b'{"a":' * 3000,
        b"<a>" * 3000,
        b'<!DOCTYPE a [<!ENTITY b "c">]>',
        b"&b;",
        b"../../etc/passwd",
        b"=1+1",
    ),
)


STAGED = 250
"""One in how many trials, at most, ends in the staging of a body that was accepted."""


@dataclass(frozen=True)
class Found:
    """What a parser did with its share of bodies, and the staging with some of those that were read."""

    tried: int
    read: int
    staged: int
    refused: int
    faults: tuple[str, ...]


class Hangs(BaseException):
    """A parser took longer than any body can need."""


def rows(folder: Path, trials: int) -> Iterator[Row]:
    """Yield a row per source: `trials` bodies each, mutated from answers that are whole."""
    found = list(seeds(folder))
    with ProcessPoolExecutor(2, mp_context=CONTEXT) as pool:
        named = [(source, Row(f"fuzzed bodies: {source}", trials)) for source, _ in found]
        jobs = [pool.submit(partial(fuzz, trials=trials), of) for _, of in found]
        for (_, row), job in zip(named, jobs, strict=True):
            result = job.result()
            row.tried, row.lost = result.tried, list(result.faults)
            row.note = f"{result.read:,} read, {result.tried - result.read:,} refused"
            row.note += f"; of {result.staged:,} staged {result.refused:,} refused there"
            yield row


def fuzz(seeds: list[Seed], trials: int) -> Found:
    """Return what became of mutated bodies; the first of every kind of fault is told."""
    config, draw, read, faults = load_config(PROJECT / "config"), random.Random(17), 0, dict[str, str]()
    ends = Counter[str]()
    signal.signal(signal.SIGALRM, hang)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(trials):
            seed = seeds[number % len(seeds)]
            kind, body = mutated(seed, seeds, draw)
            fault, accepted = trial(seed, kind, body, config)
            read += bool(accepted)
            if accepted and not fault and ends.total() < max(5, trials // STAGED):
                end, fault = staged(*accepted[0], Path(folder))
                ends[end] += 1
            if fault:
                faults.setdefault(fault.split(":")[0], f"{seed.source}: {kind}: {fault} in {body[:200]!r}")
    return Found(trials, read, ends.total(), ends["refused"], tuple(faults.values()))


def trial(seed: Seed, kind: str, body: bytes, config: Config) -> tuple[str, list[Accepted]]:
    """Return what is wrong with how a body was met, and what was read of it."""
    signal.alarm(LONGEST)
    try:
        accepted = seed.parse(body, config)
    except ChipflowsError as error:
        return ("" if str(error).strip() else "refused without a word"), []
    except Hangs:
        return f"took more than {LONGEST} s", []
    except Exception as error:  # noqa: BLE001 (a traceback is the finding)
        return f"{type(error).__name__}: {str(error)[:100]}", []
    finally:
        signal.alarm(0)
    if kind == "cut" and seed.is_closed:
        return "a body cut in the middle was read", accepted
    return next((fault for *_, answer in accepted if (fault := unsound(answer))), ""), accepted


def staged(request: Request, body: bytes, answer: Answer, folder: Path) -> tuple[str, str]:
    """Return how the staging of an accepted body ended, and what was wrong with that.

    It may refuse a body, or tell other rows or another total than the parser, which a build's checks refuse.
    """
    record = Store(folder).put(request, body, answer, origin="torture")
    file = raw_file(asdict(record), folder) if record else None
    if file is None or not holds_rows(file):
        return "empty", ""
    try:
        path = parse(file, staging_sql(file, PROJECT / "sql"))
    except CheckFailed as error:
        return "refused", "" if file.file_id in str(error) else f"refused without its name: {error}"
    except Exception as error:  # noqa: BLE001 (a traceback is the finding)
        return "failed", f"staging {type(error).__name__}: {str(error)[:100]}"
    if KINDS[file.kind] != "flows":
        return "read", ""
    ask = "select coalesce(sum(lines), 0), coalesce(sum(value_native), 0) from read_parquet(?)"
    [(lines, total)] = duckdb.execute(ask, [str(path)]).fetchall()
    agrees = lines == answer.rows and abs(total - Decimal(answer.total)) <= Decimal("0.0005") * max(1, lines)
    return "read" if agrees else "refused", ""


def unsound(answer: Answer) -> str:
    """Return what can't be true of an answer, whatever was in its body."""
    if answer.outcome not in ("data", "empty") or answer.rows < 0 or (answer.outcome == "empty" and answer.rows):
        return f"an impossible answer: {answer}"
    try:
        is_sum = not answer.total or Decimal(answer.total).is_finite()
    except InvalidOperation:
        is_sum = False
    return "" if is_sum else f"a total that is no number: {answer.total[:40]}"


def hang(number: int, frame: FrameType | None) -> None:
    raise Hangs


def mutated(seed: Seed, others: list[Seed], draw: random.Random) -> tuple[str, bytes]:
    """Return a body with one to three changes, and the kind of a single one."""
    kinds = list(MUTATIONS)
    body, many = seed.body, draw.choice((1, 1, 2, 3))
    kind = ""
    for _ in range(many):
        kind = draw.choice(kinds)
        body = MUTATIONS[kind](body or b" ", draw)
    return (kind if many == 1 else f"{many} changes"), body


def place(body: bytes, draw: random.Random) -> tuple[int, int]:
    at = draw.randrange(len(body))
    return at, min(len(body), at + 1 + int(draw.expovariate(0.05)))


def flip(body: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(body))
    return body[:at] + bytes([body[at] ^ 1 << draw.randrange(8)]) + body[at + 1 :]


def cut(body: bytes, draw: random.Random) -> bytes:
    return body[: draw.randrange(max(1, len(body.rstrip())))]


def drop(body: bytes, draw: random.Random) -> bytes:
    start, end = place(body, draw)
    return body[:start] + body[end:]


def repeat(body: bytes, draw: random.Random) -> bytes:
    start, end = place(body, draw)
    return body[:end] + body[start:end] * draw.choice((1, 2, 100)) + body[end:]


def put_in(body: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(body) + 1)
    return body[:at] + draw.choice(TOKENS) + body[at:]


def put_over(body: bytes, draw: random.Random) -> bytes:
    start, end = place(body, draw)
    return body[:start] + draw.choice(TOKENS) + body[end:]


def new_digit(body: bytes, draw: random.Random) -> bytes:
    digits = [at for at, one in enumerate(body[:4000]) if 48 <= one <= 57]
    if not digits:
        return flip(body, draw)
    at = draw.choice(digits)
    return body[:at] + draw.choice((b"0", b"9", b"", b"-", b".", b"e", b"99999999999999999999")) + body[at + 1 :]


def swap_lines(body: bytes, draw: random.Random) -> bytes:
    lines = body.splitlines(keepends=True)
    draw.shuffle(lines)
    return b"".join(lines)


MUTATIONS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    one.__name__: one for one in (flip, cut, drop, repeat, put_in, put_over, new_digit, swap_lines)
}

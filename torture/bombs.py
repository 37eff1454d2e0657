"""Bombs: small files that unpack to gigabytes, and a line of 200 MB; refused in words, in bounded memory."""

from __future__ import annotations

import gzip
import os
import resource
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from chipflows.paths import Paths
from torture.crash import command, home_of, prepare
from torture.row import Row
from torture.victim import CONTEXT, live

MEMORY = 3 * 2**30
"""Bytes of address space in which every refusal must fit."""

HUGE = 2**30
LINE = 200 * 2**20
ZEROS = bytes(2**20)


def gzip_bomb(place: Path) -> None:
    with gzip.open(place, "wb", compresslevel=9) as file:
        for _ in range(HUGE // len(ZEROS)):
            file.write(ZEROS)


def nested_gzip(place: Path) -> None:
    gzip_bomb(place)
    place.write_bytes(gzip.compress(place.read_bytes()))


def zip_bomb(place: Path, member: str = "eurofxref-hist.csv") -> None:
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(member, "w") as file:
        for _ in range(HUGE // len(ZEROS)):
            file.write(ZEROS)


def lying_zip(place: Path) -> None:
    """A zip whose directory says that the bomb in it is small."""
    zip_bomb(place)
    body = bytearray(place.read_bytes())
    at = body.rindex(b"PK\x01\x02")
    body[at + 24 : at + 28] = (100).to_bytes(4, "little")
    place.write_bytes(bytes(body))


def long_line(place: Path) -> None:
    with place.open("wb") as file:
        file.write(b"DATAFLOW,LAST UPDATE,freq\n")
        for _ in range(LINE // len(ZEROS)):
            file.write(b"1" * len(ZEROS))
        file.write(b"\n")


def baci_line(place: Path) -> None:
    member = "BACI_HS17_Y2021_V202601.csv"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(member, "w") as file:
        file.write(b"t,i,j,k,v,q\n")
        for _ in range(HUGE // len(ZEROS)):
            file.write(b"1" * len(ZEROS))


def deep_json(place: Path) -> None:
    place.write_bytes(b'{"count":1,"data":' + b"[" * 50 * 2**20)


def device(place: Path) -> None:
    place.symlink_to("/dev/zero")


BOMBS: list[tuple[str, str, Callable[[Path], None]]] = [
    ("fx", "zero.csv", device),
    ("eurostat_comext", "bomb.csv.gz", gzip_bomb),
    ("eurostat_comext", "nested.csv.gz", nested_gzip),
    ("fx", "eurofxref-hist.zip", zip_bomb),
    ("fx", "lying.zip", lying_zip),
    ("eurostat_comext", "line.csv", long_line),
    ("comtrade", "line.json", long_line),
    ("china_gacc", "gacc_export_2022_8542.csv", long_line),
    ("taiwan_customs", "line.csv", long_line),
    ("comtrade_web", "line.csv", long_line),
    ("baci", "BACI_HS17_V202601.zip", baci_line),
    ("comtrade", "deep.json", deep_json),
]


def rows(folder: Path, trials: int) -> Iterator[Row]:
    """Yield one row: `trials` bombs, at most all, brought by `import`, in a process with little memory."""
    row = Row("bombs, links, lines of 200 MB", min(trials, len(BOMBS)))
    paths, most = prepare(folder), 0
    for source, name, make in BOMBS[:trials]:
        place = folder / name
        make(place)
        code, said, memory = bring(paths, source, place)
        most = max(most, memory)
        place.unlink()
        refused = code == 2 and "refused" in said and "Traceback" not in said
        row.count([] if refused else [f"{make.__name__} for {source}: ended with {code}: {said[-300:]}"])
    row.note = f"most memory {most / 2**20:,.0f} MB"
    yield row


def bring(paths: Paths, source: str, place: Path) -> tuple[int | None, str, int]:
    """Return exit code, words and largest memory (bytes) of an import."""
    said = paths.home / "said"
    words = command(paths, "import", source, str(place))
    told = CONTEXT.Queue()
    process = CONTEXT.Process(target=confined, args=(words, home_of(paths), str(said), told), daemon=True)
    process.start()
    memory = told.get(timeout=300)
    process.join()
    return process.exitcode, said.read_text(), memory


def confined(words: list[str], environment: dict[str, str], said: str, told: object) -> None:
    """Run a command in a child with bounded memory, and tell how much the child took."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        live(words, environment, said)
    _, status = os.waitpid(child, 0)
    told.put(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)  # type: ignore[attr-defined]
    told.close()  # type: ignore[attr-defined]
    told.join_thread()  # type: ignore[attr-defined]
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)

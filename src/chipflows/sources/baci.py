"""BACI, the yearly trade that CEPII reconciles out of both sides' reports: an archive, cut down to the codes asked for.

The archive of a gigabyte stays with the person who brought it. What is stored of each year are the rows, as they stand
there, of the codes that configuration asks for. The record names the archive, its checksum and how many rows were left
out, so that the walk back ends at the archive.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Collection, Iterator
from decimal import Decimal
from io import BufferedReader
from typing import IO

from tqdm import tqdm

from chipflows.config import Config
from chipflows.errors import UsageError
from chipflows.raw.records import Answer, Request, Scope
from chipflows.sources.archives import DAMAGED

SOURCE = "baci"
FLOW = "export"

ARCHIVE = re.compile(r"BACI_HS(\d\d)_V(\d{6}[a-z]?)\.zip", re.ASCII)
"""How CEPII names an archive: edition of the codes, version (year and month, `b` marks a second issue)."""

HEADER = b"t,i,j,k,v,q"
NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d{1,2})?"
ROW = re.compile(rf"((\d{{4}}),(\d+),(\d+),\d{{1,6}}),({NUMBER}),(?: *(?:NA|{NUMBER}))?".encode())
"""Year, exporter, importer, code, value in thousands of dollars, tonnes or a padded `NA`."""

CHUNK = 2**20
LONGEST = 200
"""Characters of a row; a longer one means that this is no such file."""

THOUSAND = 1000


def read_archive(name: str, opened: BufferedReader, config: Config) -> Iterator[tuple[Request, bytes, Answer]]:
    """Yield a question, the rows that answer it and their control total for each year of an archive.

    Raises `UsageError` saying why the file is no archive of BACI, or is damaged; years before that are good.
    """
    named = ARCHIVE.fullmatch(name)
    if not named:
        raise UsageError(
            "is not named as CEPII names it, like BACI_HS17_V202601.zip: the name tells edition and version"
        )
    edition = edition_of(config, named[1])
    codes = [code for code in config.requested_codes() if len(code) == 6]
    digest = hashlib.file_digest(opened, "sha256").hexdigest()
    parameters = (("archive", name), ("sha256", digest), ("version", named[2]), ("edition", edition))
    try:
        with zipfile.ZipFile(opened) as archive:
            for year, member in tqdm(members(archive, named), SOURCE, unit="year", leave=False, disable=None):
                with archive.open(member) as stream:
                    rows, left_out = wanted_rows(stream, codes)
                answer = check(rows, year, member, config)
                asked = (("year", year), ("codes", ",".join(codes)), ("rows_left_out", str(left_out)))
                scope = Scope(flows=(FLOW,), codes=tuple(codes), periods=(year,))
                request = Request(SOURCE, "data", (*parameters, *asked), scope, label=f"{edition}-{year}")
                yield request, b"\n".join([HEADER, *rows, b""]), answer
    except DAMAGED as error:
        raise UsageError(f"is a damaged zip archive ({error}): download it again") from error


def edition_of(config: Config, digits: str) -> str:
    """Return the edition that an archive's name means; raises `UsageError` for one the configuration doesn't list."""
    for edition in config.project.hs_editions:
        if edition.title == f"HS20{digits}":
            return edition.id
    known = ", ".join(f"HS{edition.title[-2:]}" for edition in config.project.hs_editions)
    raise UsageError(f"is in HS{digits}; config/project.toml lists {known}: take one of those archives")


def members(archive: zipfile.ZipFile, named: re.Match[str]) -> list[tuple[str, str]]:
    """Return year and name of the tables of trade, in order; raises `UsageError` if there are none."""
    table = re.compile(rf"(?:.*/)?BACI_HS{named[1]}_Y(\d{{4}})_V{named[2]}\.csv", re.ASCII)
    found = sorted((match[1], match[0]) for match in map(table.fullmatch, archive.namelist()) if match)
    if not found:
        raise UsageError(f"holds no BACI_HS{named[1]}_Y2023_V{named[2]}.csv or other year: is it what its name says?")
    return found


def wanted_rows(stream: IO[bytes], codes: Collection[str]) -> tuple[list[bytes], int]:
    """Return the rows of some codes as they stand, and how many others there are; holds one chunk at a time.

    Raises `UsageError` for another header, and for what is no table.
    """
    if stream.readline(LONGEST).strip(b'\xef\xbb\xbf\r\n"') != HEADER:
        raise UsageError(f"a table doesn't start with {HEADER.decode()}: BACI has changed its form")
    # Who read the codes as numbers lost their leading zeros: both spellings are understood.
    wanted = {spelling.encode() for code in codes for spelling in (code, code.lstrip("0"))}
    rows, count = [], 0
    for lines in chunks_of_lines(stream):
        count += len(lines)
        try:
            rows += [line.rstrip(b"\r") for line in lines if line.split(b",", 4)[3] in wanted]
        except IndexError:
            raise UsageError("a table has a row without its six cells: download it again") from None
    return rows, count - len(rows)


def chunks_of_lines(stream: IO[bytes]) -> Iterator[list[bytes]]:
    """Yield the lines of a stream, many at a time; raises `UsageError` for one that is far too long."""
    rest = b""
    while chunk := stream.read(CHUNK):
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > LONGEST:
            raise UsageError("a table has rows that don't end: this is no table of BACI")
        yield lines
    if rest:
        yield [rest]


def check(rows: list[bytes], year: str, member: str, config: Config) -> Answer:
    """Return the number of rows and their value in dollars; raises `UsageError` naming the first row that is wrong."""
    known = {code.encode() for code in config.economies_by_code(SOURCE)}
    cells: set[bytes] = set()
    total = Decimal(0)
    for row in rows:
        found = ROW.fullmatch(row)
        if not found or found[2] != year.encode():
            problem = "is no row of BACI, or not of that year"
        elif not {found[3], found[4]} <= known:
            problem = (
                f"{found[3].decode()} or {found[4].decode()} is in no row of economies.csv, column comtrade: add it"
            )
        elif found[1] in cells:
            problem = "the cell stands twice"
        else:
            cells.add(found[1])
            total += Decimal(found[5].decode())
            continue
        raise UsageError(f"{member}, row {row.decode('utf-8', 'replace')!r}: {problem}")
    if not rows:
        raise UsageError(f"{member} holds none of the codes asked for")
    return Answer("data", len(rows), f"{total * THOUSAND:f}")

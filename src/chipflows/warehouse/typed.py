"""One typed Parquet file per body, beside its record: a body is parsed once, and again only when its SQL changes."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pyarrow as pa

from chipflows.errors import CheckFailed, Incomplete
from chipflows.warehouse.files import RawFile, plain, verify
from chipflows.warehouse.text import one_line

WORKERS = 2

MONEY = "decimal(20, 3)"
LAYOUTS = {
    "flows": {
        "row_number": "bigint",
        "lines": "integer",
        "reporter_code": "varchar",
        "partner_code": "varchar",
        "origin_code": "varchar",
        "flow_code": "varchar",
        "frequency": "varchar",
        "period": "date",
        "code": "varchar",
        "hs_edition": "varchar",
        "currency": "varchar",
        "value_native": MONEY,
        "weight_kg": MONEY,
        "quantity": MONEY,
        "quantity_unit_code": "varchar",
        "is_weight_estimated": "boolean",
        "is_quantity_estimated": "boolean",
        "reject_reason": "varchar",
    },
    "availability": {
        "reporter_code": "varchar",
        "period": "date",
        "frequency": "varchar",
        "hs_edition": "varchar",
        "first_released": "timestamp",
        "last_released": "timestamp",
    },
    "rates": {"currency": "varchar", "period": "date", "units_per_eur": "decimal(18, 10)", "days": "bigint"},
}
"""Columns of the staging tables, in order; a staging file must select at least these."""

KINDS = {"data": "flows", "availability": "availability", "rates": "rates"}
"""Which staging table a kind of request fills; other kinds (counts) hold no rows."""


def staging_sql(file: RawFile, folder: Path) -> str:
    """Return the SQL that reads a body; raises `CheckFailed` if there is none for its source and kind."""
    path = folder / "staging" / (f"{file.source}.sql" if file.kind == "data" else f"{file.source}_{file.kind}.sql")
    if not path.exists():
        raise CheckFailed(f"{file.body}: no {path.name} to read it with; was it imported under the right source?")
    return path.read_text(encoding="utf-8")


def typed_name(file: RawFile, sql: str) -> str:
    """Return how the name of a body's typed form begins: another body, SQL or set of columns gives another one."""
    key = hashlib.sha256(f"{file.sha256}\n{sql}\n{LAYOUTS[KINDS[file.kind]]}".encode()).hexdigest()[:8]
    return f"{file.file_id}.{key}"


def typed_copies(files: Iterable[RawFile]) -> dict[str, Path]:
    """Return the typed forms that lie beside the bodies, by the beginning of their names."""
    places = {file.body.parent for file in files}
    return {path.name.rsplit(".", 2)[0]: path for place in places for path in place.glob("*.parquet")}


def is_whole(path: Path) -> bool:
    """Say whether a typed form still holds what was written: its name ends with a hash of its bytes."""
    return path.name.split(".")[-2] == digest(path)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def holds_rows(file: RawFile) -> bool:
    return file.kind in KINDS and file.outcome != "empty"


def parse_all(
    files: Sequence[RawFile], sql_folder: Path, say: Callable[[str], None]
) -> tuple[dict[str, list[Path]], int]:
    """Return the typed files by staging table, and how many were parsed now.

    Every body's checksum is verified first, parsed before or not, and so is that of its typed form: one that was
    changed is made again. Raises `CheckFailed` naming a body that was changed or that its staging SQL can't read.
    """
    copies = typed_copies(files)
    work: list[tuple[RawFile, str, Path | None]] = []
    for file in files:
        verify(file)
        if holds_rows(file):
            sql = staging_sql(file, sql_folder)
            copy = copies.get(typed_name(file, sql))
            work.append((file, sql, copy if copy and is_whole(copy) else None))
    new = sum(copy is None for *_, copy in work)
    say(f"{len(work)} bodies verified, {new} to parse")
    with ThreadPoolExecutor(WORKERS) as workers:
        paths = list(workers.map(lambda one: one[2] or parse(one[0], one[1]), work))
    found: dict[str, list[Path]] = {table: [] for table in LAYOUTS}
    for (file, *_), path in zip(work, paths, strict=True):
        found[KINDS[file.kind]].append(path)
    return found, new


def parse(file: RawFile, sql: str) -> Path:
    """Write the typed form of a body, aside and renamed, and return it; forms made before, or half made, go away."""
    columns = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in LAYOUTS[KINDS[file.kind]].items())
    name = typed_name(file, sql)
    aside = file.body.with_name(f".{name}.{os.getpid()}.part")
    with (
        tempfile.TemporaryDirectory(prefix="chipflows-") as folder,
        duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False}) as connection,
    ):
        try:
            give_body(connection, plain(file, verify(file)), sql, Path(folder))
            # What a body doesn't say of itself, such as the direction of a hand export, stands in its request.
            connection.execute("set variable parameters = ?", [json.dumps(file.record["parameters"])])
            connection.execute(
                f"copy (select {literal(file.file_id)} as file_id, {literal(file.source)} as source, "
                f"{literal(file.record['request_id'])} as request_id, {columns} from ({sql})) "
                f"to {literal(str(aside))} (format parquet, compression zstd, compression_level 1)"
            ).fetchall()
            path = file.body.with_name(f"{name}.{digest(aside)}.parquet")
            os.replace(aside, path)
        except duckdb.IOException as error:
            raise Incomplete(f"{aside} can't be written: {one_line(error)}") from error
        except (duckdb.Error, pa.ArrowInvalid) as error:
            reason = str(error).replace(str(body_in(Path(folder))), "the body").splitlines()[0]
            raise CheckFailed(f"{file.body}: not as {file.source} sends it: {reason}") from error
        finally:
            aside.unlink(missing_ok=True)
    halves = [half for half in path.parent.glob(f".{file.file_id}.*.part") if not is_being_written(half)]
    for old in {*path.parent.glob(f"{file.file_id}.*.parquet"), *halves} - {path}:
        old.unlink(missing_ok=True)
    return path


def body_in(folder: Path) -> Path:
    return folder / "body"


def give_body(connection: duckdb.DuckDBPyConnection, body: bytes, sql: str, folder: Path) -> None:
    """Give a body to its SQL: readers of CSV get a file in `folder`, all others the table `received` of one text.

    A text is handed over where it lies, in place of written, read back and copied. Raises `ArrowInvalid` if it is not
    UTF-8.
    """
    if "getvariable('body')" in sql:
        body_in(folder).write_bytes(body)
        connection.execute("set variable body = ?", [str(body_in(folder))])
    else:
        ends = pa.array([0, len(body)], pa.int64()).buffers()[1]
        content = pa.LargeStringArray.from_buffers(1, ends, pa.py_buffer(body))
        content.validate(full=True)
        connection.register("received", pa.table({"content": content}))


def is_being_written(half: Path) -> bool:
    """Say whether the process that a half file is named by still lives: a build as of another day reads here too."""
    try:
        os.kill(int(half.name.split(".")[-2]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"

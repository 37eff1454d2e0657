"""Bodies that once ended in a traceback: each is refused in words."""

from __future__ import annotations

import errno
import gzip
import io
import os
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from offices import whole_config

from chipflows.__main__ import main
from chipflows.errors import ChipflowsError, UsageError
from chipflows.sources import baci, fx, hkma
from chipflows.sources.comtrade_body import check_moments, read_envelope, summed
from chipflows.sources.json_body import read_json
from chipflows.sources.korea_customs import read_items
from chipflows.sources.replies import Broken, Refused, Reply

DEEP = b"[" * 100_000


def test_an_exponent_that_no_decimal_holds_is_not_whole_json() -> None:
    with pytest.raises(ValueError, match="is not"):
        read_json(b'[{"MonthId": 202e999999999999999999991}]')


def test_a_name_that_stands_twice_is_not_whole_json() -> None:
    with pytest.raises(ValueError, match="is not"):
        read_json(b'[{"NetMass": 1, "NetMass": 2}]')


@pytest.mark.parametrize("moment", ["2024-21-05T10:53:32", "2024-01-05D10:53:32", "20", None, 20240105])
def test_a_list_of_releases_with_a_moment_that_is_none_is_refused(moment: object) -> None:
    """It would be stored, and every plan that rests on it would end in a traceback."""
    row = {"firstReleased": "2024-01-05T10:53:32.8266667", "lastReleased": "2024-01-05T10:53:32"}
    check_moments([row])
    with pytest.raises(Refused, match=r"row 2: lastReleased .* is no moment"):
        check_moments([row, row | {"lastReleased": moment}])


def test_an_amount_that_no_table_holds_is_refused() -> None:
    assert summed([{"primaryValue": Decimal("1e16")}]) == "10000000000000000.000"
    for value in (Decimal("1e17"), -(10**17), Decimal("1e999")):
        with pytest.raises(Refused, match="is no amount"):
            summed([{"primaryValue": value}])


def test_json_nested_deeper_than_any_figure_is_not_whole_json() -> None:
    for read in (read_json, read_envelope):
        with pytest.raises(ValueError, match="is not"):
            read(DEEP)
    with pytest.raises(Broken, match="not JSON"):
        Reply(200, {}, DEEP).json()
    with pytest.raises(UsageError):
        hkma.read_file("a.json", b'{"header":' + DEEP, whole_config())


@pytest.mark.parametrize(
    "body",
    [
        b'<?xml version="1.0" encoding="UTF-."?><response/>',
        b'<?xml version="1.0" encoding="utf-7"?><response/>',
        b'<!DOCTYPE a [<!ENTITY b "' + b"c" * 99 + b'">]><response>' + b"&b;" * 9 + b"</response>",
    ],
    ids=["no encoding", "one that XML doesn't take", "entities"],
)
def test_strange_xml_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"XML|result"):
        read_items(body)


def lines(levels: int) -> bytes:
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(levels))
    return f'<!DOCTYPE a [<!ENTITY e0 "lol">{entities}]><response>&e{levels};</response>'.encode()


def test_entities_that_grow_without_end_are_refused() -> None:
    with pytest.raises(ValueError, match=r"is not \(whole\) XML: limit on input amplification"):
        read_items(lines(12))


def damaged_zip(name: str, content: bytes) -> bytes:
    """A zip whose directory points before its beginning."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()[9:]


def test_a_zip_that_points_before_its_beginning_is_a_damaged_one() -> None:
    with pytest.raises(UsageError, match="damaged zip archive"):
        fx.unzipped(b"PK\x03\x04" + damaged_zip("a.csv", b"Date,USD,\n"))
    body: Any = io.BytesIO(damaged_zip("BACI_HS17_Y2021_V202601.csv", b"t,i,j,k,v,q\n"))
    with pytest.raises(UsageError, match="damaged zip archive"):
        list(baci.read_archive("BACI_HS17_V202601.zip", body, whole_config()))


@pytest.mark.parametrize("name", ["../../evil.csv", "/etc/passwd", "a/b/../../../c.csv"])
def test_a_path_in_an_archive_leads_nowhere(name: str, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, b"Date,USD,\n2021-11-01,1.1,\n")
    found = fx.read_file("eurofxref-hist.zip", packed.getvalue(), whole_config())
    assert found[0][1].rows == 1
    assert list(tmp_path.iterdir()) == []


def test_a_body_that_unpacks_to_another_packing_is_not_unpacked_for_ever() -> None:
    with pytest.raises(ChipflowsError):
        fx.read_file("a.csv", gzip.compress(gzip.compress(b"Date,USD,\n")), whole_config())


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_is_full_or_takes_no_change_is_said_in_one_line(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(paths: object) -> str:
        raise OSError(number, os.strerror(number), "data/x")

    monkeypatch.setattr("chipflows.warehouse.verify.verify_profile", fail)
    assert main(["--profile", "none", "verify"]) == 3
    [line] = capsys.readouterr().err.splitlines()
    assert f"data/x can't be written or read ({os.strerror(number)})" in line
    assert "everything stored before is kept" in line

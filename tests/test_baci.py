"""BACI's archive: what is kept of it, in which units, and what is refused."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from chipflows.__main__ import main
from chipflows.config import Config, load_config
from chipflows.errors import UsageError
from chipflows.paths import PROJECT, find_paths
from chipflows.raw.store import Store
from chipflows.sources import baci

NAME = "BACI_HS17_V202601.zip"
HEADER = "t,i,j,k,v,q\n"
ROWS = {
    2021: "2021,156,643,854231,1234.567,    0.125\n2021,156,643,010121,9.000,    1.000\n"
    "2021,842,643,854231,5,       NA\n",
    2022: "2022,490,643,854140,1e+05,2\r\n2022,251,699,854232,0.412,\n2022,4,20,999999,1,1",
}


def table(year: int, hs: str = "17", version: str = "202601") -> str:
    return f"BACI_HS{hs}_Y{year}_V{version}.csv"


def zipped(folder: Path, tables: dict[str, str], name: str = NAME) -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, text in {"Readme.txt": "BACI", "country_codes_V202601.csv": "country_code\n", **tables}.items():
            archive.writestr(member, text)
    return path


def good(folder: Path) -> Path:
    return zipped(folder, {table(year): HEADER + rows for year, rows in ROWS.items()})


def read(path: Path, config: Config) -> list:
    with path.open("rb") as opened:
        return list(baci.read_archive(path.name, opened, config))


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(PROJECT / "config")


def test_each_year_keeps_its_rows_of_the_codes_and_counts_the_others(config: Config, tmp_path: Path) -> None:
    path = good(tmp_path)
    (first, body, answer), (second, _, other) = read(path, config)
    assert body == b"t,i,j,k,v,q\n2021,156,643,854231,1234.567,    0.125\n2021,842,643,854231,5,       NA\n"
    assert (answer.rows, Decimal(answer.total)) == (2, 1_239_567)
    assert (other.rows, Decimal(other.total)) == (2, 100_000_412)
    said = dict(first.parameters)
    assert said.pop("codes").split(",") == [code for code in config.requested_codes() if len(code) == 6]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert said == {
        "archive": NAME,
        "sha256": digest,
        "version": "202601",
        "edition": "H5",
        "year": "2021",
        "rows_left_out": "1",
    }
    assert dict(second.parameters)["rows_left_out"] == "1"
    assert (first.scope.reporters, first.scope.partners) == (None, None)
    assert (first.scope.flows, first.scope.periods) == (("export",), ("2021",))


def test_codes_that_lost_their_leading_zero_are_found(tmp_path: Path) -> None:
    rows = io.BytesIO((HEADER + "2021,4,8,10121,1,1\n2021,4,8,010121,1,1\n2021,4,8,110121,1,1").encode())
    kept, left_out = baci.wanted_rows(rows, ["010121"])
    assert (len(kept), left_out) == (2, 1)


@pytest.mark.parametrize("size", [20, 30, 64, 200])
def test_rows_are_whole_wherever_a_chunk_ends(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baci, "CHUNK", size)
    rows = [f"2021,156,{partner},854231,{partner}.5,    1.000" for partner in range(100, 140)]
    kept, left_out = baci.wanted_rows(io.BytesIO("\n".join([HEADER.strip(), *rows]).encode()), ["854231"])
    assert [row.decode() for row in kept] == rows
    assert left_out == 0


def test_the_name_tells_edition_and_version(config: Config, tmp_path: Path) -> None:
    name = "BACI_HS22_V202401b.zip"
    path = zipped(tmp_path, {table(2022, "22", "202401b"): HEADER + ROWS[2022]}, name)
    ((request, _, _),) = read(path, config)
    assert dict(request.parameters)["edition"] == "H6"
    assert dict(request.parameters)["version"] == "202401b"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("BACI_HS17_V202601(1).zip", "is not named as CEPII names it"),
        ("BACI_HS92_V202601.zip", "is in HS92; config/project.toml lists HS12, HS17, HS22"),
        ("BACI_HS22_V202601.zip", "holds no BACI_HS22_Y2023_V202601.csv"),
        ("BACI_HS17_V202501.zip", "holds no BACI_HS17_Y2023_V202501.csv"),
    ],
)
def test_an_archive_that_is_not_what_its_name_says(name: str, says: str, config: Config, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=says):
        read(good(tmp_path).rename(tmp_path / name), config)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("t,i,j,hs6,v,q\n" + ROWS[2021], "doesn't start with t,i,j,k,v,q"),
        (HEADER + "2021,156,999,854231,1,1\n", "156 or 999 is in no row of economies.csv, column comtrade"),
        (HEADER + "2022,156,643,854231,1,1\n", "is no row of BACI, or not of that year"),
        (HEADER + "2021,156,643,854231,,1\n", "is no row of BACI"),
        (HEADER + "2021,156,643,854231,-1,1\n", "is no row of BACI"),
        (HEADER + "2021,156,643,854231,1,1,1\n", "is no row of BACI"),
        (HEADER + "2021,156,643,854231,1,1\n2021,156,643,854231,2,1\n", "the cell stands twice"),
        (HEADER + "2021,156\n", "without its six cells"),
        (HEADER + "2021,156,643,010121,1,1\n", "holds none of the codes"),
        (HEADER + 3_000_000 * "0", "rows that don't end"),
        ("", "doesn't start with"),
    ],
)
def test_a_table_that_is_not_as_it_should_be(text: str, says: str, config: Config, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=says):
        read(zipped(tmp_path, {table(2021): text}), config)


@pytest.mark.parametrize("damage", [lambda body: body[:-40], lambda body: body[:200] + bytes(9) + body[209:]])
def test_a_damaged_archive(damage: Callable[[bytes], bytes], config: Config, tmp_path: Path) -> None:
    others = "".join(f"2021,156,643,{code:06},{code},1\n" for code in range(900))
    path = zipped(tmp_path, {table(2021): HEADER + ROWS[2021] + others})
    assert len(read(path, config)) == 1
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UsageError, match="damaged zip archive"):
        read(path, config)


@pytest.fixture
def query(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("CHIPFLOWS_HOME", str(tmp_path / "home"))

    def run(sql: str) -> list[tuple[str, ...]]:
        capsys.readouterr()
        assert main(["--profile", "mine", "query", sql, "--format", "csv"]) == 0
        return [tuple(row) for row in csv.reader(io.StringIO(capsys.readouterr().out))][1:]

    return run


def test_from_archive_to_yearly_flows(query, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = good(tmp_path)
    assert main(["--profile", "mine", "import", "baci", str(path)]) == 0
    assert main(["--profile", "mine", "import", "baci", str(path)]) == 0
    said = capsys.readouterr().out
    assert "stored, 4 rows in 2 answers" in said
    assert "same as held since" in said
    assert main(["--profile", "mine", "build"]) == 0
    sql = (
        "select reporter, partner, flow, period, hs6, hs_edition, value_usd, weight_kg, family "
        "from core.flows_yearly order by period, value_usd desc"
    )
    assert query(sql) == [
        ("CHN", "RUS", "export", "2021-01-01", "854231", "H5", "1234567.000", "125.000", "F854231"),
        ("USA", "RUS", "export", "2021-01-01", "854231", "H5", "5000.000", "", "F854231"),
        ("TWN", "RUS", "export", "2022-01-01", "854140", "H5", "100000000.000", "2000.000", "F854140"),
        ("FRA", "IND", "export", "2022-01-01", "854232", "H5", "412.000", "", "F854232"),
    ]
    assert query("select count(*) from core.flows") == [("0",)]


def test_a_later_version_speaks_for_all_it_covers(query, tmp_path: Path) -> None:
    """Also where it holds another edition, so that no trade is counted under an old and a new code."""
    (later := tmp_path / "later").mkdir()
    newer = zipped(later, {table(2022, "22"): HEADER + "2022,490,643,854142,70,1\n"}, "BACI_HS22_V202601.zip")
    assert main(["--profile", "mine", "import", "baci", str(good(tmp_path)), str(newer)]) == 0
    assert main(["--profile", "mine", "build"]) == 0
    assert query("select hs6, hs_edition, value_usd from core.flows_yearly where period = '2022-01-01'") == [
        ("854142", "H6", "70000.000")
    ]


def test_years_before_a_bad_one_are_kept_and_the_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHIPFLOWS_HOME", str(tmp_path / "home"))
    path = zipped(tmp_path, {table(2021): HEADER + ROWS[2021], table(2022): HEADER + "2022,156\n"})
    assert main(["--profile", "mine", "import", "baci", str(path)]) == 2
    assert "refused: a table has a row without its six cells: download it again; the 1 answers before it are kept" in (
        capsys.readouterr().out
    )
    (record,) = Store(find_paths("mine").raw).held("baci")
    assert json.loads(record.to_json())["parameters"]["year"] == "2021"

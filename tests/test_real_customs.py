"""Real customs files through the whole pipeline: EU exports of 8541 and 8542, official Eurostat values of January 2023.

The files are not part of the repository: `CHIPFLOWS_REAL` names the folder they lie in.
"""

from __future__ import annotations

import csv
import io
import os
import re
from pathlib import Path

import pytest

from chipflows.__main__ import main

REAL = Path(os.environ.get("CHIPFLOWS_REAL") or "absent")
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="CHIPFLOWS_REAL names no folder of real files")

# Recomputed from the same files with plain pandas: EUR by partner; 8541 then 8542, each 2020, 2021, 2022 to November.
TOTALS = {
    "ARM": (616, 8_034, 427_201, 145_844, 422_703, 4_481_770),
    "BLR": (2_608_281, 2_868_143, 1_473_458, 28_219_701, 30_841_478, 5_561_145),
    "GEO": (12_752, 15_441, 76_560, 603_725, 906_171, 2_129_317),
    "KGZ": (80, 90, 170_834, 43_849, 61_674, 1_682_167),
    "KAZ": (540_751, 110_717, 1_639_587, 6_680_892, 6_104_540, 14_680_782),
    "RUS": (52_414_705, 53_268_597, 17_285_636, 560_461_801, 622_191_497, 119_388_632),
    "UZB": (11_371, 7_767, 84_562, 513_428, 423_514, 916_778),
}
# Four integrated-circuit codes to Russia, EUR million.
CIRCUITS = {"2021-11": 77.03, "2021-12": 96.83, "2022-01": 53.08, "2022-02": 54.71, "2022-03": 3.09,
            "2022-04": 1.27, "2022-11": 0.08}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile of imported files only, built and rendered."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHIPFLOWS_HOME", str(home))
        files = sorted(str(path) for path in (REAL / "comext" / "sdmx").glob("*.csv"))
        assert len(files) == 3
        assert main(["--profile", "real", "import", "eurostat_comext", *files]) == 0
        assert main(["--profile", "real", "import", "fx", *map(str, (REAL / "fx").glob("*.zip"))]) == 0
        assert main(["--profile", "real", "build"]) == 0
        assert main(["--profile", "real", "render"]) == 0
    return home


@pytest.fixture
def query(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def run(sql: str) -> list[dict[str, str]]:
        monkeypatch.setenv("CHIPFLOWS_HOME", str(home))
        capsys.readouterr()
        assert main(["--profile", "real", "query", sql, "--format", "csv"]) == 0
        return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))

    return run


def test_euro_totals_are_exactly_the_published_ones(query) -> None:
    rows = query(
        "select partner, hs6[:4] as heading, year(period) as year, sum(value_native) as eur from core.flows"
        " where source = 'eurostat_comext' group by all"
    )
    found = {(row["partner"], row["heading"], row["year"]): float(row["eur"]) for row in rows}
    wanted = {
        (partner, heading, year): float(value)
        for partner, values in TOTALS.items()
        for (heading, year), value in zip(
            [(h, y) for h in ("8541", "8542") for y in ("2020", "2021", "2022")], values, strict=True
        )
    }
    assert found == wanted


def test_the_fall_of_march_2022_in_the_ic_core(query) -> None:
    rows = query(
        "select strftime(period, '%Y-%m') as month, sum(value_native) / 1e6 as eur_million from core.flows"
        " join core.groups using (family) where partner = 'RUS' and hs_group = 'ic_core' group by all"
    )
    found = {row["month"]: float(row["eur_million"]) for row in rows}
    assert {month: round(found[month], 2) for month in CIRCUITS} == CIRCUITS


def test_dollars_come_from_the_months_mean_rate(query) -> None:
    (row,) = query(
        "select sum(value_usd) / sum(value_native) as rate from core.flows"
        " where period = date '2022-03-01' and partner = 'RUS'"
    )
    assert float(row["rate"]) == pytest.approx(1.10190, abs=5e-6)


def test_families_these_files_do_not_hold_are_not_covered(query) -> None:
    rows = query(
        "select family, sum(case when is_covered then 1 else 0 end) as covered, count(value_usd) as numbers"
        " from marts.direct"
        " where reporter = 'DEU' and period between date '2020-01-01' and date '2021-12-01'"
        " and family in ('F854140', 'F854150', 'F854130', 'F854160', 'F854121') group by all"
    )
    found = {row["family"]: (int(row["covered"]), int(row["numbers"])) for row in rows}
    assert {family: found[family] for family in ("F854140", "F854150", "F854130", "F854160")} == dict.fromkeys(
        ("F854140", "F854150", "F854130", "F854160"), (0, 0)
    )
    assert found["F854121"] == (24, 24)


def test_no_before_and_after_for_what_is_not_covered(query) -> None:
    assert not query("select * from marts.before_after where family in ('F854140', 'F854150') and ratio is not null")


def test_page_three_shows_the_fall_and_the_rise(home: Path) -> None:
    page = (home / "reports" / "real" / "03_before_and_after.html").read_text()
    text = re.sub(r"<[^>]+>", " ", page)
    for name in ("Russia", "Kyrgyzstan", "Armenia", "Kazakhstan"):
        assert name in text
    assert "not covered" in text

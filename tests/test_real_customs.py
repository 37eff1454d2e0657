"""Real customs files through the whole pipeline: EU exports of 8541 and 8542, official Eurostat values of January 2023.

The files are not part of the repository: `CHIPFLOWS_REAL` names the folder they lie in.
"""

from __future__ import annotations

import csv
import io
import os
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from chipflows import table
from chipflows.__main__ import main
from chipflows.analysis import inputs
from chipflows.analysis.backfill import backfill
from chipflows.analysis.evidence import measures
from chipflows.analysis.verdict import judge
from chipflows.paths import find_paths

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


# EUR million of 8541 and 8542 together, March to November 2021 and 2022.
CHIPS = {"KGZ": (0.060, 1.853), "ARM": (0.33, 4.82), "KAZ": (4.97, 15.95), "RUS": (487.6, 18.2)}


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


def test_families_that_were_redrawn_are_named_as_not_or_partly_covered(query) -> None:
    rows = query(
        "select family, state, count(*) as months from marts.direct"
        " where reporter = 'DEU' and period between date '2020-01-01' and date '2021-12-01'"
        " and family in ('F854140', 'F854150') group by all"
    )
    found: dict[str, int] = {}
    for row in rows:
        assert row["state"] in ("partly_asked", "not_asked"), row
        found[row["family"]] = found.get(row["family"], 0) + int(row["months"])
    assert found == {"F854140": 24, "F854150": 24}


def test_no_code_break_for_what_is_not_covered(query) -> None:
    rows = query(
        "select family, count(change_usd) as changes, count(nomenclature_usd) as parts from marts.code_break"
        " where family in ('F854140', 'F854150', 'F854231') and supplier = 'coalition' group by all"
    )
    found = {row["family"]: (int(row["changes"]), int(row["parts"])) for row in rows}
    assert found["F854140"] == found["F854150"] == (0, 0)
    assert min(found["F854231"]) > 0


def test_a_code_that_kept_its_number_has_no_nomenclature_in_its_change(query) -> None:
    rows = query(
        "select change_usd, nomenclature_usd from marts.code_break where family = 'F854231' and change_usd is not null"
    )
    assert {float(row["nomenclature_usd"]) for row in rows} == {0}


def test_no_panel_holds_a_group_with_a_family_that_is_not_covered(query) -> None:
    (row,) = query(
        "select count(value_usd) as totals, count(panel_usd) as panels from marts.fixed_panel"
        " where hs_group in (select hs_group from core.groups where family in ('F854140', 'F854150') and is_whole)"
    )
    assert (int(row["totals"]), int(row["panels"])) == (0, 0)


def test_page_three_shows_the_fall_and_the_rise(home: Path) -> None:
    page = (home / "reports" / "real" / "03_before_and_after.html").read_text()
    text = re.sub(r"<[^>]+>", " ", page)
    for name in ("Russia", "Kyrgyzstan", "Armenia", "Kazakhstan"):
        assert name in text
    assert "not covered" in text


def test_the_loss_and_what_hubs_gained_stand_out_with_intervals(query) -> None:
    rows = query(
        "select partner as supplier, family, period, sum(value_native) as eur from core.flows where partner in"
        " ('RUS', 'KGZ', 'ARM', 'KAZ') group by all"
    )
    found = pd.DataFrame(rows).assign(
        period=lambda t: pd.to_datetime(t["period"]), eur=lambda t: t["eur"].astype(float)
    )
    keys = ["supplier", "family", "period"]
    # Every code was asked for in every month: what is absent was not traded.
    grid = pd.MultiIndex.from_product([found[key].unique() for key in keys], names=keys)
    panel = found.set_index(keys)["eur"].reindex(grid, fill_value=0).reset_index()
    hubs = {hub: [hub] for hub in ("KGZ", "ARM", "KAZ")}
    base, after = ("2021-03", "2021-11"), ("2022-03", "2022-11")
    row = backfill(panel, ["RUS"], hubs, base, after, measures={"value": "eur"}).set_index("group")
    before, now = CHIPS["RUS"]
    assert row.loc["KGZ", "loss"] * 9 / 1e6 == pytest.approx(before - now, abs=0.1)
    assert row.loc["KGZ", "loss_lo"] > 0.5 * row.loc["KGZ", "loss"]
    for hub in hubs:
        before, now = CHIPS[hub]
        assert row.loc[hub, "gain"] * 9 / 1e6 == pytest.approx(now - before, abs=0.011)
        assert 0 < row.loc[hub, "gain_lo"] < row.loc[hub, "gain"] < row.loc[hub, "gain_hi"]
        assert row.loc[hub, "lo"] < row.loc[hub, "ratio"] < row.loc[hub, "hi"] < 0.2


def test_the_verdict_on_china_is_that_nothing_can_be_said(home: Path) -> None:
    paths = replace(find_paths("real"), home=home)
    about = inputs.asked({name: table(place, paths) for name, place in inputs.TABLES.items()})
    panels = inputs.panels(table("marts.panel", paths), about, about.headline)
    criteria, verdicts = judge(measures(panels, about.question(about.headline)))
    china = verdicts[verdicts["supplier"] == "China"]
    assert set(china["sentence"]) == {"Can't say: no data for China."}
    rows = criteria[criteria["supplier"] == "China"].set_index("criterion")
    assert set(rows.loc["fall", "state"]) == {"met"}
    assert rows.drop(index="fall")["estimate"].isna().all()


def test_a_number_is_walked_back_to_the_lines_of_its_file(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHIPFLOWS_HOME", str(home))
    where = "reporter = 'DEU' and family = 'F854231' and period = '2021-11-01'"
    assert main(["--profile", "real", "trace", "marts.direct", "--where", where]) == 0
    text = capsys.readouterr().out
    assert "1 raw file" in text
    numbers = re.search(r"rows ([\d,–\s]+) of", text)
    assert numbers is not None
    places = [int(one.replace(",", "")) for one in re.findall(r"\d[\d,]*\d", numbers[1].replace("–", " "))]
    lines = (REAL / "comext" / "sdmx" / "DS-045409_8541-8542_exports_2021.csv").read_text().splitlines()[1:]
    for place in places:
        cell = lines[place - 1].split(",")
        assert (cell[3], cell[4], cell[5][:6], cell[7], cell[8]) == ("DE", "RU", "854231", "VALUE_IN_EUROS", "2021-11")

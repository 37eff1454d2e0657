"""Real files of China's customs and the European Central Bank through the whole pipeline, values known.

The files are not part of the repository: `CHIPFLOWS_REAL` names the folder they lie in.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from chipflows.__main__ import main

REAL = Path(os.environ.get("CHIPFLOWS_REAL") or "absent")
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="CHIPFLOWS_REAL names no folder of real files")

RUSSIA = (700_687, 860_132, 159_788, 4_154, 78_000, 480, 8_034, 15_366, 16_804, 16_296)
"""US dollars of 85177950 to Russia in January 2025, by trade mode and province."""


@pytest.mark.parametrize("encoding", ["utf8", "gb18030"])
def test_an_export_and_the_daily_rates_become_right_values(
    encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHIPFLOWS_HOME", str(tmp_path))
    file = shutil.copy(REAL / "gacc" / f"export_85177950_2025_usd_rows.{encoding}.csv", tmp_path)
    assert main(["--profile", "real", "import", "china_gacc", str(file)]) == 0
    assert main(["--profile", "real", "import", "fx", *map(str, (REAL / "fx").glob("*.zip"))]) == 0
    assert main(["--profile", "real", "build"]) == 0

    def ask(sql: str) -> list[dict[str, str]]:
        capsys.readouterr()
        assert main(["--profile", "real", "query", sql, "--format", "csv"]) == 0
        return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))

    (cell,) = ask("select hs6, value_usd, currency, flow from core.flows where partner = 'RUS'")
    assert (cell["hs6"], cell["currency"], cell["flow"]) == ("851779", "USD", "export")
    assert Decimal(cell["value_usd"]) == sum(RUSSIA)
    (rate,) = ask("select usd_per_unit from core.rates where currency = 'EUR' and period = '2022-03-01'")
    assert round(float(rate["usd_per_unit"]), 5) == 1.1019
    # The walk back ends at the file.
    assert main(["--profile", "real", "trace", "core.flows", "--where", "partner = 'RUS'"]) == 0
    assert Path(file).name in capsys.readouterr().out

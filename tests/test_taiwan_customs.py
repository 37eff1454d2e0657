"""Hand exports of Taiwan's customs: both forms of the file with all their quirks, and what is refused."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from chipflows.__main__ import main
from chipflows.config import Config, load_config
from chipflows.errors import UsageError
from chipflows.paths import PROJECT
from chipflows.sources import taiwan_customs

NOTES = "「實施資訊保護貨品」(稅號含英文字母者)；另「D」指該欄位資料受到資訊保護。\n詳情請參考常見問答。\n"
CHINESE = "進出口別,日期,貨品號列,中文貨名,英文貨名,國家,美元(千元),重量(公噸)\n"
ENGLISH = "Imports/Exports,Time,Commodity Code,Description of Good,Country(Area),Value(USD$ 1000)\n"
TOTAL = "出口總值(含復出口)"


def chinese(
    country: str = "俄羅斯", value: str = "12", weight: str = "0.005", *, flow: str = TOTAL, time: str = "111年3月",
    code: str = "854231",
) -> str:  # fmt: skip
    return f"{flow},{time},{code},處理?及控制器, Processors and controllers,{country},{value},{weight}\n"


def english(
    country: str = "Russian Federation", value: str = "12", *, flow: str = "Exports", time: str = "2022/3"
) -> str:  # fmt: skip
    return f'{flow},{time},854231, "Smart cards",{country},{value}\n'


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(PROJECT / "config")


def staged(body: bytes, config: Config, tmp_path: Path) -> list[dict]:
    """What staging makes of an export, once it is out of the encoding that its reading found."""
    ((request, answer),) = taiwan_customs.read_file("a.csv", body, config)
    path = tmp_path / "body.csv"
    path.write_text(body.decode(answer.encoding), encoding="utf-8", newline="")
    with duckdb.connect() as connection:
        connection.execute("set variable body = ?", [str(path)])
        connection.execute("set variable parameters = ?", [json.dumps(dict(request.parameters))])
        found = connection.sql((PROJECT / "sql" / "staging" / "taiwan_customs.sql").read_text()).to_arrow_table()
    rows = found.to_pylist()
    assert [row["row_number"] for row in rows] == list(range(1, answer.rows + 1))
    assert sum(row["value_native"] or 0 for row in rows) == Decimal(answer.total)
    return rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp950"])
def test_the_chinese_form_in_any_encoding(encoding: str, config: Config, tmp_path: Path) -> None:
    body = (NOTES + CHINESE + chinese() + chinese("香港", "0", "0", time="111年12月(初步值)")).encode(encoding)
    ((request, answer),) = taiwan_customs.read_file("a.csv", body, config)
    assert (answer.rows, answer.total) == (2, "12000")
    assert (request.scope.reporters, request.scope.partners) == (("TWN",), ("HKG", "RUS"))
    assert (request.scope.flows, request.scope.codes) == (("export",), ("854231",))
    assert request.scope.periods == ("2022-03", "2022-12")
    russia, hong_kong = staged(body, config, tmp_path)
    assert (russia["value_native"], russia["weight_kg"], russia["currency"]) == (12_000, 5, "USD")
    assert (russia["period"], russia["frequency"]) == (date(2022, 3, 1), "M")
    assert (hong_kong["period"], hong_kong["weight_kg"]) == (date(2022, 12, 1), 0)


def test_the_english_form_with_broken_letters_quotes_and_commas(config: Config, tmp_path: Path) -> None:
    body = ENGLISH + english("T?rkiye", '"1,234,567"') + english("Türkiye", "3", time="2022/04")
    body += english("T\ufffdrkiye", "4", time="2022/5(preliminary)") + english("C?te d'Ivoire", "1", time="2022")
    found = staged(body.encode(), config, tmp_path)
    economies = config.economies_by_code("taiwan_customs")
    assert [economies[row["partner_code"]] for row in found] == ["TUR", "TUR", "TUR", "CIV"]
    assert [row["value_native"] for row in found] == [1_234_567_000, 3_000, 4_000, 1_000]
    assert [(row["frequency"], row["period"].month) for row in found] == [("M", 3), ("M", 4), ("M", 5), ("A", 1)]
    assert {row["weight_kg"] for row in found} == {None}


@pytest.mark.parametrize(
    ("time", "period"),
    [("111年1月", "2022-01"), ("99年12月", "2010-12"), ("111年", "2022"), ("2022/1", "2022-01"), ("111/01", "2022-01")],
)
def test_years_of_the_republic_and_western_years(time: str, period: str, config: Config, tmp_path: Path) -> None:
    body = (CHINESE + chinese(time=time)).encode()
    ((request, _),) = taiwan_customs.read_file("a.csv", body, config)
    assert request.scope.periods == (period,)
    (row,) = staged(body, config, tmp_path)
    assert str(row["period"]).startswith(period)
    assert row["frequency"] == ("A" if len(period) == 4 else "M")


@pytest.mark.parametrize(
    ("column", "sent", "kilos"),
    [
        ("重量(公噸)", "0.005", 5),
        ("重量(公噸)", '"1,200"', 1_200_000),
        ("重量(公斤)", '"1,200"', 1_200),
        ("重量（公斤）", "7", 7),
        ("Weight(TNE)", "2", 2_000),
        ("Weight(KGM)", "2", 2),
        ("Weight (KGM)", "0", None),
        ("重量(公噸)", "D", None),
    ],
)
def test_the_unit_of_weight_is_that_of_the_column(
    column: str, sent: str, kilos: int | None, config: Config, tmp_path: Path
) -> None:
    body = CHINESE.replace("重量(公噸)", column) + chinese(weight=sent)
    assert [row["weight_kg"] for row in staged(body.encode(), config, tmp_path)] == [kilos]


def test_quantities_of_finer_codes(config: Config, tmp_path: Path) -> None:
    header = CHINESE.replace("重量(公噸)", "數量(限11碼貨品),數量單位")
    body = header + chinese(weight='"1,500",PCE', code="85423100005") + chinese(weight=",", code="8542")
    found = staged(body.encode(), config, tmp_path)
    assert [(row["quantity"], row["quantity_unit_code"]) for row in found] == [(1500, "PCE"), (None, None)]


def test_what_customs_withholds_is_rejected_and_counted_once(config: Config, tmp_path: Path) -> None:
    body = (
        CHINESE
        + chinese()
        + chinese("香港", "D", "D")
        + chinese("資訊保護國別", "40")
        + chinese(code="8542A", value="9")
    )
    found = staged(body.encode(), config, tmp_path)
    reasons = [row["reject_reason"] or "" for row in found]
    assert [reason.partition(",")[0] for reason in reasons] == [
        "",
        "value withheld by customs",
        "collective name of confidential countries",
        "collective code of confidential goods",
    ]
    assert sum(row["value_native"] for row in found if not row["reject_reason"]) == 12_000


def test_without_a_column_of_countries_it_is_the_world(config: Config, tmp_path: Path) -> None:
    body = ENGLISH.replace(",Country(Area)", "") + english().replace(",Russian Federation", "")
    ((request, _),) = taiwan_customs.read_file("a.csv", body.encode(), config)
    assert request.scope.partners == ("W00",)
    assert [row["partner_code"] for row in staged(body.encode(), config, tmp_path)] == ["合計"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (CHINESE + chinese("亞特蘭提斯"), "country '亞特蘭提斯' is in no row of economies.csv, column taiwan or"),
        (CHINESE + chinese(flow="轉口"), r"'轉口' is no flow in sources.toml, \[taiwan_customs.flows\]"),
        (CHINESE + chinese(time="111年1月~111年3月"), "is neither one month nor one year: choose 按月"),
        (CHINESE + chinese(time="111年13月"), "is neither one month"),
        (CHINESE + chinese(value="-"), "row 1, value: '-' is not a number"),
        (CHINESE + chinese(value="12,5"), "9 cells, the header has 8"),
        (CHINESE + chinese(value='"12,5"'), "'12,5' is not a number"),
        (CHINESE + chinese() + chinese(), "row 2: .* stands twice"),
        (CHINESE + chinese() + chinese(code="85423100005"), "holds 854231 and parts of it"),
        (CHINESE + chinese(code="8542.31"), "'8542.31' is no commodity code"),
        (CHINESE.replace("美元", "新臺幣") + chinese(), r"column 美元\(千元\) is missing"),
        (CHINESE.replace("重量(公噸)", "淨重") + chinese(), "column '淨重' is unknown"),
        (CHINESE.replace("重量(公噸)", "數量(限11碼貨品),數量單位") + chinese(weight="1,XYZ"), "'XYZ' is no unit"),
        (CHINESE.replace("中文貨名", "國家") + chinese(), "a column stands twice"),
        (CHINESE, "holds no rows"),
        (CHINESE + chinese().rstrip("\n"), "cut off"),
        (6 * "note\n" + CHINESE + chinese(), "has no header that starts with 進出口別 or Imports/Exports"),
        ("<html></html>\n", "has no header"),
    ],
)
def test_what_is_refused_and_how(body: str, says: str, config: Config) -> None:
    with pytest.raises(UsageError, match=says):
        taiwan_customs.read_file("a.csv", body.encode(), config)


def test_bytes_that_are_no_text_are_refused(config: Config) -> None:
    with pytest.raises(UsageError, match="in neither UTF-8 nor Big5"):
        taiwan_customs.read_file("a.csv", b"\xff\xfe\x00", config)


@pytest.fixture
def query(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable:
    monkeypatch.setenv("CHIPFLOWS_HOME", str(tmp_path / "home"))

    def run(sql: str) -> list[tuple[str, ...]]:
        capsys.readouterr()
        assert main(["--profile", "mine", "query", sql, "--format", "csv"]) == 0
        return [tuple(row) for row in csv.reader(io.StringIO(capsys.readouterr().out))][1:]

    return run


def test_from_file_to_flows(query: Callable, tmp_path: Path) -> None:
    """Both forms, eleven digits added up to six, the newer vintage in force, re-exports apart, a year beside months."""
    first, second, third = (tmp_path / name for name in ("first.csv", "second.csv", "third.csv"))
    parts = chinese(code="85423100005", value="7") + chinese(code="85423100014", value="5", weight="0.001")
    again = chinese(code="85423100005", value="2", flow="復出口")
    first.write_bytes(
        (NOTES + CHINESE + parts + again + chinese("資訊保護國別", "40", code="85423100005")).encode("cp950")
    )
    second.write_text(ENGLISH + english("Hong Kong", "90", time="2022") + english("Hong Kong", "30"))
    third.write_text(ENGLISH + english("Hong Kong", "31"))
    assert main(["--profile", "mine", "import", "taiwan_customs", str(first), str(second), str(third)]) == 0
    assert main(["--profile", "mine", "build"]) == 0
    sql = "select partner, flow, value_usd, weight_kg, period from core.{} where reporter = 'TWN' order by 1, 2"
    assert query(sql.format("flows")) == [
        ("HKG", "export", "31000.000", "", "2022-03-01"),
        ("RUS", "export", "12000.000", "6.000", "2022-03-01"),
        ("RUS", "re_export", "2000.000", "5.000", "2022-03-01"),
    ]
    assert query(sql.format("flows_yearly")) == [("HKG", "export", "90000.000", "", "2022-01-01")]
    assert query("select lands_in, rows, value_native from marts.rejections order by 1") == [
        ("rejected", "1", "40000.000"),
        ("superseded", "1", "30000.000"),
    ]

"""Hand exports of China's customs: the form of the file with all its quirks, and what is refused."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from worlds import JANUARY, World

from chipflows.config import Config, load_config
from chipflows.errors import CheckFailed, UsageError
from chipflows.paths import PROJECT
from chipflows.sources import china_gacc, fx

HEADER = (
    '"数据年月","商品编码","商品名称","贸易伙伴编码","贸易伙伴名称","贸易方式编码","贸易方式名称",'
    '"第一数量","第一计量单位","第二数量","第二计量单位","美元",\n'
)
ROW = (
    '"202203","85423100","处理器","{partner}","{name}","{mode}","一般贸易",'
    '"{units}","个","{kilos}","{unit}","{value}",\n'
)


def row(partner="344", name="俄罗斯", mode="10", units="12", kilos="3", unit="千克", value="1,234,567") -> str:
    return ROW.format(partner=partner, name=name, mode=mode, units=units, kilos=kilos, unit=unit, value=value)


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(PROJECT / "config")


def staged(body: str, config: Config, tmp_path: Path, name: str = "gacc_export_2022_8542.csv") -> list[dict]:
    """What staging makes of an export, through the parameters its reading yields."""
    ((request, _),) = china_gacc.read_file(name, body.encode(), config)
    path = tmp_path / "body.csv"
    path.write_text(body, encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute("set variable body = ?", [str(path)])
        connection.execute("set variable parameters = ?", [json.dumps(dict(request.parameters))])
        found = connection.sql((PROJECT / "sql" / "staging" / "china_gacc.sql").read_text()).to_arrow_table()
    return found.to_pylist()


def test_every_quirk_of_the_form(config: Config, tmp_path: Path) -> None:
    body = HEADER + row() + row(mode="39", value="400") + row("408", "玻利维亚\n", kilos="0", unit="?", value="12,032")
    ((request, answer),) = china_gacc.read_file("gacc_export_2022_8542.csv", body.encode("gb18030"), config)
    assert (answer.rows, answer.total, answer.encoding) == (3, "1246999", "gb18030")
    assert request.scope.reporters == ("CHN",)
    assert request.scope.partners == ("BOL", "RUS")
    assert request.scope.flows == ("export",)
    assert request.scope.codes == ("854231",)
    assert request.scope.periods == ("2022-03",)
    found = staged(body, config, tmp_path)
    assert [(one["partner_code"], one["value_native"], one["currency"]) for one in found] == [
        ("344", Decimal(1234967), "USD"),
        ("408", Decimal(12032), "USD"),
    ]
    # Trade modes are added up; a quantity that was not asked for is none.
    assert [(one["weight_kg"], one["quantity"], one["quantity_unit_code"], one["lines"]) for one in found] == [
        (6, 24, "个", 2),
        (None, 12, "个", 1),
    ]


def test_the_currency_is_that_of_the_column(config: Config, tmp_path: Path) -> None:
    body = HEADER.replace("美元", "人民币") + row(value="7,000")
    assert [(one["currency"], one["value_native"]) for one in staged(body, config, tmp_path)] == [
        ("CNY", Decimal(7000))
    ]


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("gacc_2022.csv", HEADER + row(), "put `export` or `import` in its name"),
        ("gacc_export.csv", HEADER.replace("贸易伙伴编码", "伙伴") + row(), "column 贸易伙伴编码 is missing"),
        ("gacc_export.csv", HEADER + row() + row(), "stands twice"),
        ("gacc_export.csv", HEADER + row().replace("202203", "202201-202203"), "tick 分月展示"),
        ("gacc_export.csv", HEADER + row(value="12.34.5"), "is not a number"),
        ("gacc_export.csv", HEADER + row(partner="999"), "partner 999"),
        ("gacc_export.csv", HEADER, "holds no rows"),
        ("gacc_export.csv", HEADER + row().rstrip("\n"), "cut off"),
        ("gacc_export.csv", "<html>", "cut off"),
        ("gacc_export.csv", HEADER.replace(',"第一数量"', ',"第三数量"') + row(), "column 第一数量 is missing"),
        ("gacc_export.csv", HEADER + "".join(row(mode=f"{at:05}") for at in range(10_000)), "may have cut it"),
    ],
)
def test_what_is_refused_and_how(name: str, body: str, says: str, config: Config) -> None:
    with pytest.raises(UsageError, match=says):
        china_gacc.read_file(name, body.encode(), config)


def brought(world: World, name: str, body: str) -> None:
    """Store an export as `import` does, in the encoding of the page."""
    content = body.encode("gb18030")
    for request, answer in china_gacc.read_file(name, content, world.config):
        world.put(request, content, answer, JANUARY, media_type="text/csv")


def test_from_file_to_flows(tmp_path: Path) -> None:
    """Two currencies, trade modes added up, a name over two lines, no unit, the world's partner codes of two kinds."""
    world = World(tmp_path)
    daily = b"Date,USD,CNY,\n2022-03-01,1.1,7.7,\n"
    for request, answer in fx.read_file("eurofxref-hist.csv", daily, world.config):
        world.put(request, daily, answer, JANUARY, media_type="text/csv")
    export = (
        HEADER + row() + row(mode="39", value="400") + row("110", "中国\n香港", kilos="0", unit="?", value="12,032")
    )
    brought(world, "gacc_export_2022_8542.csv", export)
    brought(world, "gacc_import_2022_8542.csv", HEADER.replace("美元", "人民币") + row(value="7,700"))
    world.build()
    sql = (
        "select partner, flow, value_usd, value_native, currency, weight_kg, quantity, quantity_unit from core.flows"
        " where source = 'china_gacc' order by 1, 2"
    )
    assert world.ask(sql) == [
        ("HKG", "export", 12_032, 12_032, "USD", None, 12, "u"),
        ("RUS", "export", 1_234_967, 1_234_967, "USD", 6, 24, "u"),
        ("RUS", "import", 1_100, 7_700, "CNY", 3, 12, "u"),
    ]


def test_an_unknown_unit_stops_the_build_with_its_row(tmp_path: Path) -> None:
    world = World(tmp_path)
    brought(world, "gacc_export_2022_8542.csv", HEADER + row() + row("110", "中国香港").replace("个", "桶"))
    with pytest.raises(CheckFailed, match=r"(?s)unknown_unit.*桶"):
        world.build()


@pytest.mark.skipif("CHIPFLOWS_REAL" not in os.environ, reason="CHIPFLOWS_REAL names no folder of real files")
def test_the_recorded_form_reads_alike_in_both_encodings(config: Config, tmp_path: Path) -> None:
    folder = Path(os.environ["CHIPFLOWS_REAL"]) / "gacc"
    utf8, gb18030 = (folder / f"export_85177950_2025_usd_rows.{encoding}.csv" for encoding in ("utf8", "gb18030"))
    ((asked, answer),) = china_gacc.read_file(utf8.name, utf8.read_bytes(), config)
    ((same, other),) = china_gacc.read_file(gb18030.name, gb18030.read_bytes(), config)
    assert (asked, answer.total, answer.rows) == (same, other.total, other.rows)
    assert other.encoding == "gb18030"
    sent = [line for line in china_gacc.rows(utf8.read_bytes()) if line["贸易伙伴编码"] == "344"]
    assert [line["美元"] for line in sent[:2]] == ["700,687", "860,132"]
    found = staged(utf8.read_text(encoding="utf-8"), config, tmp_path, utf8.name)
    january = [one for one in found if (one["partner_code"], str(one["period"])) == ("344", "2025-01-01")]
    own = [int(line["美元"].replace(",", "")) for line in sent if line["数据年月"] == "202501"]
    assert [(one["value_native"], one["lines"]) for one in january] == [(sum(own), len(own))]
    assert sum(one["value_native"] for one in found) == Decimal(answer.total)

"""CSV files saved from the Comtrade page: the same rows as the API in another dress."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from worlds import JANUARY, World

from chipflows.config import Config, load_config
from chipflows.errors import UsageError
from chipflows.paths import PROJECT
from chipflows.sources import comtrade_web
from chipflows.sources.comtrade_body import COLUMNS

ROW = dict.fromkeys(COLUMNS, "") | {
    "typeCode": "C",
    "freqCode": "M",
    "period": "202203",
    "reporterCode": "156",
    "reporterDesc": "China",
    "flowCode": "X",
    "partnerCode": "643",
    "partner2Code": "0",
    "classificationCode": "H6",
    "classificationSearchCode": "HS",
    "cmdCode": "854231",
    "cmdDesc": 'Circuits; "processors", côte',
    "customsCode": "C00",
    "mosCode": "0",
    "motCode": "0",
    "qtyUnitCode": "5",
    "qty": "10",
    "isQtyEstimated": "False",
    "netWgt": "0",
    "isNetWgtEstimated": "true",
    "primaryValue": "1234.5675",
}


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(PROJECT / "config")


def saved(*rows: dict[str, str], tail: str = ",") -> str:
    """The page's CSV: every cell quoted, data rows with one comma more than the header."""
    lines = [",".join('"' + (ROW | row)[name].replace('"', '""') + '"' for name in COLUMNS) + tail for row in rows]
    return "\n".join([",".join(COLUMNS), *lines, ""])


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-8-sig"])
def test_any_of_its_encodings_gives_the_same_answer(encoding: str, config: Config) -> None:
    body = saved({}, {"period": "202204", "primaryValue": "7"}).encode(encoding)
    ((request, answer),) = comtrade_web.read_file("web.csv", body, config)
    assert (request.source, request.scope.periods) == ("comtrade_web", ("2022-03", "2022-04"))
    assert (request.scope.reporters, request.scope.partners) == (("CHN",), ("RUS",))
    assert (answer.rows, answer.total) == (2, "1241.568")
    assert body.decode(answer.encoding).endswith(",\n")


def test_staging_reads_it_as_it_reads_the_api(config: Config, tmp_path: Path) -> None:
    path = tmp_path / "web.csv"
    path.write_text(saved({}, {"motCode": "1000", "primaryValue": "1000"}), encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute("set variable body = ?", [str(path)])
        sql = (PROJECT / "sql" / "staging" / "comtrade_web.sql").read_text()
        total, detail = connection.sql(sql).to_arrow_table().to_pylist()
    assert total["value_native"] == Decimal("1234.568")
    assert (total["weight_kg"], total["quantity"], total["is_weight_estimated"]) == (None, 10, True)
    assert (total["reject_reason"], detail["reject_reason"]) == (None, "detail row of plus mode")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (saved({}).replace("mosCode", "mosCodes"), "column mosCode is missing"),
        (saved({}).replace("isAggregate", "isAggregate,extra"), "column 'extra' is unknown"),
        (saved({}, tail=",1"), "48 cells, the header has 47"),
        (saved({"primaryValue": "12 345"}), "'12 345' is not a number"),
        (saved({"reporterCode": "China"}), "'China' is not a whole number"),
        (saved({}, {}), "stands twice|twice"),
        (saved(), "has no rows"),
        (saved(*({"cmdCode": f"{at:06}"} for at in range(500))), "the page cuts a download"),
        ("<html></html>", "column typeCode is missing"),
    ],
)
def test_what_is_refused_and_how(body: str, says: str, config: Config) -> None:
    with pytest.raises(UsageError, match=says):
        comtrade_web.read_file("web.csv", body.encode(), config)


def test_from_file_to_flows(tmp_path: Path) -> None:
    """Latin-1, quoted numbers, a comma too many; details do not count; the newer file speaks for the month it has."""
    world = World(tmp_path)
    first = saved({}, {"motCode": "1000", "primaryValue": "1000"}, {"period": "202204", "primaryValue": "7"})
    newer = saved({"primaryValue": "2000", "netWgt": "5", "isNetWgtEstimated": "false"})
    for body, at in ((first, JANUARY), (newer, JANUARY + timedelta(days=9))):
        content = body.encode("latin-1")
        for request, answer in comtrade_web.read_file("web.csv", content, world.config):
            world.put(request, content, answer, at, media_type="text/csv")
    world.build()
    sql = "select source, period, value_usd, currency, weight_kg, quantity, quantity_unit from core.flows order by 2"
    assert world.ask(sql) == [
        ("comtrade_web", date(2022, 3, 1), 2000, "USD", 5, 10, "u"),
        ("comtrade_web", date(2022, 4, 1), 7, "USD", None, 10, "u"),
    ]

"""The Hong Kong dollar's second source: asked like the first, heard only where the first is silent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from offices import Office, small, whole_config
from standin.server import Page, StandIn
from worlds import World

from chipflows.errors import Incomplete, UsageError
from chipflows.raw.records import Answer, Request
from chipflows.raw.store import Store
from chipflows.sources import hkma
from chipflows.sources.http import Broken

RATES = {"2021-11": (7.79, 8.9), "2021-12": (7.8, 8.8), "2022-01": (7.79, 8.81), "2022-02": (7.8, 8.84)}


def body(rates: dict[str, tuple[Any, Any]], **other: Any) -> bytes:
    """Return an answer of the API, newest month first."""
    records = [{"end_of_month": month, "gbp": 1, "usd": usd, "eur": eur} for month, (usd, eur) in rates.items()]
    result = {"datasize": len(records), "records": records[::-1]} | other
    header = {"success": True, "err_code": "0000", "err_msg": "No error found"}
    return json.dumps({"header": header, "result": result}).encode()


class Hkma(StandIn):
    """What it publishes, by month."""

    rates: dict[str, tuple[Any, Any]]

    def answer(self, path: str, parameters: dict[str, str]) -> Page:
        assert path == hkma.PATH
        found = {month: one for month, one in self.rates.items() if parameters["from"] <= month <= parameters["to"]}
        return Page(body(found), media_type="application/json")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hkma]:
    with Hkma() as stand_in:
        stand_in.rates = dict(RATES)
        monkeypatch.setenv("CHIPFLOWS_HKMA_URL", stand_in.address)
        yield stand_in


def test_it_speaks_only_where_the_first_source_is_silent(server: Hkma, tmp_path: Path) -> None:
    office = Office("hkma", World(tmp_path, small("hkma")))
    assert "incomplete" not in office.download()
    assert len(server.calls) == 1
    header = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE"
    first = {"USD": dict.fromkeys(RATES, "1.1"), "HKD": {"2021-12": "8.25"}}
    lines = [f"K,M,{code},EUR,SP00,A,{month},{rate}" for code, one in first.items() for month, rate in one.items()]
    content = "\n".join([header, *lines, ""]).encode()
    # Older than the second source's answer: rank, not age, decides.
    asked = Request("fx", "rates", (("series", "test"),), label="test")
    june = datetime(2022, 6, 1, tzinfo=UTC)
    office.world.put(asked, content, Answer("data", len(lines)), june, media_type="text/csv")
    office.world.build()
    sql = "select strftime(period, '%Y-%m'), usd_per_unit from core.rates where currency = 'HKD' and frequency = 'M'"
    found = {month: round(rate, 6) for month, rate in office.world.ask(sql)}
    assert found == {
        "2021-11": round(Decimal("1.1") / Decimal("8.9"), 6),
        "2021-12": round(Decimal("1.1") / Decimal("8.25"), 6),
        "2022-01": round(Decimal("1.1") / Decimal("8.81"), 6),
        "2022-02": round(Decimal("1.1") / Decimal("8.84"), 6),
    }
    server.calls.clear()
    office.download()
    assert server.calls == []


def test_a_month_that_is_not_published_is_said(server: Hkma, tmp_path: Path) -> None:
    del server.rates["2022-02"]
    with pytest.raises(Incomplete, match=r"no rate for 2022-02 \(1 missing\)"):
        Office("hkma", World(tmp_path, small("hkma"))).download()
    early = hkma.plan(small("hkma"), Store(tmp_path / "other"), today=date(2022, 2, 10))
    assert [one.scope.periods for one in early] == [("2021-11", "2021-12")]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (body(RATES)[:-4], "not .whole. JSON"),
        (body(RATES, datasize=9), "another number of records"),
        (body({"2021-11": (779, 890)}), "779 per US dollar"),
        (body({"2021-11": (7.79, None)}), "None per euro"),
        (body({"2021-11-30": (7.79, 8.9)}), "whose month '2021-11-30'"),
        (b'{"header": {"success": false, "err_msg": "busy"}}', "no success"),
    ],
)
def test_what_can_not_be_trusted_is_not_kept(content: bytes, text: str) -> None:
    with pytest.raises(Broken, match=text):
        hkma.check(hkma.averages("2021-11", "2022-02"), content)
    with pytest.raises(UsageError, match=text):
        hkma.read_file("a.json", content, whole_config())


def test_a_saved_body_is_read(tmp_path: Path) -> None:
    [(asked, answer)] = hkma.read_file("a.json", body(RATES), whole_config())
    assert (asked.request_id, answer.rows) == (hkma.averages("2021-11", "2022-02").request_id, 4)
    with pytest.raises(UsageError, match="gaps"):
        hkma.read_file("a.json", body({"2021-11": (7.79, 8.9), "2022-01": (7.8, 8.8)}), whole_config())

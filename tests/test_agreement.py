"""Several sources of one flow: which speaks and why, how far they agree, and that nothing is added up across them."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from worlds import CODES, JANUARY, World, row

from chipflows.analysis import agreement
from chipflows.raw.records import Answer, Request, Scope

LATER = JANUARY + timedelta(days=60)
MONTHS = ("2021-11", "2021-12")
OWN = {"reporters": ("DEU",), "partners": ("RUS",), "flows": ("export",), "codes": CODES, "periods": MONTHS}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def german(world: World, comext: dict[str, int], comtrade: dict[str, int], **told: Any) -> None:
    """Let Germany say in Comext (euros at 1 dollar) and in Comtrade what it sent to Russia, by month."""
    world.rates([("2021-11-02", "1.0"), ("2021-12-02", "1.0")])
    world.comext(
        [("DE", "RU", "854231", "VALUE_IN_EUROS", month, str(value)) for month, value in comext.items()], **OWN
    )
    rows = [row(value, reporter=276, period=month.replace("-", "")) for month, value in comtrade.items()]
    world.comtrade(rows, **(OWN | told))


def web_page(world: World, value: int, at: Any) -> None:
    """Store a file of the Comtrade page that says another value of Germany's November."""
    sent = {name: cell for name, cell in row(value, reporter=276).items() if cell is not None}
    text = io.StringIO()
    csv.writer(text).writerows([sent.keys(), sent.values()])
    scope = Scope(**(OWN | {"periods": ("2021-11",)}))
    request = Request("comtrade_web", "data", (("value", str(value)),), scope, label="web")
    world.put(request, text.getvalue().encode(), Answer("data", 1, str(value)), at, media_type="text/csv")


def speaker(world: World, month: str = "2021-11-01") -> tuple[Any, ...]:
    sql = (
        "select preferred.source, preferred.reason from core.cells join core.preferred using (offers)"
        f" where reporter = 'DEU' and partner = 'RUS' and flow = 'export' and period = '{month}' and family = 'F854231'"
    )
    [found] = world.ask(sql)
    return found


def test_own_customs_speak_before_the_archive_and_nothing_is_added_up(world: World) -> None:
    german(world, {"2021-11": 900_000, "2021-12": 500_000}, {"2021-11": 1_000_000, "2021-12": 500_000})
    assert "sources_disagree" not in world.build()
    assert speaker(world) == ("eurostat_comext", "own customs before the archive")
    direct = "select value_usd, source, reason from marts.direct where reporter = 'DEU' and family = 'F854231'"
    assert world.ask(f"{direct} and period = '2021-11-01'") == [
        (900_000, "eurostat_comext", "own customs before the archive")
    ]
    assert world.ask(f"{direct} and period = '2022-05-01'") == [(None, None, "no source was asked")]
    assert world.ask(
        "select source, other_source, value_usd, other_value_usd, round(ratio_of_sources, 3), is_within_band"
        " from marts.agreement order by period"
    ) == [
        ("eurostat_comext", "comtrade", 900_000, 1_000_000, 0.9, True),
        ("eurostat_comext", "comtrade", 500_000, 500_000, 1.0, True),
    ]


def test_where_own_customs_do_not_cover_a_month_the_archive_speaks(world: World) -> None:
    german(world, {"2021-11": 900_000}, {"2021-11": 1_000_000, "2022-01": 7}, periods=("2021-11", "2021-12", "2022-01"))
    world.build()
    assert speaker(world, "2022-01-01") == ("comtrade", "the only source asked")


@pytest.mark.parametrize(("comext", "outside"), [(799_000, 1), (801_000, 0), (1_249_000, 0), (1_251_000, 1)])
def test_a_warning_outside_the_band(world: World, comext: int, outside: int) -> None:
    german(world, {"2021-11": comext}, {"2021-11": 1_000_000})
    assert ("sources_disagree (1)" in world.build()) == bool(outside)
    assert world.number("select sum(cells_outside) from marts.agreement_totals") == outside


def test_a_row_that_one_source_lacks_is_a_zero_there_and_a_small_one_is_not_judged(world: World) -> None:
    german(world, {"2021-12": 99_000}, {"2021-11": 1_000_000, "2021-12": 10})
    # What another member sent tells that the office published the month.
    world.comext([("FR", "RU", "854231", "VALUE_IN_EUROS", "2021-11", "5")], **(OWN | {"reporters": ("FRA",)}))
    world.build()
    rows = "select value_usd, other_value_usd, ratio_of_sources, is_within_band from marts.agreement order by period"
    assert world.ask(rows) == [(0, 1_000_000, 0.0, False), (99_000, 10, 9900.0, None)]


def test_a_flow_that_a_source_never_tells_is_not_compared(world: World) -> None:
    both = OWN | {"flows": ("export", "re_export")}
    world.rates([("2021-11-02", "1.0")])
    world.comext([("DE", "RU", "854231", "VALUE_IN_EUROS", "2021-11", "900000")], **both)
    world.comtrade([row(1_000_000, reporter=276), row(300_000, reporter=276, flow="RX")], **both)
    world.build()
    assert world.ask("select distinct flow from marts.agreement") == [("export",)]


@pytest.mark.parametrize(("at", "source"), [(LATER, "comtrade_web"), (JANUARY - timedelta(days=60), "comtrade")])
def test_of_two_with_one_rank_the_newest_vintage_speaks(world: World, at: Any, source: str) -> None:
    world.comtrade([row(5, reporter=276)], **(OWN | {"periods": ("2021-11",)}))
    web_page(world, 7, at)
    world.build()
    assert speaker(world) == (source, "the newest vintage")
    direct = (
        "select value_usd from marts.direct where reporter = 'DEU' and family = 'F854231' and period = '2021-11-01'"
    )
    assert world.number(direct) == {"comtrade_web": 7, "comtrade": 5}[source]


def test_the_page_says_how_many_differ_and_whose(world: World) -> None:
    german(world, {"2021-11": 500_000, "2021-12": 500_000}, {"2021-11": 1_000_000, "2021-12": 500_000})
    world.build()
    columns = (
        "reporter reporter_name flow source other_source first_period last_period ratio_of_sources cells_judged"
        " cells_outside"
    )
    totals = pd.DataFrame(
        world.ask(f"select {columns.replace(' ', ', ')} from marts.agreement_totals"), columns=columns.split()
    )
    totals = totals.astype({"first_period": "datetime64[ns]", "last_period": "datetime64[ns]"})
    titles = {"comtrade": "UN Comtrade"}
    assert agreement.sentence(totals, titles) == (
        "2 monthly flows stand in two sources; 1 of them (50.00%) differ by more than the band allows, most often "
        "exports of Germany in UN Comtrade."
    )
    [shown] = agreement.by_reporter(totals, titles).to_dict("records")
    assert (shown["months"], shown["cells_outside"]) == ("Nov 2021\nto Dec 2021", 1)
    assert shown["sources"] == "eurostat_comext\nagainst UN Comtrade"
    assert agreement.sentence(totals.iloc[:0], titles).startswith("These files hold no flow")

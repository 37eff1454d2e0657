"""Files as Taiwan's customs export them: the Chinese form, years of the Republic, thousands of dollars, tonnes."""

from __future__ import annotations

from chipflows.demo.offices import Office, Told
from chipflows.demo.published import Statistics
from chipflows.demo.settings import Brought
from chipflows.raw.records import Scope
from chipflows.sources.taiwan_customs import FIRST_YEAR, WITHHELD

SOURCE = "taiwan_customs"
NOTES = "「實施資訊保護貨品」(稅號含英文字母者)；另「D」指該欄位資料受到資訊保護。\n"
HEADER = "進出口別,日期,貨品號列,中文貨名,英文貨名,國家,美元(千元),重量(公噸)\n"
FLOW = "出口總值(含復出口)"
CONFIDENTIAL = "QX"
WITHHELD_SHARE = 0.01


def body(statistics: Statistics, one: Brought, scope: Scope) -> bytes:
    """Return an export in Big5; the last row repeats a figure under the collective name of confidential countries."""
    config = statistics.world.config
    told = Office(statistics, SOURCE).told(one.reporter, scope)
    rows = [line(figure, config.code_of(SOURCE, figure.partner)) for figure in told]
    rows.append(line(told[-1], config.code_of(SOURCE, CONFIDENTIAL)))
    return (NOTES + HEADER + "".join(rows)).encode("cp950")


def line(one: Told, country: str) -> str:
    """Return a row; some weights are withheld, and a letter of the name is broken."""
    year, month = int(one.month[:4]) - FIRST_YEAR, int(one.month[5:])
    tonnes = WITHHELD if one.chance < WITHHELD_SHARE else f"{one.kilograms / 1000:.3f}"
    value = f'"{(one.value + 500) // 1000:,}"'
    names = f'積體電?, "Integrated circuits, of {one.code}"'
    return f"{FLOW},{year}年{month}月,{one.code},{names},{country},{value},{tonnes}\n"

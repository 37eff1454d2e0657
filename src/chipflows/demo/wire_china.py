"""Files as China's customs export them: eight digits by partner, quoted, with commas in numbers and one at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chipflows.demo.offices import Office, Told
from chipflows.demo.published import Statistics
from chipflows.demo.settings import Brought
from chipflows.raw.records import Scope

SOURCE = "china_gacc"
PARTS = ("10", "90")
UNITS = {"u": "个", "kg": "千克", "m2": "平方米", "l": "升", "": "?"}
MODES = (("10", "一般贸易"), ("33", "保税监管场所进出境货物"))
"""Trade modes: the second, bonded warehouses, has only the first of two eight-digit codes."""


def body(statistics: Statistics, one: Brought, scope: Scope) -> bytes:
    """Return an export: in dollars by trade mode and in GB18030, or in yuan, added up, and in UTF-8."""
    is_yuan = one.currency == "CNY"
    told = Office(statistics, SOURCE, one.currency or "USD").told(one.reporter, scope)
    modes = () if is_yuan else ("贸易方式编码", "贸易方式名称")
    header = ("数据年月", "商品编码", "商品名称", "贸易伙伴编码", "贸易伙伴名称", *modes,
              "第一数量", "第一计量单位", "第二数量", "第二计量单位", "人民币" if is_yuan else "美元")  # fmt: skip
    lines = [header, *(line for figure in told for line in lines_of(statistics, figure, not is_yuan))]
    return "".join(map(quoted, lines)).encode("utf-8" if is_yuan else "gb18030")


def quoted(cells: Iterable[str]) -> str:
    return ",".join(f'"{cell}"' for cell in cells) + ",\n"


def lines_of(statistics: Statistics, one: Told, by_mode: bool) -> Iterator[tuple[str, ...]]:
    """Yield a figure in two eight-digit codes, the first of them in two trade modes."""
    partner = statistics.world.config.code_of(SOURCE, one.partner)
    first = int(one.value * one.share)
    bonded = first // 10 if by_mode else 0
    parts = (
        (PARTS[0], MODES[0], first - bonded),
        (PARTS[0], MODES[1], bonded),
        (PARTS[1], MODES[0], one.value - first),
    )
    for digits, mode, value in parts:
        pieces, weight = ((amount * value) // max(one.value, 1) for amount in (one.pieces, one.kilograms))
        counted = (str(weight), UNITS["kg"], "0", UNITS[""]) if one.unit == "kg" else (
            str(pieces), UNITS[one.unit], str(weight), UNITS["kg"])  # fmt: skip
        if value:
            named = (partner, statistics.settings.gacc_names[one.partner], *(mode if by_mode else ()))
            yield (one.month.replace("-", ""), one.code + digits, "集成电路", *named, *counted, f"{value:,}")

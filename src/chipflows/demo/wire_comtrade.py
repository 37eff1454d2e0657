"""UN Comtrade's answers about the synthetic world: trade, its number of rows, and what was released when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from chipflows.demo.comtrade_text import ALL_MEANS, FLOW_TITLES, TOTAL, Writer, envelope
from chipflows.demo.published import Statistics
from chipflows.demo.releases import releases
from chipflows.demo.revised import before
from chipflows.demo.rows import Rows
from chipflows.demo.settings import Revision
from chipflows.raw.records import Answer, Request, Scope
from chipflows.sources.comtrade_body import CAPS
from chipflows.sources.http import Oversized

Text = tuple[tuple[int, ...], str, int]
"""Sort key, JSON text and cents of one row."""


@dataclass(frozen=True)
class Comtrade:
    """What Comtrade says of a world; what it said before with `revisions`."""

    statistics: Statistics
    revisions: tuple[Revision, ...] = ()

    @cached_property
    def writer(self) -> Writer:
        return Writer(self.statistics)

    def answer(self, request: Request) -> tuple[bytes, Answer]:
        """Return the body for a request, and what its check will find; raises `Oversized` at a cap."""
        if request.kind == "availability":
            lists = releases(self.statistics, request.scope.periods or ())
            return envelope(lists), Answer("data" if lists else "empty", len(lists))
        if request.kind == "count":
            count = sum(len(rows) for _, _, rows in self.boxes(request.scope))
            return envelope([], count), Answer("data", count)
        rows, cents = self.rows(request.scope)
        if len(rows) in CAPS or len(rows) >= int(dict(request.parameters)["maxRecords"]):
            raise Oversized(f"{len(rows)} rows, the cap", rows=len(rows))
        return envelope(rows), Answer("data" if rows else "empty", len(rows), f"{cents // 100}.{cents % 100:02d}0")

    def rows(self, scope: Scope) -> tuple[list[str], int]:
        """Return the JSON rows within a box, by period, reporter and partner, and the sum of their values in cents."""
        texts = sorted(text for part in self.boxes(scope) for text in self.texts(*part))
        return [text for _, text, _ in texts], sum(cents for *_, cents in texts)

    def boxes(self, scope: Scope) -> Iterator[tuple[str, str, Rows]]:
        """Yield the rows of every reporter and flow within a box."""
        for reporter in self.statistics.world.exporters:
            if scope.reporters is None or reporter in scope.reporters:
                for flow in scope.flows or FLOW_TITLES:
                    rows = self.statistics.select(reporter, flow, scope)
                    for one in self.revisions:
                        rows = before(self.statistics, rows, one) if one.reporter == reporter else rows
                    yield reporter, flow, rows

    def texts(self, reporter: str, flow: str, rows: Rows) -> Iterator[Text]:
        """Yield the rows of one reporter and flow."""
        writer, statistics = self.writer, self.statistics
        partners = statistics.world.partners(reporter, flow)
        number, numbers = writer.code(reporter), [writer.code(partner) for partner in partners]
        starts = {at: writer.start(reporter, flow, statistics.months[at]) for at in set(rows.at.tolist())}
        towards, means = [writer.towards(partner) for partner in partners], writer.means(*ALL_MEANS)
        columns = (rows.at, rows.partner, statistics.places(rows), rows.cents, rows.grams, rows.thousandths)
        flags = (rows.is_estimated, rows.has_unit)
        for at, to, place, cents, grams, thousandths, is_estimated, has_unit in zip(
            *(column.tolist() for column in (*columns, *flags)), strict=True
        ):
            unit = statistics.all_lines[place].unit if has_unit else ""
            amounts = writer.amounts(unit, grams, thousandths, is_estimated)
            value = writer.value(cents, is_estimated, flow)
            text = f"{starts[at]},{towards[to]},{writer.lines[place]},{means},{amounts},{value},{TOTAL}"
            yield (at, number, numbers[to], place, len(flow)), text, cents

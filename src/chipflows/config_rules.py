"""What must hold between configuration files."""

from __future__ import annotations

from collections.abc import Iterable

from chipflows.config_read import Rows, refusal
from chipflows.config_rows import (
    CODE_COLUMNS,
    FLOWS,
    Benchmark,
    Correction,
    Economy,
    Event,
    JoinedMonths,
    PublishedFact,
)
from chipflows.config_sources import Source
from chipflows.config_toml import Project
from chipflows.errors import UsageError

MOST_EVENTS = 5


def select(selectors: Iterable[str], economies: dict[str, Economy]) -> tuple[str, ...] | None:
    """Return the ISO3 codes that selectors stand for, each once, in their order; None for `*` (all, nothing left out).

    A selector is `*`, `role:<role>`, `reference_partners`, or an ISO3 code; raises `UsageError` for any other.
    """
    chosen: dict[str, None] = {}
    selectors = list(selectors)
    if selectors == ["*"]:
        return None
    for selector in selectors:
        if selector == "reference_partners":
            found = [one.iso3 for one in economies.values() if one.is_reference_partner]
        elif selector.startswith("role:"):
            found = [one.iso3 for one in economies.values() if one.role == selector[5:]]
        else:
            found = [selector] if selector in economies else []
        if not found:
            raise UsageError(
                f"selector {selector!r} stands for no economy; write an ISO3 code of economies.csv, role:<role>, "
                "reference_partners, or * alone"
            )
        chosen.update(dict.fromkeys(found))
    return tuple(chosen)


def check_economies(rows: Rows[Economy], shown: str) -> dict[str, Economy]:
    """Return economies by ISO3; refuses one that no source knows, and a code that stands for two."""
    owner: dict[tuple[str, str], int] = {}
    for row, economy in rows:
        known = [(source, code) for source in CODE_COLUMNS for code in economy.codes(source)]
        if not known:
            problem = f"no source knows {economy.iso3}, fill at least one of the code columns"
            raise refusal(shown, problem, row=row, column="iso3")
        for source, code in known:
            if (source, code) in owner:
                problem = f"code {code!r} stands already in row {owner[source, code]}"
                raise refusal(shown, problem, row=row, column=CODE_COLUMNS[source][0])
            owner[source, code] = row
    return {economy.iso3: economy for _, economy in rows}


def check_events(rows: Rows[Event], shown: str) -> None:
    """Refuse an event that is drawn by default but not verified, and more defaults than fit on a figure."""
    defaults = [(row, event) for row, event in rows if event.is_default]
    for number, (row, event) in enumerate(defaults, 1):
        if event.status != "verified":
            raise refusal(shown, f"true, but its status is {event.status}", row=row, column="is_default")
        if number > MOST_EVENTS:
            raise refusal(shown, f"more than {MOST_EVENTS} events are default", row=row, column="is_default")


def check_facts(rows: Rows[PublishedFact], economies: dict[str, Economy], shown: str) -> None:
    """Refuse an unknown economy, and a fact that scales the demo without being a plain number of one year."""
    for row, fact in rows:
        for column in ("reporter", "partner"):
            for iso3 in getattr(fact, column):
                if iso3 not in economies:
                    raise refusal(shown, f"{iso3!r} is not in economies.csv", row=row, column=column)
        if fact.scales_demo and not (fact.value.replace(".", "", 1).isdigit() and fact.period.isdigit()):
            problem = "true, but value or period is not a plain number (of one year)"
            raise refusal(shown, problem, row=row, column="scales_demo")


def check_benchmarks(rows: Rows[Benchmark], economies: dict[str, Economy], groups: Iterable[str], shown: str) -> None:
    """Refuse a definition that is only half there, or that names an unknown economy, group of goods or window."""
    known = set(groups)
    for row, one in rows:
        needed = ["reporters", "partners", "goods", "start", "end", "number", "tolerance"]
        needed += ["base_start", "base_end"] if one.statistic == "change" else []
        for column in needed:
            if bool(one.statistic) != bool(getattr(one, column)):
                problem = "is empty, but there is a statistic" if one.statistic else "is filled, but no statistic"
                raise refusal(shown, problem, row=row, column=column)
        for column in ("reporters", "partners"):
            try:
                select(getattr(one, column) or ["*"], economies)
            except UsageError as error:
                raise refusal(shown, str(error), row=row, column=column) from None
        if one.goods and one.goods not in known:
            raise refusal(shown, f"{one.goods!r} is no group of hs_groups.csv and no tier", row=row, column="goods")
        if one.end < one.start or one.base_end < one.base_start:
            raise refusal(shown, "a window ends before it starts", row=row, column="end")


def check_corrections(
    rows: Rows[Correction], economies: dict[str, Economy], sources: dict[str, Source], shown: str
) -> None:
    """Refuse an unknown source or economy, an end before its start, a factor or new code missing or without use.

    Two corrections that can meet the same row are refused as well: which of them should hold?
    """
    for place, (row, one) in enumerate(rows):
        if one.source not in sources:
            raise refusal(shown, f"{one.source!r} is not in sources.toml", row=row, column="source")
        for column in ("reporter", "partner"):
            if getattr(one, column) not in (*economies, "*"):
                raise refusal(shown, f"{getattr(one, column)!r} is not in economies.csv", row=row, column=column)
        if one.period_to < one.period_from:
            raise refusal(shown, f"{one.period_to!r} is before {one.period_from!r}", row=row, column="period_to")
        if (one.action == "multiply") != bool(one.factor):
            raise refusal(shown, "multiply needs a factor, the others take none", row=row, column="factor")
        if (one.action == "recode") != bool(one.to_hs6):
            raise refusal(shown, "recode needs the right code, the others take none", row=row, column="to_hs6")
        for above, other in rows[:place]:
            if one.meets(other):
                problem = f"meets rows that row {above} ({other.correction_id}) meets, a row is corrected once"
                raise refusal(shown, problem, row=row, column="correction_id")


def check_joined_months(rows: Rows[JoinedMonths], economies: dict[str, Economy], shown: str) -> None:
    """Refuse an unknown reporter, an end that is not after its start, and a month that stands in two figures."""
    for place, (row, one) in enumerate(rows):
        if one.reporter not in economies:
            raise refusal(shown, f"{one.reporter!r} is not in economies.csv", row=row, column="reporter")
        if one.to_month <= one.from_month:
            raise refusal(shown, f"{one.to_month!r} is not after {one.from_month!r}", row=row, column="to_month")
        for above, other in rows[:place]:
            is_apart = one.to_month < other.from_month or other.to_month < one.from_month
            if one.reporter == other.reporter and not is_apart:
                raise refusal(shown, f"shares a month with row {above}", row=row, column="from_month")


def check_sources(sources: dict[str, Source], economies: dict[str, Economy], shown: str) -> None:
    """Refuse a reporter that configuration does not know."""
    for source in sources.values():
        for iso3 in source.reporters:
            if iso3 not in economies:
                raise refusal(shown, f"{iso3!r} is not in economies.csv", row=source.source, column="reporters")


def check_project(project: Project, economies: dict[str, Economy], shown: str) -> None:
    """Refuse a focal economy, selector or flow word that configuration does not know."""
    for column in ("focal_destination", "focal_origins"):
        value = getattr(project.study, column)
        for iso3 in (value,) if isinstance(value, str) else value:
            if iso3 not in economies:
                raise refusal(shown, f"{iso3!r} is not in economies.csv", row="study", column=column)
    for corridor in project.corridors:
        row = f"corridor {corridor.id}"
        for column in ("reporters", "partners"):
            try:
                select(getattr(corridor, column), economies)
            except UsageError as error:
                raise refusal(shown, str(error), row=row, column=column) from None
        for flow in corridor.flows:
            if flow not in FLOWS:
                raise refusal(shown, f"{flow!r} is unknown, write some of: {', '.join(FLOWS)}", row=row, column="flows")

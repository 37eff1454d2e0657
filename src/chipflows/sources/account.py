"""Requests and answers told in words and numbers: why something is asked, what is missing, how few calls could do."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from chipflows.config import Config, Limits, Source
from chipflows.raw.records import Answer, Request
from chipflows.sources.planner import allowed


def lower_bound(received: Sequence[tuple[Request, Answer]], limits: Limits, has_key: bool) -> int:
    """Return the fewest calls in which this could have come: per corridor, by rows or by periods.

    An answer that reaches the cap is no answer, so a call brings at most one row less than the cap. Counts only help
    the planning, so they are not among the fewest calls.
    """
    groups: dict[tuple[str, str], tuple[int, set[str]]] = {}
    for request, answer in received:
        rows, periods = groups.get((request.kind, request.corridor), (0, set()))
        groups[request.kind, request.corridor] = (rows + answer.rows, periods | set(request.scope.periods or ("",)))
    most, bound = allowed(limits, has_key), 0
    for (kind, _), (rows, periods) in groups.items():
        if kind == "data":
            bound += max(ceil(rows / max(1, most.rows_per_call - 1)), ceil(len(periods) / most.periods_per_call))
        elif kind == "availability":
            bound += ceil(len(periods) / limits.periods_per_call)
        elif kind != "count":
            bound += 1
    return bound


def no_key(source: Source) -> str:
    """Return that a source was not asked for want of a key, and where to get one."""
    return f"not asked, it answers only with a key in CHIPFLOWS_{source.source.upper()}_KEY (free: {source.page})"


def why(config: Config, request: Request) -> str:
    """Return the reason for a request in words."""
    if request.kind == "availability":
        return f"what was published for {months_of([request])}"
    if request.kind == "count":
        return "how many rows one month has, which sizes the calls"
    titles = {corridor.id: corridor.title for corridor in config.project.corridors}
    reason = " and ".join(titles.get(corridor, corridor) for corridor in request.corridor.split("+") if corridor)
    return f"{reason or request.kind}: {len(request.scope.codes or ())} codes, {months_of([request])}"


def spans(requests: Sequence[Request]) -> str:
    """Return what requests are about: per corridor every period, those that follow each other as a span."""
    groups: dict[str, list[Request]] = {}
    for request in requests:
        groups.setdefault(request.corridor or request.kind, []).append(request)
    return ", ".join(f"{name} {months_of(group)}" for name, group in groups.items())


def months_of(requests: Sequence[Request]) -> str:
    """Return the periods of requests, as in `2021-01 to 2021-03 and 2021-07`."""
    runs: list[list[str]] = []
    for period in sorted({period for request in requests for period in request.scope.periods or ()}):
        if runs and period == following(runs[-1][-1]):
            runs[-1].append(period)
        else:
            runs.append([period])
    return " and ".join(" to ".join(dict.fromkeys((run[0], run[-1]))) for run in runs) or "all periods"


def following(period: str) -> str:
    """Return the month or the year after."""
    year, _, month = period.partition("-")
    if not month:
        return str(int(year) + 1)
    return f"{int(year) + 1}-01" if month == "12" else f"{year}-{int(month) + 1:02}"

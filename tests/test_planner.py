"""The planner: boxes cover what is missing once and nothing else, fit the limits, and learn from what came."""

from __future__ import annotations

from itertools import product
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipflows.config import Limits
from chipflows.raw.records import Scope
from chipflows.sources.estimate import Estimate, rate_by_period, weights_by_code
from chipflows.sources.packing import cheapest_runs, joined, pack
from chipflows.sources.planner import CODES, Box, Grid, allowed, cells_in, exact_boxes

Names = tuple[str, ...]


def names(prefix: str, number: int) -> Names:
    return tuple(f"{prefix}{at}" for at in range(number))


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    return Grid(
        *(names(prefix, draw(st.integers(1, most))) for prefix, most in zip("frqcp", (2, 4, 3, 5, 14), strict=True))
    )


@st.composite
def grids_with_scopes(draw: st.DrawFn) -> tuple[Grid, list[Scope]]:
    grid = draw(grids())
    part = [st.none() | st.lists(st.sampled_from((*one, "unknown")), unique=True).map(tuple) for one in grid.names]
    kinds = dict(zip(("flows", "reporters", "partners", "codes", "periods"), part, strict=True))
    return grid, draw(st.lists(st.builds(Scope, **kinds), max_size=5))


def covers(scope: Scope, cell: dict[str, str]) -> bool:
    return all(getattr(scope, name) is None or value in getattr(scope, name) for name, value in cell.items())


def times_covered(shape: tuple[int, ...], boxes: list[Box]) -> np.ndarray:
    count = np.zeros(shape, dtype=int)
    for box in boxes:
        count[np.ix_(*box)] += 1
    return count


@given(grids_with_scopes())
@settings(max_examples=60)
def test_boxes_cover_exactly_the_cells_that_no_scope_covers(case: tuple[Grid, list[Scope]]) -> None:
    grid, held = case
    newest = grid.newest(held)
    dimensions = ("flows", "reporters", "partners", "codes", "periods")
    for at, cell in zip(np.ndindex(grid.shape), product(*grid.names), strict=True):
        last = [
            number for number, scope in enumerate(held, 1) if covers(scope, dict(zip(dimensions, cell, strict=True)))
        ]
        assert newest[at] == max(last, default=0)
    boxes = exact_boxes(newest == 0)
    assert (times_covered(grid.shape, boxes) == (newest == 0)).all()


@given(grids_with_scopes(), st.integers(1, 60), st.integers(1, 12))
@settings(max_examples=60)
def test_parts_fit_the_limits_and_cover_everything_once(
    case: tuple[Grid, list[Scope]], rows: int, periods: int
) -> None:
    grid, held = case
    missing = grid.newest(held) == 0

    def size(box: Box) -> float:
        return max(cells_in(box) / rows, len(box[-1]) / periods)

    parts = [part for box in exact_boxes(missing) for part in pack(box, size)]
    assert (times_covered(grid.shape, parts) == missing).all()
    assert all(size(part) <= 1 for part in parts)


@given(grids_with_scopes(), st.data())
@settings(max_examples=60)
def test_no_part_holds_a_box_that_was_too_large(case: tuple[Grid, list[Scope]], data: st.DataObject) -> None:
    grid, _ = case
    everything = grid.box(Scope())
    chosen = [data.draw(st.lists(st.sampled_from(one.tolist()), min_size=1, unique=True)) for one in everything]
    large: Box = tuple(np.array(sorted(one)) for one in chosen)
    ones = np.ones((len(grid.reporters), len(grid.periods)))
    estimate = Estimate(ones, np.full(len(grid.periods), 0.0), np.ones(len(grid.codes)), [(large, 100)])
    parts = list(pack(everything, lambda box: max(estimate.rows(box) / 100, len(box[-1]) / 12)))
    assert (times_covered(grid.shape, parts) == 1).all()
    for part in parts:
        shared = (times_covered(grid.shape, [part, large]) == 2).sum()
        assert cells_in(large) == 1 or shared <= ceil(cells_in(large) / 2)


GRID = Grid(names("f", 2), names("r", 30), names("q", 3), names("c", 40), names("p", 118))


EVEN = np.ones(40)


def boxes_missing(*held: Scope) -> list[Box]:
    return exact_boxes(GRID.newest(held) == 0)


def test_nothing_is_missing_when_all_is_held() -> None:
    assert boxes_missing(Scope()) == []


@pytest.mark.parametrize(
    ("held", "boxes"),
    [
        (Scope(periods=GRID.periods[:-1]), 1),
        (Scope(codes=GRID.codes[1:]), 1),
        (Scope(reporters=GRID.reporters[:7]), 1),
        (Scope(codes=GRID.codes[1:], periods=GRID.periods[:-1]), 2),
        (Scope(codes=GRID.codes[1:], periods=GRID.periods[:-1], reporters=GRID.reporters[1:]), 3),
    ],
    ids=["new month", "new code", "new reporters", "both month and code", "all three"],
)
def test_what_is_new_is_few_boxes(held: Scope, boxes: int) -> None:
    assert len(boxes_missing(held)) == boxes


def test_a_box_is_open_where_it_has_all_and_all_was_meant() -> None:
    whole = GRID.scope(GRID.box(Scope()), ["reporters"])
    assert whole.reporters is None
    assert whole.partners == GRID.partners
    part = GRID.scope(GRID.box(Scope(reporters=GRID.reporters[1:])), ["reporters"])
    assert part.reporters == GRID.reporters[1:]


def calls(rows_by_period: float, cap: int, periods: int = 12) -> int:
    rate = rows_by_period / (2 * 30 * 3 * 40)
    estimate = Estimate(np.ones((30, 118)), np.full(118, rate), EVEN)
    return len(list(pack(GRID.box(Scope()), lambda box: max(estimate.rows(box) / cap, len(box[-1]) / periods))))


@pytest.mark.parametrize("rows", [10, 400, 830, 1000, 2400, 3200, 4900, 5100, 9000])
def test_calls_come_near_the_fewest_that_rows_and_periods_allow(rows: int) -> None:
    fewest = max(ceil(118 * rows / 10_000), ceil(118 / 12))
    assert calls(rows, cap=10_000) <= 1.2 * fewest


def test_where_one_period_is_all_a_call_takes_only_the_codes_are_cut() -> None:
    assert calls(900, cap=450, periods=1) == 2 * 118
    assert calls(901, cap=450, periods=1) == 3 * 118


@pytest.mark.parametrize(
    ("cap", "runs"),
    [(40, [(0, 4)]), (30, [(0, 1), (1, 4)]), (20, [(0, 4)]), (10, [(0, 1), (1, 4)])],
    ids=["one call holds all", "no call more, fewer rows", "two calls either way", "four calls either way, fewer rows"],
)
def test_a_row_is_cut_into_the_fewest_calls(cap: int, runs: list[tuple[int, int]]) -> None:
    widths = [1, 10, 10, 10]
    assert cheapest_runs(4, lambda first, last: (last - first) * max(widths[first:last]) / cap) == runs


@given(grids_with_scopes(), st.integers(1, 60))
@settings(max_examples=60)
def test_joined_boxes_hold_all_that_the_boxes_held_in_no_more_calls(case: tuple[Grid, list[Scope]], rows: int) -> None:
    grid, held = case
    boxes = exact_boxes(grid.newest(held) == 0)

    def size(box: Box) -> float:
        return cells_in(box) / rows

    together = joined(boxes, size)
    assert sum(ceil(size(box)) for box in together) <= sum(ceil(size(box)) for box in boxes)
    assert (times_covered(grid.shape, together) >= times_covered(grid.shape, boxes)).all()


def test_codes_are_dealt_into_parts_alike_in_rows_not_in_number() -> None:
    weights = np.array([5.0, *[1.0] * 20, *[0.5] * 10, *[0.0] * 9])
    everything = GRID.box(Scope(periods=GRID.periods[:1]))

    def size(box: Box) -> float:
        return float(weights[box[CODES]].sum()) / 10.5

    parts = list(pack(everything, size, weights))
    assert len(parts) == 3, "30 rows do not fit into two calls, ten each into three"
    assert max(map(size, parts)) <= 1


def test_weights_are_the_rows_of_a_code_over_those_of_all() -> None:
    rows = np.zeros(40)
    rows[:10], rows[10:20] = 30, 10
    seen = [(GRID.box(Scope(codes=GRID.codes[:20], periods=GRID.periods[:1])), rows)]
    weights = weights_by_code(np.ones((30, 118)), 40, seen)
    assert weights[0] == pytest.approx(3 * weights[10])
    assert weights[20:] == pytest.approx(1), "not seen: as the mean"
    assert (weights_by_code(np.ones((30, 118)), 40, []) == 1).all()


def test_rates_are_learned_by_period_and_drawn_between_periods() -> None:
    published = np.ones((30, 118))
    published[15:, :] = 0

    def seen(period: int, rows: int) -> tuple[Box, int]:
        return GRID.box(Scope(periods=(GRID.periods[period],))), rows

    cells = 2 * 15 * 3 * 40
    rate = rate_by_period(published, EVEN, [seen(10, cells), seen(20, cells // 2)], otherwise=1.0)
    assert rate[10] == pytest.approx(1)
    assert rate[15] == pytest.approx(0.75)
    assert rate[[0, 117]] == pytest.approx([1, 0.5])
    assert Estimate(published, rate, EVEN).rows(GRID.box(Scope(periods=GRID.periods[10:11]))) == pytest.approx(cells)
    assert (rate_by_period(published, EVEN, [], otherwise=0.3) == 0.3).all()


def test_without_a_key_its_own_limits_hold_where_a_source_has_such() -> None:
    limits = Limits(100_000, 12, 4096, 2.0, keyless_rows_per_call=500, keyless_periods_per_call=1)
    assert allowed(limits, has_key=True) == limits
    assert (allowed(limits, has_key=False).rows_per_call, allowed(limits, has_key=False).periods_per_call) == (500, 1)
    same = Limits(500_000, 12, 4000, 1.0)
    assert allowed(same, has_key=False) == same

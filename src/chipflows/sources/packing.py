"""From boxes that are missing to the fewest calls within a source's limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from heapq import heapreplace
from itertools import combinations
from math import ceil, inf, isinf
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from chipflows.sources.planner import CODES, Box, Positions

CUT_ORDER = (CODES, 1, 2, 0)
"""Where one period alone is too much: first codes, then reporters, partners, flows."""


def cheapest_runs(count: int, size: Callable[[int, int], float]) -> list[tuple[int, int]]:
    """Return the runs (first, last + 1) into which a row of `count` things is cut, so that they take the fewest calls.

    `size` tells how many calls a run takes, infinity where it can't be one; fractions break ties, then length.
    """
    best: list[tuple[int, float, int, list[tuple[int, int]]]] = [(0, 0.0, 0, [])]
    for first in reversed(range(count)):
        choices = []
        for last in range(first + 1, count + 1):
            if isinf(own := size(first, last)):
                break
            calls, filled, _, runs = best[count - last]
            choices.append((calls + ceil(own), round(filled + own, 9), first - last, [(first, last), *runs]))
        best.append(min(choices))
    return best[count][-1]


def joined(boxes: Sequence[Box], size: Callable[[Box], float]) -> list[Box]:
    """Return fewer boxes that hold all of some boxes: two become the box around both wherever that saves calls."""
    left = dict(enumerate(boxes))
    sizes = {name: size(box) for name, box in left.items()}
    around: dict[tuple[int, int], tuple[float, Box]] = {}
    while True:
        for pair in (pair for pair in combinations(left, 2) if pair not in around):
            hull = tuple(np.union1d(*parts) for parts in zip(left[pair[0]], left[pair[1]], strict=True))
            around[pair] = size(hull), hull
        saving = [
            (ceil(own) - ceil(sizes[one]) - ceil(sizes[other]), own - sizes[one] - sizes[other], (one, other))
            for (one, other), (own, _) in around.items()
            if one in left and other in left
        ]
        if not saving or min(saving)[0] >= 0:
            return list(left.values())
        *_, (one, other) = min(saving)
        name = max(sizes) + 1
        sizes[name], left[name] = around[one, other]
        del left[one], left[other]


def pack(box: Box, size: Callable[[Box], float], weights: NDArray[np.float64] | None = None) -> Iterator[Box]:
    """Yield parts of a box that fit into one call each, that is, whose `size` is at most 1; as few as can be found.

    Periods are cut into blocks, and the codes of a block into parts alike in weight (`weights` by position; none: all
    the same), so that calls come out full. Where it comes to the same, only periods are cut: months are more alike.
    """
    *rest, periods = box
    codes, found = box[CODES], dict[tuple[int, int], list[Box]]()
    heavy = np.ones(len(codes)) if weights is None else weights[codes]
    dealt = cache(lambda parts: deal(codes, heavy, parts))

    def block(first: int, last: int) -> Box:
        return (*rest, periods[first:last])

    def calls(first: int, last: int) -> float:
        parts = found[first, last] = fewest_parts(block(first, last), codes[np.argmax(heavy)], dealt, size)
        if not parts:
            return inf if last - first > 1 else len(codes)
        return len(parts) - 0.5 / len(parts)

    whole = 0, len(periods)
    is_best = calls(*whole) <= ceil(size(box)) and (len(found[whole]) == 1 or size(block(0, 1)) > 1)
    for run in [whole] if is_best else cheapest_runs(len(periods), calls):
        yield from found[run] or cut(block(*run), size, weights)


def fewest_parts(
    box: Box, heaviest: np.intp, dealt: Callable[[int], list[Positions]], size: Callable[[Box], float]
) -> list[Box]:
    """Return the fewest parts of a box that fit into a call each, its codes as `dealt`; none where none does."""

    def part(codes: Positions) -> Box:
        return (*box[:CODES], codes, *box[CODES + 1 :])

    if size(part(np.array([heaviest]))) > 1:
        return []
    for count in range(max(1, ceil(size(box))), len(box[CODES]) + 1):
        parts = [part(codes) for codes in dealt(count)]
        if all(size(one) <= 1 for one in parts):
            return parts
    return []


def deal(codes: Positions, weights: NDArray[np.float64], parts: int) -> list[Positions]:
    """Return codes in some parts alike in weight: the heaviest first, each to the part that is lightest by then."""
    piles: list[tuple[float, int, int, list[int]]] = [(0.0, 0, part, []) for part in range(parts)]
    for at in np.argsort(-weights, kind="stable"):
        weight, count, part, pile = piles[0]
        heapreplace(piles, (weight + float(weights[at]), count + 1, part, [*pile, int(at)]))
    return [codes[np.sort(pile)] for *_, pile in sorted(piles, key=itemgetter(2))]


def part_of(box: Box, axis: int, start: int, parts: int) -> Box:
    """Return one of several parts of a box: every n-th position along a dimension."""
    return (*box[:axis], box[axis][start::parts], *box[axis + 1 :])


def cut(box: Box, size: Callable[[Box], float], weights: NDArray[np.float64] | None) -> Iterator[Box]:
    """Yield parts of a box of one period that is too large; a single cell is yielded as it is."""
    axis = next((axis for axis in CUT_ORDER if len(box[axis]) > 1), None)
    if axis is None:
        yield box
        return
    parts = min(len(box[axis]), max(2, ceil(size(box))))
    for start in range(parts):
        yield from pack(part_of(box, axis, start, parts), size, weights)

"""How much of the loss was made up: by period, by baseline, by good, and part by part. (methods C.3)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from chipflows.analysis import bootstrap
from chipflows.analysis.backfill import MEASURES, backfill, backfill_of
from chipflows.analysis.excess import excess
from chipflows.analysis.inputs import Asked
from chipflows.analysis.panel import Cube, Window, contrast, cube, inside, steady
from chipflows.analysis.panels import disjoint_groups
from chipflows.analysis.recovery import months_to_recover, recovery_index
from chipflows.analysis.study import COALITION
from chipflows.analysis.verdict import Measure

DRAWS = 999
HUBS = "Hubs"
"""All third economies that published both before and after, added up."""


def supply(panel: pd.DataFrame, about: Asked) -> pd.DataFrame:
    """Return the rows of `marts.panel` to the focal destination with the reporter as `supplier`."""
    rows = panel[panel["destination"] == about.focal]
    return rows.assign(supplier=rows["reporter"])


def by_period(sold: pd.DataFrame, about: Asked, groups: Sequence[str], suppliers: Sequence[str]) -> pd.DataFrame:
    """Return `backfill` of groups of goods and suppliers in every period against the main baseline.

    Columns: those of `backfill` (family is the group of goods), and `period`, its title.
    """
    goods = {group: about.families(group) for group in groups}
    who = {name: about.suppliers[name] for name in suppliers}
    tables = [
        backfill(sold, about.coalition, who, about.base, after, goods, draws=DRAWS).assign(period=title)
        for title, after in about.periods.items()
    ]
    return whole(tables)


def by_baseline(sold: pd.DataFrame, about: Asked, group: str, period: str) -> pd.DataFrame:
    """Return `backfill` of one group of goods by every supplier in one period against every baseline.

    Columns: those of `backfill`, and `baseline`, its title.
    """
    goods, after = {group: about.families(group)}, about.periods[period]
    tables = [
        backfill(sold, about.coalition, about.suppliers, base, after, goods, draws=DRAWS).assign(baseline=title)
        for title, base in about.baselines.items()
    ]
    return whole(tables)


def whole(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return tables of `backfill` as one that has every column, also where no row has a ratio."""
    found = pd.concat(tables, ignore_index=True)
    numbers = ["loss", "loss_lo", "loss_hi", "gain", "gain_lo", "gain_hi", "ratio", "lo", "hi"]
    return found.assign(**{name: np.nan for name in numbers if name not in found})


def best_period(found: pd.DataFrame, about: Asked, group: str) -> str:
    """Return the period in which all focal origins together made up the largest share in value, "" where none can
    be had."""
    rows = found[(found["family"] == group) & (found["group"] == about.together) & (found["measure"] == "value")]
    known = rows.dropna(subset=["ratio"])
    return str(known.sort_values("ratio")["period"].iloc[-1]) if len(known) else ""


def publishing(sold: pd.DataFrame, members: Sequence[str], base: Window, after: Window) -> list[str]:
    """Return the members that published some month of both windows: only these can be compared."""
    held = sold[sold["supplier"].isin(list(members)) & sold["value_usd"].notna()]
    sides = [set(held["supplier"][inside(pd.DatetimeIndex(held["period"]), window)]) for window in (base, after)]
    return sorted(sides[0] & sides[1])


def shown_groups(about: Asked, groups: pd.DataFrame) -> list[str]:
    """Return the groups of goods that a figure shows: the listed goods as a whole, then groups that share no good."""
    return [about.listed, *(one for one in disjoint_groups(groups) if one not in (about.listed, about.placebo))]


def stacked(sold: pd.DataFrame, about: Asked, goods: Sequence[str], period: str) -> pd.DataFrame:
    """Return the rows of backfill bars: each focal origin and all hubs as parts of one bar, by group of goods and
    measure.

    Columns: family (the group of goods), title, measure, group (the supplier), gain, loss (a month, USD or kg),
    ratio, lo, hi (of all parts together, repeated), reason. A group of goods counts with the families that the
    coalition and every part published.
    """
    after = about.periods[period]
    parts: dict[str, tuple[str, ...]] = {
        name: tuple(members) for name, members in about.suppliers.items() if len(members) == 1
    }
    if hubs := publishing(sold, tuple(about.hubs), about.base, after):
        parts[HUBS] = tuple(hubs)
    rows = []
    for measure, column in MEASURES.items():
        everything = cube(sold, column)
        for name in goods:
            rows += [
                {"family": name, "title": title_of(about, name), "measure": measure, **row}
                for row in _bar(everything.with_families(about.families(name)), about, parts, after)
            ]
    return pd.DataFrame(rows)


def title_of(about: Asked, group: str) -> str:
    """Return the title of a group of goods beside a bar; that of the listed goods, which are many, is cut short."""
    return "All listed goods" if group == about.listed != about.headline else about.titles[group]


def _bar(sold: Cube, about: Asked, parts: Mapping[str, Sequence[str]], after: Window) -> list[dict[str, str | float]]:
    """The parts of one bar, over the families that everyone published."""
    coalition, members = sold.of(about.coalition), [one for part in parts.values() for one in part]
    common = enters(coalition, about.base, after).any(axis=0) & enters(sold.of(members), about.base, after).all(axis=0)
    kept = sold.with_families(sold.families[np.flatnonzero(common)]) if common.any() else sold
    whole = backfill_of(kept.of(about.coalition), kept.of(members), about.base, after, DRAWS)
    ends = {name: whole.get(name, np.nan) for name in ("loss", "ratio", "lo", "hi")} | {"reason": whole["reason"]}
    return [{"group": name, "gain": change(kept.of(part), about.base, after), **ends} for name, part in parts.items()]


def loss(sold: pd.DataFrame, about: Asked, group: str, period: str) -> Measure:
    """Return after minus base of the coalition, USD a month, with its 95% interval over months."""
    of = cube(sold, "value_usd").with_families(about.families(group)).of(about.coalition)
    return change_of(of, about.base, about.periods[period])


def change_of(of: Cube, base: Window, after: Window, seed: int = 2022) -> Measure:
    """Return after minus base of a cube, a month's mean, with its 95% interval over months (codes fixed)."""
    part = excess(of, base, after) if np.isfinite(of.cells).any() else None
    if part is None or not part.enters.any():
        return Measure(missing="not covered on both sides")
    starts = bootstrap.block_starts(part.noise, DRAWS, np.random.default_rng(seed))
    estimate = float(part.by_family.sum())
    return Measure(estimate, *bootstrap.interval(estimate, part.total_draws(starts), part.noise.freedom))


def recovered(sold: pd.DataFrame, about: Asked, group: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the recovery index of the coalition and every origin by month, and when each passed its base again.

    The first table has the columns of `recovery_index` with `index` in per cent of the base, for suppliers that
    publish steadily; the second those of `months_to_recover`, from the first month of the war, for three months on
    end.
    """
    rows = sold[sold["family"].isin(about.families(group))]
    if rows.empty:
        return pd.DataFrame(columns=["group", "period", "index"]), pd.DataFrame(columns=["group", "months", "reason"])
    of = cube(rows, "value_usd")
    members = {COALITION: steady(of.of(about.coalition)), **{n: list(m) for n, m in about.suppliers.items()}}
    index = recovery_index(rows, {name: who for name, who in members.items() if who}, about.base)
    when = months_to_recover(index, about.war, run=3)
    return index.assign(index=100 * index["index"]), when


def enters(of: Cube, base: Window, after: Window) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return by supplier and family whether some month of `after` can be compared with the base."""
    return np.asarray((contrast(of.cells, of.months, base, after)[0] > 0).any(axis=-1))


def change(of: Cube, base: Window, after: Window) -> float:
    """Return after minus base, a month's mean, summed over suppliers and families; NaN where none can be compared."""
    late, early = contrast(of.cells, of.months, base, after)
    return float(((late - early) * np.nan_to_num(of.cells)).sum()) if late.any() else float("nan")

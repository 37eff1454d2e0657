"""The measures that the verdict weighs, from the panels: one row by period, supplier and criterion. (methods C.6)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from chipflows.analysis import bootstrap
from chipflows.analysis.backfill import backfill
from chipflows.analysis.breaks import order, prepare, sup_f
from chipflows.analysis.causal import difference
from chipflows.analysis.counterfactual import counterfactual_gain
from chipflows.analysis.panel import Window, cube, inside, steady, total
from chipflows.analysis.rerouting import rerouting
from chipflows.analysis.series import interrupted_series
from chipflows.analysis.verdict import Measure


@dataclass(frozen=True)
class Panels:
    """What reporters published; each may be empty, but for `direct`.

    direct, elsewhere: supplier, family, period, value_usd, weight_kg (to the focal destination, to all others);
    destinations: reporter, partner, family, period, value_usd (the suppliers' exports by destination); into_hubs:
    hub, supplier, family, period, value_usd; out_of_hubs: hub, family, period, value_usd (to the focal
    destination).
    """

    direct: pd.DataFrame
    elsewhere: pd.DataFrame
    destinations: pd.DataFrame
    into_hubs: pd.DataFrame
    out_of_hubs: pd.DataFrame


@dataclass(frozen=True)
class Question:
    """What is asked: who lost, who may have gained, of which goods, when. `at`: first month of the controls;
    `left_out`: stockpiling.
    """

    focal: str
    coalition: Sequence[str]
    suppliers: Mapping[str, Sequence[str]]
    listed: Sequence[str]
    base: Window
    periods: Mapping[str, Window]
    at: str | pd.Timestamp
    left_out: Sequence[Window] = ()
    draws: int = bootstrap.DRAWS


def measures(panels: Panels, question: Question) -> pd.DataFrame:
    """All measures of the verdict: `period`, `supplier`, `criterion`, `estimate`, `lo`, `hi`, `missing`.

    The table that `verdict.judge` takes. A measure that cannot be had is NaN with what is missing; one that was
    looked for and not seen (no upward break) is NaN with nothing missing. Sources: the functions called, each with
    its own.
    """
    fall, first = coalition_fall(panels, question)
    routes = {period: matched(panels, question, after) for period, after in question.periods.items()}
    rows = []
    for supplier, members in question.suppliers.items():
        absent = Measure(missing=", ".join(cube(panels.direct, "value_usd").of(members).without_data()))
        timing = upward_break(panels, question, members, first)
        for period, after in question.periods.items():
            if absent.missing:
                found = dict.fromkeys(("beyond", "listed", "timing", "route"), absent)
            else:
                found = {"timing": timing} | in_window(panels, question, members, after)
                found["route"] = max(found["route"], routes[period], key=lambda m: -np.inf if np.isnan(m.lo) else m.lo)
            keys = {"period": period, "supplier": supplier}
            rows += [{**keys, "criterion": name, **asdict(m)} for name, m in {"fall": fall, **found}.items()]
    return pd.DataFrame(rows)


def flow(panels: Panels, question: Question, members: Sequence[str]) -> pd.Series:
    """The monthly sum of listed goods to the focal destination over the members that publish steadily; empty when
    none.
    """
    of = cube(panels.direct, "value_usd").with_families(question.listed).of(members)
    kept = of.of(steady(of))
    return pd.Series(total(kept.cells), index=kept.months) if len(kept.suppliers) else pd.Series(dtype=float)


def coalition_fall(panels: Panels, question: Question) -> tuple[Measure, dict[str, Any] | None]:
    """The coalition's step at the controls in percent, and its break at an unknown month (None for too short a
    series).
    """
    series = flow(panels, question, question.coalition)
    form = "log" if (series.dropna() > 0).all() else "ppml"
    try:
        table = interrupted_series(series, question.at, form, question.left_out)
        first = sup_f(prepare(series, question.left_out))
    except ValueError as error:
        return Measure(missing=f"the coalition ({error})"), None
    return measure(table[table["term"] == "step"].iloc[0], "percent"), first


def upward_break(panels: Panels, question: Question, members: Sequence[str], first: dict[str, Any] | None) -> Measure:
    """Months from the coalition's break to the supplier's; not seen where that is not upward or drowns in the
    noise.
    """
    if first is None:
        return Measure(missing="the coalition")
    try:
        found = sup_f(prepare(flow(panels, question, members), question.left_out))
    except ValueError as error:
        return Measure(missing=f"{', '.join(members)} ({error})")
    if found["p"] >= 0.05 or found["step"] <= 0:
        return Measure()
    return measure(order({"first": first, "second": found}, "first").iloc[1], "months_after", "lo", "hi")


def in_window(panels: Panels, question: Question, members: Sequence[str], after: Window) -> dict[str, Measure]:
    """The measures of one supplier in one period."""
    group, goods, base, draws = {"it": members}, {"listed": question.listed}, question.base, question.draws
    made_up = backfill(panels.direct, question.coalition, group, base, after, goods, draws=draws)
    rows = {str(row["measure"]): row for _, row in made_up.iterrows()}
    found = {name: measure(row, "ratio", "lo", "hi") for name, row in rows.items()}
    found["route"] = measure(rows["value"], "gain")
    found["listed"] = triple(panels, question, members, after)
    found["beyond"] = Measure(missing=f"sales of {', '.join(members)} elsewhere")
    if not panels.elsewhere.empty:
        apart = counterfactual_gain(panels.direct, panels.elsewhere, group, base, after, goods, draws=draws)
        found["beyond"] = measure(apart.iloc[0], "excess")
    return found


def measure(row: pd.Series, estimate: str, lo: str = "", hi: str = "") -> Measure:
    """A measure from the columns of a result (bounds *_lo and *_hi of the estimate unless named); without a number,
    its reason.
    """
    names = (estimate, lo or f"{estimate}_lo", hi or f"{estimate}_hi")
    number, low, high = (float(row[name]) if name in row else np.nan for name in names)
    if np.isfinite([number, low, high]).all():
        return Measure(number, low, high)
    return Measure(missing=str(row["reason"]).removeprefix("no data for "))


def triple(panels: Panels, question: Question, members: Sequence[str], after: Window) -> Measure:
    """The triple difference of the members in percent: before the controls against the months of `after`."""
    panel = panels.destinations
    if panel.empty or not panel["reporter"].isin(list(members)).any():
        return Measure(missing=f"exports of {', '.join(members)} by destination")
    period = pd.DatetimeIndex(panel["period"])
    wanted = np.asarray(period < pd.Timestamp(question.at)) | inside(period, after)
    rows = panel[wanted & panel["reporter"].isin(list(members)).to_numpy()]
    try:
        found = difference(rows, question.focal, question.listed, question.at, left_out=question.left_out)
    except ValueError as error:
        return Measure(missing=f"a comparison with other goods and destinations ({error})")
    return Measure(found["percent"], found["percent_lo"], found["percent_hi"])


def matched(panels: Panels, question: Question, after: Window) -> Measure:
    """The matched excess of the hub where it stands out most, at its headline lag."""
    if panels.into_hubs.empty or panels.out_of_hubs.empty:
        return Measure(missing="third countries")
    table = rerouting(
        panels.into_hubs,
        panels.out_of_hubs,
        panels.direct,
        question.coalition,
        question.base,
        after,
        question.listed,
        draws=question.draws,
    )
    table = table[table["is_headline"] & table["matched"].notna()].sort_values("matched_lo")
    return measure(table.iloc[-1], "matched") if len(table) else Measure(missing="third countries")

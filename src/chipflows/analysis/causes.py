"""Breaks, counterfactuals, events and placebos of the page about causes, from the panels. (methods C.3, C.4)"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from chipflows.analysis.breaks import order, prepare, sup_f
from chipflows.analysis.causal import difference, event_study
from chipflows.analysis.counterfactual import counterfactual_gain
from chipflows.analysis.evidence import Panels, flow
from chipflows.analysis.inputs import ELSEWHERE, Asked
from chipflows.analysis.placebos import placebos
from chipflows.analysis.series import expected_without, interrupted_series
from chipflows.analysis.study import COALITION

DRAWS = 499
STEP = 6
"""Months that one coefficient of the event study covers, and that stand on each side of an event."""


def flows(panels: Panels, about: Asked, group: str) -> dict[str, pd.Series[float]]:
    """Return the monthly sales of goods by the coalition and every supplier, over who publishes steadily, USD."""
    question, who = about.question(group), {COALITION: about.coalition, **about.suppliers}
    series = {name: flow(panels, question, members) for name, members in who.items()}
    return {name: one for name, one in series.items() if one.notna().any()}


def breaks(series: dict[str, pd.Series[float]], about: Asked) -> pd.DataFrame:
    """Return when and by how much every flow broke: `group`, `date`, `date_lo`, `date_hi`, `p`, `step_percent` (at the
    unknown month), `months_after` (the coalition), `percent`, `percent_lo`, `percent_hi` (step at the first month of
    the war), `reason`.
    """
    rows, found = [], {}
    for name, one in series.items():
        row: dict[str, Any] = {"group": name, "reason": ""}
        try:
            found[name] = sup_f(prepare(one, about.stockpiling), DRAWS)
            row |= {key: found[name][key] for key in ("date", "date_lo", "date_hi", "p")}
            row["step_percent"] = 100 * np.expm1(found[name]["step"])
            terms = interrupted_series(one, about.war, "log", about.stockpiling)
            step = terms[terms["term"] == "step"].iloc[0].to_dict()
            row |= {key: float(step[key]) for key in ("percent", "percent_lo", "percent_hi")}
        except ValueError as error:
            row["reason"] = str(error)
        rows.append(row)
    columns = ["group", "date", "date_lo", "date_hi", "p", "step_percent", "percent", "percent_lo", "percent_hi"]
    table = pd.DataFrame(rows, columns=[*columns, "reason"])
    after = order(found, COALITION).set_index("group")["months_after"] if COALITION in found else pd.Series(dtype=float)
    return table.assign(months_after=table["group"].map(after))


def expected(series: dict[str, pd.Series[float]], about: Asked, name: str) -> pd.DataFrame:
    """Return a supplier's sales and what the months before the war foretell, as lines: `group`, `period`, `value_usd`,
    `lo`, `hi`; no rows where there is no figure before the war.
    """
    columns = ["group", "period", "value_usd", "lo", "hi"]
    one = series.get(name, pd.Series(dtype=float))
    if one.empty or (one[one.index < about.war].dropna() <= 0).any() or one[one.index < about.war].count() < 24:
        return pd.DataFrame(columns=columns)
    told = expected_without(one, about.war, about.stockpiling)
    seen = told.rename(columns={"value": "value_usd"}).assign(group=name)[["group", "period", "value_usd"]]
    path = told[told["period"] >= about.war].drop(columns="value").rename(columns={"expected": "value_usd"})
    return pd.concat([seen, path.assign(group=f"{name}, expected")], ignore_index=True)[columns]


def beyond(panels: Panels, about: Asked, group: str) -> pd.DataFrame:
    """Return `counterfactual_gain` of every supplier and period, with `period`; no rows without sales elsewhere."""
    if panels.elsewhere.empty:
        return pd.DataFrame()
    tables = [
        counterfactual_gain(
            panels.direct,
            panels.elsewhere,
            about.suppliers,
            about.base,
            after,
            {group: about.families(group)},
            draws=DRAWS,
        ).assign(period=title)
        for title, after in about.periods.items()
    ]
    return pd.concat(tables, ignore_index=True)


def compared(panel: pd.DataFrame, about: Asked, goods: Sequence[str], places: Sequence[str]) -> pd.DataFrame:
    """Return the origins' exports of groups of goods by destination: reporter, partner, family, period, value_usd."""
    families = [family for group in goods for family in about.families(group)]
    rows = panel[(panel["role"] == "origin") & panel["family"].isin(families) & panel["destination"].isin(list(places))]
    return rows.rename(columns={"destination": "partner"})


def study(panel: pd.DataFrame, about: Asked) -> pd.DataFrame:
    """Return the event study of listed goods to the focal destination against placebo goods and elsewhere, in steps
    of six months; no rows where it can't be estimated. `k` in months; attrs as in `event_study`.
    """
    rows = compared(panel, about, (about.listed, about.placebo), (about.focal, ELSEWHERE))
    reference = about.war - pd.DateOffset(months=1)
    try:
        found = event_study(
            rows, about.focal, about.families(about.listed), reference, (about.first_month, rows["period"].max()), STEP
        )
    except (ValueError, KeyError):  # no rows, or nothing varies within the effects
        return pd.DataFrame(columns=["k", "estimate", "lo", "hi", "lo_sup", "hi_sup", "is_reference"])
    return found.assign(k=found["k"] * STEP + STEP // 2)


def nothing_there(panel: pd.DataFrame, about: Asked, most: int = 3) -> pd.DataFrame:
    """Return effects where there should be none (`placebos`), products alike: earlier years, other destinations, other
    goods; the actual one first.

    Destinations are the largest single third economies of the panel, goods those near the lists against the placebo
    goods, dates the same month of earlier years.
    """
    others = panel[(panel["role"] == "origin") & ~panel["destination"].isin([about.focal, ELSEWHERE, *about.hubs])]
    largest = list(others.groupby("destination")["value_usd"].sum().nlargest(most).index)
    rows = compared(panel, about, (about.listed, about.near, about.placebo), (about.focal, ELSEWHERE, *largest))
    if rows.empty:
        return pd.DataFrame(columns=["kind", "name", "estimate", "lo", "hi", "p", "q", "reason"])
    dates = [about.war - pd.DateOffset(years=back) for back in (1, 2, 3)]
    goods = {about.titles[about.near]: about.families(about.near)} if about.near else {}
    estimate = partial(difference, left_out=about.stockpiling, is_even=True)
    found = placebos(rows, about.focal, about.families(about.listed), about.war, dates, largest, goods, estimate)
    return found.assign(name=found["name"].replace(about.names))

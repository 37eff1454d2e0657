"""The measures that the verdict weighs, from the panels: one row by period, supplier and criterion. (methods C.6)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd

from chipflows.analysis import bootstrap
from chipflows.analysis.backfill import backfill
from chipflows.analysis.causal import difference
from chipflows.analysis.counterfactual import counterfactual_gain
from chipflows.analysis.panel import Window, cube, inside, pair_january_february, steady, total
from chipflows.analysis.rerouting import rerouting
from chipflows.analysis.series import interrupted_series
from chipflows.analysis.verdict import Measure
from chipflows.analysis.wording import listed

YEAR_BEFORE = 12
"""Months before the controls in which a rise that came too early would already be seen."""


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

    The table that `verdict.judge` takes. A measure that cannot be had is NaN with what is missing. Sources: the
    functions called, each with its own.
    """
    panels, question = with_titles(prepared(panels, question.listed), question)
    fall = coalition_fall(panels, question)
    routes = {period: matched(panels, question, after) for period, after in question.periods.items()}
    rows = []
    for supplier, members in question.suppliers.items():
        absent = Measure(missing=listed(cube(panels.direct, "value_usd").of(members).without_data()))
        for period, after in question.periods.items():
            if absent.missing:
                found = dict.fromkeys(("beyond", "listed", "timing", "route"), absent)
            else:
                found = in_window(panels, question, members, after)
                found["route"] = either(found["route"], routes[period])
            keys = {"period": period, "supplier": supplier}
            rows += [{**keys, "criterion": name, **asdict(m)} for name, m in {"fall": fall, **found}.items()]
    return pd.DataFrame(rows)


def prepared(panels: Panels, families: Sequence[str]) -> Panels:
    """The panels with January and February paired, without the goods that only the comparison with others needs."""
    keys = {
        "direct": ["supplier", "family"],
        "elsewhere": ["supplier", "family"],
        "destinations": ["reporter", "partner", "family"],
        "into_hubs": ["hub", "supplier", "family"],
        "out_of_hubs": ["hub", "family"],
    }
    tables = {}
    for name, key in keys.items():
        table: pd.DataFrame = getattr(panels, name)
        wanted = table if table.empty or name == "destinations" else table[table["family"].isin(list(families))]
        columns = [column for column in ("value_usd", "weight_kg") if column in table]
        tables[name] = pair_january_february(wanted, columns, [one for one in key if one in table])
    return replace(panels, **tables)


def with_titles(panels: Panels, question: Question) -> tuple[Panels, Question]:
    """Both with titles instead of codes where a supplier of the question is one reporter, so that words name it."""
    titles = {members[0]: title for title, members in question.suppliers.items() if len(members) == 1}

    def told(table: pd.DataFrame, column: str) -> pd.DataFrame:
        if table.empty:
            return table
        codes = table[column].astype(object)
        return table.assign(**{column: codes.map(titles).fillna(codes)})

    named = {name: told(getattr(panels, name), "supplier") for name in ("direct", "elsewhere")}
    suppliers = {title: [titles.get(m, m) for m in members] for title, members in question.suppliers.items()}
    return replace(panels, destinations=told(panels.destinations, "reporter"), **named), replace(
        question, suppliers=suppliers
    )


def either(direct: Measure, through: Measure) -> Measure:
    """The way by which more came for sure; where neither is above 0 for sure and one is not known, that is missing."""
    sure = [way for way in (direct, through) if way.lo > 0]
    if sure:
        return max(sure, key=lambda way: way.lo)
    return through if direct.is_known and not through.is_known else direct


def flow(panels: Panels, question: Question, members: Sequence[str]) -> pd.Series:
    """The monthly sum of listed goods to the focal destination over the members that publish steadily; empty when
    none.
    """
    of = cube(panels.direct, "value_usd").with_families(question.listed).of(members)
    kept = of.of(steady(of))
    return pd.Series(total(kept.cells), index=kept.months) if len(kept.suppliers) else pd.Series(dtype=float)


def coalition_fall(panels: Panels, question: Question) -> Measure:
    """The coalition's step at the controls in percent."""
    series = flow(panels, question, question.coalition)
    form = "log" if (series.dropna() > 0).all() else "ppml"
    try:
        table = interrupted_series(series, question.at, form, question.left_out)
    except ValueError as error:
        return Measure(missing=f"the coalition ({error})")
    return measure(table[table["term"] == "step"].iloc[0], "percent")


def in_window(panels: Panels, question: Question, members: Sequence[str], after: Window) -> dict[str, Measure]:
    """The measures of one supplier in one period."""
    group, goods, base, draws = {"it": members}, {"listed": question.listed}, question.base, question.draws
    made_up = backfill(panels.direct, question.coalition, group, base, after, goods, draws=draws)
    rows = {str(row["measure"]): row for _, row in made_up.iterrows()}
    found = {name: measure(row, "ratio", "lo", "hi") for name, row in rows.items()}
    found["route"] = measure(rows["value"], "gain")
    at = pd.Timestamp(question.at)
    found["listed"] = triple(panels, question, members, after, pd.Timestamp.min)
    found["timing"] = triple(panels, question, members, after, at - pd.DateOffset(months=YEAR_BEFORE))
    found["beyond"] = Measure(missing=f"sales of {listed(members)} elsewhere")
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
    return Measure(missing=str(row.get("reason", "")).removeprefix("no data for ") or "enough months to know its noise")


def triple(panels: Panels, question: Question, members: Sequence[str], after: Window, since: pd.Timestamp) -> Measure:
    """The triple difference of the members in percent, products alike: `after` against the months from `since` to
    the controls.
    """
    panel = panels.destinations
    if panel.empty or not panel["reporter"].isin(list(members)).any():
        return Measure(missing=f"exports of {listed(members)} by destination")
    period = pd.DatetimeIndex(panel["period"])
    before = np.asarray((period >= since) & (period < pd.Timestamp(question.at)))
    rows = panel[(before | inside(period, after)) & panel["reporter"].isin(list(members)).to_numpy()]
    try:
        found = difference(rows, question.focal, question.listed, question.at, left_out=question.left_out, is_even=True)
    except ValueError as error:
        return Measure(missing=f"a comparison with other goods and destinations ({error})")
    return measure(pd.Series(found), "percent")


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

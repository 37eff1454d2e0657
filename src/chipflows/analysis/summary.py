"""The page of the verdict: which periods and suppliers meet the five tests, in words made from the numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from chipflows.analysis.evidence import measures
from chipflows.analysis.inputs import Asked, panels
from chipflows.analysis.replaced_words import some
from chipflows.analysis.verdict import CANNOT_SAY, CRITERIA, MET, NOT_SUPPORTED, SUPPORTED, judge
from chipflows.analysis.wording import listed

Tables = tuple[pd.DataFrame, pd.DataFrame]


def weighed(panel: pd.DataFrame, about: Asked, group: str) -> Tables:
    """Return criteria and verdicts of `judge` about one group of goods, from `marts.panel`."""
    if (panel["destination"] == about.focal).any():
        return judge(measures(panels(panel, about, group), about.question(group)))
    keys = [(period, supplier, "fall") for period in about.periods for supplier in about.suppliers]
    nothing = pd.DataFrame(keys, columns=["period", "supplier", "criterion"])
    return judge(nothing.assign(estimate=np.nan, lo=np.nan, hi=np.nan, missing="any supplier"))


def answer(found: Tables, about: Asked, group: str) -> str:
    """Return the verdict about all origins together in one sentence with the share made up and its interval: in which
    periods it is supported, in which not.
    """
    goods, destination = some(about, group), about.study.destination
    rows = found[1][found[1]["supplier"] == about.together]
    by = {v: rows[rows["verdict"] == v] for v in (SUPPORTED, NOT_SUPPORTED, CANNOT_SAY)}
    if len(by[CANNOT_SAY]) == len(rows):
        return f"Whether {about.together} stepped in can't be said: {_missing(rows)}"
    claim = f"{about.together} stepped in for {goods} that the coalition no longer sold to {destination}"
    if len(by[SUPPORTED]):
        shares = listed(value for value in by[SUPPORTED]["value"] if value)
        made_up = f", making up {shares} of the lost value" if shares else ""
        told = [f"In {listed(by[SUPPORTED]['period'])} {claim}{made_up}"]
        told += [f"in {listed(by[NOT_SUPPORTED]['period'])} the figures do not show it"] * bool(len(by[NOT_SUPPORTED]))
    else:
        best = by[NOT_SUPPORTED].set_index("period")["value"].get(shown_period(found, about), "")
        most = f"; in {shown_period(found, about)} they made up {best} of the lost value" if best else ""
        where = "any period" if len(by[NOT_SUPPORTED]) == len(rows) else listed(by[NOT_SUPPORTED]["period"])
        told = [f"The figures do not show that {claim} in {where}{most}"]
    told += [f"for {listed(by[CANNOT_SAY]['period'])} nothing can be said"] * bool(len(by[CANNOT_SAY]))
    return f"{'; '.join(told)}."


def _missing(rows: pd.DataFrame) -> str:
    return str(rows.loc[rows["verdict"] == CANNOT_SAY, "sentence"].iloc[0]).removeprefix(CANNOT_SAY_LEAD)


CANNOT_SAY_LEAD = "Can't say: "


def limit(found: Tables, about: Asked) -> str:
    """Return what the answer rests on: the tests, how many are met where not all are, and what volume says."""
    criteria, verdicts = found
    if set(verdicts["verdict"]) == {CANNOT_SAY}:
        return "A verdict needs the exports of the origins to that destination, to others, and of other goods."
    period = shown_period(found, about)
    rows = criteria[(criteria["supplier"] == about.together) & (criteria["period"] == period)]
    met = int((rows["state"] == MET).sum())
    at_best = "" if met == len(CRITERIA) else f"; at best, in {period}, {met} are"
    told = f"A period counts only where all {len(CRITERIA)} tests of the verdict are met{at_best}."
    text = verdicts.loc[(verdicts["supplier"] == about.together) & (verdicts["period"] == period), "compensation"]
    volume = f" In {period}, {text.iloc[0]}." if text.iloc[0] else ""
    return f"{told}{volume} In brackets 95% intervals."


def shown_period(found: Tables, about: Asked) -> str:
    """Return the period whose tests are shown one by one: of those with the most tests met, the first."""
    criteria = found[0][found[0]["supplier"] == about.together]
    met = (criteria["state"] == MET).groupby(criteria["period"], sort=False).sum()
    return str(met.idxmax())


def tests(found: Tables, about: Asked, period: str) -> pd.DataFrame:
    """Return the five tests of one period: `test`, `number` (with interval), `state`, `falsified_by`."""
    rows = found[0][(found[0]["supplier"] == about.together) & (found[0]["period"] == period)]
    words = rows["words"].str[:1].str.upper() + rows["words"].str[1:]
    table = {"test": rows["title"], "number": words, "state": rows["state"], "falsified_by": rows["falsified_by"]}
    return pd.DataFrame(table).reset_index(drop=True)


def states(found: Tables, about: Asked) -> pd.DataFrame:
    """Return the state of every test in every period for all origins together, and the verdict as the first row."""
    rows = found[0][found[0]["supplier"] == about.together]
    wide = rows.pivot(index="title", columns="period", values="state")
    wide = wide.reindex(index=[rule.title for rule in CRITERIA.values()], columns=list(about.periods))
    verdicts = found[1][found[1]["supplier"] == about.together].set_index("period")["verdict"]
    first = pd.DataFrame([verdicts.reindex(list(about.periods))], index=["Verdict"])
    return pd.concat([first, wide]).rename_axis("Test").reset_index()


def by_supplier(found: Tables, about: Asked) -> pd.DataFrame:
    """Return the verdict of every supplier and period as text, the share made up in volume below it."""
    rows = found[1].assign(
        text=[_cell(v, c) for v, c in zip(found[1]["verdict"], found[1]["compensation"], strict=True)]
    )
    wide = rows.pivot(index="supplier", columns="period", values="text")
    return wide.reindex(index=list(about.suppliers), columns=list(about.periods)).rename_axis("Supplier").reset_index()


def _cell(verdict: str, compensation: str) -> str:
    """A verdict with the share of the lost volume below it."""
    share = compensation.partition(" of the loss")[0]
    return f"{verdict}\n{share} of volume" if share else verdict


def key_numbers(found: Tables, about: Asked) -> list[tuple[str, str, str]]:
    """Return what all origins made up in value and in volume, in the period of most tests met, and how many are."""
    rows = found[1][(found[1]["supplier"] == about.together) & (found[1]["verdict"] != CANNOT_SAY)]
    if rows.empty:
        return []
    period = shown_period(found, about)
    row, cells = rows[rows["period"] == period], []
    for measure in ("value", "volume"):
        number, _, interval = str(row[measure].iloc[0] if len(row) else "").partition(" (")
        if number:
            cells.append((f"Made up in {measure}, {period}", number, f"95%: {interval.removesuffix(')')}"))
    supported = rows.loc[rows["verdict"] == SUPPORTED, "period"]
    where = listed(supported) or "in none"
    return [*cells, ("All tests met", f"{len(supported)} of {len(about.periods)} periods", where)]

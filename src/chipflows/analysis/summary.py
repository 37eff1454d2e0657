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
    """Return the verdict about all origins together in one sentence: in which periods it is supported, in which not."""
    goods = some(about, group)
    rows = found[1][found[1]["supplier"] == about.together]
    by = {v: list(rows.loc[rows["verdict"] == v, "period"]) for v in (SUPPORTED, NOT_SUPPORTED, CANNOT_SAY)}
    claim = (
        f"that {about.together} stepped in for {goods} that the coalition no longer sold to {about.study.destination}"
    )
    told = []
    if by[SUPPORTED]:
        told.append(f"The figures support {claim} in {listed(by[SUPPORTED])}")
    if by[NOT_SUPPORTED]:
        told.append(
            f"{'they do not' if told else f'The figures do not support {claim}'} in {listed(by[NOT_SUPPORTED])}"
        )
    if by[CANNOT_SAY]:
        missing = str(rows.loc[rows["verdict"] == CANNOT_SAY, "sentence"].iloc[0])
        if not told:
            return f"Whether {about.together} stepped in can't be said: {missing.removeprefix(CANNOT_SAY_LEAD)}"
        told.append(f"for {listed(by[CANNOT_SAY])} nothing can be said")
    return f"{'; '.join(told)}."


CANNOT_SAY_LEAD = "Can't say: "


def limit(found: Tables, about: Asked) -> str:
    """Return what the answer rests on: the tests, how many are met at best, and what volume says."""
    criteria, verdicts = found
    rows = criteria[(criteria["supplier"] == about.together) & (criteria["state"] == MET)]
    if set(verdicts["verdict"]) == {CANNOT_SAY}:
        return "A verdict needs the exports of the origins to that destination, to others, and of other goods."
    most = int(rows.groupby("period").size().max()) if len(rows) else 0
    volume = next((t for p, t in _compensations(verdicts, about) if p == shown_period(found, about)), "")
    told = f"Supported means that all {len(CRITERIA)} tests below are met; at best {most} are."
    return f"{told} {f'In volume, {volume}.' if volume else ''}".strip()


def _compensations(verdicts: pd.DataFrame, about: Asked) -> list[tuple[str, str]]:
    rows = verdicts[(verdicts["supplier"] == about.together) & (verdicts["compensation"] != "")]
    return list(zip(rows["period"], rows["compensation"], strict=True))


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
    """Return for each supplier in how many periods its verdict is supported."""
    cells = []
    for supplier in list(about.suppliers)[:3]:
        rows = found[1][found[1]["supplier"] == supplier]
        known = rows[rows["verdict"] != CANNOT_SAY]
        if len(known):
            where = listed(known.loc[known["verdict"] == SUPPORTED, "period"]) or "in none of the periods"
            cells.append((supplier, f"{(known['verdict'] == SUPPORTED).sum()} of {len(rows)} periods", where))
    return cells


def falsifier(found: Tables, about: Asked, period: str) -> str:
    """Return what would overturn the verdict of one period."""
    rows = found[1][(found[1]["supplier"] == about.together) & (found[1]["period"] == period)]
    return f"{period}: {rows['falsified_by'].iloc[0]}"

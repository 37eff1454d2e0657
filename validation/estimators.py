"""Each estimator on one simulated world: what it says, and what is true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from chipflows.analysis.backfill import backfill
from chipflows.analysis.breaks import chow, prepare, sup_f
from chipflows.analysis.causal import DIFFERENCE, TRIPLE, difference, event_study
from chipflows.analysis.counterfactual import counterfactual_gain
from chipflows.analysis.panel import cube, total
from chipflows.analysis.prices import double_ratio, price_ratios
from chipflows.analysis.regression import Fit, lag_length, newey_west
from chipflows.analysis.rerouting import rerouting
from chipflows.analysis.series import interrupted_series, interruption, kept, position, season
from chipflows.analysis.several_breaks import several_breaks
from validation.world import (
    AFTER,
    BACKFILL,
    BASE,
    CHINA_BASE,
    COALITION,
    FALL,
    FIRST_MONTHS,
    FOCAL,
    HUBS,
    LATE,
    MONTHS,
    NOTHING,
    REROUTE,
    SAFE,
    SCENARIOS,
    STOCKPILING,
    Scenario,
    World,
    routes,
    supply,
)

DRAWS = 499
CHINA = {"China": ["CHN"]}
EFFECT = 1.8


@dataclass(frozen=True)
class Finding:
    """One estimate: its interval, the truth, the value of no effect, and whether an effect is found (None: by the
    interval).
    """

    estimator: str
    scenario: str
    estimate: float
    lo: float
    hi: float
    truth: float
    null: float = 0.0
    is_found: bool | None = None


def on_supply(number: int, seed: int) -> list[Finding]:
    """All findings about supply in scenario `number`."""
    scenario = SCENARIOS[number]
    panels = supply(World(scenario, np.random.default_rng([seed, number])))
    findings = []
    for estimate, scenarios in (
        (_backfill, (NOTHING, FALL, BACKFILL)),
        (_series, (NOTHING, FALL, LATE)),
        (_prices, (NOTHING, BACKFILL)),
        (_rerouting, (NOTHING, FALL, REROUTE)),
    ):
        if scenario in scenarios:
            findings += estimate(scenario, panels)
    return findings


def _backfill(scenario: Scenario, panels: dict[str, pd.DataFrame]) -> list[Finding]:
    direct, goods, found = panels["direct"], {"safe": SAFE}, []
    for measure, column, truth in (("value", "value_usd", scenario.value), ("volume", "weight_kg", scenario.volume)):
        windows = {"": AFTER} | ({", four months": FIRST_MONTHS} if measure == "value" else {})
        for name, after in windows.items():
            row = backfill(direct, COALITION, CHINA, BASE, after, goods, {measure: column}, DRAWS).iloc[0]
            found.append(
                Finding(f"backfill ratio, {measure}{name}", scenario.name, row["ratio"], row["lo"], row["hi"], truth)
            )
    apart = counterfactual_gain(direct, panels["elsewhere"], CHINA, BASE, AFTER, goods, draws=DRAWS).iloc[0]
    truth = scenario.value * (1 - scenario.kept) / CHINA_BASE
    found.append(Finding("counterfactual gain", scenario.name, apart["ratio"], apart["lo"], apart["hi"], truth))
    return found


def _series(scenario: Scenario, panels: dict[str, pd.DataFrame]) -> list[Finding]:
    of = cube(panels["direct"], "value_usd").with_families(SAFE).of(COALITION)
    series = pd.Series(total(of.cells), index=of.months)
    name, truth, found = scenario.name, float(np.log(scenario.kept)), []
    if scenario is LATE:
        found.append(_date(series, scenario))
        return found
    for form, title in (("log", "ITS step"), ("ppml", "ITS step, PPML")):
        step = interrupted_series(series, scenario.start, form, [STOCKPILING]).set_index("term").loc["step"]
        found.append(Finding(title, name, step["estimate"], step["lo"], step["hi"], truth))
    test = chow(series, scenario.start, [STOCKPILING])
    breaks = several_breaks(prepare(series, [STOCKPILING]), draws=99)
    return [
        *found,
        _plain_newey_west(series, scenario),
        _date(series, scenario),
        Finding("Chow test", name, np.nan, np.nan, np.nan, truth, is_found=test["p"] < 0.05),
        Finding("Bai-Perron", name, np.nan, np.nan, np.nan, truth, is_found=len(breaks) > 0),
    ]


def _date(series: pd.Series, scenario: Scenario) -> Finding:
    """sup-F; its estimate is the month of the break counted from the true one."""
    left_out = [] if scenario is LATE else [STOCKPILING]
    found = sup_f(prepare(series, left_out), 199)
    start = pd.Timestamp(scenario.start)
    apart = [
        12 * (d.year - start.year) + d.month - start.month for d in (found["date"], found["date_lo"], found["date_hi"])
    ]
    is_null = scenario.kept == 1
    numbers = [np.nan] * 3 if is_null else [float(months) for months in apart]
    null = 0.0 if is_null else np.nan
    return Finding("break date (sup-F)", scenario.name, *numbers, 0.0, null, bool(found["p"] < 0.05))


def _plain_newey_west(series: pd.Series, scenario: Scenario) -> Finding:
    """Least squares with plain Newey-West, as in many papers; for comparison."""
    known = kept(series, [STOCKPILING])
    months = pd.DatetimeIndex(known.index)
    table = pd.concat([season(months), interruption(months, scenario.start)], axis=1)
    x, y = table.to_numpy(), np.log(known.to_numpy())
    coefficients = np.linalg.lstsq(x, y, rcond=None)[0]
    variance = newey_west(x, y - x @ coefficients, position(months), lag_length(len(y)))
    fit = Fit(coefficients, variance, len(y) - x.shape[1], 0.0, x @ coefficients)
    estimate, lo, hi, _ = fit.interval(np.asarray(table.columns == "step", dtype=float))
    return Finding("ITS step, plain Newey-West", scenario.name, estimate, lo, hi, float(np.log(scenario.kept)))


def _prices(scenario: Scenario, panels: dict[str, pd.DataFrame]) -> list[Finding]:
    china = panels["direct"][panels["direct"]["supplier"] == "CHN"]
    ratios = price_ratios(china, panels["elsewhere"])
    table = double_ratio(ratios, china, CHINA, BASE, AFTER, SAFE, draws=DRAWS)
    table = table[(table["price"] == "double") & ~table["is_weighted"]]
    return [
        Finding(
            f"price ratio, {'trimmed' if row['is_trimmed'] else 'untrimmed'}",
            scenario.name,
            row["estimate"],
            row["lo"],
            row["hi"],
            scenario.median_price_rise,
            null=1.0,
        )
        for _, row in table.iterrows()
    ]


def _rerouting(scenario: Scenario, panels: dict[str, pd.DataFrame]) -> list[Finding]:
    table = rerouting(
        panels["into"], panels["out"], panels["direct"], COALITION, BASE, AFTER, SAFE, lags=(0,), draws=DRAWS
    )
    rows = table.set_index("hub")
    found = []
    for hub, name in ((HUBS[0], "rerouting, a hub used"), (HUBS[2], "rerouting, a hub not used")):
        row = rows.loc[hub]
        truth = scenario.rerouted if hub == HUBS[0] else 0.0
        numbers = [float(row.get(key, np.nan)) for key in ("share", "lo", "hi")]
        found.append(Finding(name, scenario.name, *numbers, truth, is_found=bool(row["matched_lo"] > 0)))
    return found


def on_routes(effect: float, seed: int) -> list[Finding]:
    """Difference designs with a planted `effect` (1 = none)."""
    name = "no effect" if effect == 1 else f"listed goods to the destination ×{effect}"
    truth, found = float(np.log(effect)), []
    shocked, calm = (
        routes(World(NOTHING, np.random.default_rng([seed, 99])), effect, shocks) for shocks in (0.10, 0.0)
    )
    for title, panel, effects, is_even in (
        ("triple difference", shocked, TRIPLE, False),
        ("triple difference, products alike", shocked, TRIPLE, True),
        ("DiD", calm, DIFFERENCE, False),
    ):
        row = difference(panel, FOCAL, SAFE, NOTHING.start, effects, left_out=[STOCKPILING], is_even=is_even)
        found.append(Finding(title, name, row["estimate"], row["lo"], row["hi"], truth))
    if effect == 1:
        study = event_study(shocked, FOCAL, SAFE, "2022-02", (shocked["period"].min(), MONTHS[-1]), width=6)
        title, nothing, is_found = "event study, joint test of leads", [np.nan] * 3, study.attrs["leads_p"] < 0.05
        found.append(Finding(title, name, *nothing, truth, is_found=bool(is_found)))
    return found

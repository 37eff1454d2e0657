"""Made-up frames for every form of figure: one like the real thing, one that strains the layout."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from chipflows.figures import charts
from chipflows.figures.block import FigureBlock

SOURCE = {
    "publisher": "China Customs via UN Comtrade",
    "vintage": "2025-10-14",
    "basis": "mirror exports, fob, current USD",
    "coverage": "38 of 40 reporters",
    "trace": "chipflows trace marts.direct --where \"family = 'F854231'\"",
    "is_synthetic": True,
}
EVENTS = pd.DataFrame(
    [
        ("2022-02-24", "war", "invasion, first export controls"),
        ("2022-06-28", "listing", "first Chinese suppliers listed"),
        ("2023-05-19", "export control/list", "nine priority codes"),
        ("2023-12-22", "secondary sanctions", "bank threat"),
        ("2024-06-12", "statement", "threat widened"),
    ],
    columns=["date", "kind", "label"],
).assign(status="verified", is_default="true")
CROWDED = pd.DataFrame(
    [
        ("2017-01-03", "listing", "an early event with a label of forty."),
        ("2022-02-24", "war", "invasion, first export controls"),
        ("2022-02-28", "export control", "four days later, a second event"),
        ("2025-11-20", "claim", "an event at the very end of the axis"),
        ("2025-12-10", "statement", "and one more behind it"),
    ],
    columns=["date", "kind", "label"],
).assign(status="verified", is_default="false")
LONG = "A name that is much longer than anybody would want to read next to a mark in a chart"
GOODS = [
    ("Machining centres", "845710", 1.9, 14.3),
    ("Other ICs", "854239", 3.5, 21.5),
    ("Processors", "854231", 5.8, 28),
    ("Power transistors", "854129", 1.6, 6.5),
    ("Amplifiers", "854233", 0.7, 2.7),
    ("MLCC", "853224", 0.95, 2.5),
    ("Memories", "854232", 2.6, 6.8),
    ("Routers, modems", "851762", 20, 42),
    ("Servers, boards", "847150", 11, 22.5),
    ("Plugs, sockets", "853669", 4.6, 8.2),
    ("Printed circuits", "853400", 2.3, 3.2),
    ("Chip tools", "848620", 0.98, 0.6),
]
BASELINES = [
    ("W1", "2021", 1.3),
    ("W2", "2019–21", 1),
    ("W3", "Mar 2021–Feb 2022", 1.4),
    ("W4", "Jan–Sep 2021", 1.2),
    ("W5", "Jul–Dec 2021", 1.5),
]
WAR = pd.Timestamp("2022-03-01")


def months(first: str = "2017-01", last: str = "2025-12") -> pd.DatetimeIndex:
    return pd.period_range(first, last, freq="M").to_timestamp()


def since_war(at: pd.DatetimeIndex) -> np.ndarray:
    return np.maximum(0, (at.year - 2022) * 12 + at.month - 2).to_numpy()


def lines(first: str = "2017-01", last: str = "2025-12") -> pd.DataFrame:
    draw, at = np.random.default_rng(1), months(first, last)
    k = since_war(at)
    levels = {
        "China": np.where(k > 0, np.clip(4 + k * 1.6, 0, 30), 6),
        "Hong Kong": np.where(k > 0, np.clip(7 + k * 4, 20, 48) - np.maximum(0, k - 20), 9),
        "Coalition": np.where(k > 0, 8 - np.minimum(k, 4) * 1.4, 60),
    }
    parts = [
        pd.DataFrame(
            {
                "group": group,
                "period": at,
                "value_usd": level * draw.normal(1, 0.07, len(at)) * 1e6,
                "is_published": True,
            }
        )
        for group, level in levels.items()
    ]
    expected = pd.DataFrame(
        {"group": "China, expected", "period": at[k > 0], "value_usd": 8e6, "lo": 5e6, "hi": 11e6, "is_published": True}
    )
    df = pd.concat([*parts, expected], ignore_index=True)
    silent = (df["group"] == "Hong Kong") & df["period"].between("2023-01-01", "2023-03-01") | (df["period"] == at[-1])
    df.loc[silent, "value_usd"], df.loc[silent, "is_published"] = np.nan, False
    return df


def panels(goods: list[tuple[str, str, float, float]] = GOODS, top: float = 1) -> pd.DataFrame:
    draw, at = np.random.default_rng(2), months()
    k, parts = since_war(at), []
    for title, code, before, after in goods:
        level = 100 * after / before / 3 * top
        focus = np.where(k > 0, level * (0.3 + 0.7 * np.clip(k / 15, 0, 1)), 100) * draw.normal(1, 0.07, len(at))
        coalition = np.where(k > 0, 14 * np.exp(-k / 30), 100 * draw.normal(1, 0.07, len(at)))
        for group, values in (("China + HK", focus), ("Coalition", coalition)):
            part = pd.DataFrame(
                {"family": code, "title": title, "hs6": code, "period": at, "group": group, "index": values}
            )
            part["is_comparable"] = (part["period"] >= "2022-01-01") | (code != "854129")
            parts.append(part)
    df = pd.concat(parts, ignore_index=True)
    df.loc[(df["hs6"] == "853224") & df["period"].between("2024-03-01", "2024-07-01"), "index"] = np.nan
    return df


def bells(goods: list[tuple[str, str, Any, Any]] = GOODS) -> pd.DataFrame:
    rows = [
        {
            "hs6": code,
            "title": title,
            "baseline": w,
            "baseline_title": name,
            "value_usd_base": before * f * 1e6,
            "value_usd_after": after * 1e6,
        }
        for title, code, before, after in goods
        for w, name, f in BASELINES
    ]
    return pd.DataFrame(rows)


def backfill(
    titles: tuple[str, ...] = ("All safe codes", "Integrated circuits", "Passives", "Chip tools"),
) -> pd.DataFrame:
    rows = []
    for i, title in enumerate((*titles, "Not lost")):
        for measure, loss, scale in (("value", 212e6 / (i + 1), 1.0), ("volume", 3.9e6 / (i + 1), 0.6)):
            loss = -loss if title == "Not lost" else loss
            gains = [scale * gain / (1 + (i == 3) * 4) for gain in (0.38, 0.27, 0.09, 0.1)]
            ratio = sum(gains) if loss > 0 else np.nan
            for group, letters, gain in zip(
                ("China", "Hong Kong", "Turkey", "other hubs"), ("CN", "HK", "TR", ""), gains, strict=True
            ):
                rows.append(
                    {
                        "family": f"F{i}",
                        "title": title,
                        "measure": measure,
                        "group": group,
                        "letters": letters,
                        "gain": gain * abs(loss),
                        "loss": loss,
                        "ratio": ratio,
                        "lo": ratio * 0.82,
                        "hi": ratio * 1.18,
                    }
                )
    return pd.DataFrame(rows)


def pairs(hubs: tuple[str, ...] = ("Turkey", "Kazakhstan", "Kyrgyzstan", "Armenia", "Georgia")) -> pd.DataFrame:
    draw, at = np.random.default_rng(6), months("2020-01", "2024-06")
    k, parts = since_war(at), []
    for i, hub in enumerate(hubs):
        for leg, base, excess in (
            ("in", 20 / (i + 1), 12 / (i + 1)),
            ("out", 8 / (i + 1), (14 if i < 4 else 0.5) / (i + 1)),
        ):
            value = (base + excess * np.clip(k / 8, 0, 1)) * draw.normal(1, 0.08, len(at)) * 1e6
            part = pd.DataFrame(
                {
                    "hub": f"H{i}",
                    "title": hub,
                    "leg": leg,
                    "period": at,
                    "value_usd": value,
                    "base": base * 1e6,
                    "excess": excess * 8e5,
                }
            )
            parts.append(part)
    df = pd.concat(parts, ignore_index=True)
    df.loc[
        (df["hub"] == "H3") & (df["leg"] == "out") & df["period"].between("2023-08-01", "2023-10-01"), "value_usd"
    ] = np.nan
    return df


def strips(goods: list[tuple[str, str, float, float]] = GOODS) -> pd.DataFrame:
    draw, rows = np.random.default_rng(7), []
    for title, code, before, after in goods:
        for window, at, level in (
            ("before", months("2019-01", "2021-12"), 1.0),
            ("after", months("2023-01", "2024-12"), after / before),
        ):
            for period, ratio in zip(at, level * np.exp(draw.normal(0, 0.3, len(at))), strict=True):
                rows.append(
                    {
                        "hs6": code,
                        "title": title,
                        "period": period,
                        "window": window,
                        "price_ratio": ratio,
                        "is_quantity_estimated": period.month == 4,
                    }
                )
    return pd.DataFrame(rows)


def grid(more: tuple[str, ...] = ()) -> pd.DataFrame:
    draw, at, parts = np.random.default_rng(3), months(), []
    names = [
        ("China", "origin"),
        ("Hong Kong", "origin"),
        ("EU-27", "coalition"),
        ("Japan", "coalition"),
        ("Turkey", "hub"),
        ("United Arab Emirates", "hub"),
        ("Belarus", "hub"),
        ("India", "rest"),
        *((name, "rest") for name in more),
    ]
    for i, (name, role) in enumerate(names):
        state = np.where(
            draw.random(len(at)) < 0.9 - 0.1 * i,
            "published",
            np.where(draw.random(len(at)) < 0.5, "partial", "missing"),
        ).astype(object)
        state[len(at) - i % 3 :] = "not_due"
        if name == "Belarus":
            state[at >= WAR] = "missing"
        if name == "India":
            state[:12] = "not_asked"
        parts.append(
            pd.DataFrame(
                {
                    "reporter": f"R{i}",
                    "title": name,
                    "role": role,
                    "period": at,
                    "state": state,
                    "share_of_base": 0.3 / (i + 1),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def study(leads: int = 18, lags: int = 24, size: float = 1) -> pd.DataFrame:
    draw, k = np.random.default_rng(8), np.arange(-leads, lags + 1)
    estimate = size * np.where(
        k < 0,
        draw.normal(0, 0.09, len(k)) + 0.2 * ((k >= -5) & (k <= -3)),
        np.minimum(-0.5 + 0.25 * k, 0.6 + 0.025 * k),
    )
    error = np.where(k == -1, np.nan, 0.2 * size)
    estimate[k == -1] = 0
    return pd.DataFrame(
        {
            "k": k,
            "estimate": estimate,
            "lo": estimate - 1.4 * error,
            "hi": estimate + 1.4 * error,
            "lo_sup": estimate - 2 * error,
            "hi_sup": estimate + 2 * error,
            "is_reference": k == -1,
            "label": np.where((k >= -5) & (k <= -3), "stockpiling", ""),
        }
    )


def specifications(extra: tuple[str, ...] = ()) -> pd.DataFrame:
    draw, rows = np.random.default_rng(9), []
    choices = (
        ("value", "volume"),
        ("China", "China + HK", "+ all hubs"),
        tuple(b[1] for b in BASELINES),
        ("IC core", "CHPL-safe", "CHPL-50", *extra),
    )
    for i, (measure, partners, baseline, goods) in enumerate(itertools.product(*choices)):
        estimate = (
            0.1
            + 0.35 * (measure == "value")
            + 0.25 * (partners != "China")
            + 0.25 * (partners == "+ all hubs")
            + draw.normal(0, 0.09)
        )
        is_main = (measure, partners, baseline, goods) == ("volume", "China + HK", "2019–21", "CHPL-safe")
        rows.append(
            {
                "spec_id": f"s{i:03d}",
                "measure": measure,
                "partners": partners,
                "baseline": baseline,
                "goods": goods,
                "estimate": estimate,
                "lo": estimate - 0.15,
                "hi": estimate + 0.15,
                "is_main": is_main,
            }
        )
    return pd.DataFrame(rows)


def published(*more: tuple[Any, ...]) -> pd.DataFrame:
    rows = [
        ("Think tank A", "50 codes, Dec 2023", "> $600m", "$612m", 1.02, "within_5", True, "“more than”"),
        ("Newspaper B", "ICs, 2021", "$74m", "$73.6m", 0.995, "within_5", False, ""),
        ("Data firm C", "HK chips, Dec 2023", "$52m", "$55.9m", 1.075, "within_10", False, None),
        ("Central bank D", "unit value, 2021–24", "+87%", "+79%", 0.91, "within_10", False, ""),
        ("Newspaper E", "Turkey, Jan–Sep 2023", "$158m", "$131m", 0.83, "further", False, "vintage?"),
        ("Institute F", "45 codes, 2023", "$12.5bn", "$7.6bn", 0.61, "not_comparable", False, "transactions"),
        *more,
    ]
    return pd.DataFrame(
        rows, columns=["publisher", "definition", "published", "ours", "ratio", "state", "is_one_sided", "reason"]
    )


def around(name: str, unit: str) -> dict[str, Any]:
    return {
        "name": name,
        "title": "A finding with a verb that takes up as much room as a title is allowed to take up here",
        "title_neutral": "What the figure measures",
        "holds": True,
        "subtitle": f"What is measured and of whom, {unit}, over which time",
        "unit": unit,
        "source": SOURCE,
        "number": 3,
    }


def strained_lines() -> pd.DataFrame:
    df = lines()
    df["group"] = df["group"].replace(
        {"Hong Kong": "An economy with quite a long name", "China": "Another one with a long name"}
    )
    df.loc[(df["group"] == "Coalition") & (df["period"] > "2022-02-01"), "value_usd"] = np.nan
    return df


EMPTY_ROW = [
    ("Nothing before", "851712", 0.0, 3.0),
    ("Nothing after", "851713", 2.0, 0.0),
    ("Not published", "851714", np.nan, 2.0),
]
LONG_ROW = [(LONG, "999999", 0.0004, 900.0)]

FORMS: dict[str, Callable[[], FigureBlock]] = {
    "lines": lambda: charts.monthly_lines(lines(), events=EVENTS, **around("lines", "USD million a month")),
    "panels": lambda: charts.small_multiples(
        panels(), events=EVENTS, mark="2023-12", **around("panels", "index, 2019–21 = 100")
    ),
    "bells": lambda: charts.dumbbell(
        bells(), main_baseline="W2", after_title="2023", **around("bells", "USD million a month, log scale")
    ),
    "backfill": lambda: charts.backfill_bars(backfill(), **around("backfill", "% of lost trade")),
    "pairs": lambda: charts.rerouting_pairs(
        pairs(), events=EVENTS, leg_titles=("Coalition → hub", "Hub → Russia"), **around("pairs", "USD million a month")
    ),
    "strips": lambda: charts.markup_strips(
        strips(), before_title="2019–21", after_title="2023–24", **around("strips", "ratio, log scale")
    ),
    "grid": lambda: charts.coverage_grid(grid(), events=EVENTS, **around("grid", "% of months due")),
    "study": lambda: charts.event_study(
        study(), month_zero="March 2022", lead_test="p = 0.21", **around("study", "% difference")
    ),
    "specs": lambda: charts.specification_curve(
        specifications(), **CHOICES, **around("specs", "share of lost trade replaced")
    ),
    "published": lambda: charts.published_against_ours(published(), **around("published", "100% = identical")),
}
CHOICES = {
    "choices": {"measure": "Measure", "partners": "Partners", "baseline": "Baseline", "goods": "Goods"},
    "threshold_title": "1 = all lost trade replaced",
}
STRAINED: dict[str, Callable[[], FigureBlock]] = {
    "lines-strained": lambda: charts.monthly_lines(
        strained_lines(), events=CROWDED, **around("lines-strained", "USD thousand a month")
    ),
    "panels-strained": lambda: charts.small_multiples(
        panels(GOODS + LONG_ROW), events=EVENTS, **around("panels-strained", "index, 2021 = 100")
    ),
    "panels-high": lambda: charts.small_multiples(
        panels(GOODS[:4], 20).replace("China + HK", "China and Hong Kong"),
        events=EVENTS,
        **around("panels-high", "index, 2021 = 100"),
    ),
    "bells-strained": lambda: charts.dumbbell(
        bells(GOODS + EMPTY_ROW + LONG_ROW),
        main_baseline="W2",
        after_title="2023",
        **around("bells-strained", "USD million a month, log scale"),
    ),
    "backfill-strained": lambda: charts.backfill_bars(
        backfill((LONG, "A short one")), **around("backfill-strained", "% of lost trade")
    ),
    "pairs-strained": lambda: charts.rerouting_pairs(
        pairs(("United Arab Emirates", LONG[:30])),
        events=EVENTS,
        leg_titles=("Coalition → hub", "Hub → Russia"),
        **around("pairs-strained", "USD million a month"),
    ),
    "strips-strained": lambda: charts.markup_strips(
        strips([*GOODS, (LONG, "999999", 1.0, 90.0)]),
        before_title="2019–21",
        after_title="2023–24",
        **around("strips-strained", "ratio, log scale"),
    ),
    "grid-strained": lambda: charts.coverage_grid(
        grid((LONG, "Bosnia and Herzegovina", *(f"Economy {i}" for i in range(30)))),
        events=EVENTS,
        **around("grid-strained", "% of months due"),
    ),
    "study-strained": lambda: charts.event_study(
        study(36, 46, 2.5), month_zero="September 2021", **around("study-strained", "% difference")
    ),
    "specs-strained": lambda: charts.specification_curve(
        specifications(("All codes, hand-picked",)),
        **CHOICES,
        **around("specs-strained", "share of lost trade replaced"),
    ),
    "published-strained": lambda: charts.published_against_ours(
        published(
            (LONG, LONG, "$5m", "$19m", 3.8, "further", False, LONG),
            ("Nobody", "nothing", 12345.678, None, None, "not_comparable", False, None),
        ),
        **around("published-strained", "100% = identical"),
    ),
}


@cache
def made(name: str) -> FigureBlock:
    """Return a figure drawn once for all tests."""
    return (FORMS | STRAINED)[name]()

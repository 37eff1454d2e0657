"""Every figure's CSV of the demo holds what the tables hold: most of them summed up again here in plain pandas.

What an estimator gave is estimated again. The pages are those that `make demo` left; without them the tests skip.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chipflows.analysis import causes, inputs, replaced, summary, universes
from chipflows.paths import find_paths
from chipflows.warehouse.connect import table

FOLDER = Path(__file__).parents[1] / "reports" / "demo" / "files"
DOWNLOADS = sorted(FOLDER.glob("*.csv"))
pytestmark = pytest.mark.skipif(not DOWNLOADS, reason="reports/demo is empty (make demo)")
LINES = ["group", "period"]


@cache
def held(name: str) -> pd.DataFrame:
    return table(name, find_paths("demo"))


@cache
def about() -> inputs.Asked:
    return inputs.asked({name: held(place) for name, place in inputs.TABLES.items()})


def csv(name: str) -> pd.DataFrame:
    frame = pd.read_csv(FOLDER / f"{name}.csv")
    return frame.assign(period=pd.to_datetime(frame["period"])) if "period" in frame else frame


def panel(group: str) -> pd.DataFrame:
    rows = held("marts.panel")
    return rows[rows["family"].isin(about().families(group))]


def direct(_: pd.DataFrame) -> pd.DataFrame:
    rows = held("marts.direct_totals")
    rows = rows[rows["hs_group"] == about().headline].replace({"supplier_title": {"Hubs": "Others and hubs"}})
    single = rows[rows["supplier_title"].isin(["Coalition", *about().suppliers])]
    return single.rename(columns={"supplier_title": "group"})[[*LINES, "value_usd"]]


def groups(_: pd.DataFrame) -> pd.DataFrame:
    rows = held("marts.fixed_panel")
    named = {"hs_group": "family", "supplier_title": "group"}
    return rows.assign(index=100 * rows["panel_ratio"]).rename(columns=named)[["family", *LINES, "index"]]


def routes(drawn: pd.DataFrame) -> pd.DataFrame:
    keys = ["supplier", "baseline", "after_window", "hs_group", "ratio"]
    found = held("marts.before_after_totals")[keys]
    return found[found["after_window"].isin(drawn["after_window"])].assign(leg="direct")


def goods(drawn: pd.DataFrame) -> pd.DataFrame:
    rows = held("marts.before_after")
    named = {"mean_before_usd": "value_usd_base", "mean_after_usd": "value_usd_after"}
    rows = rows[(rows["supplier"] == "china") & rows["family"].isin(drawn["family"])].rename(columns=named)
    sums = rows.groupby(["after_window", "family", "baseline"])[list(named.values())].sum().reset_index()
    shown = sums[sums["value_usd_after"].round().isin(drawn["value_usd_after"].round())]["after_window"].mode()[0]
    return sums[sums["after_window"] == shown]


def hubs(_: pd.DataFrame) -> pd.DataFrame:
    rows = panel(about().listed)
    into = rows[(rows["role"] == "coalition") & rows["destination"].isin(list(about().hubs))]
    out = rows[(rows["role"] == "hub") & (rows["destination"] == about().focal)]
    legs = [into.assign(hub=into["destination"], leg="in"), out.assign(hub=out["reporter"], leg="out")]
    return pd.concat(legs).groupby(["hub", "leg", "period"])["value_usd"].sum().reset_index()


def markup(_: pd.DataFrame) -> pd.DataFrame:
    rows = panel(about().listed)
    keys = ["reporter", "family", "period"]
    there, others = (rows[rows["destination"] == place].set_index(keys) for place in (about().focal, inputs.ELSEWHERE))
    price = there["value_usd"].astype(float) / there["weight_kg"].where(there["weight_kg"] > 0)
    other = others["value_usd"].astype(float) / others["weight_kg"].where(others["weight_kg"] > 0)
    both = pd.DataFrame({"unit_value": price, "unit_value_elsewhere": other, "price_ratio": price / other})
    return both.reset_index().rename(columns={"reporter": "supplier"})


def shares(_: pd.DataFrame) -> pd.DataFrame:
    rows = held("marts.russia_supply")
    rows = rows[rows["family"].isin(about().families(about().headline))]
    whole = rows.groupby("period")["value_usd"].sum()
    parts = []
    for name, members in {**about().suppliers, "Coalition": about().coalition}.items():
        own = rows[rows["reporter"].isin(members)].groupby("period")["value_usd"].sum()
        parts.append((100 * own / whole).rename("share").reset_index().assign(group=name))
    return pd.concat(parts)


def recovery(_: pd.DataFrame) -> pd.DataFrame:
    rows = panel(about().headline)
    rows = rows[(rows["destination"] == about().focal) & rows["role"].isin(["origin"])]
    names = {members[0]: name for name, members in about().suppliers.items() if len(members) == 1}
    return rows.assign(group=rows["reporter"].map(names)).groupby(LINES)["value_usd"].sum().reset_index()


def bars(period: str, hs_groups: list[str]) -> pd.DataFrame:
    sold = replaced.supply(held("marts.panel")[lambda rows: rows["destination"] == about().focal], about())
    return replaced.stacked(sold, about(), hs_groups, period)


def backfill_bars(_: pd.DataFrame) -> pd.DataFrame:
    sold = replaced.supply(held("marts.panel")[lambda rows: rows["destination"] == about().focal], about())
    periods = replaced.by_period(sold, about(), [about().headline], [about().together])
    best = replaced.best_period(periods, about(), about().headline)
    return replaced.stacked(sold, about(), replaced.shown_groups(about(), held("core.groups")), best)


def summary_bars(_: pd.DataFrame) -> pd.DataFrame:
    period = summary.shown_period(summary.weighed(held("marts.panel"), about(), about().listed), about())
    return bars(period, [about().listed, about().headline])


def states(_: pd.DataFrame) -> pd.DataFrame:
    rows = held("marts.coverage_grid")
    return rows[rows["state"] == "published"].assign(is_held=True)[["reporter", "period", "is_held"]]


def curve(column: str) -> pd.DataFrame:
    sold = replaced.supply(held("marts.panel")[lambda rows: rows["destination"] == about().focal], about())
    periods = replaced.by_period(sold, about(), [about().headline], [about().together])
    return universes.universes(sold, about(), replaced.best_period(periods, about(), about().headline), column)


KEYS_AND_OURS: dict[str, tuple[list[str], Callable[[pd.DataFrame], pd.DataFrame]]] = {
    "direct-lines": (LINES, direct),
    "summary-lines": (LINES, direct),
    "direct-groups": (["family", *LINES], groups),
    "routes": (["supplier", "baseline", "after_window", "hs_group", "leg"], routes),
    "goods": (["family", "baseline"], goods),
    "hubs": (["hub", "leg", "period"], hubs),
    "summary-hubs": (["hub", "leg", "period"], hubs),
    "markup": (["supplier", "family", "period"], markup),
    "shares": (LINES, shares),
    "recovery": (LINES, recovery),
    "backfill-bars": (["family", "measure", "group"], backfill_bars),
    "summary-bars": (["family", "measure", "group"], summary_bars),
    "event-study": (["k"], lambda _: causes.study(held("marts.panel"), about())),
    "universes-value": (["spec_id"], lambda _: curve("value_usd")),
    "universes-volume": (["spec_id"], lambda _: curve("weight_kg")),
}
ROUTES_OF_HUBS = {"routes": lambda drawn: drawn[drawn["leg"] == "direct"]}
"""Rows of a figure that the table compared does not hold."""


@pytest.mark.parametrize("name", KEYS_AND_OURS)
def test_a_download_equals_what_the_tables_hold(name: str) -> None:
    keys, computed = KEYS_AND_OURS[name]
    drawn = csv(name)
    ours = computed(drawn)
    drawn = ROUTES_OF_HUBS.get(name, lambda rows: rows)(drawn)
    numbers = [column for column in ours.select_dtypes("number") if column in drawn and column not in keys]
    known = drawn[drawn["group"].isin(ours["group"])] if "group" in keys else drawn
    both = known.merge(ours[[*keys, *numbers]], "left", keys, suffixes=("", "_ours"), indicator=True)
    assert numbers
    # What no table holds is drawn as a hole.
    assert both.loc[both["_merge"] != "both", numbers].isna().all(axis=None)
    both = both[both["_merge"] == "both"]
    assert len(both) > 5
    for column in numbers:
        theirs = both[f"{column}_ours"].astype(float)
        np.testing.assert_allclose(both[column].astype(float), theirs, rtol=1e-6, atol=1e-6, err_msg=column)


def test_months_drawn_as_published_are_published() -> None:
    drawn = csv("coverage")
    full = drawn[(drawn["state"] == "published") & drawn["reporter"].str.len().eq(3)]
    both = full.merge(states(full), "left", ["reporter", "period"])
    assert len(full) > 1000
    assert both["is_held"].notna().all()


@pytest.mark.parametrize("path", DOWNLOADS, ids=lambda path: path.stem)
def test_a_picture_shows_what_its_download_holds(path: Path) -> None:
    drawn, picture = pd.read_csv(path), path.with_suffix(".svg").read_text()
    words = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", picture))
    named = next((column for column in ("title", "group", "publisher") if column in drawn), None)
    if named is None:
        assert path.stem in {"event-study", "universes-value", "universes-volume"}
        return
    labels = [str(label) for label in drawn[named].dropna().unique()]
    shown = [label for label in labels if all(part in words for part in label.split()[:2])]
    hidden = len(labels) - len(shown)
    assert hidden == 0 or "others" in words, set(labels) - set(shown)

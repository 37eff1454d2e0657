"""From the tables to what the estimators ask for: whose loss, whose gain, of which goods, in which months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from chipflows.analysis.evidence import Panels, Question
from chipflows.analysis.panel import Window
from chipflows.analysis.study import Study, first_month_of_war, main_baseline, study

DRAWS = 999
"""Draws behind the intervals of the verdict: enough for their second digit, in half the time of the default."""

ELSEWHERE = "elsewhere"
"""The destination of `marts.panel` that is the world without the focal destination, the hubs and other origins."""

TABLES = {
    "study": "ref.study",
    "economies": "ref.economies",
    "hs_groups": "ref.hs_groups",
    "suppliers": "core.suppliers",
    "groups": "core.groups",
    "baselines": "ref.baselines",
    "windows_after": "ref.windows_after",
    "events": "ref.events",
}
"""The tables that `asked` reads, by the name it gives them."""


@dataclass(frozen=True)
class Asked:
    """What is asked, as the configuration says it.

    `study`: the same in words; `focal`: the economy under study; `coalition`: reporters.
    `suppliers`: reporters by title, for every focal origin and all of them together; `hubs` and `names`:
    names by reporter, of the hubs and of everyone;
    `goods`: families by group of goods; `titles` of these groups; `baselines` and `periods`: windows by title;
    `stockpiling`: the months before the war that do not count as ordinary, if an event says so.
    """

    study: Study
    focal: str
    coalition: tuple[str, ...]
    suppliers: Mapping[str, tuple[str, ...]]
    hubs: Mapping[str, str]
    names: Mapping[str, str]
    goods: Mapping[str, tuple[str, ...]]
    titles: Mapping[str, str]
    headline: str
    listed: str
    placebo: str
    near: str
    own_control: str
    tools: str
    baselines: Mapping[str, Window]
    main: str
    periods: Mapping[str, Window]
    war: pd.Timestamp
    stockpiling: tuple[Window, ...]

    @property
    def together(self) -> str:
        """The supplier that holds all focal origins."""
        return max(self.suppliers, key=lambda name: len(self.suppliers[name]))

    @property
    def base(self) -> Window:
        """The baseline that is taken where only one can be."""
        return self.baselines[self.main]

    @property
    def first_month(self) -> pd.Timestamp:
        """The first month of any baseline."""
        return min(pd.Timestamp(start) for start, _ in self.baselines.values())

    def families(self, group: str) -> tuple[str, ...]:
        """The families of a group of goods, none for a group without a name."""
        return self.goods.get(group, ())

    def question(self, group: str) -> Question:
        """The question that the verdict answers, about one group of goods."""
        return Question(
            focal=self.focal,
            coalition=self.coalition,
            suppliers=self.suppliers,
            listed=self.families(group),
            base=self.base,
            periods=self.periods,
            at=self.war,
            left_out=self.stockpiling,
            draws=DRAWS,
        )


def asked(tables: Mapping[str, pd.DataFrame]) -> Asked:
    """Return what is asked, from the tables that `TABLES` names."""
    keys = tables["study"].set_index("key")["value"]
    suppliers, groups, baselines = tables["suppliers"], tables["groups"], tables["baselines"]
    origins = set(str(keys["focal_origins"]).split())
    whole = groups[groups["is_whole"]]
    hubs = suppliers[(suppliers["supplier"] == suppliers["reporter"]) & ~suppliers["is_exclusive"]]
    own = suppliers[~suppliers["supplier"].isin(["coalition", "hub", "rest", "world"])]
    own = own[own["reporter"].isin(origins) & ~own["supplier"].isin(hubs["supplier"])]
    own = own.assign(size=own.groupby("supplier")["reporter"].transform("count")).sort_values("size", kind="stable")
    war = first_month_of_war(tables["events"])
    return Asked(
        study=study(tables["study"], tables["economies"], tables["hs_groups"]),
        focal=str(keys["focal_destination"]),
        coalition=tuple(suppliers.loc[suppliers["supplier"] == "coalition", "reporter"]),
        suppliers={str(name): tuple(part["reporter"]) for name, part in own.groupby("supplier_title", sort=False)},
        hubs=dict(zip(hubs["reporter"], hubs["supplier_title"], strict=True)),
        names=dict(zip(tables["economies"]["iso3"], tables["economies"]["name"], strict=True)),
        goods={str(name): tuple(sorted(part["family"])) for name, part in whole.groupby("hs_group")},
        titles=dict(zip(groups["hs_group"], groups["group_title"], strict=True)),
        headline=str(keys["headline_group"]),
        listed=str(keys["listed_group"]),
        placebo=str(keys["placebo_group"]),
        near=str(keys["near_group"]),
        own_control=str(keys["own_control_group"]),
        tools=str(keys["tools_group"]),
        baselines=windows(baselines),
        main=str(main_baseline(baselines)["title"]),
        periods=windows(tables["windows_after"]),
        war=war,
        stockpiling=stockpiling(tables["events"], war),
    )


def windows(table: pd.DataFrame) -> dict[str, Window]:
    """Return the windows of `ref.baselines` or `ref.windows_after` by title."""
    ends = zip(table["title"], table["start_period"], table["end_period"], strict=True)
    return {str(title): (str(start), str(end)) for title, start, end in ends}


def stockpiling(events: pd.DataFrame, war: pd.Timestamp) -> tuple[Window, ...]:
    """Return the months from an event of kind `behaviour` to the war: buyers who foresaw it bought ahead."""
    dates = pd.to_datetime(events.loc[events["kind"] == "behaviour", "date"])
    before = [date.replace(day=1) for date in dates if date < war]
    return tuple((f"{start:%Y-%m-%d}", f"{war - pd.DateOffset(months=1):%Y-%m-%d}") for start in before)


def panels(panel: pd.DataFrame, about: Asked, group: str) -> Panels:
    """Return `marts.panel` as the panels that the verdict about one group of goods weighs.

    Reporters take the column `supplier`. The comparison with other goods holds the placebo goods beside.
    """
    goods = panel["family"].isin(about.families(group))
    rows = panel[goods].assign(supplier=panel["reporter"])
    direct = rows[rows["destination"] == about.focal]
    hubs = rows["destination"].isin(list(about.hubs))
    compared = panel[goods | panel["family"].isin(about.families(about.placebo))]
    compared = compared[compared["destination"].isin([about.focal, ELSEWHERE]) & (compared["role"] == "origin")]
    return Panels(
        direct=direct,
        elsewhere=rows[rows["destination"] == ELSEWHERE],
        destinations=compared.rename(columns={"destination": "partner"}),
        into_hubs=rows[hubs & (rows["role"] == "coalition")].rename(columns={"destination": "hub"}),
        out_of_hubs=direct[direct["role"] == "hub"].rename(columns={"reporter": "hub"}).drop(columns="supplier"),
    )

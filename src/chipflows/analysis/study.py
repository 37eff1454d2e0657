"""What a study is about, in words: the goods of the headline, the economy under study, the suppliers in their order."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

COALITION, OTHERS = "Coalition", "Others and hubs"
JOINED = ("hub", "rest")
"""Suppliers that monthly figures draw as one line, so that a figure holds four: coalition, focal origins, and these."""


@dataclass(frozen=True)
class Study:
    """The headline group of goods (`group`, its title `goods`) and the economy under study (`destination`)."""

    group: str
    goods: str
    destination: str
    origins: tuple[str, ...]

    def headline(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a table that are about the headline group."""
        return table[table["hs_group"] == self.group]

    @property
    def some_goods(self) -> str:
        """The goods as they stand inside a sentence: integrated circuits, LEDs and solar."""
        return self.goods if self.goods[:2].isupper() else self.goods[:1].lower() + self.goods[1:]


def study(keys: pd.DataFrame, economies: pd.DataFrame, groups: pd.DataFrame) -> Study:
    """Return the study from `ref.study`, `ref.economies` and `ref.hs_groups`; `origins` are names."""
    value = keys.set_index("key")["value"]
    names = economies.set_index("iso3")["name"]
    titles = groups.drop_duplicates("group_id").set_index("group_id")["group_title"]
    return Study(
        group=str(value["headline_group"]),
        goods=str(titles[value["headline_group"]]),
        destination=str(names[value["focal_destination"]]),
        origins=tuple(str(names[iso3]) for iso3 in str(value["focal_origins"]).split()),
    )


def first_month_of_war(events: pd.DataFrame) -> pd.Timestamp:
    """Return the first whole month after the first event of kind war in `ref.events`."""
    start = pd.Timestamp(events.loc[events["kind"] == "war", "date"].min())
    return start.replace(day=1) + pd.DateOffset(months=int(start.day > 1))


def place(supplier: str) -> int:
    """Return where a supplier stands: the coalition first, then the focal origins, the others last."""
    return {"coalition": 0, **dict.fromkeys(JOINED, 2)}.get(supplier, 1)


PROSE = {COALITION: "the coalition", OTHERS: "all others", "Other reporters": "other reporters"}


def prose(group: str) -> str:
    """Return a supplier's title as it stands inside a sentence."""
    return PROSE.get(group, group)


def main_baseline(baselines: pd.DataFrame) -> pd.Series[str]:
    """Return the baseline that is drawn where only one fits: the first of `ref.baselines`."""
    return baselines.sort_values("baseline").iloc[0]

"""For a person's own questions: trade between economies by name, and the names themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from chipflows import words
from chipflows.figures.source import Source
from chipflows.report.origin import source_of
from chipflows.warehouse.connect import nearest_of, table

Names = str | Iterable[str]

COLUMNS = ["group", "origin", "destination", "goods", "period", "value_usd", "weight_kg"]
KEYS = ["reporter", "partner", "family", "period"]


def economies() -> dict[str, str]:
    """Return every name an economy may be called by, with its ISO3 code: `China` and `CHN` → `CHN`."""
    known = table("ref.economies")
    return {**dict(zip(known["name"], known["iso3"], strict=True)), **{iso3: iso3 for iso3 in known["iso3"]}}


def goods() -> dict[str, tuple[str, ...]]:
    """Return every name of a family or a group of goods, by identifier and by title, with its families."""
    families, groups = table("core.families"), table("core.groups", is_whole=True)
    found: dict[str, tuple[str, ...]] = {}
    found |= {str(name): (str(row.family),) for row in families.itertuples() for name in (row.short_title, row.family)}
    for name in ("group_title", "hs_group"):
        found |= {str(group): tuple(members) for group, members in groups.groupby(name)["family"]}
    return found


def flows(
    origin: Names, destination: Names, family: Names, since: str | None = None, until: str | None = None
) -> pd.DataFrame:
    """Return monthly exports as their senders report them, one row a covered month: zero is zero, no row is not known.

    `origin` and `destination` are names or ISO3 codes of economies, `family` names families or groups of goods; each
    may be a list. `since` and `until` are months (`2021-01`). Columns: group (what tells the rows apart), origin,
    destination, goods, period, value_usd, weight_kg. Raises `UsageError` with the nearest names for an unknown one.
    """
    senders, receivers = chosen(origin, economies(), "economy"), chosen(destination, economies(), "economy")
    wanted = chosen(family, goods(), "family or group")
    families = sorted({name for group in wanted.values() for name in group})
    cells = covered(sorted(set(senders.values())), sorted(set(receivers.values())), families)
    parts = [
        summed(cells, sender, receiver, members).assign(origin=one, destination=other, goods=what)
        for one, sender in senders.items()
        for other, receiver in receivers.items()
        for what, members in wanted.items()
    ]
    found = pd.concat(parts, ignore_index=True)
    found = found[found["period"].between(pd.Timestamp(since or "1900"), pd.Timestamp(until or "2200"))]
    apart = [name for name in ("origin", "destination", "goods") if found[name].nunique() > 1] or ["origin"]
    found["group"] = found[apart].agg(", ".join, axis=1) if len(found) else ""
    found = found[COLUMNS].reset_index(drop=True)
    found.attrs.update(described(found, senders.values(), receivers.values(), families))
    return found


def chosen(names: Names, known: dict[str, Any], what: str) -> dict[str, Any]:
    """Return what each name stands for; raises `UsageError` with the nearest names for one that is not known."""
    listed = [names] if isinstance(names, str) else list(names)
    for name in listed:
        nearest_of(name, known, what)
    return {name: known[name] for name in listed}


def covered(senders: list[str], receivers: list[str], families: list[str]) -> pd.DataFrame:
    """Return what the source that speaks for each covered cell says, zero where it lists nothing."""
    cells = table("core.cells", reporter=senders, partner=receivers, flow="export")
    speaks = table("core.preferred", offers=sorted(set(cells["offers"])), family=families, is_covered=True)
    traded = table("core.family_flows", reporter=senders, partner=receivers, flow="export", family=families)
    known = cells.merge(speaks, on="offers").merge(traded, "left", on=[*KEYS, "flow", "source"], indicator=True)
    is_none = known["_merge"] == "left_only"
    return known.assign(**{name: known[name].mask(is_none, 0.0) for name in ("value_usd", "weight_kg")})


def summed(cells: pd.DataFrame, sender: str, receiver: str, families: tuple[str, ...]) -> pd.DataFrame:
    """Return one pair's months in which every one of these families is covered."""
    of = cells[(cells["reporter"] == sender) & (cells["partner"] == receiver) & cells["family"].isin(families)]
    months = of.groupby("period").agg(
        value_usd=("value_usd", "sum"),
        weight_kg=("weight_kg", lambda weights: weights.sum(skipna=False)),
        families=("family", "nunique"),
    )
    return months[months["families"] == len(families)].drop(columns="families").reset_index()


def described(
    found: pd.DataFrame, senders: Iterable[str], receivers: Iterable[str], families: list[str]
) -> dict[str, Any]:
    """Return what comes with the frame: units, sources, and the source line of a chart drawn from it."""
    attrs = {str(name): value for name, value in table("core.family_flows", reporter="").attrs.items()}
    where = {"reporter": sorted(set(senders)), "partner": sorted(set(receivers)), "flow": "export", "family": families}
    source: Source = source_of(found, attrs["table"], **where)
    return {**attrs, "what": words.FLOWS, "source": source}

"""Where the numbers of a figure or table come from: source line and trace command, made from the data drawn."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import pandas as pd
from pandas.api.types import is_datetime64_any_dtype

from chipflows import words
from chipflows.config import load_config
from chipflows.config_sources import Profile
from chipflows.figures.numbers import listed
from chipflows.figures.source import Source
from chipflows.paths import Paths, find_paths
from chipflows.report.facts import vintage_of
from chipflows.warehouse.connect import table
from chipflows.warehouse.trace import trace as backwards

KEYS = ("reporter", "supplier", "hub", "family", "hs_group")
"""Columns that say whose trade in what a frame holds, as codes."""

MOST_NAMED = 4
"""Sources that a line names; beyond it the last ones are counted, and all stand beside the trace."""


def source_of(df: pd.DataFrame, mart: str, **where: Any) -> Source:
    """Return publisher, vintage, basis, coverage and the command that lists the raw files behind `df`.

    `mart` is the table that `df` was taken from, `where` (column=value) the rows that were taken. Only sources that
    speak for reporters, goods and months of these rows are named. Coverage comes from the columns
    `reporters_published` and `reporters_due` of `df`, the last month from its `period`, as far as it has them.
    """
    df = taken(df, where)
    paths = find_paths()
    profile = profile_of(paths)
    used, described = table("marts.sources_used", paths), table("ref.sources", paths)
    described = described[described["source"].isin(used["source"])].set_index("source", drop=False)
    trade = described.loc[speaking(df, where) or described.index[described["speaks_for"] != ""]]
    rates = described[described["valuation_exports"] == ""]
    vintage = vintage_of(used[used["source"].isin(trade["source"])])
    return Source(
        publisher=listed(list(trade["title"])) or words.NO_DATA,
        publishers="; ".join(trade["title"]) if len(trade) > MOST_NAMED else "",
        vintage="" if vintage is None else f"{vintage:%Y-%m-%d}",
        basis=basis(trade, rates),
        coverage=coverage(df),
        last_month=last_month(df),
        trace=f'chipflows --profile {paths.label} trace {mart} --where "{condition(where)}"',
        is_synthetic=profile.is_synthetic,
        banner=profile.banner,
    )


def speaking(df: pd.DataFrame, where: Mapping[str, Any]) -> list[str]:
    """Return the sources that speak for the reporters, goods and months of a frame, the one with most trade first."""
    for names in (df[column] for column in ("source", "sources") if column in df):
        return list(names.dropna().str.split().explode().value_counts().index)
    found = table("marts.speakers")
    known: dict[str, set[Any]] = {name: {*_listed(value)} for name, value in where.items()}
    known |= {str(name): {*df[name].dropna().unique()} for name in df if name in KEYS}
    groups = known.get("hs_group", set()) | known.get("family", set())
    if groups:
        members = table("core.groups", hs_group=sorted(groups))["family"]
        found = found[found["family"].isin({*members} | groups)]
    if "supplier" in known and "reporter" not in known:
        known["reporter"] = {*table("core.suppliers", supplier=sorted(known["supplier"]))["reporter"]}
    if reporters := known.get("reporter", set()) | known.get("hub", set()):
        found = found[found["reporter"].isin(reporters)]
    if "period" in df and is_datetime64_any_dtype(df["period"]):
        found = found[(found["first_period"] <= df["period"].max()) & (found["last_period"] >= df["period"].min())]
    return list(found.groupby("source")["value_usd"].sum().sort_values(ascending=False).index)


def taken(df: pd.DataFrame, where: Mapping[str, Any]) -> pd.DataFrame:
    """Return the rows of a frame that `where` names, by those of its columns that still hold the mart's own values."""
    for name, value in where.items():
        if name in df and (held := df[name].isin(_listed(value))).any():
            df = df[held]
    return df


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def is_synthetic() -> bool:
    """Return whether the profile's data are made up."""
    return profile_of(find_paths()).is_synthetic


@cache
def profile_of(paths: Paths) -> Profile:
    """Return what the configuration says of the profile under study."""
    return load_config(paths.config).profile(paths.profile)


def trace(mart: str, **where: Any) -> str:
    """Return the raw files and requests behind the rows of a table that have these values, as text."""
    paths = find_paths()
    return str(backwards(paths, mart, condition(where))).replace(f"{paths.home}{os.sep}", "")


def condition(where: Mapping[str, Any]) -> str:
    """Return column=value pairs, or column=list of values, as the condition the `trace` command takes."""
    return " and ".join(f"{name} {_equals(value)}" for name, value in where.items()) or "true"


def _equals(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"in ({', '.join(map(_quoted, value))})"
    return f"= {_quoted(value)}"


def _quoted(value: Any) -> str:
    text = f"{value:%Y-%m-%d}" if hasattr(value, "year") else str(value)
    return "'" + text.replace("'", "''") + "'"


def basis(trade: pd.DataFrame, rates: pd.DataFrame) -> str:
    """Return how the values are valued, and with which rates other currencies became dollars."""
    valued = "/".join(sorted(set(trade["valuation_exports"])))
    foreign = sorted(set(trade["currency"]) - {"USD"})
    converted = f" ({listed(foreign, 9)} {words.CONVERTED} {listed(list(rates['title']))})" if foreign else ""
    return f"{words.MIRROR}, {valued}, {words.DOLLARS}{converted}"


def coverage(df: pd.DataFrame) -> str:
    """Return how many of the reporters due had published, in the best and in the thinnest month drawn."""
    counts = ["reporters_published", "reporters_due"]
    if not {*counts, "period"} <= set(df.columns):
        return ""
    # Where a row is one reporter's its counts are those of all reporters; else they are those of its supplier.
    apart = [] if "reporter" in df else [name for name in ("supplier", "group") if name in df]
    months = df.groupby(["period", *apart])[counts].max()
    months = months.groupby("period").sum()
    held = months[months["reporters_published"] > 0]
    if held.empty:
        return ""
    least, most = int(held["reporters_published"].min()), int(held["reporters_published"].max())
    span = str(most) if least == most else f"{least} {words.TO} {most}"
    return f"{span} {words.OF} {int(held['reporters_due'].max())} {words.REPORTERS_DUE}"


def last_month(df: pd.DataFrame) -> str:
    """Return the last month in which every group drawn has a value, as `Sep 2025`; empty if there is none."""
    if not {"group", "value_usd", "period"} <= set(df.columns):
        return ""
    held = df[df["value_usd"].notna()].groupby("period")["group"].nunique()
    complete = held[held == df["group"].nunique()]
    return f"{complete.index.max():%b %Y}" if len(complete) else ""

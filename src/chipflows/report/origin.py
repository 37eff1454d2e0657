"""Where the numbers of a figure or table come from: source line and trace command, made from the data drawn."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pandas as pd

from chipflows.config import load_config
from chipflows.figures.source import Source
from chipflows.paths import find_paths
from chipflows.report import words
from chipflows.report.facts import vintage_of
from chipflows.warehouse.connect import table
from chipflows.warehouse.trace import trace as backwards


def source_of(df: pd.DataFrame, mart: str, **where: Any) -> Source:
    """Return publisher, vintage, basis, coverage and the command that lists the raw files behind `df`.

    `mart` is the table that `df` was taken from, `where` (column=value) the rows that were taken. Coverage comes from
    the columns `reporters_published` and `reporters_listed` of `df`, the last month from its `period`, as far as it has
    them.
    """
    paths = find_paths()
    profile = load_config(paths.config).profile(paths.profile)
    used, described = table("marts.sources_used", paths), table("ref.sources", paths)
    described = described[described["source"].isin(used["source"])]
    trade = described[described["speaks_for"] != ""]
    for names in (df[column] for column in ("source", "sources") if column in df):
        trade = trade[trade["source"].isin(names.dropna().str.split().explode())]
    vintage = vintage_of(used[used["source"].isin(trade["source"])])
    return Source(
        publisher=f" {words.AND} ".join(trade["title"]) or words.NO_DATA,
        vintage="" if vintage is None else f"{vintage:%Y-%m-%d}",
        basis=basis(trade, described[described["speaks_for"] == ""]),
        coverage=coverage(df),
        last_month=last_month(df),
        trace=f'chipflows --profile {paths.label} trace {mart} --where "{condition(where)}"',
        is_synthetic=profile.is_synthetic,
        banner=profile.banner,
    )


def is_synthetic() -> bool:
    """Return whether the profile's data are made up."""
    paths = find_paths()
    return load_config(paths.config).profile(paths.profile).is_synthetic


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
    both = f" {words.AND} "
    converted = f" ({both.join(foreign)} {words.CONVERTED} {both.join(rates['title'])})" if foreign else ""
    return f"{words.MIRROR}, {valued}, {words.DOLLARS}{converted}"


def coverage(df: pd.DataFrame) -> str:
    """Return how many of the reporters looked for had published, in the best and in the thinnest month drawn."""
    if not {"reporters_published", "reporters_listed", "period"} <= set(df.columns):
        return ""
    months = df.groupby("period")[["reporters_published", "reporters_listed"]].sum()
    held = months[months["reporters_published"] > 0]
    if held.empty:
        return ""
    least, most = int(held["reporters_published"].min()), int(held["reporters_published"].max())
    span = str(most) if least == most else f"{least} {words.TO} {most}"
    return f"{span} {words.OF} {int(held['reporters_listed'].max())} {words.REPORTERS_WORD}"


def last_month(df: pd.DataFrame) -> str:
    """Return the last month in which every group drawn has a value, as `Sep 2025`; empty if there is none."""
    if not {"group", "value_usd", "period"} <= set(df.columns):
        return ""
    held = df[df["value_usd"].notna()].groupby("period")["group"].nunique()
    complete = held[held == df["group"].nunique()]
    return f"{complete.index.max():%b %Y}" if len(complete) else ""

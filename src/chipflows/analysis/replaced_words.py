"""How much of the loss was made up, in words: the answer, its limits, titles that say what the numbers say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from chipflows.analysis.inputs import Asked
from chipflows.analysis.study import prose
from chipflows.analysis.verdict import Measure, with_interval
from chipflows.analysis.wording import listed, month, percent, some_of

UNDEFINED = "[u]"
NOT_COVERED = "[n]"
LISTED = "listed goods"


def share(row: Mapping[str, Any]) -> str:
    """Return a backfill ratio with its interval: 52% (−7% to 99%), or its reason in words."""
    if pd.isna(row.get("ratio")):
        return str(row["reason"])
    return f"{percent(row['ratio'])} {interval(row)}"


def interval(row: Mapping[str, Any]) -> str:
    """Return the interval of a ratio as prose has it: (−7% to 99%)."""
    if pd.isna(row.get("lo")):
        return f"(no interval: {row['reason']})"
    return f"({percent(row['lo'])} to {percent(row['hi'])})"


def named(reason: str, about: Asked) -> str:
    """Return a reason with the names of economies in place of their codes."""
    return re.sub(r"\b[A-Z0-9]{3}\b", lambda code: about.names.get(code[0], code[0]), reason)


def chosen(found: pd.DataFrame, **where: str) -> dict[str, Any]:
    """Return the one row that has these values, {} where there is none."""
    kept = found
    for column, value in where.items():
        kept = kept[kept[column] == value]
    return next(rows_of(kept), {})


def rows_of(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table by the names of their columns."""
    for row in table.to_dict("records"):
        yield {str(name): value for name, value in row.items()}


def answer(found: pd.DataFrame, about: Asked, group: str, period: str) -> str:
    """Return the answer in one sentence: at best so much of the loss in value, so much in volume."""
    goods = some(about, group)
    if not period:
        row = chosen(found, family=group, group=about.together, measure="value")
        return f"Can't say how much of the loss in {goods} was made up: {named(row['reason'], about)}."
    value, volume = (
        chosen(found, family=group, group=about.together, measure=m, period=period) for m in ("value", "volume")
    )
    return (
        f"At most, in {period}, {about.together} together made up {share(value)} of what the coalition no longer sold "
        f"of {goods} in value, and {share(volume)} in volume."
    )


def limit(found: pd.DataFrame, about: Asked, period: str) -> str:
    """Return the sentences that limit it: the base, the interval, the wider list of goods."""
    told = f"Against the mean of the same months in {about.main}; in brackets 95% intervals over months and codes."
    wider = chosen(found, family=about.listed, group=about.together, measure="value", period=period)
    if not wider or about.listed == about.headline:
        return told
    return f"Over all listed goods that can be compared: {share(wider)} in value. {told}"


def some(about: Asked, group: str) -> str:
    """Return a group of goods as it stands inside a sentence; the long title of the listed goods is cut short."""
    if group == about.listed and group != about.headline:
        return LISTED
    title = about.titles[group]
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def key_numbers(
    found: pd.DataFrame, baselines: pd.DataFrame, about: Asked, group: str, period: str
) -> list[tuple[str, str, str]]:
    """Return share in value, share in volume, and the range over the baselines, each with its interval."""
    cells = []
    for measure in ("value", "volume"):
        row = chosen(found, family=group, group=about.together, measure=measure, period=period)
        if row and not pd.isna(row["ratio"]):
            cells.append((f"Made up in {measure}, {period}", percent(row["ratio"]), f"95%: {interval(row)[1:-1]}"))
    rows = baselines[(baselines["group"] == about.together) & (baselines["measure"] == "value")]
    if len(cells) and rows["ratio"].notna().any():
        ends = f"{percent(rows['ratio'].min())} to {percent(rows['ratio'].max())}"
        cells.append(("In value, over the baselines", ends, f"{rows['ratio'].notna().sum()} baselines"))
    return cells


def title(bars: pd.DataFrame, about: Asked, period: str) -> str:
    """Return the finding of the bars: in how many groups of goods some of the loss was surely made up."""
    ratios = bars.drop_duplicates(["family", "measure"]).set_index(["measure", "family"])["lo"]
    whole = {m: int((ratios.get(m, pd.Series(dtype=float)) > 0).sum()) for m in ("value", "volume")}
    goods = bars["family"].nunique()
    volume = f"in {whole['volume'] or 'none'} in volume"
    return f"Some of the loss was made up in {some_of(whole['value'], goods)} groups in value, {volume}"


def table(found: pd.DataFrame, by: str, order: Sequence[str], about: Asked) -> pd.DataFrame:
    """Return ratios as text, a row for each supplier and measure, a column for each of `order`; intervals below."""
    rows = []
    for (group, measure), part in found.groupby(["group", "measure"], sort=False):
        cells = dict(zip(part[by].astype(str), map(cell, rows_of(part)), strict=True))
        rows.append({"Supplier": f"{group}, {measure}", **{name: cells.get(name, NOT_COVERED) for name in order}})
    return pd.DataFrame(rows, columns=["Supplier", *order])


def cell(row: Mapping[str, Any]) -> str:
    """Return a ratio for a table, its interval on a second line; a code where there is none."""
    if pd.isna(row.get("ratio")):
        return UNDEFINED if row["reason"] == "no loss" else NOT_COVERED
    texts = [f"{round(100 * row[end], 0) + 0.0:,.0f}".replace("-", "−") for end in ("ratio", "lo", "hi")]
    return f"{texts[0]}\n{'no interval' if pd.isna(row['lo']) else f'{texts[1]} to {texts[2]}'}"


def loss_sentence(lost: Measure, about: Asked, group: str, period: str) -> str:
    """Return what the coalition's sales changed by in a period, a month, with the interval."""
    if not lost.is_known:
        return f"What the coalition lost in {period} can't be said: {lost.missing}."
    told = with_interval(lost, "USD a month")
    return f"In {period} the coalition's sales of {some(about, group)} changed by {told} a month."


def recovery(months: pd.DataFrame, about: Asked) -> str:
    """Return when each supplier passed its own base mean again, in words."""
    told = []
    for _, row in months.iterrows():
        name = prose(str(row["group"]))
        if row["reason"]:
            told.append(f"{name}: {_with_month(str(row['reason']))}")
        elif row["months"] == 0:
            told.append(f"{name} never fell below it")
        else:
            told.append(f"{name} after {int(row['months'])} months ({row['period']:%B %Y})")
    return f"{listed(told)}."


def _with_month(reason: str) -> str:
    """Return a reason with its month as prose has it: not passed by September 2025."""
    return re.sub(r"\b\d{4}-\d{2}\b", lambda found: month(pd.Timestamp(found[0])), reason)


def recovery_title(months: pd.DataFrame, about: Asked) -> str:
    """Return the finding of the recovery figure: who passed its own base again, and who did not."""
    months = drawn(months, about)
    passed = [prose(str(g)) for g, reason in zip(months["group"], months["reason"], strict=True) if not reason]
    below = [prose(str(g)) for g, why in zip(months["group"], months["reason"], strict=True) if why.startswith("not")]
    told = [f"{listed(passed)} passed the old level again"] if passed else []
    told += [f"{listed(below)} did not"] if below else []
    said = ", ".join(told) or f"Sales to {about.study.destination} by supplier"
    return f"{said[0].upper()}{said[1:]}"


def drawn(index: pd.DataFrame, about: Asked) -> pd.DataFrame:
    """Return the rows of single suppliers: a figure that shows each origin does not show their sum as well."""
    several = [name for name, members in about.suppliers.items() if len(members) > 1]
    return index[~index["group"].isin(several)]


def focus(index: pd.DataFrame, about: Asked) -> str:
    """Return the line drawn thickest: the first origin with figures, or whoever there is."""
    groups = list(index["group"].drop_duplicates())
    return next((name for name in about.suppliers if name in groups), str(groups[0]))


def heads(titles: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the heads of windows in two lines: headers and what stands under them, by title."""
    parts = {title: title.partition(" to ") for title in titles}
    return {t: p[0] for t, p in parts.items()}, {t: f"to {p[2]}" for t, p in parts.items() if p[2]}


def with_figures(bars: pd.DataFrame) -> pd.DataFrame:
    """Return the bars of groups of goods that have a loss, or the certainty that there was none."""
    return bars[bars.groupby("family")["loss"].transform(lambda column: column.notna().any())]


def without_bars(bars: pd.DataFrame, about: Asked) -> str:
    """Return the groups of goods that have no bar, with the reason; empty when all have one."""
    missing = bars[~bars["family"].isin(with_figures(bars)["family"])].drop_duplicates("family")
    told = [f"{row['title']} ({named(row['reason'], about)})" for _, row in missing.iterrows()]
    return f"{listed(told, most=12)}." if told else ""


def why_not(bars: pd.DataFrame, about: Asked) -> str:
    """Return why no bar at all can be drawn, from the first group of goods."""
    reason = named(str(bars["reason"].iloc[0]), about) if len(bars) else "no origin is named"
    return f"The share made up can't be computed: {reason}."


def bounds(found: pd.DataFrame, about: Asked) -> pd.DataFrame:
    """Return by period, as text, the share made up by the first origin alone, by all of them, and the bounds."""
    first = next(iter(about.suppliers))
    value = found[found["measure"] == "value"]
    rows = []
    for period in about.periods:
        ends = [chosen(value, group=name, period=period) for name in (first, about.together)]
        known = [float(end["ratio"]) for end in ends if end and pd.notna(end["ratio"])]
        whole = f"{percent(min(known))} to {percent(max(known))}" if len(known) == len(ends) else NOT_COVERED
        texts = [percent(end["ratio"]) if end and pd.notna(end["ratio"]) else NOT_COVERED for end in ends]
        rows.append([period, *texts, whole])
    return pd.DataFrame(rows, columns=["Period", f"{first} alone", about.together, "Bounds"]).drop_duplicates()

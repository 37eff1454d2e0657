"""Published numbers and ours for the same definition, side by side; what cannot be reproduced says why. (methods D)"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from chipflows.analysis.inputs import Asked
from chipflows.analysis.wording import count, listed, percent, usd

WITHIN, DIFFERS = "reproduced", "differs"
NOT_PUBLIC, NOT_DEFINED, NOT_COVERED = "not from public data", "not defined by one number", "not covered"
SHAPES = {WITHIN: "within_5", DIFFERS: "further"}
COLUMNS = {
    **dict.fromkeys(("benchmark_id", "block", "publisher", "definition", "value", "period", "basis", "statistic"), str),
    **dict.fromkeys(("published", "ours", "ratio", "tolerance"), float),
    **{"is_one_sided": bool, "state": str, "reason": str},
}
CLOSE, NEAR = 0.05, 0.1
"""The bands of the figure, fixed beforehand."""
SIGNS = {"->": "→", ">=": "≥", "<=": "≤"}


def compared(benchmarks: pd.DataFrame, panel: pd.DataFrame, about: Asked, roles: pd.Series[str]) -> pd.DataFrame:
    """Return every published number with ours: benchmark_id, block, publisher, definition, value, period, basis,
    published, ours, ratio, state, reason, tolerance, is_one_sided.

    `benchmarks` is `ref.benchmarks`, `panel` is `marts.panel`, `roles` the role of every economy by ISO3. A number
    counts as covered only where every reporter named publishes every month of both windows for every good; for `*`
    and roles, all reporters held. Unit: USD, or a share (1 = all).
    """
    rows = [_row(one, panel, about, roles) for one in benchmarks.to_dict("records")]
    return pd.DataFrame(rows) if rows else pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})


def _row(one: dict[Any, Any], panel: pd.DataFrame, about: Asked, roles: pd.Series[str]) -> dict[str, Any]:
    names = {"benchmark_id": "benchmark_id", "block": "block", "publisher": "who", "definition": "definition"}
    row: dict[str, Any] = {
        new: str(one[old]) for new, old in {**names, "value": "value", "period": "period", "basis": "basis"}.items()
    }
    row |= {"published": np.nan, "ours": np.nan, "ratio": np.nan, "tolerance": np.nan, "statistic": one["statistic"]}
    row["is_one_sided"] = str(one["is_at_least"]) == "true"
    if not one["statistic"]:
        public = str(one["reproducible"]) != "N"
        why = "no single number of the exports held" if public else f"rests on {one['basis']}, which are not public"
        return row | {"state": NOT_DEFINED if public else NOT_PUBLIC, "reason": why}
    ours, missing = computed(one, panel, about, roles)
    row |= {"published": float(one["number"]), "tolerance": float(one["tolerance"]), "ours": ours}
    if missing:
        return row | {"state": NOT_COVERED, "reason": missing}
    row["ratio"] = ours / row["published"]
    is_near = abs(row["ratio"] - 1) <= row["tolerance"] or (row["is_one_sided"] and row["ratio"] >= 1)
    why = (
        ""
        if is_near
        else f"theirs rests on {one['basis']}; ours on exports as reported, over codes that can be followed"
    )
    return row | {"state": WITHIN if is_near else DIFFERS, "reason": why}


def computed(one: dict[Any, Any], panel: pd.DataFrame, about: Asked, roles: pd.Series[str]) -> tuple[float, str]:
    """Return our number for a definition, and what is missing ("" if nothing)."""
    families = about.families(str(one["goods"]))
    windows = [(one["start"], one["end"])] + ([(one["base_start"], one["base_end"])] if one["base_start"] else [])
    rows = panel[panel["family"].isin(families) & panel["destination"].isin(str(one["partners"]).split())]
    named, is_open = _reporters(str(one["reporters"]), roles)
    chosen = rows if named is None else rows[rows["reporter"].isin(named)]
    sums, wanted = [], set(named or []) if not is_open else set(chosen["reporter"])
    for start, end in windows:
        months = pd.date_range(start, end, freq="MS")
        part = chosen[chosen["period"].isin(months)]
        lacking = _lacking(part, wanted, str(one["partners"]).split(), len(months), is_open)
        if lacking or part.empty:
            return float("nan"), f"no data for {listed(about.names.get(x, x) for x in lacking) or 'these months'}"
        sums.append((float(part["value_usd"].sum()), len(months), rows[rows["period"].isin(months)]))
    total, count_of, everyone = sums[0]
    if one["statistic"] == "share":
        return total / float(everyone["value_usd"].sum()), ""
    if one["statistic"] == "change":
        return (total / count_of) / (sums[1][0] / sums[1][1]) - 1, ""
    return (total / count_of if one["statistic"] == "mean" else total), ""


def _reporters(text: str, roles: pd.Series[str]) -> tuple[list[str] | None, bool]:
    """The reporters a text of selectors stands for (None: all), and whether the list is open: whoever publishes."""
    if text == "*":
        return None, True
    named: list[str] = []
    for word in text.split():
        named += list(roles.index[roles == word[5:]]) if word.startswith("role:") else [word]
    return named, any(word.startswith("role:") for word in text.split())


def _lacking(part: pd.DataFrame, wanted: Iterable[str], partners: list[str], months: int, is_open: bool) -> list[str]:
    """Who lacks a month to any partner; of an open list nobody has to publish."""
    if is_open:
        return []
    held = part.dropna(subset=["value_usd"]).groupby(["reporter", "destination"])["period"].nunique()
    return [one for one in sorted(wanted) if any(held.get((one, place), 0) < months for place in partners)]


def figure_rows(found: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers that have one of ours beside them as rows of the figure, with both as text."""
    known = found[found["ratio"].notna()].assign(reason="")  # the table below has room for it
    apart = (known["ratio"] - 1).abs()
    one_sided = known["is_one_sided"] & (known["ratio"] >= 1)
    known["state"] = np.where((apart <= CLOSE) | one_sided, "within_5", np.where(apart <= NEAR, "within_10", "further"))
    for column in ("published", "ours"):
        known[column] = [_text(x, s) for x, s in zip(known[column], known["statistic"], strict=True)]
    return known.assign(definition=known["definition"].map(written))


def _text(value: float, statistic: str) -> str:
    if statistic in ("change", "share"):
        return f"{'+' if statistic == 'change' and value > 0 else ''}{value:.0%}".replace("-", "−")
    return usd(value).replace("USD ", "$").replace(" million", "m").replace(" billion", "bn")


def answer(found: pd.DataFrame) -> str:
    """Return the answer in one sentence: how many numbers are reproduced, differ, or cannot be."""
    if found.empty:
        return "Nobody has published a number about these goods, as far as the configuration knows."
    n = found["state"].value_counts()
    return (
        f"Of {count(len(found), 'published number')} {n.get(WITHIN, 0)} are reproduced within their tolerance, "
        f"{n.get(DIFFERS, 0)} differ; {n.get(NOT_COVERED, 0)} are not covered by the files held, "
        f"{n.get(NOT_DEFINED, 0)} are not one number of exports, {n.get(NOT_PUBLIC, 0)} rest on records nobody may see."
    )


def state(found: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return how many of the numbers that can be compared are reproduced, for the front page; nothing without any."""
    known = found[found["ratio"].notna()]
    near = int((known["state"] == WITHIN).sum())
    told = f"within their tolerance; {count(len(found), 'published number')} listed"
    return [("Published numbers reproduced", f"{near} of {len(known)}", told)] if len(known) else []


def limit(is_synthetic: bool) -> str:
    """Return what the answer is worth: nothing about the numbers where the data are made up."""
    if is_synthetic:
        return (
            "Our numbers here are made up: neither agreement nor difference says anything about what others published."
        )
    return "Tolerances were fixed beforehand; a difference of definition is named, not called a failure."


def title(rows: pd.DataFrame) -> str:
    """Return the finding of the figure."""
    near = int((rows["state"] != "further").sum())
    return f"{near} of {count(len(rows), 'number')} lie within a tenth of what was published"


def listing(found: pd.DataFrame) -> pd.DataFrame:
    """Return every published number for looking up: who and what, the number, ours, the state with its reason."""
    ours = ["[z]" if pd.isna(x) else _text(x, s) for x, s in zip(found["ours"], found["statistic"], strict=True)]
    states = [f"{state}\n{why}" if why else state for state, why in zip(found["state"], found["reason"], strict=True)]
    what = [
        f"{who}\n{d}, {p}" for who, d, p in zip(found["publisher"], found["definition"], found["period"], strict=True)
    ]
    table = {"Published by": map(written, what), "Published": map(written, found["value"])}
    return pd.DataFrame({name: list(texts) for name, texts in table.items()} | {"Ours": ours, "State": states})


def written(text: str) -> str:
    """Return a text of the configuration as it is printed: arrows and signs instead of their typewriter forms."""
    for typed, printed in SIGNS.items():
        text = text.replace(typed, printed)
    return re.sub(r"(?<![\w)])-(?=\d)", "−", text)


def two_levels(found: pd.DataFrame) -> str:
    """Return how far apart published numbers of the same share are, in words, from the rows that name one."""
    rows = found[(found["statistic"] == "share") & found["published"].notna()].sort_values("published")
    if len(rows) < 2:
        return "No two published shares are held."
    ends = [rows.iloc[0].to_dict(), rows.iloc[-1].to_dict()]
    told = [f"{percent(float(row['published']))} ({row['publisher']}: {written(row['definition'])})" for row in ends]
    return f"From {' to '.join(told)}."

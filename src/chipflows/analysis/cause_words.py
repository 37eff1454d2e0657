"""Breaks and causes in words: the answer, titles and tables of the page about causes."""

from __future__ import annotations

import pandas as pd

from chipflows.analysis.inputs import Asked
from chipflows.analysis.replaced_words import NOT_COVERED, UNDEFINED, some
from chipflows.analysis.study import COALITION, prose
from chipflows.analysis.verdict import Measure, with_interval
from chipflows.analysis.wording import listed, month, multiple, some_of

SIGNIFICANT = 0.05


def answer(breaks: pd.DataFrame, about: Asked, group: str) -> str:
    """Return the answer in one sentence: when the coalition broke, and who broke after it."""
    rows = breaks[breaks["date"].notna()]
    first = rows[rows["group"] == COALITION]
    if first.empty:
        return f"When sales of {some(about, group)} broke can't be said: the coalition is not covered long enough."
    lost = first.iloc[0]
    if not lost["p"] < SIGNIFICANT:
        return f"No break of the coalition's sales of {some(about, group)} stands out of the noise."
    told = f"The coalition's sales of {some(about, group)} broke in {month(lost['date'])}"
    if pd.notna(lost["percent"]):
        told += f", a step of {step(lost)} at the first month of the war"
    others = rows[(rows["group"] != COALITION) & (rows["p"] < SIGNIFICANT)]
    words = [
        f"{row['group']} {'upwards' if row['step_percent'] > 0 else 'downwards'} in {month(row['date'])}"
        for _, row in others.iterrows()
    ]
    return f"{told}; {listed(words)}." if words else f"{told}; no break of an origin's sales stands out of the noise."


def step(row: pd.Series) -> str:
    """Return the step at the war with its interval: −97% (−98% to −95%)."""
    return with_interval(Measure(row["percent"], row["percent_lo"], row["percent_hi"]), "%")


def limit(breaks: pd.DataFrame, about: Asked) -> str:
    """Return what the answer rests on, and who could not be tested."""
    missing = [f"{prose(row['group'])} ({row['reason']})" for _, row in breaks.iterrows() if row["reason"]]
    single = [name for name, members in about.suppliers.items() if len(members) == 1]
    absent = [prose(name) for name in (COALITION, *single) if name not in set(breaks["group"])]
    told = "The month is searched for, with the season held fixed and the months of stockpiling left out."
    told += f" Not tested: {listed(missing)}." if missing else ""
    return told + (f" Not covered by these files: {listed(absent)}." if absent else "")


def break_table(breaks: pd.DataFrame) -> pd.DataFrame:
    """Return the breaks for looking up, as text."""
    rows = []
    for _, row in breaks.iterrows():
        if pd.isna(row["date"]):
            rows.append([row["group"], *[NOT_COVERED] * 4])
            continue
        when = f"{row['date']:%b %Y}\n{row['date_lo']:%b %Y} to {row['date_hi']:%b %Y}"
        known = Measure(row["percent"], row["percent_lo"], row["percent_hi"])
        text = with_interval(known, "%").replace(" (", "\n").removesuffix(")") if known.is_known else UNDEFINED
        later = "[z]" if row["group"] == COALITION else _months(row["months_after"])
        rows.append([row["group"], when, f"{row['p']:.3f}", later, text])
    return pd.DataFrame(rows, columns=["Supplier", "Break", "p", "After the coalition", "Step at the war"])


def steps_table(steps: pd.DataFrame, titles: pd.Series, most: int = 15) -> pd.DataFrame:
    """Return the goods whose step at the war is surest, as text: good, step with its interval, q; the surest first."""
    rows = steps[steps["q"].notna()].sort_values(["q", "percent"]).head(most)
    ends = [Measure(*row) for row in rows[["percent", "percent_lo", "percent_hi"]].itertuples(index=False)]
    text = [with_interval(one, "%").replace(" (", "\n").removesuffix(")") for one in ends]
    q = ["<0.001" if value < 0.0005 else f"{value:.3f}" for value in rows["q"]]
    return pd.DataFrame({"Good": list(rows["family"].map(titles)), "Step at the war": text, "q": q})


def steps_sentence(steps: pd.DataFrame) -> str:
    """Return how many goods fell and rose at the war, allowing for the number of goods looked at."""
    known = steps[steps["q"].notna()]
    sure = known[known["q"] < SIGNIFICANT]
    fell, rose = int((sure["percent"] < 0).sum()), int((sure["percent"] > 0).sum())
    told = f"{some_of(fell, len(known))} goods fell and {rose or 'none'} rose at the first month of the war"
    return f"{told[0].upper()}{told[1:]}, when 5% of those found may be false alarms."


def _months(count: float) -> str:
    return UNDEFINED if pd.isna(count) else f"{count:+.0f} months".replace("-", "−")


def expected_title(lines: pd.DataFrame, about: Asked, name: str) -> str:
    """Return the finding of the expected path: in how many months since the war sales lay above its band."""
    since = lines[lines["period"] >= about.war]
    both = since[since["group"] == name].merge(since[since["group"] != name], on="period", suffixes=("", "_path"))
    both = both.dropna(subset=["value_usd", "hi_path"])
    above = int((both["value_usd"] > both["hi_path"]).sum())
    return f"{name} sold more than the years before foretell in {some_of(above, len(both))} months"


def beyond_table(found: pd.DataFrame, about: Asked) -> pd.DataFrame:
    """Return by supplier and period the sales beyond what those elsewhere foretell, USD million a month, as text."""
    rows = []
    for name in about.suppliers:
        cells = []
        for period in about.periods:
            part = found[(found["group"] == name) & (found["period"] == period)]
            excess = part["excess"].iloc[0] if len(part) and "excess" in part else float("nan")
            if pd.isna(excess):
                cells.append(NOT_COVERED)
                continue
            texts = [f"{part[end].iloc[0] / 1e6:.1f}".replace("-", "−") for end in ("excess", "excess_lo", "excess_hi")]
            cells.append(f"{texts[0]}\n{texts[1]} to {texts[2]}")
        rows.append([name, *cells])
    return pd.DataFrame(rows, columns=["Supplier", *about.periods])


def beyond_sentence(found: pd.DataFrame, about: Asked) -> str:
    """Return in which periods all origins together sold surely more than their sales elsewhere foretell."""
    if found.empty or "excess_lo" not in found:
        return "Sales to others are not covered: more to everyone can't be told from more to that destination."
    rows = found[found["group"] == about.together]
    sure = list(rows.loc[rows["excess_lo"] > 0, "period"])
    if not sure:
        return (
            f"In no period did {about.together} sell surely more there than sales of the same goods elsewhere foretell."
        )
    return f"{about.together} sold surely more there than sales of the same goods elsewhere foretell in {listed(sure)}."


def study_title(found: pd.DataFrame) -> str:
    """Return the finding of the event study: how many steps after lie above 0, and whether those before are flat."""
    after, before = found[found["k"] >= 0], found[(found["k"] < 0) & ~found["is_reference"]]
    rose, moved = int((after["lo"] > 0).sum()), int(((before["lo"] > 0) | (before["hi"] < 0)).sum())
    flat = "none before differs" if moved == 0 else f"{moved} of {len(before)} before differ, too"
    return f"Listed goods stood above others in {some_of(rose, len(after))} half-years since the war; {flat}"


def lead_test(found: pd.DataFrame) -> str:
    """Return the joint test of the leads in words."""
    p = found.attrs.get("leads_p", float("nan"))
    return "" if pd.isna(p) else f"p = {p:.2f}"


def change_table(changes: pd.DataFrame) -> pd.DataFrame:
    """Return changes around events as multiples in text."""
    table = changes.drop(columns=["label", "date"]).map(lambda x: NOT_COVERED if pd.isna(x) else multiple(float(x)))
    table.insert(
        0, "Event", [f"{label}\n{date:%b %Y}" for label, date in zip(changes["label"], changes["date"], strict=True)]
    )
    return table


def regained_table(found: pd.DataFrame) -> pd.DataFrame:
    """Return what followed an event by supplier, as text."""
    return pd.DataFrame(
        {
            "Supplier": found["group"],
            "Six months after": found["change"].map(lambda x: multiple(float(x))),
            "Lowest month": found["lowest"].map(lambda x: multiple(float(x))),
            "Months to the old level": ["not again" if pd.isna(m) else f"{m:.0f}" for m in found["months"]],
        }
    )


def placebo_table(found: pd.DataFrame) -> pd.DataFrame:
    """Return placebos for looking up: what was tried, the effect in percent with its interval, p and q."""
    kinds = {"actual": "Actual", "date": "Earlier date", "destination": "Other buyer", "goods": "Other goods"}
    rows = []
    for row in found.to_dict("records"):
        known = pd.notna(row.get("percent"))
        ends = Measure(row["percent"], row["percent_lo"], row["percent_hi"]) if known else Measure()
        text = with_interval(ends, "%").replace(" (", "\n").removesuffix(")") if known else UNDEFINED
        p, q = (f"{row[name]:.3f}" if pd.notna(row.get(name)) else "[z]" for name in ("p", "q"))
        rows.append([f"{kinds[row['kind']]}: {row['name']}", text, p, q])
    return pd.DataFrame(rows, columns=["What was tried", "Effect, %", "p", "q"])


def placebo_sentence(found: pd.DataFrame) -> str:
    """Return how many placebos show an effect once the number of looks is allowed for."""
    tried = found[(found["kind"] != "actual") & found["p"].notna()] if "p" in found else found[:0]
    if tried.empty:
        return "No placebo can be tried: sales of other goods to other buyers are not covered."
    hits = int((tried["q"] < SIGNIFICANT).sum())
    told = some_of(hits, len(tried))
    return f"{told[0].upper()}{told[1:]} placebos show an effect when 5% of those found may be false alarms."

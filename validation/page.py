"""docs/validation.md from the scores."""

from __future__ import annotations

import pandas as pd

from validation.score import percent, signed

WHEN_MISSED = {
    "Bai-Perron": "finds a first break where there is none too often; trust one only if sup-F finds it as well",
    "DiD": "its interval is a little too wide where no code responds, which makes it slow to find, not quick to claim",
}
"""What a miss means for a reader, shown where a row of the estimator was missed."""

PAGE = """\
# Validation: planted truth

Panels are simulated with an effect that is known, published as reporters publish them, and measured by the same
functions that the notebooks use. Each panel has seasons, serially correlated shocks shared by all codes, shocks of
single codes, heavy tails, months without trade, months never published, codes that changed with the nomenclature in
January 2022 (left out, as in the reports), stockpiling before the war, and, where China backfills, a price rise. The
panels are made in `validation/world.py`.

Written by `{command}` on {date}: {runs} runs of each scenario; {missed} of {held} rows missed their goal.

{table}

- **Coverage**: share of 95% intervals that hold the truth, among runs where there is an interval (**Defined**: a
  backfill ratio is undefined where no loss stands out of the noise).
- **Bias**: mean of the estimate less the truth, in the estimate's unit: ratios, log points for ITS and differences,
  months for the date of a break.
- **False positives**: share of runs that find an effect (interval without the value of no effect, or p below 5%)
  where there is none. **Detection**: the same where there is one.
- **Break date**: coverage of the true month by the interval of dates, bias in months.

Why the intervals are made as they are, seen in simulations like these: a plain block bootstrap of twelve months
covers 76% to 86%, since the blocks are short and the mean is taken off; least squares with Newey-West below 90%;
clustered standard errors of the triple difference 83% to 88%, since a few codes carry most of the value. Hence noise
with a memory of its own, restricted likelihood, and a jackknife over codes with an effective number of them.
{notes}"""


def page(table: pd.DataFrame, command: str, date: str) -> str:
    """The page as text."""
    notes = [
        f"- **{row['estimator']}**: {row['note']}."
        for _, row in table.drop_duplicates("estimator").iterrows()
        if row["note"]
    ]
    missed: list[str] = []
    for _, row in table[table["state"] == "missed"].iterrows():
        found = [f"coverage {percent(row['coverage'])}", f"false positives {percent(row['false_positives'])}"]
        said = WHEN_MISSED.get(row["estimator"], "not mended")
        missed.append(f"- **{row['estimator']}**, {row['scenario']} ({', '.join(found)}): {said}.")
    return PAGE.format(
        command=command,
        date=date,
        runs=table["runs"].min(),
        missed=len(missed),
        held=int((table["state"] != "").sum()),
        table="\n".join(_lines(table)),
        notes=_under("Rows that missed their goal:", missed) + _under("Rows without a goal:", notes),
    )


def _under(title: str, notes: list[str]) -> str:
    """Notes as a list under their title; nothing where there is none."""
    return "\n".join(["", title, "", *notes, ""]) if notes else ""


def _lines(table: pd.DataFrame) -> list[str]:
    """The scores as a Markdown table."""
    rows = [["Estimator", "Scenario", "Coverage", "Bias", "False positives", "Detection", "Defined", "Goal", "State"]]
    rows.append(["---"] * len(rows[0]))
    for _, row in table.iterrows():
        shares = [percent(row[name]) for name in ("false_positives", "detection", "defined")]
        rows.append(
            [
                row["estimator"],
                row["scenario"],
                percent(row["coverage"]),
                signed(row["bias"]),
                *shares,
                row["goal"],
                row["state"] or "–",
            ]
        )
    return ["| " + " | ".join(row) + " |" for row in rows]

"""Whether two sources of one flow say the same: a sentence, and a table by reporter."""

from __future__ import annotations

import pandas as pd

COLUMNS = (
    "reporter_name", "flow", "source", "other_source", "months", "ratio_of_sources", "cells_judged", "cells_outside",
)  # fmt: skip
MOST = 15
"""Rows of the table: the reporters that differ most often, then the largest."""


def sentence(totals: pd.DataFrame) -> str:
    """Return what `marts.agreement_totals` says: flows told twice, how many differ, and whose most often."""
    judged, outside = int(totals["cells_judged"].sum()), int(totals["cells_outside"].sum())
    if not judged:
        return "These files hold no flow, large enough to judge, in two sources."
    told = f"{judged:,} monthly flows stand in two sources; {outside:,} of them ({outside / judged:.2%}) differ by more"
    if not outside:
        return f"{told} than the band allows."
    worst = totals.sort_values("cells_outside", ascending=False, kind="stable").iloc[0]
    flows = f"{worst['flow'].replace('_', '-')}s"
    return f"{told} than the band allows, most often {flows} of {worst['reporter_name']} in {worst['other_source']}."


def by_reporter(totals: pd.DataFrame) -> pd.DataFrame:
    """Return a row per reporter, flow and pair of sources, those that differ most often first, at most `MOST`."""
    rows = totals[totals["cells_judged"] > 0].sort_values(
        ["cells_outside", "cells_judged", "reporter", "flow"], ascending=[False, False, True, True]
    )
    rows = rows.assign(
        months=rows["first_period"].dt.strftime("%Y-%m") + " to " + rows["last_period"].dt.strftime("%Y-%m"),
        flow=rows["flow"].str.replace("_", "-"),
    )
    return pd.DataFrame(rows.head(MOST), columns=list(COLUMNS))

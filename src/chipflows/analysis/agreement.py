"""Whether two sources of one flow say the same: a sentence, and a table by reporter."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

COLUMNS = (
    "reporter_name", "flow", "sources", "months", "ratio_of_sources", "cells_judged", "cells_outside",
)  # fmt: skip
MOST = 15
"""Rows of the table: the reporters that differ most often, then the largest."""


def sentence(totals: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """Return what `marts.agreement_totals` says: flows told twice, how many differ, and whose most often; `titles` of
    the sources.
    """
    judged, outside = int(totals["cells_judged"].sum()), int(totals["cells_outside"].sum())
    if not judged:
        return "These files hold no flow, large enough to judge, in two sources."
    told = f"{judged:,} monthly flows stand in two sources; {outside:,} of them ({outside / judged:.2%}) differ by more"
    if not outside:
        return f"{told} than the band allows."
    worst = totals.sort_values("cells_outside", ascending=False, kind="stable").iloc[0]
    flows, other = f"{worst['flow'].replace('_', '-')}s", titles.get(worst["other_source"], worst["other_source"])
    return f"{told} than the band allows, most often {flows} of {worst['reporter_name']} in {other}."


def by_reporter(totals: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return a row per reporter, flow and pair of sources, those that differ most often first, at most `MOST`."""
    rows = totals[totals["cells_judged"] > 0].sort_values(
        ["cells_outside", "cells_judged", "reporter", "flow"], ascending=[False, False, True, True]
    )
    rows = rows.assign(
        months=rows["first_period"].dt.strftime("%b %Y") + "\nto " + rows["last_period"].dt.strftime("%b %Y"),
        sources=rows["source"].replace(titles) + "\nagainst " + rows["other_source"].replace(titles),
        flow=rows["flow"].str.replace("_", "-"),
    )
    return pd.DataFrame(rows.head(MOST), columns=list(COLUMNS))

"""Which codes broke when the controls came? One step for each code, corrected for looking at many. (methods C.4)"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from chipflows.analysis.panel import Window, cube, steady, total
from chipflows.analysis.placebos import benjamini_hochberg
from chipflows.analysis.series import interrupted_series

NUMBERS = ("estimate", "lo", "hi", "p", "percent", "percent_lo", "percent_hi")


def steps_by_code(
    panel: pd.DataFrame,
    members: Sequence[str],
    families: Sequence[str],
    at: str | pd.Timestamp,
    left_out: Sequence[Window] = (),
    column: str = "value_usd",
) -> pd.DataFrame:
    """The step of each family's monthly sum at `at`, one row each: family, estimate, lo, hi (log points), p, percent
    with bounds, `q`, `form`, `reason`.

    The sum is over the members that publish steadily; `form` is "ppml" where there are months without trade, else
    "log" (see `interrupted_series`). `q`: the false discovery rate at which the code counts as broken (Benjamini
    and Hochberg). `reason` says why a code has no step. `panel` holds supplier, family, period and `column`.
    """
    whole = cube(panel, column).with_families(families).of(members)
    sold = whole.of(steady(whole))
    rows = []
    for family in families:
        series = pd.Series(total(sold.with_families([family]).cells), index=sold.months)
        form = "log" if (series.dropna() > 0).all() else "ppml"
        row: dict[str, object] = {"family": family, "form": form, "reason": ""}
        try:
            if not (series > 0).any():
                raise ValueError("no trade is published")
            found = interrupted_series(series, at, form, left_out)
            step = found[found["term"] == "step"].iloc[0]
            row |= {name: float(step[name]) for name in NUMBERS}
        except (ValueError, np.linalg.LinAlgError) as error:
            row["reason"] = str(error)
        rows.append(row)
    table = pd.DataFrame(rows, columns=["family", *NUMBERS, "form", "reason"]).astype(dict.fromkeys(NUMBERS, float))
    table.insert(5, "q", benjamini_hochberg(table["p"].to_numpy()))
    return table

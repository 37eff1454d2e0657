"""What an origin and an economy on the way supplied together, as bounds over a period. (methods, Hong Kong)"""

from __future__ import annotations

import pandas as pd

from chipflows.analysis.inputs import Asked
from chipflows.analysis.panel import inside

BASIS = {
    "re_exports_by_origin": "re-exports by origin",
    "re_exports": "re-exports, of any origin",
    "none": "total exports alone",
}
"""How the reporter on the way tells what it only passed on, best first."""


def by_period(supply_bounds: pd.DataFrame, about: Asked) -> pd.DataFrame:
    """Return one row for the base and each period of one origin, economy on the way and group of `marts.supply_bounds`.

    Columns: period (title), months (held on both sides), origin_usd, lower_usd, upper_usd (a month), basis (the
    weakest of its months, in words). Over several months both supplied at least the larger of what the economy on the
    way sold by itself and the sum of the monthly lower bounds. Months that one of them did not publish are left out.
    """
    held = supply_bounds.dropna(subset=["lower_usd", "upper_usd"])
    months, rows = pd.DatetimeIndex(held["period"]), []
    for title, window in {about.main: about.base, **about.periods}.items():
        part = held[inside(months, window)]
        if part.empty:
            continue
        lower = max(float(part["lower_usd"].sum()), float(part["via_usd"].sum()))
        weakest = max(part["basis"], key=list(BASIS).index)
        sums = (float(part["origin_usd"].sum()), lower, float(part["upper_usd"].sum()))
        rows.append([title, len(part), *(value / len(part) for value in sums), BASIS[weakest]])
    return pd.DataFrame(rows, columns=["period", "months", "origin_usd", "lower_usd", "upper_usd", "basis"])

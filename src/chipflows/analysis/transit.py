"""What was sent to third countries and never recorded there: the mirror gap of the extra exports. (methods C.3)"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from chipflows.analysis import bootstrap
from chipflows.analysis.excess import excess, ratio_interval
from chipflows.analysis.panel import Window
from chipflows.analysis.rerouting import leg


def lost_in_transit(
    sent: pd.DataFrame,
    received: pd.DataFrame,
    base: Window,
    after: Window,
    cif: float,
    column: str = "value_usd",
    draws: int = bootstrap.DRAWS,
    seed: int = 2022,
) -> pd.DataFrame:
    """By hub: how much of the extra exports that sellers report into it the hub never recorded as imports, per
    month.

    `extra` = excess of the sellers' exports, `lost` = extra - excess of the hub's imports from them / `cif` (1.06:
    IMF, Direction of Trade Statistics Yearbook 2017), both with 95% over months; `share` = lost / extra with 95%
    over months and codes. Both panels hold hub, supplier, family, period and `column`; a cell and month counts
    where both sides published. Source: methods C.3, lost in transit.
    """
    rows = []
    for hub in sorted(set(sent["hub"]) | set(received["hub"])):
        if not ((sent["hub"] == hub).any() and (received["hub"] == hub).any()):
            rows.append({"hub": hub, "reason": "one side published nothing"})
            continue
        exports = leg(sent, hub, column)
        imports = leg(received, hub, column, exports.months).with_families(exports.families).of(list(exports.suppliers))
        hidden = np.isnan(exports.cells) | np.isnan(imports.cells)
        extra, seen = (
            excess(replace(of, cells=np.where(hidden, np.nan, of.cells)), base, after, sign)
            for of, sign in ((exports, 1.0), (imports, 1 / cif))
        )
        tables = [x - y for x, y in zip(extra.tables, seen.tables, strict=True)]
        lost = replace(extra, by_family=extra.by_family - seen.by_family, tables=tables)
        found = ratio_interval(lost, extra, draws, np.random.default_rng(seed))
        names = {
            "loss": "extra",
            "loss_lo": "extra_lo",
            "loss_hi": "extra_hi",
            "gain": "lost",
            "gain_lo": "lost_lo",
            "gain_hi": "lost_hi",
            "ratio": "share",
            "lo": "lo",
            "hi": "hi",
        }
        reason = "" if np.isfinite(found["lo"]) else "no extra exports that stand out of the noise"
        rows.append({"hub": hub, **{names[key]: value for key, value in found.items()}, "reason": reason})
    return pd.DataFrame(rows)

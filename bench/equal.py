"""Whether a peer's tables are ours, number by number: asked before any time is printed."""

from __future__ import annotations

from pathlib import Path

import duckdb

from chipflows.paths import Paths

SAME = {
    "family_flows": """
select reporter, partner, flow, family, period, cast(value_usd * 1000 as bigint), cast(weight_kg * 1000 as bigint)
from core.family_flows
""",
    "group_flows": """
select reporter, partner, hs_group, period, cast(value_usd * 1000 as bigint) from core.group_flows where value_usd > 0
""",
    "mirror": """
select exporter, importer, family, period, nullif(cast(export_usd * 1000 as bigint), 0),
  nullif(cast(import_usd * 1000 as bigint), 0)
from marts.mirror
qualify row_number() over (partition by exporter, importer, family, period order by cif_factor) = 1
""",
    "unit_values": """
select reporter, partner_class, family, period, cast(value_usd * 1000 as bigint), cast(quantity * 1000 as bigint)
from marts.unit_values
where measure = 'weight'
""",
}
"""What the peer's files hold, from our tables."""

THEIRS = {
    "family_flows": "reporter, partner, flow, family, cast(period as date), value, weight",
    "group_flows": "reporter, partner, hs_group, cast(period as date), value",
    "mirror": 'exporter, importer, family, cast(period as date), cast("export" as bigint), cast("import" as bigint)',
    "unit_values": "reporter, partner_class, family, cast(period as date), value, weight",
}


def refuse_unequal(paths: Paths, folder: Path) -> None:
    """Raise `AssertionError` naming a table of the peer in `folder` that is not ours, row for row."""
    with duckdb.connect(str(paths.database), read_only=True) as ours:
        for name, sql in SAME.items():
            theirs = f"select {THEIRS[name]} from read_parquet('{folder / name}.parquet')"
            for one, other in ((sql, theirs), (theirs, sql)):
                (count,) = ours.execute(f"select count(*) from ({one} except all {other})").fetchall()[0]
                if count:
                    raise AssertionError(f"{name}: {count:,} rows differ between chipflows and {folder.name}")

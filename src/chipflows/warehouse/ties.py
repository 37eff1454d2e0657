"""How rows of a table are tied to the rows received behind them: conditions on `m` (the table) and `r` (core.rows)."""

from __future__ import annotations

from collections.abc import Iterable

SHARED = (
    *("file_id", "row_number", "source", "reporter", "partner", "origin"),
    *("flow", "frequency", "period", "family", "hs6", "code"),
)
"""Columns that mean the same in core.rows and wherever else they stand."""

LANDS_IN = {
    "core.flows_yearly": ("flows_yearly",),
    "core.headings": ("headings",),
    "marts.control_totals": ("headings", "flows"),
    "marts.yearly_control": ("flows_yearly", "flows"),
    "marts.nes_share": ("flows", "rejected"),
}
"""Where the received rows of a table landed, if not all of them in `flows`."""

SPEAKS = """exists (
  select 1 from core.cells as c join core.preferred as p using (offers)
  where c.reporter = r.reporter and c.partner = r.partner and c.flow = r.flow and c.period = r.period
    and p.family = r.family and p.source = r.source
)"""

COVERED = """exists (
  select 1 from core.group_flows as c
  where c.hs_group = m.hs_group and c.reporter = r.reporter and c.partner = r.partner and c.period = r.period
)"""

ON_BOTH_SIDES = """exists (
  select 1 from core.window_means as b join core.window_means as a using (reporter, partner, hs_group)
  where b.side = 'before' and b.window_id = m.baseline and a.side = 'after' and a.window_id = m.after_window
    and b.hs_group = m.hs_group and b.reporter = r.reporter and b.partner = r.partner
)"""

BOTH_RECORDS = """(
  (r.flow = 'export' and r.reporter = {exporter} and r.partner = {importer})
  or (r.flow = 'import' and r.reporter = {importer} and r.partner = {exporter})
)"""

SPECIAL = {
    ("exporter", "importer"): BOTH_RECORDS.format(exporter="m.exporter", importer="m.importer"),
    ("supplier", "hub"): BOTH_RECORDS.format(exporter="s.reporter", importer="m.hub"),
    ("origin", "via"): """(
  (r.reporter = m.origin and r.flow = 'export') or (r.reporter = m.via and r.flow in ('export', 're_export'))
)""",
    ("partner_class", "measure"): """r.flow = 'export' and r.partner in (
  select k.partner from core.partner_classes as k where k.partner_class = m.partner_class
) and (
  (m.measure = 'weight' and r.weight_kg > 0 and not coalesce(r.is_weight_estimated, false))
  or (m.measure = 'quantity' and r.quantity > 0 and not coalesce(r.is_quantity_estimated, false)
    and r.quantity_unit = m.quantity_unit)
)""",
    ("heading", "heading_usd"): """r.frequency = 'M'
  and (r.code = m.heading or (r.lands_in = 'flows' and substr(r.hs6, 1, 4) = m.heading))""",
    ("year_native", "period"): "cast(date_trunc('year', r.period) as date) = m.period",
    ("share_nes", "nes_code_usd"): """exists (
  select 1 from core.unspecified as u where u.file_id = r.file_id and u.row_number = r.row_number
)""",
}
"""Ties of tables with these columns, which combine several records; in place of what the columns mean elsewhere."""


def joins_and_ties(table: str, columns: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the joins beside `m`, and the conditions on `r`, for a table with these columns."""
    has = set(columns)
    special = {pair: tie for pair, tie in SPECIAL.items() if has.issuperset(pair)}
    own = {name for pair in special for name in pair}
    joins, ties = [], list(special.values())
    for name in (one for one in SHARED if one in has - own):
        ties.append(f"r.{name} is not distinct from m.{name}" if name == "origin" else f"r.{name} = m.{name}")
    if "source" in has:  # no source speaks for a row that is not covered: show what arrived all the same
        ties[ties.index("r.source = m.source")] = "(m.source is null or r.source = m.source)"
    elif table.startswith("marts.") and "file_id" not in has:
        ties.append(SPEAKS)
    if "supplier" in has and "reporter" not in has:
        joins.append("join core.suppliers as s on s.supplier = m.supplier")
        ties += [] if "hub" in own else ["r.reporter = s.reporter"]
    if "hs_group" in has:
        joins.append("join core.groups as g on g.hs_group = m.hs_group and g.is_whole")
        ties += ["r.family = g.family"] if "hub" in own else ["r.family = g.family", COVERED]
    if "baseline" in has:
        joins.append("join core.windows as w on w.window_id in (m.baseline, m.after_window)")
        ties += ["w.reporter = r.reporter", "w.period = r.period", *([ON_BOTH_SIDES] if "hs_group" in has else [])]
    if "lands_in" in has:
        ties.append("r.lands_in = m.lands_in")
    elif "file_id" not in has:
        ties.append("r.lands_in in ({})".format(", ".join(f"'{one}'" for one in LANDS_IN.get(table, ("flows",)))))
    return joins, ties

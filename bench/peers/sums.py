"""The tables an analyst makes of rows in pandas, in the order in which one needs the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from bench.peers import exports, focal, pairs, received
from bench.peers.lists import read_lists
from chipflows.config import Config


def write_sums(sent: pd.DataFrame, config: Config, folder: Path, target: Path) -> None:
    """Write the tables of the rows sent in the files of a folder to `target`, one zstd Parquet file each.

    Money, weights and quantities are in thousandths, so that sums are exact.
    """
    target.mkdir()
    for name, table in tables(sent, config, folder):
        table.to_parquet(target / f"{name}.parquet", compression="zstd", index=False)


def tables(sent: pd.DataFrame, config: Config, folder: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each table and its name."""
    lists = read_lists(config, folder)
    rows = received.named_rows(sent, lists)
    yield "core.rows", rows
    flows = received.monthly(rows)
    yield "core.flows", flows
    by_family = received.by_family(flows)
    yield "core.family_flows", by_family
    cells = exports.cells_of(rows, lists)
    spoken = exports.spoken_flows(by_family, cells, lists)
    yield "core.spoken_flows", spoken
    wide = exports.wide_exports(spoken, cells, lists)
    groups = exports.group_exports(wide, lists)
    group_flows = exports.group_flows(groups, lists)
    yield "core.group_flows", group_flows
    means = exports.window_means(groups, lists)
    yield "core.window_means", means
    yield "marts.unit_values", pairs.unit_values(flows, spoken, lists)
    sides = pairs.sides(spoken, cells, lists)
    yield "marts.mirror", pairs.mirror(sides, lists)
    yield "marts.lost_in_transit", pairs.lost_in_transit(sides, lists)
    yield "marts.panel", pairs.panel(wide, lists)
    suppliers = lists.suppliers
    is_asked = suppliers["reporter"].isin(lists.roles("origin", "coalition")) & (suppliers["supplier"] != "world")
    to_hubs = exports.supplier_totals(groups, lists.roles("hub"), suppliers[is_asked], lists)
    yield "marts.hub_totals", to_hubs
    yield "marts.hub_before_after", focal.totals_before_after(means, to_hubs, lists)
    totals = exports.supplier_totals(groups, lists.roles("focal"), suppliers, lists).drop(columns="partner_name")
    yield "marts.direct_totals", totals
    yield "marts.before_after_totals", focal.totals_before_after(means, totals, lists)
    yield "marts.fixed_panel", focal.fixed_panel(group_flows, means, totals, lists)
    direct = focal.direct(by_family, cells, lists)
    yield "marts.direct", direct
    yield "marts.before_after", focal.before_after(direct, lists)
    yield "marts.russia_supply", focal.supply(direct)

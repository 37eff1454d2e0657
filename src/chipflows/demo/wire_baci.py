"""An archive as CEPII publishes it: a year a table, thousands of dollars and tonnes, every exporter."""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict

from chipflows.demo.offices import Office
from chipflows.demo.published import Statistics
from chipflows.demo.settings import Brought
from chipflows.raw.records import Scope

SOURCE = "baci"
SMALLEST = 1000
"""Dollars a year below which the source leaves a flow out."""
MISSING = 0.02
"""Share of weights that are missing."""


def body(statistics: Statistics, one: Brought, scope: Scope) -> bytes:
    """Return the archive with a table for every year of the scope."""
    config, office = statistics.world.config, Office(statistics, SOURCE)
    years: dict[str, dict[tuple[str, str, str], list[float]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0]))
    for exporter in statistics.world.exporters:
        for told in office.told(exporter, scope):
            cell = (config.code_of(SOURCE, exporter), config.code_of(SOURCE, told.partner), told.code)
            sums = years[told.month[:4]][cell]
            for at, amount in enumerate((told.value, told.kilograms)):
                sums[at] += amount
            sums[2] = told.chance
    packed = io.BytesIO()
    stem, version = one.file.removesuffix(".zip").rsplit("_", 1)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for year, cells in sorted(years.items()):
            rows = [row(year, *cell, *sums) for cell, sums in sorted(cells.items()) if sums[0] >= SMALLEST]
            # A fixed date: the same world makes the same bytes.
            archive.writestr(zipfile.ZipInfo(f"{stem}_Y{year}_{version}.csv"), "".join(["t,i,j,k,v,q\n", *rows]))
    return packed.getvalue()


def row(year: str, exporter: str, importer: str, code: str, usd: float, kilograms: float, chance: float) -> str:
    tonnes = "NA" if chance < MISSING else f"{kilograms / 1000:.3f}"
    return f"{year},{exporter},{importer},{code},{usd / 1000:.3f},{tonnes:>11}\n"

"""What a process imports and reads before others are forked from it; it holds nothing open and starts no thread."""

import duckdb  # noqa: F401
import nbclient  # noqa: F401
import pandas  # noqa: F401
import pyarrow.parquet  # noqa: F401

import chipflows.cli
import chipflows.raw.inbox
import chipflows.report.render
import chipflows.sources.comtrade
import chipflows.sources.download
import chipflows.sources.eurostat_comext
import chipflows.sources.fx
import chipflows.warehouse.build
import chipflows.warehouse.verify  # noqa: F401
from chipflows.paths import PROJECT
from chipflows.warehouse.graph import LAYERS, read_layer

for layer in LAYERS:
    read_layer(PROJECT / "sql", layer)

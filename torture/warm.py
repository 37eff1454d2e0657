"""What a process imports before others are forked from it; it opens nothing and starts no thread."""

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

"""Tables from raw files: against pandas, against decompressing alone, and when one file is new."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from bench.inputs import write_comtrade
from bench.measure import Row, at_least, at_most, chipflows, python
from chipflows.config import load_config
from chipflows.paths import find_paths

PANDAS = """
from pathlib import Path
from bench.peers.careful_pandas import family_flows
from chipflows.config import load_config
from chipflows.paths import find_paths
paths = find_paths('bench')
family_flows(paths.raw, load_config(paths.config), paths.home / 'peer.parquet')
"""
EQUAL = """
import pandas as pd
from chipflows.paths import find_paths
from chipflows import table
paths = find_paths('bench')
ours = table('core.family_flows', paths)[['reporter', 'partner', 'flow', 'family', 'period', 'value_usd']]
ours['thousandths'] = (ours.pop('value_usd') * 1000).round().astype('int64')
key = ['reporter', 'partner', 'flow', 'family', 'period']
peer = pd.read_parquet(paths.home / 'peer.parquet')
ours = ours.sort_values(key, ignore_index=True)
peer['period'] = peer['period'].astype(ours['period'].dtype)
pd.testing.assert_frame_equal(ours, peer, check_dtype=False)
"""


def rows(home: Path, options: Namespace) -> Iterator[Row]:
    """Yield the rows about making tables from raw files."""
    paths = find_paths("bench")
    written = write_comtrade(home / "data" / "raw" / "bench", load_config(paths.config), options.rows)
    full = chipflows(home, "--profile", "bench", "build")
    peer = python(PANDAS, home)
    python(EQUAL, home)
    what = f"{written:,} rows of Comtrade JSON to all tables"
    yield at_least(what, full.seconds, "s", "pandas, one table of them", peer.seconds, 10)
    newest = max((home / "data" / "raw" / "bench" / "comtrade").glob("*.parquet"))
    newest.unlink()
    again = chipflows(home, "--profile", "bench", "build")
    yield at_most("one file of them is new", again.seconds, "s", "the full build", full.seconds, 0.2)

"""The pandas pipeline a careful analyst would write: only the columns that are needed, file by file."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pandas as pd

from bench.peers.sums import KEEP, write_sums
from chipflows.config import load_config
from chipflows.paths import find_paths


def read(folder: Path) -> pd.DataFrame:
    """Return the rows of every body in a folder."""
    frames = []
    for path in sorted(folder.glob("*.gz")):
        sent = json.loads(gzip.decompress(path.read_bytes()))["data"]
        frames.append(pd.DataFrame({name: [row[name] for row in sent] for name in KEEP}))
    return pd.concat(frames, ignore_index=True)


if __name__ == "__main__":
    paths = find_paths("bench")
    write_sums(read(paths.raw / "comtrade"), load_config(paths.config), Path(sys.argv[1]))

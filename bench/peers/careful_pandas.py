"""The pandas pipeline a careful analyst would write: only the columns that are needed, file by file."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pandas as pd

from bench.peers.received import KEEP, labelled
from bench.peers.sums import write_sums
from chipflows.config import load_config
from chipflows.paths import find_paths


def read(folder: Path) -> pd.DataFrame:
    """Return the rows of every body in a folder, with the file and the request each came with."""
    frames = []
    for path in sorted(folder.glob("*.gz")):
        sent = json.loads(gzip.decompress(path.read_bytes()))["data"]
        frames.append(labelled(pd.DataFrame.from_records(sent, columns=KEEP), path))
    return pd.concat(frames, ignore_index=True)


if __name__ == "__main__":
    paths = find_paths("bench")
    bodies = paths.raw / "comtrade"
    write_sums(read(bodies), load_config(paths.config), bodies, Path(sys.argv[1]))

"""The way of UN Comtrade's own Python client: every answer through `json_normalize`, added to one frame as it comes."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pandas as pd

from bench.peers.received import labelled
from bench.peers.sums import write_sums
from chipflows.config import load_config
from chipflows.paths import find_paths


def read(folder: Path) -> pd.DataFrame:
    """Return the rows of every body in a folder, with all their columns."""
    everything = pd.DataFrame()
    for path in sorted(folder.glob("*.gz")):
        answer = pd.json_normalize(json.loads(gzip.decompress(path.read_bytes()))["data"])
        everything = pd.concat([everything, labelled(answer, path)])
    return everything.reset_index(drop=True).infer_objects()


if __name__ == "__main__":
    paths = find_paths("bench")
    bodies = paths.raw / "comtrade"
    write_sums(read(bodies), load_config(paths.config), bodies, Path(sys.argv[1]))

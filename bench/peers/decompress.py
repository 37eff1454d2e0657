"""The floor: the bytes out of their gzip on both cores, and nothing made of them."""

from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from chipflows.paths import find_paths


def size(path: Path) -> int:
    return len(gzip.decompress(path.read_bytes()))


if __name__ == "__main__":
    with ThreadPoolExecutor(2) as workers:
        print(sum(workers.map(size, sorted((find_paths("bench").raw / "comtrade").glob("*.gz")))))

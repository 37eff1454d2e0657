"""Small profiles for whole runs: EU exports of a few codes as a person would bring them, and nothing at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from chipflows.__main__ import main

COMEXT = "DATAFLOW,LAST UPDATE,freq,reporter,partner,product,flow,indicators,TIME_PERIOD,OBS_VALUE"
ECB = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE"
CODES = ("85423111", "85423211", "85423300", "85423911", "85411000")
MONTHS = tuple(f"{year}-{month:02d}" for year in (2021, 2022) for month in range(1, 13))


@contextmanager
def at_home(home: Path) -> Iterator[None]:
    """Point the commands at another home for a while."""
    before = os.environ.get("CHIPFLOWS_HOME")
    os.environ["CHIPFLOWS_HOME"] = str(home)
    try:
        yield
    finally:
        if before is None:
            del os.environ["CHIPFLOWS_HOME"]
        else:
            os.environ["CHIPFLOWS_HOME"] = before


def comext(codes: Sequence[str] = CODES) -> str:
    """Two reporters: a fall to Russia in March 2022, a rise to Kyrgyzstan, as much as ever to Kazakhstan."""
    lines = [COMEXT]
    for month in MONTHS:
        is_after = month >= "2022-03"
        amounts = {"RU": 20_000 if is_after else 1_000_000, "KG": 90_000 if is_after else 3_000, "KZ": 50_000}
        for reporter, share in (("DE", 3), ("FR", 1)):
            for place, code in enumerate(codes):
                lines += [
                    f"ESTAT:DS-045409(1.0),13/01/23 11:00:00,M,{reporter},{partner},{code},2,VALUE_IN_EUROS,{month},"
                    f"{amount * share + 1000 * place}"
                    for partner, amount in amounts.items()
                ]
    return "\r\n".join([*lines, ""])


def rates() -> str:
    return "\n".join([ECB, *(f"EXR.M.USD.EUR.SP00.A,M,USD,EUR,SP00,A,{month},1.1" for month in MONTHS), ""])


def make(home: Path, profile: str, *options: str, **files: str) -> None:
    """Import files (source=text), build, render; every step must end well. `options` stand before each command."""
    home.mkdir(parents=True, exist_ok=True)
    given = ["--profile", profile, *options]
    with at_home(home):
        for source, text in files.items():
            path = home / f"{source}.csv"
            path.write_bytes(text.encode())
            assert main([*given, "import", source, str(path)]) == 0
        assert main([*given, "build"]) == 0
        assert main([*given, "render"]) == 0

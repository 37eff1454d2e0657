"""The licence of every package, from its own metadata, and whether it goes with this product's."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from supply.lock import Locked

ELSEWHERE = Path(__file__).with_name("elsewhere.csv")
"""Licences of packages that are only installed on other systems than this."""

SPELT = {
    "MIT License": "MIT",
    "BSD License": "BSD",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "ISC License (ISCL)": "ISC",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
}
"""How metadata spells licences that have a short name; BSD without its number of clauses stays so."""

COMPATIBLE = {
    *("MIT", "MIT-0", "MIT-CMU", "BSD", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC", "Zlib", "CC0-1.0"),
    *("Apache-2.0", "PSF-2.0", "CNRI-Python", "MPL-2.0"),
}
"""Licences that let an MIT program be passed on together with the package, changed or not."""


def licence_of(package: Locked) -> str:
    """Return a package's licence as a short name or expression; raises `ValueError` where nothing states one."""
    elsewhere = {row["package"]: row["licence"] for row in csv.DictReader(ELSEWHERE.open(encoding="utf-8"))}
    if package.name in elsewhere:
        return elsewhere[package.name]
    stated = metadata.metadata(package.name)
    if expression := stated.get("License-Expression"):
        return expression
    classified = [one.rsplit(" :: ", 1)[1] for one in stated.get_all("Classifier") or [] if one.startswith("License")]
    if classified:
        return " AND ".join(sorted({SPELT.get(one, one) for one in classified}))
    written = (stated.get("License") or "").strip()
    if not written or "\n" in written:
        raise ValueError(f"{package.name} states no licence: find it out and write it into supply/{ELSEWHERE.name}")
    return SPELT.get(written, written)


def strangers(expression: str) -> list[str]:
    """Return the parts of an expression that don't go with this product's licence; of an `OR` one part is enough."""
    choices = [re.findall(r"[A-Za-z0-9.-]+", choice) for choice in expression.split(" OR ")]
    unknown = [[one for one in choice if one not in COMPATIBLE | {"AND"}] for choice in choices]
    return min(unknown, key=len)


def table(packages: Iterable[Locked]) -> str:
    """Return docs/licences.csv: package, version, licence, where it is installed."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["package", "version", "licence", "installed_where"])
    for one in packages:
        writer.writerow([one.name, one.version, licence_of(one), one.marker])
    return out.getvalue()

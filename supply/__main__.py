"""`python -m supply`: writes docs/licences.csv and the bill of materials; exit 1 on a licence that clashes."""

from __future__ import annotations

import sys

from chipflows.paths import PROJECT
from supply.bill import bill
from supply.licences import licence_of, strangers, table
from supply.lock import read_lock, runtime

LICENCES = PROJECT / "docs" / "licences.csv"
BILL = PROJECT / "build" / "bill-of-materials.cdx.json"


def main() -> int:
    """Return 1 if a package has a licence that this product's users could not accept together with it."""
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    packages = read_lock(lock)
    needed = runtime(packages, PROJECT)
    clashing = [f"{one.name}: {licence_of(one)}" for one in needed if strangers(licence_of(one))]
    LICENCES.write_text(table(needed), encoding="utf-8")
    BILL.parent.mkdir(exist_ok=True)
    BILL.write_text(bill(packages, needed, lock), encoding="utf-8")
    print(f"{len(packages)} packages locked, {len(needed)} of them needed at run time: {BILL}, {LICENCES}")
    for line in clashing:
        print(f"not compatible, or not known to be: {line}", file=sys.stderr)
    return 1 if clashing else 0


if __name__ == "__main__":
    sys.exit(main())

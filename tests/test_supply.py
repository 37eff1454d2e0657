"""What the product is made of: everything locked with hashes, licences known and compatible, a bill that says so."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from supply.bill import bill
from supply.licences import COMPATIBLE, licence_of, strangers
from supply.lock import Locked, read_lock, runtime

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text()


@pytest.fixture(scope="module")
def packages() -> list[Locked]:
    return read_lock(LOCK)


def test_every_locked_package_has_a_version_and_a_hash(packages: list[Locked]) -> None:
    assert len(packages) == len(re.findall(r"^[A-Za-z0-9]", LOCK, re.M)) > 100
    for line in ("newcomer>=1\n", "newcomer==1\n    # via pandas\n", "-e .\n"):
        with pytest.raises(ValueError, match="compile it again"):
            read_lock(LOCK + line)


def test_what_a_package_needs_is_locked_too(packages: list[Locked]) -> None:
    """Installing with --require-hashes refuses what is not in the lock; so is every parent named in it, by name."""
    names = {one.name for one in packages} | {"chipflows"}
    assert not {parent for one in packages for parent in one.needed_by} - names
    assert all(one.needed_by for one in packages)
    assert "--require-hashes -r requirements.lock" in (ROOT / "Makefile").read_text()


def test_run_time_packages_are_those_the_product_asks_for_and_what_these_need(packages: list[Locked]) -> None:
    needed = {one.name for one in runtime(packages, ROOT)}
    assert {"duckdb", "pandas", "certifi", "tornado"} <= needed
    assert not needed & {"pytest", "ruff", "mypy", "sqlfluff", "hypothesis"}


def test_licences_of_all_run_time_packages_are_listed_and_compatible(packages: list[Locked]) -> None:
    needed = runtime(packages, ROOT)
    with (ROOT / "docs" / "licences.csv").open(encoding="utf-8") as file:
        listed = {(row["package"], row["version"]): row["licence"] for row in csv.DictReader(file)}
    assert listed == {(one.name, one.version): licence_of(one) for one in needed}, "run `python -m supply`"
    assert not {name: licence for name, licence in listed.items() if strangers(licence)}


@pytest.mark.parametrize(
    ("licence", "clash"),
    [
        ("MIT AND (BSD-3-Clause)", []),
        ("GPL-3.0-only OR MIT", []),
        ("MIT AND GPL-3.0-only", ["GPL-3.0-only"]),
        ("GNU Affero General Public License v3", ["GNU", "Affero", "General", "Public", "License", "v3"]),
    ],
)
def test_a_licence_that_clashes_is_seen(licence: str, clash: list[str]) -> None:
    assert strangers(licence) == clash
    assert not COMPATIBLE & set(clash)


def test_the_bill_of_materials_says_what_is_in_the_lock(packages: list[Locked]) -> None:
    text = bill(packages, runtime(packages, ROOT), LOCK)
    assert text == bill(packages, runtime(packages, ROOT), LOCK)
    found = json.loads(text)
    assert (found["bomFormat"], found["specVersion"], found["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", found["serialNumber"])
    components = {one["bom-ref"]: one for one in found["components"]}
    assert len(components) == len(packages)
    digests = {one["content"] for component in components.values() for one in component["hashes"]}
    assert digests == set(re.findall(r"sha256:([0-9a-f]{64})", LOCK))
    assert all(one["licenses"] for one in components.values() if one["scope"] == "required")
    needs = {one["ref"]: set(one["dependsOn"]) for one in found["dependencies"]}
    assert needs.keys() == components.keys() | {found["metadata"]["component"]["bom-ref"]}
    assert set().union(*needs.values()) <= components.keys()
    [product] = [name for name in needs if name.startswith("pkg:pypi/chipflows@")]
    assert {"duckdb", "pandas"} <= {one.split("/")[1].split("@")[0] for one in needs[product]}

"""The software bill of materials, in CycloneDX JSON: what is in the lock, with hashes, licences and who needs what."""

from __future__ import annotations

import hashlib
import json
import uuid
from importlib import metadata
from typing import Any

from chipflows import __version__
from supply.licences import licence_of
from supply.lock import Locked

PRODUCT = f"pkg:pypi/chipflows@{__version__}"


def bill(packages: list[Locked], needed_at_run_time: list[Locked], lock: str) -> str:
    """Return the bill; the same lock gives the same text, so it has no date and its number is made of the lock."""
    number = uuid.uuid5(uuid.NAMESPACE_URL, hashlib.sha256(lock.encode()).hexdigest())
    own = {"type": "application", "bom-ref": PRODUCT, "name": "chipflows", "version": __version__, "purl": PRODUCT}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{number}",
        "version": 1,
        "metadata": {"component": {**own, "licenses": [{"license": {"id": "MIT"}}]}},
        "components": [component(one, one in needed_at_run_time) for one in packages],
        "dependencies": dependencies(packages),
    }
    return json.dumps(document, indent=1) + "\n"


def component(one: Locked, is_needed: bool) -> dict[str, Any]:
    """Return a package as a component; one that only developers need is `optional`."""
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": reference(one),
        "name": one.name,
        "version": one.version,
        "purl": reference(one),
        "scope": "required" if is_needed else "optional",
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in one.hashes],
    }
    try:
        found["licenses"] = [{"expression": licence_of(one)}]
    except (ValueError, metadata.PackageNotFoundError):
        if is_needed:
            raise
    if one.marker:
        found["properties"] = [{"name": "chipflows:marker", "value": one.marker}]
    return found


def dependencies(packages: list[Locked]) -> list[dict[str, Any]]:
    """Return who needs whom, the product first."""
    needs: dict[str, list[str]] = {PRODUCT: [], **{reference(one): [] for one in packages}}
    by_name: dict[str, list[str]] = {"chipflows": [PRODUCT]}
    for one in packages:
        by_name.setdefault(one.name, []).append(reference(one))
    for one in packages:
        for parent in one.needed_by:
            for holder in by_name.get(parent, []):
                needs[holder].append(reference(one))
    return [{"ref": name, "dependsOn": sorted(set(found))} for name, found in needs.items()]


def reference(one: Locked) -> str:
    return f"pkg:pypi/{one.name}@{one.version}"

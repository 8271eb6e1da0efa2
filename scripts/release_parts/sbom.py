"""The software bill of materials (SBOM) of an installed agentrec, as CycloneDX JSON.

Versions come from requirements/run.lock, names of dependencies and licenses from the packages installed
from it. What only a build needs is left out.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import tomllib
import uuid
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)


def document(source: Path, wheel: Path, timestamp: int) -> str:
    """Return the SBOM of a wheel built from ``source``."""
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    versions = pinned((source / "requirements" / "run.lock").read_text())
    name, version = project["name"], wheel.name.split("-")[1]
    graph = dependencies(name, project["dependencies"], versions)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    main = _component("application", name, version, [{"expression": project["license"]}])
    main["hashes"] = [{"alg": "SHA-256", "content": digest}]
    versions[name] = version
    others = [
        _component("library", one, versions[one], _license(one))
        for one in sorted(graph)
        if one != name
    ]
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(timestamp)),
            "component": main,
        },
        "components": others,
        "dependencies": [
            {"ref": _purl(one, versions[one]), "dependsOn": [_purl(d, versions[d]) for d in needs]}
            for one, needs in sorted(graph.items())
        ],
    }
    return json.dumps(bill, indent=2) + "\n"


def pinned(lock: str) -> dict[str, str]:
    """Return the version of every package in a lock file."""
    return {canonicalize_name(name): version for name, version in _PIN.findall(lock)}


def dependencies(name: str, required: list[str], versions: dict[str, str]) -> dict[str, list[str]]:
    """Return the dependencies of each package, for every system that the lock file covers."""
    graph: dict[str, list[str]] = {}
    waiting = [(name, frozenset[str](), required)]
    while waiting:
        one, extras, lines = waiting.pop()
        needs = [
            need
            for line in lines
            if (need := Requirement(line)) and _wanted(need, extras, versions)
        ]
        known = set(graph.get(one, ()))
        graph[one] = sorted(known | {canonicalize_name(need.name) for need in needs})
        for need in needs:
            other = canonicalize_name(need.name)
            if other not in graph or need.extras:
                waiting.append((other, frozenset(need.extras), _requires(other)))
    return graph


def _wanted(need: Requirement, extras: frozenset[str], versions: dict[str, str]) -> bool:
    """Whether a requirement is in the lock file and applies with ``extras``."""
    if canonicalize_name(need.name) not in versions:
        return False  # for a system or a Python that is not supported
    if need.marker is None or "extra" not in str(need.marker):
        return True
    return any(need.marker.evaluate({"extra": extra}) for extra in extras)


def _requires(name: str) -> list[str]:
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:  # of another system
        return []


def _license(name: str) -> list[dict[str, Any]]:
    """Return a package's license; only the newer metadata field is an SPDX expression."""
    try:
        found = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return []
    if expression := found.get("License-Expression"):
        return [{"expression": expression}]
    text = found.get("License", "").strip()
    return [{"license": {"name": text.splitlines()[0]}}] if text else []


def _component(
    kind: str, name: str, version: str, licenses: list[dict[str, Any]]
) -> dict[str, Any]:
    purl = _purl(name, version)
    component = {"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl}
    return {**component, "licenses": licenses} if licenses else component


def _purl(name: str, version: str) -> str:
    return f"pkg:pypi/{canonicalize_name(name)}@{version}"

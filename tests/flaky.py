"""The list of flaky tests, tests/flaky.toml: each is run once more when it fails."""

import tomllib
from pathlib import Path

import pytest

LIST = Path(__file__).with_name("flaky.toml")


def listed(text: str) -> dict[str, str]:
    """Return the listed tests and their reasons. Raises UsageError for an invalid entry."""
    found: dict[str, str] = {}
    for entry in tomllib.loads(text).get("flaky", []):
        if set(entry) != {"test", "reason"} or not entry["reason"].strip():
            raise pytest.UsageError(f"{LIST.name}: an entry needs a test and a reason: {entry}")
        found[entry["test"]] = entry["reason"]
    return found


def mark(items: list[pytest.Item], flaky: dict[str, str]) -> None:
    """Mark the listed tests; one with parameters is listed with or without them."""
    for item in items:
        if item.nodeid in flaky or item.nodeid.partition("[")[0] in flaky:
            item.add_marker(pytest.mark.flaky(reruns=1))

"""The list of flaky tests, tests/flaky.toml: each is run once more when it fails."""

import tomllib
from pathlib import Path

import pytest

LIST = Path(__file__).with_name("flaky.toml")


def listed(text: str) -> dict[str, str]:
    """Every listed test and its reason. Raises UsageError for an entry without one."""
    found: dict[str, str] = {}
    for entry in tomllib.loads(text).get("flaky", []):
        if set(entry) != {"test", "reason"} or not entry["reason"].strip():
            raise pytest.UsageError(f"{LIST.name}: an entry needs a test and a reason: {entry}")
        found[entry["test"]] = entry["reason"]
    return found


def mark(items: list[pytest.Item], flaky: dict[str, str]) -> None:
    """Let the listed tests be run once more. A test with parameters is listed with or without them."""
    for item in items:
        if item.nodeid in flaky or item.nodeid.partition("[")[0] in flaky:
            item.add_marker(pytest.mark.flaky(reruns=1))

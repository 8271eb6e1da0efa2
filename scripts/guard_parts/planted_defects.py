"""What the guard finds of the planted defects."""

from __future__ import annotations

import time
from typing import NamedTuple

from agentrec.guard.guard_check import GuardCheck, settings_of
from agentrec.guard.source_tree import FileState
from fixtures.guard import Planted, planted


class MemoryTree:
    """Files held in memory."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files
        self._keys = {path: str(hash(data)) for path, data in files.items()}

    def keys(self) -> dict[str, str]:
        return self._keys

    def read(self, path: str) -> FileState:
        return FileState(self._files[path], len(self._files[path]))


class Found(NamedTuple):
    """Of one language: how much was planted, what of it was missed, what is wrong."""

    language: str
    files: int
    planted: int
    missed: list[str]
    wrong: list[str]
    seconds: float


def look() -> list[Found]:
    """Check the work of each agent against what was planted in it."""
    return [_look(name, one) for name, one in planted().items()]


def _look(name: str, one: Planted) -> Found:
    before, after = MemoryTree(one.before), MemoryTree(one.after)
    began = time.perf_counter()
    report = GuardCheck(before, after, settings_of(before, {})).run()
    seconds = time.perf_counter() - began
    left = set(one.expected)
    wrong = []
    for finding in report.findings:
        path = finding.place.path
        keys = {(finding.rule, path, finding.symbol), (finding.rule, path, "")}
        hit = keys & left
        left -= hit
        if not hit:
            wrong.append(f"{finding.rule} {finding.place}")
    missed = [f"{rule} {path}" for rule, path, _ in sorted(left)]
    files = len(one.before.keys() | one.after.keys())
    return Found(name, files, len(one.expected), missed, wrong, seconds)

"""What differs between two states."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.json_values import JsonObject

_MAX_DEPTH = 60
_MAX_CHANGES = 10_000


class StateChange(NamedTuple):
    """A place in the state (``messages[2].content``) and the values there; None where there was none."""

    path: str
    old: object
    new: object


class StateDiff(NamedTuple):
    """Places that only the second state has, only the first, and both with other values."""

    added: list[StateChange]
    removed: list[StateChange]
    modified: list[StateChange]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.modified)

    def as_json(self) -> JsonObject:
        """As a JSON object."""
        return {
            "added": [{"path": path, "new": new} for path, _, new in self.added],
            "removed": [{"path": path, "old": old} for path, old, _ in self.removed],
            "modified": [
                {"path": path, "old": old, "new": new} for path, old, new in self.modified
            ],
        }


def state_diff(old: object, new: object) -> StateDiff:
    """What differs, at most 10,000 places."""
    diff = StateDiff([], [], [])
    for count, (kind, change) in enumerate(_changes("", old, new, 0)):
        if count >= _MAX_CHANGES:
            break
        getattr(diff, kind).append(change)
    return diff


def _changes(path: str, old: object, new: object, depth: int) -> Iterator[tuple[str, StateChange]]:
    if depth < _MAX_DEPTH and isinstance(old, dict) and isinstance(new, dict):
        for name in [*old, *(name for name in new if name not in old)]:
            inner = f"{path}.{name}" if path else str(name)
            if name not in new:
                yield "removed", StateChange(inner, old[name], None)
            elif name not in old:
                yield "added", StateChange(inner, None, new[name])
            else:
                yield from _changes(inner, old[name], new[name], depth + 1)
    elif depth < _MAX_DEPTH and isinstance(old, list) and isinstance(new, list):
        for i in range(max(len(old), len(new))):
            inner = f"{path}[{i}]"
            if i >= len(new):
                yield "removed", StateChange(inner, old[i], None)
            elif i >= len(old):
                yield "added", StateChange(inner, None, new[i])
            else:
                yield from _changes(inner, old[i], new[i], depth + 1)
    elif old != new or type(old) is not type(new):
        yield "modified", StateChange(path or "the state", old, new)

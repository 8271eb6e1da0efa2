"""States on their way into a recording: each as what changed since the one before it.

A stored state is an object with its number ``i`` in its chain and one of ``full`` (the value),
``patch`` (see :mod:`agentrec.sdk.states.state_patch`) or neither, when nothing changed.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring  # the one of C where there is one
from typing import TYPE_CHECKING

from agentrec.sdk.states.plain_json import LEFT_OUT, NotRecorded, too_long
from agentrec.sdk.states.state_patch import difference

if TYPE_CHECKING:
    from agentrec.sdk.states.plain_json import JsonText

# A whole state at least so often: reading one applies fewer patches than that.
KEYFRAME_INTERVAL = 64
# A changed part of this length is stored as what changed in it, if that is shorter.
_MIN_PATCHED_CHARS = 160
# Above this, a changed part is not compared item by item: a step must not take long.
_MAX_COMPARED_CHARS = 24_000
_ROOT = ""  # stands for a whole state that is not an object


class StateChain:
    """One chain of states. For one thread at a time."""

    def __init__(self, text: JsonText) -> None:
        self._text = text
        self._number = 0
        self._parts: dict[str, str] = {}
        self._is_object = False

    def store(self, value: object) -> str:
        """The JSON text that stands for ``value`` in the recording."""
        parts, is_object = self._texts(value)
        number, before, was_object = self._number, self._parts, self._is_object
        size = sum(map(len, parts.values()))
        if too_long(parts.values()):
            self._text.left_out.append(NotRecorded("the state", f"{size:,} characters"))
            parts, is_object = {_ROOT: json.dumps({LEFT_OUT: f"{size} characters"})}, False
        self._number = number + 1
        self._parts, self._is_object = parts, is_object
        if number and parts == before and is_object is was_object:
            return f'{{"i":{number}}}' if number % KEYFRAME_INTERVAL else self._full(number)
        if number % KEYFRAME_INTERVAL and is_object and was_object:
            patch = _patch(before, parts)
            if 2 * len(patch) < size:
                return f'{{"i":{number},"patch":{patch}}}'
        return self._full(number)

    def break_off(self) -> None:
        """Store the next state whole: the one before it may not be recorded."""
        self._parts, self._is_object = {}, False

    def _full(self, number: int) -> str:
        return f'{{"i":{number},"full":{_whole(self._parts, self._is_object)}}}'

    def _texts(self, value: object) -> tuple[dict[str, str], bool]:
        of = self._text.of
        if type(value) is dict and all(type(name) is str for name in value):
            return {name: of(part, name) for name, part in value.items()}, True
        whole = of(value)
        if not whole.startswith("{"):
            return {_ROOT: whole}, False
        # A dataclass, or an object whose keys have become text.
        return {name: of(part) for name, part in json.loads(whole).items()}, True


def _whole(parts: dict[str, str], is_object: bool) -> str:
    if not is_object:
        return parts[_ROOT]
    return (
        "{" + ",".join([f"{encode_basestring(name)}:{part}" for name, part in parts.items()]) + "}"
    )


def _patch(old: dict[str, str], new: dict[str, str]) -> str:
    replaced, inner = [], []
    for name, part in new.items():
        before = old.get(name)
        if before == part:
            continue
        key = encode_basestring(name)
        patch = _part_patch(before, part) if before is not None else ""
        if patch:
            inner.append(f"{key}:{patch}")
        else:
            replaced.append(f"{key}:{part}")
    gone = [encode_basestring(name) for name in old if name not in new]
    pieces = []
    if replaced:
        pieces.append(f'"set":{{{",".join(replaced)}}}')
    if gone:
        pieces.append(f'"del":[{",".join(gone)}]')
    if inner:
        pieces.append(f'"in":{{{",".join(inner)}}}')
    return "{" + ",".join(pieces) + "}"


def _part_patch(old: str, new: str) -> str:
    """What changed in a member, or nothing when it is better stored whole."""
    if len(old) < _MIN_PATCHED_CHARS or old[0] not in "[{" or old[0] != new[0]:
        return ""
    if new.startswith(old[:-1]) and new[len(old) - 1] == ",":  # something was added at the end
        added = new[len(old) : -1]
        return f'{{"add":[{added}]}}' if old[0] == "[" else f'{{"set":{{{added}}}}}'
    if len(old) + len(new) > _MAX_COMPARED_CHARS:
        return ""
    patch = difference(json.loads(old), json.loads(new))
    text = json.dumps(patch, ensure_ascii=False, separators=(",", ":"))
    return text if 2 * len(text) < len(new) else ""

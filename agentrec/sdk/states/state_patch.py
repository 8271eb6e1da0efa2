"""The difference between two JSON values, and a value with a difference applied.

A patch of an object: ``{"set": {name: value}, "del": [names], "in": {name: patch}}``. A patch of a list:
``{"keep": n, "add": [items], "tail": m}``: the first n items, new ones, the last m. See docs/python.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.errors import FormatError

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

_MAX_DEPTH = 60


def difference(old: object, new: object, depth: int = 0) -> JsonObject | None:
    """The patch that makes ``old`` into ``new``; None if that is not of use, and the value is replaced."""
    if depth > _MAX_DEPTH:
        return None
    if isinstance(old, dict) and isinstance(new, dict):
        return _of_objects(old, new, depth)
    if isinstance(old, list) and isinstance(new, list):
        return _of_lists(old, new)
    return None


def _of_objects(old: JsonObject, new: JsonObject, depth: int) -> JsonObject:
    patch: JsonObject = {}
    replaced: JsonObject = {}
    inner: JsonObject = {}
    for name, value in new.items():
        if name in old and _equal(old[name], value):
            continue
        part = difference(old[name], value, depth + 1) if name in old else None
        if part is None:
            replaced[name] = value
        else:
            inner[name] = part
    gone = [name for name in old if name not in new]
    for key, found in (("set", replaced), ("del", gone), ("in", inner)):
        if found:
            patch[key] = found
    return patch


def _of_lists(old: list[object], new: list[object]) -> JsonObject:
    shorter = min(len(old), len(new))
    keep = 0
    while keep < shorter and _equal(old[keep], new[keep]):
        keep += 1
    tail = 0
    while tail < shorter - keep and _equal(old[-1 - tail], new[-1 - tail]):
        tail += 1
    patch: JsonObject = {}
    if keep < len(old):
        patch["keep"] = keep
    patch["add"] = new[keep : len(new) - tail]
    if tail:
        patch["tail"] = tail
    return patch


def _equal(a: object, b: object) -> bool:
    """Equal also in the eyes of JSON, which tells 1, 1.0 and true apart."""
    if a != b or type(a) is not type(b):
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(_equal(a[name], b[name]) for name in a)
    if isinstance(a, list) and isinstance(b, list):
        return all(map(_equal, a, b))
    return True


def patched(old: object, patch: object) -> object:
    """``old`` with a patch applied; ``old`` itself stays as it is. Raises FormatError for no patch of it."""
    if isinstance(old, dict) and isinstance(patch, dict):
        return _object_with(old, patch)
    if isinstance(old, list) and isinstance(patch, dict):
        return _list_with(old, patch)
    raise FormatError("a state's patch does not fit the state before it")


def _object_with(old: JsonObject, patch: JsonObject) -> JsonObject:
    new = dict(old)
    for name in _list(patch.get("del")):
        new.pop(str(name), None)
    for name, part in _object(patch.get("in")).items():
        if name not in new:
            raise FormatError("a state's patch does not fit the state before it")
        new[name] = patched(new[name], part)
    new.update(_object(patch.get("set")))
    return new


def _list_with(old: list[object], patch: JsonObject) -> list[object]:
    keep, tail = patch.get("keep", len(old)), patch.get("tail", 0)
    if type(keep) is not int or type(tail) is not int or not 0 <= keep <= len(old) - tail:
        raise FormatError("a state's patch does not fit the state before it")
    return [*old[:keep], *_list(patch.get("add")), *(old[-tail:] if tail > 0 else ())]


def _object(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []

"""Changes of a recorded state before a run goes on from it, checked against the state's shape."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.redact import MASK
from agentrec.sdk.failures import ResumeError
from agentrec.sdk.states.plain_json import holes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PART = re.compile(r"\[(-?\d+)\]|([^.\[\]]+)")
_MAX_NAMED = 8


class New(NamedTuple):
    """A value for a key that the state does not have yet: ``overrides={"limit": New(3)}``."""

    value: object


class _Gone:
    """Stands for no value."""

    def __repr__(self) -> str:
        return "GONE"


# As a value in overrides: the key goes.
GONE = _Gone()


def edits(old: object, new: object) -> dict[str, object]:
    """The overrides that make ``old`` into ``new``, as somebody has edited it. Raises ResumeError.

    What is there keeps its type; names may come and go.
    """
    if not (isinstance(old, dict) and isinstance(new, dict)):
        raise ResumeError("the state must stay an object", "edit the values in it")
    found: dict[str, object] = {name: GONE for name in old if name not in new}
    for name, value in new.items():
        if name not in old:
            found[name] = New(value)
        elif old[name] != value or type(old[name]) is not type(value):
            found[name] = _edited(old[name], value, name)
    return found


def _edited(old: object, new: object, path: str) -> object:
    """A value that replaces ``old`` as a whole, if its type is the same."""
    if not _fits(old, new):
        raise ResumeError(f"{path} is {_kind(old)} in the recording, and {_kind(new)} now")
    return New(new)


def overrides_json(overrides: Mapping[str, object]) -> dict[str, object]:
    """Overrides as the recording keeps them."""
    return {
        name: {"$removed": True}
        if value is GONE
        else value.value
        if isinstance(value, New)
        else value
        for name, value in overrides.items()
    }


def overridden(state: object, overrides: Mapping[str, object]) -> object:
    """``state`` with ``overrides`` applied; ``state`` itself stays as it is.

    A key is a name in the state, or a path (``config.model``, ``messages[2].content``). Objects are
    merged, other values replaced by one of the same type. Raises ResumeError for what does not fit.
    """
    for path, value in overrides.items():
        parts: list[str | int] = [path] if _has(state, path) else _parts(path)
        state = _with(state, parts, value, "")
    return state


def check_complete(state: object, hint: str = "give it a value in overrides") -> None:
    """Raises ResumeError, with ``hint``, if a part of ``state`` was not recorded, or is masked as a whole."""
    if left := holes(state):
        places = ", ".join(f"{path} ({kind})" for path, kind in left[:_MAX_NAMED])
        raise ResumeError(f"the state is incomplete: {places} was not recorded", hint)
    if masked := list(_masked(state, "")):
        raise ResumeError(f"the state has a masked secret: {', '.join(masked[:_MAX_NAMED])}", hint)


def _masked(value: object, path: str) -> Iterator[str]:
    if value == MASK:
        yield path or "the state"
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _masked(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for i, part in enumerate(value):
            yield from _masked(part, f"{path}[{i}]")


def _has(state: object, name: str) -> bool:
    return isinstance(state, dict) and name in state


def _parts(path: str) -> list[str | int]:
    found = [int(match[1]) if match[1] else match[2] for match in _PART.finditer(path)]
    if not found:
        raise ResumeError(f"invalid path {path!r} in overrides: use config.model or messages[2]")
    return found


def _with(state: object, parts: list[str | int], value: object, path: str) -> object:
    if not parts:
        return _replaced(state, value, path)
    name, *rest = parts
    if isinstance(state, dict):
        return _object_with(state, str(name), rest, value, path)
    if isinstance(state, list) and isinstance(name, int):
        if not -len(state) <= name < len(state):
            raise ResumeError(f"{path or 'the state'} has {len(state)} items, none at {name}")
        at = name % len(state)
        return [*state[:at], _with(state[at], rest, value, f"{path}[{at}]"), *state[at + 1 :]]
    raise ResumeError(f"{path or 'the state'} is {_kind(state)}, which has no {name}")


def _object_with(
    state: dict[str, object], name: str, rest: list[str | int], value: object, path: str
) -> object:
    inner = f"{path}.{name}" if path else name
    if name in state and value is GONE and not rest:
        return {key: part for key, part in state.items() if key != name}
    if name in state:
        return {**state, name: _with(state[name], rest, value, inner)}
    if isinstance(value, New) and not rest:
        return {**state, name: value.value}
    near = difflib.get_close_matches(name, state, 1)
    known = ", ".join(list(state)[:_MAX_NAMED])
    raise ResumeError(
        f"the state has no {inner}"
        + (f": did you mean {near[0]}?" if near else f": it has {known}"),
        "to add a key, use New(value)",
    )


def _replaced(old: object, new: object, path: str) -> object:
    if isinstance(new, New):
        return new.value
    if isinstance(old, dict) and isinstance(new, dict) and not holes(old):
        for name, part in new.items():
            old = _object_with(old, name, [], part, path)  # type: ignore[arg-type]
        return old
    if not _fits(old, new):
        raise ResumeError(
            f"{path or 'the state'} is {_kind(old)} in the recording, and {_kind(new)} in overrides",
            "give it a value of the same type, or New(value)",
        )
    return new


def _fits(old: object, new: object) -> bool:
    if old is None or new is None or holes(old):
        return True
    if isinstance(old, list) and isinstance(new, list):
        kinds = {_kind(item) for item in old}
        return not kinds or all(_kind(item) in kinds for item in new)
    return _kind(old) == _kind(new)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    names = {str: "a text", list: "a list", dict: "an object", type(None): "null"}
    return names.get(type(value), type(value).__name__)

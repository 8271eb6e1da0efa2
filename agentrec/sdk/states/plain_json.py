"""Values as JSON text. What is not JSON is converted if that is plain, else a note stands for it.

A recorder must not break the run that it records: nothing here raises for a value.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date, time
from enum import Enum
from json.encoder import encode_basestring  # the one of C where there is one
from os import PathLike, fspath
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from agentrec.recording.format.batch import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Convert = Callable[[object], object]

# The name of the only member of an object that stands for a value which could not be stored.
LEFT_OUT = "$not_recorded"
MAX_DEPTH = 100
_MAX_NAME_CHARS = 80
# Python refuses to write down much longer ones.
_MAX_INT_BITS = 10_000


# Of a value's JSON text in UTF-8: a record holds two of them, and what is around them.
MAX_VALUE_BYTES = (MAX_RECORD_BYTES - (1 << 20)) // 2


def too_long(parts: Iterable[str]) -> bool:
    """Whether these texts together are longer than a record can hold."""
    parts = tuple(parts)
    if 4 * sum(map(len, parts)) <= MAX_VALUE_BYTES:
        return False
    return sum(len(part.encode("utf-8", "surrogatepass")) for part in parts) > MAX_VALUE_BYTES


class NotRecorded(NamedTuple):
    """A value that could not be stored: where it is in the state, and its type."""

    path: str
    type: str


class JsonText:
    """Turns values into compact JSON text. ``convert`` gets what is not JSON and may replace it."""

    def __init__(self, convert: Convert | None = None) -> None:
        self._convert = convert
        self._encode = json.JSONEncoder(
            ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=self._default
        ).encode
        # With ``convert``, the standard library asks about more types.
        self._encode_plain = _fast_encoder() if convert is None else None
        # What the last value had that could not be stored; whoever reads it empties it.
        self.left_out: list[NotRecorded] = []
        self._inside: set[int] = set()  # of values that are being converted

    def of(self, value: object, path: str = "") -> str:
        """The JSON text of ``value``, which is at ``path`` in a state."""
        kind = type(value)
        if isinstance(value, str) and kind is str:
            return encode_basestring(value)
        if value is None or kind is bool:
            return "null" if value is None else "true" if value else "false"
        if type(value) is int and value.bit_length() <= _MAX_INT_BITS:
            return str(value)
        if self._encode_plain is not None:
            text = self._encode_plain(value)
            if text is not None:
                return text
        try:
            return self._encode(value)
        except (TypeError, ValueError, RecursionError, _NotJsonError):
            return self._encode(self._plain(value, path, 0))

    def _default(self, value: object) -> object:
        """Called for what the encoder does not know. The slow path names what cannot be stored."""
        found, plain = self._as_json(value)
        if not found:
            raise _NotJsonError
        return plain

    def _as_json(self, value: object) -> tuple[bool, object]:
        """Whether there is a plain JSON value for ``value``, and that value."""
        try:
            return self._converted(value)
        except Exception:  # noqa: BLE001 - somebody else's code
            return False, None

    def _converted(self, value: object) -> tuple[bool, object]:
        if self._convert is not None:
            converted = self._convert(value)
            if converted is not value:
                return True, converted
        if is_dataclass(value) and not isinstance(value, type):
            return True, {field.name: getattr(value, field.name) for field in fields(value)}
        if isinstance(value, date | time):
            return True, value.isoformat()
        if isinstance(value, UUID | PathLike):
            return True, str(value) if isinstance(value, UUID) else str(fspath(value))
        if isinstance(value, Enum):
            return True, value.value
        if isinstance(value, set | frozenset):
            return True, sorted(value, key=repr)
        return _dumped(value)

    def _plain(self, value: object, path: str, depth: int) -> object:
        """``value`` with notes instead of what is not JSON."""
        if depth > MAX_DEPTH or id(value) in self._inside:
            what = "nested too deeply" if depth > MAX_DEPTH else "contains itself"
            return self._leave_out(path, what)
        if value is None or isinstance(value, str | bool):
            return value
        if isinstance(value, int) and value.bit_length() > _MAX_INT_BITS:
            return self._leave_out(path, "a huge number")
        if isinstance(value, int | float) and not isinstance(value, Enum):
            return value if value - value == 0 else self._leave_out(path, str(value))
        self._inside.add(id(value))
        try:
            return self._plain_parts(value, path, depth + 1)
        finally:
            self._inside.discard(id(value))

    def _plain_parts(self, value: object, path: str, depth: int) -> object:
        if isinstance(value, dict):
            named = [(_key(name), part) for name, part in value.items()]
            return {
                name: self._plain(part, f"{path}.{name}" if path else name, depth)
                for name, part in named
            }
        if isinstance(value, list | tuple):
            return [self._plain(part, f"{path}[{i}]", depth) for i, part in enumerate(value)]
        found, plain = self._as_json(value)
        if found:
            return self._plain(plain, path, depth)
        return self._leave_out(path, type(value).__qualname__)

    def _leave_out(self, path: str, what: str) -> object:
        self.left_out.append(NotRecorded(path or "the value", what[:_MAX_NAME_CHARS]))
        return {LEFT_OUT: what[:_MAX_NAME_CHARS]}


def _fast_encoder() -> Callable[[object], str | None] | None:
    """orjson, if it is there: a tenth of the time. None is for what the standard library has to decide."""
    try:
        import orjson
    except ImportError:
        return None
    dumps = orjson.dumps
    options = (
        orjson.OPT_PASSTHROUGH_SUBCLASS
        | orjson.OPT_PASSTHROUGH_DATACLASS
        | orjson.OPT_PASSTHROUGH_DATETIME
    )

    def encode(value: object) -> str | None:
        try:
            text = dumps(value, None, options)
        except TypeError:
            return None
        # NaN and infinity become null, too.
        return None if b"null" in text else text.decode()

    return encode


class _NotJsonError(Exception):
    """Ends the encoder's fast path."""


def _dumped(value: object) -> tuple[bool, object]:
    """What a model of pydantic, or a class made like one, gives as JSON."""
    dump = getattr(type(value), "model_dump", None)
    if dump is None:
        return False, None
    try:
        return True, dump(value, mode="json")
    except Exception:  # noqa: BLE001 - somebody else's code
        return False, None


def _key(name: object) -> str:
    """The name of a member; as in JSON, other keys become text."""
    if isinstance(name, str):
        return name
    if name is None or isinstance(name, bool):
        return json.dumps(name)
    return str(name)


def holes(value: object, path: str = "") -> list[NotRecorded]:
    """Where notes stand for values in a recorded state."""
    if isinstance(value, dict):
        if len(value) == 1 and isinstance(what := value.get(LEFT_OUT), str):
            return [NotRecorded(path or "the value", what)]
        parts = [(f"{path}.{name}" if path else str(name), part) for name, part in value.items()]
    elif isinstance(value, list):
        parts = [(f"{path}[{i}]", part) for i, part in enumerate(value)]
    else:
        return []
    return [hole for inner, part in parts for hole in holes(part, inner)]

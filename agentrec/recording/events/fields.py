"""The fields of typed records: what they can hold, and how that is read from an event's data.

Reading is tolerant, because a recording may be anybody's: a value of another type, and a number that nothing
can have measured, is as absent as one that is not there. Texts stay as they are.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NoReturn

    from agentrec.recording.events.record import Record

MAX_NUMBER = 1e15
_MAX_TIME_NS = 1 << 62
_MAX_STATUS = 1 << 31

T = TypeVar("T")


class Type(NamedTuple, Generic[T]):
    """What a field can hold: how it is read (None for what cannot be), and its name in docs and page.

    ``absent`` is what the field holds where there is nothing to read.
    """

    read: Callable[[Any], T | None]
    absent: T
    name: str


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _count(value: Any) -> int | None:
    if type(value) is int:
        return value if 0 <= value <= MAX_NUMBER else None
    whole = type(value) is float and 0 <= value <= MAX_NUMBER and value.is_integer()
    return int(value) if whole else None


def _status(value: Any) -> int | None:
    return value if type(value) is int and -_MAX_STATUS <= value < _MAX_STATUS else None


def _number(value: Any) -> float | None:
    return value if type(value) in (int, float) and 0 <= value <= MAX_NUMBER else None


def _time_ns(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < _MAX_TIME_NS else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _texts(value: Any) -> tuple[str, ...] | None:
    return tuple([it for it in value if isinstance(it, str)]) if isinstance(value, list) else None


def _table(value: Any) -> Mapping[str, object] | None:
    return value if isinstance(value, dict) else None


def _any(value: Any) -> object:
    return value


TEXT = Type(_text, "", "text")
# How many: whole, and not below zero.
COUNT = Type[int | None](_count, None, "count")
# An exit status, a signal, a process id.
STATUS = Type[int | None](_status, None, "integer")
# Something measured, not below zero.
NUMBER = Type[float | None](_number, None, "number")
# Nanoseconds since the recording started.
TIME_NS = Type[int | None](_time_ns, None, "ns")
FLAG = Type[bool | None](_flag, None, "boolean")
# The texts in a list.
TEXTS = Type[tuple[str, ...]](_texts, (), "texts")
_EMPTY: Mapping[str, object] = MappingProxyType({})
TABLE = Type(_table, _EMPTY, "object")
ANY = Type[object](_any, None, "any")


class Field(Generic[T]):
    """A field as a record declares it; read from the record's data each time it is asked for.

    ``meaning`` is what it holds: the docs are made from it.
    """

    __slots__ = ("_absent", "_name", "_read", "meaning", "type")

    def __init__(self, of: Type[T], meaning: str) -> None:
        self.type, self.meaning = of, meaning
        self._read, self._absent = of.read, of.absent

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, record: None, owner: type) -> Field[T]: ...
    @overload
    def __get__(self, record: Record, owner: type) -> T: ...
    def __get__(self, record: Record | None, owner: type) -> Field[T] | T:
        if record is None:
            return self
        value = record.data.get(self._name)
        if value is None:
            return self._absent
        read = self._read(value)
        return self._absent if read is None else read

    def __set__(self, record: Record, value: T) -> NoReturn:
        raise AttributeError(f"{type(record).__name__}.{self._name} cannot be changed")

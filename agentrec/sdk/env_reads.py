"""Which variables of the environment a program reads. Their values are not recorded."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType
    from typing import Protocol

    class TakesNames(Protocol):
        """A recorder, as far as this module cares."""

        @property
        def closed(self) -> bool: ...
        def record_env(self, names: list[str]) -> None: ...


_PACKAGE = __name__.partition(".")[0]
_watching: list[TakesNames] = []
_seen: set[str] = set()
_Environ = type(os.environ)


class _WatchedEnviron(_Environ):  # type: ignore[misc, valid-type]
    """The environment; says which names are read, once each."""

    def __getitem__(self, name: str) -> str:
        if name not in _seen and not _is_own_read():
            _note(name)
        value: str = _Environ.__getitem__(self, name)
        return value


def watch_env(recorder: TakesNames) -> None:
    """Record the names that are read from now on, until ``recorder`` is closed."""
    _watching.append(recorder)
    _seen.clear()
    os.environ.__class__ = _WatchedEnviron  # also for those who have imported `environ` before


def _is_own_read() -> bool:
    """Whether this package reads the environment, as for a process that it starts, and not the program."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - there is no other way to a caller
    while frame is not None:
        package = str(frame.f_globals.get("__name__")).partition(".")[0]
        if package not in sys.stdlib_module_names:
            return package == _PACKAGE
        frame = frame.f_back
    return False


def _note(name: str) -> None:
    _seen.add(name)
    for recorder in list(_watching):
        if recorder.closed:
            _watching.remove(recorder)
        else:
            recorder.record_env([name])
    if not _watching:
        os.environ.__class__ = _Environ

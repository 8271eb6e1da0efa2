"""Recordings made of parts of others, for Python programs: paths, and times in seconds."""

from __future__ import annotations

import os
from fractions import Fraction
from typing import TYPE_CHECKING

from agentrec.cuts import cut_file
from agentrec.cuts.time_map import parse_drop
from agentrec.errors import UsageError
from agentrec.times import NS_PER_SECOND, parse_clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.cuts.cut_file import NewRecording

    Path = str | os.PathLike[str]
    Time = float | str


def cut(
    source: Path,
    since: Time = 0,
    until: Time | None = None,
    *,
    drops: Iterable[tuple[Time, Time]] = (),
    target: Path = "",
    overwrite: bool = False,
) -> NewRecording:
    """Make a recording of a stretch, without ``drops``. Raises UsageError, InputError, OutputError."""
    return cut_file.cut(
        os.fspath(source),
        os.fspath(target),
        os.environ,
        _ns(since),
        None if until is None else _ns(until),
        [parse_drop(_ns(first), _ns(end)) for first, end in drops],
        overwrite=overwrite,
    )


def trim(
    source: Path, idle: Time = 2, *, target: Path = "", overwrite: bool = False
) -> NewRecording:
    """Make a recording in which no pause is longer than ``idle``. Raises as :func:`cut`."""
    return cut_file.trim(
        os.fspath(source), os.fspath(target), os.environ, _ns(idle), overwrite=overwrite
    )


def speed(
    source: Path, factor: float, *, target: Path = "", overwrite: bool = False
) -> NewRecording:
    """Make a recording that is ``factor`` times as fast. Raises as :func:`cut`."""
    try:
        exact = Fraction(factor).limit_denominator(1_000_000)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"invalid factor {factor!r}", "use a number such as 4 or 0.5") from None
    return cut_file.speed(
        os.fspath(source), os.fspath(target), os.environ, exact, overwrite=overwrite
    )


def join(*sources: Path, target: Path = "", overwrite: bool = False) -> NewRecording:
    """Make a recording of several, one after the other. Raises as :func:`cut`."""
    if len(sources) < 2:
        raise UsageError("nothing to join", "pass two recordings or more")
    paths = [os.fspath(source) for source in sources]
    return cut_file.join(paths, os.fspath(target), os.environ, overwrite=overwrite)


def _ns(time: Time) -> int:
    if isinstance(time, str):
        ns = parse_clock(time)
    else:
        ns = round(time * NS_PER_SECOND) if 0 <= time < 1e9 else None
    if ns is None:
        raise UsageError(f"invalid time {time!r}", "use seconds, or text such as 1:30")
    return ns

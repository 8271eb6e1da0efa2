"""What several commands share: opening recordings, words for times and sizes, JSON output."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from agentrec.errors import UsageError
from agentrec.recording.reader import Recording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NS = 1_000_000_000
RECORDING = "a recording: its path, its id, or `last`; - reads standard input"  # the help of FILE


@contextmanager
def opened(path: str) -> Iterator[Recording]:
    """The recording that ``path`` means (see :func:`found`), or on standard input for ``-``."""
    if path != "-":
        with Recording.open(found(path)) as recording:
            yield recording
        return
    import shutil
    import tempfile

    if sys.stdin.isatty():
        raise UsageError("`-` reads a recording from standard input, which is a terminal here")
    with tempfile.TemporaryFile() as spool:  # a recording is read from both ends
        shutil.copyfileobj(sys.stdin.buffer, spool)
        recording = Recording(spool, "standard input")
        yield recording


def found(name: str) -> str:
    """The path of a recording that was named: by its path, its id, or ``last``. Raises InputError."""
    if os.path.lexists(name):
        return name
    from agentrec.library.resolve import resolve

    return resolve(name, os.environ)


def clock(ns: int, *, fraction: bool = True) -> str:
    """``1:02:03.4``: a position on the timeline."""
    seconds, rest = divmod(ns, _NS)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{text}.{rest // (_NS // 1000):03}" if fraction else text


def duration(ns: int) -> str:
    """``3.2 s``, ``1 min 20 s``, ``2 h 5 min``: a length in words."""
    seconds = ns / _NS
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def size(count: int) -> str:
    """``14.1 KB``: bytes in decimal units."""
    value = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{count} B" if unit == "B" else f"{value:.1f} {unit}"


def number(count: int, noun: str) -> str:
    """``1 event``, ``2,000 events``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def seconds(text: str) -> int:
    """``90``, ``1:30``, ``1:02:03.5`` as ns; for argparse."""
    import argparse

    parts = text.split(":")
    try:
        values = [float(part) for part in parts]
    except ValueError:
        values = []
    if not 1 <= len(values) <= 3 or any(not 0 <= value < 1e9 for value in values):
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write 90, 1:30 or 1:02:03.5")
    total = 0.0
    for value in values:
        total = total * 60 + value
    return round(total * _NS)


def damage_lines(damage: Iterable[tuple[int, int, str]]) -> list[str]:
    """A line for each ``(offset, length, reason)``; what was lost only with what is before it joins that."""
    from agentrec.recording.format.decode import NEEDS_BEFORE

    stretches: list[tuple[int, int, str, int]] = []
    for offset, length, reason in damage:
        if reason == NEEDS_BEFORE and stretches:
            start, whole, first, count = stretches[-1]
            stretches[-1] = start, whole + length, first, count + 1
        else:
            stretches.append((offset, length, reason, 0))
    lines = []
    for offset, length, reason, count in stretches:
        more = f", and {number(count, 'chunk')} that cannot be unpacked without it" if count else ""
        lines.append(f"{size(length)} at byte {offset:,}: {reason}{more}")
    return lines


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    print(json_text(value, indent=2))


def json_text(value: Any, indent: int | None = None) -> str:
    """``value`` as JSON that standard output can hold: escaped where its characters are none there."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
    return text


def printable(text: str) -> str:
    """``text`` with everything a terminal could act on made visible."""
    return "".join(c if c.isprintable() else _visible(c) for c in text)


def _visible(char: str) -> str:
    code = ord(char)
    if code < 32:
        return f"^{chr(code + 64)}"
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def wants_color(no_colors: bool) -> bool:
    """Colours are for terminals, unless NO_COLOR or an option says no."""
    return not no_colors and not os.environ.get("NO_COLOR") and sys.stdout.isatty()


def warn(message: str) -> None:
    """A diagnostic line on standard error."""
    print(f"agentrec: {printable(message)}", file=sys.stderr)


def warn_damage(recording: Recording) -> None:
    """Say what could not be read, after reading."""
    if recording.damage:
        lost = sum(item.length for item in recording.damage)
        warn(f"{recording.path}: {size(lost)} could not be read; `agentrec verify` says more")

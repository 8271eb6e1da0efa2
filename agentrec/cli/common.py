"""What several commands share: options, opening recordings, JSON output, warnings."""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from agentrec.errors import FormatError, UsageError
from agentrec.recording.encryption.identities import VARIABLE
from agentrec.recording.reader import Recording, open_input
from agentrec.text import format_size, inert_json, plural, printable
from agentrec.times import format_clock, parse_clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Options = argparse.ArgumentParser | argparse._MutuallyExclusiveGroup  # noqa: SLF001 - typing only

# The help of FILE.
RECORDING_FILE = "a recording: its path, its id, or `last`"
RECORDING = f"{RECORDING_FILE}; - reads standard input"
TIME = "90, 1:30 or 1:02:03.5"
_STDIN = "standard input"
# Types that have no parts.
_PLAIN = {str, int, float, bool, type(None)}


def add_file(parser: argparse.ArgumentParser) -> None:
    """The argument FILE, for commands about one recording, and the option --identity."""
    add_identity(parser)
    parser.add_argument("file", metavar="FILE", help=RECORDING)


def add_identity(parser: argparse.ArgumentParser) -> None:
    """The option --identity: only commands that have it open encrypted recordings."""
    parser.add_argument(
        "--identity",
        action="append",
        metavar="FILE",
        help="a private key that opens an encrypted recording, of age or SSH (repeatable; default: "
        f"those that {VARIABLE} names)",
    )


def add_json(parser: Options, what: str = "as one JSON object") -> None:
    """The option --json."""
    parser.add_argument("--json", action="store_true", help=what)


def add_color(parser: argparse.ArgumentParser) -> None:
    """The options --color and --no-color: ``args.color`` is None, True or False."""
    parser.add_argument(
        "--color",
        action=argparse.BooleanOptionalAction,
        help="use colors even in a pipe, or never (default: in a terminal, unless NO_COLOR is set)",
    )
    parser.add_argument("--no-colors", dest="color", action="store_false", help=argparse.SUPPRESS)


def add_stretch(parser: argparse.ArgumentParser, until: str = "stop here") -> None:
    """The options --since and --until, for a stretch of one recording: ns in ``args``."""
    parser.add_argument(
        "--since", "--start", type=position, default=0, metavar="TIME", help=f"start here: {TIME}"
    )
    parser.add_argument("--until", "--end", type=position, metavar="TIME", help=until)


@contextmanager
def opened(path: str, *, say: bool = False, native: bool = False) -> Iterator[Recording]:
    """Open the recording that ``path`` names (see :func:`found`), or standard input for ``-``.

    Files of other formats are read, too, but not with ``say``, for commands that change something, nor with
    ``native``.
    """
    if path == "-":
        with spooled() as spool, _any_format(spool, _STDIN, {}, native=native) as recording:
            yield recording
    elif say or native:
        with Recording.open(found(path, say=say)) as recording:
            yield recording
    else:
        name = found(path)
        with _any_format(name, name, os.environ) as recording:
            yield recording


@contextmanager
def readable_path(name: str) -> Iterator[str]:
    """The file of the recording that ``name`` means; for one of another format, a recording made of it."""
    if name == "-":
        yield name
        return
    with opened(name) as recording:
        yield recording.path


@contextmanager
def spooled() -> Iterator[str]:
    """A file with what is in standard input: reading a recording needs to seek."""
    import shutil
    import tempfile

    if sys.stdin.isatty():
        raise UsageError(
            "cannot read a recording from standard input: it is a terminal", "pass a FILE"
        )
    with tempfile.NamedTemporaryFile(prefix="agentrec-") as spool:
        shutil.copyfileobj(sys.stdin.buffer, spool)
        spool.flush()
        yield spool.name


@contextmanager
def _any_format(
    path: str, name: str, env: Mapping[str, str], *, native: bool = False
) -> Iterator[Recording]:
    """Open a recording, or what is made of a file of another format, which the user calls ``name``."""
    with ExitStack() as stack:
        file = stack.enter_context(open_input(path, name=name))
        try:
            recording = Recording(file, name)
        except FormatError as error:
            if native:
                raise
            recording = stack.enter_context(_converted(path, name, env, error))
        yield recording


@contextmanager
def _converted(
    path: str, name: str, env: Mapping[str, str], error: FormatError
) -> Iterator[Recording]:
    from agentrec.cli.progress import progress
    from agentrec.export.reading.readable import converted

    with ExitStack() as stack:
        with progress(f"reading {printable(name)}", os.path.getsize(path)) as advance:
            made = stack.enter_context(converted(path, name, env, error, advance))
        for note in made.notes:
            warn(f"{name}: {note}")
        recording = stack.enter_context(Recording.open(made.path))
        recording.name = name
        if made.format.lacks:
            recording.lacks = f"{made.format.summary}, which cannot hold {made.format.lacks}"
        yield recording


def warn_lacks(recording: Recording) -> None:
    """Say what a file of another format cannot hold."""
    if recording.lacks:
        warn(f"{recording.name}: {recording.lacks}")


def found(name: str, *, say: bool = False) -> str:
    """The path of the recording named by its path, its id, or ``last``. Raises InputError.

    With ``say``, for commands that change something, the user reads which one that is.
    """
    if os.path.lexists(name):
        return name
    from agentrec.library.resolve import resolve

    path = resolve(name, os.environ)
    if say and path != name:
        from agentrec.library.locations import short_path

        warn(f"{name} is {short_path(path, os.environ)}")
    return path


def check_start(recording: Recording, start: int) -> None:
    """Raise UsageError if a finished recording ends before ``start`` (ns)."""
    if start > recording.duration and not recording.live:
        end = format_clock(recording.duration, fraction=True)
        raise UsageError(
            f"--since {format_clock(start, fraction=True)} is after the end", f"use at most {end}"
        )


def position(text: str) -> int:
    """``90``, ``1:30``, ``1:02:03.5`` as ns; for argparse."""
    ns = parse_clock(text)
    if ns is None:
        raise argparse.ArgumentTypeError(f"invalid time {text!r}: use {TIME}")
    return ns


def output_file(text: str) -> str:
    """The name of a file to write; for argparse, where it cannot be standard output."""
    if text == "-":
        raise argparse.ArgumentTypeError("cannot write it to standard output: pass a file")
    return text


def damage_lines(damage: Iterable[tuple[int, int, str]]) -> list[str]:
    """A line for each ``(offset, length, reason)``; damage that an earlier one caused joins it."""
    from agentrec.recording.format.segment_decoder import NEEDS_BEFORE

    stretches: list[tuple[int, int, str, int]] = []
    for offset, length, reason in damage:
        if reason == NEEDS_BEFORE and stretches:
            start, whole, first, count = stretches[-1]
            stretches[-1] = start, whole + length, first, count + 1
        else:
            stretches.append((offset, length, reason, 0))
    lines = []
    for offset, length, reason, count in stretches:
        more = f", and {plural(count, 'chunk')} that depend on it" if count else ""
        lines.append(f"{format_size(length)} at byte {offset:,}: {reason}{more}")
    return lines


def print_json(value: Any) -> None:
    """One JSON document on standard output; an array, also one of a generator, item by item."""
    if isinstance(value, dict | str) or not hasattr(value, "__iter__"):
        print(json_text(value, indent=2))
        return
    before = "[\n  "
    for item in value:
        sys.stdout.write(before + _item_text(item))
        before = ",\n  "
    print("[]" if before.startswith("[") else "\n]")


def _item_text(item: Any) -> str:
    """An item of an array, indented."""
    if not item or not isinstance(item, dict) or not _PLAIN.issuperset(map(type, item.values())):
        return json_text(item, indent=2).replace("\n", "\n  ")
    # The same, in a third of the time: the encoder in C does not indent.
    inside = json_text(item, separators=(",\n    ", ": "))[1:-1]
    return "{\n    " + inside + "\n  }"


def json_text(
    value: Any, indent: int | None = None, separators: tuple[str, str] | None = None
) -> str:
    """``value`` as JSON that standard output can encode, and that nothing acts on: escaped where needed."""
    text = inert_json(_encoder(indent, separators).encode(value))
    if text.isascii():
        return text
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return inert_json(json.dumps(value, indent=indent, separators=separators))
    return text


@functools.cache
def _encoder(indent: int | None, separators: tuple[str, str] | None) -> json.JSONEncoder:
    """Making one takes as long as encoding a small object."""
    return json.JSONEncoder(ensure_ascii=False, indent=indent, separators=separators)


def wants_color(color: bool | None) -> bool:
    """What the option says; without one, colors are for terminals, unless NO_COLOR is set."""
    return not os.environ.get("NO_COLOR") and sys.stdout.isatty() if color is None else color


def warn(message: str) -> None:
    """A diagnostic line on standard error."""
    print(f"agentrec: {printable(message)}", file=sys.stderr)


def warn_damage(recording: Recording) -> None:
    """Warn about what could not be read, or was not, after reading."""
    if not recording.file_size:
        warn(f"{recording.name} is empty")
    elif recording.damage:
        lost = sum(item.length for item in recording.damage)
        warn(f"{recording.name}: {format_size(lost)} could not be read; see `agentrec verify`")
    if recording.unread:
        warn(f"{recording.name}: {unread_line(recording)}")


def unread_line(recording: Recording) -> str:
    """What was not read because that would have been too much work."""
    left, size = format_size(recording.unread), format_size(recording.file_size)
    return f"left out the last {left} of {size}: what is before unpacks to too much"

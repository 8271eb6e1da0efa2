"""Files of other formats, read like recordings: converted once, and kept for the next time.

This is the only place where that happens; everything else reads the recording it makes.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from agentrec import __version__
from agentrec.atomic import PART, create_part, write_atomic
from agentrec.config import NoHomeError, cache_home
from agentrec.errors import FormatError, OutputError
from agentrec.export import ahr
from agentrec.export.conversion import Source
from agentrec.export.reading.detect_format import detect_format, peek, unpacked
from agentrec.imports.files_beside import state_beside
from agentrec.json_values import words
from agentrec.recording.encryption.encrypted_input import is_encrypted
from agentrec.recording.format.batch import OUTPUT
from agentrec.recording.format.compressed_file import GZIP, refusal
from agentrec.recording.format.work_limit import Cost, WorkLimit
from agentrec.recording.reader import open_input

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from agentrec.export import Format
    from agentrec.export.conversion import Notes
    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event

# Of all that is kept: the oldest goes first.
MAX_CACHE_BYTES = 512 << 20
_FOLDER = "converted"
_TEMPORARY = "agentrec-"
_SUFFIX, _NOTES_SUFFIX = ".ahr", ".notes"
# Of writing an event, about.
_COST = Cost(event=10_000, output_byte=40)
_EVENTS_PER_UPDATE = 256
# What a typescript's timing log may be called, besides its own name with this ending.
_TIMING_NAMES = ("timing", "timingfile", "timing.log")
_TIMING_SUFFIXES = (".timing", ".tm")


class Converted(NamedTuple):
    """The recording at ``path``, made of a file in ``format``; ``notes`` say what was assumed or left out."""

    path: str
    format: Format
    notes: list[str]


@contextmanager
def converted(
    path: str,
    name: str,
    env: Mapping[str, str],
    error: FormatError,
    advance: Callable[[int], object] = int,
) -> Iterator[Converted]:
    """The recording that a file of another format is, for as long as it is needed.

    ``name`` is what the user calls it, ``error`` what is wrong with it as a recording.

    It is kept in the cache directory; if that cannot be written, it is gone afterwards. ``advance`` is
    called with how many bytes were read. Raises FormatError when the format is not known, InputError.
    """
    with open_input(path) as file:
        format_, is_packed = format_inside(file, name)
        if format_.name == "ahr" and not is_packed:
            raise error
        key = _key(os.fstat(file.fileno()), os.path.realpath(path), format_)
    with ExitStack() as stack:
        made = _in_cache(path, name, format_, key, env, advance)
        if made is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix=_TEMPORARY))
            target = os.path.join(folder, key + _SUFFIX)
            made = Converted(target, format_, _convert(path, name, format_, target, advance))
        yield made


def _in_cache(
    path: str,
    name: str,
    format_: Format,
    key: str,
    env: Mapping[str, str],
    advance: Callable[[int], object],
) -> Converted | None:
    """What is kept, or made there now; None if it cannot be: a full disk, or no cache directory."""
    folder = _cache(env)
    if not folder:
        return None
    target = os.path.join(folder, key + _SUFFIX)
    notes = _kept(target)
    if notes is None:
        try:
            notes = _convert(path, name, format_, target, advance)
        except OutputError:
            return None
        _make_room(folder, target)
    return Converted(target, format_, notes)


def format_inside(file: BinaryIO, name: str) -> tuple[Format, bool]:
    """The format of ``file``, or of what is in it if it is compressed with gzip, and whether it is.

    What is made of an encrypted recording would be in the clear, so a compressed one is refused. Raises
    FormatError.
    """
    packed, stream = peek(file)
    try:
        head, _ = unpacked(packed, stream)
    except FormatError as damage:
        raise FormatError(f"{name}: {damage}", damage.hint) from None
    format_ = detect_format(head, name)
    is_packed = packed.startswith(GZIP.start)
    if is_packed and format_.name == "ahr" and is_encrypted(io.BytesIO(head)):
        raise FormatError(
            f"{name} is an encrypted recording, compressed with gzip", refusal(name, GZIP).hint
        )
    return format_, is_packed


def is_conversion(path: str, env: Mapping[str, str]) -> bool:
    """Whether the recording at ``path`` was made here, of a file of another format that its header names."""
    folder = os.path.dirname(os.path.realpath(path))
    parent, name = os.path.split(folder)
    if name.startswith(_TEMPORARY) and parent == os.path.realpath(tempfile.gettempdir()):
        return True
    try:
        return folder == os.path.realpath(os.path.join(cache_home(env), _FOLDER))
    except NoHomeError:
        return False


def as_import(header: JsonObject, format_: Format, name: str = "") -> JsonObject:
    """The header of a recording made from another format: it says so, and has an id of its own."""
    return {
        "id": name or os.urandom(8).hex(),
        **header,
        "producer": f"agentrec {__version__}",
        "imported": {"format": format_.name},
    }


def limited(events: Iterator[Event], notes: Notes, size: int) -> Iterator[Event]:
    """The events of a file of ``size`` bytes, unless they are far too many for it."""
    work = WorkLimit(size, copies=True)
    for event in events:
        yield event
        work.event(OUTPUT, len(event.data), _COST)
        if work.used_up:
            notes.add("the rest was left out: what is before unpacks to too much")
            return


def timing_of(path: str) -> str:
    """The timing log beside a typescript; empty if there is none with a usual name."""
    folder, stem = os.path.dirname(path), os.path.splitext(path)[0]
    names = [start + end for start in (path, stem) for end in _TIMING_SUFFIXES]
    names += [os.path.join(folder, name) for name in _TIMING_NAMES]
    return next((name for name in names if name != path and os.path.isfile(name)), "")


def write_recording(
    file: BinaryIO,
    name: str,
    format_: Format,
    part: str,
    header_of: Callable[[JsonObject], JsonObject],
    advance: Callable[[int], object] = int,
    timing: BinaryIO | None = None,
    path: str = "",
) -> list[str]:
    """Write a file in ``format_`` as a recording to ``part``, which exists.

    Returns what was assumed or left out. ``header_of`` makes the header from that of the file, which
    messages call ``name``; ``path`` is where it is, unless it is packed. Raises FormatError, OutputError.
    """
    try:
        head, stream = peek(file)
        _, plain = unpacked(head, stream)
        path = path if plain is stream else ""
        session = format_.read(Source(name, plain, timing=timing, untimed=True, path=path))
        size = os.fstat(file.fileno()).st_size
        events = _counted(limited(session.events, session.notes, size), file, advance)
        with open(part, "r+b") as out:
            ahr.write(header_of(session.header), events, out)
        return session.notes.lines()
    except FormatError as error:
        text = str(error)
        raise FormatError(text if name in text else f"{name}: {text}", error.hint) from None
    except OSError as error:
        raise OutputError(f"cannot convert {name}: {error.strerror}") from None


def named_header(header: JsonObject, format_: Format, name: str, id_: str) -> JsonObject:
    """The header of a recording made of the file ``name``, which becomes its title if it has none.

    A text twin, and a recording that was only compressed, have a whole header of their own already.
    """
    if format_.name not in ("ahr", "jsonl"):
        header = as_import(header, format_, id_)
    if not header.get("title") and not header.get("command"):
        header = {**header, "title": os.path.basename(name)}
    return header


def _convert(
    path: str, name: str, format_: Format, target: str, advance: Callable[[int], object]
) -> list[str]:
    id_ = f"converted-{os.path.basename(target)[:16]}"

    def header_of(header: JsonObject) -> JsonObject:
        made = named_header(header, format_, name, id_)
        return {**made, "imported": {"format": format_.name, "file": os.path.abspath(name)}}

    part = ""
    try:
        part, fd = create_part(target)
        os.close(fd)
        with ExitStack() as stack:
            file = stack.enter_context(open_input(path))
            beside = timing_of(path) if format_.name == "script" else ""
            timing = stack.enter_context(open_input(beside)) if beside else None
            notes = write_recording(file, name, format_, part, header_of, advance, timing, path)
        write_atomic(target + _NOTES_SUFFIX, json.dumps(notes).encode())
        os.replace(part, target)
    except OSError as error:
        raise OutputError(f"cannot convert {name}: {error.strerror}") from None
    finally:
        with suppress(OSError):
            os.unlink(part)
    return notes


def _counted(
    events: Iterator[Event], file: BinaryIO, advance: Callable[[int], object]
) -> Iterator[Event]:
    for number, event in enumerate(events):
        if not number % _EVENTS_PER_UPDATE:
            advance(file.tell())
        yield event


def _key(status: os.stat_result, path: str, format_: Format) -> str:
    """What the recording made of a file, as it is now, is kept under."""
    timing = timing_of(path)
    beside = os.stat(timing).st_mtime_ns if timing else 0
    files = state_beside(format_.name, path)
    own = (path, status.st_size, status.st_mtime_ns, status.st_ino)
    parts = (*own, timing, beside, files, __version__)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _cache(env: Mapping[str, str]) -> str:
    """The directory where recordings are kept; empty if there is none that can be written."""
    try:
        folder = os.path.join(cache_home(env), _FOLDER)
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except (NoHomeError, OSError):
        return ""
    return folder if os.access(folder, os.W_OK) else ""


def _kept(target: str) -> list[str] | None:
    """The notes of a recording that is kept; None if it is not."""
    try:
        with open(target + _NOTES_SUFFIX, encoding="utf-8") as file:
            notes = json.load(file)
        os.utime(target)  # it is the newest now
    except (OSError, ValueError, RecursionError):
        return None
    return words(notes)


def _make_room(folder: str, newest: str) -> None:
    """Remove the oldest recordings until what is kept is small enough, but not ``newest``."""
    with suppress(OSError):
        files = [entry for entry in os.scandir(folder) if not entry.name.endswith(PART)]
        stats = sorted(
            (entry.stat().st_mtime_ns, entry.stat().st_size, entry.path) for entry in files
        )
        total = sum(size for _, size, _ in stats)
        for _, size, path in stats:
            if total <= MAX_CACHE_BYTES:
                return
            if not path.startswith(newest):
                os.unlink(path)
                total -= size

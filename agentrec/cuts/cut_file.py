"""Writes a recording made of parts of others. The originals are never changed."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from agentrec.config import NoHomeError, make_folders
from agentrec.cuts.joined import joined_records
from agentrec.cuts.opening import has_screen
from agentrec.cuts.stretches import Stretches
from agentrec.cuts.time_map import faster_map, stretch_map, trimmed_map
from agentrec.errors import OutputError, UsageError
from agentrec.export.reading.readable import is_conversion
from agentrec.json_values import JsonObject, table, text, words
from agentrec.library.locations import recordings_folder
from agentrec.recording import packing_queue
from agentrec.recording.encryption.identities import how_to_convert
from agentrec.recording.encryption.recipients import NO_PROGRAM
from agentrec.recording.format import batch
from agentrec.recording.format.header import CUT, is_cut, origin_ids
from agentrec.recording.format.moved_chunk import MovedChunk
from agentrec.recording.format.work_limit import WorkLimit
from agentrec.recording.info import signed_by
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import recipients_for_copy, save_records
from agentrec.recording_registry import default_path, new_id, remember
from agentrec.signatures.origin import signed_origin
from agentrec.text import plural
from agentrec.times import (
    NS_PER_SECOND,
    format_clock,
    format_rfc3339_exact,
    parse_rfc3339,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from agentrec.cuts.time_map import TimeMap
    from agentrec.recording.format.batch import Record
    from agentrec.terminal.seek.timeline import Timeline

MAX_FACTOR = 1000
_TERMINAL = bytes([*batch.BYTE_RECORDS, batch.RESIZE])
# Up to so many bytes a recording is compressed well at once; a larger one is packed in the background.
_SMALL_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class NewRecording:
    """What was written: ``duration`` in ns, ``notes`` for the user."""

    path: str
    id: str
    duration: int
    events: int
    size: int
    parent: JsonObject
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> JsonObject:
        """As a JSON object; seconds and bytes."""
        return {
            "file": self.path,
            "id": self.id,
            "duration": self.duration / NS_PER_SECOND,
            "events": self.events,
            "size": self.size,
            "parent": self.parent,
            "notes": self.notes,
        }


def cut(
    source: str,
    target: str,
    env: Mapping[str, str],
    since: int = 0,
    until: int | None = None,
    drops: Sequence[tuple[int, int]] = (),
    *,
    overwrite: bool = False,
) -> NewRecording:
    """Write ``since`` to ``until`` (ns) of a recording, without ``drops``, to ``target``.

    Raises UsageError if nothing is left, InputError, FormatError, OutputError.
    """
    with _opened(source) as recording:
        end = recording.duration
        if since > end:
            raise UsageError(
                f"the start {format_clock(since, fraction=True)} is after the end",
                f"use at most {format_clock(end, fraction=True)}",
            )
        last = end if until is None else min(until, end)
        time_map = stretch_map(since, last, drops)
        about: JsonObject = {"method": "cut", "since_ns": since, "until_ns": last}
        if drops:
            about["drops_ns"] = [list(drop) for drop in sorted(drops)]
        return _write(recording, time_map, about, target, env, overwrite=overwrite)


def trim(
    source: str, target: str, env: Mapping[str, str], idle: int, *, overwrite: bool = False
) -> NewRecording:
    """Write a recording in which no pause of the terminal is longer than ``idle`` (ns). Raises as cut."""
    with _opened(source) as recording:
        time_map = trimmed_map(recording.duration, _busy_times(recording), idle)
        about: JsonObject = {"method": "trim", "idle_ns": idle}
        return _write(recording, time_map, about, target, env, overwrite=overwrite)


def speed(
    source: str, target: str, env: Mapping[str, str], factor: Fraction, *, overwrite: bool = False
) -> NewRecording:
    """Write a recording that is ``factor`` times as fast. Raises as cut."""
    if not Fraction(1, MAX_FACTOR) <= factor <= MAX_FACTOR:
        raise UsageError(f"invalid factor {float(factor):g}", f"use 1/{MAX_FACTOR} to {MAX_FACTOR}")
    with _opened(source) as recording:
        time_map = faster_map(recording.duration, factor)
        about: JsonObject = {"method": "speed", "factor": float(factor)}
        return _write(recording, time_map, about, target, env, overwrite=overwrite)


def join(
    sources: Sequence[str], target: str, env: Mapping[str, str], *, overwrite: bool = False
) -> NewRecording:
    """Write recordings one after the other. Raises as cut."""
    with ExitStack() as stack:
        recordings = [stack.enter_context(_opened(source)) for source in sources]
        timelines = [stack.enter_context(_timeline(recording)) for recording in recordings]
        about: JsonObject = {
            "method": "join",
            "joined": [_identity(recording) for recording in recordings],
        }
        header = _header(recordings, about)
        counted = _Counted(joined_records(list(zip(recordings, timelines, strict=True))))
        return _save(recordings, header, counted, target, env, overwrite=overwrite)


def _write(
    recording: Recording,
    time_map: TimeMap,
    about: JsonObject,
    target: str,
    env: Mapping[str, str],
    *,
    overwrite: bool,
) -> NewRecording:
    with ExitStack() as stack:
        has_seam = any(piece.seam for piece in time_map.pieces)
        timeline = stack.enter_context(_timeline(recording)) if has_seam else None
        stretches = Stretches(recording, timeline, time_map)
        header = _header([recording], about, time_map.pieces[0].start)
        header["cols"], header["rows"] = stretches.start_size
        counted = _Counted(stretches.records())
        new = _save([recording], header, counted, target, env, overwrite=overwrite)
    if stretches.lost_requests:
        lost = plural(stretches.lost_requests, "model request")
        new.notes.append(f"{lost} cannot be replayed: messages from before are too long")
    return new


class _Counted:
    """Records with their seqs; what was seen of them."""

    def __init__(self, records: Iterable[Record | MovedChunk]) -> None:
        self._records = records
        self.events = self.duration = 0

    def __iter__(self) -> Iterator[tuple[int, Record | MovedChunk]]:
        for record in self._records:
            yield self.events, record
            if isinstance(record, MovedChunk):
                self.events += len(record.columns)
                self.duration = record.last
            else:
                self.events += 1
                self.duration = record[0]


def _save(
    recordings: Sequence[Recording],
    header: JsonObject,
    records: _Counted,
    target: str,
    env: Mapping[str, str],
    *,
    overwrite: bool,
) -> NewRecording:
    name, parent = str(header["id"]), table(header["parent"])
    if not target:
        target = _default_target(_file_of(recordings[0]), name, str(parent["method"]), env)
        target = target if overwrite else _free(target)
    for recording in recordings:
        original = _file_of(recording)
        if (
            os.path.exists(target)
            and os.path.exists(original)
            and os.path.samefile(target, original)
        ):
            raise OutputError(f"{target} is the original", "choose another file with -o")
    small = sum(recording.index.raw for recording in recordings) <= _SMALL_BYTES
    _make_folder(target)
    recipients = _recipients(recordings)
    save_records(
        target,
        header,
        records,
        overwrite=overwrite,
        quality=9 if small else 2,
        recipients=recipients,
    )
    remember(name, target, env)
    if not small and not recipients:
        _pack_later(target, env)
    notes = [note for recording in recordings for note in _notes(recording)]
    size = os.path.getsize(target)
    return NewRecording(target, name, records.duration, records.events, size, parent, notes)


def _default_target(source: str, name: str, method: str, env: Mapping[str, str]) -> str:
    """Beside the original; in the data directory, where files have the names of recordings, by its id."""
    try:
        folder = os.path.join(os.path.realpath(recordings_folder(env)), "")
        if os.path.realpath(source).startswith(folder):
            return default_path(name, env)
    except NoHomeError:
        pass
    return f"{source.removesuffix('.ahr')}.{method}.ahr"


def _free(target: str) -> str:
    """``target``, or with a number if that exists."""
    stem, number = target.removesuffix(".ahr"), 1
    while os.path.lexists(target):
        number += 1
        target = f"{stem}-{number}.ahr"
    return target


def _make_folder(target: str) -> None:
    try:
        make_folders(os.path.dirname(os.path.abspath(target)))
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror}") from None


def _pack_later(path: str, env: Mapping[str, str]) -> None:
    try:
        packing_queue.add(path, env)
        packing_queue.start_worker(env)
    except (NoHomeError, OSError):
        return  # it stays as it is, which is whole


def _notes(recording: Recording) -> Iterator[str]:
    if recording.live:
        yield f"{recording.path} is still being recorded: what comes later is not included"
    if signed_by(recording):
        yield f"{recording.path} is signed; what is made of it is not, and names its last signature"
    if recording.damage:
        yield f"{recording.path} is damaged: what cannot be read is left out"
    if recording.unread:
        yield f"{recording.path}: the rest was left out: what is before unpacks to too much"


def _recipients(recordings: Sequence[Recording]) -> list[str] | None:
    """To whom what is made of them is encrypted: to whom they are. Raises UsageError if these differ."""
    found: list[str] | None = None
    for recording in recordings:
        recipients = recipients_for_copy(recording)
        if recipients and found and set(recipients) != set(found):
            raise UsageError(
                f"{recording.path} is encrypted to others than what is before it",
                how_to_convert(recording.path),
            )
        found = found or recipients
    return found


def _opened(source: str) -> Recording:
    recording = Recording.open(source)
    recording.work = WorkLimit(recording.file_size, copies=True)
    return recording


@contextmanager
def _timeline(recording: Recording) -> Iterator[Timeline | None]:
    """Its screens; None if it has none."""
    from agentrec.terminal.seek.timeline import Timeline

    if not has_screen(recording):
        yield None
        return
    with Recording.open(recording.path) as other, Timeline(other) as timeline:
        yield timeline


def _busy_times(recording: Recording) -> Iterator[int]:
    """When something happened in the terminal; anything, if there is none."""
    has_terminal = has_screen(recording)
    for chunk in recording.chunks():
        for t, kind in zip(chunk.times, chunk.kinds, strict=True):
            if not has_terminal or kind in _TERMINAL:
                yield t


def _header(recordings: Sequence[Recording], about: JsonObject, start: int = 0) -> JsonObject:
    """The header of what is made of ``recordings``, beginning at ``start`` (ns) of the first."""
    header = dict(recordings[0].header)
    command = words(header.get("command"))
    program = command[0] if command else "run"
    if any(recording.encrypted for recording in recordings):
        program = NO_PROGRAM  # an id shows
    header["id"] = new_id(program, random_bytes=4)
    header["cols"], header["rows"] = recordings[0].size
    header.pop("repaired", None)
    if imported := table(header.get("imported")):
        header["imported"] = {"format": imported.get("format")}
    began = parse_rfc3339(header.get("created"))
    if began is not None and (created := format_rfc3339_exact(began + start)):
        header["created"] = created
    first = recordings[0]
    root = text(table(first.header.get("parent")).get("id")) if is_cut(first.header) else ""
    signed = [
        {"id": _identity(one), **origin} for one in recordings if (origin := signed_origin(one))
    ]
    header["parent"] = {
        "id": root or _identity(first),
        **({"via": _identity(first)} if root else {}),
        "relation": CUT,
        "file": os.path.abspath(_file_of(first)),
        "of": list(dict.fromkeys(name for one in recordings for name in origin_ids(one.header))),
        **({"signed": signed} if signed else {}),
        **about,
    }
    return header


def _file_of(recording: Recording) -> str:
    """The file that it was read from, which may be of another format. A header of others is not believed."""
    if not is_conversion(recording.path, os.environ):
        return recording.path
    return text(table(recording.header.get("imported")).get("file")) or recording.path


def _identity(recording: Recording) -> str:
    return text(recording.header.get("id"))

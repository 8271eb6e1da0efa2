"""Whether a recording is whole, torn, damaged or altered."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agentrec.recording.encryption.encrypted_input import decrypting
from agentrec.recording.encryption.outside import OutsideCheck
from agentrec.recording.format import frames
from agentrec.recording.format.frames import Damage, Frame
from agentrec.recording.format.segment_decoder import segment_start
from agentrec.recording.format.work_limit import UNREAD
from agentrec.recording.reader import ChunkDecoder, Recording
from agentrec.text import plural

if TYPE_CHECKING:
    from collections.abc import Callable
    from hashlib import _Hash

    from agentrec.recording.encryption.decrypted_file import DecryptedFile


@dataclass
class VerifyReport:
    """The result of a full read.

    ``state``   ``whole``; ``live`` (being written, sound so far); ``torn`` (the writer was stopped, the
                rest is sound); ``damaged`` (parts cannot be read); ``altered`` (every checksum is right
                but the chain is not: segments were changed, removed or reordered); ``closed`` (encrypted,
                and opened by no key: whole as far as shows)
    ``chain``   the chain value over everything, in hex: kept elsewhere, it proves this file later
    ``lost``    events known to be missing, between others or at the end
    """

    state: str = "whole"
    events: int = 0
    lost: int = 0
    segments: int = 0
    chain: str = ""
    notes: list[str] = field(default_factory=list)
    damage: list[Damage] = field(default_factory=list)


def verify(path: str) -> VerifyReport:
    """Read all of the recording at ``path`` and check it. Raises InputError, FormatError."""
    with Recording.open(path) as recording:
        return examine(recording)


def examine(recording: Recording, advance: Callable[[int], object] | None = None) -> VerifyReport:
    """The same for an open recording; ``advance`` is called with the offset reached in the file."""
    check = _Check(recording)
    for item in recording.frames(len(frames.MAGIC)):
        if recording.work.used_up:
            check.feed(Damage(item.offset, recording.file_size - item.offset, UNREAD))
            break
        check.feed(item)
        if advance:
            advance(item.offset)
    report = check.report()
    if inside := decrypting(recording.file):
        _add_outside(report, recording, inside)
    return report


def examine_outside(recording: Recording, advance: Callable[[int], object] = int) -> VerifyReport:
    """What can be said of an encrypted recording without a key; see :meth:`Recording.outside`."""
    outside = OutsideCheck(recording.file, advance)
    report = VerifyReport(state="closed", segments=outside.segments)
    report.damage, report.notes = outside.damage, outside.faults
    if outside.faults:
        report.state = "altered"
    elif not _only_torn(outside.damage):
        report.state = "damaged"
    elif outside.damage or not outside.ended:
        report.state = "live" if recording.live else "torn"
    return report


def _add_outside(report: VerifyReport, recording: Recording, inside: DecryptedFile) -> None:
    """Take the file around an encrypted recording into account."""
    outside = OutsideCheck(inside.file)
    outside.check_header(recording.first_header)
    report.notes += outside.faults
    if inside.refused:
        report.notes.append(
            f"{plural(len(inside.refused), 'piece')} cannot be opened with their key"
        )
    if outside.damage:  # where it is in the file, not in the recording
        report.damage = outside.damage
    if outside.faults or inside.refused:
        report.state = "altered"
    elif report.state != "altered" and not _only_torn(outside.damage):
        report.state = "damaged"
    elif report.state == "whole" and (outside.damage or not outside.ended):
        report.state = "live" if recording.live else "torn"


def _only_torn(damage: list[Damage]) -> bool:
    return all(item.reason.startswith("torn") for item in damage)


class _Check:
    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._report = VerifyReport()
        self._chunks = ChunkDecoder(self._note)
        self._hash: _Hash | None = None
        self._sound = True  # no damage since the chain was last checked
        self._broken = False
        self._next = 0
        self._ended_at = -1
        self._segments: list[list[int]] = []  # as an index lists them

    def feed(self, item: Frame | Damage) -> None:
        if isinstance(item, Damage):
            self._note(item)
            self._chunks.feed(item)
            return
        if item.kind == frames.SEGMENT:
            self._segment(item)
        elif item.kind == frames.END:
            self._end(item)
        if item.kind == frames.HEADER:
            self._hash = hashlib.sha256()
        if not item.flags & frames.DERIVED and self._hash is not None:
            self._hash.update(item.head)
            self._hash.update(item.payload)
        chunk = self._chunks.feed(item)
        if chunk is not None:
            self._recording.work.decoded(len(chunk.raw), len(chunk))
            self._chunk(chunk.seq, len(chunk))

    def report(self) -> VerifyReport:
        report, recording = self._report, self._recording
        report.chain = self._chain().hex()
        report.damage = list(
            {item.offset: item for item in [*recording.damage, *report.damage]}.values()
        )
        report.damage.sort(key=lambda item: item.offset)
        if recording.indexed and not report.damage and recording.index.segments != self._segments:
            self._fault("the index does not match the segments before it")
        if self._broken:
            report.state = "altered"
        elif not _only_torn(report.damage):
            report.state = "damaged"
        elif self._ended_at != recording.file_size or report.damage:
            report.state = "live" if recording.live else "torn"
        if recording.header.get("repaired"):
            report.notes.append("it was repaired before: the header lists what was lost")
        return report

    def _note(self, damage: Damage) -> None:
        self._sound = False
        self._report.damage.append(damage)

    def _chain(self) -> bytes:
        digest: bytes = self._hash.digest() if self._hash is not None else bytes(32)
        return digest

    def _segment(self, item: Frame) -> None:
        start = segment_start(item)
        if start is None:
            self._fault("the start of a segment is invalid")
            return
        if self._sound and start.chain != self._chain():
            self._fault(f"segment {start.number} does not follow the one before it")
        if self._sound and start.number != self._report.segments:
            self._fault(f"segment {start.number} is where {self._report.segments} should be")
        self._report.segments = start.number + 1
        self._segments.append([item.offset, start.seq, start.t])
        self._hash = hashlib.sha256()
        self._sound = True

    def _chunk(self, seq: int, count: int) -> None:
        if seq > self._next:
            self._report.lost += seq - self._next
        elif seq < self._next:
            self._fault(f"event {seq} appears twice")
        self._next = seq + count
        self._report.events += count

    def _end(self, item: Frame) -> None:
        if len(item.payload) != frames.END_BODY.size:
            self._fault("the end has the wrong length")
            return
        _, count, _, chain = frames.END_BODY.unpack(item.payload)
        self._ended_at = item.end
        if self._sound and (chain != self._chain() or count != self._next):
            self._fault("the end does not match what is before it")
        elif count > self._next:
            self._report.lost += count - self._next
            self._next = count

    def _fault(self, text: str) -> None:
        self._broken = True
        self._report.notes.append(text)

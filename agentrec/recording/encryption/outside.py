"""Checking an encrypted recording without a key: its frames, and whether its pieces follow each other."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO

from agentrec.errors import FormatError
from agentrec.recording.encryption import envelope
from agentrec.recording.format import frames
from agentrec.recording.format.frames import Damage, Frame
from agentrec.recording.format.header import load_json
from agentrec.recording.format.walk import walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.json_values import JsonObject
    from agentrec.recording.encryption.envelope import KeyRow


_SHOWN = ("id", "created", "parent")


class OutsideCheck:
    """What is wrong with the file around an encrypted recording.

    ``damage``    what cannot be read of the file
    ``faults``    what no writer does: somebody changed the file
    ``ended``     whether it ends as its writer ended it
    ``segments``  how many it has: each has a key, as the header has
    ``header``    what shows of it; empty if that cannot be read
    """

    def __init__(self, file: BinaryIO, advance: Callable[[int], object] = int) -> None:
        self.damage: list[Damage] = []
        self.faults: list[str] = []
        self.ended = False
        self.header: JsonObject = {}
        self._rows: list[KeyRow] = []
        self._inside = 0
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        magic = file.read(len(envelope.MAGIC))
        if magic != envelope.MAGIC:
            torn = envelope.MAGIC.startswith(magic)
            reason = "torn inside the header" if torn else "not the signature of a recording"
            self.damage.append(Damage(0, len(magic), reason))
        for item in walk(file, len(envelope.MAGIC), size):
            advance(item.offset)
            if isinstance(item, Damage):
                self.damage.append(item)
            else:
                self._feed(item)
                self.ended = item.kind == frames.DIRECTORY and item.end == size

    @property
    def segments(self) -> int:
        return max(0, len(self._rows) - 1)

    def check_header(self, inside: JsonObject) -> None:
        """Compare what shows with the header ``inside``: anybody can write another id or date."""
        if not self.header or "file" not in inside:
            return
        expected = {"file": inside["file"], **envelope.shown_of(inside)}
        names = {*expected, *_SHOWN}
        if any(self.header.get(name) != expected.get(name) for name in names):
            self.faults.append("what shows of its header is not what is inside")

    def _feed(self, frame: Frame) -> None:
        if frame.kind == frames.HEADER and frame.offset == len(envelope.MAGIC):
            self.header = _header(frame)
            return
        if frame.kind == frames.DIRECTORY:
            self._directory(frame)
            return
        claim = envelope.claim(frame)
        if claim is None:
            return
        inside, length = claim
        if inside != self._inside and not self.damage:
            self.faults.append(f"what is at {frame.offset} does not follow what is before it")
        self._inside = inside + length
        if frame.kind == frames.KEY:
            self._rows.append((frame.offset, inside))

    def _directory(self, frame: Frame) -> None:
        if self.damage:
            return
        try:
            same = envelope.parse_directory(frame) == (self._rows, self._inside)
        except FormatError:
            same = False
        if not same:
            self.faults.append("the directory of keys does not match what is before it")


def _header(frame: Frame) -> JsonObject:
    try:
        return load_json(frame.payload)
    except FormatError:
        return {}

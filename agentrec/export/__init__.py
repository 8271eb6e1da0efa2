"""Other formats: one module for each, and this list of them.

A format is a module with ``read(source) -> Session``, ``write(header, events, out) -> Loss`` or both,
and a line in :data:`FORMATS`. Readers and writers stream: memory does not grow with the recording.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO

from agentrec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.export.conversion import ImportedRecording, Loss, Source
    from agentrec.recording.events import Event


@dataclass(frozen=True, slots=True)
class Format:
    """A format and the modules (in this folder, loaded when used) that read and write it."""

    name: str
    summary: str
    extensions: tuple[str, ...]
    reader: str = ""
    writer: str = ""
    binary: bool = False

    def read(self, source: Source) -> ImportedRecording:
        """Raises UsageError when the format is only written, FormatError for a broken ``source``."""
        if not self.reader:
            raise UsageError(f"{self.name} files cannot be read back", "they keep too little")
        session: ImportedRecording = import_module(f"agentrec.export.{self.reader}").read(source)
        return session

    def write(self, header: dict[str, Any], events: Iterable[Event], out: BinaryIO) -> Loss:
        """Raises UsageError when the format is only read."""
        if not self.writer:
            raise UsageError(f"{self.name} files are read, not written")
        loss: Loss = import_module(f"agentrec.export.{self.writer}").write(header, events, out)
        return loss


_ALL = (
    Format("ahr", "agentrec recording, keeps everything", (".ahr",), "ahr", "ahr", binary=True),
    Format(
        "ahr1", "Agent Harbor recording, v1", (".ahr1",), "ahr1.reader", "ahr1.writer", binary=True
    ),
    # Version 2 is what every player reads, so it has the extension; version 3 is asked for by name.
    Format("asciicast2", "asciinema, v2", (".cast",), "asciicast.v2", "asciicast.v2"),
    Format("asciicast3", "asciinema, v3", (), "asciicast.v3", "asciicast.v3"),
    Format("asciicast1", "asciinema, v1", (), "asciicast.v1"),
    Format("ttyrec", "ttyrec", (".ttyrec", ".tty"), "ttyrec"),
    Format("script", "typescript and timing log of util-linux script", (".typescript",), "script"),
    Format("jsonl", "text twin of a recording, keeps everything", (".jsonl",), "jsonl", "jsonl"),
    Format("txt", "the text that was shown", (".txt",), "", "txt"),
    Format("html", "one file that plays in a browser", (".html", ".htm"), "", "html"),
)
FORMATS = {format_.name: format_ for format_ in _ALL}


def by_extension(path: str) -> Format | None:
    """The format that ``path``'s ending names."""
    lowered = path.lower()
    for format_ in _ALL:
        if lowered.endswith(format_.extensions or ("\0",)):
            return format_
    return None

"""What passed through the command's standard streams that were not a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.errors import UsageError
from agentrec.recording.events import OUTPUT, STDERR, STDIN, STDOUT
from agentrec.recording.format.batch import piped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.recording.reader import Recording

STREAMS = {name[1]: name for name in (STDIN, STDOUT, STDERR)}


def stream_kinds(header: Mapping[str, object]) -> dict[str, str]:
    """What each stream was: ``terminal``, ``pipe``, ``file``, ``device``, ``socket``, or of ``stderr``
    also ``stdout``, if it went to the same place."""
    found = header.get("streams")
    kinds = found if isinstance(found, dict) else {}
    return {
        name: kind if isinstance(kind := kinds.get(name), str) else "terminal" for name in STREAMS
    }


def stream_bytes(recording: Recording, stream: str) -> Iterator[bytes]:
    """The bytes of ``stream`` (stdin, stdout, stderr), in pieces.

    Raises UsageError for a stream that has none of its own.
    """
    kind = stream_kinds(recording.header)[stream]
    if kind == "terminal":
        raise UsageError(f"{stream} was the terminal", "`agentrec cat` shows what it showed")
    if kind == "stdout":
        raise UsageError("stderr went where stdout went", "use --stream stdout")
    return _pieces(recording, stream)


def _pieces(recording: Recording, stream: str) -> Iterator[bytes]:
    for event in recording.events(tracks=("term",)):
        if not isinstance(event.data, bytes):
            continue
        if event.name == STREAMS[stream]:
            yield event.data
        elif event.name == OUTPUT and event.actor == stream:
            yield piped(event.data)

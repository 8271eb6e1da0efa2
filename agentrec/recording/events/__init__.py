"""The one event model that every writer produces and every reader consumes.

``Event`` is what is stored; what its data means is a typed record:

- ``record``: what a typed record is; ``fields``: what its fields can hold, and how they are read
- ``term``, ``mark``, ``agent``, ``llm``, ``tool``, ``step``, ``sys``, ``fs``, ``guard``: the
  records, by track
- ``registry``: every known kind, and those that are reserved
- ``decode``: the record of an event; ``match`` on it

This module stays light and does not import them: all that reads a recording loads it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Data = bytes | dict[str, Any]

OUTPUT = ("term", "output")
INPUT = ("term", "input")
STDIN = ("term", "stdin")
STDOUT = ("term", "stdout")
STDERR = ("term", "stderr")
REDACTED = ("term", "redacted")
RESIZE = ("term", "resize")
EXIT = ("term", "exit")
MOMENT = ("mark", "moment")
# A record kind this version does not know is read as track "?", its number as the kind, its bytes as
# the data, and written back as the same record.
UNKNOWN = "?"
# Kinds whose data is bytes.
BYTE_KINDS = (OUTPUT, INPUT, STDIN, STDOUT, STDERR)


class Event(NamedTuple):
    """One thing that happened.

    ``seq`` counts from 0 without gaps (a gap in a file that was read means damage); ``t`` is nanoseconds
    of monotonic time since the recording started and never decreases. ``data`` is bytes for
    ``BYTE_KINDS``, and for kinds of a later version (``UNKNOWN``); else a JSON object, see docs/events.md.

    ``span`` pairs a call with its result, ``parent`` names the enclosing span, ``actor`` who did it: of
    output, the stream that it came through if that is not the terminal.
    """

    seq: int
    t: int
    track: str
    kind: str
    data: Data
    span: str | None = None
    parent: str | None = None
    actor: str | None = None

    @property
    def name(self) -> tuple[str, str]:
        """``(track, kind)``, to compare with the constants above."""
        return (self.track, self.kind)

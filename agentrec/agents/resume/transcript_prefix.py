"""A transcript of JSON lines up to a point. Nothing is written, and the agent's file may grow meanwhile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agentrec.agents.resume.resumption import TranscriptError
from agentrec.agents.resume.transcript_source import sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentrec.agents.resume.resumption import ResumeRequest
    from agentrec.agents.resume.transcript_source import TranscriptSource
    from agentrec.json_values import JsonObject


class TranscriptPrefix:
    """The records of the conversation up to the point. Raises TranscriptError if they are nowhere.

    The point names its last record, so a file that was rewritten is noticed. ``moved`` are paths that the
    agent may have moved its transcript to.
    """

    def __init__(self, request: ResumeRequest, moved: Sequence[str] = ()) -> None:
        point = request.point
        self.path = point.transcript
        self._last = json.dumps(point.last).encode() if point.last else b"\n"
        self._source, self._end, self.count = self._found(sources_of(request, moved), point.offset)

    def records(self, words: Sequence[bytes] = (b"",)) -> Iterator[JsonObject]:
        """Yield each record in order, or only those that may contain one of ``words``.

        Raises TranscriptError if the file has changed since.
        """
        line, position = b"", 0
        for line in self._source.lines():
            position += len(line)
            record = parsed_record(line) if any(word in line for word in words) else None
            if record is not None:
                yield record
            if position >= self._end:
                break
        if self._last not in line:
            raise TranscriptError(f"{self.path} changed while it was being read")

    def _found(
        self, sources: Sequence[TranscriptSource], offset: int | None
    ) -> tuple[TranscriptSource, int, int]:
        """Return the first source that has the point, where its last record ends, and how many there are."""
        trouble = None
        for source in sources:
            try:
                end, count = self._find(source, offset)
            except TranscriptError as error:
                # The agent's own file says best what is wrong.
                if trouble is None or (source.path == self.path and source.kept is None):
                    trouble = error
            else:
                return source, end, count
        raise trouble or TranscriptError("there is no transcript")

    def _find(self, source: TranscriptSource, offset: int | None) -> tuple[int, int]:
        """Return where the last record ends: at ``offset``, or elsewhere by now."""
        elsewhere = None
        count = position = 0
        for line in source.lines():
            position += len(line)
            count += 1
            if self._last not in line:
                continue
            if position == offset:
                return position, count
            if elsewhere is None and self._last != b"\n":
                elsewhere = position, count
        if elsewhere is None:
            raise TranscriptError(f"{source.path} does not contain the conversation at that point")
        return elsewhere


def parsed_record(line: bytes) -> JsonObject | None:
    """The record in a line; None if there is none."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None

"""Where a transcript can be read: a copy that was kept, the file itself, or where its agent has moved it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from agentrec.agents.resume import zstd
from agentrec.agents.resume.resumption import TranscriptError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

    from agentrec.agents.resume.resumption import ResumeRequest

# A longer line is not a record of a conversation.
LINE_LIMIT_BYTES = 64 << 20


class TranscriptSource(NamedTuple):
    """One place: the path to name in messages, and how to open it if it is a copy that was kept."""

    path: str
    kept: Callable[[], BinaryIO] | None = None

    def lines(self) -> Iterator[bytes]:
        """Yield the lines from the start. Raises TranscriptError."""
        try:
            if self.kept is not None:
                with self.kept() as file:
                    yield from _lines(file)
                return
            self._check()
            if self.path.endswith(zstd.SUFFIX):
                yield from zstd.read_lines(self.path, LINE_LIMIT_BYTES)
                return
            with open(self.path, "rb") as file:
                yield from _lines(file)
        except OSError as error:
            path = self.path or "(no path recorded)"
            why = error.strerror or str(error)
            raise TranscriptError(f"cannot read the agent's transcript {path}: {why}") from None

    def _check(self) -> None:
        """Accept only a file of our user: the path comes from a recording, which is untrusted."""
        status = os.stat(self.path)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
            raise TranscriptError(f"{self.path} is not a transcript of this user")


def sources_of(request: ResumeRequest, moved: Sequence[str] = ()) -> list[TranscriptSource]:
    """Return the places to look for the request's transcript, the most exact first.

    ``moved`` are paths that the agent may have moved it to. Agents also compress transcripts.
    """
    path = request.point.transcript
    kept = [TranscriptSource(path, open_copy) for open_copy in request.kept(path)]
    files = [TranscriptSource(path)]
    if path:
        more = [one + end for one in (path, *moved) for end in ("", zstd.SUFFIX)][1:]
        files += [TranscriptSource(one) for one in more if os.path.isfile(one)]
    return [*kept, *files]


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(LINE_LIMIT_BYTES):
        yield line

"""Moments and commands, found while recording by reading the file that is being written.

It holds nothing back and nothing up: what it reads is in the file, so it may lag behind while output
pours, and catches up when it is calm. Each moment names the time that it marks.

- ``moment_reader``: reads the growing recording and adds what it finds.
- ``hints``: whether a short run has anything to find.

On the start path of `record`: imports are light here.
"""

from __future__ import annotations

import os
import stat
import time

from agentrec.capture.companion_host import Companion
from agentrec.capture.throttle import CpuThrottle, LookPace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.capture.companion_host import Emit
    from agentrec.companions.moments.moment_reader import MomentReader
    from agentrec.recording.sink import RecordingSink

# Short runs are looked at when they have ended.
START_DELAY_SECONDS = 1.0
POLL_SECONDS = 0.5
# Looks without anything new after which everything has settled.
MAX_IDLE_LOOKS = 15
# Output is calm up to this rate, and the writer is busy with this much to write.
CALM_BYTES_PER_SECOND = 1 << 20
BUSY_WRITER_BYTES = 64 << 10
# What is farther behind in the file, while recording and at the end, is not rendered; only the marks of
# shells are read.
TAIL_BYTES, LAST_TAIL_BYTES = 512 << 10, 96 << 10
CPU_SHARE, CPU_BURST_SECONDS = 0.02, 0.5
# What is farther behind in the file at the end is not read at all, unless a shell sets marks in it; of
# such a flood less is rendered.
LAST_READ_BYTES = 4 << 20
FLOOD_TAIL_BYTES = 32 << 10
# To catch up in when the recording ends: of a core, and on a clock when others need it, too.
LAST_CPU_SECONDS, LAST_SECONDS = 0.8, 4.0


class MomentsCompanion(Companion):
    """The companion that adds moments and commands; it reads what the others have added, too."""

    name = "moments"
    stops_last = True

    def __init__(self, writer: RecordingSink) -> None:
        self._writer = writer
        self._emit: Emit | None = None
        self._reader: MomentReader | None = None
        self._written_before = self._added_before = 0
        self._idle_looks = 0

    def start(self, emit: Emit, pid: int) -> None:  # noqa: ARG002
        """Nothing yet: see START_DELAY_SECONDS."""
        self._emit = emit
        self._throttle = CpuThrottle(CPU_SHARE, CPU_BURST_SECONDS)
        self._pace = LookPace(POLL_SECONDS)
        self._started_at = time.monotonic()

    def tick(self) -> float | None:
        """Read what was written, unless it pours."""
        wait = START_DELAY_SECONDS - (time.monotonic() - self._started_at)
        if wait > 0:
            return wait
        written = self._writer.written
        if not written or not self._is_calm(written):
            return POLL_SECONDS
        if self._reader and written == self._reader.caught_up_at:
            self._idle_looks += 1
            if self._idle_looks <= MAX_IDLE_LOOKS:
                self._reader.settle()
        else:
            self._idle_looks = 0
            self._read(self._is_busy, TAIL_BYTES)
        added = self._reader.added if self._reader else 0
        news, self._added_before = added != self._added_before, added
        return max(self._pace.after_look(news=news), self._throttle.rest_seconds())

    def _is_calm(self, written: int) -> bool:
        new, self._written_before = written - self._written_before, written
        return (
            new < CALM_BYTES_PER_SECOND * POLL_SECONDS and self._writer.pending < BUSY_WRITER_BYTES
        )

    def _is_busy(self) -> bool:
        return self._throttle.rest_seconds() > 0 or self._writer.pending > BUSY_WRITER_BYTES

    def stop(self) -> None:
        """Catch up, if that is quickly done, and add the rest."""
        if self._emit is None or not (self._writer.written or self._writer.pending):
            return
        self._writer.flush()
        deadline = time.monotonic() + LAST_SECONDS
        if self._reader or self._has_hints(deadline):
            cpu_limit = time.thread_time() + LAST_CPU_SECONDS
            is_flood = self._skip_flood()
            self._read(
                lambda: time.thread_time() > cpu_limit or time.monotonic() > deadline,
                FLOOD_TAIL_BYTES if is_flood else LAST_TAIL_BYTES,
                exact=is_flood,
            )
        if self._reader:
            self._reader.finish()

    def _skip_flood(self) -> bool:
        """The user waits: of a flood at the end only the last part is looked at. Whether there is one."""
        reader = self._open()
        return reader is not None and reader.skip_to_end(LAST_READ_BYTES)

    def _has_hints(self, deadline: float) -> bool:
        """Whether a run without a reader so far needs one."""
        if self._writer.written > TAIL_BYTES:
            return True
        if not _is_readable(self._writer.path):
            return False
        from agentrec.companions.moments.hints import has_hints

        return has_hints(self._writer.path, deadline)

    def _read(self, enough: Callable[[], bool], tail_bytes: int, *, exact: bool = False) -> None:
        if reader := self._open():
            reader.read(enough, tail_bytes, exact=exact)

    def _open(self) -> MomentReader | None:
        """The reader; None where nothing can be read."""
        if self._reader is None:
            if self._emit is None or not _is_readable(self._writer.path):
                return None
            from agentrec.companions.moments.moment_reader import MomentReader

            self._reader = MomentReader(self._writer, self._emit)
        return self._reader


def _is_readable(path: str) -> bool:
    """A stream cannot be read back."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False

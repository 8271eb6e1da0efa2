"""Leaves out what happens while a recording is paused.

The terminal goes on meanwhile. A process of its own (:mod:`agentrec.terminal.seek.paused_screen`) follows its
screen in memory; when the recording goes on, what the screen shows then is recorded first. On no path of a
recording that is never paused.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from agentrec.capture.event_log import PAUSED
from agentrec.capture.pausing.paused_words import PausedWords
from agentrec.recording.encryption import own_keys
from agentrec.recording.format import batch
from agentrec.recording.writer import ForwardingSink
from agentrec.terminal.seek import paused_screen
from agentrec.terminal.seek.paused_screen import ENCRYPTED, KEYS, RECORD, SHOW, TAKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentrec.json_values import JsonObject
    from agentrec.recording.sink import RecordingSink

# What may wait for that process before the child has to.
_MAX_WAITING_BYTES = 16 << 20
_SCREEN_SECONDS = 10.0
# What is recorded all the same: sizes and ends, what the user asks for, and where a conversation is stored.
_KEPT_TRACKS = frozenset({"term", "mark"})
_QUOTING = frozenset({("agent", "session"), ("agent", "conversation")})
_KEPT = _QUOTING | {("sys", "trouble")}


class _Held(NamedTuple):
    """Output after the recording went on, before the screen is known. ``stream``: of a pipe."""

    t: int
    data: bytes
    stream: str


class PausableSink(ForwardingSink):
    """Passes everything on to ``sink`` unless it is paused. Any thread may call every method.

    ``clock()`` gives ns since the start. ``resumed(left_out)`` is called when the recording goes on, with the
    bytes of output that are not in it; ``lost_screen()`` if it cannot be known what the screen shows then.
    """

    def __init__(
        self,
        sink: RecordingSink,
        clock: Callable[[], int],
        resumed: Callable[[int], None],
        lost_screen: Callable[[], None],
    ) -> None:
        super().__init__(sink)
        self._clock, self._resumed, self._lost_screen = clock, resumed, lost_screen
        self._lock = threading.RLock()
        self._since: int | None = None
        self._pauses: list[tuple[int, int]] = []
        self._screen: _ScreenProcess | None = None
        self._held: list[_Held] | None = None
        self._words = PausedWords()
        self._left_out = 0

    @property
    def is_paused(self) -> bool:
        return self._since is not None

    @property
    def room(self) -> int:
        waiting = self._screen.waiting if self._screen else 0
        return min(self._sink.room, _MAX_WAITING_BYTES - waiting)

    def pause(self) -> None:
        """Leave out what comes from now on."""
        with self._lock:
            if self._held is not None and self._screen:
                self._screen.stop()
                self._go_on(None)
            self._since, self._left_out = self._clock(), 0
            self._screen = _ScreenProcess(self._sink)

    def resume(self) -> None:
        """Record again, from what the screen shows."""
        with self._lock:
            if self._since is None or self._screen is None:
                return
            self._pauses.append((self._since, self._clock()))
            self._since = None
            self._held = []
            self._resumed(self._left_out)
            screen = self._screen
            screen.show(lambda drawn, taken: self._take(screen, drawn, taken))

    def end(self) -> None:
        """The child has ended."""
        with self._lock:
            screen = self._screen
        if screen is None:
            return
        if self._held is not None:
            screen.wait()
        screen.stop()

    def output(self, t: int, data: bytes) -> None:
        with self._lock:
            if not self._leave_out(t, data, ""):
                self._sink.output(t, data)

    def pipe(self, t: int, stream: str, data: bytes, *, shown: bool) -> None:
        with self._lock:
            if shown and self._leave_out(t, data, stream):
                return
            if not self.is_paused:
                self._sink.pipe(t, stream, data, shown=shown)

    def input(self, t: int, data: bytes) -> None:
        with self._lock:
            if not self.is_paused:
                self._sink.input(t, data)

    def resize(self, t: int, cols: int, rows: int) -> None:
        with self._lock:
            self._sink.resize(t, cols, rows)
            if self._screen:
                self._screen.send(batch.RESIZE, batch.SIZE.pack(cols, rows))

    def event(
        self,
        t: int,
        track: str,
        kind: str,
        data: JsonObject,
        *,
        span: str | None = None,
        parent: str | None = None,
        actor: str | None = None,
    ) -> int:
        """PAUSED for one that is left out. What is reported late belongs to its time ``at_ns``."""
        with self._lock:
            at = data.get("at_ns")
            when = at if isinstance(at, int) else t
            is_paused, about = self._was_paused(when), (track, kind)
            if is_paused and track not in _KEPT_TRACKS and about not in _KEPT:
                self._words.leave_out(track, kind, data)
                return PAUSED
            if about in _QUOTING:
                remaining = self._words.without_words if is_paused else self._words.without_quotes
                data = remaining(data)
            return self._sink.event(t, track, kind, data, span=span, parent=parent, actor=actor)

    def encoded_events(self, records: Sequence[tuple[int, bytes, str]]) -> None:
        with self._lock:
            self._sink.encoded_events([one for one in records if not self._was_paused(one[0])])

    def _was_paused(self, t: int) -> bool:
        if self._since is not None and t >= self._since:
            return True
        return any(begin <= t < end for begin, end in self._pauses)

    def _leave_out(self, t: int, data: bytes, stream: str) -> bool:
        """Whether output is not recorded now."""
        if self._since is None and self._held is None:
            return False
        if self._screen:
            self._screen.send(batch.OUTPUT, batch.shown(data) if stream else data)
        if self._held is None:
            self._left_out += len(data)
        else:
            self._held.append(_Held(t, data, stream))
        return True

    def _take(self, screen: _ScreenProcess, drawn: bytes | None, taken: int) -> None:
        with self._lock:
            if screen is self._screen and self._held is not None:
                self._go_on(drawn, taken)

    def _go_on(self, drawn: bytes | None, taken: int = 0) -> None:
        """Record what the screen shows, and what came since."""
        held, self._held, self._screen = self._held or [], None, None
        if drawn is None:
            self._lost_screen()
        else:
            self._sink.output(self._clock(), drawn)
        for one in held[taken:]:
            if one.stream:
                self._sink.pipe(one.t, one.stream, one.data, shown=True)
            else:
                self._sink.output(one.t, one.data)


class _ScreenProcess:
    """The process that follows the screen, from what ``sink`` has recorded."""

    def __init__(self, sink: RecordingSink) -> None:
        self.waiting = 0  # bytes for it
        self._sink = sink
        self._queue: deque[tuple[int, bytes]] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._process: subprocess.Popen[bytes] | None = None
        self._on_screen: Callable[[bytes | None, int], None] | None = None
        self._told = threading.Event()
        _start(self._run)

    def send(self, kind: int, payload: bytes) -> None:
        with self._changed:
            if self._ended:
                return
            self.waiting += len(payload)
            self._queue.append((kind, payload))
            self._changed.notify_all()

    def show(self, on_screen: Callable[[bytes | None, int], None]) -> None:
        """Call ``on_screen(drawn, taken)`` in another thread; ``drawn`` is None if it cannot be known."""
        self._on_screen = on_screen
        self.send(SHOW, b"")
        _start(self._tell)

    def wait(self) -> None:
        """Return when it has told what the screen shows, or never will."""
        self._told.wait(_SCREEN_SECONDS)

    def stop(self) -> None:
        with self._changed:
            self._ended = True
            self._queue.clear()
            self.waiting = 0
            self._changed.notify_all()
        if self._process:
            self._process.kill()

    def _run(self) -> None:
        try:
            self._sink.flush()
            with self._changed:
                if self._ended:  # whoever waits for an answer has gone
                    return
                keys = own_keys.packed()
                words = [paused_screen.__name__, self._sink.path]
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", *words, *([ENCRYPTED] if keys else [])],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    process_group=0,  # Ctrl-C is for the command
                )
                self._changed.notify_all()
            assert self._process.stdin
            with self._process.stdin as requests:
                if keys:
                    requests.write(RECORD.pack(KEYS, len(keys)) + keys)
                while record := self._next():
                    requests.write(record)
                    requests.flush()
        except OSError:
            self.stop()
        if self._process and self._process.stdout and not self._on_screen:
            self._process.kill()
            self._process.stdout.close()
            self._process.wait()

    def _next(self) -> bytes:
        """The next record; empty after the last one."""
        with self._changed:
            while not self._queue and not self._ended:
                self._changed.wait()
            if self._ended:
                return b""
            kind, payload = self._queue.popleft()
            self.waiting -= len(payload)
        return RECORD.pack(kind, len(payload)) + payload

    def _tell(self) -> None:
        """Read the answer. Neither an unfinished sequence nor a process that hangs holds the recording up."""
        limit = threading.Timer(_SCREEN_SECONDS, self.stop)
        limit.start()
        answer = self._answer()
        limit.cancel()
        self.stop()
        drawn, taken = None, 0
        if len(answer) >= TAKEN.size:
            drawn, (taken,) = answer[TAKEN.size :], TAKEN.unpack_from(answer)
        assert self._on_screen
        self._on_screen(drawn, taken)
        self._told.set()

    def _answer(self) -> bytes:
        with self._changed:
            while self._process is None and not self._ended:
                self._changed.wait()
        if not self._process or not self._process.stdout:
            return b""
        try:
            with self._process.stdout as answer:
                told = answer.read()
        except ValueError:  # it ended early, and was closed
            return b""
        self._process.wait()
        return told


def _start(target: Callable[[], None]) -> None:
    threading.Thread(target=target, name="agentrec-paused-screen", daemon=True).start()

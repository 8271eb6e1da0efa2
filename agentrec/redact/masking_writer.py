"""Redaction while recording: stands between the recorder and the file's writer.

Output is held back for :data:`HOLD_SECONDS`, so that a secret that is drawn within that time is known
as a whole before any of it is written. A secret that is drawn more slowly is recognized by its
beginning. The user's terminal does not wait: it gets everything at once, unmasked.
"""

from __future__ import annotations

import threading
import time
from collections import deque

from agentrec.errors import OutputError
from agentrec.recording.format.batch import MAX_RECORD_BYTES, piped, shown
from agentrec.recording.format.header import dump_json, event_fields
from agentrec.recording.writer import ForwardingSink
from agentrec.redact.pace import Pace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.json_values import JsonObject
    from agentrec.recording.sink import EventSink
    from agentrec.recording.writer import Writer
    from agentrec.redact.masked_stream import MaskedStream

# How long output is held at least, and how long a look at it is put off at most when it is due, so that
# more is looked at together. With the time to search and to write, that stays within the promised 250 ms.
HOLD_SECONDS = 0.06
TICK_SECONDS = 0.03
# A burst larger than this does not wait any longer, except for its last part.
BURST_BYTES = 1 << 20
BURST_TAIL_BYTES = 256 << 10
# How long flush() waits for a burst.
FLUSH_SECONDS = 0.3
_OVERHEAD_BYTES = 64  # of a held event, about


class Held:
    """An event that waits to be written."""

    __slots__ = ("arrived", "seq", "size", "t")

    def __init__(self, t: int, size: int) -> None:
        self.t, self.size = t, size + _OVERHEAD_BYTES
        self.seq = -1
        self.arrived = time.monotonic()

    def write(self, sink: EventSink) -> None:
        """Hand it on."""
        raise NotImplementedError


class HeldBytes(Held):
    """Output or input; ``start`` is its offset in its stream, once that has taken it."""

    __slots__ = ("data", "start", "stream")

    def __init__(self, t: int, stream: str, data: bytes) -> None:
        super().__init__(t, len(data))
        self.stream, self.data = stream, data
        self.start = 0

    @property
    def stop(self) -> int:
        return self.start + len(self.data)

    def write(self, sink: EventSink) -> None:
        put = sink.output if self.stream == "output" else sink.input
        put(self.t, self.data)


class HeldPipe(HeldBytes):
    """What passed through a pipe, as it is ``shown``; ``source`` is the pipe's own stream."""

    __slots__ = ("is_shown", "source")

    def __init__(self, t: int, source: str, data: bytes, *, is_shown: bool) -> None:
        super().__init__(t, "output" if is_shown else source, shown(data))
        self.source, self.is_shown = source, is_shown

    def write(self, sink: EventSink) -> None:
        sink.pipe(self.t, self.source, piped(self.data), shown=self.is_shown)


class HeldResize(Held):
    """A new size of the terminal."""

    __slots__ = ("cols", "rows")

    def __init__(self, t: int, cols: int, rows: int) -> None:
        super().__init__(t, 4)
        self.cols, self.rows = cols, rows

    def write(self, sink: EventSink) -> None:
        sink.resize(self.t, self.cols, self.rows)


class HeldEvent(Held):
    """Any other event, masked already."""

    __slots__ = ("data", "kind", "links", "track")

    def __init__(
        self,
        t: int,
        track: str,
        kind: str,
        data: JsonObject,
        links: dict[str, str],
        size: int,
    ) -> None:
        super().__init__(t, size)
        self.track, self.kind, self.data, self.links = track, kind, data, links

    def write(self, sink: EventSink) -> None:
        sink.event(self.t, self.track, self.kind, self.data, **self.links)


class MaskingWriter(ForwardingSink):
    """A writer that masks what goes through it: output and input by what they show, events as JSON.

    Takes the place of the ``writer`` of a recording whose terminal has ``size`` (cols, rows) at first.
    """

    def __init__(self, writer: Writer, size: tuple[int, int]) -> None:
        super().__init__(writer)
        self.seq = writer.seq
        self._first_size = size
        self._streams: dict[str, MaskedStream] = {}
        self._lock = threading.Lock()
        self._arrived: list[Held] = []
        self._held: deque[Held] = deque()
        self._bytes = 0  # of both
        self._unsearched = 0  # of what has arrived
        self._pace = Pace()
        self._work_waits = threading.Event()
        self._search_now = threading.Event()  # do not wait until something is due
        self._at_once = False  # write it now, too
        self._closing = False
        self._error: Exception | None = None
        self._thread: threading.Thread | None = None

    @property
    def pending(self) -> int:
        return self._bytes + super().pending

    @property
    def room(self) -> int:
        """Bytes that are searched before the next ones are due: fewer, the more work they were lately."""
        return min(super().room, self._pace.bytes_in_time - self._unsearched)

    @property
    def failure(self) -> Exception | None:
        return self._error or super().failure

    def start(self) -> None:
        super().start()
        self._thread = threading.Thread(target=self._run, name="agentrec-redact", daemon=True)
        self._thread.start()

    def output(self, t: int, data: bytes) -> None:
        self._hold(HeldBytes(t, "output", data))

    def input(self, t: int, data: bytes) -> None:
        self._hold(HeldBytes(t, "input", data))

    def pipe(self, t: int, stream: str, data: bytes, *, shown: bool) -> None:
        self._hold(HeldPipe(t, stream, data, is_shown=shown))

    def resize(self, t: int, cols: int, rows: int) -> None:
        self._hold(HeldResize(t, cols, rows))

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
        named = {"span": span, "parent": parent, "actor": actor}
        links = {name: link for name, link in named.items() if link is not None}
        counts: dict[str, int] = {}
        if track != "term":
            from agentrec.redact.json_redaction import redact_event

            data, links, counts = redact_event(data, links)
        size = len(dump_json({"track": track, "kind": kind, "data": data, **links}))
        if size > MAX_RECORD_BYTES:
            raise OutputError(f"an event of {size} bytes exceeds the format's limit")
        seq = self._hold(HeldEvent(t, track, kind, data, links, size))
        for rule, count in counts.items():
            self._report(t, rule, "event", seq, count)
        return seq

    def encoded_events(self, records: Sequence[tuple[int, bytes, str]]) -> None:
        for t, payload, _ in records:
            track, kind, data, links = event_fields(payload)
            self.event(t, track, kind, data, **links)

    def flush(self) -> None:
        """Return when everything taken so far is in the file, writing has failed, or a burst takes
        longer than :data:`FLUSH_SECONDS`: callers, such as companions, have little time."""
        deadline = time.monotonic() + FLUSH_SECONDS
        while self._bytes and self._thread and self._thread.is_alive():
            if time.monotonic() > deadline:
                return
            self._at_once = True
            self._search_now.set()
            time.sleep(0.005)
        super().flush()

    def close(self, *, compact: bool = True) -> None:
        self._closing = True
        self._search_now.set()
        self._work_waits.set()
        if self._thread:
            self._thread.join()
            self._thread = None
        else:
            self._run()
        super().close(compact=compact)

    def _hold(self, event: Held) -> int:
        with self._lock:
            event.seq = self.seq
            if not self._error:
                self._arrived.append(event)
                self._bytes += event.size
                self._unsearched += event.size
                self.seq += 1
        if not self._work_waits.is_set():
            self._work_waits.set()
        # The program waits where there is no room.
        if self._unsearched >= self._pace.bytes_in_time and not self._search_now.is_set():
            self._search_now.set()
        return event.seq

    def _report(self, t: int, rule: str, where: str, seq: int, count: int) -> None:
        from agentrec.redact.event_mask import redacted_event

        self._hold(HeldEvent(t, *redacted_event(rule, where, seq, count), {}, 0))

    # --- in the thread --------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - rather no recording than one with secrets
            self._error = error
            with self._lock:
                self._arrived, self._bytes, self._unsearched = [], 0, 0

    def _work(self) -> None:
        # Loads while the child starts.
        from agentrec.redact.masked_stream import BACKSPACE, INPUT_SIZE, MaskedStream

        self._streams["output"] = MaskedStream("terminal", *self._first_size)
        self._streams["input"] = MaskedStream("input", *INPUT_SIZE, BACKSPACE)
        for name in ("stdin", "stdout", "stderr"):
            self._streams[name] = MaskedStream(name, *INPUT_SIZE)
        while not (self._closing and not self._arrived and not self._held):
            self._work_waits.wait()
            if not self._closing:
                self._search_now.wait(self._pause())
            at_once, self._at_once = self._at_once or self._closing, False
            self._search_now.clear()
            self._scan()
            self._release(at_once)

    def _pause(self) -> float:
        """Seconds until something is due to be written, or a little more."""
        oldest = self._held[0].arrived if self._held else time.monotonic()
        return max(TICK_SECONDS, oldest + HOLD_SECONDS - time.monotonic())

    def _scan(self) -> None:
        """Draw what has arrived and look for secrets in it."""
        with self._lock:
            arrived, self._arrived = self._arrived, []
            if not arrived and not self._held:
                self._work_waits.clear()
        begin = time.perf_counter()
        for event in arrived:
            if isinstance(event, HeldBytes):
                event.start = self._streams[event.stream].append(event.data)
            elif isinstance(event, HeldResize):
                self._streams["output"].resize(event.cols, event.rows)
        self._held.extend(arrived)
        for stream in self._streams.values():
            stream.scan()
        size = sum(event.size for event in arrived)
        self._pace.took(size, time.perf_counter() - begin)
        with self._lock:
            self._unsearched -= size
        for name, stream in self._streams.items():
            for rule, offset in stream.take_sightings():
                event = self._origin(name, offset)
                self._report(event.t, rule, stream.where, event.seq, 1)

    def _origin(self, stream: str, offset: int) -> Held:
        """The event that brought the byte at ``offset``."""
        origin = self._held[-1]
        for event in self._held:
            if isinstance(event, HeldBytes) and event.stream == stream and event.start <= offset:
                origin = event
        return origin

    def _release(self, at_once: bool) -> None:
        """Write what has been held long enough; ``at_once``: all of it, or all but a burst's tail."""
        burst = self._bytes > BURST_BYTES and not self._closing
        ready = self._take_ready(at_once, burst)
        if not ready:
            return
        for event in self._masked(ready):
            event.write(self._sink)
        for stream in self._streams.values():
            stream.forget()
        with self._lock:
            self._bytes -= sum(event.size for event in ready)
        if not burst:
            super().flush()  # it was held here already

    def _take_ready(self, at_once: bool, burst: bool) -> list[Held]:
        now = time.monotonic()
        left = sum(event.size for event in self._held) if burst else 0
        ready: list[Held] = []
        while self._held:
            event = self._held[0]
            released = left > BURST_TAIL_BYTES if burst else at_once
            if not released and now - event.arrived < HOLD_SECONDS:
                break
            left -= event.size
            ready.append(self._held.popleft())
        return ready

    def _masked(self, ready: list[Held]) -> list[Held]:
        for name, stream in self._streams.items():
            stops = [e.stop for e in ready if isinstance(e, HeldBytes) and e.stream == name]
            if stops:
                stream.mark_until(stops[-1])
        for event in ready:
            if isinstance(event, HeldBytes):
                event.data = self._streams[event.stream].mask(event.data, event.start)
        return ready

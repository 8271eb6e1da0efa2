"""Redaction while recording: stands between the recorder and the file's writer.

Output waits here for :data:`HOLD`, so that a secret that is drawn within that time is known as a whole
before any of it is written. What is drawn more slowly is known by its beginning. The user's terminal
does not wait: it gets everything at once, unmasked.
"""

from __future__ import annotations

import threading
import time
from collections import deque

from agentrec.errors import OutputError
from agentrec.recording.format.batch import MAX_RECORD
from agentrec.recording.format.header import dump_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentrec.recording.writer import Writer
    from agentrec.redact.stream import Stream

HOLD = 0.1  # seconds that output waits at least
TICK = 0.1  # seconds between looks; with HOLD and the time to write 250 ms in all
ENOUGH = 1 << 20  # bytes with which a burst does not wait any longer,
CONTEXT = 256 << 10  # but for its end
PATIENCE = 0.3  # seconds that flush() waits for a burst


class Entry:
    """An event that waits: ``name`` is the writer's method, ``args`` what it gets after the time."""

    __slots__ = ("args", "came", "links", "name", "seq", "size", "start", "t")

    def __init__(self, name: str, seq: int, t: int, args: tuple[Any, ...], size: int) -> None:
        self.name, self.seq, self.t, self.args, self.size = name, seq, t, args, size
        self.came = time.monotonic()
        self.links: dict[str, Any] = {}
        self.start = 0  # the stream offset of its bytes


class MaskingWriter:
    """A writer that masks what goes through it: output and input as they show, events as JSON.

    Takes the place of the ``writer`` of a recording whose terminal has ``size`` (cols, rows) first.
    """

    def __init__(self, writer: Writer, size: tuple[int, int]) -> None:
        self._writer = writer
        self.seq = writer.seq
        self._first_size = size
        self._streams: dict[str, Stream] = {}
        self._lock = threading.Lock()
        self._came: list[Entry] = []
        self._held: deque[Entry] = deque()
        self._size = 0  # bytes of both
        self._something = threading.Event()
        self._hurry = threading.Event()
        self._closing = False
        self._failed: Exception | None = None
        self._thread: threading.Thread | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    @property
    def pending(self) -> int:
        return self._size + self._writer.pending

    @property
    def failure(self) -> Exception | None:
        return self._failed or self._writer.failure

    def start(self) -> None:
        self._writer.start()
        self._thread = threading.Thread(target=self._run, name="agentrec-redact", daemon=True)
        self._thread.start()

    def output(self, t: int, data: bytes) -> None:
        self._take("output", t, (data,), len(data))

    def input(self, t: int, data: bytes) -> None:
        self._take("input", t, (data,), len(data))

    def resize(self, t: int, cols: int, rows: int) -> None:
        self._take("resize", t, (cols, rows), 4)

    def event(self, t: int, track: str, kind: str, data: dict[str, Any], **links: Any) -> int:
        """As the writer's: returns the seq it will have."""
        found: dict[str, int] = {}
        if track != "term":
            from agentrec.redact.json_redaction import redact_event

            data, links, found = redact_event(data, links)
        size = len(dump_json({"track": track, "kind": kind, "data": data, **links}))
        if size > MAX_RECORD:
            raise OutputError(f"an event of {size} bytes is over the format's limit")
        seq = self._take("event", t, (track, kind, data), size, links)
        for rule, count in found.items():
            self._tell(t, rule, "event", seq, count)
        return seq

    def flush(self) -> None:
        """Return when everything that came so far is in the file, writing has failed, or a burst takes
        longer than :data:`PATIENCE` to look at: who waits here has little time (see companions)."""
        deadline = time.monotonic() + PATIENCE
        while self._size and self._thread and self._thread.is_alive():
            if time.monotonic() > deadline:
                return
            self._hurry.set()
            time.sleep(0.005)
        self._writer.flush()

    def close(self, *, compact: bool = True) -> None:
        self._closing = True
        self._hurry.set()
        self._something.set()
        if self._thread:
            self._thread.join()
            self._thread = None
        else:
            self._run()
        self._writer.close(compact=compact)

    def _take(
        self,
        name: str,
        t: int,
        args: tuple[Any, ...],
        size: int,
        links: dict[str, Any] | None = None,
    ) -> int:
        with self._lock:
            entry = Entry(name, self.seq, t, args, size + 64)
            entry.links = links or entry.links
            if not self._failed:
                self._came.append(entry)
                self._size += entry.size
                self.seq += 1
        if not self._something.is_set():
            self._something.set()
        if self._size > ENOUGH and not self._hurry.is_set():
            self._hurry.set()
        return entry.seq

    def _tell(self, t: int, rule: str, where: str, seq: int, count: int) -> None:
        from agentrec.redact.event_mask import redacted

        self._take("event", t, redacted(rule, where, seq, count), 0)

    # --- in the thread --------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - rather no recording than one with secrets
            self._failed = error
            with self._lock:
                self._came, self._size = [], 0

    def _work(self) -> None:
        from agentrec.redact.stream import (
            BACKSPACE,
            INPUT_SIZE,
            Stream,
        )  # loads while the child starts

        self._streams["output"] = Stream("terminal", *self._first_size)
        self._streams["input"] = Stream("input", *INPUT_SIZE, BACKSPACE)
        while not (self._closing and not self._came and not self._held):
            self._something.wait()
            if not self._closing:
                self._hurry.wait(TICK)
            hurry = self._hurry.is_set() or self._closing
            self._hurry.clear()
            self._look()
            self._release(hurry)

    def _look(self) -> None:
        with self._lock:
            came, self._came = self._came, []
            if not came and not self._held:
                self._something.clear()
        for entry in came:
            stream = self._streams.get(entry.name)
            if stream:
                entry.start = stream.take(entry.args[0])
            elif entry.name == "resize":
                self._streams["output"].resize(*entry.args)
        self._held.extend(came)
        for stream in self._streams.values():
            stream.look()
        for stream in self._streams.values():
            for rule, offset in stream.sights():
                entry = self._holder(stream, offset)
                self._tell(entry.t, rule, stream.where, entry.seq, 1)

    def _holder(self, stream: Stream, offset: int) -> Entry:
        """The entry that brought the byte at ``offset``."""
        found = self._held[-1]
        for entry in self._held:
            if self._streams.get(entry.name) is stream and entry.start <= offset:
                found = entry
        return found

    def _release(self, hurry: bool) -> None:
        """Write what has waited long enough; with ``hurry`` all, or all but the end of a burst."""
        now = time.monotonic()
        burst = self._size > ENOUGH and not self._closing
        left = sum(entry.size for entry in self._held) if burst else 0
        ready: list[Entry] = []
        while self._held:
            entry = self._held[0]
            due = now - entry.came >= HOLD or (left > CONTEXT if burst else hurry)
            if not due:
                break
            left -= entry.size
            ready.append(self._held.popleft())
        if not ready:
            return
        for name, stream in self._streams.items():
            mine = [entry for entry in ready if entry.name == name]
            if mine:
                stream.decide(mine[-1].start + len(mine[-1].args[0]))
        for entry in ready:
            self._write(entry)
        for stream in self._streams.values():
            stream.forget()
        with self._lock:
            self._size -= sum(entry.size for entry in ready)
        if not burst:
            self._writer.flush()  # it has waited here already

    def _write(self, entry: Entry) -> None:
        stream = self._streams.get(entry.name)
        if stream:
            entry.args = (stream.painted(entry.args[0], entry.start),)
        getattr(self._writer, entry.name)(entry.t, *entry.args, **entry.links)

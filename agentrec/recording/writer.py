"""The writer: takes events without ever blocking, and has them in the file within 250 ms.

Callers only append to a queue. A thread wakes when something is queued, waits for the flush interval
(or a burst), and writes one chunk: compressed when the terminal is calm, stored when bytes pour in, so
that the compressor never takes the processor from the pump. What was stored, or compressed in many
small pieces, is compressed as a whole when the recording is closed.
"""

import os
import stat
import threading

from agentrec.atomic import empty
from agentrec.errors import FormatError, OutputError
from agentrec.locks import LOCK_TRIES, try_lock
from agentrec.recording.format import batch, frames
from agentrec.recording.format.header import (
    DEFAULT_SIZE,
    check_bounds,
    dump_json,
    header_size,
    new_file_id,
    pack_header,
)
from agentrec.recording.format.index import Index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from agentrec.json_values import JsonObject
    from agentrec.recording.encryption.encryptor import Encryptor
    from agentrec.recording.format.batch import Record
    from agentrec.recording.format.segments import SegmentWriter
    from agentrec.recording.sink import RecordingSink, Signer

    class BackgroundTask(Protocol):
        """Works beside a writer, on what it has written."""

        def start(self) -> None: ...
        def finish(self) -> None: ...
else:
    RecordingSink = object  # protocols are for type checkers: `typing` takes its time to load


# Leaves 100 ms of the promised 250 for waking, compressing and writing.
FLUSH_SECONDS = 0.15
# Queued bytes that make a burst.
BURST_BYTES = 512 << 10
# A child waits when more is to be written.
MAX_PENDING_BYTES = 16 << 20
# A recording without stored chunks is compressed again at its end if its payload is between these:
# below, the gain is not worth it; above, the user would wait for a few percent.
_MIN_COMPACT_BYTES = 32 << 10
_MAX_COMPACT_BYTES = 32 << 20
# Memory of a queued record beside its payload, about.
_RECORD_OVERHEAD_BYTES = 64
_PIPES = {"stdin": batch.STDIN, "stdout": batch.STDOUT, "stderr": batch.STDERR}


class Writer(RecordingSink):
    """Writes one recording. Every method may be called from any thread.

    ``start()`` starts the thread, so that a process can be forked between creation and start.
    After the first failed write nothing more is written and :attr:`failure` says why; no method
    raises for it, because a recorder must never harm what it records.
    """

    path: str
    failure: Exception | None
    compacting: bool  # true while close() compresses what was stored

    def __init__(
        self,
        path: str,
        header: "JsonObject",
        *,
        overwrite: bool = False,
        recipients: "list[str] | None" = None,
    ) -> None:
        """Create the file (0600) and write the header.

        With ``recipients``, public keys, everything is encrypted so that only they can read it.

        Raises OutputError when that is not possible, also when the file exists and ``overwrite`` is false.
        """
        self.path = path
        self.failure = None
        self.compacting = False
        file_id = new_file_id()
        if recipients:
            header = {**header, "recipients": list(recipients)}
        packed = pack_header(header, file_id)
        self._fd = _create(path, overwrite=overwrite)
        self._whole_until = 0  # everything before this offset is whole frames
        self._encryptor: Encryptor | None = None
        begin = frames.MAGIC + packed
        if recipients:
            from agentrec.recording.encryption.encryptor import encrypted_from

            self._encryptor, begin = encrypted_from(begin, recipients, header, file_id)
        self._begin(begin)
        self._segments: SegmentWriter | None = None
        self._start_values = (file_id, packed, header)
        self._lock = threading.Lock()
        self._queue: list[Record] = []
        self._queued = self._writing = 0
        self.seq = 0
        self._t = 0
        self._index = Index()  # what callers hand over; the SegmentWriter adds where it went
        self._work_waits = threading.Event()  # the queue is not empty, or the writer closes
        self._at_once = threading.Event()  # do not wait for the flush interval
        self._progress = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None
        self._keyframes: list[tuple[int, int, bytes]] = []
        self._task: BackgroundTask | None = None
        self._signer: Signer | None = None

    @property
    def written(self) -> int:
        """Payload bytes that are in the file."""
        return self._index.raw

    @property
    def pending(self) -> int:
        """Bytes taken from callers and not yet in the file."""
        return self._queued + self._writing

    @property
    def packable(self) -> int:
        """Once closed: bytes of payload that would be smaller if they were compressed as a whole."""
        if self.failure or self._encryptor or not self._segments:
            return 0
        return self._index.raw if _can_shrink(self._segments.index) else 0

    @property
    def room(self) -> int:
        """Bytes it can take now; 0 or less: the disk does not keep up."""
        return MAX_PENDING_BYTES - self.pending

    def attach(self, task: "BackgroundTask") -> None:
        """Have ``task`` started when this starts, and finished before this ends the file."""
        self._task = task

    def sign_with(self, signer: "Signer") -> None:
        """Have ``signer`` sign what is written. Call this before anything is."""
        self._signer = signer
        self.event(0, "sys", "signer", signer.session)

    def start(self) -> None:
        """Start the thread, which writes what was queued before, too. If it cannot start, writing fails."""
        thread = threading.Thread(target=self._run, name="agentrec-writer", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the user's limit of threads is reached
            self._give_up(error)
            return
        self._thread = thread
        if self._task:
            self._task.start()

    def output(self, t: int, data: bytes) -> None:
        """The child wrote ``data`` at ``t`` ns."""
        self._put(t, batch.OUTPUT, data, "term/output")

    def input(self, t: int, data: bytes) -> None:
        """The user typed ``data`` at ``t`` ns."""
        self._put(t, batch.INPUT, data, "term/input")

    def pipe(self, t: int, stream: str, data: bytes, *, shown: bool) -> None:
        """``data`` passed at ``t`` ns through ``stream``, which is not a terminal."""
        if shown:
            kind = batch.STDOUT_SHOWN if stream == "stdout" else batch.STDERR_SHOWN
            self._put(t, kind, data, "term/output")
        else:
            self._put(t, _PIPES[stream], data, f"term/{stream}")

    def resize(self, t: int, cols: int, rows: int) -> None:
        """The terminal became ``cols`` x ``rows`` at ``t`` ns."""
        self._put(t, batch.RESIZE, batch.SIZE.pack(cols, rows), "term/resize")

    def event(
        self,
        t: int,
        track: str,
        kind: str,
        data: "JsonObject",
        *,
        span: str | None = None,
        parent: str | None = None,
        actor: str | None = None,
    ) -> int:
        """Any other event at ``t`` ns; returns its seq. Raises FormatError when ``data`` is not JSON."""
        body: JsonObject = {"track": track, "kind": kind, "data": data}
        links = {"span": span, "parent": parent, "actor": actor}
        body.update((name, value) for name, value in links.items() if value is not None)
        return self._put(t, batch.JSON, dump_json(body), f"{track}/{kind}")

    def encoded_events(self, records: "Sequence[tuple[int, bytes, str]]") -> None:
        """Events as time, payload and ``track/kind``. Raises FormatError when one is not JSON."""
        for t, payload, name in records:
            check_bounds(payload)
            self._put(t, batch.JSON, payload, name)

    def keyframe(self, seq: int, t: int, payload: bytes) -> None:
        """Add a KEYFRAME's payload: the terminal after the first ``seq`` events, at ``t`` ns."""
        with self._lock:
            self._keyframes.append((seq, t, payload))
        self._work_waits.set()

    def flush(self) -> None:
        """Return when everything queued so far is in the file, or writing has failed."""
        with self._progress:
            while self.pending and self._alive():
                self._at_once.set()
                self._progress.wait(0.05)

    def close(self, *, compact: bool = True) -> None:
        """Write the queue, index and end; then make the file smaller if that is worth the time.

        The file is complete before it is made smaller: a KeyboardInterrupt then loses nothing.
        """
        if self._thread is None and not self.failure:
            self.start()
        if self._task and self._thread:
            self.flush()
            self._task.finish()
        self._closing = True
        self._at_once.set()
        self._work_waits.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._fd < 0:
            return
        self._rescue()
        compact = compact and not self._encryptor and self._in_place()  # no private key is here
        os.close(self._fd)
        self._fd = -1
        if compact and not self.failure and self._segments and _can_shrink(self._segments.index):
            self._compact(self._segments.index)

    def _put(self, t: int, kind: int, payload: bytes, name: str) -> int:
        if len(payload) > batch.MAX_RECORD_BYTES:
            if kind in batch.BYTE_RECORDS:
                self._put(t, kind, payload[: batch.MAX_RECORD_BYTES], name)
                return self._put(t, kind, payload[batch.MAX_RECORD_BYTES :], name)
            raise OutputError(f"an event of {len(payload)} bytes exceeds the format's limit")
        with self._lock:
            seq = self.seq
            if self.failure:
                return seq
            if t < self._t:
                t = self._t  # from several threads: times never decrease in a file
            self._t = t
            self.seq = seq + 1
            self._queue.append((t, kind, payload))
            self._queued += len(payload) + _RECORD_OVERHEAD_BYTES
            queued = self._queued
            self._index.count(seq, t, name, len(payload))
        if not self._work_waits.is_set():
            self._work_waits.set()
        if queued >= BURST_BYTES and not self._at_once.is_set():
            self._at_once.set()
        return seq

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the child must go on
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        """Stop writing, and release everyone who waits in flush()."""
        with self._lock:
            self.failure = self.failure or error
            self._queue, self._queued, self._writing = [], 0, 0

    def _work(self) -> None:
        # The compressor and the hash cost some ms to import: here they overlap with the child's start.
        import hashlib

        from agentrec.recording.format.segments import SegmentWriter

        if self._encryptor:
            self._encryptor.load()
        file_id, packed, header = self._start_values
        segments = self._segments = SegmentWriter(
            self._write,
            file_id,
            offset=len(frames.MAGIC) + len(packed),
            chain=hashlib.sha256(packed).digest(),
            size=header_size(header) or DEFAULT_SIZE,
            index=self._index,
        )
        while not (self._closing and not self._queue and not self._keyframes):
            if not self._closing:
                self._work_waits.wait(self._signer.seconds_left() if self._signer else None)
            if not self._closing:
                self._at_once.wait(FLUSH_SECONDS)
            self._write_queue(segments)
        if self._signer and not self.failure:
            segments.add(self._signed_end(self._signer))
        if not self.failure:
            segments.finish()

    def _write_queue(self, segments: "SegmentWriter") -> None:
        with self._lock:
            records, self._queue = self._queue, []
            keyframes, self._keyframes = self._keyframes, []
            self._writing, self._queued = self._queued, 0
            self._work_waits.clear()
            self._at_once.clear()
        if records and not self.failure:
            segments.add(records, store=self._writing >= BURST_BYTES)
        if self._signer and not self.failure:
            self._signer.add(records)
            if signature := self._signer.due():
                self.event(self._t, "sys", "signature", signature)
        for seq, t, payload in keyframes:
            segments.index.keyframes.append([segments.offset, seq, t])
            segments.keep(frames.KEYFRAME, frames.COMPRESSED | frames.DERIVED, payload)
        self._writing = 0
        with self._progress:
            self._progress.notify_all()

    def _signed_end(self, signer: "Signer") -> "list[Record]":
        """The last records: nothing comes between what is signed and the signature."""
        with self._lock:
            records, self._queue = self._queue, []
            signer.add(records)
            body: JsonObject = {"track": "sys", "kind": "signature", "data": signer.end()}
            payload = dump_json(body)
            self._index.count(self.seq, self._t, "sys/signature", len(payload))
            self.seq += 1
        return [*records, (self._t, batch.JSON, payload)]

    def _begin(self, data: bytes) -> None:
        self._append([data])
        if self.failure:
            _remove(self.path, self._fd)
            os.close(self._fd)
            why = getattr(self.failure, "strerror", None) or self.failure
            raise OutputError(f"cannot write {self.path}: {why}")

    def _alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _write(self, pieces: "Sequence[bytes]") -> None:
        """Append whole frames of the recording, unless writing has failed."""
        if not self.failure:
            self._append(self._encryptor.encrypt(pieces) if self._encryptor else pieces)

    def _append(self, pieces: "Sequence[bytes]") -> None:
        """Append to the file; at the first error cut it back to the last whole frame."""
        try:
            frames.write_all(self._fd, pieces)
            self._whole_until += sum(map(len, pieces))
        except OSError as error:
            self.failure = error
            try:
                os.ftruncate(self._fd, self._whole_until)
            except OSError:
                pass  # readers expect a torn last frame after a crash anyway

    def _rescue(self) -> None:
        """Write the file again if it was removed meanwhile (an agent's `git clean`, `rm -rf`)."""
        try:
            if os.fstat(self._fd).st_nlink:
                return
            from agentrec.recording.rewrite import put_back

            put_back(self._fd, self.path)
        except OSError as error:
            self.failure = self.failure or error

    def _in_place(self) -> bool:
        """Whether the file still has its name, and no other file has taken it."""
        try:
            return os.path.samestat(os.stat(self.path), os.fstat(self._fd))
        except OSError:
            return False

    def _compact(self, index: Index) -> None:
        from agentrec.recording.rewrite import compact, quality_for

        self.compacting = True
        try:
            compact(self.path, quality_for(index.raw, index.stored))
        except (OSError, FormatError, KeyboardInterrupt):
            pass  # no room for a second copy, or interrupted: the first is complete
        finally:
            self.compacting = False


class ForwardingSink(RecordingSink):
    """Passes everything on to ``sink``. Subclasses change what they are there for."""

    def __init__(self, sink: RecordingSink) -> None:
        self._sink = sink

    @property
    def path(self) -> str:
        return self._sink.path

    @property
    def pending(self) -> int:
        return self._sink.pending

    @property
    def room(self) -> int:
        return self._sink.room

    @property
    def written(self) -> int:
        return self._sink.written

    @property
    def failure(self) -> Exception | None:
        return self._sink.failure

    @property
    def packable(self) -> int:
        return self._sink.packable

    @property
    def compacting(self) -> bool:
        return self._sink.compacting

    def start(self) -> None:
        self._sink.start()

    def output(self, t: int, data: bytes) -> None:
        self._sink.output(t, data)

    def input(self, t: int, data: bytes) -> None:
        self._sink.input(t, data)

    def pipe(self, t: int, stream: str, data: bytes, *, shown: bool) -> None:
        self._sink.pipe(t, stream, data, shown=shown)

    def resize(self, t: int, cols: int, rows: int) -> None:
        self._sink.resize(t, cols, rows)

    def event(
        self,
        t: int,
        track: str,
        kind: str,
        data: "JsonObject",
        *,
        span: str | None = None,
        parent: str | None = None,
        actor: str | None = None,
    ) -> int:
        return self._sink.event(t, track, kind, data, span=span, parent=parent, actor=actor)

    def encoded_events(self, records: "Sequence[tuple[int, bytes, str]]") -> None:
        self._sink.encoded_events(records)

    def flush(self) -> None:
        self._sink.flush()

    def close(self, *, compact: bool = True) -> None:
        self._sink.close(compact=compact)


def _can_shrink(index: Index) -> bool:
    return bool(index.stored) or _MIN_COMPACT_BYTES <= index.raw <= _MAX_COMPACT_BYTES


def _create(path: str, *, overwrite: bool) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | (0 if overwrite else os.O_EXCL)
    try:
        fd = os.open(path, flags, 0o600)
    except FileExistsError:
        raise OutputError(
            f"{path} already exists", "choose another file, or use --overwrite"
        ) from None
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from None
    if not try_lock(fd, tries=LOCK_TRIES):
        os.close(fd)
        raise OutputError(f"{path} is being recorded right now", "choose another file")
    if overwrite and stat.S_ISREG(os.fstat(fd).st_mode):
        empty(fd, path)
    return fd


def _remove(path: str, fd: int) -> None:
    """Remove a file that could not be begun, but no device or pipe."""
    try:
        if stat.S_ISREG(os.fstat(fd).st_mode) and os.path.samestat(os.stat(path), os.fstat(fd)):
            os.unlink(os.path.realpath(path))  # what a link points to, not the link
    except OSError:
        pass  # an empty file remains

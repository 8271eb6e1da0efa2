"""Passes bytes between the recorder's standard streams that are not a terminal and the command's pipes.

One object a stream, run by the pump's poll(). Everything is passed on before it is recorded.
"""

from __future__ import annotations

import os
import select
import signal
import stat
from errno import EPIPE

from agentrec.capture.io.child_streams import FILE, STREAMS, TERMINAL, position
from agentrec.capture.io.nonblocking_writer import NonblockingWriter, PeerClosedError
from agentrec.capture.io.poller import IN, OUT
from agentrec.capture.shutdown import DRAIN_LIMIT_BYTES, DRAIN_LIMIT_NS, QUIET_NS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import hashlib
    from collections.abc import Callable, Iterator

    from agentrec.capture.io.child_streams import ChildStreams
    from agentrec.capture.io.poller import Poller
    from agentrec.json_values import JsonObject
    from agentrec.recording.sink import EventSink

# What may wait for a slow reader of the output before the command is held up.
BACKLOG_BYTES = 256 << 10
_READ_BYTES = 64 << 10
_REREAD_BYTES = 1 << 20
# More of a file on standard input is not read a second time.
MAX_REREAD_BYTES = 256 << 20
_GONE = select.POLLERR  # asked for so that poll() tells when the other end is closed


class Pipes:
    """All streams of one recording; ``sink`` takes what passes through them.

    ``kinds`` are the recorder's streams, see :func:`agentrec.capture.io.child_streams.stream_kinds`;
    ``streams`` the command's.
    """

    def __init__(
        self,
        streams: ChildStreams,
        kinds: list[str],
        sink: EventSink,
        clock: Callable[[], int],
        *,
        captures_input: bool,
    ) -> None:
        self._sink, self._clock = sink, clock
        ends = streams.ends
        record_input = self._record if captures_input else None
        self._file = FileInput(streams.start, record_input) if kinds[0] == FILE else None
        self._input = InputPipe(ends[0], record_input) if 0 in ends else None
        on_screen = kinds[1] != TERMINAL
        self._outputs = [
            OutputPipe(fd, ends[fd], self._record, shown=on_screen) for fd in (1, 2) if fd in ends
        ]

    def watch(self, poller: Poller, before_output: Callable[[], None]) -> None:
        """Have ``poller`` call the streams, and ``before_output`` be called before output is passed on."""
        if self._input:
            self._input.watch(poller)
        for output in self._outputs:
            output.watch(poller, before_output)

    def arm(self, *, disk_is_slow: bool, child_ended: bool) -> None:
        """Watch for what there is room for."""
        if self._input:
            self._input.arm(child_ended=child_ended)
        for output in self._outputs:
            output.arm(disk_is_slow=disk_is_slow)

    def drained(self, now: int) -> bool:
        """Whether the output of a command that has ended was passed on: it is closed or silent."""
        waiting = [output for output in self._outputs if not output.drained(now)]
        return not waiting

    def close(self) -> None:
        """The command has ended. Output that others still write goes on without us."""
        for stream in self._all():
            stream.close()

    @property
    def failures(self) -> list[str]:
        """Why output of the command is lost, a line for each stream."""
        return [output.failure for output in self._outputs if output.failure]

    def report(self) -> None:
        """Add what passed through each stream."""
        for stream in (self._file, *self._all()):
            if stream:
                self._sink.event(self._clock(), "term", "eof", stream.facts())

    def _all(self) -> Iterator[InputPipe | OutputPipe]:
        if self._input:
            yield self._input
        yield from self._outputs

    def _record(self, stream: str, data: bytes, *, shown: bool) -> int:
        now = self._clock()
        self._sink.pipe(now, stream, data, shown=shown)
        return now


class InputPipe:
    """Standard input on its way to the command.

    ``record`` stores it; without it, only its length and hash are kept. It is read ahead, up to what the
    command's pipe holds.
    """

    def __init__(self, end: int, record: Callable[..., int] | None) -> None:
        self._record = record
        self._fd = _own(0, os.O_RDONLY)
        self._to = NonblockingWriter(end, nonblocking=True)
        self._open = True  # more may come
        self._taken = True  # the command has not closed its end
        self._bytes = 0
        self._hash = None if record else _sha256()
        self._poller: Poller | None = None

    def watch(self, poller: Poller) -> None:
        self._poller = poller
        poller.watch(self._fd, 0, self._on_readable)
        poller.watch(self._to.fd, _GONE, self._on_writable)

    def arm(self, *, child_ended: bool) -> None:
        if not self._poller:
            return
        if self._open:
            room = not self._to.size and self._taken and not child_ended
            self._poller.arm(self._fd, IN if room else 0)
        if self._taken:
            self._poller.arm(self._to.fd, _GONE | (OUT if self._to.size else 0))

    def facts(self) -> JsonObject:
        data: JsonObject = {"stream": STREAMS[0], "bytes": self._bytes}
        if self._hash:
            data["sha256"] = self._hash.hexdigest()
        return data

    def close(self) -> None:
        self._close_end()
        self._close_source()

    def _on_readable(self, _ready: int) -> None:
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError:  # the terminal or socket behind it is gone
            data = b""
        if not data:
            self._close_source()
            if not self._to.size:
                self._close_end()
            return
        self._bytes += len(data)
        self._send(data)
        if self._record:
            self._record(STREAMS[0], data, shown=False)
        elif self._hash:
            self._hash.update(data)

    def _on_writable(self, ready: int) -> None:
        if ready & OUT and self._to.size:
            self._send(b"")
        elif ready & ~OUT:
            self._stop()
        if not self._open and not self._to.size:
            self._close_end()

    def _send(self, data: bytes) -> None:
        try:
            if data:
                self._to.send(data)
            else:
                self._to.flush()
        except PeerClosedError:
            self._stop()

    def _stop(self) -> None:
        """The command has closed its end: whoever writes to us is to learn it."""
        self._to.clear()
        self._close_end()
        self._close_source()

    def _close_end(self) -> None:
        if self._taken:
            self._taken = False
            _forget(self._poller, self._to.fd)
            os.close(self._to.fd)

    def _close_source(self) -> None:
        if not self._open:
            return
        self._open = False
        _forget(self._poller, self._fd)
        if self._fd:
            os.close(self._fd)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0, inheritable=False)
        os.close(null)


class OutputPipe:
    """Standard output or error on its way out; ``record`` stores it and tells the time.

    ``shown``: the screen shows it, too, unless it is not text. ``failure``: why some of it is lost.
    """

    def __init__(self, fd: int, end: int, record: Callable[..., int], *, shown: bool) -> None:
        self._stream = STREAMS[fd]
        self._fd, self._end = fd, end
        self._record, self._shown = record, shown
        own = _own(fd, os.O_WRONLY)
        self._is_file = _is_file(fd)
        self._out: NonblockingWriter | None = NonblockingWriter(own, nonblocking=own != fd)
        self._open = True  # some process may still write
        self.failure = ""
        self._held_up = False
        self._bytes = self._last = self._drained_bytes = 0
        self._drain_start: int | None = None
        self._poller: Poller | None = None
        self._before_output: Callable[[], object] = int

    def watch(self, poller: Poller, before_output: Callable[[], None]) -> None:
        self._poller, self._before_output = poller, before_output
        poller.watch(self._end, IN, self._on_readable)
        if self._out and not self._is_file:
            poller.watch(self._out.fd, _GONE, self._on_writable)

    def arm(self, *, disk_is_slow: bool) -> None:
        if not self._poller or not self._out:
            return
        waiting = self._out.size
        self._held_up = waiting >= BACKLOG_BYTES or disk_is_slow
        if self._open:
            self._poller.arm(self._end, 0 if self._held_up else IN)
        if not self._is_file:
            self._poller.arm(self._out.fd, _GONE | (OUT if waiting else 0))

    def drained(self, now: int) -> bool:
        if self._drain_start is None or self._held_up or (self._out and self._out.size):
            # A slow reader is not silence.
            self._drain_start = self._last = now
            self._drained_bytes = 0
        if self._out and self._out.size:
            return False
        if not self._open or now - self._last >= QUIET_NS:
            return True
        return now - self._drain_start >= DRAIN_LIMIT_NS or self._drained_bytes >= DRAIN_LIMIT_BYTES

    def facts(self) -> JsonObject:
        return {"stream": self._stream, "bytes": self._bytes}

    def close(self) -> None:
        if self._open and self._out and not self._out.size:
            _relay(self._end, self._fd)
        self._close_end()

    def _on_readable(self, _ready: int) -> None:
        try:
            data = os.read(self._end, _READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            self._close_end()
            return
        self._bytes += len(data)
        self._drained_bytes += len(data)
        self._before_output()
        self._pass_on(data)
        self._shown = self._shown and b"\0" not in data
        self._last = self._record(self._stream, data, shown=self._shown)

    def _pass_on(self, data: bytes) -> None:
        if not self._out:
            return
        try:
            if self._is_file:
                _write_all(self._out.fd, data)
            else:
                self._out.send(data)
        except PeerClosedError as error:
            self._failed(error)

    def _on_writable(self, ready: int) -> None:
        if not self._out:
            return
        try:
            if ready & OUT:
                self._out.flush()
            elif ready & _GONE:
                self._reader_left()
        except PeerClosedError as error:
            self._failed(error)

    def _failed(self, error: PeerClosedError) -> None:
        """What the command wrote is lost. That its reader left is for the command alone to know."""
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno != EPIPE:
            self.failure = f"cannot write {self._stream}: {cause.strerror}"
        self._reader_left()

    def _reader_left(self) -> None:
        """Nobody reads what the command writes: it is to learn it as it would without us."""
        if self._out:
            _forget(self._poller, self._out.fd)
            self._out = None
        self._close_end()

    def _close_end(self) -> None:
        if self._open:
            self._open = False
            _forget(self._poller, self._end)
            os.close(self._end)


class FileInput:
    """A file that is the command's standard input as it is ours, position and all.

    It is read again at the end, as far as its position tells that the command has read it.
    """

    def __init__(self, start: int, record: Callable[..., int] | None) -> None:
        self._start, self._record = start, record

    def facts(self) -> JsonObject:
        size = max(0, position(0) - self._start)
        data: JsonObject = {"stream": STREAMS[0], "bytes": size}
        if size > MAX_REREAD_BYTES:
            return data
        if self._record:
            for piece in self._pieces(size):
                self._record(STREAMS[0], piece, shown=False)
            return data
        digest = _sha256()
        for piece in self._pieces(size):
            digest.update(piece)
        data["sha256"] = digest.hexdigest()
        return data

    def _pieces(self, size: int) -> Iterator[bytes]:
        at, end = self._start, self._start + size
        try:
            while at < end and (data := os.pread(0, min(_REREAD_BYTES, end - at), at)):
                yield data
                at += len(data)
        except OSError:
            return  # as much as could be read


def _sha256() -> hashlib._Hash:
    from hashlib import sha256  # takes its time to load

    return sha256()


def _own(fd: int, flags: int) -> int:
    """A non-blocking descriptor of our own for the pipe behind ``fd``; ``fd`` itself for anything else.

    O_NONBLOCK belongs to the open file, which others share.
    """
    if not stat.S_ISFIFO(os.fstat(fd).st_mode):
        return fd
    try:
        return os.open(f"/dev/fd/{fd}", flags | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return fd


def _is_file(fd: int) -> bool:
    return stat.S_ISREG(os.fstat(fd).st_mode)


def _write_all(fd: int, data: bytes) -> None:
    """Write to a file, which always takes it or never. Raises PeerClosedError."""
    try:
        while data:
            data = data[os.write(fd, data) :]
    except OSError as error:
        raise PeerClosedError(error.strerror) from error


def _forget(poller: Poller | None, fd: int) -> None:
    if poller:
        poller.watch(fd, 0, None)


def _relay(source: int, target: int) -> None:
    """Leave a process behind that passes on what others of the command's processes still write."""
    os.set_blocking(source, True)
    null = os.open(os.devnull, os.O_WRONLY)
    actions = [
        (os.POSIX_SPAWN_DUP2, source, 0),
        (os.POSIX_SPAWN_DUP2, target, 1),
        (os.POSIX_SPAWN_DUP2, null, 2),
    ]
    try:
        os.posix_spawnp(
            "cat", ["cat"], {}, file_actions=actions, setpgroup=0, setsigdef=[signal.SIGPIPE]
        )
    except OSError:
        pass  # then they learn that nobody reads any more
    finally:
        os.close(null)

"""The pump: moves bytes between the user's terminal and the child, and has them recorded.

One thread, one poll(). The user's terminal always comes first; the recording only ever queues.
"""

from __future__ import annotations

import os
import select
import signal
import termios

from agentrec.capture.io import tty
from agentrec.capture.io.nonblocking_writer import NonblockingWriter, PeerClosedError
from agentrec.capture.io.poller import IN, OUT, Poller
from agentrec.capture.prefix_key import PAUSE
from agentrec.capture.shutdown import Shutdown
from agentrec.times import NS_PER_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from agentrec.capture.interruption import Interruption
    from agentrec.capture.io.child import Child
    from agentrec.capture.io.signal_pipe import SignalPipe
    from agentrec.capture.io.user_terminal import UserTerminal
    from agentrec.capture.pipes import Pipes
    from agentrec.capture.recording_plan import ChildSize
    from agentrec.capture.terminal_recorder import TerminalRecorder

    class Responder(Protocol):
        """Replies to a program's terminal queries."""

        def feed(self, data: bytes) -> list[bytes]: ...
        def resize(self, cols: int, rows: int) -> None: ...


# What may wait for a slow terminal or a slow disk before the child is held up, and for the child
# before typing is.
USER_BACKLOG_BYTES = 256 << 10
CHILD_BACKLOG_BYTES = 64 << 10
# Output that is read from the child before other descriptors have their turn.
BATCH_BYTES = 64 << 10
MIN_BATCH_BYTES = 1024
# Output pours when a batch has this much: then so many more are read before anything else is looked after,
# unless something else is ready or none comes for so long.
POURING_BYTES = 2048
POURING_BATCHES = 16
POURING_WAIT_MS = 1
# A read this long may have left something behind; a shorter one has not.
FULL_READ_BYTES = 512
_TYPED_BYTES = 1 << 16

ENDING_SIGNALS = frozenset({signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM})

# How often a job in the background looks whether it still is, and how often to look again at a PTY
# that no process holds open, and at a slow disk.
BACKGROUND_POLL_NS = 200 * NS_PER_MS
CLOSED_PTY_POLL_NS = 50 * NS_PER_MS
SHARED_TERMINAL_POLL_NS = 100 * NS_PER_MS
SLOW_DISK_POLL_NS = 5 * NS_PER_MS
# How often to look at the size of the child's terminal while output pours; otherwise with all output.
SIZE_POLL_NS = 5 * NS_PER_MS
# A program that shows something at once does so within this; what else there is to do can wait for it.
FIRST_OUTPUT_MS = 5


class Pump:
    """Runs one recording from the started child to its end.

    ``clock()`` gives nanoseconds since the start. Set ``responder`` where no terminal replies to the
    child's queries. What is put into ``later`` is called in its order, one call at a time, between looks
    at the child: what the child shows first does not wait for it.
    """

    def __init__(
        self,
        child: Child,
        user: UserTerminal,
        terminal: TerminalRecorder,
        signals: SignalPipe,
        *,
        clock: Callable[[], int],
        size: ChildSize,
        pipes: Pipes | None = None,
        interruption: Interruption | None = None,
    ) -> None:
        self.poller = Poller()
        self.shutdown = Shutdown()
        self.responder: Responder | None = None
        self.later: list[Callable[[], object]] = []
        self.on_pause_key: Callable[[], object] = int
        self._child, self._user, self._terminal = child, user, terminal
        self._signals, self._clock, self._size = signals, clock, size
        self._to_child = NonblockingWriter(child.fd, nonblocking=True)
        self._pty_open = True  # some process holds the slave side, as far as we know
        self._last_typed = b""
        self._last_batch = 0  # bytes of output read last
        self._room = MIN_BATCH_BYTES  # for output in the recording, when it was looked at last
        self._size_due = 0
        self._in_background = user.is_shared and not user.is_foreground()
        self._pipes = pipes
        self._interruption = interruption
        self._before_keys = select.poll()
        for fd in (signals.fd, child.reports):
            self._before_keys.register(fd, IN)
        self._watch_all()

    def _watch_all(self) -> None:
        watch = self.poller.watch
        watch(self._signals.fd, IN, self._on_signal)
        watch(self._child.fd, IN, self._on_child)
        watch(self._child.reports, IN, self._on_report)
        if self._user.input is not None:
            watch(self._user.input, IN, self._on_user)
        if self._user.output:
            watch(self._user.output.fd, 0, self._on_writable)
        if self._pipes:
            self._pipes.watch(self.poller, self._before_pipe)
        if self._interruption:
            watch(self._interruption.fd, IN, self._on_interruption)

    def run(self) -> None:
        """Pump until the child has ended and everything it wrote was shown and queued."""
        self._begin()
        while not self._finished():
            if self._child.stopped is not None and self._user.is_interactive:
                self._suspend()
            held_up = self._arm()
            self.poller.wait(self._timeout(held_up) if held_up or self._has_times() else None)
            if self._last_batch >= POURING_BYTES:
                self._read_on()
            if self._has_times():
                self._on_time()

    def _read_on(self) -> None:
        """While output pours, go on with it: the rest is looked after less often."""
        for _ in range(POURING_BATCHES):
            pours = self._last_batch >= POURING_BYTES and self._pty_open and not self._pipes
            self._room = self._terminal.room
            if not pours or self._user.waiting or self._room <= 0:
                return
            self._last_batch = 0
            if not self.poller.is_only(self._child.fd, POURING_WAIT_MS):
                return
            self._on_child(IN)

    def _begin(self) -> None:
        """Do what there is to do, and look after the child meanwhile."""
        self._arm()
        self.poller.wait(FIRST_OUTPUT_MS)
        for call in self.later:
            call()
            self._arm()
            self.poller.wait(0)

    def catch_up(self) -> None:
        """Take what the child has written by now: what is recorded next came after it."""
        if self._user.waiting < USER_BACKLOG_BYTES:
            self._on_child(IN)

    def _before_pipe(self) -> None:
        """What is passed on next may be shown by others of the job: the terminal is up to date first."""
        if self._user.is_shared and self._user.has_terminal:
            self.catch_up()
            self._user.follow(self._child.input_flags())

    # --- waiting ------------------------------------------------------------------------------

    def _arm(self) -> bool:
        """Watch for what there is room for; true when the child is held up."""
        user, poller = self._user, self.poller
        self._room = self._terminal.room
        held_up = user.waiting >= USER_BACKLOG_BYTES or self._room <= 0
        if self._pty_open:
            poller.arm(self._child.fd, (0 if held_up else IN) | (OUT if self._to_child.size else 0))
        if user.input is not None:
            room = self._to_child.size < CHILD_BACKLOG_BYTES and not self.shutdown.child_ended
            room = room and not self._in_background and user.reads_keys
            poller.arm(user.input, IN if room else 0)
        if user.output:
            poller.arm(user.output.fd, OUT if user.output.size else 0)
        if self._pipes:
            self._pipes.arm(
                disk_is_slow=self._room <= 0,
                child_ended=self.shutdown.child_ended,
            )
        return held_up

    def _has_times(self) -> bool:
        """Whether something may be due although no descriptor is ready."""
        return (
            self.shutdown.has_begun
            or not self._pty_open
            or self._user.is_shared
            or self._in_background
            or self._terminal.deadline is not None
        )

    def _timeout(self, held_up: bool) -> int | None:
        now = self._clock()
        if held_up:
            self.shutdown.held_up(now)
        times = [self._terminal.deadline, self.shutdown.deadline(now)]
        if held_up and self._user.waiting < USER_BACKLOG_BYTES:
            times.append(now + SLOW_DISK_POLL_NS)
        if not self._pty_open and not self.shutdown.child_ended and self._user.has_terminal:
            times.append(now + CLOSED_PTY_POLL_NS)
        if self._user.is_shared and self._user.has_terminal and not self.shutdown.child_ended:
            times.append(now + SHARED_TERMINAL_POLL_NS)
        if self._in_background:
            times.append(now + BACKGROUND_POLL_NS)
        soonest = min((time for time in times if time is not None), default=None)
        return None if soonest is None else max(0, (soonest - now) // NS_PER_MS + 1)

    def _finished(self) -> bool:
        if self.shutdown.abandoned:
            return True
        if not self.shutdown.child_ended:
            return False
        if self._pty_open and self.shutdown.drained(self._clock()) and not self._read_rest():
            self._set_pty_open(False)  # what still writes there is not our child
        if self._pipes and not self._pipes.drained(self._clock()):
            return False
        return not self._pty_open and not self._user.waiting

    def _read_rest(self) -> bool:
        """Read once more from a terminal that others hold open; true when there was something."""
        now = self._clock()
        self._on_child(IN)
        return self.shutdown.output_since(now)

    def _on_time(self) -> None:
        now = self._clock()
        deadline = self._terminal.deadline
        if deadline is not None and now >= deadline:
            self._send_to_child(self._terminal.tick(now, hidden=self._hidden()))
        if self._in_background and self._user.is_foreground():
            self._continue()  # `fg` sends no signal to a job that runs
        if self._user.is_shared and not self.shutdown.child_ended:
            self._user.follow(self._child.input_flags())
        if self.shutdown.kill_is_due(now):
            self._child.send(signal.SIGKILL, leader=True)
        if not self._pty_open and not self.shutdown.child_ended:
            self._on_child(IN)  # a program may open its terminal again

    # --- bytes --------------------------------------------------------------------------------

    def _on_child(self, ready: int) -> None:
        if ready & OUT:
            self._flush_to_child()
        if not ready & ~OUT:
            return
        data = self._read_and_show()
        self._last_batch = len(data)
        if not data:
            return
        now = self._clock()
        if self._last_batch < POURING_BYTES or now >= self._size_due:
            self._size_due = now + SIZE_POLL_NS
            size = tty.get_size(self._child.fd)
            if size and size[:2] != self._terminal.size:
                self._record_size(size)  # the program has changed it itself (`stty cols`)
        self._terminal.output(now, data)
        self.shutdown.output(now, len(data))
        if self.responder:
            for reply in self.responder.feed(data):
                self._send_to_child(reply)

    def _read_and_show(self) -> bytes:
        """Read what the child has written, up to a batch, and show it; empty: there is nothing.

        Every read is shown at once, so that the terminal works on it while the next one is read.
        """
        parts = []
        room = min(BATCH_BYTES, max(self._room, MIN_BATCH_BYTES))
        try:
            while room > 0:
                part = os.read(self._child.fd, room)
                parts.append(part)
                room -= len(part)
                self._show(part)
                if len(part) < FULL_READ_BYTES or self._user.waiting:
                    break
        except BlockingIOError:
            self._set_pty_open(True)
        except OSError:  # no process holds the slave side any more
            if not parts:
                self._set_pty_open(False)
        else:
            self._set_pty_open(bool(parts[-1]))
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _show(self, data: bytes) -> None:
        try:
            if self._user.is_shared:
                self._user.follow(self._child.input_flags(), used=True)
            self._user.show(data)
        except PeerClosedError:
            self._hang_up()

    def _set_pty_open(self, is_open: bool) -> None:
        if is_open != self._pty_open:
            self._pty_open = is_open
            self.poller.arm(self._child.fd, IN if is_open else 0)

    def _on_user(self, _ready: int) -> None:
        fd = self._user.input
        self._look_before_keys()
        if fd is None or self.shutdown.child_ended:
            return  # what is typed from now on is for the user's shell
        try:
            data = os.read(fd, _TYPED_BYTES)
        except BlockingIOError:
            return
        except OSError:  # the terminal is gone
            data = b""
        if not data:
            self._end_of_input(fd)
            return
        self._look_before_keys()  # a resize that came before the key is known before the key
        self._last_typed = data[-1:]
        forward, action = self._terminal.input(self._clock(), data, hidden=self._hidden())
        self._send_to_child(forward)
        if action == PAUSE:
            self.on_pause_key()
        if action:
            self._confirm()

    def _look_before_keys(self) -> None:
        """Take the signals and reports that are there. An empty read would be slower than this poll."""
        if self._before_keys.poll(0):
            self._on_signal(IN)

    def _end_of_input(self, fd: int) -> None:
        self.poller.watch(fd, 0, None)
        self._user.input = None
        if self._user.is_interactive:
            self._stop(signal.SIGHUP)
            return
        # A pipe has ended. A program that reads lines gets what a keyboard would send; a full-screen
        # one (ISIG clear) would take that for a key. An input that never had a byte has no end either.
        flags = self._child.input_flags()
        if self._last_typed and flags & (termios.ICANON | termios.ISIG):
            within_a_line = flags & termios.ICANON and self._last_typed != b"\n"
            self._send_to_child(self._child.end_of_input() * (2 if within_a_line else 1))

    def _hidden(self) -> bool:
        """Whether the child's terminal hides what is typed, as for a password."""
        if not self._terminal.captures_input:
            return False
        flags = self._child.input_flags()
        return bool(flags & termios.ICANON) and not flags & termios.ECHO

    def _send_to_child(self, data: bytes) -> None:
        if not data:
            return
        try:
            self._to_child.send(data)
        except PeerClosedError:
            self._to_child.clear()

    def _flush_to_child(self) -> None:
        try:
            self._to_child.flush()
        except PeerClosedError:
            self._to_child.clear()

    def _on_writable(self, _ready: int) -> None:
        try:
            self._user.flush()
        except PeerClosedError:
            self._hang_up()

    def _confirm(self) -> None:
        try:
            self._user.bell()
        except PeerClosedError:
            self._hang_up()

    # --- signals and endings ------------------------------------------------------------------

    def _on_signal(self, _ready: int) -> None:
        signals = self._signals.read()
        if signal.SIGTSTP in signals:
            self._child.send(signal.SIGTSTP)  # if it stops, so do we
        if signal.SIGCONT in signals:
            self._continue()
        elif signal.SIGWINCH in signals:
            self._resize()
        for number in signals & {signal.SIGINT, signal.SIGQUIT}:
            self._child.send(number)
        for number in signals & {signal.SIGHUP, signal.SIGTERM}:
            self._stop(number)
        self._reap()

    def _on_report(self, _ready: int) -> None:
        self._reap()

    def _on_interruption(self, _ready: int) -> None:
        """Somebody wants the command stopped: the user decides, or it ends where there is nobody to ask."""
        assert self._interruption
        self._interruption.take()
        if not self._interruption.reason or self.shutdown.child_ended:
            return
        if self._user.is_interactive and not self._in_background:
            self._child.send(signal.SIGSTOP, leader=True)  # once it has stopped, the user is asked
        else:
            self._end_interrupted()

    def _ask(self, interruption: Interruption) -> None:
        self._on_child(IN)
        self._user.suspend()
        if self._may_go_on(interruption.reason):
            interruption.go_on()
            self._continue()
            return
        self._end_interrupted()
        self._user.resume()
        self._child.resume()

    def _may_go_on(self, reason: str) -> bool:
        """The user's answer. Ctrl-C means no; Ctrl-Z stops us as it would stop the command."""
        self._user.ask(reason)
        while (answer := self._user.answer(self._signals.fd)) is None:
            signals = self._signals.read()
            if not signals.isdisjoint(ENDING_SIGNALS):
                return False
            if signal.SIGTSTP in signals:
                self._suspend_job()
                self._user.ask(reason)
        return answer

    def _end_interrupted(self) -> None:
        assert self._interruption
        self._interruption.end()
        self._stop(signal.SIGTERM)

    def _suspend(self) -> None:
        """The command has stopped: give the terminal back and stop as well, as the shell expects."""
        if self._interruption and self._interruption.reason:
            self._ask(self._interruption)
            return
        self._on_child(IN)  # what it showed last
        self._user.suspend()
        self._suspend_job()
        self._continue()

    def _suspend_job(self) -> None:
        self._signals.suspend_job()
        self._signals.read()  # our own SIGTSTP, and the SIGCONT that is dealt with now

    def _continue(self) -> None:
        """We run again: in the foreground with the terminal, after ``bg`` without it."""
        self._in_background = not self._user.is_foreground()
        if not self._in_background:
            self._user.resume()
            self._resize()
        if self._child.stopped is not None:
            self._child.resume()
        if not self._in_background:
            self._child.send(signal.SIGWINCH)  # full-screen programs repaint

    def _resize(self) -> None:
        size = self._size.fit(self._user.window())
        tty.set_size(self._child.fd, size)
        self._record_size(size)

    def _record_size(self, size: tty.Size) -> None:
        if self._terminal.resize(self._clock(), size[0], size[1]) and self.responder:
            self.responder.resize(size[0], size[1])

    def _reap(self) -> None:
        if not self.shutdown.child_ended and self._child.reap():
            self.shutdown.child_exited(self._clock())

    def _stop(self, number: int, send: int | None = None) -> None:
        if self.shutdown.stop(number, self._clock()):
            self._child.send(send or number, leader=True)

    def _hang_up(self) -> None:
        """The reader of the output is gone: the child gets what it gets when a terminal closes."""
        output = self._user.output
        self._user.output = None
        if output:
            self.poller.watch(output.fd, 0, None)
        self._stop(
            signal.SIGHUP if self._user.is_interactive else signal.SIGPIPE, send=signal.SIGHUP
        )

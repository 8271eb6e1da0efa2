"""The pump: moves bytes between the user's terminal and the child, and tells the session about them.

One thread, one poll(). The user's terminal always comes first; the recording only ever queues.
"""

from __future__ import annotations

import os
import signal
import termios

from agentrec.capture.io import tty
from agentrec.capture.io.nonblocking_writer import GoneError, Outlet
from agentrec.capture.io.poller import IN, OUT, Poller
from agentrec.capture.shutdown import Ending
from agentrec.times import NS_PER_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from agentrec.capture.input_policy import Session
    from agentrec.capture.io.child import Child
    from agentrec.capture.io.signal_pipe import Signals
    from agentrec.capture.io.user_terminal import User

    class Backlog(Protocol):
        """The recording's writer, as far as the pump cares."""

        @property
        def pending(self) -> int: ...

    class Answers(Protocol):
        """Replies to a program's terminal queries."""

        def feed(self, data: bytes) -> list[bytes]: ...
        def resize(self, cols: int, rows: int) -> None: ...


USER_LIMIT = 256 << 10  # bytes that may wait for a slow terminal before the child is held up
WRITER_LIMIT = 16 << 20  # bytes that may wait for a slow disk before the child is held up
CHILD_LIMIT = 64 << 10  # bytes that may wait for the child before typing is held up
BATCH = 64 << 10  # bytes of output taken from the child before they are shown
FULL = 512  # a read this long may have left something behind; a shorter one has not

RETRY = 50 * NS_PER_MS  # how often a PTY that nobody holds open is looked at again
DISK = 5 * NS_PER_MS  # how often a slow disk is looked at again


class Pump:
    """Runs one recording from the started child to its end.

    ``clock()`` gives nanoseconds since the start; ``size()`` what size the child's terminal should
    have now (None: as it is); ``answers`` replies to the child where no terminal does.
    """

    def __init__(
        self,
        child: Child,
        user: User,
        session: Session,
        backlog: Backlog,
        signals: Signals,
        *,
        clock: Callable[[], int],
        size: Callable[[], tty.Size | None],
        answers: Answers | None = None,
    ) -> None:
        self.poller = Poller()
        self.ending = Ending()
        self._child, self._user, self._session = child, user, session
        self._backlog, self._signals = backlog, signals
        self._clock, self._size, self._answers = clock, size, answers
        self._to_child = Outlet(child.fd, nonblocking=True)
        self._open = True  # somebody holds the slave side, as far as we know
        self._last_typed = b""
        self._watch_all()

    def _watch_all(self) -> None:
        watch = self.poller.watch
        watch(self._signals.fd, IN, self._on_signal)
        watch(self._child.fd, IN, self._on_child)
        if self._user.input is not None:
            watch(self._user.input, IN, self._on_user)
        if self._user.output:
            watch(self._user.output.fd, 0, self._on_writable)

    def run(self) -> None:
        """Pump until the child has ended and everything it wrote was shown and queued."""
        self._reap()  # it may have ended before its signal was caught
        while not self._over():
            held_up = self._arm()
            self.poller.wait(self._timeout(held_up))
            self._on_time()

    def catch_up(self) -> None:
        """Take what the child has written by now: what is told next came after it."""
        if self._user.waiting < USER_LIMIT:
            self._on_child(IN)

    # --- waiting ------------------------------------------------------------------------------

    def _arm(self) -> bool:
        """Watch for what there is room for; true when the child is held up."""
        user, poller = self._user, self.poller
        held_up = user.waiting >= USER_LIMIT or self._backlog.pending >= WRITER_LIMIT
        if self._open:
            poller.arm(self._child.fd, (0 if held_up else IN) | (OUT if self._to_child.size else 0))
        if user.input is not None:
            room = self._to_child.size < CHILD_LIMIT and not self.ending.child_ended
            poller.arm(user.input, IN if room else 0)
        if user.output:
            poller.arm(user.output.fd, OUT if user.output.size else 0)
        return held_up

    def _timeout(self, held_up: bool) -> int | None:
        now = self._clock()
        if held_up:
            self.ending.held_up(now)
        times = [self._session.deadline, self.ending.deadline(now)]
        if held_up and self._user.waiting < USER_LIMIT:
            times.append(now + DISK)
        if not self._open and not self.ending.child_ended:
            times.append(now + RETRY)
        soonest = min((time for time in times if time is not None), default=None)
        return None if soonest is None else max(0, (soonest - now) // NS_PER_MS + 1)

    def _over(self) -> bool:
        if self.ending.abandoned:
            return True
        if not self.ending.child_ended:
            return False
        if self._open and self.ending.drained(self._clock()) and not self._take_more():
            self._hold(False)  # whoever still writes there is not our child
        return not self._open and not self._user.waiting

    def _take_more(self) -> bool:
        """A last look before a terminal that others hold open is left; true when there was more."""
        now = self._clock()
        self._on_child(IN)
        return self.ending.fresh(now)

    def _on_time(self) -> None:
        now = self._clock()
        deadline = self._session.deadline
        if deadline is not None and now >= deadline:
            self._to(self._session.tick(now, hidden=self._hidden()))
        if self.ending.kill(now):
            self._child.send(signal.SIGKILL, leader=True)
        if not self._open and not self.ending.child_ended:
            self._on_child(IN)  # a program may open its terminal again

    # --- bytes --------------------------------------------------------------------------------

    def _on_child(self, ready: int) -> None:
        if ready & OUT:
            self._flush_to_child()
        if not ready & ~OUT:
            return
        data = self._pass_on()
        if not data:
            return
        now = self._clock()
        self._session.output(now, data)
        self._user.shown(data)
        self.ending.output(now, len(data))
        if self._answers:
            for reply in self._answers.feed(data):
                self._to(reply)

    def _pass_on(self) -> bytes:
        """Show what the child has written so far, up to a batch, and return it; empty: it is nothing.

        Every read is shown at once, so that the terminal works on it while the next one is read.
        """
        parts = []
        room = BATCH
        try:
            while room > 0:
                part = os.read(self._child.fd, room)
                parts.append(part)
                room -= len(part)
                self._show(part)
                if len(part) < FULL or self._user.waiting:
                    break
        except BlockingIOError:
            self._hold(True)
        except OSError:  # nobody holds the slave side any more
            if not parts:
                self._hold(False)
        else:
            self._hold(bool(parts[-1]))
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _show(self, data: bytes) -> None:
        try:
            self._user.show(data)
        except GoneError:
            self._hang_up()

    def _hold(self, is_open: bool) -> None:
        if is_open != self._open:
            self._open = is_open
            self.poller.arm(self._child.fd, IN if is_open else 0)

    def _on_user(self, _ready: int) -> None:
        fd = self._user.input
        self._reap()
        if fd is None or self.ending.child_ended:
            return  # what is typed from here on is for the user's shell
        try:
            data = os.read(fd, 1 << 16)
        except BlockingIOError:
            return
        except OSError:  # the terminal is gone
            data = b""
        if not data:
            self._end_of_input(fd)
            return
        self._on_signal(IN)  # a resize that came before the key is known before the key
        self._last_typed = data[-1:]
        forward, marked = self._session.typed(self._clock(), data, hidden=self._hidden())
        self._to(forward)
        if marked:
            self._ring()

    def _end_of_input(self, fd: int) -> None:
        self.poller.watch(fd, 0, None)
        self._user.input = None
        if self._user.types:
            self._stop(signal.SIGHUP)
            return
        # A pipe has ended. A program that reads lines learns it as from a keyboard; a full-screen one
        # (ISIG clear) would take it for a key. An input that never had a byte was nobody's to end.
        flags = self._child.input_flags()
        if self._last_typed and flags & (termios.ICANON | termios.ISIG):
            within_a_line = flags & termios.ICANON and self._last_typed != b"\n"
            self._to(self._child.end_of_input() * (2 if within_a_line else 1))

    def _hidden(self) -> bool:
        """Whether the child's terminal hides what is typed, as for a password."""
        if not self._session.captures_input:
            return False
        flags = self._child.input_flags()
        return bool(flags & termios.ICANON) and not flags & termios.ECHO

    def _to(self, data: bytes) -> None:
        if not data:
            return
        try:
            self._to_child.send(data)
        except GoneError:
            self._to_child.drop()

    def _flush_to_child(self) -> None:
        try:
            self._to_child.flush()
        except GoneError:
            self._to_child.drop()

    def _on_writable(self, _ready: int) -> None:
        try:
            if self._user.output:
                self._user.output.flush()
        except GoneError:
            self._hang_up()

    def _ring(self) -> None:
        try:
            self._user.bell()
        except GoneError:
            self._hang_up()

    # --- signals and endings ------------------------------------------------------------------

    def _on_signal(self, _ready: int) -> None:
        came = self._signals.read()
        if signal.SIGTSTP in came:
            self._user.step_aside()
            self._signals.stop_here()
            came.add(signal.SIGCONT)
        if signal.SIGCONT in came:
            self._user.come_back()
            self._child.send(signal.SIGWINCH)  # full-screen programs repaint
        if came & {signal.SIGCONT, signal.SIGWINCH}:
            self._resize()
        for number in came & {signal.SIGINT, signal.SIGQUIT}:
            self._child.send(number)
        for number in came & {signal.SIGHUP, signal.SIGTERM}:
            self._stop(number)
        self._reap()

    def _resize(self) -> None:
        size = self._size()
        if size:
            tty.set_size(self._child.fd, size)
            self._session.resized(self._clock(), size[0], size[1])
            if self._answers:
                self._answers.resize(size[0], size[1])

    def _reap(self) -> None:
        if not self.ending.child_ended and self._child.reap():
            self.ending.ended(self._clock())

    def _stop(self, number: int, tell: int | None = None) -> None:
        if self.ending.stop(number, self._clock()):
            self._child.send(tell or number, leader=True)

    def _hang_up(self) -> None:
        """Nobody sees the output any more: the child gets what a closed terminal means."""
        output = self._user.output
        self._user.output = None
        if output:
            self.poller.watch(output.fd, 0, None)
        self._stop(signal.SIGHUP if self._user.types else signal.SIGPIPE, tell=signal.SIGHUP)

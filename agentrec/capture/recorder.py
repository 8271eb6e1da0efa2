"""One recording from start to end: the parts of this room put together."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC

from agentrec.capture.companion_host import Companions
from agentrec.capture.control import socket_dir
from agentrec.capture.input_policy import Session
from agentrec.capture.io import child as program
from agentrec.capture.io.signal_pipe import Signals
from agentrec.capture.pump import Pump
from agentrec.errors import AgentrecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentrec.capture.companion_host import Companion
    from agentrec.capture.control.external_events import Inlet, Live
    from agentrec.capture.control.server import Control, Operation, Reply, Request
    from agentrec.capture.io.child import Child
    from agentrec.capture.io.tty import Size
    from agentrec.capture.io.user_terminal import User
    from agentrec.recording.writer import Writer
    from agentrec.terminal.query_responder import Answerer, CursorScreen

# The writer's thread may keep the pump from running for at most this long, in seconds.
SWITCH_INTERVAL = 0.0002


class Plan:
    """What to record and how.

    ``session`` is the recording's id, ``file`` the program that ``command`` names, ``size`` the
    child's terminal at first; where an entry of ``fixed`` (cols, rows) is set, it keeps that size.
    ``prefix`` is the control character that is the recorder's own, or None. ``companions`` add events
    about more than the terminal.
    """

    def __init__(
        self,
        session: str,
        command: list[str],
        file: str,
        env: dict[str, str],
        *,
        size: Size,
        fixed: tuple[int | None, int | None] = (None, None),
        capture_input: bool = False,
        prefix: int | None = None,
        companions: tuple[Companion, ...] = (),
    ) -> None:
        self.session = session
        self.command, self.file, self.env = command, file, env
        self.size, self.fixed = size, fixed
        self.capture_input, self.prefix = capture_input, prefix
        self.companions = companions


class Outcome:
    """How it ended: the child's ``code`` or ``signal``, the signal that stopped the recorder, and
    the ``duration`` in nanoseconds."""

    def __init__(self, child: Child, stopped_by: int | None, duration: int) -> None:
        self.code, self.signal = child.code, child.signal
        self.stopped_by, self.duration = stopped_by, duration

    @property
    def exit_code(self) -> int:
        """What a shell would report: the child's code, or 128 + the signal that ended it or us."""
        number = self.stopped_by or self.signal
        return 128 + number if number else self.code or 0


def fit(window: Size | None, cols: int | None, rows: int | None, default: tuple[int, int]) -> Size:
    """The child's terminal size: what was asked for, else the user's ``window``, else ``default``."""
    width = cols or (window[0] if window else default[0])
    height = rows or (window[1] if window else default[1])
    if window and (width, height) == window[:2]:
        return window
    return (width, height, 0, 0)  # the pixels of another size would be wrong


def run(plan: Plan, writer: Writer, user: User) -> Outcome:
    """Start the command and pump until it ends; the user's terminal is as before whatever happens.

    The writer is started here and left to the caller to close. Raises CannotRunError or NotFoundError when
    the command does not start.
    """
    recording = _Run(plan, writer, user)
    try:
        return recording.run()
    finally:
        recording.close()


class _Run:
    def __init__(self, plan: Plan, writer: Writer, user: User) -> None:
        self._plan, self._writer, self._user = plan, writer, user
        self._socket = _socket_path(plan)
        self._pipe, self._pipe_fd = socket_dir.make_pipe(self._socket) if self._socket else ("", -1)
        self._start = time.monotonic_ns()
        self._wall = time.time_ns()
        self._end: int | None = None
        env = plan.env | {
            "AGENTREC_SESSION": plan.session,
            "AGENTREC_FILE": _absolute(writer.path),
            "AGENTREC_SOCKET": self._socket,
            "AGENTREC_EVENTS": self._pipe,
        }
        self._companions = Companions(plan.companions)
        self._child = self._spawn(env)
        self._session = Session(
            _Sink(writer, self._companions),
            plan.size[:2],
            prefix=plan.prefix,
            capture_input=plan.capture_input,
        )
        self._live: Live | None = None
        self._clean = False

    def _spawn(self, env: dict[str, str]) -> Child:
        plan = self._plan
        command, env = self._companions.prepare(plan.command, env, _cwd())
        try:
            return program.spawn(command, plan.file, env, plan.size, self._user.attributes)
        except BaseException:
            self._companions.stop()
            socket_dir.remove(self._pipe)
            raise

    def run(self) -> Outcome:
        self._user.guard()  # a fork, so before any thread
        signals = Signals()
        try:
            self._user.take()
            sys.setswitchinterval(SWITCH_INTERVAL)
            self._writer.start()
            self._companions.start(self._emit, self._child.pid)
            return self._pump(signals)
        finally:
            signals.close()

    def close(self) -> None:
        self._user.close(clean=self._clean)
        self._companions.stop()
        os.close(self._child.fd)
        socket_dir.remove(self._pipe)

    def _pump(self, signals: Signals) -> Outcome:
        plan, user, child = self._plan, self._user, self._child
        pump = Pump(
            child,
            user,
            self._session,
            self._writer,
            signals,
            clock=self._clock,
            size=lambda: fit(user.window(), *plan.fixed, plan.size[:2]),
            answers=None if user.types else _answers(plan),
        )
        doors = self._open_doors(pump)
        try:
            pump.run()
        finally:
            for door in doors:
                door.close()
        now = self._end = self._clock()
        self._stop_companions()  # what they still have to tell came before the end
        self._session.exited(now, child.code, child.signal)
        outcome = Outcome(child, pump.ending.stopped_by, now)
        self._clean = outcome.exit_code < 128 or outcome.code is not None
        return outcome

    def _emit(
        self,
        track: str,
        kind: str,
        data: dict[str, Any],
        *,
        span: str | None = None,
        parent: str | None = None,
        actor: str | None = None,
    ) -> int:
        now = self._clock()
        if "at" in data and "at_ns" not in data:
            # Transcripts tell late of what has happened, and say when it was.
            was = _since(data["at"], self._wall)
            data = data if was is None else {**data, "at_ns": min(was, now)}
        try:
            seq = self._writer.event(now, track, kind, data, span=span, parent=parent, actor=actor)
        except AgentrecError as error:  # no JSON, or far too long
            self._companions.trouble(f"{track}/{kind}", error)
            return -1
        self._companions.heard(seq, track, kind, data)
        return seq

    def _stop_companions(self) -> None:
        self._companions.stop()
        for text, count in self._companions.troubles.items():
            self._emit("sys", "trouble", {"text": text, "count": count})
        if self._live and self._live.dropped:
            self._emit("sys", "dropped", {"what": "requests", "count": self._live.dropped})

    def _clock(self) -> int:
        """Nanoseconds since the start; stands still at the child's end, which last words belong to."""
        if self._end is not None:
            return self._end
        # Whole microseconds: nobody can see less, and the file is smaller.
        return (time.monotonic_ns() - self._start) // 1000 * 1000

    def _open_doors(self, pump: Pump) -> list[Control | Inlet]:
        """Where others may tell the recorder something."""
        if not self._socket:
            return []
        from agentrec.capture.control.external_events import Inlet, Live
        from agentrec.capture.control.server import Control  # loads while the child starts

        self._live = live = Live(self._emit, self._clock, pump.catch_up)
        operations: dict[str, Operation] = {
            "mark": lambda request: self._mark(request, pump),
            "status": self._status,
            **live.operations,
            **self._companions.operations(),
        }
        watch = pump.poller.watch
        opened: list[Control | Inlet] = [Inlet(self._pipe_fd, live, watch)] if self._pipe else []
        try:
            opened.append(Control(self._socket, operations, watch))
        except OSError:
            pass  # the recording goes on without it
        return opened

    def _mark(self, request: Request, pump: Pump) -> Reply:
        pump.catch_up()
        now = self._clock()
        source = "player" if request.get("source") == "player" else "cli"
        label = request.get("label")
        label = label if isinstance(label, str) else ""
        return {"t": now, "label": self._session.mark(now, label, source, at=request.get("at_ns"))}

    def _status(self, _request: Request) -> Reply:
        return {
            "session": self._plan.session,
            "file": _absolute(self._writer.path),
            "pid": os.getpid(),
            "child": self._child.pid,
            "t": self._clock(),
            "marks": self._session.marks,
            "dropped": self._live.dropped if self._live else 0,
            "pending": self._writer.pending,
            "failure": str(self._writer.failure) if self._writer.failure else None,
        }


class _Sink:
    """The writer, for the session; companions hear of its events."""

    def __init__(self, writer: Writer, companions: Companions) -> None:
        self.output, self.input, self.resize = writer.output, writer.input, writer.resize
        self._writer, self._companions = writer, companions

    def event(self, t: int, track: str, kind: str, data: dict[str, Any]) -> int:
        seq = self._writer.event(t, track, kind, data)
        self._companions.heard(seq, track, kind, data)
        return seq


def _cwd() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return ""


def _absolute(path: str) -> str:
    try:
        return os.path.abspath(path)
    except OSError:  # the directory we are in was removed
        return path


def _since(at: object, start: int) -> int | None:
    """Nanoseconds from ``start`` (wall clock, ns) to ``at``, RFC 3339; None for what is no such time."""
    from datetime import datetime, timedelta

    try:
        when = datetime.fromisoformat(at) if isinstance(at, str) else None
        if when is None or when.tzinfo is None:
            return None
        since = when - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return max(0, since // timedelta(microseconds=1) * 1000 - start)


def _socket_path(plan: Plan) -> str:
    """Where the control socket goes; empty when there is no safe place: then nobody sends marks."""
    folder = socket_dir.prepare(plan.env)
    return os.path.join(folder, plan.session + socket_dir.SUFFIX) if folder else ""


def _answers(plan: Plan) -> Answerer:
    """Answers terminal queries where nobody else does; loads while the child starts."""
    from agentrec.terminal.query_responder import Answerer

    cols, rows = plan.size[:2]
    return Answerer(cols, rows, engine=_screen, term=plan.env.get("TERM", ""))


def _screen(cols: int, rows: int) -> CursorScreen:
    try:
        from agentrec.terminal.engine.screen import Screen

        return Screen(cols, rows)
    except (AgentrecError, ImportError, OSError):  # no engine for this platform
        return _Corner()


class _Corner:
    """A screen that always says the cursor is in the top left corner."""

    cursor = (0, 0, True, "block")

    def feed(self, _data: bytes) -> None:
        return

    def resize(self, _cols: int, _rows: int) -> None:
        return

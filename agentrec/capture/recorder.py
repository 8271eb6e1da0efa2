"""One recording from start to end: puts together what this package has."""

from __future__ import annotations

import os
import sys

from agentrec.capture.companion_host import CompanionHost
from agentrec.capture.control import socket_dir
from agentrec.capture.event_log import EventLog, NotifyingSink
from agentrec.capture.io import child as child_process
from agentrec.capture.io.child_streams import TERMINAL, child_streams
from agentrec.capture.io.signal_pipe import SignalPipe, hold_signals, release_signals
from agentrec.capture.pump import Pump
from agentrec.capture.terminal_recorder import TerminalRecorder
from agentrec.errors import ExitCode

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from agentrec.capture.companion_host import Companion
    from agentrec.capture.control.control_server import ControlServer, Operation, Reply, Request
    from agentrec.capture.control.event_stream import EventStreams
    from agentrec.capture.control.external_events import EventPipe, ExternalEvents
    from agentrec.capture.io.child import Child
    from agentrec.capture.io.child_streams import ChildStreams
    from agentrec.capture.io.user_terminal import UserTerminal
    from agentrec.capture.pausing.pausable_sink import PausableSink
    from agentrec.capture.pipes import Pipes
    from agentrec.capture.recording_plan import RecordingPlan
    from agentrec.recording.sink import RecordingSink

# The writer's thread may keep the pump from running for at most this long.
SWITCH_INTERVAL_SECONDS = 0.0002


class Outcome:
    """How it ended: the child's ``code`` or ``signal``, the signal that stopped the recorder, the
    ``duration`` in nanoseconds, ``troubles`` beside the terminal's recording, why output of the
    command is lost (``lost_output``), the limit that it was ``ended_by``, and whether the user wants
    nothing of it kept (``discarded``)."""

    def __init__(
        self,
        child: Child,
        stopped_by: int | None,
        duration: int,
        troubles: Sequence[str] = (),
        lost_output: Sequence[str] = (),
        ended_by: str = "",
    ) -> None:
        self.code, self.signal = child.code, child.signal
        self.ended_by = ended_by
        self.discarded = False
        self.stopped_by, self.duration = stopped_by, duration
        self.troubles, self.lost_output = list(troubles), list(lost_output)

    @property
    def exit_code(self) -> int:
        """What a shell would report: the child's code, or 128 + the signal that ended it or us."""
        if self.ended_by:
            return ExitCode.LIMIT
        number = self.stopped_by or self.signal
        return 128 + number if number else self.code or 0


def run(
    plan: RecordingPlan,
    writer: RecordingSink,
    user: UserTerminal,
    companions: Sequence[Companion] = (),
) -> Outcome:
    """Start the program and pump until it ends; the user's terminal is as before whatever happens.

    The writer is started here and left to the caller to close. Raises CannotRunError or NotFoundError when
    the program does not start.
    """
    recorder = _Recorder(plan, writer, user, companions)
    try:
        return recorder.run()
    finally:
        recorder.close()


class _Recorder:
    def __init__(
        self,
        plan: RecordingPlan,
        writer: RecordingSink,
        user: UserTerminal,
        companions: Sequence[Companion],
    ) -> None:
        self._plan, self._writer, self._user = plan, writer, user
        self._socket = _socket_path(plan)
        self._listener = socket_dir.listen(self._socket) if self._socket else -1
        self._pipe, self._pipe_fd = socket_dir.make_pipe(self._socket) if self._socket else ("", -1)
        self._companions = CompanionHost(companions)
        sink = self._sink = NotifyingSink(writer, self._companions)
        self._log = EventLog(sink, self._companions)
        self._streams = self._plan_streams()
        self._child = self._spawn()
        self._terminal = TerminalRecorder(
            sink, plan.size.initial[:2], prefix=plan.prefix, capture_input=plan.capture_input
        )
        self._external: ExternalEvents | None = None
        self._streams_in: EventStreams | None = None
        self._doors: list[ControlServer | EventPipe] = []
        self._clean = False
        self._discarded = False
        self._pausable: PausableSink | None = None

    def _plan_streams(self) -> ChildStreams:
        """The command's standard streams."""
        user, plan = self._user, self._plan
        return child_streams(
            plan.streams,
            has_terminal=user.has_terminal,
            keeps_stdin=user.keeps_stdin,
        )

    def _spawn(self) -> Child:
        program, user = self._plan.program, self._user
        env = program.env | {
            "AGENTREC_SESSION": self._plan.session,
            "AGENTREC_FILE": _absolute(self._writer.path),
            "AGENTREC_SOCKET": self._socket,
            "AGENTREC_EVENTS": self._pipe,
        }
        argv, env = self._companions.prepare(program.argv, env, _cwd())
        program = child_process.Program(argv, program.file, env)
        hold_signals()
        try:
            size = self._plan.size.initial
            return child_process.spawn(program, size, user.attributes, self._streams)
        except BaseException:
            release_signals()
            self._companions.stop()
            self._remove_doors()
            raise

    def run(self) -> Outcome:
        self._user.start_guardian()  # a fork, so before any thread
        signals = SignalPipe()
        try:
            self._user.enter_raw_mode()
            sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
            return self._pump(signals)
        finally:
            signals.close()

    def close(self) -> None:
        self._user.close(clean=self._clean)
        self._companions.stop()
        self._companions.close()
        self._child.close()
        self._remove_doors()

    def _remove_doors(self) -> None:
        socket_dir.remove(self._pipe)
        if self._listener >= 0:
            socket_dir.remove(self._socket)

    def _pump(self, signals: SignalPipe) -> Outcome:
        child, log = self._child, self._log
        pipes = self._pipes()
        pump = Pump(
            child,
            self._user,
            self._terminal,
            signals,
            clock=log.clock,
            size=self._plan.size,
            pipes=pipes,
            interruption=self._companions.interruption,
        )
        if self._user.is_emulated:
            from agentrec.capture.headless_responder import responder_for

            pump.responder = responder_for(self._plan)
        pump.on_pause_key = lambda: self._pause_or_resume(pump, by="key")
        pump.later = [
            self._writer.start,
            lambda: self._companions.start(log.emit, child.pid),
            lambda: self._open_control(pump),
        ]
        try:
            pump.run()
        finally:
            if self._streams_in:
                self._streams_in.close()
            for door in self._doors:
                door.close()
            if pipes:
                pipes.close()
        if self._pausable:
            self._pausable.end()
        now = log.stop_clock()
        # Their last events came before the end.
        ended_by = self._companions.ended_by
        self._stop_companions(hurried=pump.shutdown.stopped_by is not None and not ended_by)
        if pipes:
            pipes.report()
        self._terminal.exit(now, child.code, child.signal)
        lost = pipes.failures if pipes else ()
        stopped_by = pump.shutdown.stopped_by
        outcome = Outcome(child, stopped_by, now, self._sink.troubles, lost, ended_by)
        outcome.discarded = self._discarded
        self._clean = outcome.exit_code < 128 or outcome.code is not None
        return outcome

    def _pipes(self) -> Pipes | None:
        """What passes on the streams that are not a terminal, if there are any."""
        plan = self._plan
        if all(kind == TERMINAL for kind in plan.streams):
            return None
        from agentrec.capture.pipes import Pipes

        return Pipes(
            self._streams,
            plan.streams,
            self._sink,
            self._log.clock,
            captures_input=plan.capture_input,
        )

    def _stop_companions(self, *, hurried: bool) -> None:
        self._companions.stop(hurried=hurried)
        for text, count in self._companions.troubles.items():
            self._log.emit("sys", "trouble", {"text": text, "count": count})
        if self._external and self._external.dropped:
            dropped = self._external.dropped
            self._log.emit("sys", "dropped", {"what": "requests", "count": dropped})

    def _open_control(self, pump: Pump) -> None:
        """Open where other processes may send requests."""
        if not self._socket:
            return
        from agentrec.capture.control.control_server import ControlServer
        from agentrec.capture.control.external_events import EventPipe, ExternalEvents

        external = ExternalEvents(self._log.emit, self._log.clock, pump.catch_up)
        self._external = external
        operations: dict[str, Operation] = {
            "mark": lambda request: self._mark(request, pump),
            "status": self._status,
            "discard": self._discard,
            "pause": lambda request: self._pause_or_resume(pump, by="cli", request=request),
            "stream": self._stream,
            **external.operations,
            **self._companions.operations(),
        }
        watch = pump.poller.watch
        if self._pipe:
            self._doors.append(EventPipe(self._pipe_fd, external, watch))
        if self._listener >= 0:  # the recording goes on without it
            self._doors.append(
                ControlServer(self._listener, self._socket, operations, watch, self._take_stream)
            )

    def _mark(self, request: Request, pump: Pump) -> Reply:
        pump.catch_up()
        now = self._log.clock()
        source = "player" if request.get("source") == "player" else "cli"
        label = request.get("label")
        label = label if isinstance(label, str) else ""
        label = self._terminal.mark(
            now,
            label,
            source,
            at=request.get("at_ns"),
            status=request.get("status"),
            transaction=request.get("transaction"),
        )
        return {"t": now, "label": label}

    def _stream(self, _request: Request) -> Reply:
        """What a library has to know before it sends many events at once."""
        return {
            "start_ns": self._log.start_ns,
            "session": self._plan.session,
            "file": _absolute(self._writer.path),
        }

    def _take_stream(self, connection: socket.socket) -> None:
        if self._streams_in is None:
            from agentrec.capture.control.event_stream import EventStreams

            self._streams_in = EventStreams(self._sink, self._log.clock)
        self._streams_in.take(connection)

    def _discard(self, request: Request) -> Reply:
        self._discarded = request.get("keep") is not True
        return {"file": _absolute(self._writer.path), "discard": self._discarded}

    def _pause_or_resume(self, pump: Pump, *, by: str, request: Request | None = None) -> Reply:
        """Pause, or record again if it is paused; a ``request`` says which by its ``paused``."""
        pump.catch_up()
        now, was_paused = self._log.clock(), self._is_paused
        wanted = request.get("paused") is True if request else not was_paused
        if wanted and not was_paused:
            self._log.emit("term", "paused", {"by": by})
            self._pausable_sink().pause()
        elif self._pausable and not wanted:
            self._pausable.resume()
        file = _absolute(self._writer.path)
        return {"t": now, "file": file, "paused": wanted, "changed": wanted != was_paused}

    @property
    def _is_paused(self) -> bool:
        return bool(self._pausable and self._pausable.is_paused)

    def _pausable_sink(self) -> PausableSink:
        if self._pausable is None:
            from agentrec.capture.pausing.pausable_sink import PausableSink

            self._pausable = PausableSink(
                self._writer, self._log.clock, self._note_resumed, self._note_lost_screen
            )
            self._sink.put_before_writer(self._pausable)
        return self._pausable

    def _note_resumed(self, left_out: int) -> None:
        self._log.emit("term", "resumed", {"left_out": left_out})

    def _note_lost_screen(self) -> None:
        text = (
            "after a pause it is not known what the screen shows, until the program draws it again"
        )
        self._log.emit("sys", "trouble", {"text": text})

    def _status(self, _request: Request) -> Reply:
        return {
            "session": self._plan.session,
            "file": _absolute(self._writer.path),
            "pid": os.getpid(),
            "child": self._child.pid,
            "t": self._log.clock(),
            "marks": self._terminal.marks,
            "discard": self._discarded,
            "paused": self._is_paused,
            "dropped": self._external.dropped if self._external else 0,
            "pending": self._writer.pending,
            "failure": str(self._writer.failure) if self._writer.failure else None,
        }


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


def _socket_path(plan: RecordingPlan) -> str:
    """Where the control socket goes; empty where no directory is safe: then nobody can send marks."""
    folder = socket_dir.prepare(plan.program.env)
    return os.path.join(folder, plan.session + socket_dir.SUFFIX) if folder else ""

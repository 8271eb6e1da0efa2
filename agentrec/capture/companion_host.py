"""Runs companions: what watches beside the terminal (the agent, processes, files) and adds events.

They must never disturb what they accompany: each has a thread of its own, whatever one raises is
swallowed and counted, and the end of the recording waits for them for a few seconds at most.
"""

from __future__ import annotations

import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from agentrec.capture.control.control_server import Operation
    from agentrec.capture.interruption import Interruption
    from agentrec.json_values import JsonObject

    class Emit(Protocol):
        """Adds an event, stamped with the time of the call. Returns its seq, below 0 if it was not added.

        Any thread may call it; it neither blocks nor raises.
        """

        def __call__(
            self,
            track: str,
            kind: str,
            data: JsonObject,
            *,
            span: str | None = None,
            parent: str | None = None,
            actor: str | None = None,
        ) -> int: ...


STOP_TIMEOUT_SECONDS = 1.0
LAST_STOP_TIMEOUT_SECONDS = 5.0  # for those that stop last
RETRY_SECONDS = 1.0  # until a companion that failed is called again
MAX_TROUBLE_CHARS = 300


class Companion:
    """Base class of companions. The order of calls is prepare, start, tick ..., stop.

    ``name`` stands in thread names and in reports of trouble. ``stop`` may take
    ``stop_timeout_seconds`` if that is more than others get, but not if it ``is_hurried``. With
    ``stops_last`` it is stopped once all others have stopped: it works on their events, too. One that
    ``interrupts`` gets an ``interruption`` to stop the command with. ``on_event`` of one that
    ``sees_unrecorded`` is called while the recording is paused, too, with a seq below 0. Troubles
    that are ``told_elsewhere`` are not told again at the end of the recording.
    """

    name = "companion"
    stop_timeout_seconds = 0.0
    is_hurried = False
    stops_last = False
    interrupts = False
    sees_unrecorded = False
    told_elsewhere: frozenset[str] = frozenset()
    interruption: Interruption | None = None

    def prepare(
        self,
        argv: list[str],
        env: dict[str, str],
        cwd: str,  # noqa: ARG002 - for subclasses
    ) -> tuple[list[str], dict[str, str]]:
        """The command line and environment to really use: unchanged, unless a subclass says otherwise.

        Called before the child starts and before any thread runs: it has to be cheap, and leaves
        the user's own files alone. ``argv[0]`` stays as it is.
        """
        return argv, env

    def start(self, emit: Emit, pid: int) -> None:
        """The child runs. Called in this companion's own thread: heavy imports belong here."""

    def tick(self) -> float | None:
        """Look for what is new; the seconds until the next look (None: never again).

        Called in the same thread from when ``start`` has returned until the child has ended.
        """
        return None

    def stop(self) -> None:
        """The child has ended (or never started): take a last look and clean up, within a second.

        Called in the thread that called ``start``, once that has returned.
        """

    def on_event(self, seq: int, track: str, kind: str, data: JsonObject) -> None:
        """An event other than output and input was added, by anyone, in this thread: return at once."""

    def decided(self, reason: str, *, ended: bool) -> None:
        """What became of an interruption: the command is ended, or continues. In the pump's thread.

        Called for one of those that interrupt.
        """

    def on_child_exit(self) -> None:
        """The child has ended; called in another thread: a ``tick`` that waits stops waiting."""

    def operations(self) -> dict[str, Operation]:
        """Operations of the control socket, by name. They run in the recorder's loop: return at once."""
        return {}


class CompanionHost:
    """Runs all companions of one recording. ``troubles`` counts what went wrong in them, by message."""

    def __init__(self, companions: Sequence[Companion] = ()) -> None:
        self._companions = list(companions)
        self._threads: list[tuple[Companion, threading.Thread]] = []
        self._child_exited, self._others_stopped = threading.Event(), threading.Event()
        self._stopped = False
        self.troubles: dict[str, int] = {}
        self.interruption = self._interruption()

    @property
    def ended_by(self) -> str:
        """Why a companion had the command ended; empty if none had."""
        return self.interruption.ended_by if self.interruption else ""

    def _interruption(self) -> Interruption | None:
        if not any(companion.interrupts for companion in self._companions):
            return None
        from agentrec.capture.interruption import Interruption

        interruption = Interruption(self._decided)
        for companion in self._companions:
            companion.interruption = interruption if companion.interrupts else None
        return interruption

    def _decided(self, reason: str, ended: bool) -> None:
        # All of them share one interruption.
        first = next(companion for companion in self._companions if companion.interrupts)
        first.decided(reason, ended=ended)

    def prepare(
        self, argv: list[str], env: dict[str, str], cwd: str
    ) -> tuple[list[str], dict[str, str]]:
        """What to really run. A companion that fails here does not change it."""
        for companion in self._companions:
            try:
                argv, env = companion.prepare(list(argv), dict(env), cwd)
            except Exception as error:  # noqa: BLE001 - the child must start all the same
                self.count_trouble(companion.name, error)
        return argv, env

    def operations(self) -> dict[str, Operation]:
        """What the companions answer on the control socket."""
        operations: dict[str, Operation] = {}
        for companion in self._companions:
            operations |= companion.operations()
        return operations

    def on_event(self, seq: int, track: str, kind: str, data: JsonObject) -> None:
        """Pass an event that was added on to the companions."""
        for companion in self._companions:
            if seq < 0 and not companion.sees_unrecorded:
                continue
            try:
                companion.on_event(seq, track, kind, data)
            except Exception as error:  # noqa: BLE001 - whoever added the event must go on
                self.count_trouble(companion.name, error)

    def start(self, emit: Emit, pid: int) -> None:
        """The child runs as ``pid``."""
        for companion in self._companions:
            thread = threading.Thread(
                target=self._run,
                args=(companion, emit, pid),
                name=f"agentrec-{companion.name}",
                daemon=True,  # one that hangs is left behind
            )
            try:
                thread.start()
            except RuntimeError as error:  # the user may have no more threads
                self.count_trouble(companion.name, error)
            else:
                self._threads.append((companion, thread))

    def stop(self, timeout: float = STOP_TIMEOUT_SECONDS, *, hurried: bool = False) -> None:
        """The child has ended; wait for the companions' last events. A second call does nothing.

        ``hurried``: the recorder was told to end, and nobody gets more time than others.
        """
        if self._stopped:
            return
        self._stopped = True
        for companion in self._companions:
            companion.is_hurried = hurried
        self._child_exited.set()
        started = [companion for companion, _ in self._threads]
        for companion in self._companions:
            self._guarded(companion, companion.on_child_exit)
        for companion in self._companions:
            if companion not in started:
                self._guarded(companion, companion.stop)
        self._join(timeout, last=False)
        self._others_stopped.set()
        self._join(max(timeout, LAST_STOP_TIMEOUT_SECONDS), last=True)

    def close(self) -> None:
        """Everything has ended, the pump too."""
        if self.interruption:
            self.interruption.close()

    def _join(self, timeout: float, *, last: bool) -> None:
        began = time.monotonic()
        for companion, thread in self._threads:
            if companion.stops_last != last:
                continue
            more = 0.0 if companion.is_hurried else companion.stop_timeout_seconds
            deadline = began + max(timeout, more)
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                self.count_trouble(companion.name, TimeoutError("did not stop in time"))

    def count_trouble(self, name: str, error: Exception) -> None:
        """Count a failure of the companion ``name``."""
        text = f"{name}: {type(error).__name__}: {error}"[:MAX_TROUBLE_CHARS]
        self.troubles[text] = self.troubles.get(text, 0) + 1

    def _run(self, companion: Companion, emit: Emit, pid: int) -> None:
        self._guarded(companion, lambda: companion.start(emit, pid))
        delay: float | None = 0.0
        while not self._child_exited.wait(delay):
            delay = self._next_delay(companion)
        if companion.stops_last:
            self._others_stopped.wait()
        self._guarded(companion, companion.stop)

    def _next_delay(self, companion: Companion) -> float | None:
        try:
            return companion.tick()
        except Exception as error:  # noqa: BLE001 - see above
            self.count_trouble(companion.name, error)
            return RETRY_SECONDS

    def _guarded(self, companion: Companion, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - see above
            self.count_trouble(companion.name, error)

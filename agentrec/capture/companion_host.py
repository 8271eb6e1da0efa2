"""Companions: what watches beside the terminal (the agent, processes, files) and adds events.

They must never disturb what they accompany: each has a thread of its own, whatever one raises is
swallowed and counted, and the end of the recording waits for them for a few seconds at most.
"""

from __future__ import annotations

import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol

    from agentrec.capture.control.server import Operation

    class Emit(Protocol):
        """Adds an event, stamped with the time of the call. Returns its seq, or -1 when it was refused.

        Any thread may call it; it neither blocks nor raises.
        """

        def __call__(
            self,
            track: str,
            kind: str,
            data: dict[str, Any],
            *,
            span: str | None = None,
            parent: str | None = None,
            actor: str | None = None,
        ) -> int: ...

    class Companion(Protocol):
        """One of them. The order of calls is prepare, start, tick ..., stop.

        ``name`` (the class's name where there is none) stands in thread names and in what is said of
        troubles. Three more are called where a companion has them:

        ``heard(seq, track, kind, data)`` for every event but output and input, whoever added it, in
        the thread that did: it only takes note, and returns at once.
        ``hurry()`` when the child has ended, in another thread: a look that waits stops waiting.
        ``operations()`` before the child starts: operations of the control socket, by name. They are
        performed in the recorder's own loop, so they return at once, too.
        """

        def prepare(
            self, argv: list[str], env: dict[str, str], cwd: str
        ) -> tuple[list[str], dict[str, str]]:
            """The command line and environment to really use.

            Called before the child starts and before any thread runs: it has to be cheap, and leaves
            the user's own files alone. ``argv[0]`` stays as it is.
            """

        def start(self, emit: Emit, pid: int) -> None:
            """The child runs. Called in this companion's own thread: heavy imports belong here."""

        def tick(self) -> float | None:
            """Look what is new; the seconds until the next look (None: never again).

            Called in the same thread from when ``start`` has returned until the child has ended.
            """

        def stop(self) -> None:
            """The child has ended (or never started): take a last look and clean up, within a second.

            Called in the thread that called ``start``, once that has returned.
            """


STOP_LIMIT = 1.0  # seconds
LAST_LIMIT = 5.0  # the same for those that come last
RETRY = 1.0  # seconds until one that failed looks again


class Companions:
    """All companions of one recording. ``troubles`` counts what went wrong in them, by name."""

    def __init__(self, members: Sequence[Companion] = ()) -> None:
        self._members = list(members)
        self._threads: list[tuple[Companion, threading.Thread]] = []
        self._ended, self._quiet = threading.Event(), threading.Event()
        self._stopped = False
        self._ears = [(_name(m), m.heard) for m in self._members if hasattr(m, "heard")]
        self.troubles: dict[str, int] = {}

    def prepare(
        self, argv: list[str], env: dict[str, str], cwd: str
    ) -> tuple[list[str], dict[str, str]]:
        """What to really run. A companion that fails here is left out of this recording's start."""
        for member in self._members:
            try:
                argv, env = member.prepare(list(argv), dict(env), cwd)
            except Exception as error:  # noqa: BLE001 - the child must start all the same
                self.trouble(_name(member), error)
        return argv, env

    def operations(self) -> dict[str, Operation]:
        """What the companions answer on the control socket."""
        found: dict[str, Operation] = {}
        for member in self._members:
            if hasattr(member, "operations"):
                found |= member.operations()
        return found

    def heard(self, seq: int, track: str, kind: str, data: dict[str, Any]) -> None:
        """Tell those who listen that an event was added."""
        for name, ear in self._ears:
            try:
                ear(seq, track, kind, data)
            except Exception as error:  # noqa: BLE001 - whoever added the event must go on
                self.trouble(name, error)

    def start(self, emit: Emit, pid: int) -> None:
        """The child runs as ``pid``."""
        for member in self._members:
            thread = threading.Thread(
                target=self._accompany,
                args=(member, emit, pid),
                name=f"agentrec-{_name(member)}",
                daemon=True,  # one that hangs is left behind
            )
            try:
                thread.start()
            except RuntimeError as error:  # the user may have no more threads
                self.trouble(_name(member), error)
            else:
                self._threads.append((member, thread))

    def stop(self, limit: float = STOP_LIMIT) -> None:
        """The child has ended; wait for the companions' last words. A second call does nothing."""
        if self._stopped:
            return
        self._stopped = True
        self._ended.set()
        for member in self._members:
            if hasattr(member, "hurry"):
                self._call(member, member.hurry)
        started = [member for member, _ in self._threads]
        for member in self._members:
            if member not in started:
                self._call(member, member.stop)
        self._join(limit, last=False)
        self._quiet.set()
        self._join(max(limit, LAST_LIMIT), last=True)

    def _join(self, limit: float, *, last: bool) -> None:
        deadline = time.monotonic() + limit
        for member, thread in self._threads:
            if _is_last(member) != last:
                continue
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                self.trouble(_name(member), TimeoutError("did not stop in time"))

    def trouble(self, name: str, error: Exception) -> None:
        """Count a failure of the companion ``name``."""
        text = f"{name}: {type(error).__name__}: {error}"[:300]
        self.troubles[text] = self.troubles.get(text, 0) + 1

    def _accompany(self, member: Companion, emit: Emit, pid: int) -> None:
        self._call(member, member.start, emit, pid)
        delay: float | None = 0.0
        while not self._ended.wait(delay):
            delay = self._call(member, member.tick)
        if _is_last(member):
            self._quiet.wait()
        self._call(member, member.stop)

    def _call(self, member: Companion, method: Any, *args: object) -> Any:
        try:
            return method(*args)
        except Exception as error:  # noqa: BLE001 - see above
            self.trouble(_name(member), error)
            return RETRY


def _name(member: object) -> str:
    return str(getattr(member, "name", type(member).__name__.lower()))


def _is_last(member: object) -> bool:
    return bool(getattr(member, "last", False))

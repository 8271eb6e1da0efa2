"""Snapshots while recording: a companion that has a process of its own take them.

The first one holds the files from before the command started: that process has looked at them by then
(:mod:`agentrec.snapshots.first_look`). Nothing waits for a snapshot: neither the command, nor the terminal,
nor the recorder's end for more than a moment. What comes while one is taken, or too soon after it, is
one snapshot later.

- ``triggers``: which events ask for a snapshot.
- ``worker_client``: the process that takes them (:mod:`agentrec.snapshots.worker`).

On the start path of `record`: imports are light here.
"""

from __future__ import annotations

import threading
import time

from agentrec.capture.companion_host import Companion
from agentrec.companions.snapshots.triggers import SnapshotRequest, Triggers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.capture.companion_host import Emit
    from agentrec.capture.control.control_server import Operation, Reply, Request
    from agentrec.companions.snapshots.worker_client import WorkerClient, WorkerReply
    from agentrec.json_values import JsonObject
    from agentrec.snapshots.first_look.look_process import LookProcess

START_DELAY_SECONDS = 0.25  # how long a command has to run before there are snapshots
MAX_SLEEP_SECONDS = 0.15  # while a snapshot is taken
MAX_REST_SECONDS = 3600.0  # while none is due
# How long the end waits for the last one, which takes some hundredths of a second on a machine that is not
# busy, and if the recorder was told to end.
LAST_SNAPSHOT_SECONDS, HURRIED_SECONDS = 5.0, 0.7
# How long it waits for the first one, which nothing can make up for. It seldom takes a second.
FIRST_SNAPSHOT_SECONDS = 20.0
_MAX_FIRST_TRIES = 3
# More time between snapshots for which changed files are the only reason.
FILES_DELAY_SECONDS = 2.0
# In which a better reason may come: agents report a turn and its tools at once.
SETTLE_SECONDS = 0.15
# Between snapshots, and the share of time they may take, until the worker replies with the rules.
INTERVAL_SECONDS, TIME_SHARE = 0.05, 0.2
_PAUSE_AFTER_CRASH_INTERVALS = 10
CERTAIN_RANK = 3  # reasons of this rank do not wait for a better one
_START_RANK, _END_RANK, _MANUAL_RANK = 8, 5, 9
_FIRST = SnapshotRequest(_START_RANK, "start", "start", -1)
_MAX_TICKETS = 1000
_MAX_FAILURES = 20  # different ones that are reported
_MAX_FAILURE_CHARS = 300


class SnapshotsCompanion(Companion):
    """Has snapshots taken for the recording ``session``, by a process with the environment ``env``.

    ``look`` is the look at the directory before the command starts, if there is one.
    """

    name = "snapshots"
    stop_timeout_seconds = 2 * FIRST_SNAPSHOT_SECONDS

    def __init__(self, session: str, env: Mapping[str, str], look: LookProcess | None) -> None:
        self._session, self._env, self._look = session, env, look
        self._began = look.began if look is not None else time.time_ns()
        self._first_tries = 0
        self._has_first = False  # or no hope of it
        self._cwd = self._file = ""
        self._emit: Emit | None = None
        self._triggers = Triggers()
        self._lock = threading.Lock()
        self._due: SnapshotRequest | None = None
        self._due_since = 0.0
        self._manual: list[tuple[int, SnapshotRequest]] = []  # with their tickets
        self._answers: dict[int, Reply] = {}  # by ticket
        self._tickets = 0
        self._wake = threading.Event()
        self._child_exited = False
        self._worker: WorkerClient | None = None
        self._pending: tuple[SnapshotRequest, int | None] | None = None  # what the worker is taking
        self._next_at = 0.0  # when the next automatic one may be taken
        self._share, self._interval = TIME_SHARE, INTERVAL_SECONDS
        self._final = False
        self._failures: set[str] = set()

    # --- what the recorder calls ------------------------------------------------------------------

    def prepare(
        self, argv: list[str], env: dict[str, str], cwd: str
    ) -> tuple[list[str], dict[str, str]]:
        """Nothing to change; remembers where the command runs, and waits for the look."""
        self._cwd, self._file = cwd, env.get("AGENTREC_FILE", "")
        if self._look is not None:
            if not self._look.is_done:
                # The recorder loads these a moment later. Now they cost nothing.
                from agentrec.capture.control import control_server, external_events  # noqa: F401
            self._look.wait()
        return argv, env

    def operations(self) -> dict[str, Operation]:
        """``snapshot``: request one, get a ticket; send the ticket to learn whether it is done."""
        return {"snapshot": self._operation}

    def on_event(self, seq: int, track: str, kind: str, data: JsonObject) -> None:
        """An event was added; any thread."""
        request = self._triggers.on_event(seq, track, kind, data)
        if request is not None and not self._final:
            with self._lock:
                if self._due is None:
                    self._due_since = time.monotonic()
                if self._due is None or request.rank >= self._due.rank:
                    self._due = request
            self._wake.set()

    def start(self, emit: Emit, pid: int) -> None:  # noqa: ARG002
        self._emit = emit
        # What was not read may change. Without a look there are probably no snapshots.
        is_urgent = self._look is not None and (self._look.unread or not self._look.in_time)
        self._next_at = time.monotonic() + (0.0 if is_urgent else START_DELAY_SECONDS)
        with self._lock:
            self._due = _FIRST

    def tick(self) -> float | None:
        """One look. Returns once something has happened."""
        if self._pending is not None:
            self._receive(MAX_SLEEP_SECONDS)
            return 0.0
        if self._final and not self._manual:
            return None if self._worker is None else MAX_SLEEP_SECONDS
        self._wake.clear()  # what comes from here on ends the wait below
        wait = self._due_at() - time.monotonic()
        if wait <= 0:
            self._take_next()
        elif not self._child_exited:
            self._wake.wait(min(wait, MAX_REST_SECONDS))
        return 0.0

    def on_child_exit(self) -> None:
        """Wait for nothing more."""
        self._child_exited = True
        self._wake.set()

    def stop(self) -> None:
        """Take the last one, if it can be had in a moment."""
        if self._emit is not None and not self._final and self._is_worth_it():
            if not self._has_first:
                self._take_first_now()
            if not self._final:
                self._take_last()
        self._close_worker(now=self._pending is not None)
        if self._look is not None:
            self._look.close()

    def _is_worth_it(self) -> bool:
        """Whether a worker runs, or the command was short and has changed files all the same."""
        if self._worker is not None:
            return True
        if self._look is None or self._has_first or self.is_hurried:
            return False
        return self._look.has_changed()

    def _take_first_now(self) -> None:
        if self._pending is None:
            self._take_next()
        seconds = HURRIED_SECONDS if self.is_hurried else FIRST_SNAPSHOT_SECONDS
        self._receive_until(time.monotonic() + seconds)

    def _take_last(self) -> None:
        seconds = HURRIED_SECONDS if self.is_hurried else LAST_SNAPSHOT_SECONDS
        deadline = time.monotonic() + seconds
        self._receive_until(deadline)
        if self._pending is None:
            with self._lock:
                self._due = SnapshotRequest(_END_RANK, "end", "end", -1)
            self._take_next()
            self._receive_until(deadline)
        if self._pending is not None:
            self._fail("there was no time for the last snapshot")

    # --- the rest ---------------------------------------------------------------------------------

    def _operation(self, request: Request) -> Reply:
        ticket = request.get("ticket")
        if isinstance(ticket, int):
            answer = self._answers.pop(ticket, None)
            return {"done": True, **answer} if answer is not None else {"done": False}
        if len(self._manual) + len(self._answers) > _MAX_TICKETS:
            self._answers.clear()
        self._tickets += 1
        manual = SnapshotRequest(_MANUAL_RANK, "manual", str(request.get("label", "")), -1)
        with self._lock:
            self._manual.append((self._tickets, manual))
        self._wake.set()
        return {"ticket": self._tickets}

    def _due_at(self) -> float:
        """When the next one is to be taken."""
        if self._manual:
            return 0.0
        request = self._due
        if request is None:
            return float("inf")
        if request.rank >= CERTAIN_RANK:
            return self._next_at
        delay = FILES_DELAY_SECONDS if request.rank == 0 else 0.0
        return max(self._next_at, self._due_since + SETTLE_SECONDS) + delay

    def _take_next(self) -> None:
        ticket = None
        with self._lock:
            if not self._has_first and not self._final:
                request = _FIRST
                self._due = None if self._due is _FIRST else self._due
            elif self._manual:
                ticket, request = self._manual.pop(0)
                self._due = None  # this one shows what that one would
            elif self._due is not None:
                request, self._due = self._due, None
            else:
                return
        self._pending = (request, ticket)
        try:
            self._send(self._message(request))
        except OSError as error:
            self._on_crash(f"the snapshot process cannot be reached: {error.strerror}")

    def _message(self, request: SnapshotRequest) -> JsonObject:
        """The request as the worker reads it."""
        more: JsonObject = {"file": self._file}
        message: JsonObject = {"label": request.label, "reason": request.reason, "more": more}
        if request is _FIRST:
            looked = self._look is not None and self._look.in_time
            return {**message, "began": self._began, "looked": looked}
        if request.seq >= 0:
            more["at_seq"] = request.seq
        if self._triggers.conversation is not None:
            more["conversation"] = self._triggers.conversation
        return {**message, "transcripts": list(self._triggers.transcripts)}

    def _send(self, message: JsonObject) -> None:
        """Send to the worker; one that has ended meanwhile is replaced."""
        from agentrec.companions.snapshots.worker_client import WorkerClient

        try:
            if self._worker is None and self._look is not None and self._look.can_take:
                self._worker = WorkerClient.from_look(self._look, self._session)
            if self._worker is not None:
                self._worker.send(message)
                return
        except OSError:
            self._close_worker(now=True)
        self._worker = WorkerClient.start(self._cwd, self._session, self._env, self._look)
        self._worker.send(message)

    def _close_worker(self, *, now: bool) -> None:
        if self._worker is not None:
            self._worker.close(now=now)
            self._worker = None

    def _receive_until(self, deadline: float) -> None:
        while self._pending is not None and (left := deadline - time.monotonic()) > 0:
            self._receive(left)

    def _receive(self, wait_seconds: float) -> None:
        assert self._worker is not None
        try:
            reply = self._worker.receive(wait_seconds)
        except (OSError, ValueError):
            self._on_crash("the snapshot process has ended")
            return
        if reply is None or self._pending is None:
            return
        (request, ticket), self._pending = self._pending, None
        took_seconds = float(reply.get("took_ms", 0.0)) / 1000
        self._share = float(reply.get("share", self._share)) or TIME_SHARE
        self._interval = float(reply.get("interval", self._interval))
        self._next_at = time.monotonic() + max(self._interval, took_seconds / self._share)
        if not reply.get("ok"):
            self._final = self._final or bool(reply.get("final"))
            self._on_failed(request)
            self._fail(str(reply.get("error", "")), ticket)
            return
        self._has_first = True
        self._on_taken(request, ticket, reply)

    def _on_taken(self, request: SnapshotRequest, ticket: int | None, reply: WorkerReply) -> None:
        assert self._emit is not None
        snapshot = reply["snapshot"]
        if reply["new"]:
            data = event_data(snapshot) | {"store": reply["store"], "took_ms": reply["took_ms"]}
            if request is _FIRST:
                data["at_ns"] = 0  # the state when the recording started
            self._emit("fs", "snapshot", data)
        elif ticket is not None and request.label:
            # Nothing has changed: the label becomes a mark that names the snapshot there is.
            mark = {"label": request.label, "source": "snapshots", "snapshot": snapshot["id"]}
            self._emit("mark", "moment", mark)
        if ticket is not None:
            self._answers[ticket] = {
                "id": snapshot["id"],
                "new": reply["new"],
                "files": snapshot["files"],
            }

    def _on_crash(self, why: str) -> None:
        """The worker is gone. Another one is started for the next snapshot, but not at once."""
        request, ticket = self._pending or (None, None)
        self._pending = None
        self._close_worker(now=True)
        self._on_failed(request)
        self._next_at = time.monotonic() + _PAUSE_AFTER_CRASH_INTERVALS * self._interval
        self._fail(why, ticket)

    def _on_failed(self, request: SnapshotRequest | None) -> None:
        """The first one is tried again before the next one, but not for ever."""
        if request is _FIRST:
            self._first_tries += 1
            self._has_first = self._first_tries >= _MAX_FIRST_TRIES

    def _fail(self, why: str, ticket: int | None = None) -> None:
        """A failed snapshot is a mark with its reason, each reason once.

        That there are none of this directory, on purpose, is only noted.
        """
        if ticket is not None:
            self._answers[ticket] = {"error": why or "snapshots are disabled"}
        if not why or why in self._failures or len(self._failures) >= _MAX_FAILURES:
            return
        if self._emit is None:
            return
        self._failures.add(why)
        if self._final:
            self._emit("sys", "dropped", {"what": "snapshots", "reason": why})
        else:
            label = f"no snapshot: {why}"[:_MAX_FAILURE_CHARS]
            self._emit("mark", "moment", {"label": label, "source": "snapshots"})


def event_data(snapshot: JsonObject) -> JsonObject:
    """The data of a snapshot's event, without what only the store needs."""
    names = ("id", "label", "reason", "commit", "tree", "workspace", "cwd", "files", "bytes")
    number = int(str(snapshot["id"])[1:])
    more = snapshot["more"]
    assert isinstance(more, dict)
    return {
        **{name: snapshot[name] for name in names},
        "changed": snapshot["changed"],
        "left": snapshot["left"],
        "parent": f"s{number - 1}" if snapshot["parent"] else None,
        **{name: value for name, value in more.items() if name != "file"},
    }

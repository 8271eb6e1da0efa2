"""Snapshots while recording: a companion that asks a process of its own for them.

Nobody waits for a snapshot: neither the command, nor the terminal, nor the recorder's end for more
than a moment. What comes while one is taken, or too soon after it, is one snapshot later.
On the start path of `record`: imports are light here.
"""

from __future__ import annotations

import threading
import time

from agentrec.companions.snapshots.triggers import Triggers, Want
from agentrec.companions.snapshots.worker_client import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentrec.capture.companion_host import Emit
    from agentrec.capture.control.server import Operation, Reply, Request

BEGIN = 0.25  # seconds a command has to run before there are snapshots
LOOK = 0.15  # seconds to sleep at most
PATIENCE = 0.7  # seconds that the end waits for the last snapshot
CALM = 2.0  # more seconds between snapshots that only changed files are the reason for
SETTLE = (
    0.15  # seconds in which a better reason may come: agents tell of a turn and its tools at once
)
SURE = 3  # the rank of reasons that do not wait for a better one
INTERVAL, SHARE = 0.05, 0.2  # until the worker tells what the rules say
_TICKETS = 1000
_REASONS = 20  # that are told
_MANUAL = 9


class SnapshotTaker:
    """Takes the snapshots of the recording ``session``."""

    name = "snapshots"

    def __init__(self, session: str) -> None:
        self._session = session
        self._cwd = self._file = ""
        self._emit: Emit | None = None
        self._triggers = Triggers()
        self._lock = threading.Lock()
        self._wanted: Want | None = None
        self._since = 0.0  # when it was first wanted
        self._manual: list[tuple[int, Want]] = []  # ticket, what was asked
        self._answers: dict[int, Reply] = {}
        self._tickets = 0
        self._wake = threading.Event()
        self._ending = False
        self._worker: Worker | None = None
        self._asked: tuple[Want, int | None] | None = None  # what the worker is taking
        self._next = 0.0  # when the next automatic one may be taken
        self._share, self._interval = SHARE, INTERVAL
        self._final = False
        self._said: set[str] = set()

    # --- what the recorder calls ------------------------------------------------------------------

    def prepare(
        self, argv: list[str], env: dict[str, str], cwd: str
    ) -> tuple[list[str], dict[str, str]]:
        """Remember where the command runs."""
        self._cwd, self._file = cwd, env.get("AGENTREC_FILE", "")
        return argv, env

    def operations(self) -> dict[str, Operation]:
        """``snapshot``: ask for one, get a ticket; ask with the ticket whether it is done."""
        return {"snapshot": self._operation}

    def heard(self, seq: int, track: str, kind: str, data: dict[str, Any]) -> None:
        """An event was added; any thread."""
        want = self._triggers.heard(seq, track, kind, data)
        if want is not None and not self._final:
            with self._lock:
                if self._wanted is None:
                    self._since = time.monotonic()
                if self._wanted is None or want.rank >= self._wanted.rank:
                    self._wanted = want
            self._wake.set()

    def start(self, emit: Emit, pid: int) -> None:  # noqa: ARG002
        self._emit = emit
        self._next = time.monotonic() + BEGIN
        with self._lock:
            self._wanted = Want(8, "start", "start", -1)

    def tick(self) -> float | None:
        """One look. Returns at once after something happened, else within LOOK seconds."""
        if self._final and not self._manual:
            return None if self._worker is None else LOOK
        if self._asked is not None:
            self._receive(LOOK)
            return 0.0
        wait = self._due() - time.monotonic()
        if wait <= 0:
            self._ask()
            return 0.0
        self._wake.clear()
        if self._due() - time.monotonic() > 0 and not self._ending:
            self._wake.wait(min(wait, LOOK))
        return 0.0

    def hurry(self) -> None:
        """The command has ended: wait for nothing more."""
        self._ending = True
        self._wake.set()

    def stop(self) -> None:
        """Take the last one, if it can be had in a moment."""
        until = time.monotonic() + PATIENCE
        if self._worker is not None and self._emit is not None and not self._final:
            self._finish(until)
            with self._lock:
                self._wanted = Want(5, "end", "end", -1)
            self._ask()
            self._finish(until)
            if self._asked is not None:
                self._fail("there was no time for the last snapshot")
        if self._worker is not None:
            self._worker.close(now=self._asked is not None)
            self._worker = None

    # --- the rest ---------------------------------------------------------------------------------

    def _operation(self, request: Request) -> Reply:
        ticket = request.get("ticket")
        if isinstance(ticket, int):
            answer = self._answers.pop(ticket, None)
            return {"done": True, **answer} if answer is not None else {"done": False}
        if len(self._manual) + len(self._answers) > _TICKETS:
            self._answers.clear()
        self._tickets += 1
        want = Want(_MANUAL, "manual", str(request.get("label", "")), -1)
        with self._lock:
            self._manual.append((self._tickets, want))
        self._wake.set()
        return {"ticket": self._tickets}

    def _due(self) -> float:
        """When the next one is to be taken."""
        if self._manual:
            return 0.0
        want = self._wanted
        if want is None:
            return float("inf")
        if want.rank >= SURE:
            return self._next
        return max(self._next, self._since + SETTLE) + (CALM if want.rank == 0 else 0.0)

    def _finish(self, until: float) -> None:
        while self._asked is not None and (left := until - time.monotonic()) > 0:
            self._receive(left)

    def _ask(self) -> None:
        ticket = None
        with self._lock:
            if self._manual:
                ticket, want = self._manual.pop(0)
                self._wanted = None  # this one shows what that one would
            elif self._wanted is not None:
                want, self._wanted = self._wanted, None
            else:
                return
        more: dict[str, Any] = {"file": self._file}
        if want.seq >= 0:
            more["at_seq"] = want.seq
        if self._triggers.conversation is not None:
            more["conversation"] = self._triggers.conversation
        self._asked = (want, ticket)
        try:
            self._send({"label": want.label, "reason": want.reason, "more": more})
        except OSError as error:
            self._lost(f"the process for snapshots cannot be reached: {error.strerror}")

    def _send(self, request: dict[str, Any]) -> None:
        """Ask the worker; one that has ended meanwhile is replaced."""
        if self._worker is not None:
            try:
                self._worker.send(request)
            except OSError:
                self._worker.close(now=True)
                self._worker = None
            else:
                return
        self._worker = Worker(self._cwd, self._session)
        self._worker.send(request)

    def _receive(self, wait: float) -> None:
        assert self._worker is not None
        try:
            reply = self._worker.receive(wait)
        except (OSError, ValueError):
            self._lost("the process for snapshots has ended")
            return
        if reply is None or self._asked is None:
            return
        (want, ticket), self._asked = self._asked, None
        took = float(reply.get("took_ms", 0.0)) / 1000
        self._share = float(reply.get("share", self._share)) or SHARE
        self._interval = float(reply.get("interval", self._interval))
        self._next = time.monotonic() + max(self._interval, took / self._share)
        if not reply.get("ok"):
            self._final = self._final or bool(reply.get("final"))
            self._fail(str(reply.get("error", "")), ticket)
            return
        self._tell(want, ticket, reply)

    def _tell(self, want: Want, ticket: int | None, reply: dict[str, Any]) -> None:
        assert self._emit is not None
        found = reply["snapshot"]
        if reply["new"]:
            data = event_data(found) | {"store": reply["store"], "took_ms": reply["took_ms"]}
            self._emit("fs", "snapshot", data)
        elif ticket is not None and want.label:
            # Nothing has changed: the label becomes a moment that names the snapshot there is.
            data = {"label": want.label, "source": "snapshots", "snapshot": found["id"]}
            self._emit("mark", "moment", data)
        if ticket is not None:
            self._answers[ticket] = {
                "id": found["id"],
                "new": reply["new"],
                "files": found["files"],
            }

    def _lost(self, why: str) -> None:
        """The worker is gone. Another one is started for the next snapshot, but not at once."""
        ticket = self._asked[1] if self._asked else None
        self._asked = None
        if self._worker is not None:
            self._worker.close(now=True)
            self._worker = None
        self._next = time.monotonic() + 10 * self._interval
        self._fail(why, ticket)

    def _fail(self, why: str, ticket: int | None = None) -> None:
        """A failed snapshot is a moment with its reason, each reason once.

        That there are none of this directory, on purpose, is only noted.
        """
        if ticket is not None:
            self._answers[ticket] = {"error": why or "snapshots are switched off"}
        if not why or why in self._said or len(self._said) >= _REASONS or self._emit is None:
            return
        self._said.add(why)
        if self._final:
            self._emit("sys", "dropped", {"what": "snapshots", "reason": why})
        else:
            data = {"label": f"no snapshot: {why}"[:300], "source": "snapshots"}
            self._emit("mark", "moment", data)


def event_data(snapshot: dict[str, Any]) -> dict[str, Any]:
    """The data of a snapshot's event, without what only the store needs."""
    names = ("id", "label", "reason", "commit", "tree", "workspace", "cwd", "files", "bytes")
    number = int(snapshot["id"][1:])
    return {
        **{name: snapshot[name] for name in names},
        "changed": snapshot["changed"],
        "left": snapshot["left"],
        "parent": f"s{number - 1}" if snapshot["parent"] else None,
        **{name: value for name, value in snapshot["more"].items() if name != "file"},
    }

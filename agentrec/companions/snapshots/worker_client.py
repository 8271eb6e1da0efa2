"""The process that takes the snapshots of a recording, as the recorder sees it."""

from __future__ import annotations

from agentrec.companions.worker_process import WorkerProcess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypedDict

    from agentrec.json_values import JsonObject
    from agentrec.snapshots.first_look.look_process import LookProcess

    class WorkerReply(TypedDict, total=False):
        """About one snapshot. ``final``: there will never be one of this directory.

        ``share`` and ``interval`` are the limits on how often to ask.
        """

        ok: bool
        error: str
        final: bool
        new: bool
        snapshot: JsonObject
        store: str
        took_ms: float
        share: float
        interval: float


_MODULE = "agentrec.snapshots.worker"
_LOOK_FD = 3  # in a new process


class WorkerClient(WorkerProcess):
    """``receive`` raises OSError when the process has ended, ValueError for an invalid reply."""

    @classmethod
    def from_look(cls, look: LookProcess, session: str) -> WorkerClient:
        """The process that has looked at the directory. Raises OSError."""
        replies, requests = look.take(session)
        return cls(look.pid, replies, requests)

    @classmethod
    def start(
        cls, cwd: str, session: str, env: Mapping[str, str], look: LookProcess | None
    ) -> WorkerClient:
        """A new process with the environment ``env``. Raises OSError."""
        if look is None:
            return cls.spawn(_MODULE, [cwd, session], env)
        return cls.spawn(_MODULE, [cwd, session, str(_LOOK_FD)], env, {_LOOK_FD: look.result_fd})

    def receive(self, wait_seconds: float) -> WorkerReply | None:
        """The reply, if it comes in time."""
        reply: WorkerReply | None = self.read(wait_seconds)  # type: ignore[assignment]  # our own
        return reply

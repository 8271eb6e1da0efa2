"""A recorder that the program runs inside: events go into its recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.capture.control import client
from agentrec.errors import AgentrecError, InputError
from agentrec.sdk.write.event_socket import EventSocket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject


class RunningRecorder(EventSocket):
    """Carries events to the recorder whose control socket is at ``path``."""

    def __init__(self, path: str) -> None:
        """Connect. Raises InputError when no recorder listens, KeyError, ValueError for another."""
        self._control = path
        connection = client.connect(path)
        if connection is None:
            raise InputError("the recorder does not answer")
        try:
            reply = client.ask(connection, {"op": "stream"})
            start_ns = int(str(reply["start_ns"]))
            super().__init__(connection, start_ns, str(reply["session"]), str(reply["file"]))
        except (AgentrecError, KeyError, ValueError):
            connection.close()
            raise

    def ask(self, request: JsonObject) -> JsonObject:
        """Ask the recorder for something else. Raises InputError when it does not answer."""
        connection = client.connect(self._control)
        if connection is None:
            raise InputError("the recorder does not answer")
        with connection:
            return client.ask(connection, request)

    def snapshot(self, label: str) -> str:
        """Have the recorder take a snapshot of the files; returns its id. Raises InputError."""
        connection = client.connect(self._control)
        if connection is None:
            raise InputError("the recorder does not answer")
        with connection:
            return client.take_snapshot(connection, label)["id"]


def join(env: Mapping[str, str]) -> RunningRecorder | None:
    """The recorder around this program, if there is one that takes events."""
    path = env.get("AGENTREC_SOCKET")
    if not path:
        return None
    try:
        return RunningRecorder(path)
    except (AgentrecError, OSError, KeyError, ValueError):
        return None

"""Adding points from the player: to a live recording through its recorder, else to the file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.capture.control.client import ask, connect_to, take_snapshot
from agentrec.errors import InputError, OutputError
from agentrec.recording.append import append_moment

if TYPE_CHECKING:
    import socket

    from agentrec.recording.reader import Recording


def add_mark(recording: Recording, t: int, label: str, *, live: bool) -> tuple[str, int]:
    """Set a moment at ``t`` (ns); blocks. Returns its label and the time it was set at.

    A recorder may only be able to mark its own present. Raises OutputError, InputError.
    """
    if not live:
        return append_moment(recording.path, t, label, "player"), t
    with _recorder(recording) as client:
        reply = ask(client, {"op": "mark", "label": label, "source": "player", "at_ns": t})
    set_at = reply.get("t")
    return str(reply.get("label", label)), set_at if isinstance(set_at, int) else t


def request_snapshot(recording: Recording, label: str, *, live: bool) -> tuple[str, bool]:
    """Have the recorder take a snapshot now; blocks. Returns its id, and whether anything had changed.

    Raises OutputError, InputError.
    """
    if not live:
        raise InputError(
            "the recording has ended", "`agentrec snapshot` keeps the files as they are now"
        )
    with _recorder(recording) as client:
        answer = take_snapshot(client, label)
    return str(answer["id"]), bool(answer["new"])


def _recorder(recording: Recording) -> socket.socket:
    client = connect_to(str(recording.header.get("id", "")), dict(os.environ))
    if client is None:
        raise OutputError("the recorder of this recording cannot be reached from here")
    return client

"""Adds marks and snapshots from the player: through the recorder while it runs, else to the file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.capture.control.client import ask, connect_to, take_snapshot
from agentrec.errors import InputError, OutputError
from agentrec.recording.append import append_moment, append_note

if TYPE_CHECKING:
    import socket

    from agentrec.json_values import JsonObject
    from agentrec.recording.reader import Recording


def add_mark(recording: Recording, t: int, label: str, *, live: bool) -> tuple[str, int]:
    """Add a mark at ``t`` (ns); blocks. Returns its label and the time it was added at.

    A recorder may only be able to mark its current time. Raises OutputError, InputError.
    """
    if not live:
        return append_moment(recording.path, t, label, "player"), t
    with _recorder(recording) as client:
        reply = ask(client, {"op": "mark", "label": label, "source": "player", "at_ns": t})
    set_at = reply.get("t")
    return str(reply.get("label", label)), set_at if isinstance(set_at, int) else t


def add_note(recording: Recording, t: int, text: str, answers: str, *, live: bool) -> None:
    """Add a note about ``t`` (ns), which may answer another; blocks. Raises OutputError, InputError."""
    data: JsonObject = {"text": text, "source": "player"}
    if answers:
        data["answers"] = answers
    if not live:
        append_note(recording.path, t, data)
        return
    with _recorder(recording) as client:
        ask(client, {"op": "note", "at_ns": t, **data})


def request_snapshot(recording: Recording, label: str, *, live: bool) -> tuple[str, bool]:
    """Have the recorder take a snapshot; blocks. Returns its id, and whether anything had changed.

    Raises OutputError, InputError.
    """
    if not live:
        raise InputError("the recording has ended", "use `agentrec snapshot` for the files now")
    with _recorder(recording) as client:
        reply = take_snapshot(client, label)
    return str(reply["id"]), bool(reply["new"])


def _recorder(recording: Recording) -> socket.socket:
    client = connect_to(str(recording.header.get("id", "")), dict(os.environ))
    if client is None:
        raise OutputError("cannot reach the recorder of this recording")
    return client

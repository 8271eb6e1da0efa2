"""Adding a moment from the player: to a live recording through its recorder, else to the file."""

from __future__ import annotations

import json
import os
import socket
from typing import TYPE_CHECKING, Any

from agentrec.capture.runtime import SUFFIX, candidates, is_ours
from agentrec.errors import OutputError
from agentrec.recording.append import append_moment

if TYPE_CHECKING:
    from agentrec.recording.reader import Recording

TIMEOUT = 5.0  # seconds


def add(recording: Recording, t: int, label: str, *, live: bool) -> tuple[str, int]:
    """Set a moment at ``t`` (ns); blocks. Returns its label and the time it was set at.

    A recorder may only be able to mark its own present. Raises OutputError, InputError.
    """
    if live:
        return _ask_recorder(str(recording.header.get("id", "")), t, label)
    return append_moment(recording.path, t, label, "player"), t


def _ask_recorder(session: str, t: int, label: str) -> tuple[str, int]:
    request = {"op": "mark", "label": label, "source": "player", "at_ns": t}
    with _connect(session) as client:
        try:
            client.sendall(json.dumps(request).encode() + b"\n")
            reply: dict[str, Any] = json.loads(client.makefile("rb").readline(1 << 16))
        except (OSError, ValueError):
            raise OutputError("the recorder does not answer") from None
    if not reply.get("ok"):
        raise OutputError(f"the recorder refuses: {reply.get('error', 'no reason given')}")
    return str(reply.get("label", label)), int(reply.get("t", t))


def _connect(session: str) -> socket.socket:
    name = session + SUFFIX
    for folder in filter(is_ours, candidates(dict(os.environ))):
        path = os.path.join(folder, name)
        if os.path.basename(name) != name or not os.path.lexists(path):
            continue  # an id is foreign data, never a path
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(TIMEOUT)
        try:
            client.connect(path)
        except OSError:
            client.close()
            continue
        return client
    raise OutputError("the recorder of this recording cannot be reached from here")

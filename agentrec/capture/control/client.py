"""Asking a running recording something, over its control socket."""

from __future__ import annotations

import json
import os
import socket
import time

from agentrec.capture.control.socket_dir import SUFFIX, candidates, is_ours
from agentrec.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TIMEOUT = 5.0  # seconds until a recorder that does not answer is given up
PATIENCE = 600.0  # seconds; the first snapshot of a huge tree takes a while
_REPLY = 1 << 16  # bytes


def connect(path: str) -> socket.socket | None:
    """A connection to the recorder that listens at ``path``; None when none does."""
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(TIMEOUT)
    try:
        client.connect(path)
    except OSError:
        client.close()
        return None
    return client


def connect_to(session: str, env: dict[str, str]) -> socket.socket | None:
    """A connection to the recording with this id, when it runs in an environment like ``env``."""
    if not session or os.sep in session:
        return None
    for place in candidates(env):
        client = connect(os.path.join(place, session + SUFFIX)) if is_ours(place) else None
        if client:
            return client
    return None


def ask(client: socket.socket, request: dict[str, Any]) -> dict[str, Any]:
    """Send ``request`` and return the reply. Raises InputError when there is none, or it refuses."""
    try:
        client.sendall(json.dumps(request).encode() + b"\n")
        line = client.makefile("rb").readline(_REPLY)
        reply: dict[str, Any] = json.loads(line)
    except (OSError, ValueError):
        raise InputError("the recorder does not answer") from None
    if not reply.get("ok"):
        raise InputError(f"the recorder refuses: {reply.get('error', 'no reason given')}")
    return reply


def take_snapshot(client: socket.socket, label: str, patience: float = PATIENCE) -> dict[str, Any]:
    """Have the recorder keep the directory's files, and wait for it: its answer, with ``id``.

    Raises InputError when it cannot, or takes longer than ``patience`` seconds.
    """
    ticket = ask(client, {"op": "snapshot", "label": label})["ticket"]
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        answer = ask(client, {"op": "snapshot", "ticket": ticket})
        if answer["done"]:
            if "error" in answer:
                raise InputError(str(answer["error"]))
            return answer
        time.sleep(0.03)
    raise InputError("the recorder does not answer")

"""Asks a running recording something, over its control socket."""

from __future__ import annotations

import json
import os
import socket
import time

from agentrec.capture.control.socket_dir import SUFFIX, candidates, is_ours
from agentrec.errors import InputError
from agentrec.json_values import table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypedDict

    from agentrec.json_values import JsonObject

    class TakenSnapshot(TypedDict):
        """A snapshot that was asked for; ``new`` is false when nothing had changed since that one."""

        id: str
        new: bool
        files: int


REPLY_TIMEOUT_SECONDS = 5.0
SNAPSHOT_TIMEOUT_SECONDS = 600.0  # the first snapshot of a huge tree takes a while
_SNAPSHOT_POLL_SECONDS = 0.03
_REPLY_LIMIT_BYTES = 1 << 16


class UnknownOperationError(InputError):
    """This recorder does not do what it was asked for."""


class _Reply(dict[str, object]):
    """What something answers that may be no recorder, or one of another version."""

    def __missing__(self, name: str) -> object:
        raise InputError(f"the answer is not a recorder's: it has no {name}")


def connect(path: str) -> socket.socket | None:
    """A connection to the recorder that listens at ``path``; None when none does."""
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(REPLY_TIMEOUT_SECONDS)
    try:
        client.connect(path)
    except OSError:
        client.close()
        return None
    return client


def connect_to(session: str, env: Mapping[str, str]) -> socket.socket | None:
    """A connection to the recording with this id, when it runs in an environment like ``env``."""
    if not session or os.sep in session:
        return None
    for folder in candidates(env):
        client = connect(os.path.join(folder, session + SUFFIX)) if is_ours(folder) else None
        if client:
            return client
    return None


def ask(client: socket.socket, request: JsonObject) -> JsonObject:
    """Send ``request`` and return the reply. Raises InputError when there is none, or it refuses."""
    try:
        client.sendall(json.dumps(request).encode() + b"\n")
        line = client.makefile("rb").readline(_REPLY_LIMIT_BYTES)
        reply = _Reply(table(json.loads(line)))
    except (OSError, ValueError, RecursionError):
        raise InputError("the recorder does not answer") from None
    if reply.get("unknown"):
        raise UnknownOperationError(f"the recorder refused: {reply.get('error')}")
    if not reply.get("ok"):
        raise InputError(f"the recorder refused: {reply.get('error', 'no reason given')}")
    return reply


def take_snapshot(
    client: socket.socket, label: str, timeout: float = SNAPSHOT_TIMEOUT_SECONDS
) -> TakenSnapshot:
    """Have the recorder take a snapshot of the directory, and wait for it.

    Raises InputError when it cannot, or takes longer than ``timeout`` seconds.
    """
    try:
        ticket = ask(client, {"op": "snapshot", "label": label})["ticket"]
    except UnknownOperationError:
        raise InputError(
            "this recording has no snapshots: it is encrypted, or made with --no-snapshots"
        ) from None
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        reply = ask(client, {"op": "snapshot", "ticket": ticket})
        if reply["done"]:
            return _taken(reply)
        time.sleep(_SNAPSHOT_POLL_SECONDS)
    raise InputError("the recorder does not answer")


def _taken(reply: JsonObject) -> TakenSnapshot:
    if "error" in reply:
        raise InputError(str(reply["error"]))
    files = reply["files"]
    return {
        "id": str(reply["id"]),
        "new": bool(reply["new"]),
        "files": files if isinstance(files, int) else 0,
    }

"""Talking to a recording that is running, for the commands that do."""

import os
import sys
import time

from agentrec.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    import socket
    from typing import Any

STARTING = 10.0  # seconds that a recorder which has just started its command may take to listen


def add_live_arguments(parser: "argparse.ArgumentParser") -> None:
    """The options that every such command has."""
    parser.add_argument(
        "--socket",
        metavar="PATH",
        help="the recording's control socket (default: $AGENTREC_SOCKET, or the only one running)",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing")


def ask(path: str | None, request: "dict[str, Any]") -> "dict[str, Any]":
    """Send ``request`` to the recording at ``path`` (None: the one around us, or the only one).

    Returns its reply. Raises InputError when there is none, or it refuses.
    """
    from agentrec.capture.control.client import ask as ask_client

    with connected(path) as client:
        return ask_client(client, request)


def connected(path: str | None) -> "socket.socket":
    """A connection to the recording at ``path``, likewise. Raises InputError."""
    from agentrec.capture.control.client import connect
    from agentrec.capture.control.socket_dir import recorder_lives

    named = path or os.environ.get("AGENTREC_SOCKET")
    if named:
        client = connect(named)
        deadline = time.monotonic() + STARTING
        while client is None and recorder_lives(named) and time.monotonic() < deadline:
            time.sleep(0.01)
            client = connect(named)
        if client is None:
            raise InputError(f"no recording answers at {named}", "has it ended?")
        return client
    return _only_one()


def _only_one() -> "socket.socket":
    """The recording that is running, if it is the only one."""
    from agentrec.capture.control.client import connect
    from agentrec.capture.control.socket_dir import prepare, sockets, sweep

    if place := prepare(dict(os.environ)):
        sweep(place)
    running = [(path, client) for path in sockets(dict(os.environ)) if (client := connect(path))]
    if len(running) == 1:
        name = os.path.basename(running[0][0]).removesuffix(".sock")
        print(f"agentrec: this goes to recording {name}", file=sys.stderr)
        return running[0][1]
    for _, client in running:
        client.close()
    if not running:
        raise InputError("no recording is running", "start one with `agentrec record`")
    names = "\n  ".join(path for path, _ in running)
    raise InputError(
        f"{len(running)} recordings are running", f"choose one with --socket:\n  {names}"
    )

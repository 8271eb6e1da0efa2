"""Talking to a recording that is running, for the commands that do."""

import os
import sys
import time

from agentrec.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    import socket

    from agentrec.json_values import JsonObject

# A recorder that has just started its command may take so long to listen.
START_TIMEOUT_SECONDS = 10.0
_RETRY_SECONDS = 0.01


def add_live_arguments(parser: "argparse.ArgumentParser") -> None:
    """The options that every such command has."""
    parser.add_argument(
        "--socket",
        metavar="PATH",
        help="the recording's control socket (default: $AGENTREC_SOCKET, or the only one running)",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing")


def ask(path: str | None, request: "JsonObject") -> "JsonObject":
    """Send ``request`` to the recording at ``path`` (None: the one around us, or the only one).

    Returns its reply. Raises InputError when there is none, or it refuses.
    """
    from agentrec.capture.control.client import ask as ask_client

    with connected(path) as client:
        return ask_client(client, request)


def print_added(reply: "JsonObject", what: object) -> None:
    """Say at what time of the recording ``what`` was added."""
    from agentrec.times import format_clock

    t = reply["t"]
    if not isinstance(t, int):
        raise InputError("the answer is not a recorder's: it has no time")
    print(f"{format_clock(t, fraction=True)}  {what}")


def running_socket(run: str) -> str | None:
    """The control socket of the recording with that id or file; None if it is not running.

    Raises InputError for one that cannot be read.
    """
    from agentrec.capture.control.socket_dir import SUFFIX, sockets
    from agentrec.library.resolve import resolve
    from agentrec.recording.reader import Recording

    named = {os.path.basename(path).removesuffix(SUFFIX): path for path in sockets(os.environ)}
    if run in named:
        return named[run]
    with Recording.open(run if os.path.lexists(run) else resolve(run, os.environ)) as recording:
        session = str(recording.header.get("id", ""))
    return named.get(session)


def socket_of(run: str) -> str:
    """The same. Raises InputError if it is not running."""
    path = running_socket(run)
    if path is None:
        raise InputError(f"{run} is not running", "`agentrec ls --state live` lists those that are")
    return path


def connected(path: str | None) -> "socket.socket":
    """A connection to the recording at ``path``, likewise. Raises InputError."""
    from agentrec.capture.control.client import connect
    from agentrec.capture.control.socket_dir import is_recorder_running

    named = path or os.environ.get("AGENTREC_SOCKET")
    if not named:
        return _only_one()
    client = connect(named)
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while client is None and is_recorder_running(named) and time.monotonic() < deadline:
        time.sleep(_RETRY_SECONDS)
        client = connect(named)
    if client is None:
        raise InputError(
            f"no recording answers at {named}",
            "it may have ended; `agentrec ls --state live` lists the running ones",
        )
    return client


def _only_one() -> "socket.socket":
    """The recording that is running, if it is the only one."""
    from agentrec.capture.control.client import connect
    from agentrec.capture.control.socket_dir import SUFFIX, prepare, sockets, sweep

    if folder := prepare(os.environ):
        sweep(folder)
    running = [(path, client) for path in sockets(os.environ) if (client := connect(path))]
    if len(running) == 1:
        name = os.path.basename(running[0][0]).removesuffix(SUFFIX)
        print(f"agentrec: sending to recording {name}", file=sys.stderr)
        return running[0][1]
    for _, client in running:
        client.close()
    if not running:
        raise InputError("no recording is running", "start one with `agentrec record`")
    names = "\n  ".join(path for path, _ in running)
    raise InputError(
        f"{len(running)} recordings are running", f"choose one with --socket:\n  {names}"
    )

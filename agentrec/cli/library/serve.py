"""Serve recordings to a browser on this machine, and to programs over HTTP.

agentrec serve                       all recordings, on a free port
agentrec serve run.ahr --open        one, in the browser
agentrec serve ~/team --port 8000    those in a folder

The address that is printed has a token in it: whoever has it can read these recordings, add moments to them
and start branches of them. AGENTREC_TOKEN sets one that stays the same. See docs/http.md.
"""

from __future__ import annotations

import os
import secrets
import threading
from typing import TYPE_CHECKING

from agentrec.cli.common import warn
from agentrec.cli.library.selection import library
from agentrec.errors import ExitCode, UsageError
from agentrec.library.filters import Filters
from agentrec.library.locations import roots
from agentrec.library.resolve import resolve

if TYPE_CHECKING:
    import argparse

    from agentrec.web.server import Server

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SHORTEST = 16  # characters of a token


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("where", nargs="*", metavar="FOLDER|FILE", help="what to serve (default: all recordings)")
    add("--port", type=_port, default=0, metavar="N", help="default: a free one")
    add(
        "--host",
        default=_LOOPBACK[0],
        metavar="NAME",
        help="listen there instead; anything but this machine itself is open to your network",
    )
    add(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="answer when called by this name, too, as behind a proxy (repeatable)",
    )
    add(
        "--token",
        metavar="TEXT",
        help="instead of a random one; AGENTREC_TOKEN is not seen in `ps`",
    )
    add("--open", action="store_true", help="open the page in a browser")


def run(args: argparse.Namespace) -> int:
    from agentrec.web.server import Settings, listen

    token = _token(args.token)
    named = [resolve(name, os.environ) for name in args.where]
    with library(Filters(roots(named, os.environ))):
        pass  # what is new is read now, where its progress can be seen
    settings = Settings(token, args.host, args.port, tuple(args.allow_host))
    server = listen(named, settings, os.environ)
    if args.host not in _LOOPBACK:
        warn("this is open to your network, without encryption; a tunnel (ssh -L) is safer")
    address = _address(args.host, server.port)
    print(f"{address}/?token={token}", flush=True)
    if args.open:
        _open(server, address)
    try:
        server.run()
    except KeyboardInterrupt:
        return ExitCode.OK  # this is how it is stopped
    return ExitCode.OK


def _token(given: str | None) -> str:
    token = given or os.environ.get("AGENTREC_TOKEN") or secrets.token_urlsafe(24)
    if len(token) < _SHORTEST or not all(c.isascii() and (c.isalnum() or c in "-_") for c in token):
        raise UsageError(f"a token has at least {_SHORTEST} letters, digits, - and _")
    return token


def _address(host: str, port: int) -> str:
    name = "127.0.0.1" if host in ("0.0.0.0", "") else host  # noqa: S104 - it is named, not bound
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _open(server: Server, address: str) -> None:
    """In a browser; by a code that lets in once, because other users see command lines."""
    import webbrowser

    code = secrets.token_urlsafe(24)
    server.keys.once(code)
    target = f"{address}/?once={code}"
    threading.Thread(target=webbrowser.open, args=(target,), daemon=True).start()


def _port(text: str) -> int:
    import argparse

    if not text.isdecimal() or not 0 <= int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)

"""Serve recordings as a web page on this machine, and to programs over HTTP.

agentrec serve                       all recordings, on a free port
agentrec serve run.ahr --open        one recording, in the browser
agentrec serve ~/team --port 8000    the recordings in a folder
agentrec serve --remote s3://team-recordings/ci    those in object storage

The printed address contains a token: anyone who has it can read these recordings, add marks to them,
start branches from them and merge transactions. AGENTREC_TOKEN sets a token that stays the same. Spans
of OpenTelemetry that are sent to /v1/traces become recordings in the library. See docs/http.md and
docs/opentelemetry.md.
"""

from __future__ import annotations

import os
import secrets
import threading
from typing import TYPE_CHECKING

from agentrec.cli.common import add_identity, warn
from agentrec.cli.library.selection import library
from agentrec.errors import ExitCode, UsageError
from agentrec.library.filters import Filters
from agentrec.library.locations import roots
from agentrec.library.resolve import resolve

if TYPE_CHECKING:
    import argparse

    from agentrec.web.server import Server, Settings

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SHORTEST = 16  # characters of a token

HANDLES_SIGNALS = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("where", nargs="*", metavar="FOLDER|FILE", help="what to serve (default: all recordings)")
    add(
        "--port",
        type=_port,
        default=0,
        metavar="N",
        help="listen on this port (default: a free one)",
    )
    add(
        "--host",
        default=_LOOPBACK[0],
        metavar="NAME",
        help="listen on this address; any but a loopback address is open to your network",
    )
    add(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="also accept this host name, for use behind a proxy (repeatable)",
    )
    add(
        "--embed",
        action="append",
        default=[],
        type=_site,
        metavar="SITE",
        help="let pages of this site show recordings, as https://blog.example (repeatable)",
    )
    add(
        "--token",
        metavar="TEXT",
        help="use this token instead of a random one; AGENTREC_TOKEN keeps it out of `ps`",
    )
    add(
        "--remote",
        nargs="?",
        const="",
        metavar="URL",
        help="serve what is in object storage (default: the setting fleet.remote); see docs/fleet.md",
    )
    add("--open", action="store_true", help="open the page in a browser")
    add_identity(parser)


def run(args: argparse.Namespace) -> int:
    from agentrec.redact.own.active import own_rules
    from agentrec.web.server import Settings

    own_rules()  # a mistake in them is found now, not at the first export
    token = _token(args.token)
    settings = Settings(token, args.host, args.port, tuple(args.allow_host), tuple(args.embed))
    server = _listen(args, settings)
    if args.host not in _LOOPBACK:
        warn("anyone on your network can reach this, unencrypted; an SSH tunnel (ssh -L) is safer")
    address = _address(args.host, server.port)
    print(f"{address}/?token={token}", flush=True)
    if args.open:
        _open(server, address)
    try:
        server.run()
    except KeyboardInterrupt:
        return ExitCode.OK  # the normal way to stop it
    return ExitCode.OK


def _listen(args: argparse.Namespace, settings: Settings) -> Server:
    from agentrec.web.server import listen

    if args.remote is not None:
        if args.where or args.embed:
            what = "--embed" if args.embed else "a folder or file"
            raise UsageError(f"--remote and {what} do not go together", "use one of them")
        from agentrec.cli.fleet.remote_options import remote_of

        return listen([], settings, os.environ, remote_of(args.remote))
    named = [resolve(name, os.environ) for name in args.where]
    with library(Filters(roots(named, os.environ))):
        pass  # index new recordings now, with a progress bar
    return listen(named, settings, os.environ)


def _token(given: str | None) -> str:
    token = given or os.environ.get("AGENTREC_TOKEN") or secrets.token_urlsafe(24)
    if len(token) < _SHORTEST or not all(c.isascii() and (c.isalnum() or c in "-_") for c in token):
        raise UsageError(f"invalid token: use at least {_SHORTEST} letters, digits, - and _")
    return token


def _address(host: str, port: int) -> str:
    name = "127.0.0.1" if host in ("0.0.0.0", "") else host  # noqa: S104 - it is named, not bound
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _open(server: Server, address: str) -> None:
    """Open a browser, with a code that works once: other users can see command lines."""
    import webbrowser

    code = secrets.token_urlsafe(24)
    server.keys.add_code(code)
    target = f"{address}/?once={code}"
    threading.Thread(target=webbrowser.open, args=(target,), daemon=True).start()


def _site(text: str) -> str:
    import argparse
    import re

    if not re.fullmatch(r"https?://[A-Za-z0-9.*\[\]:-]+", text):
        raise argparse.ArgumentTypeError(f"invalid site {text!r}: use https://NAME")
    return text


def _port(text: str) -> int:
    import argparse

    if not text.isdecimal() or not 0 <= int(text) < 65536:
        raise argparse.ArgumentTypeError(f"invalid port {text!r}: use 0 to 65535")
    return int(text)

"""Follow a running recording from another terminal.

agentrec watch            the newest running recording
agentrec watch FILE       this one; same as `agentrec replay --follow FILE`
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from agentrec.cli.common import add_color, add_identity, found, wants_color
from agentrec.errors import InputError

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", metavar="FILE", nargs="?", help="a recording (default: the newest running)"
    )
    add_color(parser)
    add_identity(parser)


def run(args: argparse.Namespace) -> int:
    path = found(args.file) if args.file else _newest()
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        from agentrec.cli.play.plain_playback import follow_plain

        return follow_plain(path)
    from agentrec.tui.player import play

    return play(path, follow=True, no_color=not wants_color(args.color))


def _newest() -> str:
    """The file of this user's newest running recording."""
    from agentrec.capture.control.socket_dir import sockets
    from agentrec.cli.capture.running import ask

    for socket in reversed(sockets(dict(os.environ))):
        try:
            return str(ask(socket, {"op": "status"})["file"])
        except InputError:
            continue  # its recorder was killed
    raise InputError("no recording is running", "start one with `agentrec record`, or give a FILE")

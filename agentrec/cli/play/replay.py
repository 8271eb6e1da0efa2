"""Play a recording.

In a terminal this opens the player; press ? there for its keys. Elsewhere it prints the final screen,
as --fast does. --plain plays in the terminal itself, without the player. --beside shows two recordings in
step, and d goes to where they first differ.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from agentrec.cli.common import (
    RECORDING,
    add_color,
    add_identity,
    add_stretch,
    check_start,
    opened,
    position,
    print_json,
    readable_path,
    wants_color,
    warn,
    warn_damage,
)
from agentrec.errors import ExitCode, UsageError
from agentrec.library.resolve import LAST

if TYPE_CHECKING:
    import argparse

    from agentrec.recording.reader import Recording


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", metavar="FILE", nargs="?", default=LAST, help=f"{RECORDING} (default: last)"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--fast", action="store_true", help="print scrollback and final screen at once"
    )
    how.add_argument(
        "--plain", action="store_true", help="play in this terminal, without the player"
    )
    how.add_argument(
        "--print-meta", action="store_true", help="print the recording's header as JSON"
    )
    how.add_argument(
        "--follow", action="store_true", help="follow a recording that is still being made"
    )
    parser.add_argument(
        "--beside", metavar="FILE", help="another recording, side by side in the player"
    )
    parser.add_argument(
        "--speed", type=_speed, default=1.0, metavar="N", help="playback speed; 2 is twice as fast"
    )
    parser.add_argument(
        "--idle-limit",
        type=position,
        metavar="SECONDS",
        help="cut pauses to at most this long (default in the player: as last time)",
    )
    add_stretch(parser, until="stop there (--plain, --fast)")
    add_color(parser)
    add_identity(parser)


def run(args: argparse.Namespace) -> int:
    if args.until is not None and args.until < args.since:
        raise UsageError("--until is before --since")
    with readable_path(args.file) as args.file:
        return _run(args)


def _run(args: argparse.Namespace) -> int:
    if args.print_meta:
        with opened(args.file) as recording:
            print_json(recording.header)
        return ExitCode.OK
    if args.beside is not None:
        return _beside(args)
    if args.follow and not _interactive(args.file):
        from agentrec.cli.play.plain_playback import follow_plain

        return follow_plain(args.file)
    if args.plain or args.fast or not _interactive(args.file):
        with opened(args.file) as recording:
            check_start(recording, args.since)
            (_plain if args.plain else _fast)(recording, args)
            warn_damage(recording)
        return ExitCode.OK
    return _player(args)


def _beside(args: argparse.Namespace) -> int:
    if args.plain or args.fast or args.follow or args.since or args.until is not None:
        raise UsageError(
            "--beside cannot be used with --plain, --fast, --follow, --since or --until"
        )
    if not _interactive(args.file) or args.beside == "-":
        raise UsageError(
            "cannot play side by side: standard input and output are not a terminal",
            f"agentrec compare {args.file} {args.beside}",
        )
    from agentrec.tui.beside.beside_player import play_beside

    no_color = not wants_color(args.color)
    with readable_path(args.beside) as beside:
        return play_beside(args.file, beside, speed=args.speed, no_color=no_color)


def _interactive(path: str) -> bool:
    return path != "-" and sys.stdin.isatty() and sys.stdout.isatty()


def _fast(recording: Recording, args: argparse.Namespace) -> None:
    from agentrec.cli.play.final_screen import final_lines, final_screen

    for line in final_lines(final_screen(recording, args.until), colors=wants_color(args.color)):
        print(line)


def _plain(recording: Recording, args: argparse.Namespace) -> None:
    from agentrec.cli.play.plain_playback import play_plain, terminal_too_small

    if too_small := terminal_too_small(recording):
        warn(too_small)
    play_plain(recording, start=args.since, end=args.until, speed=args.speed, idle=args.idle_limit)


def _player(args: argparse.Namespace) -> int:
    with opened(args.file) as recording:
        from agentrec.sdk.read.stage import has_stage

        staged = has_stage(recording)
    if staged and not args.follow:
        from agentrec.tui.stages import play_stage

        return play_stage(args.file, no_color=not wants_color(args.color))
    from agentrec.tui.player import play

    if args.since:
        with opened(args.file) as recording:
            check_start(recording, args.since)
    return play(
        args.file,
        start=args.since,
        speed=args.speed,
        idle_limit=args.idle_limit,
        follow=args.follow,
        no_color=not wants_color(args.color),
    )


def _speed(text: str) -> float:
    import argparse

    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.01 <= value <= 1000:
        raise argparse.ArgumentTypeError(f"invalid speed {text!r}: use a number from 0.01 to 1000")
    return value

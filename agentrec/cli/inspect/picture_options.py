"""Options of commands that make pictures."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from agentrec.cli.common import position
from agentrec.export.picture.options import IDLE_LIMIT_SECONDS, SPEEDS, PictureOptions
from agentrec.export.picture.picture_colors import THEMES

if TYPE_CHECKING:
    from collections.abc import Callable


def add_picture(
    parser: argparse.ArgumentParser | argparse._ArgumentGroup, *, animated: bool
) -> None:
    """How the screen looks, and for an animation what is shown of it."""
    add = parser.add_argument
    add("--theme", choices=THEMES, default="dark", help="colors (default: dark)")
    add("--no-window", dest="window", action="store_false", help="no title bar around the screen")
    add("--no-cursor", dest="cursor", action="store_false", help="do not show the cursor")
    if not animated:
        return
    speed, idle = _between(*SPEEDS), _between(0, 86_400)
    add("--speed", type=speed, default=1.0, metavar="N", help="play N times as fast")
    add(
        "--idle-limit",
        type=idle,
        default=IDLE_LIMIT_SECONDS,
        metavar="SECONDS",
        help="longest pause; 0: no limit (default: %(default)g)",
    )
    add("--since", type=position, default=0, metavar="TIME", help="start here: 90, 1:30")
    add("--until", type=position, metavar="TIME", help="stop here")


def picture_of(args: argparse.Namespace) -> PictureOptions:
    """The options that were given."""
    look = {name: getattr(args, name) for name in ("theme", "window", "cursor")}
    if not hasattr(args, "speed"):
        return PictureOptions(**look)
    return PictureOptions(
        **look,
        start=args.since,
        stop=args.until,
        speed=args.speed,
        idle_limit=args.idle_limit,
    )


def _between(lowest: float, highest: float) -> Callable[[str], float]:
    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not lowest <= value <= highest:
            raise argparse.ArgumentTypeError(
                f"invalid value {text!r}: use {lowest:g} to {highest:g}"
            )
        return value

    return number

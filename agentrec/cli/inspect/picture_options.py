"""Options of commands that make pictures."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agentrec.cli.common import position
from agentrec.errors import UsageError
from agentrec.export.picture.options import CAPTIONS, SPEEDS, PictureOptions
from agentrec.export.picture.picture_colors import THEMES

if TYPE_CHECKING:
    from collections.abc import Callable

_DEFAULTS = PictureOptions()
# field of the options -> what it is called on the command line
_NAMES = {
    "theme": "--theme",
    "window": "--no-window",
    "cursor": "--no-cursor",
    "captions": "--captions",
    "speed": "--speed",
    "idle_limit": "--idle-limit",
    "start": "--since",
    "stop": "--until",
}
# Those that say how a picture looks, not what is shown when.
_LOOKS = {"theme", "window", "cursor"}


def add_picture(
    parser: argparse.ArgumentParser | argparse._ArgumentGroup, *, animated: bool
) -> None:
    """How the screen looks, and for an animation what is shown of it."""
    add = parser.add_argument
    add("--theme", choices=THEMES, help=f"colors (default: {_DEFAULTS.theme})")
    add(
        "--no-window",
        dest="window",
        action="store_false",
        default=None,
        help="no title bar around the screen",
    )
    add(
        "--no-cursor",
        dest="cursor",
        action="store_false",
        default=None,
        help="do not show the cursor",
    )
    add(
        "--captions",
        choices=CAPTIONS,
        help="show labels of marks below the screen: your own, or all of them",
    )
    if not animated:
        return
    speed, idle = _between(*SPEEDS), _between(0, 86_400)
    add("--speed", type=speed, metavar="N", help="play N times as fast")
    add(
        "--idle-limit",
        type=idle,
        metavar="SECONDS",
        help=f"longest pause; 0: no limit (default: {_DEFAULTS.idle_limit:g})",
    )
    add("--since", dest="start", type=position, metavar="TIME", help="start here: 90, 1:30")
    add("--until", dest="stop", type=position, metavar="TIME", help="stop here")


def picture_of(args: argparse.Namespace) -> PictureOptions:
    """The options that were given, and the defaults of the others."""
    return replace(_DEFAULTS, **_given(args))


def refuse_picture(args: argparse.Namespace, what: str) -> None:
    """Raise UsageError if an option for pictures was given, but ``what`` has none."""
    if given := _given(args):
        of_time = not given.keys() <= _LOOKS
        raise UsageError(
            f"{', '.join(_NAMES[name] for name in given)}: for pictures and videos, not for {what}",
            "`agentrec cut`, `speed` and `trim` make a recording of a stretch, or a faster one"
            if of_time
            else f"leave {'them' if len(given) > 1 else 'it'} out",
        )


def _given(args: argparse.Namespace) -> dict[str, Any]:
    given = {name: getattr(args, name, None) for name in _NAMES}
    return {name: value for name, value in given.items() if value is not None}


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

"""Rows of a screen as bytes for a real terminal: text with SGR colours, or plain text."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from agentrec.terminal.engine.styles import PLAIN
from agentrec.terminal.output.sanitize import safe_link

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.terminal.engine.styles import Colour, Run, Style

_CONTROLS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)))
_RESET = "\x1b[0m"
_END_LINK = "\x1b]8;;\x1b\\"


def render(runs: Iterable[Run], *, colors: bool = True, whole: bool = False) -> str:
    """One row, without its line end, leaving the terminal in its default style.

    Blanks at the end that show nothing are left out, unless it is to be ``whole``. True colour stays
    true colour. With ``colors=False`` the row is plain text.
    """
    if not colors:
        return _text("".join(run.text for run in runs)).rstrip()
    shown = list(runs) if whole else _trimmed(runs)
    parts = []
    style = PLAIN
    for run in shown:
        if run.style != style:
            parts.append(_change(style, run.style))
            style = run.style
        parts.append(_text(run.text))
    parts.append(_change(style, PLAIN) if style != PLAIN else "")
    return "".join(parts)


def _trimmed(runs: Iterable[Run]) -> list[Run]:
    kept = list(runs)
    while kept and not _visible(kept[-1].style):
        text = kept[-1].text.rstrip(" ")
        if text:
            kept[-1] = kept[-1]._replace(text=text)
            break
        kept.pop()
    return kept


def _visible(style: Style) -> bool:
    """Whether blanks of this style can be seen."""
    lines = style.underline or style.strike or style.overline
    return bool(style.bg is not None or style.inverse or lines or style.link)


def _text(text: str) -> str:
    return text if text.isprintable() else text.translate(_CONTROLS)


def _change(before: Style, after: Style) -> str:
    """From one style to another, always by way of the default: short, and right on any terminal."""
    change = ""
    if before.link and safe_link(before.link):
        change += _END_LINK
    change += sgr(after)
    if after.link and safe_link(after.link):
        change += f"\x1b]8;;{after.link}\x1b\\"
    return change


@lru_cache(4096)
def sgr(style: Style) -> str:
    """The SGR sequence that sets exactly this style, whatever was set before."""
    flags = (
        (style.bold, "1"),
        (style.dim, "2"),
        (style.italic, "3"),
        (style.underline, "4" if style.underline == 1 else f"4:{style.underline}"),
        (style.blink, "5"),
        (style.inverse, "7"),
        (style.hidden, "8"),
        (style.strike, "9"),
        (style.overline, "53"),
        (style.fg is not None, _colour(style.fg, 30)),
        (style.bg is not None, _colour(style.bg, 40)),
        (style.underline_colour is not None, _underline(style.underline_colour)),
    )
    codes = ";".join(code for on, code in flags if on)
    return f"\x1b[0;{codes}m" if codes else _RESET


def _colour(colour: Colour, base: int) -> str:
    if isinstance(colour, tuple):
        return "{};2;{};{};{}".format(base + 8, *colour)
    if colour is None:
        return ""
    if colour < 16:
        return str(base + colour if colour < 8 else base + 52 + colour)
    return f"{base + 8};5;{colour}"


def _underline(colour: Colour) -> str:
    """With colons: a terminal that does not know SGR 58 then skips it as a whole."""
    if isinstance(colour, tuple):
        return "58:2::{}:{}:{}".format(*colour)
    return f"58:5:{colour}"

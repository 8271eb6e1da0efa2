"""Rows of a screen as text for a real terminal: with SGR colors, or plain."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from agentrec.terminal.engine.styles import PLAIN
from agentrec.terminal.output.sanitize import safe_link

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.terminal.engine.styles import Color, Run, Style

_CONTROLS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)))
_RESET = "\x1b[0m"
_END_LINK = "\x1b]8;;\x1b\\"


def render(runs: Iterable[Run], *, colors: bool = True, whole: bool = False) -> str:
    """One row without its line end; it leaves the terminal in its default style.

    Invisible blanks at the end are left out, unless ``whole``. True color stays true color. With
    ``colors=False`` the row is plain text.
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
    trimmed = list(runs)
    while trimmed and not _visible(trimmed[-1].style):
        text = trimmed[-1].text.rstrip(" ")
        if text:
            trimmed[-1] = trimmed[-1]._replace(text=text)
            break
        trimmed.pop()
    return trimmed


def _visible(style: Style) -> bool:
    """Whether blanks in this style are visible."""
    lines = style.underline or style.strike or style.overline
    return bool(style.bg is not None or style.inverse or lines or style.link)


def _text(text: str) -> str:
    return text if text.isprintable() else text.translate(_CONTROLS)


def _change(before: Style, after: Style) -> str:
    """From one style to another, always via the default: short, and correct on any terminal."""
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
        (style.fg is not None, _color(style.fg, 30)),
        (style.bg is not None, _color(style.bg, 40)),
        (style.underline_color is not None, _underline(style.underline_color)),
    )
    codes = ";".join(code for on, code in flags if on)
    return f"\x1b[0;{codes}m" if codes else _RESET


def _color(color: Color, base: int) -> str:
    if isinstance(color, tuple):
        return "{};2;{};{};{}".format(base + 8, *color)
    if color is None:
        return ""
    if color < 16:
        return str(base + color if color < 8 else base + 52 + color)
    return f"{base + 8};5;{color}"


def _underline(color: Color) -> str:
    """With colons, so that a terminal without SGR 58 ignores it as a whole."""
    if isinstance(color, tuple):
        return "58:2::{}:{}:{}".format(*color)
    return f"58:5:{color}"

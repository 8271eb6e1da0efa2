"""Syntax colors for code: a file, and a unified diff of any number of files. Slow: to be used in threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_COLORED_CHARS = 200_000  # more would take seconds
_THEMES = {True: "monokai", False: "friendly"}  # by whether the background is dark
_NEW_FILE = "+++ "
_ABOUT_FILE = ("diff ", "index ", "--- ", "+++ ", "@@", "\\")
# Backgrounds of added and removed lines, by whether the background is dark.
_TINTS = {
    "+": {True: Style(bgcolor="#14301f"), False: Style(bgcolor="#dafbe1")},
    "-": {True: Style(bgcolor="#3b1c22"), False: Style(bgcolor="#ffe4e1")},
    " ": {True: Style(), False: Style()},
}

Line = list[Segment]


def colored_file(lines: Sequence[str], name: str, *, dark: bool) -> list[Line] | None:
    """The lines of a file; None if its language is not known, or it is too long."""
    if sum(map(len, lines)) > MAX_COLORED_CHARS:
        return None
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
    from rich.syntax import Syntax

    text = "\n".join(lines)
    lexer = Syntax.guess_lexer(name, text)
    if lexer in ("default", "text"):
        return None
    theme = Syntax.get_theme(_THEMES[dark])
    colored: list[Line] = [[]]
    for kind, words in get_lexer_by_name(lexer, stripnl=False, ensurenl=False).get_tokens(text):
        token = theme.get_style_for_token(kind)
        style = Style(color=token.color, bold=token.bold, italic=token.italic)
        first, *others = words.split("\n")
        colored[-1].append(Segment(first, style))
        colored += [[Segment(part, style)] for part in others]
    return colored


def colored_diff(lines: Sequence[str], *, dark: bool) -> list[Line] | None:
    """The lines of a unified diff, each with its sign; empty for those that are not code.

    Each side of a hunk is colored by itself, so that a string or comment that is only in one of them does
    not color the other.
    """
    if sum(map(len, lines)) > MAX_COLORED_CHARS:
        return None
    colored: list[Line] = [[] for _ in lines]
    name, hunk = "", list[int]()
    for number, line in enumerate([*lines, "@@"]):
        if line[:1] in _TINTS and not line.startswith(_ABOUT_FILE[:4]):
            hunk.append(number)
            continue
        if name and hunk:
            _color_hunk(lines, hunk, name, colored, dark=dark)
        hunk = []
        if line.startswith(_NEW_FILE):
            name = line.removeprefix(_NEW_FILE).split("\t")[0].strip('"').removeprefix("b/")
    return colored if any(colored) else None


def _color_hunk(
    lines: Sequence[str], hunk: list[int], name: str, colored: list[Line], *, dark: bool
) -> None:
    for sign in "-+":
        side = [number for number in hunk if lines[number][0] in (sign, " ")]
        found = colored_file([lines[number][1:] for number in side], name, dark=dark)
        for number, parts in zip(side, found or [], strict=False):
            own = lines[number][0]
            tint = _TINTS[own][dark]
            colored[number] = [
                Segment(own, tint),
                *(Segment(text, (style or Style()) + tint) for text, style, _ in parts),
            ]

"""Frames of a page's film as output that shows them; see :mod:`agentrec.terminal.output.frame_deltas`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentrec.export.conversion import is_size
from agentrec.json_values import JsonObject
from agentrec.recording.events import OUTPUT, RESIZE
from agentrec.terminal.engine.styles import Style
from agentrec.terminal.output.frame_deltas import ATTRIBUTES
from agentrec.terminal.output.sanitize import safe_link
from agentrec.terminal.output.sgr import sgr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.terminal.engine.styles import Color

_CLEAR = "\x1b[0m\x1b[?7l\x1b[H\x1b[2J"
_SHAPES = {1: 2, 2: 6, 3: 4, 4: 2}  # of DECSCUSR, steady
_HEX = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")
_MAX_STYLES = 1 << 16
_END_LINK = "\x1b]8;;\x1b\\"


class FilmOutput:
    """Takes frames in order; what is broken in one is not drawn."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._cursor = ""
        self.begin()

    def begin(self) -> None:
        """A part of the film begins: its styles are numbered from 1."""
        self._styles = [""]

    def events(self, frame: JsonObject) -> Iterator[tuple[tuple[str, str], bytes | JsonObject]]:
        """What a frame changes, as events of the terminal."""
        text = ""
        if isinstance(size := frame.get("s"), list) and len(size) == 2 and is_size(*size):
            if tuple(size) != self._size:
                self._size = (size[0], size[1])
                yield RESIZE, {"cols": size[0], "rows": size[1]}
            text = _CLEAR
        text += self._moved(frame.get("u"))
        self._add_styles(frame.get("y"))
        rows = frame.get("r")
        text += "".join(map(self._row, rows)) if isinstance(rows, list) else ""
        self._cursor = _cursor(frame.get("c")) or self._cursor
        text += self._cursor + _title(frame.get("w"))
        if text:
            yield OUTPUT, text.encode("utf-8", "replace")

    def _moved(self, rows: object) -> str:
        if type(rows) is not int or not 0 < abs(rows) <= self._size[1]:
            return ""
        return f"\x1b[0m\x1b[{abs(rows)}{'S' if rows > 0 else 'T'}"

    def _add_styles(self, styles: object) -> None:
        for style in styles if isinstance(styles, list) else ():
            if len(self._styles) < _MAX_STYLES:
                self._styles.append(_style(style))

    def _row(self, row: object) -> str:
        if not isinstance(row, list) or not row or type(row[0]) is not int:
            return ""
        if not 0 <= row[0] < self._size[1]:
            return ""
        return f"\x1b[{row[0] + 1};1H\x1b[0m\x1b[2K" + "".join(map(self._run, row[1:]))

    def _run(self, run: object) -> str:
        if isinstance(run, str):
            return "\x1b[0m" + _plain(run)
        if not isinstance(run, list) or len(run) < 2 or not isinstance(run[1], str):
            return ""
        known = type(run[0]) is int and 0 <= run[0] < len(self._styles)
        style = self._styles[run[0]] if known else ""
        end = _END_LINK if "\x1b]8;" in style else ""
        return f"\x1b[0m{style}{_plain(run[1])}{end}"


def _style(values: object) -> str:
    fields = [*values, *[None] * 6][:6] if isinstance(values, list) else [None] * 6
    fg, bg, attributes, underline, underline_color, link = fields
    flags = attributes if type(attributes) is int else 0
    has = {name: bool(flags & bit) for name, bit in ATTRIBUTES.items()}
    style = Style(
        fg=_color(fg),
        bg=_color(bg),
        bold=has["bold"],
        dim=has["dim"],
        italic=has["italic"],
        blink=has["blink"],
        inverse=has["inverse"],
        strike=has["strike"],
        overline=has["overline"],
        underline=underline if type(underline) is int and 0 <= underline <= 5 else 0,
        underline_color=_color(underline_color),
    )
    shown = sgr(style)
    return shown + (f"\x1b]8;;{link}\x1b\\" if isinstance(link, str) and safe_link(link) else "")


def _color(value: object) -> Color:
    if type(value) is int and 0 <= value <= 255:
        return value
    match = _HEX.fullmatch(value) if isinstance(value, str) else None
    return (int(match[1], 16), int(match[2], 16), int(match[3], 16)) if match else None


def _cursor(value: object) -> str:
    if not isinstance(value, list) or len(value) != 3 or any(type(n) is not int for n in value):
        return ""
    x, y, shape = value
    at = f"\x1b[{min(max(0, y), 65_534) + 1};{min(max(0, x), 65_534) + 1}H"
    return at + (f"\x1b[?25h\x1b[{_SHAPES[shape]} q" if shape in _SHAPES else "\x1b[?25l")


def _title(value: object) -> str:
    return f"\x1b]2;{_plain(value)}\x1b\\" if isinstance(value, str) else ""


def _plain(text: str) -> str:
    return (
        text
        if text.isprintable()
        else "".join(char for char in text if char >= " " and char != "\x7f")
    )

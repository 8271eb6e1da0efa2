"""Pictures of a stretch of a recording, each as what differs from the one before it.

This is what a web page plays. The emulator that drew the screen is ours, so a page needs none: it
keeps rows of styled runs, and every picture is exactly what the player in the terminal shows.

A frame is a JSON object; only ``t`` and what has changed are there:

====== ====================================================================================
t      milliseconds since the start, rounded up: what the frame shows was there by then
s      ``[columns, rows]``: the screen was emptied and has this size now
u      rows moved up by so many (down when negative); what came in is blank
y      styles that are new, numbered on from those before; number 0 is plain
r      rows that changed: ``[row, run, run, ...]``; what is right of the runs is blank
c      ``[column, row, shape]`` of the cursor: 0 hidden, 1 block, 2 bar, 3 underline, 4 hollow
w      the window's title
====== ====================================================================================

A run is its text (plain), ``[style, text]``, or ``[style, text, cells]`` where it does not take one
cell for each code point. A style is ``[foreground, background, attributes, underline, its colour]``,
cut behind the last that says something: colours are null, 0 to 255 or ``"#rrggbb"``; attributes are
the sum of :data:`ATTRIBUTES`; underline counts as :data:`agentrec.terminal.engine.styles.UNDERLINES` does.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agentrec.terminal.engine.styles import PLAIN, UNSHOWABLE
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.terminal.engine.screen import Screen
    from agentrec.terminal.engine.styles import Colour, Run, Style
    from agentrec.terminal.seek.timeline import Timeline

ATTRIBUTES = {
    "bold": 1,
    "dim": 2,
    "italic": 4,
    "blink": 8,
    "inverse": 16,
    "strike": 32,
    "overline": 64,
}
_SHAPES = {"block": 1, "bar": 2, "underline": 3, "hollow": 4}
MAX_TOLD = 500_000
_FEW = 3  # rows that changed, up to which nobody asks whether they moved
_BLANK = ""


def text_key(text: str) -> int:
    """A number for the text of a row; blanks around it do not count."""
    return hash(text.strip())


def film(timeline: Timeline, start: int, stop: int, every: int) -> Iterator[str]:
    """Frames as JSON texts, from ``start`` to ``stop`` (ns); no two closer than ``every`` (ns).

    The first is the whole picture at ``start``. The others are pictures the program had finished, but
    for the last, which is the one at ``stop``.
    """
    encoder = Encoder()
    for t in looks(timeline, start, stop, every):
        frame = encoder.frame(t, timeline.screen_at(t))
        if frame:
            yield frame


def looks(timeline: Timeline, start: int, stop: int, every: int) -> Iterator[int]:
    """When to look: at ``start``, at ends of the program's own frames, and at ``stop``."""
    t = start
    while t < stop:
        yield t
        later = timeline.frame_before(t + every + 1)
        if later is None or later <= t:
            later = timeline.frame_after(t)
        t = stop if later is None else min(later, stop)
    yield t


class Encoder:
    """Makes frames of one screen after the other; the first is whole.

    ``told`` gets the :func:`text_key` of every row that is in a frame, as far as it has room.
    """

    def __init__(self, told: set[int] | None = None) -> None:
        self._told = told
        self._styles: dict[Style, int] = {PLAIN: 0}
        self._fresh: list[list[Any]] = []
        self._size = (0, 0)
        self._runs: list[
            list[Run] | None
        ] = []  # as they were last seen: the same list is the same row
        self._rows: list[str] = []  # what the reader has by now
        self._cursor: list[int] = []
        self._title = ""

    def frame(self, t: int, screen: Screen) -> str:
        """The frame for ``t`` (ns), empty when nothing has changed."""
        parts = self._resized(screen) + self._drawn(screen)
        cursor = screen.cursor
        place = [cursor.x, cursor.y, _SHAPES.get(cursor.shape, 1) if cursor.visible else 0]
        if place != self._cursor:
            self._cursor = place
            parts.append(f'"c":{_json(place)}')
        if screen.title != self._title:
            self._title = screen.title
            parts.append(f'"w":{_json(self._title[:200])}')
        return "{" + ",".join([f'"t":{-(-t // NS_PER_MS)}', *parts]) + "}" if parts else ""

    def _resized(self, screen: Screen) -> list[str]:
        size = (screen.cols, screen.rows)
        if size == self._size:
            return []
        self._size = size
        self._runs, self._rows = [None] * screen.rows, [_BLANK] * screen.rows
        return [f'"s":{_json(size)}']

    def _drawn(self, screen: Screen) -> list[str]:
        changed: dict[int, str] = {}
        for y, runs in enumerate(screen.styled_rows()):
            if runs is not self._runs[y]:
                self._runs[y] = runs
                row = self._row(runs)
                if row != self._rows[y]:
                    changed[y] = row
        parts: list[str] = []
        if len(changed) > _FEW:
            parts = self._moved(changed)
        if self._fresh:
            parts.append(f'"y":{_json(self._fresh)}')
            self._fresh = []
        if changed:
            rows = (f"[{y},{row}]" if row else f"[{y}]" for y, row in sorted(changed.items()))
            parts.append(f'"r":[{",".join(rows)}]')
            for y, row in changed.items():
                self._rows[y] = row
        return parts

    def _moved(self, changed: dict[int, str]) -> list[str]:
        """Whether most of it is what was there before, some rows higher or lower. Mends ``changed``."""
        before = {row: y for y, row in enumerate(self._rows) if row}
        now = [changed.get(y, row) for y, row in enumerate(self._rows)]
        votes = Counter(before[row] - y for y, row in enumerate(now) if row in before)
        del votes[0]
        by = max(votes, key=votes.__getitem__, default=0)
        if not by or votes[by] <= _FEW:
            return []
        count = len(now)
        moved = [self._rows[y + by] if 0 <= y + by < count else _BLANK for y in range(count)]
        rest = {y: row for y, row in enumerate(now) if row != moved[y]}
        if len(rest) >= len(changed):
            return []
        changed.clear()
        changed.update(rest)
        self._rows = moved
        return [f'"u":{by}']

    def _row(self, runs: list[Run]) -> str:
        found: list[list[Any]] = []  # style, text, cells
        for text, width, style in runs:
            shown = " " * width if style.hidden else text
            if not shown.isprintable():
                shown = UNSHOWABLE.sub("", shown)
            number = self._number(style)
            if found and found[-1][0] == number:
                found[-1][1] += shown
                found[-1][2] += width
            else:
                found.append([number, shown, width])
        if self._told is not None and len(self._told) < MAX_TOLD:
            self._told.add(text_key("".join(text for _, text, _ in found)))
        if found and found[-1][0] == 0:
            self._trim(found)
        return _json([_short(*run) for run in found])[1:-1]

    @staticmethod
    def _trim(found: list[list[Any]]) -> None:
        """Without the blanks at the right margin."""
        _, text, width = found.pop()
        kept = text.rstrip(" ")
        cells = width - len(text) + len(kept)
        if cells:
            found.append([0, kept, cells])

    def _number(self, style: Style) -> int:
        if style.link or style.hidden:
            style = replace(style, link=None, hidden=False)
        number = self._styles.get(style)
        if number is None:
            number = self._styles[style] = len(self._styles)
            self._fresh.append(_style(style))
        return number


def _short(number: int, text: str, width: int) -> str | list[Any]:
    if width != len(text):
        return [number, text, width]
    return [number, text] if number else text


def _style(style: Style) -> list[Any]:
    attributes = sum(bit for name, bit in ATTRIBUTES.items() if getattr(style, name))
    values = [
        _colour(style.fg),
        _colour(style.bg),
        attributes or None,
        style.underline or None,
        _colour(style.underline_colour),
    ]
    while values and values[-1] is None:
        values.pop()
    return values


def _colour(colour: Colour) -> int | str | None:
    return "#{:02x}{:02x}{:02x}".format(*colour) if isinstance(colour, tuple) else colour


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

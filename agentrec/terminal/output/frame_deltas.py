"""Frames of a range of a recording, each as its difference to the one before.

This is what a web page plays. The terminal is emulated here, so a page needs no emulator: it keeps rows
of styled runs, and every frame is exactly what the player in the terminal shows.

A frame is a JSON object that holds only ``t`` and what has changed:

====== ====================================================================================
t      milliseconds since the start, rounded up: the frame was complete by then
s      ``[columns, rows]``: the screen was cleared and has this size now
u      rows moved up by so many (down when negative); the rows that came in are blank
y      new styles, numbered on from those before; number 0 is plain
r      rows that changed: ``[row, run, run, ...]``, blank to the right of the runs
c      ``[column, row, shape]`` of the cursor: 0 hidden, 1 block, 2 bar, 3 underline, 4 hollow
w      the window title
====== ====================================================================================

A run is its text (plain), ``[style, text]``, or ``[style, text, cells]`` where it does not take one
cell for each code point: then each takes two, or, if ``cells`` is negative, it is one cluster.
A style is ``[foreground, background, attributes, underline, its color, link]``, cut after the last
one that is set: colors are null, 0 to 255 or ``"#rrggbb"``; attributes are the sum of
:data:`ATTRIBUTES`; underline is an index of :data:`agentrec.terminal.engine.styles.UNDERLINES`;
links are only those that cannot run anything.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from agentrec.terminal.engine.styles import PLAIN, UNSHOWABLE, Cluster, hex_color
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.terminal.engine.screen import Screen
    from agentrec.terminal.engine.styles import Run, Style
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
MAX_ROW_KEYS = 500_000
_MAX_ENCODED_ROWS = 4096
_MAX_TITLE_CHARS = 200
_MAX_LINK_CHARS = 2000
_SAFE_SCHEMES = ("https://", "http://", "mailto:")
_FEW_ROWS = 3  # with so few changed rows it does not pay to look whether they moved
_BLANK = ""


def row_key(text: str) -> int:
    """A number for the text of a row, not counting blanks around it."""
    return hash(text.strip())


def frame_deltas(timeline: Timeline, start: int, stop: int, every: int) -> Iterator[str]:
    """Frames as JSON, from ``start`` to ``stop`` (ns), at least ``every`` ns apart.

    The first is the whole screen at ``start``, the last shows ``stop``; those between are pictures the
    program had finished.
    """
    encoder = FrameEncoder()
    for t in sample_times(timeline, start, stop, every):
        frame = encoder.frame(t, timeline.screen_at(t))
        if frame:
            yield frame


def sample_times(timeline: Timeline, start: int, stop: int, every: int) -> Iterator[int]:
    """The times to show: ``start``, ends of the program's own frames, and ``stop``."""
    t = start
    while t < stop:
        yield t
        later = timeline.frame_before(t + every + 1)
        if later is None or later <= t:
            later = timeline.frame_after(t)
        t = stop if later is None else min(later, stop)
    yield t


class _Span(NamedTuple):
    """Neighboring cells of one style, by its number; ``width`` in cells.

    Each character takes one cell, or each two; or it is one cluster.
    """

    style: int
    text: str
    width: int
    is_cluster: bool = False

    def continues(self, other: _Span) -> bool:
        """Whether the next span is part of this one."""
        if self.style != other.style or self.is_cluster or other.is_cluster:
            return False
        return self.width * len(other.text) == other.width * len(self.text)


class FrameEncoder:
    """Encodes one screen after another as frames; the first is whole.

    ``row_keys`` collects the :func:`row_key` of every row in a frame, up to MAX_ROW_KEYS of them.
    """

    def __init__(self, row_keys: set[int] | None = None) -> None:
        self._row_keys = row_keys
        self._styles: dict[Style, int] = {PLAIN: 0}
        self._new_styles: list[list[int | str | None]] = []
        self._size = (0, 0)
        # As last seen: a row that did not change is the same list.
        self._runs: list[list[Run] | None] = []
        self._encoded: dict[int, tuple[str, list[Run]]] = {}
        self._rows: list[str] = []  # what the reader has
        self._cursor: list[int] = []
        self._title = ""

    def frame(self, t: int, screen: Screen) -> str:
        """The frame for ``t`` (ns), empty when nothing has changed."""
        parts = self._resized(screen) + self._drawn(screen)
        cursor = screen.cursor
        shape = _SHAPES.get(cursor.shape, 1) if cursor.visible else 0
        position = [cursor.x, cursor.y, shape]
        if position != self._cursor:
            self._cursor = position
            parts.append(f'"c":{_json(position)}')
        if screen.title != self._title:
            self._title = screen.title
            parts.append(f'"w":{_json(self._title[:_MAX_TITLE_CHARS])}')
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
        if len(changed) > _FEW_ROWS:
            parts = self._moved(changed)
        if self._new_styles:
            parts.append(f'"y":{_json(self._new_styles)}')
            self._new_styles = []
        if changed:
            rows = (f"[{y},{row}]" if row else f"[{y}]" for y, row in sorted(changed.items()))
            parts.append(f'"r":[{",".join(rows)}]')
            for y, row in changed.items():
                self._rows[y] = row
        return parts

    def _moved(self, changed: dict[int, str]) -> list[str]:
        """Tell a scroll as such: if most rows only moved, leave the others in ``changed``."""
        before = {row: y for y, row in enumerate(self._rows) if row}
        now = [changed.get(y, row) for y, row in enumerate(self._rows)]
        votes = Counter(before[row] - y for y, row in enumerate(now) if row in before)
        del votes[0]
        by = max(votes, key=votes.__getitem__, default=0)
        if not by or votes[by] <= _FEW_ROWS:
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
        """A row in JSON. Equal rows are mostly the same list, which the screen takes care of."""
        known = self._encoded.get(id(runs))
        if known is None:
            if len(self._encoded) >= _MAX_ENCODED_ROWS:
                self._encoded.clear()
            # With the list itself, so that no other gets its id.
            known = self._encoded[id(runs)] = (self._encode(runs), runs)
        return known[0]

    def _encode(self, runs: list[Run]) -> str:
        spans: list[_Span] = []
        for run in runs:
            text, width, style = run
            is_cluster = isinstance(run, Cluster)
            shown = " " * width if style.hidden else text
            if not shown.isprintable():
                # What has a cell keeps it; what is part of a cluster has none.
                shown = UNSHOWABLE.sub("" if is_cluster else " ", shown)
            number = self._number(style)
            span = _Span(number, shown, width, is_cluster)
            if spans and spans[-1].continues(span):
                span = _Span(number, spans[-1].text + shown, spans[-1].width + width)
                spans.pop()
            spans.append(span)
        if self._row_keys is not None and len(self._row_keys) < MAX_ROW_KEYS:
            self._row_keys.add(row_key("".join(span.text for span in spans)))
        if spans and spans[-1].style == 0:
            self._trim(spans)
        return _json([_short(span) for span in spans])[1:-1]

    @staticmethod
    def _trim(spans: list[_Span]) -> None:
        """Remove the blanks at the right margin."""
        _, text, width, is_cluster = spans.pop()
        trimmed = text.rstrip(" ")
        width -= len(text) - len(trimmed)
        if width:
            spans.append(_Span(0, trimmed, width, is_cluster))

    def _number(self, style: Style) -> int:
        if style.hidden or (style.link and not _is_safe(style.link)):
            style = replace(style, link=None, hidden=False)
        number = self._styles.get(style)
        if number is None:
            number = self._styles[style] = len(self._styles)
            self._new_styles.append(_style(style))
        return number


def _short(span: _Span) -> str | list[int | str]:
    """The run in its shortest form."""
    if span.is_cluster or span.width != len(span.text):
        return [span.style, span.text, -span.width if span.is_cluster else span.width]
    return [span.style, span.text] if span.style else span.text


def _style(style: Style) -> list[int | str | None]:
    attributes = sum(bit for name, bit in ATTRIBUTES.items() if getattr(style, name))
    values = [
        hex_color(style.fg),
        hex_color(style.bg),
        attributes or None,
        style.underline or None,
        hex_color(style.underline_color),
        style.link,
    ]
    while values and values[-1] is None:
        values.pop()
    return values


def _is_safe(link: str) -> bool:
    """Whether a page may link there. Programs choose the URIs, also ``javascript:`` and ``file:``."""
    return len(link) <= _MAX_LINK_CHARS and link.lower().startswith(_SAFE_SCHEMES)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

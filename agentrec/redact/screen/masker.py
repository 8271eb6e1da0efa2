"""Finds the secrets in a terminal's output by what the terminal shows, and says which bytes drew them.

Sans-IO: feed output, :meth:`Masker.scan`, and read ``spans``. Three things are looked at: the lines on
the screen (so colours, cursor moves, repaints and wraps hide nothing), all text in the order it was
printed (so what was drawn apart on the screen does not stand together in the bytes), and strings the
screen does not show, as titles and links.
"""

from __future__ import annotations

import base64
import re
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from agentrec.redact.rules import Found, Rule, find, find_growing, suspects
from agentrec.redact.screen import prefilter
from agentrec.redact.screen.lines import Line, line_at, lines
from agentrec.redact.screen.pem import mark_keys
from agentrec.redact.screen.screen_model import Canvas

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PIECE = 256 << 10  # bytes that are taken at once
BLOCK = 32 << 10  # bytes that are drawn at once, when something among more is suspicious
PRINTED = 4096  # characters of printed text that are kept for the next look
LONGEST = (
    4096  # characters of a secret that begins at the start of a row which seems to go on another
)
BEGINNING = 300  # characters in which it begins
_CLIPBOARD = re.compile(rb"\x1b\]52;[^;]*;([A-Za-z0-9+/]+)")
# Rules that need what stands before them are of no use where neighbours stand apart on the screen.
_LOOSE = frozenset(("assignment", "authorization-header", "connection-string", "url-password"))


class Span(NamedTuple):
    """Bytes ``start`` to ``stop`` of the stream draw (part of) a secret."""

    start: int
    stop: int


class Sight(NamedTuple):
    """A secret was seen: by which rule, and the first byte of it that can be masked."""

    rule: str
    offset: int


class Masker:
    """Follows one terminal of ``cols`` x ``rows``.

    ``spans`` and ``sights`` grow; whoever uses them takes away what is done with. Nothing before
    ``forgotten`` is marked any more: those bytes are out of reach.
    """

    def __init__(self, cols: int, rows: int) -> None:
        self.spans: set[Span] = set()
        self.sights: list[Sight] = []
        self.forgotten = 0
        self._recent: deque[Span] = deque(maxlen=500)
        self._known: dict[int, None] = {}  # hashes of secrets and their places, to report each once
        self._undrawn = b""  # the last lines of harmless output: drawn when it matters
        self._tail: list[tuple[str, Sequence[int]]] = []
        self._canvas = Canvas(cols, rows, losing=self._look, hidden=self._hidden)

    @property
    def offset(self) -> int:
        """Bytes taken so far."""
        return self._canvas.offset + len(self._undrawn)

    def feed(self, data: bytes) -> None:
        """Take output, cut anywhere."""
        for at in range(0, len(data), PIECE):
            self._feed(data[at : at + PIECE])

    def resize(self, cols: int, rows: int) -> None:
        """The terminal has another size."""
        self._draw()
        self._canvas.resize(cols, rows)

    def scan(self) -> None:
        """Look at everything that changed since the last look."""
        self._look()
        self._read_printed()

    def scan_growing(self, until: int) -> None:
        """Mark what right before the cursor may be the beginning of a secret, of bytes before ``until``."""
        self._draw()
        canvas = self._canvas
        x = canvas.x + canvas.pending
        rows = [*canvas.gone, *canvas.rows]
        line = line_at(rows, len(canvas.gone) + canvas.y, x) if x else None
        if line:
            for hit in find_growing(line.text):
                origins = line.origins[hit.start : hit.stop]
                self._mark([origin for origin in origins if origin < until])

    def _feed(self, data: bytes) -> None:
        canvas = self._canvas
        data = self._undrawn + data
        self._undrawn = b""
        if canvas.between and len(data) > prefilter.LEAST:  # get to the start of a line
            start = data.find(b"\n", 0, prefilter.LEAST) + 1
            canvas.feed(data[:start])
            data = data[start:]
        harmless = prefilter.harmless_until(canvas, data)
        if harmless:
            self.scan()
            canvas.skip(harmless)
            self._tail.clear()
            self._undrawn = data[harmless:]
        elif len(data) > 2 * BLOCK:
            for block in _blocks(data):
                self._feed(block)
        else:
            canvas.feed(data)
            if sum([len(text) for text, _ in canvas.printed]) > PRINTED:
                self._read_printed()

    def _draw(self) -> None:
        """Draw the last lines of what was harmless."""
        data, self._undrawn = self._undrawn, b""
        self._canvas.feed(data)

    # --- what is looked at ---------------------------------------------------------------------

    def _look(self) -> None:
        canvas = self._canvas
        rows = [*canvas.gone, *canvas.rows]
        seen = list(lines(rows))
        if prefilter.suspicious(prefilter.flat([line.text for line in seen])):
            rules = suspects("\n".join([line.text for line in seen]))
            for line in seen:
                for hit in _hits(line, rules):
                    self._found(hit, line.text, line.origins)
        for origins in mark_keys(rows):
            self._mark(origins)
        for row in rows:
            row.dirty = False

    def _read_printed(self) -> None:
        fresh = self._canvas.printed
        if not fresh:
            return
        pieces = self._tail + fresh
        text = "".join(piece[0] for piece in pieces)
        hits = find(text) if prefilter.suspicious(prefilter.flat([text])) else []
        if hits:
            origins: list[int] = []
            for piece in pieces:
                origins += piece[1]
            for hit in hits:
                if hit.rule not in _LOOSE and not self._covers(origins[hit.start : hit.stop]):
                    self._found(hit, text, origins)
        self._tail = _last(pieces, PRINTED // 4)
        self._canvas.printed = []

    def _hidden(self, data: bytes, offset: int) -> None:
        text = data.decode("latin-1")  # a character a byte
        clipboard = _CLIPBOARD.match(data)
        if clipboard and find(_decoded(clipboard[1])):
            self._found(Found(*clipboard.span(1), "clipboard"), text, _from(offset, len(text)))
        for hit in find(text):
            self._found(hit, text, _from(offset, len(text)))

    # --- what comes of it ----------------------------------------------------------------------

    def _found(self, hit: Found, text: str, origins: Sequence[int]) -> None:
        places = origins[hit.start : hit.stop]
        first = self._mark(places)
        if first is None:
            return
        names = {hash((hit.rule, text[hit.start : hit.stop])), hash((hit.rule, places[0]))}
        if names.isdisjoint(self._known):
            self.sights.append(Sight(hit.rule, first))
        self._known.update(dict.fromkeys(names))
        while len(self._known) > 10_000:
            self._known.pop(next(iter(self._known)))

    def _mark(self, origins: Iterable[int]) -> int | None:
        """Mark what these bytes draw; returns the first that is within reach."""
        reached = [origin for origin in origins if origin >= self.forgotten]
        if not reached:
            return None
        start = stop = reached[0]
        for origin in reached:
            if origin != stop:
                self._add(Span(start, stop))
                start = origin
            stop = origin + 1
        self._add(Span(start, stop))
        return min(reached)

    def _add(self, span: Span) -> None:
        if span not in self.spans:
            self.spans.add(span)
            self._recent.append(span)

    def _covers(self, origins: Sequence[int]) -> bool:
        """Whether the beginning of it is marked already."""
        start = origins[0]
        return start < self.forgotten or any(s <= start < e for s, e in self._recent)


def _hits(line: Line, rules: list[Rule]) -> Iterator[Found]:
    """What is found in a line; also in what begins with one of its rows, which may be a line itself."""
    yield from find(line.text, rules)
    lowered = line.text.lower() if line.starts else ""
    for start in line.starts:
        head = lowered[start : start + BEGINNING]
        if any(anchor in head for rule in rules for anchor in rule.anchors):
            for hit in find(line.text[start : start + LONGEST], rules):
                yield Found(hit.start + start, hit.stop + start, hit.rule)


def _blocks(data: bytes) -> Iterator[bytes]:
    """``data`` in blocks that end with a line, where there are lines."""
    at = 0
    while at < len(data):
        stop = data.find(b"\n", at + BLOCK, at + BLOCK + prefilter.LEAST) + 1 or at + BLOCK
        yield data[at:stop]
        at = stop


def _from(offset: int, length: int) -> range:
    return range(offset, offset + length)


def _last(pieces: list[tuple[str, Sequence[int]]], least: int) -> list[tuple[str, Sequence[int]]]:
    """The last pieces that have ``least`` characters together."""
    total = 0
    for place in range(len(pieces) - 1, -1, -1):
        total += len(pieces[place][0])
        if total >= least:
            return pieces[place:]
    return pieces


def _decoded(data: bytes) -> str:
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4)).decode("utf-8", "replace")
    except ValueError:
        return ""

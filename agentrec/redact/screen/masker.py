"""Finds the secrets in a terminal's output by what the terminal shows, and says which bytes drew them.

Sans-IO: feed output, call :meth:`Masker.scan`, and read ``spans``. Three things are searched: the lines
on the screen (colors, cursor moves, repaints and wraps hide nothing), all text in the order it was
printed (a secret whose parts are apart on the screen may be whole in the bytes), and strings the screen
does not show, such as titles and links.
"""

from __future__ import annotations

import base64
import re
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from agentrec.redact.own.active import own_rules
from agentrec.redact.rules.secret_rule import SecretMatch
from agentrec.redact.screen import prefilter
from agentrec.redact.screen.growing import GrowingSecrets
from agentrec.redact.screen.known_secrets import PLACE_CHARS, SecretPlace
from agentrec.redact.screen.output_screen import OutputScreen
from agentrec.redact.screen.private_keys import mark_private_keys
from agentrec.redact.screen.scrolled_fields import ScrolledFields
from agentrec.redact.screen.unwrap import TextLine, changed_lines, line_before
from agentrec.redact.secret_rules import find_secrets, find_unfinished

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from agentrec.redact.screen.known_secrets import KnownSecrets
    from agentrec.redact.screen.screen_model import ScreenRow

# Output that is taken at once.
FEED_BYTES = 256 << 10
# Output that is drawn at once, when something in more of it is suspicious.
BLOCK_BYTES = 32 << 10
# Printed text after which it is searched; a quarter of it is kept for the next time.
PRINTED_CHARS = 4096
# A row that seems to go on another may begin with a secret of its own: what shows that, and how long it
# may be.
HEAD_CHARS = 300
MAX_SECRET_CHARS = 4096
MAX_VALUES = 2000
# What is about to be lost from the screen is searched before: so many characters for each byte of output,
# more after calmer output, and each look at the screen counts as some.
LOSS_CHARS_PER_BYTE = 40
MAX_LOSS_CHARS = 256 << 10
LOOK_CHARS = 200
# At least so many more whenever all is searched.
SCAN_LOSS_CHARS = 16 << 10
# Text that is remembered for having no secret in it.
MAX_HARMLESS_CHARS = 1 << 20
# Secrets that are remembered, to report each once.
MAX_KNOWN = 10_000
# Controls end what stands in a title or link.
_BLANK_CONTROLS = bytes([*b" " * 32, *range(32, 127), 32, *range(128, 256)])
_CLIPBOARD = re.compile(rb"\x1b\]52;[^;]*;([A-Za-z0-9+/]+)")
# Rules that need what stands before them are of no use where neighbors stand apart on the screen.
_LOOSE = frozenset(
    (
        "assignment",
        "authorization-header",
        "command-option",
        "connection-string",
        "cookie",
        "header",
        "netrc",
        "pgpass",
        "prompt",
        "registry-auth",
        "token",
        "url-parameter",
        "url-password",
        "wifi-key",
    )
)


class Span(NamedTuple):
    """Bytes ``start`` to ``stop`` of the stream draw (part of) a secret."""

    start: int
    stop: int


class Sighting(NamedTuple):
    """A secret was seen: by which rule, and the first byte of it that can be masked."""

    rule: str
    offset: int


class Masker:
    """Follows one terminal of ``cols`` x ``rows``. With ``known`` secrets, pieces of them are marked, too;
    with ``fields``, ``values`` has also the secrets that went through a field that scrolls.

    ``spans`` and ``sightings`` grow until the caller takes them away. Nothing before ``forgotten`` is
    marked any more: those bytes are written.
    """

    def __init__(
        self,
        cols: int,
        rows: int,
        known: KnownSecrets | None = None,
        fields: ScrolledFields | None = None,
    ) -> None:
        self.spans: set[Span] = set()
        self.values: dict[str, SecretPlace] = {}  # of the secrets that were found
        self._pieces, self._fields = known, fields
        self._growing = GrowingSecrets()
        self._released_fields = ScrolledFields()
        self.sightings: list[Sighting] = []
        self.forgotten = 0
        self._recent: deque[Span] = deque(maxlen=500)
        self._known: dict[int, None] = {}  # hashes of secrets and their places, to report each once
        self._harmless = HarmlessTexts()
        self._undrawn = b""  # the last lines of harmless output: drawn when it matters
        self._tail: list[tuple[str, Sequence[int]]] = []
        self._loss_chars = MAX_LOSS_CHARS  # that may be searched before they are lost
        self._screen = OutputScreen(cols, rows, on_loss=self._before_loss, hidden=self._scan_hidden)

    @property
    def offset(self) -> int:
        """Bytes taken so far."""
        return self._screen.offset + len(self._undrawn)

    def feed(self, data: bytes) -> None:
        """Take output, cut anywhere."""
        for at in range(0, len(data), FEED_BYTES):
            piece = data[at : at + FEED_BYTES]
            self._allow(len(piece) * LOSS_CHARS_PER_BYTE)
            self._feed(piece)

    def resize(self, cols: int, rows: int) -> None:
        """Change the size of the terminal."""
        self._draw()
        self._screen.resize(cols, rows)

    def scan(self) -> None:
        """Search everything that has changed since the last call."""
        self._scan_screen()
        self._scan_printed()
        self._screen.show_unfinished()
        self._allow(SCAN_LOSS_CHARS)

    def scan_unfinished(self, until: int) -> None:
        """Mark what may be the beginning of a secret right before the cursor, in bytes before ``until``."""
        self._draw()
        screen = self._screen
        x = screen.x + screen.pending
        rows = [*screen.scrolled_off, *screen.rows]
        line = line_before(rows, len(screen.scrolled_off) + screen.y, x) if x else None
        if line:
            for hit in find_unfinished(line.text):
                origins = line.origins[hit.start : hit.stop]
                self._mark([origin for origin in origins if origin < until])
        for grown in self._changed_since_release(screen.rows):
            for start, stop in self._growing.find(grown.text):
                self._mark([origin for origin in grown.origins[start:stop] if 0 <= origin < until])

    def _mark_scrolled(self, y: int, row: ScreenRow) -> None:
        """Mark what a field still shows of a secret whose beginning has scrolled out of it."""
        field = self._released_fields.scroll(y, row)
        if not field:
            return
        gone = len(field.through) - row.used
        for start, stop, *_ in (*find_secrets(field.through), *find_unfinished(field.through)):
            shown = row.origins[max(field.start, start - gone) : max(field.start, stop - gone)]
            self._mark([origin for origin in shown if origin >= 0])

    def _changed_since_release(self, rows: list[ScreenRow]) -> list[TextLine]:
        self.scan()
        for y, row in enumerate(rows):
            text = "".join(row.chars[: row.used])
            row.dirty = text != row.released
            row.released = text
            if row.dirty:
                self._mark_scrolled(y, row)
        lines = list(changed_lines(rows))
        for row in rows:
            row.dirty = False
        return lines

    def _feed(self, data: bytes) -> None:
        screen = self._screen
        data = self._undrawn + data
        self._undrawn = b""
        if screen.between and len(data) > prefilter.MIN_BYTES:  # get to the start of a line
            start = data.find(b"\n", 0, prefilter.MIN_BYTES) + 1
            screen.feed(data[:start])
            data = data[start:]
        # Short pieces of known secrets may stand anywhere.
        harmless = 0 if self._pieces else prefilter.harmless_length(screen, data)
        if harmless:
            self.scan()
            screen.skip(harmless)
            self._tail.clear()
            self._undrawn = data[harmless:]
        elif len(data) > 2 * BLOCK_BYTES:
            for block in _blocks(data):
                self._feed(block)
        else:
            screen.feed(data)
            if sum([len(text) for text, _ in screen.printed]) > PRINTED_CHARS:
                self._scan_printed()

    def _draw(self) -> None:
        """Draw the last lines of harmless output."""
        data, self._undrawn = self._undrawn, b""
        self._screen.feed(data)

    # --- searching -----------------------------------------------------------------------------

    def _allow(self, chars: int) -> None:
        self._loss_chars = min(MAX_LOSS_CHARS, self._loss_chars) + chars

    def _before_loss(self) -> None:
        """Search the screen before some of it is lost; not for the few bytes of programs that have the same
        searched again and again."""
        if self._loss_chars > 0:
            self._loss_chars -= LOOK_CHARS + self._scan_screen()

    def _scan_screen(self) -> int:
        """Search what has changed on the screen; returns how many characters."""
        screen = self._screen
        rows = [*screen.scrolled_off, *screen.rows]
        lines = list(changed_lines(rows))
        text = "\n".join(_searched_texts(lines))
        searched = len(text)
        if not self._harmless.has(text):
            searched *= 2
            for line in lines:
                for hit in _matches(line):
                    self._report(hit, line.text, line.origins)
        if self._pieces:
            for line in lines:
                self._mark_pieces(line.text, line.origins)
        for origins in mark_private_keys(rows):
            self._mark(origins)
        if self._fields:
            self._look_at_fields(self._fields)
        for row in rows:
            row.dirty = False
        return searched

    def _look_at_fields(self, fields: ScrolledFields) -> None:
        """Get to know the secrets that were never shown as a whole."""
        for y, row in enumerate(self._screen.rows):
            if row.dirty and (field := fields.scroll(y, row)):
                for hit in find_secrets(field.through):
                    self._remember(hit, field.through)

    def _scan_printed(self) -> None:
        fresh = self._screen.printed
        if not fresh:
            return
        pieces = self._tail + fresh
        text = "".join(piece[0] for piece in pieces)
        hits = find_secrets(text)
        if hits:
            origins: list[int] = []
            for piece in pieces:
                origins += piece[1]
            for hit in hits:
                if not _is_loose(hit.rule) and not self._is_marked(origins[hit.start : hit.stop]):
                    self._report(hit, text, origins)
        if self._pieces:
            self._mark_pieces(text, [origin for piece in pieces for origin in piece[1]])
        self._tail = _last_pieces(pieces, PRINTED_CHARS // 4)
        self._screen.printed = []

    def _scan_hidden(self, data: bytes, offset: int) -> None:
        text = data.translate(_BLANK_CONTROLS).decode("latin-1")  # a character a byte
        clipboard = _CLIPBOARD.match(data)
        if clipboard and find_secrets(_decoded(clipboard[1])):
            self._report(
                SecretMatch(*clipboard.span(1), "clipboard"),
                text,
                range(offset, offset + len(text)),
            )
        if self._pieces:
            self._mark_pieces(text, range(offset, offset + len(text)))
        for hit in find_secrets(text):
            self._report(hit, text, range(offset, offset + len(text)))

    # --- marking -------------------------------------------------------------------------------

    def _report(self, hit: SecretMatch, text: str, origins: Sequence[int]) -> None:
        drawn_by = origins[hit.start : hit.stop]
        first = self._mark(drawn_by)
        if first is None:
            return
        self._remember(hit, text)
        keys = {hash((hit.rule, text[hit.start : hit.stop])), hash((hit.rule, drawn_by[0]))}
        if keys.isdisjoint(self._known):
            self.sightings.append(Sighting(hit.rule, first))
        self._known.update(dict.fromkeys(keys))
        while len(self._known) > MAX_KNOWN:
            self._known.pop(next(iter(self._known)))

    def _remember(self, hit: SecretMatch, text: str) -> None:
        value = text[hit.start : hit.stop]
        known = self.values.get(value)
        if known is None and len(self.values) >= MAX_VALUES:
            return
        before = text[max(0, hit.start - PLACE_CHARS) : hit.start].rpartition("\n")[2]
        after = text[hit.stop : hit.stop + PLACE_CHARS].partition("\n")[0]
        # In a line that grows, more and more comes after it.
        if known is None or len(after) > len(known.after):
            self.values[value] = SecretPlace(known.before if known else before, after)

    def _mark_pieces(self, text: str, origins: Sequence[int]) -> None:
        for start, stop in self._pieces.pieces(text) if self._pieces else ():
            self._mark([origin for origin in origins[start:stop] if origin >= 0])

    def _mark(self, origins: Iterable[int]) -> int | None:
        """Mark what these bytes draw; returns the first that is not written yet."""
        in_reach = [origin for origin in origins if origin >= self.forgotten]
        if not in_reach:
            return None
        start = stop = in_reach[0]
        for origin in in_reach:
            if origin != stop:
                self._add(Span(start, stop))
                start = origin
            stop = origin + 1
        self._add(Span(start, stop))
        return min(in_reach)

    def _add(self, span: Span) -> None:
        if span not in self.spans:
            self.spans.add(span)
            self._recent.append(span)

    def _is_marked(self, origins: Sequence[int]) -> bool:
        """Whether its beginning is marked already."""
        start = origins[0]
        return start < self.forgotten or any(s <= start < e for s, e in self._recent)


class HarmlessTexts:
    """Texts in which no secret was found: programs paint the same again and again."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}
        self._chars = 0

    def has(self, text: str) -> bool:
        """Whether there is no secret in ``text``."""
        if text in self._known:
            return True
        if find_secrets(text):
            return False
        if self._chars > MAX_HARMLESS_CHARS:
            self._known.clear()
            self._chars = 0
        self._known[text] = None
        self._chars += len(text)
        return True


def _searched_texts(lines: list[TextLine]) -> Iterator[str]:
    for line in lines:
        yield line.text
        for start in line.starts:
            yield line.text[start : start + HEAD_CHARS]


def _matches(line: TextLine) -> Iterator[SecretMatch]:
    """Secrets in a line, and in what begins with one of its rows, which may be a line itself."""
    yield from find_secrets(line.text)
    searched = 0
    for start in line.starts:
        if start >= searched and find_secrets(line.text[start : start + HEAD_CHARS]):
            searched = start + MAX_SECRET_CHARS // 2
            for hit in find_secrets(line.text[start : start + MAX_SECRET_CHARS]):
                yield SecretMatch(hit.start + start, hit.stop + start, hit.rule)


def _is_loose(rule: str) -> bool:
    own = own_rules()
    return rule in _LOOSE or (own is not None and own.is_loose(rule))


def _blocks(data: bytes) -> Iterator[bytes]:
    """``data`` in blocks that end with a line, where there are lines."""
    at = 0
    while at < len(data):
        least = at + BLOCK_BYTES
        stop = data.find(b"\n", least, least + prefilter.MIN_BYTES) + 1 or least
        yield data[at:stop]
        at = stop


def _last_pieces(
    pieces: list[tuple[str, Sequence[int]]], least: int
) -> list[tuple[str, Sequence[int]]]:
    """The last pieces that have ``least`` characters together."""
    total = 0
    for number in range(len(pieces) - 1, -1, -1):
        total += len(pieces[number][0])
        if total >= least:
            return pieces[number:]
    return pieces


def _decoded(data: bytes) -> str:
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4)).decode("utf-8", "replace")
    except ValueError:
        return ""

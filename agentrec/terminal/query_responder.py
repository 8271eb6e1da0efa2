"""Answers a program's terminal queries when there is no terminal, for ``record --headless``.

Many TUIs query their terminal on start and wait for the reply. :class:`QueryResponder` watches the
program's output and gives the replies a plain modern xterm-like terminal would give. It has no clock,
does no I/O, and looks only at sequences that can be queries: bulk output passes at the speed of one
compiled regex.
"""

from __future__ import annotations

import re

from agentrec import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Protocol

    class CursorScreen(Protocol):
        """What cursor position reports need; :class:`agentrec.terminal.engine.screen.Screen` fits."""

        @property
        def cursor(self) -> tuple[int, int, bool, str]: ...
        def feed(self, data: bytes) -> None: ...
        def resize(self, cols: int, rows: int) -> None: ...


# The longest query that is recognized when a read has cut it in two.
MAX_QUERY_BYTES = 4096

# ESC starts a new sequence whatever came before, so no other parser state is needed. Only CSI
# finals that query or set something are named; of `m` only `CSI ? 4 m`, or every color would match.
_QUERY = re.compile(
    rb"\x1b(?:"
    rb"\[\?(?P<mode>[0-9;]*[hl])"
    rb"|\[(?P<prefix>[?>=<]?)(?P<params>[0-9;:]*)(?P<final>[cnxtuhlq]|[$!]p|(?<=\?4)m)"
    rb"|\](?P<osc>(?:4|1[0-9]);[^\x07\x1b\x18\x1a]{0,2048})(?P<end>\x07|\x1b\\)"
    rb"|P(?P<dcs>[+$]q[^\x07\x1b\x18\x1a]{0,2048})\x1b\\"
    rb"|(?P<esc>[cZ])"
    rb")"
)
# What may still become a query with more bytes, at the very end of a read.
_PARTIAL = re.compile(
    rb"\x1b(?:\[[?>=<!]?[0-9;:]*[$!]?|\][^\x07\x1b\x18\x1a]{0,2048}\x1b?|P[^\x07\x1b\x18\x1a]{0,2048}\x1b?)?\Z"
)
_LAST_SGR = re.compile(rb"\x1b\[([0-9;:]*)m\Z")

# DEC private modes a program may query, with their state in a new terminal.
_OFF = "1 3 4 5 6 9 12 40 45 47 66 69 1000 1002 1003 1004 1005 1006 1007 1015 1016 1034 1035 1036"
_OFF += " 1039 1045 1047 1048 1049 2004 2026 2031"
_MODES = dict.fromkeys(map(int, _OFF.split()), False) | dict.fromkeys((7, 8, 25, 2027), True)
_ANSI_MODES = {2: False, 4: False, 12: True, 20: False}
# The modes that DECSTR (soft reset) resets.
_SOFT_RESET_MODES = (1, 6, 7, 25, 66)

_CAPABILITIES = {b"Co": b"256", b"colors": b"256", b"RGB": b"8"}
_CELL_WIDTH_PIXELS, _CELL_HEIGHT_PIXELS = (
    8,
    16,
)  # pixels; there is no window, so any plausible font will do
_CUBE_LEVELS = (0, 95, 135, 175, 215, 255)
_BASE_COLORS = (
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
)
# OSC 10 foreground, 11 background, 12 cursor ... 17 and 19 selection: a dark theme.
_LIGHT, _DARK = (229, 229, 229), (0, 0, 0)
_DYNAMIC_COLORS = {10: _LIGHT, 11: _DARK, 12: _LIGHT, 13: _LIGHT, 14: _DARK, 17: _LIGHT, 19: _DARK}


class QueryResponder:
    """Replies to the terminal queries in a stream of output.

    ``cursor`` gives the cursor as 0-based ``(x, y)`` for a position report; without it, and without an
    attached screen, the cursor is reported in the top left corner. ``engine`` makes a screen of a given
    size. It is called at the first position report, not before, so that the engine is imported only
    where it is needed; the screen is fed the latest output and attached. What it raises passes through.
    ``term`` is the program's ``TERM``.
    """

    def __init__(
        self,
        cols: int,
        rows: int,
        cursor: Callable[[], tuple[int, int]] | None = None,
        *,
        engine: Callable[[int, int], CursorScreen] | None = None,
        term: str = "xterm-256color",
    ) -> None:
        self.cols, self.rows = cols, rows
        self._cursor = cursor
        self._engine = engine
        self._screen: CursorScreen | None = None
        self._term = term.encode("utf-8", "replace")
        self._carry = b""  # what may become a query
        self._before = b""  # a little of what came before that
        self._recent = _RecentOutput() if engine else None
        self._reset()

    def attach(self, screen: CursorScreen) -> None:
        """Use the cursor of this screen. From now on :meth:`feed` feeds it, and nobody else may."""
        self._screen = screen
        self._recent = None

    def resize(self, cols: int, rows: int) -> None:
        """The terminal has a new size, in cells."""
        self.cols, self.rows = cols, rows
        if self._screen:
            self._screen.resize(cols, rows)

    def feed(self, data: bytes) -> list[bytes]:
        """Take the program's next output; return the terminal's replies, in order.

        A query split over calls is answered by the call that completes it.
        """
        replies: list[bytes] = []
        whole = self._carry + data
        offset = len(self._carry)  # of `data` in `whole`; no query ends before it
        end = shown = 0
        for match in _QUERY.finditer(whole):
            end = match.end()
            if match.lastgroup == "mode":
                self._set(match["mode"])
                continue
            if match["final"] == b"n" and match["params"] == b"6":
                self._show(data[shown : end - offset])  # the query is for the cursor at this point
                shown = end - offset
            replies.extend(filter(None, self._answer(match)))
        self._show(data[shown:] if shown else data)
        self._carry = _unfinished(whole, end)
        done = len(whole) - len(self._carry)
        self._before = (self._before + whole[max(0, done - 64) : done])[-64:]
        return replies

    def _show(self, part: bytes) -> None:
        """Bring the screen, or the output it would be fed, up to date."""
        if self._screen:
            self._screen.feed(part)
        elif self._recent:
            self._recent.add(part)

    def _reset(self) -> None:
        self._modes = dict(_MODES)
        self._ansi = dict(_ANSI_MODES)
        self._keyboard = [0]  # the kitty keyboard protocol's stack of flags

    def _set(self, mode: bytes) -> None:
        if mode[:-1].isdigit():  # nearly always; full repaints hide and show the cursor often
            numbers = [_number(mode[:-1])]
        else:
            numbers = [_number(part) for part in mode[:-1].split(b";")]
        for number in numbers:
            if number in self._modes:
                self._modes[number] = mode.endswith(b"h")

    def _answer(self, match: re.Match[bytes]) -> Iterator[bytes]:
        if match["final"]:
            yield self._csi(match["prefix"], match["params"], match["final"])
        elif match["osc"]:
            yield from _color_replies(match["osc"], match["end"])
        elif match["dcs"]:
            yield from self._dcs(match)
        elif match["esc"] == b"c":
            self._reset()
        else:  # DECID
            yield self._csi(b"", b"", b"c")

    def _csi(self, prefix: bytes, params: bytes, final: bytes) -> bytes:
        key = prefix + final
        numbers = [_number(part) for part in params.split(b";")]
        if key in (b"h", b"l"):
            self._ansi.update((n, final == b"h") for n in numbers if n in self._ansi)
            return b""
        if key in (b"?$p", b"$p"):
            modes = self._modes if prefix else self._ansi
            state = {None: 0, True: 1, False: 2}[modes.get(numbers[0])]
            return b"\x1b[%s%d;%d$y" % (prefix, numbers[0], state)
        if key == b"!p":
            self._modes.update((n, _MODES[n]) for n in _SOFT_RESET_MODES)
            self._ansi[4] = False
            return b""
        if final == b"u":
            return self._kitty(prefix, numbers)
        if final == b"n":
            return self._status(prefix, numbers[0])
        if key == b"t":
            return self._window(numbers[0])
        return _identity(key, numbers[0])

    def _kitty(self, prefix: bytes, numbers: list[int]) -> bytes:
        stack = self._keyboard
        if prefix == b"?":
            return b"\x1b[?%du" % stack[-1]
        if prefix == b">":
            stack.append(numbers[0])
            del stack[1:-8]
        elif prefix == b"<":
            del stack[max(1, len(stack) - max(1, numbers[0])) :]
        elif prefix == b"=":
            flags, how = numbers[0], numbers[1] if len(numbers) > 1 else 1
            stack[-1] = {2: stack[-1] | flags, 3: stack[-1] & ~flags}.get(how, flags)
        return b""

    def _status(self, prefix: bytes, number: int) -> bytes:
        if number == 6 and prefix in (b"", b"?"):
            x, y = self._position()
            return b"\x1b[%s%d;%dR" % (prefix, min(y, self.rows - 1) + 1, min(x, self.cols - 1) + 1)
        if not prefix:
            return b"\x1b[0n" if number == 5 else b""
        # No printer, user keys unlocked, US keyboard, dark color scheme.
        replies = {15: b"13", 25: b"20", 26: b"27;1;0;0", 996: b"997;1"}
        return b"\x1b[?%sn" % replies[number] if prefix == b"?" and number in replies else b""

    def _position(self) -> tuple[int, int]:
        if self._cursor:
            return self._cursor()
        if self._screen is None and self._engine and self._recent:
            engine, self._engine = self._engine, None
            screen = engine(self.cols, self.rows)
            screen.feed(self._recent.data())
            self.attach(screen)
        return self._screen.cursor[:2] if self._screen else (0, 0)

    def _window(self, number: int) -> bytes:
        height, width = self.rows * _CELL_HEIGHT_PIXELS, self.cols * _CELL_WIDTH_PIXELS
        replies = {
            11: b"\x1b[1t",
            13: b"\x1b[3;0;0t",
            14: b"\x1b[4;%d;%dt" % (height, width),
            15: b"\x1b[5;%d;%dt" % (height, width),
            16: b"\x1b[6;%d;%dt" % (_CELL_HEIGHT_PIXELS, _CELL_WIDTH_PIXELS),
            18: b"\x1b[8;%d;%dt" % (self.rows, self.cols),
            19: b"\x1b[9;%d;%dt" % (self.rows, self.cols),
            # The title is never reported: somebody may have put text there to have it typed.
            20: b"\x1b]L\x1b\\",
            21: b"\x1b]l\x1b\\",
        }
        return replies.get(number, b"")

    def _dcs(self, match: re.Match[bytes]) -> Iterator[bytes]:
        query = match["dcs"]
        if query.startswith(b"+q"):
            for name in query[2:].split(b";"):
                yield self._capability(name)
            return
        settings = {b"r": b"1;%dr" % self.rows, b" q": b"2 q", b'"p': b'62;1"p', b'"q': b'0"q'}
        # Programs detect true color by setting one and reading it back at once.
        if query[2:] == b"m":
            before = self._before + match.string[max(0, match.start() - 64) : match.start()]
            sgr = _LAST_SGR.search(before)
            settings[b"m"] = (b"0;" + sgr[1] if sgr and sgr[1].strip(b"0;") else b"0") + b"m"
        value = settings.get(query[2:])
        yield b"\x1bP1$r%s\x1b\\" % value if value else b"\x1bP0$r\x1b\\"

    def _capability(self, hex_name: bytes) -> bytes:
        try:
            name = bytes.fromhex(hex_name.decode("ascii"))
        except ValueError:
            return b"\x1bP0+r\x1b\\"
        value = self._term if name in (b"TN", b"name") else _CAPABILITIES.get(name)
        if value is None:
            return b"\x1bP0+r%s\x1b\\" % hex_name
        return b"\x1bP1+r%s=%s\x1b\\" % (hex_name, value.hex().upper().encode())


class _RecentOutput:
    """The latest output, bounded: enough to find the cursor by feeding it to a screen."""

    LIMIT_BYTES = 1 << 18

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        self._parts.append(part)
        self._size += len(part)
        if self._size > 2 * self.LIMIT_BYTES:
            self._parts = [self.data()[-self.LIMIT_BYTES :]]
            self._size = self.LIMIT_BYTES

    def data(self) -> bytes:
        return b"".join(self._parts)


def _unfinished(whole: bytes, end: int) -> bytes:
    """The tail that more bytes may complete; ``end`` is where the last query ended."""
    last = whole.rfind(b"\x1b", max(end, len(whole) - MAX_QUERY_BYTES))
    if last < 0:
        return b""
    if last == len(whole) - 1:  # perhaps the first half of a string's terminator
        before = whole.rfind(b"\x1b", max(end, last - MAX_QUERY_BYTES), last)
        if before >= 0 and _PARTIAL.match(whole, before):
            last = before
    return whole[last:] if _PARTIAL.match(whole, last) else b""


def _number(text: bytes) -> int:
    return int(text[:9]) if text[:9].isdigit() else 0


def _identity(key: bytes, number: int) -> bytes:
    """DA1, DA2, DA3, XTVERSION, DECREQTPARM and the state of modifyOtherKeys."""
    if key == b"x":
        return b"\x1b[%d;1;1;128;128;1;0x" % (number + 2) if number in (0, 1) else b""
    if key == b"?m":
        return b"\x1b[>4;0m" if number == 4 else b""
    if number:
        return b""
    replies = {
        b"c": b"\x1b[?62;22c",  # a VT220 with color
        b">c": b"\x1b[>1;10;0c",
        b"=c": b"\x1bP!|00000000\x1b\\",
        b">q": b"\x1bP>|agentrec(%s)\x1b\\" % __version__.encode(),
    }
    return replies.get(key, b"")


def _color_replies(body: bytes, end: bytes) -> Iterator[bytes]:
    """Replies to ``OSC 4;n;?``, ``OSC 10;?`` and the like, with the terminator of the query."""
    first, *rest = body.split(b";")
    code = _number(first)
    if code == 4:
        for index, value in zip(rest[::2], rest[1::2], strict=False):
            if value == b"?" and index.isdigit() and int(index[:4]) < 256:
                yield b"\x1b]4;%d;%s%s" % (int(index), _rgb(_palette_color(int(index))), end)
        return
    for number, value in enumerate(rest, code):
        if value == b"?" and number in _DYNAMIC_COLORS:
            yield b"\x1b]%d;%s%s" % (number, _rgb(_DYNAMIC_COLORS[number]), end)


def _palette_color(index: int) -> tuple[int, int, int]:
    if index < 16:
        return _BASE_COLORS[index]
    if index >= 232:
        gray = 8 + 10 * (index - 232)
        return (gray, gray, gray)
    index -= 16
    return (_CUBE_LEVELS[index // 36], _CUBE_LEVELS[index // 6 % 6], _CUBE_LEVELS[index % 6])


def _rgb(color: tuple[int, int, int]) -> bytes:
    return b"rgb:" + b"/".join(b"%02x%02x" % (part, part) for part in color)

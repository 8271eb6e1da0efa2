"""The engine behind a screen: one terminal of libghostty-vt, with Python values in and out.

:mod:`agentrec.terminal.engine.screen` imports it at the first screen.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from agentrec.terminal.engine._cell_view import CellView
from agentrec.terminal.engine._library import VERSION, EngineError, check, ffi, lib, new, sized
from agentrec.terminal.engine._text_reader import TextReader

if TYPE_CHECKING:
    from agentrec.terminal.engine._abi import CData

__all__ = ("VERSION", "Engine", "EngineError")

# Of an unfinished sequence, kept so that a snapshot can be taken inside it.
CONTINUATION_LIMIT_BYTES = 1 << 20
# Memory allowed for a line of scrollback. The engine's own default would keep a few hundred lines.
BYTES_PER_LINE = 8192
# The engine forgets scrollback a page at a time, and a page has at most this many cells.
PAGE_CELLS = 48_000
CELL_WIDTH_PIXELS, CELL_HEIGHT_PIXELS = 8, 16  # seen only by size reports and images
GRAPHEME_CLUSTERS_MODE = 2027


class Engine:
    """One emulated terminal and the view that reads its cells. For one thread at a time."""

    def __init__(self, handle: CData, scrollback: int) -> None:
        self._terminal = handle
        finalizer = weakref.finalize(self, lib.ghostty_terminal_free, handle)
        finalizer.atexit = False  # a thread may still be inside the engine
        self._scrollback = scrollback
        self._scalars: dict[str, tuple[int, CData]] = {}  # reused for the values of get()
        self._text: TextReader | None = None
        self._keep_scrollback(self.number("COLS", "uint16_t"), self.number("ROWS", "uint16_t"))
        self._set("CONTINUATION_MAX_BYTES", "size_t", CONTINUATION_LIMIT_BYTES)
        self._reply_callback: CData | None = None
        self.view = CellView(handle)

    @classmethod
    def new(cls, cols: int, rows: int, scrollback: int) -> Engine:
        out = new("GhosttyTerminal")
        check(lib.ghostty_terminal_new(ffi.NULL, out, cols, rows), "make a screen")
        engine = cls(out[0], scrollback)
        engine.resize(cols, rows)  # gives it a cell size in pixels, as a real terminal has
        engine.set_mode(GRAPHEME_CLUSTERS_MODE, True)
        return engine

    @classmethod
    def restore(cls, snapshot: bytes, scrollback: int) -> Engine:
        """A new engine in the state of a :meth:`snapshot`. Raises EngineError for other bytes."""
        decoder = new("GhosttySnapshotDecoder")
        source = ffi.from_buffer(snapshot)
        what = "read a stored screen"
        check(lib.ghostty_snapshot_decoder_new_buf(ffi.NULL, decoder, source, len(source)), what)
        try:
            retain = lib.GHOSTTY_SNAPSHOT_DECODER_OPT_RETAIN_CONTINUATION
            check(lib.ghostty_snapshot_decoder_set(decoder[0], retain, new("bool", True)), what)
            out = new("GhosttyTerminal")
            check(lib.ghostty_snapshot_decoder_decode(decoder[0], out), what)
        finally:
            lib.ghostty_snapshot_decoder_free(decoder[0])
        return cls(out[0], scrollback)

    def snapshot(self) -> bytes | None:
        """The whole state; None where the engine cannot give it.

        That is within a sequence longer than CONTINUATION_LIMIT_BYTES, and after an 8-bit control inside
        an APC string (`ESC _ 9B`) until the next ground state.
        """
        data, size = new("bytes"), new("size_t")
        if lib.ghostty_snapshot_encode_alloc(self._terminal, ffi.NULL, data, size):
            return None
        try:
            return bytes(ffi.buffer(data[0], size[0]))
        finally:
            lib.ghostty_free(ffi.NULL, data[0], size[0])

    def feed(self, data: bytes) -> None:
        lib.ghostty_terminal_vt_write(self._terminal, ffi.from_buffer(data), len(data))

    def resize(self, cols: int, rows: int) -> None:
        result = lib.ghostty_terminal_resize(
            self._terminal, cols, rows, CELL_WIDTH_PIXELS, CELL_HEIGHT_PIXELS
        )
        check(result, f"resize to {cols}x{rows}")
        self._keep_scrollback(cols, rows)

    def _keep_scrollback(self, cols: int, rows: int) -> None:
        """Keep a page more than asked for, so that it is never less, however lines fall into pages.

        Lines of some 1,000 columns or more are limited by their size instead of their number.
        """
        lines = self._scrollback + PAGE_CELLS // cols + rows
        self._set("SCROLLBACK_MAX_LINES", "size_t", lines)
        self._set("SCROLLBACK_MAX_BYTES", "size_t", lines * BYTES_PER_LINE)

    def collect_replies(self, into: list[bytes]) -> None:
        """Append the terminal's replies to the program."""

        def reply(_terminal: CData, _user: CData, data: CData, size: int) -> None:
            into.append(bytes(ffi.buffer(data, size)))

        self._reply_callback = ffi.callback("GhosttyTerminalWritePtyFn", reply)
        option = lib.GHOSTTY_TERMINAL_OPT_WRITE_PTY
        check(
            lib.ghostty_terminal_set(self._terminal, option, self._reply_callback),
            "collect replies",
        )

    def _set(self, option: str, ctype: str, value: object) -> None:
        number = getattr(lib, f"GHOSTTY_TERMINAL_OPT_{option}")
        check(
            lib.ghostty_terminal_set(self._terminal, number, new(ctype, value)),
            f"set {option.lower()}",
        )

    def number(self, key: str, ctype: str) -> int:
        """One ``GHOSTTY_TERMINAL_DATA_*`` value of a scalar C type."""
        return int(self._get(key, ctype)[0])

    def _get(self, key: str, ctype: str) -> CData:
        known = self._scalars.get(key)
        if known is None:
            number = getattr(lib, f"GHOSTTY_TERMINAL_DATA_{key}")
            known = self._scalars[key] = number, new(ctype)
        number, out = known
        if lib.ghostty_terminal_get(self._terminal, number, out):
            raise EngineError(f"the terminal engine could not read {key.lower()}")
        return out

    def title(self) -> str:
        value = self._get("TITLE", "GhosttyString")[0]
        return (
            bytes(ffi.buffer(value.ptr, value.len)).decode("utf-8", "replace") if value.len else ""
        )

    def mode(self, number: int, *, ansi: bool = False) -> bool:
        """Whether a DEC private mode (or with ``ansi`` an ANSI mode) is set; False if unknown."""
        config = new("GhosttyTerminalModeConfig", {"mode": number & 0x7FFF | ansi << 15})
        key = lib.GHOSTTY_TERMINAL_DATA_MODE
        return not lib.ghostty_terminal_get(self._terminal, key, config) and bool(config.value)

    def set_mode(self, number: int, value: bool) -> None:
        """Set a DEC private mode, now and as its default after a reset."""
        config = {"mode": number, "value": value}
        self._set("MODE_DEFAULT", "GhosttyTerminalModeConfig", config)
        self._set("MODE", "GhosttyTerminalModeConfig", config)

    def lines(self, *, scrollback: bool) -> str:
        """The screen's text, or with ``scrollback`` all text, as logical lines joined by newlines.

        Lines wrapped at the right margin are joined; blanks at the end of each line, and blank lines
        at the end, are left out.
        """
        if self._text is None:
            self._text = TextReader(self._terminal)
        rows = (
            self.number("TOTAL_ROWS", "size_t") if scrollback else self.number("ROWS", "uint16_t")
        )
        return self._text.read(self.number("COLS", "uint16_t"), rows, scrollback=scrollback)

    def codes(self, terminal: tuple[str, ...], screen: tuple[str, ...]) -> bytes:
        """Escape sequences that give a new terminal this state, besides its cells.

        The names are members of GhosttyFormatterTerminalExtra and GhosttyFormatterScreenExtra. Cells
        are included, unless the screen is blank.
        """
        options = sized("GhosttyFormatterTerminalOptions")
        options.emit = lib.GHOSTTY_FORMATTER_FORMAT_VT
        for extra, names in ((options.extra, terminal), (options.extra.screen, screen)):
            extra.size = ffi.sizeof(extra)
            for name in names:
                setattr(extra, name, True)
        formatter, data, size = new("GhosttyFormatter"), new("bytes"), new("size_t")
        make = lib.ghostty_formatter_terminal_new
        check(make(ffi.NULL, formatter, self._terminal, options[0]), "report its state")
        try:
            give = lib.ghostty_formatter_format_alloc
            check(give(formatter[0], ffi.NULL, data, size), "report its state")
        finally:
            lib.ghostty_formatter_free(formatter[0])
        try:
            return bytes(ffi.buffer(data[0], size[0]))
        finally:
            lib.ghostty_free(ffi.NULL, data[0], size[0])

    def continues(self, row: int, tag: str) -> bool:
        """Whether a row continues the line of the row above."""
        if self._text is None:
            self._text = TextReader(self._terminal)
        return self._text.continues(row, tag)

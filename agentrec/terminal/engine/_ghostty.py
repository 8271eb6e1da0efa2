"""The only module that calls libghostty-vt: it turns handles, calls and C structs into Python values.

:mod:`agentrec.terminal.engine.screen` imports it at the first screen, since loading it takes about 0.1 s.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from agentrec.errors import AgentrecError
from agentrec.terminal.engine._abi import load
from agentrec.terminal.engine.styles import PLAIN, Color, Style

if TYPE_CHECKING:
    from agentrec.terminal.engine._abi import CData

# Of an unfinished sequence, kept so that a snapshot can be taken inside it.
CONTINUATION_LIMIT_BYTES = 1 << 20
# Memory allowed for a line of scrollback. The engine's own default would keep a few hundred lines.
BYTES_PER_LINE = 8192
# The engine forgets scrollback a page at a time, and a page has at most this many cells.
PAGE_CELLS = 48_000
CELL_WIDTH_PIXELS, CELL_HEIGHT_PIXELS = 8, 16  # seen only by size reports and images
GRAPHEME_CLUSTERS_MODE = 2027
CURSOR_SHAPES = ("bar", "block", "underline", "hollow")

_OUT_OF_SPACE = -3
_STYLES: dict[bytes, Style] = {}
_MAX_STYLES = 1 << 16

# Where nothing is parsed in advance, looking up a C type by name takes 4 ms the first time, because all
# headers are parsed again. One struct that mentions every type in use is parsed once instead.
_IN_USE = """
GhosttyBuffer GhosttyCellsView GhosttyFormatter GhosttyFormatterTerminalOptions GhosttyGridRef
GhosttyPointS GhosttyRenderState
GhosttyRenderStateCursorVisualStyle GhosttyRenderStateDirty GhosttyRenderStateOverscan
GhosttyRenderStateRowCells GhosttyRenderStateRowIterator GhosttyRow GhosttySelection
GhosttySnapshotDecoder GhosttyString GhosttyStyle GhosttyTerminal GhosttyTerminalModeConfig
GhosttyTerminalScreen GhosttyTerminalSelectionFormatOptions bool size_t uint16_t
"""
_NAMES = _IN_USE.split()
_MEMBERS = " ".join(f"{name} *{name.lower()};" for name in _NAMES)
# Unions cannot be passed by value; a struct of the same size and alignment is passed alike.
_OURS = f"""
typedef struct {{ uint16_t x; uint32_t y; uint64_t _pad; }} GhosttyPointValueS;
typedef struct {{ GhosttyPointTag tag; GhosttyPointValueS value; }} GhosttyPointS;
typedef GhosttyResult (*AgentrecFindCell)(GhosttyTerminal, GhosttyPointS, GhosttyGridRef *);
typedef struct {{ {_MEMBERS} uint8_t **bytes; }} AgentrecTypes;
"""
ffi, lib, VERSION = load(_OURS)
_find_cell = ffi.cast("AgentrecFindCell", ffi.addressof(lib, "ghostty_terminal_grid_ref"))
_FIELDS = dict(ffi.typeof("AgentrecTypes").fields)
_TYPES = {name: _FIELDS[name.lower()].type for name in _NAMES} | {"bytes": _FIELDS["bytes"].type}


def _new(ctype: str, *value: object) -> CData:
    """A pointer to a new C value, zero unless given; ``bytes`` is a pointer to bytes."""
    pointer: CData = ffi.new(_TYPES[ctype], *value)
    return pointer


class EngineError(AgentrecError):
    """The engine refused a call. Sizes and input are checked before, so this is a bug."""


def _check(result: int, what: str) -> None:
    if result:
        raise EngineError(f"the terminal engine could not {what} (code {result})")


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
        out = _new("GhosttyTerminal")
        _check(lib.ghostty_terminal_new(ffi.NULL, out, cols, rows), "make a screen")
        engine = cls(out[0], scrollback)
        engine.resize(cols, rows)  # gives it a cell size in pixels, as a real terminal has
        engine.set_mode(GRAPHEME_CLUSTERS_MODE, True)
        return engine

    @classmethod
    def restore(cls, snapshot: bytes, scrollback: int) -> Engine:
        """A new engine in the state of a :meth:`snapshot`. Raises EngineError for other bytes."""
        decoder = _new("GhosttySnapshotDecoder")
        source = ffi.from_buffer(snapshot)
        what = "read a stored screen"
        _check(lib.ghostty_snapshot_decoder_new_buf(ffi.NULL, decoder, source, len(source)), what)
        try:
            retain = lib.GHOSTTY_SNAPSHOT_DECODER_OPT_RETAIN_CONTINUATION
            _check(lib.ghostty_snapshot_decoder_set(decoder[0], retain, _new("bool", True)), what)
            out = _new("GhosttyTerminal")
            _check(lib.ghostty_snapshot_decoder_decode(decoder[0], out), what)
        finally:
            lib.ghostty_snapshot_decoder_free(decoder[0])
        return cls(out[0], scrollback)

    def snapshot(self) -> bytes | None:
        """The whole state; None where the engine cannot give it.

        That is within a sequence longer than CONTINUATION_LIMIT_BYTES, and after an 8-bit control inside
        an APC string (`ESC _ 9B`) until the next ground state.
        """
        data, size = _new("bytes"), _new("size_t")
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
        _check(result, f"resize to {cols}x{rows}")
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
        _check(
            lib.ghostty_terminal_set(self._terminal, option, self._reply_callback),
            "collect replies",
        )

    def _set(self, option: str, ctype: str, value: object) -> None:
        number = getattr(lib, f"GHOSTTY_TERMINAL_OPT_{option}")
        _check(
            lib.ghostty_terminal_set(self._terminal, number, _new(ctype, value)),
            f"set {option.lower()}",
        )

    def number(self, key: str, ctype: str) -> int:
        """One ``GHOSTTY_TERMINAL_DATA_*`` value of a scalar C type."""
        return int(self._get(key, ctype)[0])

    def _get(self, key: str, ctype: str) -> CData:
        known = self._scalars.get(key)
        if known is None:
            number = getattr(lib, f"GHOSTTY_TERMINAL_DATA_{key}")
            known = self._scalars[key] = number, _new(ctype)
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
        config = _new("GhosttyTerminalModeConfig", {"mode": number & 0x7FFF | ansi << 15})
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
        options = _sized("GhosttyFormatterTerminalOptions")
        options.emit = lib.GHOSTTY_FORMATTER_FORMAT_VT
        for extra, names in ((options.extra, terminal), (options.extra.screen, screen)):
            extra.size = ffi.sizeof(extra)
            for name in names:
                setattr(extra, name, True)
        formatter, data, size = _new("GhosttyFormatter"), _new("bytes"), _new("size_t")
        make = lib.ghostty_formatter_terminal_new
        _check(make(ffi.NULL, formatter, self._terminal, options[0]), "report its state")
        try:
            give = lib.ghostty_formatter_format_alloc
            _check(give(formatter[0], ffi.NULL, data, size), "report its state")
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


class TextReader:
    """Reads text. The arguments of the library's calls are made once, since it is called very often."""

    def __init__(self, terminal: CData) -> None:
        self._terminal = terminal
        self._point, self._ref = _new("GhosttyPointS"), _sized("GhosttyGridRef")
        self._selection = _sized("GhosttySelection")
        self._options = _sized("GhosttyTerminalSelectionFormatOptions")
        self._options.emit = lib.GHOSTTY_FORMATTER_FORMAT_PLAIN
        self._options.unwrap = self._options.trim = True
        self._options.selection = self._selection
        self._data, self._size = _new("bytes"), _new("size_t")
        self._row, self._flag = _new("GhosttyRow"), _new("bool")
        names = ("ACTIVE", "SCREEN")
        self._tags = {name: getattr(lib, f"GHOSTTY_POINT_TAG_{name}") for name in names}

    def read(self, cols: int, rows: int, *, scrollback: bool) -> str:
        """See :meth:`Engine.lines`."""
        self._point.tag = self._tags["SCREEN" if scrollback else "ACTIVE"]
        self._selection.start = self._find(0, 0)
        self._selection.end = self._find(cols - 1, rows - 1)
        data, size = self._data, self._size
        make = lib.ghostty_terminal_selection_format_alloc
        _check(make(self._terminal, ffi.NULL, self._options[0], data, size), "give its text")
        try:
            return bytes(ffi.buffer(data[0], size[0])).decode("utf-8", "replace")
        finally:
            lib.ghostty_free(ffi.NULL, data[0], size[0])

    def continues(self, row: int, tag: str) -> bool:
        """See :meth:`Engine.continues`."""
        self._point.tag = self._tags[tag]
        self._find(0, row)
        _check(lib.ghostty_grid_ref_row(self._ref, self._row), "read a row")
        wrap = lib.GHOSTTY_ROW_DATA_WRAP_CONTINUATION
        _check(lib.ghostty_row_get(self._row[0], wrap, self._flag), "read a row")
        return bool(self._flag[0])

    def _find(self, x: int, y: int) -> object:
        value = self._point.value
        value.x, value.y = x, y
        _check(_find_cell(self._terminal, self._point[0], self._ref), "find a cell")
        return self._ref[0]


class CellView:
    """Reads cells. :meth:`update` copies what changed; then rows are read in order, each at most once,
    with :meth:`seek` and the methods for the current row.
    """

    def __init__(self, terminal: CData) -> None:
        self._terminal = terminal
        self._state = _owned(self, "GhosttyRenderState", "render_state")
        self._rows = _owned(self, "GhosttyRenderStateRowIterator", "render_state_row_iterator")
        self._cells = _owned(self, "GhosttyRenderStateRowCells", "render_state_row_cells")
        self._raw = _new("GhosttyCellsView")
        self._flag = _new("bool")
        self._style = _sized("GhosttyStyle")
        self._row = -1  # the iterator's row
        self._above = 0
        self._cells_row = -1  # the row that self._cells is for

    def update(self, above: int = 0) -> bool:
        """Copy the terminal's state, with ``above`` rows of scrollback on top.

        True when every row may have changed.
        """
        if above != self._above:
            span = _new("GhosttyRenderStateOverscan", {"above": above, "below": 0})
            option = lib.GHOSTTY_RENDER_STATE_OPTION_OVERSCAN
            _check(
                lib.ghostty_render_state_set(self._state[0], option, span), "show its scrollback"
            )
            self._above = above
        _check(lib.ghostty_render_state_update(self._state[0], self._terminal), "show its cells")
        dirty = _new("GhosttyRenderStateDirty")
        key = lib.GHOSTTY_RENDER_STATE_DATA_DIRTY
        _check(lib.ghostty_render_state_get(self._state[0], key, dirty), "report what changed")
        self.rewind()
        return bool(dirty[0] == lib.GHOSTTY_RENDER_STATE_DIRTY_FULL)

    def shape(self) -> str:
        """The cursor's shape, one of CURSOR_SHAPES."""
        out = _new("GhosttyRenderStateCursorVisualStyle")
        key = lib.GHOSTTY_RENDER_STATE_DATA_CURSOR_VISUAL_STYLE
        _check(lib.ghostty_render_state_get(self._state[0], key, out), "report the cursor's shape")
        return CURSOR_SHAPES[out[0]]

    def clean(self) -> None:
        """Forget which rows changed."""
        _check(lib.ghostty_render_state_clean(self._state[0]), "forget what changed")

    def rewind(self) -> None:
        key = lib.GHOSTTY_RENDER_STATE_DATA_ROW_ITERATOR
        _check(lib.ghostty_render_state_get(self._state[0], key, self._rows), "list its rows")
        self._row = self._cells_row = -1

    def seek(self, row: int) -> bool:
        """Go to this row, counted from the first row in view; False when there is none."""
        if row < self._row:
            self.rewind()
        while self._row < row:
            if not lib.ghostty_render_state_row_iterator_next(self._rows[0]):
                self.rewind()
                return False
            self._row += 1
        return True

    def changed(self) -> list[int]:
        """The rows that changed since the last :meth:`clean`."""
        self.rewind()
        row, rows = _new("uint16_t"), []
        while lib.ghostty_render_state_row_iterator_next_dirty(self._rows[0], row):
            rows.append(row[0])
        self.rewind()
        return rows

    def raw(self) -> bytes:
        """The current row's cells, eight bytes each; see :mod:`agentrec.terminal.engine._cells`."""
        self._row_get(lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS_RAW, self._raw)
        return bytes(ffi.buffer(self._raw.ptr, self._raw.len * 8))

    def wraps(self) -> bool:
        """Whether the current row continues in the next one."""
        row = _new("GhosttyRow")
        self._row_get(lib.GHOSTTY_RENDER_STATE_ROW_DATA_RAW, row)
        _check(lib.ghostty_row_get(row[0], lib.GHOSTTY_ROW_DATA_WRAP, self._flag), "read a row")
        return bool(self._flag[0])

    def _row_get(self, key: int, out: CData) -> None:
        _check(lib.ghostty_render_state_row_get(self._rows[0], key, out), "read a row")

    def _select(self, x: int) -> object:
        if self._cells_row != self._row:
            self._row_get(lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS, self._cells)
            self._cells_row = self._row
        _check(lib.ghostty_render_state_row_cells_select(self._cells[0], x), "read a cell")
        return self._cells[0]

    def style(self, x: int) -> Style:
        """The style of a cell of the current row, without its link."""
        key = lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_STYLE
        _check(
            lib.ghostty_render_state_row_cells_get(self._select(x), key, self._style), "read a cell"
        )
        packed = bytes(ffi.buffer(self._style))
        style = _STYLES.get(packed)
        if style is None:
            if len(_STYLES) >= _MAX_STYLES:
                _STYLES.clear()
            style = _STYLES[packed] = _style(self._style)
        return style

    def grapheme(self, x: int) -> str:
        """The text of a cell of the current row that holds more than one code point."""
        key = lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_GRAPHEMES_UTF8
        cells, out = self._select(x), _new("GhosttyBuffer")
        room = 64
        while True:
            space = ffi.new("uint8_t[]", room)
            out.ptr, out.cap, out.len = space, room, 0
            result = lib.ghostty_render_state_row_cells_get(cells, key, out)
            if result != _OUT_OF_SPACE:
                _check(result, "read a cell")
                return bytes(ffi.buffer(space, out.len)).decode("utf-8", "replace")
            room = max(room * 2, out.len)

    def link(self, x: int) -> str | None:
        """The URI a cell of the current row links to."""
        # Rows are numbered from the top of the view; the screen's own count starts at the scrollback.
        row, tag = self._row - self._above, "ACTIVE"
        if row < 0:
            row, tag = row + _scrollback(self._terminal), "SCREEN"
        ref = grid_ref(self._terminal, x, row, tag)
        size = _new("size_t")
        lib.ghostty_grid_ref_hyperlink_uri(ref, ffi.NULL, 0, size)
        space = ffi.new("uint8_t[]", max(1, size[0]))
        if lib.ghostty_grid_ref_hyperlink_uri(ref, space, len(space), size):
            return None
        return bytes(ffi.buffer(space, size[0])).decode("utf-8", "replace") or None


def grid_ref(terminal: CData, x: int, y: int, tag: str) -> CData:
    """A reference to a cell; ``tag`` says what ``y`` counts from. Valid until the next change."""
    point = _new("GhosttyPointS")
    point.tag = getattr(lib, f"GHOSTTY_POINT_TAG_{tag}")
    point.value.x, point.value.y = x, y
    ref = _sized("GhosttyGridRef")
    _check(_find_cell(terminal, point[0], ref), "find a cell")
    return ref


def _sized(ctype: str) -> CData:
    """A new struct of the kind that holds its own size."""
    out = _new(ctype)
    out.size = ffi.sizeof(out[0])
    return out


def _owned(owner: object, ctype: str, name: str) -> CData:
    """A pointer to a new library object that is freed with its owner."""
    out = _new(ctype)
    _check(getattr(lib, f"ghostty_{name}_new")(ffi.NULL, out), f"make a {name}")
    finalizer = weakref.finalize(owner, getattr(lib, f"ghostty_{name}_free"), out[0])
    finalizer.atexit = False  # a thread may still be inside the engine
    return out


def _scrollback(terminal: CData) -> int:
    out = _new("size_t")
    key = lib.GHOSTTY_TERMINAL_DATA_SCROLLBACK_ROWS
    _check(lib.ghostty_terminal_get(terminal, key, out), "count its scrollback")
    return int(out[0])


def _style(raw: CData) -> Style:
    style = Style(
        fg=_color(raw.fg_color),
        bg=_color(raw.bg_color),
        bold=raw.bold,
        dim=raw.faint,
        italic=raw.italic,
        underline=raw.underline,
        underline_color=_color(raw.underline_color),
        blink=raw.blink,
        inverse=raw.inverse,
        hidden=raw.invisible,
        strike=raw.strikethrough,
        overline=raw.overline,
    )
    return PLAIN if style == PLAIN else style


def _color(raw: CData) -> Color:
    if raw.tag == lib.GHOSTTY_STYLE_COLOR_PALETTE:
        return int(raw.value.palette)
    if raw.tag == lib.GHOSTTY_STYLE_COLOR_RGB:
        rgb = raw.value.rgb
        return (rgb.r, rgb.g, rgb.b)
    return None

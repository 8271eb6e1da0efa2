"""Reads the engine's cells: raw, and what a raw cell refers to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.terminal.engine._library import check, ffi, find_cell, lib, new, owned, sized
from agentrec.terminal.engine.styles import PLAIN, Color, Style

if TYPE_CHECKING:
    from agentrec.terminal.engine._abi import CData

CURSOR_SHAPES = ("bar", "block", "underline", "hollow")

_OUT_OF_SPACE = -3
_STYLES: dict[bytes, Style] = {}
_TEXT_BYTES = 64  # of most clusters
_MAX_STYLES = 1 << 16


class CellView:
    """Reads cells. :meth:`update` copies what changed; then rows are read in order, each at most once,
    with :meth:`seek` and the methods for the current row.
    """

    def __init__(self, terminal: CData) -> None:
        self._terminal = terminal
        self._state = owned(self, "GhosttyRenderState", "render_state")
        self._rows = owned(self, "GhosttyRenderStateRowIterator", "render_state_row_iterator")
        self._cells = owned(self, "GhosttyRenderStateRowCells", "render_state_row_cells")
        self._raw = new("GhosttyCellsView")
        self._text = new("GhosttyBuffer")
        self._make_room(_TEXT_BYTES)
        self._flag = new("bool")
        self._style = sized("GhosttyStyle")
        self._row = -1  # the iterator's row
        self._above = 0
        self._cells_row = -1  # the row that self._cells is for

    def update(self, above: int = 0) -> bool:
        """Copy the terminal's state, with ``above`` rows of scrollback on top.

        True when every row may have changed.
        """
        if above != self._above:
            span = new("GhosttyRenderStateOverscan", {"above": above, "below": 0})
            option = lib.GHOSTTY_RENDER_STATE_OPTION_OVERSCAN
            check(lib.ghostty_render_state_set(self._state[0], option, span), "show its scrollback")
            self._above = above
        check(lib.ghostty_render_state_update(self._state[0], self._terminal), "show its cells")
        dirty = new("GhosttyRenderStateDirty")
        key = lib.GHOSTTY_RENDER_STATE_DATA_DIRTY
        check(lib.ghostty_render_state_get(self._state[0], key, dirty), "report what changed")
        self.rewind()
        return bool(dirty[0] == lib.GHOSTTY_RENDER_STATE_DIRTY_FULL)

    def shape(self) -> str:
        """The cursor's shape, one of CURSOR_SHAPES."""
        out = new("GhosttyRenderStateCursorVisualStyle")
        key = lib.GHOSTTY_RENDER_STATE_DATA_CURSOR_VISUAL_STYLE
        check(lib.ghostty_render_state_get(self._state[0], key, out), "report the cursor's shape")
        return CURSOR_SHAPES[out[0]]

    def clean(self) -> None:
        """Forget which rows changed."""
        check(lib.ghostty_render_state_clean(self._state[0]), "forget what changed")

    def rewind(self) -> None:
        key = lib.GHOSTTY_RENDER_STATE_DATA_ROW_ITERATOR
        check(lib.ghostty_render_state_get(self._state[0], key, self._rows), "list its rows")
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
        row, rows = new("uint16_t"), []
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
        row = new("GhosttyRow")
        self._row_get(lib.GHOSTTY_RENDER_STATE_ROW_DATA_RAW, row)
        check(lib.ghostty_row_get(row[0], lib.GHOSTTY_ROW_DATA_WRAP, self._flag), "read a row")
        return bool(self._flag[0])

    def _row_get(self, key: int, out: CData) -> None:
        check(lib.ghostty_render_state_row_get(self._rows[0], key, out), "read a row")

    def _select(self, x: int) -> object:
        if self._cells_row != self._row:
            self._row_get(lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS, self._cells)
            self._cells_row = self._row
        check(lib.ghostty_render_state_row_cells_select(self._cells[0], x), "read a cell")
        return self._cells[0]

    def style(self, x: int) -> Style:
        """The style of a cell of the current row, without its link."""
        key = lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_STYLE
        check(
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
        cells, out = self._select(x), self._text
        while True:
            result = lib.ghostty_render_state_row_cells_get(cells, key, out)
            if result != _OUT_OF_SPACE:
                check(result, "read a cell")
                return bytes(ffi.buffer(out.ptr, out.len)).decode("utf-8", "replace")
            self._make_room(max(out.cap * 2, out.len))

    def _make_room(self, count: int) -> None:
        """For so many bytes of text."""
        self._space = ffi.new("uint8_t[]", count)
        self._text.ptr, self._text.cap = self._space, count

    def link(self, x: int) -> str | None:
        """The URI a cell of the current row links to."""
        # Rows are numbered from the top of the view; the screen's own count starts at the scrollback.
        row, tag = self._row - self._above, "ACTIVE"
        if row < 0:
            row, tag = row + _scrollback(self._terminal), "SCREEN"
        ref = _grid_ref(self._terminal, x, row, tag)
        size = new("size_t")
        lib.ghostty_grid_ref_hyperlink_uri(ref, ffi.NULL, 0, size)
        space = ffi.new("uint8_t[]", max(1, size[0]))
        if lib.ghostty_grid_ref_hyperlink_uri(ref, space, len(space), size):
            return None
        return bytes(ffi.buffer(space, size[0])).decode("utf-8", "replace") or None


def _grid_ref(terminal: CData, x: int, y: int, tag: str) -> CData:
    """A reference to a cell; ``tag`` says what ``y`` counts from. Valid until the next change."""
    point = new("GhosttyPointS")
    point.tag = getattr(lib, f"GHOSTTY_POINT_TAG_{tag}")
    point.value.x, point.value.y = x, y
    ref = sized("GhosttyGridRef")
    check(find_cell(terminal, point[0], ref), "find a cell")
    return ref


def _scrollback(terminal: CData) -> int:
    out = new("size_t")
    key = lib.GHOSTTY_TERMINAL_DATA_SCROLLBACK_ROWS
    check(lib.ghostty_terminal_get(terminal, key, out), "count its scrollback")
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

"""Reads the engine's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.terminal.engine._library import check, ffi, find_cell, lib, new, sized

if TYPE_CHECKING:
    from agentrec.terminal.engine._abi import CData


class TextReader:
    """Reads text. The arguments of the library's calls are made once, since it is called very often."""

    def __init__(self, terminal: CData) -> None:
        self._terminal = terminal
        self._point, self._ref = new("GhosttyPointS"), sized("GhosttyGridRef")
        self._selection = sized("GhosttySelection")
        self._options = sized("GhosttyTerminalSelectionFormatOptions")
        self._options.emit = lib.GHOSTTY_FORMATTER_FORMAT_PLAIN
        self._options.unwrap = self._options.trim = True
        self._options.selection = self._selection
        self._data, self._size = new("bytes"), new("size_t")
        self._row, self._flag = new("GhosttyRow"), new("bool")
        names = ("ACTIVE", "SCREEN")
        self._tags = {name: getattr(lib, f"GHOSTTY_POINT_TAG_{name}") for name in names}

    def read(self, cols: int, rows: int, *, scrollback: bool) -> str:
        """See :meth:`Engine.lines`."""
        self._point.tag = self._tags["SCREEN" if scrollback else "ACTIVE"]
        self._selection.start = self._find(0, 0)
        self._selection.end = self._find(cols - 1, rows - 1)
        data, size = self._data, self._size
        make = lib.ghostty_terminal_selection_format_alloc
        check(make(self._terminal, ffi.NULL, self._options[0], data, size), "give its text")
        try:
            return bytes(ffi.buffer(data[0], size[0])).decode("utf-8", "replace")
        finally:
            lib.ghostty_free(ffi.NULL, data[0], size[0])

    def continues(self, row: int, tag: str) -> bool:
        """See :meth:`Engine.continues`."""
        self._point.tag = self._tags[tag]
        self._find(0, row)
        check(lib.ghostty_grid_ref_row(self._ref, self._row), "read a row")
        wrap = lib.GHOSTTY_ROW_DATA_WRAP_CONTINUATION
        check(lib.ghostty_row_get(self._row[0], wrap, self._flag), "read a row")
        return bool(self._flag[0])

    def _find(self, x: int, y: int) -> object:
        value = self._point.value
        value.x, value.y = x, y
        check(find_cell(self._terminal, self._point[0], self._ref), "find a cell")
        return self._ref[0]

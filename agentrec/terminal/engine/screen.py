"""The terminal's screen as a value one can feed, read, snapshot and restore.

:class:`Screen` hides the engine behind it; nothing else in the project knows which one it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import AgentrecError, InputError
from agentrec.terminal.engine import _cells

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from agentrec.terminal.engine._ghostty import Engine
    from agentrec.terminal.engine.styles import Run

# Snapshots are read only by the engine that wrote them, so whoever stores one stores this beside it.
ENGINE = ("libghostty-vt", "0.1.3")

MAX_SIDE = 16_384
MAX_CELLS = 1 << 22
MAX_SCROLLBACK = 65_535  # the most the engine shows at once above the screen


class EngineMissingError(AgentrecError):
    """The terminal engine is not installed, or not the one this version is made for."""


class Cursor(NamedTuple):
    """0-based column and row; ``shape`` is block, bar, underline or hollow."""

    x: int
    y: int
    visible: bool
    shape: str


class Modes(NamedTuple):
    """The modes a player shows or has to know. ``sync``: a frame is being drawn (2026)."""

    alt_screen: bool
    bracketed_paste: bool
    mouse: bool
    sync: bool


class Screen:
    """An emulated terminal of ``cols`` x ``rows`` cells that keeps up to ``scrollback`` lines.

    Grapheme clusters (mode 2027) are on from the start, as in the terminals agents draw for. Bytes
    are fed as they were recorded, cut anywhere. With ``replies``, what a terminal would write back
    is kept for :meth:`take_replies`. One thread at a time may use a screen; ``feed`` and
    ``snapshot`` release the interpreter lock.

    Raises InputError for a size that is not from 1 to 16384 on each side and 4 million cells in
    all, and EngineMissingError where the engine is not installed.
    """

    def __init__(
        self, cols: int, rows: int, scrollback: int = 10_000, *, replies: bool = False
    ) -> None:
        _check_size(cols, rows)
        self._take(_engine().Engine.new(cols, rows, _bounded(scrollback)), scrollback, replies)

    @classmethod
    def restore(cls, snapshot: bytes, scrollback: int = 10_000, *, replies: bool = False) -> Screen:
        """A screen in exactly the state :meth:`snapshot` took, also in the middle of a sequence.

        ``scrollback`` bounds what it keeps from now on. Raises AgentrecError when the bytes are not
        a snapshot of this engine version.
        """
        screen = cls.__new__(cls)
        screen._take(  # noqa: SLF001 (it is one of us)
            _engine().Engine.restore(snapshot, _bounded(scrollback)), scrollback, replies
        )
        return screen

    _lines: list[str] | None  # the visible ones, once they were asked for

    def _take(self, engine: Engine, scrollback: int, replies: bool) -> None:
        self._scrollback = scrollback
        self._changed()
        self._texts: list[str | None] = []
        self._runs: list[list[Run] | None] = []
        self._replies: list[bytes] | None = [] if replies else None
        self._use(engine)
        self._rows: int = engine.get("ROWS", "uint16_t")

    def _use(self, engine: Engine) -> None:
        self._engine = engine
        self._view = engine.view
        if self._replies is not None:
            engine.collect_replies(self._replies)

    @property
    def cols(self) -> int:
        return int(self._engine.get("COLS", "uint16_t"))  # a program may ask for 132 (DECCOLM)

    @property
    def rows(self) -> int:
        return self._rows

    def feed(self, data: bytes) -> None:
        """Take output of the program, cut anywhere."""
        self._engine.feed(data)
        self._changed()

    def resize(self, cols: int, rows: int) -> None:
        """Give the terminal a new size; lines of the main screen are wrapped anew."""
        _check_size(cols, rows)
        # How the engine wraps may depend on what no snapshot holds. Going through one first makes a
        # screen that was restored somewhere do exactly what one that was not does.
        snapshot = self._engine.snapshot()
        if snapshot is not None:
            self._use(_engine().Engine.restore(snapshot, self._scrollback))
        self._engine.resize(cols, rows)
        self._rows = rows
        self._changed()

    def take_replies(self) -> bytes:
        """What the terminal wrote back since the last call (empty without ``replies=True``)."""
        if self._replies is None:
            return b""
        taken = b"".join(self._replies)
        self._replies.clear()
        return taken

    def snapshot(self) -> bytes | None:
        """The whole state with scrollback, for :meth:`restore`; a few KB, more with scrollback.

        None where the engine cannot stand still exactly: while an escape sequence of more than a
        mebibyte is open, and after some malformed ones. Take it a little later.
        """
        return self._engine.snapshot()

    def row(self, y: int) -> list[Run]:
        """Row ``y`` as styled runs that cover all ``cols`` cells."""
        self._refresh()
        runs = self._runs[y]
        if runs is None:
            self._view.seek(y % self._rows)
            runs = self._runs[y] = _cells.runs(self._view, self._view.raw())
        return runs

    def styled_rows(self) -> list[list[Run]]:
        """All rows, as :meth:`row` gives them."""
        return [self.row(y) for y in range(self._rows)]

    def row_text(self, y: int) -> str:
        """Row ``y`` as text, right-trimmed."""
        self._refresh()
        text = self._texts[y]
        if text is None:
            self._view.seek(y % self._rows)
            text = self._texts[y] = _cells.text(self._view, self._view.raw()).rstrip()
        return text

    def rows_text(self) -> list[str]:
        """All rows as text, right-trimmed."""
        return [self.row_text(y) for y in range(self._rows)]

    def text(self) -> str:
        """The visible rows, each right-trimmed and newline-ended."""
        return "".join(f"{row}\n" for row in self.rows_text())

    def row_wraps(self, y: int) -> bool:
        """Whether row ``y`` goes on in the next: one logical line, cut by the right margin."""
        self._refresh()
        self._view.seek(y % self._rows)
        return self._view.wraps()

    def changed_rows(self) -> list[int]:
        """Rows whose cells may differ from what :meth:`row` or :meth:`row_text` last gave."""
        self._refresh()
        return [y for y in range(self._rows) if self._runs[y] is None and self._texts[y] is None]

    @property
    def cursor(self) -> Cursor:
        get = self._engine.get
        self._refresh()
        visible = bool(get("CURSOR_VISIBLE", "bool"))
        return Cursor(
            get("CURSOR_X", "uint16_t"), get("CURSOR_Y", "uint16_t"), visible, self._view.shape()
        )

    @property
    def modes(self) -> Modes:
        mode = self._engine.mode
        return Modes(
            alt_screen=bool(self._engine.get("ACTIVE_SCREEN", "GhosttyTerminalScreen")),
            bracketed_paste=mode(2004),
            mouse=bool(self._engine.get("MOUSE_TRACKING", "bool")),
            sync=mode(2026),
        )

    def mode(self, number: int, *, ansi: bool = False) -> bool:
        """Whether a DEC private mode, or with ``ansi`` an ANSI mode, is set."""
        return self._engine.mode(number, ansi=ansi)

    @property
    def title(self) -> str:
        """The window title the program set."""
        return self._engine.title()

    @property
    def scrollback_lines(self) -> int:
        """How many rows have scrolled off the top and are still kept; 0 on the alternate screen."""
        # The engine drops whole pages of rows, so it is asked to keep a page more.
        return min(int(self._engine.get("SCROLLBACK_ROWS", "size_t")), self._scrollback)

    def history(self, start: int = 0, stop: int | None = None) -> list[list[Run]]:
        """Rows of the scrollback as styled runs; 0 is the oldest, ``stop`` defaults to all."""
        return [_cells.runs(self._view, self._view.raw()) for _ in self._look_back(start, stop)]

    def history_text(self, start: int = 0, stop: int | None = None) -> list[str]:
        """Rows of the scrollback as text, right-trimmed."""
        return [
            _cells.text(self._view, self._view.raw()).rstrip() for _ in self._look_back(start, stop)
        ]

    def lines(self) -> list[str]:
        """The visible text as logical lines, whole again where the right margin cut them.

        Blank lines at the end are left out.
        """
        if self._lines is None:
            text = self._engine.lines(scrollback=False)
            self._lines = text.split("\n") if text else []
        return [*self._lines]

    @property
    def top_continues(self) -> bool:
        """Whether the first visible row goes on with a line that began above it."""
        return self._engine.continues(0, "ACTIVE")

    def scrolled_lines(self) -> list[str]:
        """The scrollback as logical lines; the last may go on in the first visible row."""
        if not self._engine.get("SCROLLBACK_ROWS", "size_t"):
            return []
        visible = self.lines()
        lines = self._engine.lines(scrollback=True).split("\n")
        if visible and self.top_continues:
            cut = len(lines) - len(visible)
            lines[cut] = lines[cut].removesuffix(visible[0])
            del lines[cut + 1 :]
        else:
            del lines[len(lines) - len(visible) :]
        return lines

    @property
    def between_sequences(self) -> bool:
        """Whether what is fed next is no continuation of an escape sequence or a character."""
        return bool(self._engine.get("VT_GROUND", "bool"))

    @property
    def wrap_pending(self) -> bool:
        """Whether the next character goes to the next row: the cursor stands behind the last column."""
        return bool(self._engine.get("CURSOR_PENDING_WRAP", "bool"))

    def codes(self, terminal: tuple[str, ...] = (), screen: tuple[str, ...] = ()) -> bytes:
        """Escape sequences that give another terminal what this one has besides cells.

        ``terminal``: modes, scrolling_region, tabstops; ``screen``: cursor, style, hyperlink,
        protection, charsets. The cells come with them, unless the screen is blank.
        """
        return self._engine.codes(terminal, screen)

    def forget_scrollback(self) -> bool:
        """Drop the scrollback; False in the middle of a sequence, where that cannot be done."""
        if self._engine.get("VT_GROUND", "bool"):
            visible = self._lines
            self.feed(b"\x1b[3J")
            self._lines = visible  # as it was: only what is above is gone
            return True
        return False

    def _look_back(self, start: int, stop: int | None) -> Iterator[int]:
        total = self.scrollback_lines
        start, stop, _ = slice(start, stop).indices(total)
        if start >= stop:
            return
        self._refresh()  # so that what is cached stays true while the view is elsewhere
        try:
            self._view.update(above=total - start)
            for row in range(stop - start):
                self._view.seek(row)
                yield row
        finally:
            self._view.update()
            self._view.clean()

    def _changed(self) -> None:
        """What was read of the terminal is older than it."""
        self._stale = True
        self._lines = None

    def _refresh(self) -> None:
        if not self._stale:
            return
        if self._view.update() or len(self._runs) != self._rows:
            self._texts, self._runs = [None] * self._rows, [None] * self._rows
        else:
            for y in self._view.changed():
                self._texts[y] = self._runs[y] = None
        self._view.clean()
        self._stale = False


def _check_size(cols: int, rows: int) -> None:
    if not (1 <= cols <= MAX_SIDE and 1 <= rows <= MAX_SIDE and cols * rows <= MAX_CELLS):
        raise InputError(f"a terminal of {cols}x{rows} cells is beyond what can be shown")


def _bounded(scrollback: int) -> int:
    if not 0 <= scrollback <= MAX_SCROLLBACK:
        raise InputError(f"a scrollback of {scrollback} lines is not from 0 to {MAX_SCROLLBACK}")
    return scrollback


def _engine() -> ModuleType:
    hint = "it comes with agentrec on Linux (glibc) and macOS; elsewhere recording still works"
    try:
        from agentrec.terminal.engine import _ghostty
    except (ImportError, OSError) as error:
        raise EngineMissingError(
            f"no terminal engine to show screens with ({error})", hint
        ) from error
    if ENGINE[1] != _ghostty.VERSION:
        message = f"the terminal engine is {_ghostty.VERSION}, this version needs {ENGINE[1]}"
        raise EngineMissingError(message, f"install pyghostty=={ENGINE[1]}")
    return _ghostty

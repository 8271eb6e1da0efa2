"""An emulated terminal: feed it output, read its screen, snapshot and restore it.

:class:`Screen` hides the engine behind it; nothing else in the project knows which one it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import AgentrecError, InputError
from agentrec.terminal.control_strings import RepeatLimiter, StringLimiter
from agentrec.terminal.engine import _cells

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from agentrec.terminal.engine._ghostty import Engine
    from agentrec.terminal.engine.styles import Run

# Only the engine that wrote a snapshot can read it: store this with every stored snapshot.
ENGINE = ("libghostty-vt", "0.1.3")

MAX_SIDE_CELLS = 16_384
MAX_CELLS = 1 << 22
MAX_SCROLLBACK_LINES = 65_535  # the most the engine shows at once above the screen


class EngineMissingError(AgentrecError):
    """The terminal engine is not installed, or not in the version needed."""


class Cursor(NamedTuple):
    """0-based column and row; ``shape`` is block, bar, underline or hollow."""

    x: int
    y: int
    visible: bool
    shape: str


class ScreenModes(NamedTuple):
    """The modes a player shows or needs. ``sync``: a frame is being drawn (2026)."""

    alt_screen: bool
    bracketed_paste: bool
    mouse: bool
    sync: bool


class Screen:
    """An emulated terminal of ``cols`` x ``rows`` cells that keeps up to ``scrollback`` lines.

    Grapheme clusters (mode 2027) are on from the start, as in the terminals agents draw for. Output
    is fed as it was recorded, split anywhere. With ``replies``, the terminal's replies are kept for
    :meth:`take_replies`. For one thread at a time; ``feed`` and ``snapshot`` release the interpreter
    lock.

    Raises InputError for a size beyond 1 to 16384 cells on each side or 4 million cells in total, and
    EngineMissingError where the engine is not installed.
    """

    def __init__(
        self, cols: int, rows: int, scrollback: int = 10_000, *, replies: bool = False
    ) -> None:
        _check_size(cols, rows)
        self._attach(_engine().Engine.new(cols, rows, _bounded(scrollback)), scrollback, replies)

    @classmethod
    def restore(cls, snapshot: bytes, scrollback: int = 10_000, *, replies: bool = False) -> Screen:
        """A screen in exactly the state of a :meth:`snapshot`, even in the middle of a sequence.

        ``scrollback`` limits what it keeps from now on. Raises AgentrecError when the bytes are not a
        snapshot of this engine version.
        """
        screen = cls.__new__(cls)
        screen._attach(  # noqa: SLF001 (another instance of this class)
            _engine().Engine.restore(snapshot, _bounded(scrollback)), scrollback, replies
        )
        return screen

    _lines: list[str] | None  # the visible ones, once they were asked for

    def _attach(self, engine: Engine, scrollback: int, replies: bool) -> None:
        self._scrollback = scrollback
        self._strings, self._repeats = StringLimiter(), RepeatLimiter()
        self._mark_stale()
        self._texts: list[str | None] = []
        self._runs: list[list[Run] | None] = []
        self._replies: list[bytes] | None = [] if replies else None
        self._use(engine)
        self._rows = engine.number("ROWS", "uint16_t")

    def _use(self, engine: Engine) -> None:
        self._engine = engine
        self._view = engine.view
        if self._replies is not None:
            engine.collect_replies(self._replies)

    @property
    def cols(self) -> int:
        return self._engine.number("COLS", "uint16_t")  # a program may ask for 132 (DECCOLM)

    @property
    def rows(self) -> int:
        return self._rows

    def feed(self, data: bytes) -> None:
        """Take output of the program, split anywhere."""
        self._engine.feed(self._repeats.feed(self._strings.feed(data)))
        self._mark_stale()

    def resize(self, cols: int, rows: int) -> None:
        """Change the terminal's size; lines of the main screen are wrapped again."""
        _check_size(cols, rows)
        # How the engine wraps may depend on state that a snapshot does not hold. A snapshot and restore
        # first makes a screen that was restored earlier behave exactly like one that was not.
        snapshot = self._engine.snapshot()
        if snapshot is not None:
            self._use(_engine().Engine.restore(snapshot, self._scrollback))
        self._engine.resize(cols, rows)
        self._rows = rows
        self._mark_stale()

    def take_replies(self) -> bytes:
        """The terminal's replies since the last call (empty without ``replies=True``)."""
        if self._replies is None:
            return b""
        taken = b"".join(self._replies)
        self._replies.clear()
        return taken

    def snapshot(self) -> bytes | None:
        """The whole state for :meth:`restore`: a few KB, more with scrollback.

        None within a string, because the engine does not know how long it is already, and where the
        engine cannot give it: after some malformed sequences. Try again a little later.
        """
        return None if self._strings.is_open else self._engine.snapshot()

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
        """Whether row ``y`` continues in the next: one logical line, wrapped at the right margin."""
        self._refresh()
        self._view.seek(y % self._rows)
        return self._view.wraps()

    @property
    def cursor(self) -> Cursor:
        number = self._engine.number
        self._refresh()
        x, y = number("CURSOR_X", "uint16_t"), number("CURSOR_Y", "uint16_t")
        return Cursor(x, y, bool(number("CURSOR_VISIBLE", "bool")), self._view.shape())

    @property
    def modes(self) -> ScreenModes:
        mode = self._engine.mode
        return ScreenModes(
            alt_screen=bool(self._engine.number("ACTIVE_SCREEN", "GhosttyTerminalScreen")),
            bracketed_paste=mode(2004),
            mouse=bool(self._engine.number("MOUSE_TRACKING", "bool")),
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
        """How many rows that scrolled off the top are still kept; 0 on the alternate screen."""
        # The engine drops whole pages of rows, so it is told to keep a page more.
        return min(self._engine.number("SCROLLBACK_ROWS", "size_t"), self._scrollback)

    def history(self, start: int = 0, stop: int | None = None) -> list[list[Run]]:
        """Rows of the scrollback as styled runs; 0 is the oldest, ``stop`` defaults to all."""
        return list(self.each_history(start, stop))

    def each_history(self, start: int = 0, stop: int | None = None) -> Iterator[list[Run]]:
        """The same one by one; the screen must not be used meanwhile."""
        for _ in self._look_back(start, stop):
            yield _cells.runs(self._view, self._view.raw())

    def history_text(self, start: int = 0, stop: int | None = None) -> list[str]:
        """Rows of the scrollback as text, right-trimmed."""
        return list(self.each_history_text(start, stop))

    def each_history_text(self, start: int = 0, stop: int | None = None) -> Iterator[str]:
        """The same one by one; the screen must not be used meanwhile."""
        for _ in self._look_back(start, stop):
            yield _cells.text(self._view, self._view.raw()).rstrip()

    def lines(self) -> list[str]:
        """The visible text as logical lines, joined where they were wrapped at the right margin.

        Blank lines at the end are left out.
        """
        if self._lines is None:
            text = self._engine.lines(scrollback=False)
            self._lines = text.split("\n") if text else []
        return [*self._lines]

    @property
    def top_continues(self) -> bool:
        """Whether the first visible row continues a line that began above it."""
        return self._engine.continues(0, "ACTIVE")

    def scrolled_lines(self) -> list[str]:
        """The scrollback as logical lines; the last may continue in the first visible row."""
        if not self._engine.number("SCROLLBACK_ROWS", "size_t"):
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
        """Whether no escape sequence or character is unfinished."""
        return bool(self._engine.number("VT_GROUND", "bool"))

    @property
    def wrap_pending(self) -> bool:
        """Whether the cursor is past the last column, so that the next character wraps."""
        return bool(self._engine.number("CURSOR_PENDING_WRAP", "bool"))

    def codes(self, terminal: tuple[str, ...] = (), screen: tuple[str, ...] = ()) -> bytes:
        """Escape sequences that give another terminal the state of this one, besides its cells.

        ``terminal``: modes, scrolling_region, tabstops; ``screen``: cursor, style, hyperlink,
        protection, charsets. The cells are included, unless the screen is blank.
        """
        return self._engine.codes(terminal, screen)

    def forget_scrollback(self) -> bool:
        """Drop the scrollback; False in the middle of a sequence, where that is not possible."""
        if self._engine.number("VT_GROUND", "bool"):
            visible = self._lines
            self.feed(b"\x1b[3J")
            self._lines = visible  # unchanged: only what is above is gone
            return True
        return False

    def _look_back(self, start: int, stop: int | None) -> Iterator[int]:
        total = self.scrollback_lines
        start, stop, _ = slice(start, stop).indices(total)
        if start >= stop:
            return
        self._refresh()  # so that the caches stay valid while the view is elsewhere
        try:
            self._view.update(above=total - start)
            for row in range(stop - start):
                self._view.seek(row)
                yield row
        finally:
            self._view.update()
            self._view.clean()

    def _mark_stale(self) -> None:
        """What was read from the terminal is out of date."""
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
    if not (
        1 <= cols <= MAX_SIDE_CELLS and 1 <= rows <= MAX_SIDE_CELLS and cols * rows <= MAX_CELLS
    ):
        raise InputError(f"cannot show a terminal of {cols}x{rows} cells")


def _bounded(scrollback: int) -> int:
    if not 0 <= scrollback <= MAX_SCROLLBACK_LINES:
        raise InputError(f"invalid scrollback {scrollback}: use 0 to {MAX_SCROLLBACK_LINES} lines")
    return scrollback


def _engine() -> ModuleType:
    hint = (
        "it is installed with agentrec on Linux (glibc) and macOS; elsewhere recording still works"
    )
    try:
        from agentrec.terminal.engine import _ghostty
    except (ImportError, OSError) as error:
        raise EngineMissingError(f"the terminal engine is not available ({error})", hint) from error
    if ENGINE[1] != _ghostty.VERSION:
        message = (
            f"the terminal engine has version {_ghostty.VERSION}, but agentrec needs {ENGINE[1]}"
        )
        raise EngineMissingError(message, f"install pyghostty=={ENGINE[1]}")
    return _ghostty

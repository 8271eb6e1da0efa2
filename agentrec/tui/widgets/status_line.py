"""The lines at the bottom: where we are, what just happened, and the most useful keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from agentrec.text import one_line
from agentrec.times import format_clock
from agentrec.tui import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.tui.playback.clock import Clock
    from agentrec.tui.playback.player_state import PlayerState
    from agentrec.tui.theme import RoleStyles
    from agentrec.tui.widgets.terminal_view import TerminalView

Part = tuple[str, str]  # text, role

HINTS = (
    ("space", "play"),
    (", .", "frame"),
    ("← →", "5 s"),
    ("[ ]", "moment"),
    ("/", "search"),
    ("?", "keys"),
    ("q", "quit"),
    ("m", "add moment"),
    ("tab", "panel"),
    ("< >", "pauses"),
    ("ctrl t", "theme"),
)


def position_parts(session: PlayerState, message: str) -> list[Part]:
    """What happens and where we are; a message takes the place of the position in words."""
    clock = session.clock
    parts: list[Part] = [
        _sign(clock),
        (format_clock(clock.t, fraction=not clock.playing), "strong"),
        (f" / {format_clock(clock.duration)}", "dim"),
    ]
    if clock.speed != 1:
        parts.append((f"  {words.speed_text(clock.speed)}", "moment"))
    if clock.idle_limit is not None:
        parts.append((f"  pauses ≤ {clock.idle_limit / 1e9:g} s", "dim"))
    if message:
        return [*parts, (f"  {one_line(message)}", "warning")]
    place = words.position(clock, session.points, empty=session.empty)
    return [*parts, (f"  {place}", "text")]


def _sign(clock: Clock) -> Part:
    if clock.live:
        return "● ", "live"
    if clock.playing:
        return "▶ ", "play"
    ended = clock.at_end and not clock.growing
    return ("■ " if ended else "‖ "), "strong"


def note_parts(session: PlayerState, stage: TerminalView) -> list[Part]:
    """Search, damage, and how much of the terminal is in sight; the most important first."""
    parts: list[Part] = []
    if session.pattern:
        parts.append(
            (f"  {session.hit_number()}/{len(session.hits)} hits{_progress(session)}", "hit")
        )
    if session.torn:
        parts.append(("  cut short", "warning"))
    elif session.damage:
        parts.append((f"  {session.damage:,} bytes unreadable", "warning"))
    picture, view = stage.picture, stage.placed
    if picture and view and not stage.shows_all:
        whole = words.size_text(picture.cols, len(picture.lines))
        seen = words.size_text(view.width, view.height)
        parts.append((f"  {seen} of {whole}, alt+arrows pan", "dim"))
    return parts


def _progress(session: PlayerState) -> str:
    """How far a search has come; esc ends it."""
    if not session.searching:
        return ""
    percent = session.searched * 100 // max(1, session.clock.duration)
    return f", {min(99, percent)} % read…"


class StatusLine(Widget):
    """One row: parts at its left, parts at its right as far as there is room."""

    DEFAULT_CSS = "StatusLine { height: 1; width: 1fr; }"

    def __init__(self, styles: RoleStyles, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.styles_by_role = styles
        self.left: list[Part] = []
        self.right: list[Part] = []

    def tell(self, left: list[Part], right: list[Part]) -> None:
        if (left, right) != (self.left, self.right):
            self.left, self.right = left, right
            self.refresh()

    def restyle(self, styles: RoleStyles) -> None:
        self.styles_by_role = styles
        self.refresh()

    @property
    def text(self) -> str:
        """What it says, for people and tests."""
        return "".join(text for text, _ in [*self.left, *self.right])

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        ground = Style(bgcolor=self.styles_by_role.background)
        width = max(0, self.size.width - 2)
        left = _fit(self.left, width)
        used = sum(cell_len(text) for text, _ in left)
        right = _drop(self.right, width - used - 2)
        space = width - used - sum(cell_len(text) for text, _ in right)
        parts = [*left, (" " * space, "text"), *right]
        segments = [Segment(text, ground + self.styles_by_role[role]) for text, role in parts]
        side = Segment(" ", ground)
        return Strip([side, *segments, side]).adjust_cell_length(self.size.width, ground)


class KeyHints(StatusLine):
    """The most useful keys, as many as there is room for."""

    def __init__(
        self,
        styles: RoleStyles,
        *,
        id: str | None = None,  # noqa: A002
        hints: Sequence[tuple[str, str]] = HINTS,
    ) -> None:
        super().__init__(styles, id=id)
        self._hints = hints

    def render_line(self, y: int) -> Strip:
        room = self.size.width - 2
        self.left = []
        for keys, text in self._hints:
            room -= cell_len(keys) + cell_len(text) + 1
            if room < 0:
                break
            self.left += [(keys, "text"), (f" {text}   ", "dim")]
            room -= 3
        return super().render_line(y)


def _fit(parts: list[Part], width: int) -> list[Part]:
    """As much as there is room for; what is cut ends in an ellipsis."""
    kept: list[Part] = []
    for text, role in parts:
        size = cell_len(text)
        if size > width:
            cut = set_cell_size(text, max(0, width - 1)).rstrip()
            return [*kept, (f"{cut}…", role)] if cut else kept
        kept.append((text, role))
        width -= size
    return kept


def _drop(parts: list[Part], width: int) -> list[Part]:
    """Whole parts only, the first ones first."""
    kept: list[Part] = []
    for part in parts:
        width -= cell_len(part[0])
        if width < 0:
            break
        kept.append(part)
    return kept

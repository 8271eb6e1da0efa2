"""The lines at the bottom: position, messages, and the most useful keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from agentrec.text import one_line
from agentrec.times import NS_PER_SECOND, format_clock
from agentrec.tui import words
from agentrec.tui.widgets.themed import Themed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.tui.playback.clock import Clock
    from agentrec.tui.playback.player_state import PlayerState
    from agentrec.tui.theme import Part, RoleStyles
    from agentrec.tui.widgets.terminal_view import TerminalView

HINTS = (
    ("space", "play"),
    (", .", "frame"),
    ("← →", "5 s"),
    ("[ ]", "mark"),
    ("/", "search"),
    ("?", "keys"),
    ("q", "quit"),
    ("m", "add mark"),
    ("tab", "panel"),
    ("f", "full screen"),
    ("y", "copy"),
    ("< >", "pauses"),
    ("ctrl t", "theme"),
)
_HINT_GAP = "   "


def position_parts(state: PlayerState, message: str) -> list[Part]:
    """Playing or not, and the position; a message takes the place of the position in words."""
    clock = state.clock
    parts: list[Part] = [
        _sign(clock),
        (format_clock(clock.t, fraction=not clock.playing), "strong"),
        (f" / {format_clock(clock.duration)}", "dim"),
    ]
    if clock.speed != 1:
        parts.append((f"  {words.speed_text(clock.speed)}", "moment"))
    if clock.idle_limit is not None:
        parts.append((f"  pauses ≤ {clock.idle_limit / NS_PER_SECOND:g} s", "dim"))
    if message:
        return [*parts, (f"  {one_line(message)}", "warning")]
    position = words.position_text(clock, state.markers, empty=state.empty)
    return [*parts, (f"  {position}", "text")]


def _sign(clock: Clock) -> Part:
    if clock.live:
        return "● ", "live"
    if clock.playing:
        return "▶ ", "play"
    ended = clock.at_end and not clock.growing
    return ("■ " if ended else "‖ "), "strong"


def note_parts(state: PlayerState, view: TerminalView) -> list[Part]:
    """Search, damage, and how much of the terminal is visible; the most important first."""
    parts: list[Part] = []
    if state.pattern:
        hits = f"  {state.hit_number()}/{len(state.hits)} hits{_search_progress(state)}"
        parts.append((hits, "hit"))
    if state.torn:
        parts.append(("  cut short", "warning"))
    elif state.damage:
        parts.append((f"  {state.damage:,} bytes unreadable", "warning"))
    picture, placement = view.picture, view.placement
    if picture and placement and not view.shows_all:
        whole = words.size_text(picture.cols, len(picture.lines))
        visible = words.size_text(placement.width, placement.height)
        parts.append((f"  {visible} of {whole}, alt+arrows pan", "dim"))
    return parts


def _search_progress(state: PlayerState) -> str:
    """How much of the recording has been searched."""
    if not state.searching:
        return ""
    percent = state.searched * 100 // max(1, state.clock.duration)
    return f", {min(99, percent)} % read…"


class StatusLine(Widget, Themed):
    """One row: ``left`` parts, and as many of the ``right`` parts as fit."""

    left: reactive[list[Part]] = reactive(list)
    right: reactive[list[Part]] = reactive(list)

    def __init__(self, role_styles: RoleStyles, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.role_styles = role_styles

    @property
    def text(self) -> str:
        """Its text, without styles."""
        return "".join(text for text, _ in [*self.left, *self.right])

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        return self._line(self.left, self.right)

    def _line(self, left: list[Part], right: list[Part]) -> Strip:
        ground = Style(bgcolor=self.role_styles.background)
        width = max(0, self.size.width - 2)
        left = _fit(left, width)
        used = sum(cell_len(text) for text, _ in left)
        right = _whole_parts(right, width - used - 2)
        space = width - used - sum(cell_len(text) for text, _ in right)
        parts = [*left, (" " * space, "text"), *right]
        segments = [Segment(text, ground + self.role_styles[role]) for text, role in parts]
        side = Segment(" ", ground)
        return Strip([side, *segments, side]).adjust_cell_length(self.size.width, ground)


class KeyHints(StatusLine):
    """The most useful keys, as many as fit."""

    def __init__(
        self,
        role_styles: RoleStyles,
        *,
        id: str | None = None,  # noqa: A002
        hints: Sequence[tuple[str, str]] = HINTS,
    ) -> None:
        super().__init__(role_styles, id=id)
        self._hints = hints

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        room = self.size.width - 2
        parts: list[Part] = []
        for keys, text in self._hints:
            gap = _HINT_GAP if parts else ""
            room -= cell_len(f"{gap}{keys} {text}")
            if room < 0:
                break
            parts += [(gap, "dim"), (keys, "text"), (f" {text}", "dim")]
        return self._line(parts, [])


def _fit(parts: list[Part], width: int) -> list[Part]:
    """As much as fits; what is cut ends in an ellipsis."""
    fitting: list[Part] = []
    for text, role in parts:
        size = cell_len(text)
        if size > width:
            cut = set_cell_size(text, max(0, width - 1)).rstrip()
            return [*fitting, (f"{cut}…", role)] if cut else fitting
        fitting.append((text, role))
        width -= size
    return fitting


def _whole_parts(parts: list[Part], width: int) -> list[Part]:
    """The first parts, as many as fit in full."""
    fitting: list[Part] = []
    for part in parts:
        width -= cell_len(part[0])
        if width < 0:
            break
        fitting.append(part)
    return fitting

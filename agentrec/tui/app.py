"""The player: parts put together, keys and messages turned into moves of the clock."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.screen import Screen

from agentrec.tui import keys
from agentrec.tui.actions import Actions
from agentrec.tui.playback.event_loader import Found
from agentrec.tui.playback.player_state import Branches, PlayerState
from agentrec.tui.playback.screen_worker import Anchor, Grown, Picture, Surveyed, Trouble
from agentrec.tui.playback.search_worker import Hits
from agentrec.tui.theme import THEMES, RoleStyles
from agentrec.tui.widgets import status_line
from agentrec.tui.widgets.prompt import Prompt
from agentrec.tui.widgets.side_panel import SidePanel
from agentrec.tui.widgets.status_line import KeyHints, StatusLine
from agentrec.tui.widgets.terminal_view import TerminalView
from agentrec.tui.widgets.timeline_bar import TimelineBar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from textual import events
    from textual.actions import ActionParseResult
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.dom import DOMNode
    from textual.driver import Driver

# Twice as often as a screen is drawn: of sixty recorded frames a second each is seen, whenever it comes.
TICKS_PER_SECOND = 120
# What the threads do may keep a key waiting for at most this long, in seconds.
SWITCH_INTERVAL_SECONDS = 0.0005
REFRESH_SECONDS = 0.1  # seconds between looks at a recording that is being written
PANEL_COLUMNS = (36, 56)  # columns it has at least and at most
NARROW_COLUMNS = 60  # columns below which there is no room for two things side by side
MESSAGE_SECONDS = 4.0


class Answer(Message):
    """What a thread has found out, on its way to the player."""

    bubble = False

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


class PlayerScreen(Screen[None]):
    """The player's one screen; all keys are bound here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            # Asking comes first, so that what is typed ahead of the prompt goes into it.
            Binding(
                key.keys,
                f"app.{key.action}",
                key.text,
                show=False,
                priority=key.action.startswith("ask_"),
            )
            for key in keys.KEYS
            if key.action != "quit"
        ),
        Binding("q", "app.quit", "Quit", show=False),
        Binding("ctrl+c,ctrl+q", "app.quit", "Quit", show=False, priority=True),
    ]


class Player(Actions, App[None]):
    """Plays one recording.

    ``make`` builds the session, given the function that takes what its threads find out.
    """

    TITLE = "agentrec"
    CSS = """
    Screen { layout: vertical; background: $background; }
    #body { height: 1fr; }
    #hints { display: none; }
    .tall #hints { display: block; }
    .tall.asking #hints { display: none; }
    .asking #status { display: none; }
    .tall.asking #status { display: block; }
    .flat TimelineBar { height: 1; }
    .covered TerminalView { display: none; }
    """
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(
        self,
        make: Callable[[Callable[[object], None]], PlayerState],
        *,
        start: int = 0,
        follow: bool = False,
        no_colors: bool = False,
        driver_class: type[Driver] | None = None,
    ) -> None:
        super().__init__(driver_class=driver_class, ansi_color=no_colors or None)
        self.session = make(self._hear)
        self._start_at, self._follow = start, follow
        self._mono = no_colors
        self._message = ""
        self._panel_chosen = False  # the user has folded or unfolded it
        self._built = False
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name
        self.looks = RoleStyles(self.current_theme, mono=no_colors)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a question is open its keys are letters."""
        if action.startswith("ask_") and self._built and self.prompt.kind:
            return False
        return super().check_action(action, parameters)

    def _hear(self, answer: object) -> None:
        """In any thread: what was found out comes to :meth:`on_answer`."""
        self.post_message(Answer(answer))

    def get_default_screen(self) -> Screen[None]:
        self._stand = PlayerScreen()
        return self._stand

    def compose(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield TerminalView(self.looks, self._title())
            yield SidePanel(self.looks)
        yield TimelineBar(self.looks)
        yield StatusLine(self.looks, id="status")
        yield Prompt()
        yield KeyHints(self.looks, id="hints")

    def on_mount(self) -> None:
        session = self.session
        self.stage = self.query_one(TerminalView)
        self.bar = self.query_one(TimelineBar)
        self.panel = self.query_one(SidePanel)
        self.status = self.query_one("#status", StatusLine)
        self.prompt = self.query_one(Prompt)
        self._built = True
        sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
        session.clock.seek(self._start_at)
        if self._follow:
            session.clock.to_end()
        else:
            session.clock.play()
        session.start()
        self._ticker = self.set_interval(1 / TICKS_PER_SECOND, self._tick)
        self._growth = self.set_interval(
            REFRESH_SECONDS, session.projector.grow, pause=not session.clock.growing
        )
        self.theme_changed_signal.subscribe(self, lambda _: self._restyle())
        self._tell()

    def on_unmount(self) -> None:
        self.session.close()

    def on_resize(self, event: events.Resize) -> None:
        width, height = event.size
        self._stand.set_class(height >= 16, "tall")
        self._stand.set_class(height < 12, "flat")
        if self._built and not self._panel_chosen:
            self._offer_panel(width)
        self._cover()
        if self._built:
            self.call_after_refresh(self._tell)

    # what threads found out

    def on_answer(self, message: Answer) -> None:
        value = message.value
        self.session.receive(value)
        if isinstance(value, Picture):
            self._show(value)
        elif isinstance(value, Found | Branches):
            self._show_found()
        elif isinstance(value, Hits):
            self._show_hits()
        elif isinstance(value, Surveyed):
            self.bar.tell(density=value.activity, idle=value.idle)
        elif isinstance(value, Grown):
            self._show_growth(value)
        elif isinstance(value, Anchor):
            self._show_gutter()
        elif isinstance(value, Trouble):
            self.say(value.reason)
        self._tell()

    def _show(self, picture: Picture) -> None:
        before = self.stage.picture
        self.stage.show(picture, self.session.gutter(picture))
        if before and before.cols != picture.cols and not self._panel_chosen:
            self._offer_panel(self.size.width)
        if picture.moved and picture.edge:
            self.say("no further frame")
        if before is None:
            self.call_after_refresh(self.session.start_background)

    def _show_gutter(self) -> None:
        if self.stage.picture:
            self.stage.show(self.stage.picture, self.session.gutter(self.stage.picture))

    def _show_found(self) -> None:
        session = self.session
        self.panel.tell("moments", session.moments())
        self.panel.tell("events", session.items)
        self.bar.tell(marks=session.marks())
        self._show_gutter()
        if not self._panel_chosen:
            self._offer_panel(self.size.width)

    def _show_hits(self) -> None:
        self.bar.tell(hits=self.session.hits)
        self.go_on_searching()

    def _show_growth(self, grown: Grown) -> None:
        if not grown.growing:
            self._growth.pause()
            self.say("the recording has ended")
        if self.session.clock.live:
            self.session.show()

    # time

    def _tick(self) -> None:
        clock = self.session.clock
        before = clock.t
        clock.advance(time.monotonic_ns())
        if clock.t != before:
            self.session.show()
        self._tell()
        if not clock.playing:
            self._ticker.pause()

    def wake(self) -> None:
        """Something has moved or is about to: show it, and keep showing while playing."""
        self.session.show()
        if self.session.clock.playing:
            self._ticker.resume()
        self._tell()

    # what is said

    def say(self, text: str) -> None:
        """Show a message for a moment, in the status line."""
        self._message = text
        self.set_timer(MESSAGE_SECONDS, lambda: self._unsay(text))
        self._tell()

    def _unsay(self, text: str) -> None:
        if self._message == text:
            self.hush()

    def hush(self) -> None:
        """Take back what was said: the user has gone on, and wants to see where."""
        if self._message:
            self._message = ""
            self._tell()

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """What was said about one key is gone with the next."""
        self.hush()
        return await super().run_action(action, default_namespace, namespaces)

    def _tell(self) -> None:
        """Bring bar, panel and status line up to date."""
        clock = self.session.clock
        self.bar.move(clock.t, clock.duration)
        self.panel.move(clock.t)
        right = [] if self._message else status_line.note_parts(self.session, self.stage)
        self.status.tell(status_line.position_parts(self.session, self._message), right)

    # looks

    def _title(self) -> str:
        header = self.session.recording.header
        command = header.get("command")
        if header.get("title"):
            return str(header["title"])
        if isinstance(command, list) and command:
            return " ".join(map(str, command))
        return self.session.path

    def _restyle(self) -> None:
        self.looks = RoleStyles(self.current_theme, mono=self._mono)
        for part in (self.stage, self.bar, self.panel, *self.query(StatusLine)):
            part.restyle(self.looks)

    def _offer_panel(self, width: int) -> None:
        """Unfold the panel while there is something in it and the terminal still fits beside it."""
        cols = self._cols()
        room = width >= cols + 3 + PANEL_COLUMNS[0]
        told = {"agent", "llm", "tool", "error"}
        something = bool(self.session.points) or any(i.role in told for i in self.session.items)
        self.panel.choose(self._best_panel() if room and something else "")
        self._cover()

    def _best_panel(self) -> str:
        return "moments" if self.session.points or not self.session.items else "events"

    def _cols(self) -> int:
        picture = self.stage.picture
        return picture.cols if picture else self.session.recording.size[0]

    def _cover(self) -> None:
        """The panel takes what the terminal leaves; in a narrow window, the terminal's place."""
        if not self._built:
            return
        width = self.size.width
        covered = bool(self.panel.shown) and width < NARROW_COLUMNS
        self._stand.set_class(covered, "covered")
        spare = min(max(PANEL_COLUMNS[0], width - self._cols() - 5), PANEL_COLUMNS[1])
        self.panel.styles.width = "1fr" if covered else spare

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:  # noqa: ARG002
        """Every key that makes sense as a command."""
        for key in keys.KEYS:
            if key.palette:
                yield SystemCommand(
                    key.text, f"key: {key.shown}", lambda action=key.action: self._command(action)
                )

    async def _command(self, action: str) -> None:
        await self.run_action(action)


def play(
    path: str,
    *,
    start: int = 0,
    speed: float = 1.0,
    idle_limit: int | None = None,
    follow: bool = False,
    no_colors: bool = False,
) -> int:
    """Play the recording at ``path`` until the user quits; returns the exit code.

    ``start`` and ``idle_limit`` in ns. With ``follow`` a recording that is still being written is
    shown at its live edge. Raises InputError and FormatError before anything is shown.
    """
    from agentrec.recording.reader import Recording
    from agentrec.terminal.seek.timeline import Timeline

    no_colors = no_colors or bool(os.environ.get("NO_COLOR"))
    if no_colors:
        os.environ["NO_COLOR"] = "1"  # the toolkit's own parts look for it
    with Recording.open(path) as recording, Timeline(recording) as timeline:

        def make(deliver: Callable[[object], None]) -> PlayerState:
            return PlayerState(recording, timeline, deliver, speed=speed, idle_limit=idle_limit)

        player = Player(make, start=start, follow=follow, no_colors=no_colors)
        player.run()
        return player.return_code or 0

"""An event in full, over the player: a message, or a tool call with its result; code has colors."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import on, work
from textual.binding import Binding
from textual.message import Message
from textual.screen import ModalScreen

from agentrec.recording.reader import Recording
from agentrec.report.event_parts import parts_of
from agentrec.report.spans import TOOL
from agentrec.times import format_clock
from agentrec.tui.draw.code_colors import colored_diff, colored_file
from agentrec.tui.playback.snapshot_loader import Page
from agentrec.tui.widgets.status_line import KeyHints, StatusLine
from agentrec.tui.widgets.text_page import TextPage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.style import Style
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from agentrec.recording.events import Event
    from agentrec.report.event_parts import EventPart
    from agentrec.report.spans import TraceSpan
    from agentrec.tui.draw.code_colors import Line
    from agentrec.tui.draw.event_items import Item
    from agentrec.tui.theme import RoleStyles

MAX_LINES = 20_000
_MAX_TOOL_EVENTS = 10_000  # among which a call's result is looked for
HINTS = (("↑ ↓", "scroll"), ("space b", "page"), ("g G", "start, end"), ("esc", "back"))


class EventScreen(ModalScreen[None]):
    """Shows the event of ``item`` in the recording at ``path``; of a result its call, too."""

    CSS_PATH = "event_screen.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll(0,-1)", show=False),
        Binding("down,j", "scroll(0,1)", show=False),
        Binding("left,h", "scroll(-8,0)", show=False),
        Binding("right,l", "scroll(8,0)", show=False),
        Binding("pageup,b", "read(-1)", show=False),
        Binding("pagedown,space", "read(1)", show=False),
        Binding("home,g", "scroll(0,-1000000)", show=False),
        Binding("end,G", "scroll(0,1000000)", show=False),
        Binding("escape,q,o,enter", "dismiss", show=False),
        Binding("ctrl+c", "app.quit", show=False, priority=True),
    ]

    class PartsRead(Message, bubble=False):
        """The page and its colors."""

        def __init__(self, page: Page, lines: list[Line]) -> None:
            super().__init__()
            self.page, self.lines = page, lines

    def __init__(
        self, role_styles: RoleStyles, path: str, item: Item, spans: Sequence[TraceSpan] = ()
    ) -> None:
        super().__init__()
        self._calls = {span.id: span.seq for span in spans if span.kind == TOOL}
        self._role_styles = role_styles
        self._path, self._item = path, item
        self.busy = True

    def compose(self) -> ComposeResult:
        yield StatusLine(self._role_styles, id="about")
        yield TextPage(self._role_styles)
        yield KeyHints(self._role_styles, hints=HINTS)

    def on_mount(self) -> None:
        self.page = self.query_one(TextPage)
        item = self._item
        self.query_one("#about", StatusLine).left = [
            (f"{item.sign} ", item.role),
            (item.text, "strong"),
            (f"  {format_clock(item.t, fraction=True)}", "dim"),
        ]
        self._read(dark=self.app.current_theme.dark)

    @work(thread=True)
    def _read(self, *, dark: bool) -> None:
        with Recording.open(self._path) as recording:
            event = next(recording.at([self._item.seq]), None)
            if event and event.name == ("tool", "result") and event.span in self._calls:
                event = next(recording.at([self._calls[event.span]]), event)
            result = _result_of(recording, event) if event else None
        parts = parts_of(event, result) if event else []
        lines = [line for part in parts for line in self._lines(part, dark=dark)]
        texts = ["".join(segment.text for segment in line) for line in lines]
        page = Page("note", "", texts[:MAX_LINES], cut=len(texts) > MAX_LINES)
        self.post_message(self.PartsRead(page, lines))

    @on(PartsRead)
    def _show(self, message: PartsRead) -> None:
        self.page.show(message.page)
        self.page.set_colors(message.page, message.lines)
        self.busy = False

    def _lines(self, part: EventPart, *, dark: bool) -> Iterator[Line]:
        styles = self._role_styles
        yield [Segment(part.heading, styles["moment"])]
        colored = None if styles.mono else _colored(part, dark=dark)
        for number, text in enumerate(part.lines):
            line = colored[number] if colored and number < len(colored) else []
            yield line or [Segment(text, self._style(part, text))]
        yield [Segment("", styles["text"])]

    def _style(self, part: EventPart, text: str) -> Style:
        roles = {"+": "added", "-": "removed", "@": "past"} if part.kind == "diff" else {}
        return self._role_styles[roles.get(text[:1], "text")]

    def action_scroll(self, columns: int, rows: int) -> None:
        self.page.scroll_relative(columns, rows, animate=False)

    def action_read(self, pages: int) -> None:
        self.page.scroll_relative(0, pages * max(1, self.page.size.height - 1), animate=False)


def _colored(part: EventPart, *, dark: bool) -> list[Line] | None:
    if part.kind == "diff":
        return colored_diff(part.lines, dark=dark)
    return colored_file(part.lines, part.name, dark=dark) if part.kind == "file" else None


def _result_of(recording: Recording, call: Event) -> Event | None:
    """The result of a tool call, if it comes soon enough."""
    if call.name != ("tool", "call") or not call.span:
        return None
    tools = recording.events(since=call.t, tracks=("tool",))
    for _, event in zip(range(_MAX_TOOL_EVENTS), tools, strict=False):
        if event.kind == "result" and event.span == call.span:
            return event
    return None

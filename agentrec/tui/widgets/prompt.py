"""The line to type a search, a time, or a label into."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from agentrec.tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

# kind -> (label, placeholder)
KINDS = {
    "search": ("/", "search everything that was shown"),
    "time": ("go to", "90, 1:30, 1:02:03.5 or 50%"),
    "mark": ("mark", "label (empty for a number)"),
    "note": ("note", "text"),
    "answer": ("answer", "to the note before this time"),
    "export": ("export to", "run.html, .svg, .gif, .mp4, .cast, .txt, .md"),
    "file": ("/", "part of a path"),
    "snapshot": ("snapshot", "label for the files as they are now"),
}


class Prompt(Horizontal):
    """Hidden until :meth:`ask`; posts what is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", show=False)]

    class Edited(Message):
        """The text has changed."""

        def __init__(self, kind: str, text: str) -> None:
            super().__init__()
            self.kind, self.text = kind, text

    class Submitted(Message):
        """Enter was pressed."""

        def __init__(self, kind: str, text: str) -> None:
            super().__init__()
            self.kind, self.text = kind, text

    class Canceled(Message):
        """Escape was pressed."""

        def __init__(self, kind: str) -> None:
            super().__init__()
            self.kind = kind

    def __init__(self) -> None:
        super().__init__()
        self.kind = ""

    def compose(self) -> ComposeResult:
        yield Static("", markup=False)
        yield Input(compact=True, select_on_focus=False)

    def ask(self, kind: str, text: str = "") -> None:
        """Open for input."""
        label, placeholder = KINDS[kind]
        self.kind = kind
        self.query_one(Static).update(label)
        field = self.query_one(Input)
        with field.prevent(Input.Changed):
            field.value = text
        field.placeholder = placeholder
        field.cursor_position = len(text)
        field.disabled = False
        self.display = True
        self._put_aside(True)
        self.screen.set_focus(field)  # at once: what is typed ahead belongs here

    def on_mount(self) -> None:
        self.query_one(Input).disabled = True  # or it would take the focus, and the keys, at start

    @on(Input.Changed)
    def _edited(self, event: Input.Changed) -> None:
        event.stop()
        if self.kind:
            self.post_message(self.Edited(self.kind, event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Submitted(self._close(), event.value))

    def action_cancel(self) -> None:
        self.post_message(self.Canceled(self._close()))

    def _put_aside(self, aside: bool) -> None:
        """Mark the lines that make room: their styles alone are worked out anew, not those of the screen."""
        for line in self.screen.query(StatusLine):
            line.set_class(aside, "asking")

    def _close(self) -> str:
        kind, self.kind = self.kind, ""
        self.display = False
        self._put_aside(False)
        self.query_one(Input).disabled = True
        return kind

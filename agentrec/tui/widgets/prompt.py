"""The line where one types what to search for, a time, or a moment's label."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

# kind -> (what stands before the input, what stands in it while it is empty)
KINDS = {
    "search": ("/", "search everything that was shown"),
    "time": ("go to", "90, 1:30, 1:02:03.5 or 50%"),
    "moment": ("moment", "a label; none for a number"),
    "file": ("/", "a part of a file's path"),
    "snapshot": ("snapshot", "a label; the files as they are now"),
}


class Prompt(Horizontal):
    """Hidden until :meth:`ask`; tells what was typed by messages."""

    DEFAULT_CSS = """
    Prompt { height: 1; display: none; background: $panel; padding: 0 1; }
    Prompt Static { width: auto; color: $accent; text-style: bold; padding: 0 1 0 0; }
    Prompt Input { width: 1fr; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", show=False)]

    class Typed(Message):
        """The text has changed."""

        def __init__(self, kind: str, text: str) -> None:
            super().__init__()
            self.kind, self.text = kind, text

    class Done(Message):
        """Enter."""

        def __init__(self, kind: str, text: str) -> None:
            super().__init__()
            self.kind, self.text = kind, text

    class Cancelled(Message):
        """Escape."""

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
        label, hint = KINDS[kind]
        self.kind = kind
        self.query_one(Static).update(label)
        field = self.query_one(Input)
        with field.prevent(Input.Changed):
            field.value = text
        field.placeholder = hint
        field.cursor_position = len(text)
        field.disabled = False
        self.display = True
        self.screen.add_class("asking")
        self.screen.set_focus(field)  # at once: what is typed ahead belongs here

    def on_mount(self) -> None:
        self.query_one(Input).disabled = True  # or it would take the focus, and the keys, at start

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.kind:
            self.post_message(self.Typed(self.kind, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Done(self._close(), event.value))

    def action_cancel(self) -> None:
        self.post_message(self.Cancelled(self._close()))

    def _close(self) -> str:
        kind, self.kind = self.kind, ""
        self.display = False
        self.screen.remove_class("asking")
        self.query_one(Input).disabled = True
        return kind

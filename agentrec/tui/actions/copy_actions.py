"""Copies text of the recorded terminal to the user's clipboard."""

from __future__ import annotations

from textual import on

from agentrec.text import plural
from agentrec.tui.actions.player_base import PlayerBase
from agentrec.tui.widgets.terminal_view import TerminalView


class CopyActions(PlayerBase):
    """The clipboard is the user's terminal's (OSC 52), which works over SSH, too."""

    def action_copy(self) -> None:
        self._copy(self.terminal_view.text())

    @on(TerminalView.SelectionStarted)
    def _hold_still(self) -> None:
        """What is being selected must not change."""
        self.state.clock.pause()
        self.wake()

    @on(TerminalView.Selected)
    def _copy_selected(self, message: TerminalView.Selected) -> None:
        self._copy(message.text)

    def _copy(self, text: str) -> None:
        if not text.strip():
            self.say("nothing to copy here")
            return
        self.copy_to_clipboard(text)
        lines = text.count("\n") + 1
        size = plural(lines, "line") if lines > 1 else plural(len(text), "character")
        self.say(f"copied {size}")

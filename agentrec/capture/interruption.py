"""How a companion stops the command: it asks, and the pump ends the command or lets the user decide."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Interruption:
    """Why the command is to stop. ``request`` may be called in any thread, the rest in the pump's.

    ``decide(reason, ended)`` is called with what became of it: ended, or continued by the user.
    """

    def __init__(self, decide: Callable[[str, bool], None]) -> None:
        self.fd, self._write = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self._write, False)
        self._requested: list[str] = []
        self._decide = decide
        self.ended_by = ""  # the reason, once the command is ended for it

    def request(self, reason: str) -> None:
        """Stop the command, because of ``reason``."""
        self._requested.append(reason)
        try:
            os.write(self._write, b"!")
        except OSError:
            pass  # the recording is over, or the pump has more to read than it needs

    def take(self) -> None:
        """Take note of the requests."""
        try:
            os.read(self.fd, 4096)
        except OSError:
            pass

    @property
    def reason(self) -> str:
        """What nothing was decided about yet; empty if that is so."""
        return "; ".join(self._requested)

    def end(self) -> None:
        """The command is ended."""
        self.ended_by = reason = self.reason
        self._requested.clear()
        self._decide(reason, True)

    def go_on(self) -> None:
        """The user wants the command to continue."""
        reason = self.reason
        self._requested.clear()
        self._decide(reason, False)

    def close(self) -> None:
        os.close(self.fd)
        os.close(self._write)

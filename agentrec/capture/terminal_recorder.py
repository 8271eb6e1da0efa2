"""Turns what happens in the terminal into events: decisions only, no input or output.

Typed keys pass through here on their way to the child: the prefix key stays, passwords are not stored.
"""

from __future__ import annotations

from agentrec.capture.prefix_key import MARK, PrefixKey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.capture.password_filter import PasswordFilter
    from agentrec.json_values import JsonObject
    from agentrec.recording.sink import EventSink

MAX_LABEL_CHARS = 1000
_MAX_STATUS_CHARS = 32
TRANSACTION_FIELDS = ("id", "name", "base", "action", "savepoint")


class TerminalRecorder:
    """Writes one run of the child's terminal to ``sink``; ``t`` is in nanoseconds since the start."""

    def __init__(
        self, sink: EventSink, size: tuple[int, int], *, prefix: int | None, capture_input: bool
    ) -> None:
        self.marks = 0
        self.size = size  # columns and rows
        self._sink = sink
        self._prefix = PrefixKey(prefix)
        self._passwords = _password_filter() if capture_input else None

    @property
    def deadline(self) -> int | None:
        """When ``tick`` has something to do, or None."""
        return self._prefix.deadline

    @property
    def captures_input(self) -> bool:
        return self._passwords is not None

    @property
    def room(self) -> int:
        """Bytes of output that can be taken now; 0 or less: the child has to wait."""
        return self._sink.room

    def output(self, t: int, data: bytes) -> None:
        """The child wrote ``data``."""
        self._sink.output(t, data)
        if self._passwords:
            self._passwords.output(data)

    def input(self, t: int, data: bytes, *, hidden: bool = False) -> tuple[bytes, str | None]:
        """The user typed ``data`` while the child's terminal shows or hides input.

        Returns what goes to the child, and what the user asked of the recorder: MARK, which is set, or PAUSE.
        """
        forward, action = self._prefix.feed(data, t)
        if action == MARK:
            self.mark(t, "", "key")
        self._store(t, forward, hidden=hidden)
        return forward, action

    def tick(self, t: int, *, hidden: bool = False) -> bytes:
        """Bytes that go to the child because time has passed."""
        forward = self._prefix.release(t)
        self._store(t, forward, hidden=hidden)
        return forward

    def _store(self, t: int, data: bytes, *, hidden: bool) -> None:
        if not data or self._passwords is None:
            return
        allowed, reason = self._passwords.input(data, hidden=hidden)
        if reason:
            self._sink.event(t, "term", "redacted", {"reason": reason})
        if allowed:
            self._sink.input(t, allowed)

    def resize(self, t: int, cols: int, rows: int) -> bool:
        """The terminal has this size now; returns whether that is news."""
        if (cols, rows) == self.size:
            return False
        self.size = (cols, rows)
        self._sink.resize(t, cols, rows)
        return True

    def mark(
        self,
        t: int,
        label: str,
        source: str,
        *,
        at: object = None,
        status: object = "",
        transaction: object = None,
    ) -> str:
        """Set a mark; without a label it gets a number. Returns the label.

        ``at``: the earlier time that it marks, in ns; anything else than a time means now. ``status`` and
        ``transaction`` are as in :class:`agentrec.recording.events.mark.MarkMoment`.
        """
        self.marks += 1
        label = label[:MAX_LABEL_CHARS] or f"mark {self.marks}"
        data: JsonObject = {"label": label, "source": source}
        if type(at) is int and 0 <= at < t:
            data["at_ns"] = at
        if isinstance(status, str) and status:
            data["status"] = status[:_MAX_STATUS_CHARS]
        if isinstance(transaction, dict):
            texts = {name: transaction.get(name) for name in TRANSACTION_FIELDS}
            data["transaction"] = {
                name: text[:MAX_LABEL_CHARS]
                for name, text in texts.items()
                if isinstance(text, str)
            }
        self._sink.event(t, "mark", "moment", data)
        return label

    def exit(self, t: int, code: int | None, signal: int | None) -> None:
        """The child has ended, and everything it wrote was seen."""
        self._sink.event(t, "term", "exit", {"code": code, "signal": signal})


def _password_filter() -> PasswordFilter:
    # Its patterns take a while to compile, and most recordings store no input.
    from agentrec.capture.password_filter import PasswordFilter

    return PasswordFilter()

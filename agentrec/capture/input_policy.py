"""What a recording session does with bytes, sizes and marks: decisions only, no input or output."""

from __future__ import annotations

from agentrec.capture.password_filter import Redactor
from agentrec.capture.prefix_key import MARK, Prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Sink(Protocol):
        """Where events go: the recording's writer. Never blocks, never raises."""

        def output(self, t: int, data: bytes) -> None: ...
        def input(self, t: int, data: bytes) -> None: ...
        def resize(self, t: int, cols: int, rows: int) -> None: ...
        def event(self, t: int, track: str, kind: str, data: dict[str, Any]) -> object: ...


LABEL_LIMIT = 1000  # characters of a moment's label


class Session:
    """One run of the child, told what happens and when (``t`` in nanoseconds since the start)."""

    def __init__(
        self, sink: Sink, size: tuple[int, int], *, prefix: int | None, capture_input: bool
    ) -> None:
        self.marks = 0
        self._sink = sink
        self._size = size
        self._prefix = Prefix(prefix)
        self._redactor = Redactor() if capture_input else None

    @property
    def deadline(self) -> int | None:
        """When ``tick`` has something to do, or None."""
        return self._prefix.deadline

    @property
    def captures_input(self) -> bool:
        return self._redactor is not None

    def output(self, t: int, data: bytes) -> None:
        """The child wrote ``data``."""
        self._sink.output(t, data)
        if self._redactor:
            self._redactor.shown(data)

    def typed(self, t: int, data: bytes, *, hidden: bool = False) -> tuple[bytes, bool]:
        """The user typed ``data`` while the child's terminal shows or hides input.

        Returns what goes to the child, and whether the user set a mark, which wants an answer.
        """
        forward, action = self._prefix.feed(data, t)
        if action == MARK:
            self.mark(t, "", "key")
        self._keep(t, forward, hidden=hidden)
        return forward, action == MARK

    def tick(self, t: int, *, hidden: bool = False) -> bytes:
        """Bytes that go to the child because time has passed."""
        forward = self._prefix.release(t)
        self._keep(t, forward, hidden=hidden)
        return forward

    def _keep(self, t: int, data: bytes, *, hidden: bool) -> None:
        if not data or self._redactor is None:
            return
        kept, reason = self._redactor.typed(data, hidden=hidden)
        if reason:
            self._sink.event(t, "term", "redacted", {"reason": reason})
        if kept:
            self._sink.input(t, kept)

    def resized(self, t: int, cols: int, rows: int) -> None:
        """The terminal has this size now."""
        if (cols, rows) != self._size:
            self._size = (cols, rows)
            self._sink.resize(t, cols, rows)

    def mark(self, t: int, label: str, source: str, *, at: object = None) -> str:
        """Set a moment; without a label it gets a number. Returns the label.

        ``at``: the earlier time that it marks, in ns; anything else than a time means now.
        """
        self.marks += 1
        label = label[:LABEL_LIMIT] or f"mark {self.marks}"
        data: dict[str, Any] = {"label": label, "source": source}
        if type(at) is int and 0 <= at < t:
            data["at_ns"] = at
        self._sink.event(t, "mark", "moment", data)
        return label

    def exited(self, t: int, code: int | None, signal: int | None) -> None:
        """The child has ended, and everything it wrote was seen."""
        self._sink.event(t, "term", "exit", {"code": code, "signal": signal})

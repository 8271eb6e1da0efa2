"""What can be found in a recording: its events as entries of text, each with its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from agentrec.library.index.texts import Ends, clipped, flat, indexed
from agentrec.recording.events import MOMENT
from agentrec.recording.markers import to_marker
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.recording.events import Event

KINDS = (
    "session",
    "message",
    "thinking",
    "tool",
    "command",
    "error",
    "note",
    "moment",
    "snapshot",
    "event",
    "screen",
)
OF_ITS_OWN = {"thinking"}  # kinds that are found only when asked for

# Characters per recording; of what is more, the beginning and the end are kept.
HEAD, TAIL = 300_000, 100_000
_TEXT = (6000, 2000)  # of one message, note or error
_INPUT, _OUTPUT = (2500, 500), (2000, 2000)  # of one tool call
_OPEN = 1000  # calls without a result that are remembered
# Moments that repeat what is an entry already.
_ECHOES = frozenset({"tool", "command", "message"})
# Events that say nothing one would look for, or that are sums.
_SILENT = frozenset(
    {"llm/call", "agent/session", "agent/turn", "agent/conversation", "sys/process"}
)
_SILENT_TRACKS = frozenset({"term", "guard", "fs", "?"})
_LATEST = 1 << 62  # ns


class Entry:
    """A text one can find. ``t`` in ns; ``offsets`` has for each line of ``text`` the ms after ``t``
    at which it was there, or is empty when all was there at once.

    ``exit`` is the exit status of what it tells about, ``failed`` whether that went wrong; None where
    nobody said.
    """

    __slots__ = ("actor", "exit", "failed", "kind", "offsets", "t", "text", "tool")

    def __init__(self, t: int, kind: str, text: str, *, actor: str = "", tool: str = "") -> None:
        self.t, self.kind, self.text = min(t, _LATEST), kind, indexed(text)
        self.actor, self.tool = indexed(actor[:200]), indexed(tool[:200])
        self.exit: int | None = None
        self.failed: bool | None = None
        self.offsets: list[int] = []

    def ended(self, code: Any, failed: Any) -> None:
        """How it ended, as events say it."""
        self.exit = code if type(code) is int and abs(code) < 1 << 31 else None
        self.failed = (
            bool(failed) if failed is not None else self.exit != 0 if code is not None else None
        )

    def more(self, t: int, text: str) -> None:
        """Further lines, which came at ``t``."""
        text = indexed(text)
        before, after = self.text.count("\n") + 1, text.count("\n") + 1
        later = max(0, t - self.t) // NS_PER_MS
        self.offsets = (self.offsets or [0] * before) + [later] * after
        self.text = f"{self.text}\n{text}"


class Entries:
    """Feed it every event, then take ``items``: in order of time, and bounded."""

    def __init__(self) -> None:
        self._kept: Ends[Entry] = Ends(HEAD, TAIL)
        self._open: dict[str, Entry] = {}

    @property
    def left_out(self) -> int:
        """Characters that were too many."""
        return self._kept.left_out

    def feed(self, event: Event) -> None:
        """One event, in order."""
        data = event.data
        if not isinstance(data, dict):
            return
        make = self._MAKERS.get("/".join(event.name))
        if make:
            make(self, event, data)
        elif event.name == MOMENT or event.track == "fs":
            self._point(event, data)
        elif event.track not in _SILENT_TRACKS and "/".join(event.name) not in _SILENT:
            text = clipped(f"{event.track}/{event.kind}\n{flat(data)}", *_TEXT)
            self._add(Entry(event.t, "event", text, actor=event.actor or ""))

    def items(self) -> list[Entry]:
        for entry in self._open.values():
            self._add(entry)
        self._open = {}
        return sorted(self._kept.items(), key=lambda entry: entry.t)

    def _add(self, entry: Entry) -> None:
        self._kept.add(len(entry.text) + 50, entry)

    def _text(self, event: Event, kind: str, text: Any, actor: str = "") -> None:
        if isinstance(text, str) and text.strip():
            self._add(Entry(event.t, kind, clipped(text, *_TEXT), actor=actor or event.actor or ""))

    def _message(self, event: Event, data: dict[str, Any]) -> None:
        kind = "thinking" if data.get("thinking") else "message"
        self._text(event, kind, data.get("text"), event.actor or str(data.get("role") or ""))

    def _state(self, event: Event, data: dict[str, Any]) -> None:
        if data.get("state") == "error":
            self._text(event, "error", data.get("text"))

    def _note(self, event: Event, data: dict[str, Any]) -> None:
        self._text(event, "note", data.get("text"))

    def _point(self, event: Event, data: dict[str, Any]) -> None:
        point = to_marker(event)
        if point and point.label and not (point.source == "auto" and data.get("rule") in _ECHOES):
            self._add(Entry(point.t, point.kind, clipped(point.label, *_TEXT), actor=point.source))

    def _command(self, event: Event, data: dict[str, Any]) -> None:
        text = data.get("text")
        if not isinstance(text, str) or not text.strip():
            return
        began = data.get("at_ns")
        t = began if type(began) is int and 0 <= began <= event.t else event.t
        entry = Entry(t, "command", clipped(text, *_TEXT), actor=event.actor or "")
        entry.ended(data.get("exit"), None)
        self._add(entry)

    def _called(self, event: Event, data: dict[str, Any]) -> None:
        name = str(data.get("name") or "tool")
        text = clipped(f"{name}\n{flat(data.get('input'))}", *_INPUT)
        entry = Entry(event.t, "tool", text, actor=event.actor or "", tool=name)
        span = event.span or str(data.get("id", ""))
        if span in self._open or len(self._open) >= _OPEN:
            self._add(entry)  # its result will stand alone
        else:
            self._open[span] = entry

    def _returned(self, event: Event, data: dict[str, Any]) -> None:
        entry = self._open.pop(event.span or str(data.get("id", "")), None)
        text = clipped(flat(data.get("output")), *_OUTPUT)
        if entry is None:
            entry = Entry(event.t, "tool", text, actor=event.actor or "")
        elif text.strip():
            entry.more(event.t, text)
        entry.ended(data.get("exit_code"), data.get("is_error"))
        self._add(entry)

    _MAKERS: ClassVar[dict[str, Callable[[Entries, Event, dict[str, Any]], None]]] = {
        "agent/message": _message,
        "agent/lifecycle": _state,
        "mark/note": _note,
        "sys/command": _command,
        "tool/call": _called,
        "tool/result": _returned,
    }

"""What can be found in a recording: its events as entries of text, each with its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from agentrec.library.index.texts import Ends, clipped, flat, indexed
from agentrec.recording.events import UNKNOWN
from agentrec.recording.events.agent import AgentLifecycle, AgentMessage
from agentrec.recording.events.decode import Raw
from agentrec.recording.events.fs import FsSnapshot
from agentrec.recording.events.mark import MarkMoment, MarkNote
from agentrec.recording.events.sys import SysCommand, SysDropped, SysFile, SysTrouble
from agentrec.recording.events.tool import ToolCall, ToolResult
from agentrec.recording.markers import happened, to_marker
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.recording.events import Event
    from agentrec.recording.events.record import Record

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
# Events that have no entry of their own kind, and all the same something one would look for.
_OTHER = (SysFile, SysDropped, SysTrouble)
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

    def feed(self, event: Event, record: Record | Raw) -> None:
        """One event, in order, and its record."""
        make = self._MAKERS.get(type(record))
        if make:
            make(self, event, record)
        elif isinstance(record, Raw):
            if isinstance(record.data, dict) and event.track != UNKNOWN:
                self._other(event, record)
        elif isinstance(record, _OTHER):
            self._other(event, record)

    def items(self) -> list[Entry]:
        for entry in self._open.values():
            self._add(entry)
        self._open = {}
        return sorted(self._kept.items(), key=lambda entry: entry.t)

    def _add(self, entry: Entry) -> None:
        self._kept.add(len(entry.text) + 50, entry)

    def _text(self, event: Event, kind: str, text: str, actor: str = "") -> None:
        if text.strip():
            self._add(Entry(event.t, kind, clipped(text, *_TEXT), actor=actor or event.actor or ""))

    def _other(self, event: Event, record: Record | Raw) -> None:
        text = clipped(f"{event.track}/{event.kind}\n{flat(record.data)}", *_TEXT)
        self._add(Entry(event.t, "event", text, actor=event.actor or ""))

    def _message(self, event: Event, message: AgentMessage) -> None:
        kind = "thinking" if message.thinking else "message"
        self._text(event, kind, message.text, event.actor or message.role)

    def _state(self, event: Event, agent: AgentLifecycle) -> None:
        if agent.failed:
            self._text(event, "error", agent.text)

    def _note(self, event: Event, note: MarkNote) -> None:
        self._text(event, "note", note.text)

    def _moment(self, event: Event, mark: MarkMoment) -> None:
        if not (mark.source == "auto" and mark.rule in _ECHOES):
            self._point(event, mark)

    def _point(self, event: Event, _record: MarkMoment | FsSnapshot) -> None:
        point = to_marker(event)
        if point and point.label:
            self._add(Entry(point.t, point.kind, clipped(point.label, *_TEXT), actor=point.source))

    def _command(self, event: Event, command: SysCommand) -> None:
        if not command.text.strip():
            return
        text = clipped(command.text, *_TEXT)
        entry = Entry(happened(event), "command", text, actor=event.actor or "")
        entry.exit, entry.failed = command.exit, command.failed
        self._add(entry)

    def _called(self, event: Event, call: ToolCall) -> None:
        name = call.name or "tool"
        text = clipped(f"{name}\n{flat(call.input)}", *_INPUT)
        entry = Entry(event.t, "tool", text, actor=event.actor or "", tool=name)
        span = event.span or call.id
        if span in self._open or len(self._open) >= _OPEN:
            self._add(entry)  # its result will stand alone
        else:
            self._open[span] = entry

    def _returned(self, event: Event, result: ToolResult) -> None:
        entry = self._open.pop(event.span or result.id, None)
        text = clipped(flat(result.output), *_OUTPUT)
        if entry is None:
            entry = Entry(event.t, "tool", text, actor=event.actor or "")
        elif text.strip():
            entry.more(event.t, text)
        entry.exit, entry.failed = result.exit_code, result.failed
        self._add(entry)

    _MAKERS: ClassVar[dict[type, Callable[[Entries, Event, Any], None]]] = {
        AgentMessage: _message,
        AgentLifecycle: _state,
        MarkNote: _note,
        MarkMoment: _moment,
        FsSnapshot: _point,
        SysCommand: _command,
        ToolCall: _called,
        ToolResult: _returned,
    }

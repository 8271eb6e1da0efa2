"""What a search can find in a recording: its events as text, each with its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from agentrec.library.index.texts import HeadAndTail, flat, indexed, pieces
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
    from agentrec.recording.events.record import EventRecord

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

# How much text is indexed per recording: its beginning and its end. Many hours of an agent are less.
HEAD_CHARS, TAIL_CHARS = 12_000_000, 4_000_000
# A longer text becomes several entries.
ENTRY_CHARS = 8000
_MAX_NAME_CHARS = 200
# How many calls may wait for their results.
_MAX_OPEN_CALLS = 1000
# Rules whose marks repeat another entry.
_REDUNDANT_RULES = frozenset({"tool", "command", "message"})
# Records without a kind of their own that are worth finding all the same.
_OTHER = (SysFile, SysDropped, SysTrouble)
_MAX_TIME_NS = 1 << 62


class IndexEntry:
    """A text that can be found. ``t`` is in ns; ``offsets`` has for each line of ``text`` the ms after ``t``
    when it appeared, or is empty if all lines have the same time.

    ``exit`` is the exit code of the command or call, ``failed`` whether it failed; None if unknown.
    """

    __slots__ = ("actor", "exit", "failed", "kind", "offsets", "t", "text", "tool")

    def __init__(self, t: int, kind: str, text: str, *, actor: str = "", tool: str = "") -> None:
        self.t, self.kind, self.text = min(t, _MAX_TIME_NS), kind, indexed(text)
        self.actor, self.tool = indexed(actor[:_MAX_NAME_CHARS]), indexed(tool[:_MAX_NAME_CHARS])
        self.exit: int | None = None
        self.failed: bool | None = None
        self.offsets: list[int] = []

    def line_time(self, number: int) -> int:
        """When line ``number`` of ``text`` appeared, in ns."""
        return self.t + (self.offsets[number] * NS_PER_MS if self.offsets else 0)

    def append(self, t: int, text: str) -> None:
        """Append lines that appeared at ``t``."""
        text = indexed(text)
        before, after = self.text.count("\n") + 1, text.count("\n") + 1
        later = max(0, t - self.t) // NS_PER_MS
        self.offsets = (self.offsets or [0] * before) + [later] * after
        self.text = f"{self.text}\n{text}"


class EntryBuilder:
    """Collects entries from events, within limits."""

    def __init__(self) -> None:
        self._finished: HeadAndTail[IndexEntry] = HeadAndTail(HEAD_CHARS, TAIL_CHARS)
        self._open_calls: dict[str, list[IndexEntry]] = {}

    @property
    def left_out(self) -> int:
        """How many characters exceeded the limits."""
        return self._finished.left_out

    def feed(self, event: Event, record: EventRecord | Raw) -> None:
        """Take one event, in order, and its record."""
        make = self._MAKERS.get(type(record))
        if make:
            make(self, event, record)
        elif isinstance(record, Raw):
            if isinstance(record.data, dict) and event.track != UNKNOWN:
                self._other(event, record)
        elif isinstance(record, _OTHER):
            self._other(event, record)

    def items(self) -> list[IndexEntry]:
        """The entries, by time."""
        for entries in self._open_calls.values():
            self._add(*entries)
        self._open_calls = {}
        return sorted(self._finished.items(), key=lambda entry: entry.t)

    def _add(self, *entries: IndexEntry) -> None:
        for entry in entries:
            self._finished.add(len(entry.text) + 50, entry)

    def _text(self, event: Event, kind: str, text: str, actor: str = "") -> None:
        self._pieces(event.t, kind, text, actor or event.actor or "")

    def _pieces(self, t: int, kind: str, text: str, actor: str) -> None:
        for piece in pieces(text, ENTRY_CHARS):
            if piece.strip():
                self._add(IndexEntry(t, kind, piece, actor=actor))

    def _other(self, event: Event, record: EventRecord | Raw) -> None:
        self._text(event, "event", f"{event.track}/{event.kind}\n{flat(record.data)}")

    def _message(self, event: Event, message: AgentMessage) -> None:
        kind = "thinking" if message.thinking else "message"
        self._text(event, kind, message.text, event.actor or message.role)

    def _state(self, event: Event, agent: AgentLifecycle) -> None:
        if agent.failed:
            self._text(event, "error", agent.text)

    def _note(self, event: Event, note: MarkNote) -> None:
        self._pieces(happened(event), "note", note.text, event.actor or "")

    def _moment(self, event: Event, mark: MarkMoment) -> None:
        if not (mark.source == "auto" and mark.rule in _REDUNDANT_RULES):
            self._point(event, mark)

    def _point(self, event: Event, _record: MarkMoment | FsSnapshot) -> None:
        point = to_marker(event)
        if point and point.label:
            self._pieces(point.t, point.kind, point.label, point.source)

    def _command(self, event: Event, command: SysCommand) -> None:
        for text in pieces(command.text, ENTRY_CHARS):
            if text.strip():
                entry = IndexEntry(happened(event), "command", text, actor=event.actor or "")
                entry.exit, entry.failed = command.exit, command.failed
                self._add(entry)

    def _called(self, event: Event, call: ToolCall) -> None:
        name = call.name or "tool"
        entries = _tool_entries(event, f"{name}\n{flat(call.input)}", name)
        span = event.span or call.id
        if span in self._open_calls or len(self._open_calls) >= _MAX_OPEN_CALLS:
            self._add(*entries)  # its result becomes an entry of its own
        else:
            self._open_calls[span] = entries

    def _returned(self, event: Event, result: ToolResult) -> None:
        called = self._open_calls.pop(event.span or result.id, [])
        text = flat(result.output)
        if called and len(called[-1].text) + len(text) <= ENTRY_CHARS:
            if text.strip():
                called[-1].append(event.t, text)
            entries = called
        else:
            name = called[0].tool if called else ""
            entries = [*called, *_tool_entries(event, text, name)]
        for entry in entries:
            entry.exit, entry.failed = result.exit_code, result.failed
        self._add(*entries)

    _MAKERS: ClassVar[dict[type, Callable[[EntryBuilder, Event, Any], None]]] = {
        AgentMessage: _message,
        AgentLifecycle: _state,
        MarkNote: _note,
        MarkMoment: _moment,
        FsSnapshot: _point,
        SysCommand: _command,
        ToolCall: _called,
        ToolResult: _returned,
    }


def _tool_entries(event: Event, text: str, tool: str) -> list[IndexEntry]:
    actor = event.actor or ""
    return [
        IndexEntry(event.t, "tool", piece, actor=actor, tool=tool)
        for piece in pieces(text, ENTRY_CHARS)
    ]

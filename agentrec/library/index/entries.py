"""What a search can find in a recording: its events as text, each with its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from agentrec.library.index.texts import HeadAndTail, clipped, flat, indexed
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
# Kinds that are searched only if they are named.
OPT_IN_KINDS = {"thinking"}

# How much text is indexed per recording: its beginning and its end.
HEAD_CHARS, TAIL_CHARS = 300_000, 100_000
# Characters at the beginning and the end: of a message, note or error, of a tool call's input and output.
_TEXT_CHARS = (6000, 2000)
_INPUT_CHARS, _OUTPUT_CHARS = (2500, 500), (2000, 2000)
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
        self._open_calls: dict[str, IndexEntry] = {}

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
        for entry in self._open_calls.values():
            self._add(entry)
        self._open_calls = {}
        return sorted(self._finished.items(), key=lambda entry: entry.t)

    def _add(self, entry: IndexEntry) -> None:
        self._finished.add(len(entry.text) + 50, entry)

    def _text(self, event: Event, kind: str, text: str, actor: str = "") -> None:
        if text.strip():
            self._add(
                IndexEntry(
                    event.t, kind, clipped(text, *_TEXT_CHARS), actor=actor or event.actor or ""
                )
            )

    def _other(self, event: Event, record: EventRecord | Raw) -> None:
        text = clipped(f"{event.track}/{event.kind}\n{flat(record.data)}", *_TEXT_CHARS)
        self._add(IndexEntry(event.t, "event", text, actor=event.actor or ""))

    def _message(self, event: Event, message: AgentMessage) -> None:
        kind = "thinking" if message.thinking else "message"
        self._text(event, kind, message.text, event.actor or message.role)

    def _state(self, event: Event, agent: AgentLifecycle) -> None:
        if agent.failed:
            self._text(event, "error", agent.text)

    def _note(self, event: Event, note: MarkNote) -> None:
        if note.text.strip():
            text = clipped(note.text, *_TEXT_CHARS)
            self._add(IndexEntry(happened(event), "note", text, actor=event.actor or ""))

    def _moment(self, event: Event, mark: MarkMoment) -> None:
        if not (mark.source == "auto" and mark.rule in _REDUNDANT_RULES):
            self._point(event, mark)

    def _point(self, event: Event, _record: MarkMoment | FsSnapshot) -> None:
        point = to_marker(event)
        if point and point.label:
            self._add(
                IndexEntry(
                    point.t, point.kind, clipped(point.label, *_TEXT_CHARS), actor=point.source
                )
            )

    def _command(self, event: Event, command: SysCommand) -> None:
        if not command.text.strip():
            return
        text = clipped(command.text, *_TEXT_CHARS)
        entry = IndexEntry(happened(event), "command", text, actor=event.actor or "")
        entry.exit, entry.failed = command.exit, command.failed
        self._add(entry)

    def _called(self, event: Event, call: ToolCall) -> None:
        name = call.name or "tool"
        text = clipped(f"{name}\n{flat(call.input)}", *_INPUT_CHARS)
        entry = IndexEntry(event.t, "tool", text, actor=event.actor or "", tool=name)
        span = event.span or call.id
        if span in self._open_calls or len(self._open_calls) >= _MAX_OPEN_CALLS:
            self._add(entry)  # its result becomes an entry of its own
        else:
            self._open_calls[span] = entry

    def _returned(self, event: Event, result: ToolResult) -> None:
        entry = self._open_calls.pop(event.span or result.id, None)
        text = clipped(flat(result.output), *_OUTPUT_CHARS)
        if entry is None:
            entry = IndexEntry(event.t, "tool", text, actor=event.actor or "")
        elif text.strip():
            entry.append(event.t, text)
        entry.exit, entry.failed = result.exit_code, result.failed
        self._add(entry)

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

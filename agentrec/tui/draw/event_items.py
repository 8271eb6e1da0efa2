"""Events as one line each, for the side panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.recording.events.agent import (
    USER,
    AgentConversation,
    AgentLifecycle,
    AgentMessage,
    AgentTurn,
)
from agentrec.recording.events.decode import Raw, decode
from agentrec.recording.events.llm import LlmRequest, LlmResponse
from agentrec.recording.events.mark import MarkNote
from agentrec.recording.events.sys import SysConnection, SysProcess, SysSignature
from agentrec.recording.events.tool import ToolResult
from agentrec.recording.markers import happened
from agentrec.report.event_text import record_line
from agentrec.text import one_line
from agentrec.tui.draw.timeline_cells import MARK_SIGNS, marker_kind

if TYPE_CHECKING:
    from agentrec.recording.events import Event
    from agentrec.recording.events.record import EventRecord
    from agentrec.recording.markers import Marker

NOTE_SIGN, ANSWER_SIGN = "\u201c", "↳"
_SIGNS = {"agent": "\u203a", "llm": "∴", "tool": "▸", "fs": "●", "guard": "!"}
# What programs note for themselves: it would only push aside what people look for.
_LEFT_OUT = (AgentTurn, AgentConversation, LlmRequest, SysProcess, SysConnection, SysSignature)


class Item(NamedTuple):
    """A line of the panel: a sign and its role (see theme), and what happened at ``t``.

    ``seq`` is that of its event, if there is one.
    """

    t: int
    sign: str
    role: str
    text: str
    seq: int = -1


def of_point(point: Marker) -> Item:
    kind = marker_kind(point)
    return Item(point.t, MARK_SIGNS[kind], kind, one_line(point.label or point.id))


def of_event(event: Event) -> Item | None:
    """The line for an event, None for what the panel leaves out: bytes, marks, bookkeeping.

    A note has the time that it is about.
    """
    if isinstance(event.data, bytes):
        return None
    record = decode(event)
    if isinstance(record, MarkNote) and record.text:
        sign, role = (ANSWER_SIGN, "dim") if record.answers else (NOTE_SIGN, "moment")
        return Item(happened(event), sign, role, one_line(record.text), event.seq)
    if event.track == "mark":
        return None
    answered = isinstance(record, LlmResponse) and not record.failed
    if answered or isinstance(record, _LEFT_OUT):
        return None
    sign, role = (MARK_SIGNS["error"], "error") if record.failed else _look(event, record)
    return Item(event.t, sign, role, one_line(_text(event, record)), event.seq)


def _look(event: Event, record: EventRecord | Raw) -> tuple[str, str]:
    """Sign and role."""
    if isinstance(record, AgentMessage):
        if record.thinking:
            return "…", "dim"
        return ("\u276f", "branch") if record.role == USER else (_SIGNS["agent"], "agent")
    if isinstance(record, ToolResult):
        return "↳", "dim"
    if isinstance(record, AgentLifecycle):
        return "·", "dim"
    role = event.track if event.track in ("agent", "llm", "tool") else "dim"
    return _SIGNS.get(event.track, "·"), role


def _text(event: Event, record: EventRecord | Raw) -> str:
    line = record_line(record)
    if isinstance(record, AgentMessage | ToolResult):  # the sign says the rest
        return line.text or line.what
    if isinstance(record, AgentLifecycle):
        return f"agent {line}"
    return f"{event.track}/{event.kind} {line}" if isinstance(record, Raw) else str(line)

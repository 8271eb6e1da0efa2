"""Which conversation belongs to the files of a snapshot.

An agent's transcript reports what happened up to a few seconds late, while snapshots are taken at once, so
the order of events in a recording is not enough. The agent's own times (``at_ns``) are compared with the
time at which a snapshot began to be taken. When in doubt the earlier conversation is chosen: an agent that
does something twice does no harm, one that believes it has written what is not there does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.recording.events.agent import AgentConversation
from agentrec.recording.events.decode import decode
from agentrec.recording.events.tool import ToolCall, ToolResult
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.recording.events import Event
    from agentrec.snapshots.lookup import RecordedSnapshot

# How long after it happened an event may be recorded.
MAX_DELAY_NS = 15_000_000_000
# A recorded conversation has led to an attempt at a snapshot after this time, and this many times
# the duration of a snapshot: taking them gets a fifth of the time.
_ATTEMPT_DELAY_NS = 1_500_000_000
_ATTEMPT_DELAY_FACTOR = 6

_CALL, _RESULT, _CONVERSATION = ("tool", "call"), ("tool", "result"), ("agent", "conversation")


class ConversationMatch(NamedTuple):
    """The ``seq`` of the conversation, or None, and the tools that had been called and had not returned."""

    seq: int | None
    running: list[str]


def began(snapshot: RecordedSnapshot) -> int:
    """When a snapshot began to be taken, ns."""
    return max(0, snapshot.t - round((snapshot.record.took_ms or 0) * NS_PER_MS))


def at_snapshot(events: Iterable[Event], snapshot: RecordedSnapshot) -> ConversationMatch:
    """The conversation that the files of ``snapshot`` belong to.

    ``events`` are those of agent and tools from before it until some time after it.
    """
    match = _SnapshotMatch(snapshot)
    for event in events:
        match.feed(event)
    return ConversationMatch(match.seq, list(match.running.values()))


class _SnapshotMatch:
    """Finds the conversation of one snapshot, event by event."""

    def __init__(self, snapshot: RecordedSnapshot) -> None:
        self.seq = snapshot.record.conversation
        self.running: dict[str, str] = {}
        self._began = began(snapshot)
        # The tool result that led to the snapshot, until another tool is called.
        self._cause = snapshot.record.at_seq if snapshot.record.reason == "tool" else None

    def feed(self, event: Event) -> None:
        if event.name == _CALL:
            self._call(event)
        elif event.name == _RESULT and self._happened(event):
            self.running.pop(_span(event), None)
        elif event.name == _CONVERSATION and (self._happened(event) or self._has_cause(event)):
            self.seq = max(self.seq or 0, event.seq)

    def _call(self, event: Event) -> None:
        if self._cause is not None and event.seq > self._cause:
            self._cause = None
        if self._happened(event):
            self.running[_span(event)] = _tool_name(event)

    def _happened(self, event: Event) -> bool:
        """Whether it had happened when the snapshot began."""
        return _time_of(event) <= self._began

    def _has_cause(self, event: Event) -> bool:
        """Whether this is the conversation with the result that led to the snapshot.

        Of an agent that reports no times that is the first one after the result.
        """
        if self._cause is None or _own_time(event) is not None:
            return False
        return event.seq > self._cause > (self.seq or 0)


def until(
    events: Iterable[Event],
    known: int | None,
    following: RecordedSnapshot | None,
    t: int,
    *,
    idle_at: int | None = None,
) -> int | None:
    """The last conversation until ``t`` (ns) to which the same files belong as to ``known``.

    While no file changes there is no snapshot, and the conversation continues. But what ``following``, the
    next snapshot, shows may have been changed before it was taken. So a conversation counts only if an
    attempt at a snapshot after it found no change, and a tool was called that can have led to the next one.

    ``idle_at`` is a time (ns) at which the files were those of ``known`` and no tool ran. Until the next
    call no tool can have changed them: what the user says then counts, and so does an answer before a call.
    """
    if following is None:
        return max([known or 0, *_conversations(events, t)]) or None
    next_began = began(following)
    settled = next_began - _ATTEMPT_DELAY_NS - _ATTEMPT_DELAY_FACTOR * (following.t - next_began)
    last, candidate, idle = known, None, idle_at is not None
    for event in events:
        happened = _time_of(event)
        if happened > next_began:
            continue
        if event.name == _CALL:
            last, candidate = candidate or last, None
            idle = idle and happened <= (idle_at or 0)
        elif event.name == _CONVERSATION and happened <= t and (idle or event.t <= settled):
            candidate = event.seq if event.seq > (known or -1) else candidate
            last = candidate or last if idle and _is_prompt(event) else last
    return last


def _is_prompt(event: Event) -> bool:
    match decode(event):
        case AgentConversation(role="user"):
            return True
    return False


def _conversations(events: Iterable[Event], t: int) -> list[int]:
    return [
        event.seq
        for event in events
        if event.name == _CONVERSATION and (_own_time(event) or event.t) <= t
    ]


def _time_of(event: Event) -> int:
    """When it happened, by the agent's own time if it reports one."""
    own = _own_time(event)
    return event.t if own is None else own


def _own_time(event: Event) -> int | None:
    match decode(event):
        case ToolCall(at_ns=at) | ToolResult(at_ns=at) | AgentConversation(at_ns=at):
            return at
    return None


def _span(event: Event) -> str:
    return event.span or str(event.seq)


def _tool_name(event: Event) -> str:
    match decode(event):
        case ToolCall(name=str(name)) if name:
            return name
    return "a tool"

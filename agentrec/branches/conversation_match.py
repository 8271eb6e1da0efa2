"""Which conversation belongs to the files of a snapshot.

An agent's transcript tells of what has happened up to a second late, while snapshots are taken at once: the
order of events in a recording is not enough. So the agent's own times (``at_ns``) are compared with the time
at which a snapshot began to be taken. In case of doubt the earlier conversation is chosen: what the agent
then does again is better than what it believes to have done and has not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.recording.events import Event
    from agentrec.snapshots.lookup import RecordedSnapshot

MAX_DELAY_NS = 15_000_000_000  # ns that events may be told after they happened
_SETTLED = 1_500_000_000  # ns after which a snapshot was tried, when a conversation has been told
_SHARE = 6  # ... and more: taking snapshots gets a fifth of the time


class ConversationMatch(NamedTuple):
    """The ``seq`` of the conversation, or None, and the names of tools that had been called and had not
    returned."""

    seq: int | None
    running: list[str]


def began(kept: RecordedSnapshot) -> int:
    """When a snapshot began to be taken, ns."""
    took = kept.data.get("took_ms")
    return max(0, kept.t - round(took * 1e6)) if isinstance(took, int | float) else kept.t


def at_snapshot(events: Iterable[Event], kept: RecordedSnapshot) -> ConversationMatch:
    """The conversation that the files of ``kept`` belong to.

    ``events`` are those of agent and tools from before it until some time after it.
    """
    when, cause = began(kept), _number(kept, "at_seq")
    found = _number(kept, "conversation")
    running: dict[str, str] = {}
    called = False  # since the cause
    for event in events:
        own = _own_time(event)
        there = own <= when if own is not None else event.t <= when
        if event.name == ("tool", "call"):
            called = called or (cause is not None and event.seq > cause)
            if there:
                running[_span(event)] = _name(event)
        elif event.name == ("tool", "result") and there:
            running.pop(_span(event), None)
        elif event.name == ("agent", "conversation"):
            # One that tells no time of its own: the first after the tool that was the cause is its.
            of_cause = own is None and kept.data.get("reason") == "tool" and not called
            if there or (of_cause and cause is not None and event.seq > cause > (found or 0)):
                found = max(found or 0, event.seq)
    return ConversationMatch(found, list(running.values()))


def until(
    events: Iterable[Event], known: int | None, following: RecordedSnapshot | None, t: int
) -> int | None:
    """The last conversation until ``t`` (ns) to which the same files belong as to ``known``.

    Where nothing changes there is no snapshot, and the conversation goes on. But what ``following``, the
    next snapshot, shows may have been changed before it was taken: only a conversation counts after which
    a snapshot was tried and not needed, and a tool was called that can be the reason for the next one.
    """
    if following is None:
        return max([known or 0, *_conversations(events, t)]) or None
    begun = began(following)
    settled = begun - _SETTLED - _SHARE * (following.t - begun)
    found, waiting = known, None
    for event in events:
        own = _own_time(event)
        when = event.t if own is None else own
        if when > begun:
            continue
        if event.name == ("tool", "call") and waiting is not None:
            found, waiting = waiting, None
        elif event.name == ("agent", "conversation") and event.seq > (known or -1):
            waiting = event.seq if when <= t and event.t <= settled else waiting
    return found


def _conversations(events: Iterable[Event], t: int) -> list[int]:
    return [
        event.seq
        for event in events
        if event.name == ("agent", "conversation") and (_own_time(event) or event.t) <= t
    ]


def _own_time(event: Event) -> int | None:
    at = event.data.get("at_ns") if isinstance(event.data, dict) else None
    return at if type(at) is int else None


def _span(event: Event) -> str:
    return event.span or str(event.seq)


def _name(event: Event) -> str:
    return str(event.data.get("name", "a tool")) if isinstance(event.data, dict) else "a tool"


def _number(kept: RecordedSnapshot, name: str) -> int | None:
    value = kept.data.get(name)
    return value if type(value) is int else None

"""What took how long: turns, model calls and tools in lanes, with the critical path.

The page has the same rules in ``web/page/src/player/spans.ts``; a test compares both.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from agentrec.recording.events.agent import USER, AgentMessage
from agentrec.recording.events.decode import decode
from agentrec.recording.events.llm import LlmCall
from agentrec.recording.events.term import TermExit
from agentrec.recording.events.tool import ToolCall, ToolResult
from agentrec.recording.markers import happened
from agentrec.report.event_text import subject
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from agentrec.recording.events import Event

TURN, MODEL, TOOL = "turn", "model", "tool"
MAX_SPANS = 50_000
# Ends and starts that are this close together follow each other.
_TOUCH_NS = NS_PER_MS


@dataclass(slots=True, eq=False)
class TraceSpan:
    """A turn, a model call or a tool call; times in ns, ``end`` is None if it has not ended."""

    id: str
    kind: str
    name: str
    text: str
    start: int
    end: int | None
    actor: str
    parent: str
    seq: int  # of the event that it is from
    failed: bool = False

    def end_by(self, now: int) -> int:
        """When it ended; one that has not lasts until ``now``."""
        return max(self.start, now if self.end is None else self.end)


class Lane(NamedTuple):
    """Spans of an agent of which none overlaps another; ``depth`` is how deep a subagent it is."""

    actor: str
    depth: int
    spans: list[TraceSpan]


class SpanList:
    """Collects spans from events in order."""

    def __init__(self) -> None:
        self.spans: list[TraceSpan] = []
        self._tools: dict[str, TraceSpan] = {}
        self._models: dict[str, TraceSpan] = {}
        self._turn: TraceSpan | None = None

    def feed(self, events: Iterable[Event]) -> None:
        for event in events:
            self.add(event)

    def add(self, event: Event) -> None:
        """Take over what an event says; events without a part in this are ignored."""
        record, t = decode(event), happened(event)
        match record:
            case AgentMessage(role=role, text=text) if role == USER and text and not event.parent:
                self._begin_turn(event, t, text)
            case LlmCall():
                self._add_model(event, record, t)
            case ToolCall():
                self._add_tool(event, record, t)
            case ToolResult():
                self._end_tool(event, record, t)
            case TermExit():
                for tool in self._tools.values():
                    tool.end = t
                self._tools.clear()

    def _begin_turn(self, event: Event, t: int, text: str) -> None:
        self._turn = self._new(event, TURN, TURN, text, t, t)
        self._turn.actor = ""

    def _add_model(self, event: Event, call: LlmCall, t: int) -> None:
        """Of several calls with one id, the last counts."""
        start = max(0, t - round((call.duration_ms or 0) * NS_PER_MS))
        earlier = self._models.get(call.id)
        if earlier:
            earlier.start, earlier.end = min(earlier.start, start), t
        else:
            span = self._new(event, MODEL, call.model or MODEL, "", start, t)
            if call.id:
                self._models[call.id] = span
        self._extend_turn(t)

    def _add_tool(self, event: Event, call: ToolCall, t: int) -> None:
        text = subject(call.name, call.input)
        tool = self._new(event, TOOL, call.name or TOOL, text, t, None, event.span or call.id)
        self._tools[tool.id] = tool
        self._extend_turn(t)

    def _end_tool(self, event: Event, result: ToolResult, t: int) -> None:
        tool = self._tools.pop(event.span or result.id, None)
        if tool:
            took = result.duration_ms
            tool.end = max(t, tool.start) if took is None else tool.start + round(took * NS_PER_MS)
            tool.failed = result.failed is True
            self._extend_turn(tool.end)

    def _extend_turn(self, t: int) -> None:
        """A turn lasts as long as something is done in it."""
        if self._turn:
            self._turn.end = max(self._turn.end or 0, t)

    def _new(
        self,
        event: Event,
        kind: str,
        name: str,
        text: str,
        start: int,
        end: int | None,
        id_: str = "",
    ) -> TraceSpan:
        id_ = id_ or event.span or str(event.seq)
        span = TraceSpan(
            id_, kind, name, text, start, end, event.actor or "", event.parent or "", event.seq
        )
        if len(self.spans) < MAX_SPANS:
            self.spans.append(span)
        return span


def lanes_of(spans: Iterable[TraceSpan], now: int) -> list[Lane]:
    """Spans in lanes: those of an agent together, its subagents below it."""
    by_actor: dict[str, list[TraceSpan]] = {}
    for span in spans:
        by_actor.setdefault(span.actor, []).append(span)
    return [
        Lane(actor, actor.count("/"), lane)
        for actor in sorted(by_actor)  # "a" before "a/b"
        for lane in _packed(by_actor[actor], now)
    ]


def _packed(spans: list[TraceSpan], now: int) -> list[list[TraceSpan]]:
    lanes: list[list[TraceSpan]] = []
    ends: list[int] = []
    for span in sorted(spans, key=lambda span: span.start):
        free = (n for n, end in enumerate(ends) if end <= span.start + _TOUCH_NS)
        number = next(free, len(lanes))
        if number == len(lanes):
            lanes.append([])
            ends.append(0)
        lanes[number].append(span)
        ends[number] = span.end_by(now)
    return lanes


def critical_path(spans: Sequence[TraceSpan], now: int) -> set[TraceSpan]:
    """What the duration of each turn came from.

    From its end back, whatever ended last before what came next, and within a tool that is a subagent, that
    one's calls.
    """
    by_id = {span.id: span for span in spans}
    within: dict[TraceSpan | None, list[TraceSpan]] = {}  # by end, the last first
    for span in sorted(spans, key=lambda span: -span.end_by(now)):
        if span.kind != TURN:
            within.setdefault(_tool_above(span, by_id), []).append(span)
    path: set[TraceSpan] = set()
    stretches: list[tuple[TraceSpan | None, int, int]] = [
        (None, span.start, span.end_by(now)) for span in spans if span.kind == TURN
    ]
    while stretches:
        above, since, until = stretches.pop()
        for span in _chain(within.get(above, []), since, until, now):
            path.add(span)
            stretches.append((span, span.start, span.end_by(now)))
    return path


def _chain(spans: list[TraceSpan], since: int, until: int, now: int) -> Iterator[TraceSpan]:
    """Spans between two times that follow each other, from the last to the first."""
    first = bisect_left(spans, -until - _TOUCH_NS, key=lambda span: -span.end_by(now))
    for span in islice(spans, first, None):
        if span.end_by(now) < since - _TOUCH_NS:
            return
        if span.end_by(now) <= until + _TOUCH_NS and span.start >= since - _TOUCH_NS:
            yield span
            until = span.start


def _tool_above(span: TraceSpan, by_id: dict[str, TraceSpan]) -> TraceSpan | None:
    """The tool call that a subagent's call belongs to; None for the agent's own."""
    above = by_id.get(span.parent)
    if span.kind == TOOL and above and above.kind == MODEL:
        above = by_id.get(above.parent)
    return above if above and above.kind == TOOL else None


def sum_of(spans: Iterable[TraceSpan], kind: str, since: int, until: int) -> int:
    """How long all spans of a kind took that touch a stretch of time, in ns."""
    return sum(
        span.end_by(until) - span.start
        for span in spans
        if span.kind == kind and span.start <= until and span.end_by(until) >= since
    )

"""The spans of a trace as events of a recording, in order of their times.

The root of a trace is the run, agents are actors, and every other span is a call of a model or a tool, or a
step. A span belongs to the nearest one above it that is in the recording.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from agentrec.intake.conversation_log import ConversationLog
from agentrec.intake.said_tools import SaidTools
from agentrec.json_values import JsonObject, text
from agentrec.otel import conventions as otel
from agentrec.otel import span_facts as facts
from agentrec.otel.span_facts import AGENT, CALL, STEP, TOOL
from agentrec.otel.span_messages import MAX_MESSAGES, sent_messages
from agentrec.recording.events import Event
from agentrec.recording.events.agent import USER
from agentrec.report import pricing
from agentrec.sdk.states.plain_json import JsonText
from agentrec.sdk.states.state_chain import StateChain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentrec.otel.received_span import ReceivedSpan
    from agentrec.otel.span_facts import CallFacts

SOURCE = "otel"
_RUN_ID_CHARS = 16
_MAX_ACTOR_DEPTH = 20
# Spans between a framework's call and that of a client.
_MAX_BETWEEN_CALLS = 20
# A text in an event, as in those of agents' transcripts.
_MAX_TEXT_CHARS = 64 << 10


class _Node(NamedTuple):
    """A span in its place. ``above`` is the event span that its events belong to."""

    span: ReceivedSpan
    kind: str
    above: str | None
    actor: str


class TraceTree:
    """The spans of one trace: each once, with those inside it.

    ``root`` is the span that all others are in, if there is one; ``began`` and ``ended`` in ns since the
    epoch.
    """

    def __init__(self, spans: Sequence[ReceivedSpan]) -> None:
        """``spans``: at least one."""
        self.spans = sorted(spans, key=lambda span: (span.start, -span.end, span.id))
        self.by_id = {span.id: span for span in self.spans}
        self.began = self.spans[0].start
        self.ended = max(span.end for span in self.spans)
        self._inside: dict[str, list[ReceivedSpan]] = {}
        for span in self.spans:
            self._inside.setdefault(span.parent, []).append(span)
        tops = [span for span in self.spans if span.parent not in self.by_id]
        tops += self._in_circles(tops)
        self.tops = tops
        self._top_ids = {span.id for span in tops}
        only = tops[0] if len(tops) == 1 else None
        is_run = only is not None and facts.kind_of(only) in (AGENT, STEP)
        self.root = only if is_run else None

    def parent_of(self, span: ReceivedSpan) -> ReceivedSpan | None:
        """The span around it; none for those at the top."""
        return None if span.id in self._top_ids else self.by_id.get(span.parent)

    def inside(self, span: ReceivedSpan) -> list[ReceivedSpan]:
        return self._inside.get(span.id, [])

    def _in_circles(self, tops: list[ReceivedSpan]) -> list[ReceivedSpan]:
        """Spans that no top leads to, one for each circle of parents: a sender can write anything."""
        reached: set[str] = set()
        found = []
        self._reach(tops, reached)
        for span in self.spans:
            if span.id not in reached:
                found.append(span)
                self._reach([span], reached)
        return found

    def _reach(self, start: list[ReceivedSpan], reached: set[str]) -> None:
        waiting = list(start)
        while waiting:
            span = waiting.pop()
            if span.id not in reached:
                reached.add(span.id)
                waiting += self.inside(span)


def trace_events(tree: TraceTree) -> Iterator[Event]:
    """All events of a trace."""
    made = _Events(tree)
    made.run()
    # The walk is in order of the starts, and a sort keeps the order of what has the same time.
    made.found.sort(key=lambda event: event.t)
    chains = _Chains()
    steps = 0
    for seq, event in enumerate(made.found):
        data = chains.stored(event.data)
        if event.name == ("step", "start"):
            data, steps = {"n": steps, **data}, steps + 1
        yield event._replace(seq=seq, data=data)


class _Chains:
    """Stores states as what changed, in the order of the file."""

    def __init__(self) -> None:
        words = JsonText()
        self._states, self._prompts = StateChain(words), StateChain(words)

    def stored(self, data: object) -> JsonObject:
        assert isinstance(data, dict)
        for name, chain in (
            ("input", self._states),
            ("output", self._states),
            ("prompt", self._prompts),
        ):
            value = data.get(name)
            if isinstance(value, _State):
                data = {**data, name: json.loads(chain.store(value.value))}
        return data


class _State(NamedTuple):
    """Stands for a state until its place in the file is known."""

    value: object


class _Events:
    def __init__(self, tree: TraceTree) -> None:
        self.found: list[Event] = []
        self._tree = tree
        self._run = tree.spans[0].trace[:_RUN_ID_CHARS]
        self._logs: dict[str, ConversationLog] = {}
        self._sessions: set[tuple[str, str]] = set()
        self._steps = 0
        self._outer_calls = _outer_calls(tree)
        has_tools = any(facts.kind_of(span) == TOOL for span in tree.spans)
        self._said_tools = None if has_tools else SaidTools()

    def run(self) -> None:
        """Make all of them, in the order of a walk through the tree."""
        tree = self._tree
        first = tree.root or tree.tops[0]
        self._add(tree.began, "step", "run", {"name": name_of(first)}, span=self._run)
        walk: list[tuple[_Node, bool]] = [
            (self._node(top, None, ""), False) for top in reversed(tree.tops)
        ]
        seen: set[str] = set()
        while walk:
            node, has_begun = walk.pop()
            if has_begun:
                self._end(node)
                continue
            if node.span.id in seen:  # a circle
                continue
            seen.add(node.span.id)
            self._begin(node)
            walk.append((node, True))
            above = node.above if self._is_silent(node) else self._id(node.span)
            walk += [
                (self._node(span, above, node.actor), False)
                for span in reversed(tree.inside(node.span))
            ]
        self._done(tree.root)

    def _done(self, root: ReceivedSpan | None) -> None:
        data: JsonObject = {"steps": self._steps}
        if root is not None and (error := facts.error_of(root)):
            data["error"] = error
        self._add(self._tree.ended, "step", "done", data, span=self._run)
        code = root.attributes.get(otel.EXIT_CODE) if root is not None else None
        if type(code) is int and 0 <= code <= 255:
            self._add(self._tree.ended, "term", "exit", {"code": code, "signal": None})

    def _node(self, span: ReceivedSpan, above: str | None, actor: str) -> _Node:
        kind = facts.kind_of(span)
        if kind == CALL and span.id in self._outer_calls:
            kind = STEP
        if kind == AGENT and actor.count("/") < _MAX_ACTOR_DEPTH:
            name = facts.agent_facts(span).name
            actor = f"{actor}/{name}" if actor else name
        return _Node(span, kind, above, actor)

    def _is_silent(self, node: _Node) -> bool:
        """Whether nothing can belong to it: agents are actors, and the root is the run."""
        return node.kind == AGENT or node.span is self._tree.root

    # --- spans ------------------------------------------------------------------------------------

    def _begin(self, node: _Node) -> None:
        span = node.span
        if node.kind == AGENT:
            self._begin_agent(node)
        elif node.kind == TOOL:
            tool = facts.tool_facts(span)
            data: JsonObject = {
                "name": tool.name,
                "input": tool.arguments,
                "id": tool.id or span.id,
            }
            self._of(node, span.start, "tool", "call", data)
        elif node.kind == CALL or span is self._tree.root:
            sent = sent_messages(span)
            self._tools_returned(node, sent)
            self._said(node, span.start, sent=sent)
        else:
            data = {"node": facts.node_of(span)}
            before, _ = facts.step_states(span)
            if before is not None:
                data["input"] = _State(before)
            if meta := facts.step_meta(span):
                data["meta"] = meta
            self._of(node, span.start, "step", "start", data)
            self._steps += 1

    def _end(self, node: _Node) -> None:
        if node.kind == CALL:
            self._call(node)
        elif node.kind == TOOL:
            self._result(node)
        elif node.kind == STEP and node.span is not self._tree.root:
            self._end_step(node)
        self._failures(node)

    def _begin_agent(self, node: _Node) -> None:
        span, about = node.span, facts.agent_facts(node.span)
        if "/" not in node.actor and (about.name, about.conversation) not in self._sessions:
            self._sessions.add((about.name, about.conversation))
            said: JsonObject = {
                "agent": about.name,
                "version": about.version,
                "session_id": about.conversation,
                "model": about.model,
                "provider": about.provider,
            }
            data = {name: value for name, value in said.items() if value}
            self._add(span.start, "agent", "session", data, actor=node.actor)
        self._said(node, span.start, sent=sent_messages(span))

    def _call(self, node: _Node) -> None:
        span, call = node.span, facts.call_facts(node.span)
        data: JsonObject = {
            "model": call.model,
            "usage": call.usage.as_data(),
            "cost_usd": _cost(span, call),
            "duration_ms": facts.duration_ms(span),
            "id": call.id,
            "stop_reason": call.stop_reason,
            "side": call.side,
            "source": SOURCE,
            "node": span.name,
            "error": facts.error_of(span),
        }
        data = {name: value for name, value in data.items() if value not in (None, "")}
        if call.sent:
            data["prompt"] = _State(call.sent)
        if call.answered:
            answers = call.answered
            only = answers[0]["content"] if len(answers) == 1 else None
            choices = [{"message": one} for one in answers]
            data["response"] = only if isinstance(only, str) else {"choices": choices}
        self._of(node, span.end, "llm", "call", data)
        self._said(node, span.end, answered=call.answered)
        self._tools_called(node, call.answered)

    def _tools_called(self, node: _Node, answered: Sequence[JsonObject]) -> None:
        for call in self._said_tools.called(answered) if self._said_tools else ():
            data: JsonObject = {"name": call.name, "input": call.arguments, "id": call.id}
            links = {"span": f"{self._run}:{call.key}", "parent": self._id(node.span)}
            self._add(node.span.end, "tool", "call", data, actor=node.actor or None, **links)

    def _tools_returned(self, node: _Node, sent: Sequence[JsonObject]) -> None:
        for call, content in self._said_tools.returned(sent) if self._said_tools else ():
            data: JsonObject = {"id": call.id, "output": content}
            span = f"{self._run}:{call.key}"
            actor = node.actor or None
            self._add(node.span.start, "tool", "result", data, span=span, actor=actor)

    def _said(
        self,
        node: _Node,
        t: int,
        *,
        sent: Sequence[JsonObject] = (),
        answered: Sequence[JsonObject] = (),
    ) -> None:
        log = self._logs.setdefault(node.actor, ConversationLog())
        for message in log.sent(sent[-MAX_MESSAGES:]):
            by_user = message["role"] == "user" and "/" not in node.actor
            self._message(t, message, actor=USER if by_user else node.actor or None)
        for message in log.answered(answered):
            self._message(t, message, actor=node.actor or None, parent=self._id(node.span))

    def _message(self, t: int, message: JsonObject, **links: str | None) -> None:
        words = text(message["text"])
        data = {**message, "text": words[:_MAX_TEXT_CHARS]}
        if len(words) > _MAX_TEXT_CHARS:
            data["text_length"] = len(words)
        self._add(t, "agent", "message", data, **links)

    def _result(self, node: _Node) -> None:
        span, tool = node.span, facts.tool_facts(node.span)
        error = facts.error_of(span)
        data: JsonObject = {
            "id": tool.id or span.id,
            "is_error": error is not None,
            "duration_ms": facts.duration_ms(span),
        }
        if tool.result is not None:
            data["output"] = tool.result
        if error:
            data["error"] = error
        self._of(node, span.end, "tool", "result", data)

    def _end_step(self, node: _Node) -> None:
        span = node.span
        data: JsonObject = {"node": facts.node_of(span), "duration_ms": facts.duration_ms(span)}
        _, after = facts.step_states(span)
        if after is not None:
            data["output"] = _State(after)
        if error := facts.error_of(span):
            data["error"] = error
        self._of(node, span.end, "step", "end", data)

    def _failures(self, node: _Node) -> None:
        """What an agent reports to have gone wrong; of a sub-agent also that it failed."""
        if node.kind != AGENT and node.span is not self._tree.root:
            return
        for event in node.span.events:
            if event.name == otel.ERROR_EVENT:
                about = event.attributes
                error = text(about.get(otel.ERROR_TYPE))
                self._failed(node, event.t, error, text(about.get(otel.ERROR_MESSAGE)))
        error_data = facts.error_of(node.span) if node.span is not self._tree.root else None
        if error_data:
            error, words = text(error_data["type"]), text(error_data["message"])
            self._failed(node, node.span.end, error, words)

    def _failed(self, node: _Node, t: int, error: str, words: str) -> None:
        data: JsonObject = {"state": "error", "error": error or "error"}
        if words:
            data["text"] = words[:_MAX_TEXT_CHARS]
        self._add(t, "agent", "lifecycle", data, actor=node.actor or None)

    # --- events -----------------------------------------------------------------------------------

    def _id(self, span: ReceivedSpan) -> str:
        return f"{self._run}:{span.id}"

    def _of(self, node: _Node, t: int, track: str, kind: str, data: JsonObject) -> None:
        span = self._id(node.span)
        self._add(t, track, kind, data, span=span, parent=node.above, actor=node.actor or None)

    def _add(
        self,
        t: int,
        track: str,
        kind: str,
        data: JsonObject,
        *,
        span: str | None = None,
        parent: str | None = None,
        actor: str | None = None,
    ) -> None:
        began, ended = self._tree.began, self._tree.ended
        at = min(max(t, began), ended) - began
        self.found.append(Event(0, at, track, kind, data, span, parent, actor))


def name_of(span: ReceivedSpan) -> str:
    """What a run is called: by its agent, else by its first span."""
    return facts.agent_facts(span).name if facts.kind_of(span) == AGENT else span.name


def _cost(span: ReceivedSpan, call: CallFacts) -> float | None:
    """What the span says, else the list price; a call that failed without tokens is free."""
    if call.cost_usd is not None or facts.is_exported(span) or not call.model:
        return call.cost_usd
    return pricing.cost(call.model, call.usage) if call.usage.total or span.failed else None


def _outer_calls(tree: TraceTree) -> set[str]:
    """Calls with another call inside, which has the same tokens: a framework's span around a client's."""
    outer: set[str] = set()
    for span in tree.spans:
        if facts.kind_of(span) != CALL:
            continue
        above = tree.parent_of(span)
        for _ in range(_MAX_BETWEEN_CALLS):
            kind = facts.kind_of(above) if above is not None else AGENT
            if above is None or kind in (CALL, TOOL, AGENT):
                break
            above = tree.parent_of(above)
        if above is not None and facts.kind_of(above) == CALL:
            outer.add(above.id)
    return outer

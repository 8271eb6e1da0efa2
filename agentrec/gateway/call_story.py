"""The story of an agent that nobody else tells: conversations, messages and tools, read from its model calls.

A request that goes on where an earlier one was is of the same conversation. Another one that begins while a
tool call waits whose arguments hold its prompt is a sub-agent's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agentrec.agents.follow.event_builder import EventBuilder, ModelCall
from agentrec.json_values import JsonObject, count, text
from agentrec.recording.events.llm import Usage

if TYPE_CHECKING:
    from agentrec.agents.follow.event_builder import AgentEvent
    from agentrec.gateway.call_events import Request, Response
    from agentrec.gateway.dialects.api import Said

# What the model said; a request repeats it.
OWN = ("assistant", "thinking", "call")
MIN_PROMPT_CHARS = 8
# A request goes on if it repeats so many messages of another: a single one may be a system prompt.
MIN_REPEATED = 2
MAX_CONVERSATIONS = 10_000


class _Conversation:
    """The main agent's, or a sub-agent's. ``messages`` is how many the last request had."""

    def __init__(self, actor: str, parent: str | None) -> None:
        self.actor, self.parent = actor, parent
        self.messages = 0
        # Calls of tools without a result, and their arguments as text.
        self.waiting: dict[str, str] = {}


class CallStory:
    """Builds events from calls in the order of their answers. ``agent`` is the main agent's name."""

    def __init__(self, agent: str) -> None:
        self._agent = agent
        self._builder = EventBuilder(agent)
        self._conversations: list[_Conversation] = []
        # By the span of a request, and by the id of an answer.
        self._of: dict[str, _Conversation] = {}
        self._failures = 0

    def add(
        self, request: Request, response: Response, data: JsonObject
    ) -> tuple[list[AgentEvent], list[AgentEvent]]:
        """Return the call's own event, and all events of its story, which that is one of.

        ``data`` is the data of the answer's `llm/response` event.
        """
        if request.side:
            return (events := self._call(request, response, data, self._agent, None)), events
        conversation = self._conversation(request)
        self._question(request, conversation)
        before = self._builder.drain()
        after = self._answer(request, response, conversation, data)
        actor, parent = conversation.actor, conversation.parent
        call = self._call(request, response, data, actor, parent)
        return call, before + after + call + self._ending(conversation, data)

    # --- conversations ------------------------------------------------------------------------

    def _conversation(self, request: Request) -> _Conversation:
        known = self._of.get(request.previous) or self._continued(request)
        conversation = known or self._new_conversation(request)
        conversation.messages = request.repeated + len(request.fresh)
        if len(self._of) < MAX_CONVERSATIONS:
            self._of[request.span] = conversation
        return conversation

    def _continued(self, request: Request) -> _Conversation | None:
        base = self._of.get(request.base)
        if base is None or request.repeated < min(MIN_REPEATED, base.messages):
            return None
        return base

    def _new_conversation(self, request: Request) -> _Conversation:
        prompts = [it.text for it in _said(request) if it.kind == "user"]
        parent = next((it for it in map(self._asker, prompts) if it), None)
        actor = f"{self._agent}/{len(self._conversations)}" if parent else self._agent
        conversation = _Conversation(actor, parent)
        if not self._conversations:
            more = {"model": request.model, "system_prompt": request.system}
            self._builder.session("", "", **more)
            self._builder.lifecycle("started", at=request.at or None)
        self._conversations.append(conversation)
        return conversation

    def _asker(self, prompt: str) -> str | None:
        """The waiting tool call whose arguments hold this prompt."""
        if len(prompt) < MIN_PROMPT_CHARS:
            return None
        for conversation in self._conversations:
            for id_, arguments in conversation.waiting.items():
                if json.dumps(prompt, ensure_ascii=False)[1:-1] in arguments:
                    return id_
        return None

    # --- what was sent ------------------------------------------------------------------------

    def _question(self, request: Request, conversation: _Conversation) -> None:
        """What is new in a request, after what the model itself said."""
        said = _said(request)
        own = [index for index, it in enumerate(said) if it.kind in OWN]
        at = request.at or None
        for it in said[own[-1] + 1 if own else 0 :]:
            if it.kind == "result":
                conversation.waiting.pop(it.id, None)
                actor = conversation.actor
                self._builder.tool_result(it.id, it.text, is_error=it.failed, at=at, actor=actor)
            elif it.kind == "user":
                by = self._agent if conversation.parent else None
                self._builder.message("user", it.text, at=at, parent=conversation.parent, actor=by)

    # --- what was answered --------------------------------------------------------------------

    def _answer(
        self,
        request: Request,
        response: Response,
        conversation: _Conversation,
        data: JsonObject,
    ) -> list[AgentEvent]:
        if request.api is None or response.body is None or response.answer.error:
            return []
        span, actor = _span(request, response), conversation.actor
        self._of[response.answer.id or span] = conversation
        at = text(data.get("at")) or None
        self._builder.turn(at=at, actor=actor, span=span)
        for message in request.api.answer_messages(response.body):
            for it in request.api.said(message):
                self._say(it, conversation, span, at)
        return self._builder.drain()

    def _say(self, it: Said, conversation: _Conversation, span: str, at: str | None) -> None:
        actor = conversation.actor
        if it.kind == "call":
            conversation.waiting[it.id] = json.dumps(it.arguments, ensure_ascii=False)
            self._builder.tool_call(it.id, it.name, it.arguments, at=at, parent=span, actor=actor)
        elif it.kind in OWN:
            self._builder.message(
                "assistant",
                it.text,
                at=at,
                id=span,
                parent=span,
                actor=actor,
                thinking=it.kind == "thinking",
            )

    def _call(
        self,
        request: Request,
        response: Response,
        data: JsonObject,
        actor: str,
        parent: str | None,
    ) -> list[AgentEvent]:
        answer = response.answer
        if answer.usage is None and (answer.error or not answer.id):
            return []
        call = ModelCall(
            answer.model or request.model,
            answer.usage or Usage(),
            _span(request, response),
            id=answer.id or None,
            at=text(data.get("at")) or None,
            stop_reason=answer.stop_reason or None,
            actor=actor,
            parent=parent,
            duration_ms=_number(data.get("duration_ms")),
            variant=answer.variant,
        )
        self._builder.model_call(call)
        events = self._builder.drain()
        for event in events:
            event.data["source"] = "gateway"
            if request.side:
                event.data["side"] = request.side
            if answer.usage is None:
                event.data["cost_usd"] = None
        return events

    def _ending(self, conversation: _Conversation, data: JsonObject) -> list[AgentEvent]:
        """The state of the main agent after the answer."""
        at = text(data.get("at")) or None
        failed = text(data.get("error")) or count(data.get("status")) >= 400
        if failed:
            self._failures += 1
            words = text(data.get("error")) or f"HTTP {data.get('status')}"
            self._builder.lifecycle("error", text=words, retry=self._failures, at=at)
        else:
            self._failures = 0
            if not conversation.waiting and conversation.actor == self._agent:
                self._builder.lifecycle("idle", at=at)
        return self._builder.drain()


def _said(request: Request) -> list[Said]:
    api = request.api
    return [it for message in request.fresh for it in api.said(message)] if api else []


def _span(request: Request, response: Response) -> str:
    return response.answer.id or request.span


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None

"""Codex's rollout file: lines of ``{timestamp, type, payload}``, told as a story.

An answer is several items; its tokens come in a record of their own after them, or, from older
versions, as growing totals.
"""

from __future__ import annotations

import json
from typing import Any

from agentrec.agents.follow.event_builder import Story, moment
from agentrec.json_values import count
from agentrec.report.pricing import Usage

AGENT = "codex"
CALLS = ("function_call", "custom_tool_call", "local_shell_call", "web_search_call")
_LONG = 10  # digits; no exit code has them
OUTPUTS = ("function_call_output", "custom_tool_call_output")

Json = dict[str, Any]


class Rollout:
    """Reads one file: one thread, of the main agent or a sub-agent.

    Records from before ``since`` (seconds since the epoch) are history: remembered, not told.
    """

    def __init__(self, story: Story, path: str, *, since: float = 0.0) -> None:
        self._story, self._path, self._since = story, path, since
        self.thread = ""
        self.cwd = ""
        self._actor = AGENT
        self._model = ""
        self._meta: Json = {}
        self._introduced = False
        self._turn = ""  # Codex's word for everything between a prompt and its end
        self._answers = 0  # model calls of this thread, told or not
        self._span: str | None = None  # of the answer that is being told
        self._asked: str | None = None
        self._itemized = False  # this version tells user messages as items
        self._recorded = False  # this version has a record per call
        self._total: Json = {}
        self._facts: dict[str, Json] = {}  # call id -> exit code of a command
        self._last_call_at: str | None = None

    def feed(self, record: Json, offset: int) -> None:
        """One line, ``offset`` being where the file stands after it."""
        at = _text(record.get("timestamp")) or None
        when = moment(at)
        payload = record.get("payload")
        if not isinstance(payload, dict):
            return
        self._story.silent = when is not None and when < self._since
        try:
            self._tell(_text(record.get("type")), payload, at, offset)
        finally:
            self._story.silent = False

    def _tell(self, kind: str, payload: Json, at: str | None, offset: int) -> None:
        if kind == "session_meta":
            self._session(payload)
        elif kind == "turn_context":
            self._model = _text(payload.get("model")) or self._model
            self.cwd = _text(payload.get("cwd")) or self.cwd
            if not self._story.silent:
                self._introduce(at)
        elif kind == "response_item":
            self._item(payload, at, offset)
        elif kind == "event_msg":
            self._event(payload, at, offset)
        elif kind == "token_usage_record":
            self._recorded = True
            self._called(payload.get("usage"), at, _text(payload.get("response_id")) or None)
        elif kind == "compacted":
            self._story.state("compacted", text=payload.get("message"), at=at)

    def _session(self, payload: Json) -> None:
        if self._meta:  # a fork repeats its parent's
            return
        self._meta = payload
        self.thread = _text(payload.get("id"))
        self.cwd = _text(payload.get("cwd"))
        source = payload.get("source")
        if isinstance(source, dict) and "subagent" in source:
            kind = _text(payload.get("agent_role")) or _text(payload.get("agent_nickname"))
            self._actor = f"{AGENT}/{kind or 'agent'}-{self.thread[-8:]}"

    def _introduce(self, at: str | None) -> None:
        if self._introduced or self._actor != AGENT:
            return
        self._introduced = True
        meta = self._meta
        base = meta.get("base_instructions")
        self._story.session(
            self.thread,
            self._path,
            version=meta.get("cli_version"),
            cwd=self.cwd or None,
            model=self._model or None,
            provider=meta.get("model_provider"),
            forked_from=meta.get("forked_from_id"),
            system_prompt=base.get("text") if isinstance(base, dict) else None,
            resume={"argv": ["codex", "resume", self.thread], "cwd": self.cwd},
        )
        self._story.state("started", at=at)

    # --- items --------------------------------------------------------------------------------

    def _item(self, item: Json, at: str | None, offset: int) -> None:
        kind = item.get("type")
        if kind == "message" and item.get("role") == "assistant":
            self._answer(at)
            self._message("assistant", _content(item.get("content")), at, _text(item.get("id")))
        elif kind == "reasoning":
            self._answer(at)
            thought = _content(item.get("summary")) or _content(item.get("content"))
            self._message("assistant", thought, at, _text(item.get("id")), thinking=True)
        elif kind in CALLS:
            self._answer(at)
            self._call(item, at)
        elif kind in OUTPUTS:
            self._output(item, at, offset)

    def _answer(self, at: str | None) -> None:
        if self._span is None:
            self._answers += 1
            self._span = f"{self.thread[-12:]}/{self._answers}"
            self._story.turn(at=at, actor=self._actor, span=self._span)
        self._last_call_at = at

    def _message(
        self, role: str, text: str, at: str | None, item_id: str, *, thinking: bool = False
    ) -> None:
        self._story.message(
            role,
            text,
            at=at,
            id=item_id or None,
            parent=self._span if role == "assistant" else None,
            actor=self._actor if role == "assistant" else None,
            thinking=thinking,
        )

    def _call(self, item: Json, at: str | None) -> None:
        if item.get("type") == "web_search_call":
            name, arguments = "web_search", item.get("action")
        elif item.get("type") == "local_shell_call":
            name, arguments = "local_shell", item.get("action")
        else:
            name, arguments = _text(item.get("name")), item.get("arguments", item.get("input"))
        call_id = _text(item.get("call_id")) or _text(item.get("id"))
        self._story.tool(
            call_id, name, _parsed(arguments), at=at, parent=self._span, actor=self._actor
        )
        if item.get("type") == "web_search_call":  # the provider runs it: no output will come
            self._story.result(call_id, "", at=at, actor=self._actor)

    def _output(self, item: Json, at: str | None, offset: int) -> None:
        call_id = _text(item.get("call_id"))
        text, code = _result(item.get("output"))
        known = self._facts.pop(call_id, {})
        code = known.get("exit_code", code)
        failed = known.get("status") in ("failed", "declined") or bool(code)
        code = code if isinstance(code, int) else None
        self._story.result(call_id, text, is_error=failed, at=at, actor=self._actor, exit_code=code)
        self._asked = at
        if self._actor == AGENT and not self._story.waiting_for_tools:
            self._point(_text(item.get("id")), "tool", at, offset)

    # --- events -------------------------------------------------------------------------------

    def _event(self, event: Json, at: str | None, offset: int) -> None:
        kind = event.get("type")
        if kind in ("task_started", "turn_started"):
            self._turn, self._asked, self._span = _text(event.get("turn_id")), at, None
        elif kind == "item_completed":
            self._completed(event.get("item"), at, offset)
        elif kind == "user_message" and not self._itemized:
            self._prompt(_text(event.get("message")), "", at, offset)
        elif kind == "token_count":
            self._counted(event.get("info"), at)
        elif kind in ("task_complete", "turn_complete"):
            self._done(event, at, offset)
        elif kind == "turn_aborted":
            self._story.forget_calls()
            self._span = None
            if self._actor == AGENT:
                self._story.state("interrupted", reason=event.get("reason"), at=at)
        elif kind in ("error", "stream_error"):
            self._story.state("error", text=event.get("message"), at=at)

    def _completed(self, item: Any, at: str | None, offset: int) -> None:
        if not isinstance(item, dict):
            return
        kind = item.get("type")
        if kind == "UserMessage":
            self._itemized = True
            self._prompt(_content(item.get("content")), _text(item.get("id")), at, offset)
        elif kind in ("CommandExecution", "FileChange", "McpToolCall"):
            self._facts[_text(item.get("id"))] = {
                name: item[name] for name in ("exit_code", "status") if item.get(name) is not None
            }

    def _prompt(self, text: str, item_id: str, at: str | None, offset: int) -> None:
        if not self._story.silent:
            self._introduce(at)
        sub = self._actor != AGENT
        self._story.message("user", text, at=at, id=item_id or None, actor=AGENT if sub else None)
        self._asked = at
        if not sub:
            self._point(item_id, "user", at, offset)

    def _done(self, event: Json, at: str | None, offset: int) -> None:
        self._span = None
        if self._actor != AGENT:
            return
        if error := event.get("error"):
            text = error.get("message") if isinstance(error, dict) else error
            self._story.state("error", text=str(text), at=at)
        self._story.state("idle", duration_ms=event.get("duration_ms"), at=at)
        self._point(self._turn, "assistant", at, offset)

    # --- tokens -------------------------------------------------------------------------------

    def _counted(self, info: Any, at: str | None) -> None:
        """Totals so far, repeated at will: only what they grew by is a call."""
        total = info.get("total_token_usage") if isinstance(info, dict) else None
        if not isinstance(total, dict):
            return
        before, self._total = self._total, total
        if self._recorded:
            return
        grown = {name: count(total.get(name)) - count(before.get(name)) for name in total}
        if any(value < 0 for value in grown.values()):  # counted anew, after a compaction
            grown = {name: count(value) for name, value in total.items()}
        if any(grown.values()):
            self._called(grown, at, None)

    def _called(self, usage: Any, at: str | None, response_id: str | None) -> None:
        if not isinstance(usage, dict):
            return
        self._answer(self._last_call_at or at)
        span, self._span = self._span, None
        self._story.called(
            self._model,
            usage_of(usage),
            span=span or "",
            id=response_id,
            began=self._asked,
            at=at,
            actor=self._actor,
        )

    def _point(self, last: str, role: str, at: str | None, offset: int) -> None:
        self._story.conversation(
            self.thread,
            self._path,
            offset=offset,
            last=last or None,
            role=role,
            cwd=self.cwd or None,
            at=at,
        )


def usage_of(usage: Json) -> Usage:
    """Codex counts cached tokens as part of the input; here nothing overlaps."""
    everything = count(usage.get("input_tokens"))
    read = min(count(usage.get("cached_input_tokens")), everything)
    written = min(count(usage.get("cache_write_input_tokens")), everything - read)
    return Usage(
        input=everything - read - written,
        output=count(usage.get("output_tokens")),
        cache_read=read,
        cache_write=written,
        reasoning=count(usage.get("reasoning_output_tokens")),
    )


def _result(output: Any) -> tuple[str, int | None]:
    """The text of a tool's output, and the exit code where it says one."""
    if isinstance(output, dict):
        output = output.get("content") or output.get("output") or json.dumps(output)
    text = _content(output)
    if text.startswith("{"):  # older versions wrap text and metadata in JSON
        inner = _parsed(text)
        if isinstance(inner, dict) and isinstance(inner.get("output"), str):
            meta = inner.get("metadata")
            code = meta.get("exit_code") if isinstance(meta, dict) else None
            return inner["output"], code if isinstance(code, int) else None
    for line in text.split("\n", 8)[:8]:
        word = line.removeprefix("Process exited with code ").removeprefix("Exit code: ")
        if word != line and word.isdecimal() and len(word) < _LONG:
            return text, int(word)
    return text, None


def _parsed(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _content(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    return _text(content)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

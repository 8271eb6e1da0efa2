"""Codex's rollout file: lines of ``{timestamp, type, payload}``.

An answer is several items; its tokens come in a record of their own after them, or, from older
versions, as growing totals.
"""

from __future__ import annotations

import json

from agentrec.agents.codex.replay import Replay
from agentrec.agents.follow.event_builder import EventBuilder, ModelCall
from agentrec.agents.follow.owners import Owners
from agentrec.agents.follow.timestamps import is_before
from agentrec.json_values import JsonObject, count, parsed, table, tables, text
from agentrec.recording.events.llm import Usage

AGENT = "codex"
CALLS = ("function_call", "custom_tool_call", "local_shell_call", "web_search_call")
OUTPUTS = ("function_call_output", "custom_tool_call_output")
KINDS = frozenset({"session_meta", "turn_context", "response_item", "event_msg", "compacted"})
SILENT_KINDS = frozenset({
    "dynamic_tools_updated", "ghost_snapshot", "inter_agent_communication",
    "inter_agent_communication_metadata", "realtime_item", "security_risk_score",
    "token_usage_record", "world_state",
})  # fmt: skip
ITEMS = frozenset({"message", "reasoning", *CALLS, *OUTPUTS})
SILENT_ITEMS = frozenset({
    "agent_message", "compaction", "compaction_summary", "compaction_trigger", "configuration_update",
    "context_compaction", "ghost_snapshot", "image_generation_call", "other", "tool_search_call",
    "tool_search_output",
})  # fmt: skip
# Failures that are told in words only.
FAILURES = (
    "apply_patch verification failed",
    "Failed to apply patch",
    "failed to apply patch",
    "patch rejected",
    "unsupported call",
    "unsupported custom tool call",
    "unsupported tool",
)
MAX_EXIT_CODE_DIGITS = 9
# An exit code is looked for in the first lines of a tool's output.
EXIT_CODE_LINES = 8


class Rollout:
    """Reads one file: one thread, of the main agent or a sub-agent.

    Records from before ``since`` (seconds since the epoch) are history: remembered, but no events. So are
    records that another run, which shares ``owners``, has read from the same file.
    """

    def __init__(
        self, builder: EventBuilder, path: str, *, since: float = 0.0, owners: Owners | None = None
    ) -> None:
        self._builder, self._path, self._since = builder, path, since
        self._owners = owners or Owners()
        self.thread = ""
        self.cwd = ""
        self._actor = AGENT
        self._model = ""
        self._meta: JsonObject = {}
        self._started = False
        # What Codex calls a turn: everything between a prompt and the end of work on it.
        self._turn = ""
        # Model calls of this thread, in history too, and the span of the one that is being read.
        self._answers = 0
        self._span: str | None = None
        self._asked_at: str | None = None
        # Whether this version writes user messages as items, and a usage record per model call.
        self._has_message_items = False
        self._has_usage_records = False
        self._total_usage: JsonObject = {}
        # Where a fork repeats what its parent did, see there.
        self._replay: Replay | None = None
        # By the id of a tool call: exit code and status.
        self._outcomes: dict[str, JsonObject] = {}
        self._last_item_at: str | None = None

    def feed(self, record: JsonObject, offset: int) -> None:
        """Read one line; ``offset`` is the position in the file after it."""
        at = text(record.get("timestamp")) or None
        payload = record.get("payload")
        if isinstance(payload, dict):
            kind = text(record.get("type"))
            is_replayed = self._replay is not None and self._replay.covers(kind, payload, at)
            is_read = not self._owners.claim(f"{self._path} {offset}", self)
            with self._builder.silenced(is_before(at, self._since) or is_replayed or is_read):
                self._record(kind, payload, at, offset)
            if self._actor != AGENT:
                self._builder.sub_agent_transcript(self._path, offset)

    def _record(self, kind: str, payload: JsonObject, at: str | None, offset: int) -> None:
        if kind == "response_item":
            self._builder.record_kind(payload.get("type"), ITEMS, SILENT_ITEMS)
        else:
            self._builder.record_kind(kind, frozenset(), KINDS | SILENT_KINDS)
        if kind == "session_meta":
            self._session_meta(payload, at)
        elif kind == "turn_context":
            self._model = text(payload.get("model")) or self._model
            self.cwd = text(payload.get("cwd")) or self.cwd
            if not self._builder.silent:
                self._start_session(at)
        elif kind == "response_item":
            self._item(payload, at, offset)
        elif kind == "event_msg":
            self._event(payload, at, offset)
        elif kind == "token_usage_record":
            self._usage_record(payload, at)
        elif kind == "compacted":
            self._builder.lifecycle("compacted", text=payload.get("message"), at=at)

    def _session_meta(self, payload: JsonObject, at: str | None) -> None:
        if self._meta:  # a fork repeats its parent's, and all that follows it
            self._replay = self._replay or Replay(at)
            return
        self._meta = payload
        self.thread = text(payload.get("id"))
        self.cwd = text(payload.get("cwd"))
        source = payload.get("source")
        if isinstance(source, dict) and "subagent" in source:
            kind = text(payload.get("agent_role")) or text(payload.get("agent_nickname"))
            self._actor = f"{AGENT}/{kind or 'agent'}-{self.thread[-8:]}"

    def _start_session(self, at: str | None) -> None:
        if self._started or self._actor != AGENT:
            return
        self._started = True
        meta = self._meta
        self._builder.session(
            self.thread,
            self._path,
            version=meta.get("cli_version"),
            cwd=self.cwd or None,
            model=self._model or None,
            provider=meta.get("model_provider"),
            forked_from=meta.get("forked_from_id"),
            system_prompt=table(meta.get("base_instructions")).get("text"),
            resume={"argv": ["codex", "resume", self.thread], "cwd": self.cwd},
        )
        self._builder.lifecycle("started", at=at)

    # --- items --------------------------------------------------------------------------------

    def _item(self, item: JsonObject, at: str | None, offset: int) -> None:
        kind = item.get("type")
        if kind == "message" and item.get("role") == "assistant":
            self._continue_answer(at)
            self._message("assistant", _content(item.get("content")), at, text(item.get("id")))
        elif kind == "reasoning":
            self._continue_answer(at)
            thought = _content(item.get("summary")) or _content(item.get("content"))
            self._message("assistant", thought, at, text(item.get("id")), thinking=True)
        elif kind in CALLS:
            self._continue_answer(at)
            self._tool_call(item, at)
        elif kind in OUTPUTS:
            self._tool_result(item, at, offset)

    def _continue_answer(self, at: str | None) -> None:
        if self._span is None:
            self._answers += 1
            self._span = f"{self.thread[-12:]}/{self._answers}"
            self._builder.turn(at=at, actor=self._actor, span=self._span)
        self._last_item_at = at

    def _message(
        self, role: str, content: str, at: str | None, item_id: str, *, thinking: bool = False
    ) -> None:
        self._builder.message(
            role,
            content,
            at=at,
            id=item_id or None,
            parent=self._span if role == "assistant" else None,
            actor=self._actor if role == "assistant" else None,
            thinking=thinking,
        )

    def _tool_call(self, item: JsonObject, at: str | None) -> None:
        kind = item.get("type")
        if kind in ("web_search_call", "local_shell_call"):
            name, arguments = str(kind).removesuffix("_call"), item.get("action")
        else:
            name, arguments = text(item.get("name")), item.get("arguments", item.get("input"))
        call_id = text(item.get("call_id")) or text(item.get("id"))
        self._builder.tool_call(
            call_id, name, parsed(arguments), at=at, parent=self._span, actor=self._actor
        )
        if kind == "web_search_call":  # the provider runs it: no output will come
            self._builder.tool_result(call_id, "", at=at, actor=self._actor)

    def _tool_result(self, item: JsonObject, at: str | None, offset: int) -> None:
        call_id = text(item.get("call_id"))
        output, written_code = _output(item.get("output"))
        outcome = self._outcomes.pop(call_id, {})
        code = outcome.get("exit_code", written_code)
        self._builder.tool_result(
            call_id,
            output,
            is_error=outcome.get("status") in ("failed", "declined")
            or bool(code)
            or output.startswith(FAILURES),
            at=at,
            actor=self._actor,
            exit_code=code if isinstance(code, int) else None,
        )
        self._asked_at = at
        if self._actor == AGENT and not self._builder.waiting_for_tools:
            self._point(text(item.get("id")), "tool", at, offset)

    # --- events -------------------------------------------------------------------------------

    def _event(self, event: JsonObject, at: str | None, offset: int) -> None:
        kind = event.get("type")
        if kind in ("task_started", "turn_started"):
            self._turn, self._asked_at, self._span = text(event.get("turn_id")), at, None
        elif kind == "item_completed":
            self._item_completed(table(event.get("item")), at, offset)
        elif kind == "user_message" and not self._has_message_items:
            self._prompt(text(event.get("message")), "", at, offset)
        elif kind == "token_count":
            self._token_count(table(event.get("info")), at)
        elif kind in ("task_complete", "turn_complete"):
            self._turn_completed(event, at, offset)
        elif kind == "turn_aborted":
            self._builder.forget_calls()
            self._span = None
            if self._actor == AGENT:
                self._builder.lifecycle("interrupted", reason=event.get("reason"), at=at)
        elif kind in ("error", "stream_error"):
            self._builder.lifecycle("error", text=event.get("message"), at=at)

    def _item_completed(self, item: JsonObject, at: str | None, offset: int) -> None:
        kind = item.get("type")
        if kind == "UserMessage":
            self._has_message_items = True
            self._prompt(_content(item.get("content")), text(item.get("id")), at, offset)
        elif kind in ("CommandExecution", "FileChange", "McpToolCall"):
            self._outcomes[text(item.get("id"))] = {
                name: item[name] for name in ("exit_code", "status") if item.get(name) is not None
            }

    def _prompt(self, prompt: str, item_id: str, at: str | None, offset: int) -> None:
        if not self._builder.silent:
            self._start_session(at)
        sub = self._actor != AGENT
        self._builder.message(
            "user", prompt, at=at, id=item_id or None, actor=AGENT if sub else None
        )
        self._asked_at = at
        if not sub:
            self._point(item_id, "user", at, offset)

    def _turn_completed(self, event: JsonObject, at: str | None, offset: int) -> None:
        self._span = None
        if self._actor != AGENT:
            return
        if error := event.get("error"):
            message = error.get("message") if isinstance(error, dict) else error
            self._builder.lifecycle("error", text=str(message), at=at)
        self._builder.lifecycle("idle", duration_ms=event.get("duration_ms"), at=at)
        self._point(self._turn, "assistant", at, offset)

    # --- tokens -------------------------------------------------------------------------------

    def _token_count(self, info: JsonObject, at: str | None) -> None:
        """Totals so far, repeated at will: only what they grew by is a call."""
        total = info.get("total_token_usage")
        if not isinstance(total, dict):
            return
        before, self._total_usage = self._total_usage, total
        if self._has_usage_records:
            return
        grown = {name: count(total.get(name)) - count(before.get(name)) for name in total}
        if any(value < 0 for value in grown.values()):  # the count restarted, after a compaction
            grown = {name: count(value) for name, value in total.items()}
        if any(grown.values()):
            self._model_call(dict(grown), at, None)

    def _usage_record(self, payload: JsonObject, at: str | None) -> None:
        self._has_usage_records = True
        usage = payload.get("usage")
        if isinstance(usage, dict):
            self._model_call(usage, at, text(payload.get("response_id")) or None)

    def _model_call(self, usage: JsonObject, at: str | None, response_id: str | None) -> None:
        self._continue_answer(self._last_item_at or at)
        span, self._span = self._span, None
        self._builder.model_call(
            ModelCall(
                self._model,
                usage_of(usage),
                span or "",
                id=response_id,
                asked_at=self._asked_at,
                at=at,
                actor=self._actor,
            )
        )

    def _point(self, last: str, role: str, at: str | None, offset: int) -> None:
        self._builder.conversation(
            self.thread,
            self._path,
            offset=offset,
            last=last or None,
            role=role,
            cwd=self.cwd or None,
            commit=text(table(self._meta.get("git")).get("commit_hash")) or None,
            at=at,
        )


def usage_of(usage: JsonObject) -> Usage:
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


def _output(output: object) -> tuple[str, int | None]:
    """The text of a tool's output, and the exit code if it has one."""
    if isinstance(output, dict):
        output = output.get("content") or output.get("output") or json.dumps(output)
    content = _content(output)
    if content.startswith("{"):  # older versions wrap text and metadata in JSON
        wrapped = table(parsed(content))
        if isinstance(wrapped.get("output"), str):
            code = table(wrapped.get("metadata")).get("exit_code")
            return text(wrapped.get("output")), code if isinstance(code, int) else None
    return content, _exit_code(content)


def _exit_code(output: str) -> int | None:
    for line in output.split("\n", EXIT_CODE_LINES)[:EXIT_CODE_LINES]:
        word = line.removeprefix("Process exited with code ").removeprefix("Exit code: ")
        if word != line and word.isdecimal() and len(word) <= MAX_EXIT_CODE_DIGITS:
            return int(word)
    return None


def _content(content: object) -> str:
    if isinstance(content, list):
        return "\n".join(text(part.get("text")) for part in tables(content))
    return text(content)

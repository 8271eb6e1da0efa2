"""Claude Code's transcript: one JSON record per content block.

Every block of an answer is a record of its own that repeats the message's id and usage, so a call is
counted once per message id, when the message is complete. A record that comes later still and names other
tokens corrects it. Forks and sub-agents copy records of other files: those are history wherever they are
read again.
"""

from __future__ import annotations

from agentrec.agents.claude import record_kinds
from agentrec.agents.claude.harness import api_error, is_of_harness, mode_of
from agentrec.agents.claude.persisted_output import full_output
from agentrec.agents.claude.totals import SideRequests
from agentrec.agents.follow.event_builder import EventBuilder, ModelCall
from agentrec.agents.follow.owners import Owners
from agentrec.agents.follow.rewinds import Rewinds
from agentrec.agents.follow.timestamps import is_before
from agentrec.json_values import JsonObject, count, table, tables, text
from agentrec.recording.events.llm import Usage

AGENT = "claude-code"
INTERRUPTED_PREFIX = "[Request interrupted by user"
SYNTHETIC_MODEL = "<synthetic>"
TOOL_USES = ("tool_use", "server_tool_use", "mcp_tool_use")


class _Thread:
    """One conversation with the model: the main agent's, or a sub-agent's.

    ``parent`` is the span of the tool call that started a sub-agent.
    """

    def __init__(self, actor: str, parent: str | None) -> None:
        self.actor, self.parent = actor, parent
        # When what the next answer answers was sent.
        self.asked_at: str | None = None
        # The last record of an answer that may still grow, where the file was after it, and whether
        # that was before we began.
        self.answer: JsonObject | None = None
        self.offset = 0
        self.is_history = False
        # The id of the last answer, and whether all of it was there when its last record was written.
        self.answer_id, self.is_complete = "", False
        # By the id of an answer: tokens of the model call that was added.
        self.counted: dict[str, Usage] = {}


class ClaudeTranscript:
    """Reads the records of one session and its sub-agents. ``path`` is the main transcript.

    Records from before ``since`` (seconds since the epoch) are history: remembered, but no events. So are
    copies of records that another transcript, which shares ``owners``, has read.
    """

    def __init__(
        self,
        builder: EventBuilder,
        session_id: str,
        path: str,
        *,
        since: float = 0.0,
        owners: Owners | None = None,
    ) -> None:
        self._builder = builder
        self._owners = owners or Owners()
        self._session_id, self._path, self._since = session_id, path, since
        self._threads: dict[str, _Thread] = {}
        self._seen: set[str] = set()
        self._started = False
        self._permission_mode = ""
        self._side_requests = SideRequests()
        self._rewinds = Rewinds()
        # Results of tools after which nothing is awaited, their offset, and whether they are history.
        self._results: tuple[JsonObject, int, bool] | None = None

    def sub_agent(self, agent_id: str, kind: str, parent: str | None) -> None:
        """A sub-agent exists: its type, and the id of the tool call that started it."""
        self._threads[agent_id] = _Thread(f"{AGENT}/{kind}-{agent_id[:8]}", parent)

    def feed(self, record: JsonObject, offset: int) -> None:
        """Read one record; ``offset`` is the position in the main file after it."""
        uuid = record.get("uuid")
        if isinstance(uuid, str):
            if uuid in self._seen:
                return
            self._seen.add(uuid)
            self._rewinds.record(uuid)
        at = text(record.get("timestamp")) or None
        with self._builder.silenced(is_before(at, self._since) or self._is_copy(record)):
            self._record(record, at, offset)

    def _is_copy(self, record: JsonObject) -> bool:
        owner = (self, text(record.get("agentId")))
        claims = [
            self._owners.claim(key, owner) for key in _keys(record)
        ]  # all of them are ours now
        return not all(claims)

    def settle(self) -> None:
        """Nothing more comes for now: answers that have ended are complete."""
        self._finish_stopped_answers()
        self._point_after_results()

    def pause(self) -> None:
        """Nothing more came with the last records, which are written together once an answer is complete."""
        if "" in self._threads and self._threads[""].is_complete:
            self._point_after_results()

    def finish(self, *, with_side_requests: bool = True) -> None:
        """Nothing more will come. Side requests are left out if their calls are recorded themselves."""
        for thread in self._threads.values():
            self._finish_answer(thread)
        self._point_after_results()
        for model, usage in (
            self._side_requests.rest().items() if self._started and with_side_requests else ()
        ):
            call_id = f"{self._session_id}/side/{model}"
            self._builder.model_call(
                ModelCall(model, usage, call_id, id=call_id, actor=f"{AGENT}/side")
            )

    def _record(self, record: JsonObject, at: str | None, offset: int) -> None:
        kind = record.get("type")
        self._builder.record_kind(kind, record_kinds.CONVERSATION, record_kinds.OTHERS)
        if mode := mode_of(record):
            self._mode(mode)
        elif kind == "cost-state":
            self._side_requests.record(record, is_history=not self._started)
        elif kind == "system":
            self._system(record)
        elif kind == "attachment":
            self._queued_prompt(record, at)
        elif kind in ("user", "assistant") and isinstance(record.get("message"), dict):
            self._message(record, at, offset)

    def _mode(self, mode: str) -> None:
        """Note a change of the permission mode. Its record has no time and repeats the mode."""
        before, self._permission_mode = self._permission_mode, mode
        if self._started and before and mode != before:
            self._builder.lifecycle("mode", text=mode)

    def _message(self, record: JsonObject, at: str | None, offset: int) -> None:
        message = table(record.get("message"))
        if self._builder.silent:
            self._side_requests.is_resumed = True
        else:
            self._start_session(record, message)
        thread = self._thread_of(record)
        if thread.actor == AGENT:
            self._leave_results(thread, record, message)
        if record.get("type") == "assistant":
            self._answer(thread, record, message, at)
            thread.offset, thread.is_history = offset, self._builder.silent
            return
        self._finish_stopped_answers()
        self._input(thread, record, message, at)
        thread.asked_at = at
        if thread.actor == AGENT and not self._builder.waiting_for_tools:
            self._results = (record, offset, self._builder.silent)
            if _role(record) == "user":
                self._point_after_results()

    def _leave_results(self, thread: _Thread, record: JsonObject, message: JsonObject) -> None:
        """Results are complete, unless the answer that called the tools goes on: with another call, mostly.

        The first of several tools may have returned before the second is called.
        """
        if record.get("type") == "assistant" and message.get("id") == thread.answer_id:
            self._results = None
        self._point_after_results()

    def _point_after_results(self) -> None:
        results, self._results = self._results, None
        if results:
            record, offset, is_history = results
            with self._builder.silenced(is_history):
                self._point(record, offset)

    def _start_session(self, record: JsonObject, message: JsonObject) -> None:
        if self._started:
            return
        self._started = True
        self.settle()  # the last answer before the recording
        cwd = text(record.get("cwd")) or None
        self._builder.session(
            self._session_id,
            self._path,
            version=record.get("version"),
            cwd=cwd,
            model=message.get("model"),
            git_branch=record.get("gitBranch") or None,
            resume={"argv": ["claude", "--resume", self._session_id], "cwd": cwd},
        )
        self._builder.lifecycle("started", at=record.get("timestamp"))

    def _thread_of(self, record: JsonObject) -> _Thread:
        side = bool(record.get("isSidechain"))
        key = (text(record.get("agentId")) or "side") if side else ""
        if key not in self._threads:
            if side:
                self.sub_agent(key, text(record.get("attributionAgent")) or "agent", None)
            else:
                self._threads[key] = _Thread(AGENT, None)
        return self._threads[key]

    # --- answers ------------------------------------------------------------------------------

    def _answer(
        self, thread: _Thread, record: JsonObject, message: JsonObject, at: str | None
    ) -> None:
        if message.get("model") == SYNTHETIC_MODEL:
            self._finish_answer(thread)
            self._notice(record, message, at)
            return
        span = _span(record)
        before = table(thread.answer.get("message")).get("id") if thread.answer else None
        if before != message.get("id"):
            self._finish_answer(thread)
            if span not in thread.counted:
                self._builder.turn(at=at, actor=thread.actor, span=span)
        for block in _blocks(message):
            self._block(thread, block, span, at)
        thread.answer = record
        thread.answer_id = text(message.get("id"))
        thread.is_complete = bool(message.get("stop_reason"))

    def _block(self, thread: _Thread, block: JsonObject, span: str, at: str | None) -> None:
        kind = block.get("type")
        if kind == "text" or kind == "thinking":
            self._builder.message(
                "assistant",
                text(block.get(kind)),
                at=at,
                id=span,
                parent=span,
                actor=thread.actor,
                thinking=kind == "thinking",
            )
        elif kind in TOOL_USES:
            self._builder.tool_call(
                text(block.get("id")),
                text(block.get("name")),
                block.get("input"),
                at=at,
                parent=span,
                actor=thread.actor,
            )

    def _finish_answer(self, thread: _Thread) -> None:
        record, thread.answer = thread.answer, None
        if record is not None:
            with self._builder.silenced(thread.is_history):
                self._count(thread, record)

    def _count(self, thread: _Thread, record: JsonObject) -> None:
        span = _span(record)
        message = table(record.get("message"))
        usage, before = usage_of(table(message.get("usage"))), thread.counted.get(span)
        if usage == before or (before and not message.get("stop_reason")):
            return
        thread.counted[span] = usage
        if not self._builder.silent:
            self._side_requests.call(text(message.get("model")), span, usage)
        at = text(record.get("timestamp")) or None
        speed = text(table(message.get("usage")).get("speed"))
        self._builder.model_call(
            ModelCall(
                text(message.get("model")),
                usage,
                span,
                id=text(message.get("id")) or None,
                asked_at=None if before else thread.asked_at,
                at=at,
                stop_reason=text(message.get("stop_reason")) or None,
                actor=thread.actor,
                parent=thread.parent,
                variant="" if speed == "standard" else speed,
            )
        )
        if before is None and thread.actor == AGENT and message.get("stop_reason") != "tool_use":
            self._builder.lifecycle("idle", at=at)
            self._point(record, thread.offset)

    def _finish_stopped_answers(self) -> None:
        """Tools run, so answers are complete; but a fast tool may return while its answer streams."""
        for thread in self._threads.values():
            if thread.answer and table(thread.answer.get("message")).get("stop_reason"):
                self._finish_answer(thread)

    def _notice(self, record: JsonObject, message: JsonObject, at: str | None) -> None:
        """Read a message of Claude Code itself in the model's place: an error of the API, mostly."""
        notice = "\n".join(text(block.get("text")) for block in _blocks(message))
        if record.get("isApiErrorMessage"):
            self._builder.lifecycle("error", text=notice, error=record.get("error"), at=at)
        elif notice:
            self._builder.message("system", notice, at=at)

    # --- what goes to the model ---------------------------------------------------------------

    def _input(
        self, thread: _Thread, record: JsonObject, message: JsonObject, at: str | None
    ) -> None:
        for block in _blocks(message):
            if block.get("type") == "tool_result":
                self._tool_result(thread, block, at)
            elif block.get("type") == "text":
                self._prompt(thread, record, text(block.get("text")), at)

    def _prompt(self, thread: _Thread, record: JsonObject, prompt: str, at: str | None) -> None:
        if prompt.startswith(INTERRUPTED_PREFIX):
            self._builder.forget_calls()
            self._builder.lifecycle("interrupted", at=at)
            return
        if record.get("isCompactSummary"):
            self._builder.lifecycle("compacted", text=prompt, at=at)
            return
        by_user = not record.get("isMeta") and not is_of_harness(record, prompt)
        if by_user and thread.actor == AGENT and record.get("type") == "user":
            self._note_rewind(record, prompt, at)
        self._builder.message(
            "user" if by_user else "system",
            prompt,
            at=at,
            id=text(record.get("uuid")) or None,
            parent=thread.parent,
            actor=None if thread.actor == AGENT else AGENT,  # the main agent prompts its sub-agent
        )

    def _note_rewind(self, record: JsonObject, prompt: str, at: str | None) -> None:
        uuid = text(record.get("uuid"))
        taken_back = self._rewinds.prompt(uuid, record.get("parentUuid", ""), prompt)
        if taken_back:
            self._builder.lifecycle("rewound", text=taken_back, at=at)

    def _queued_prompt(self, record: JsonObject, at: str | None) -> None:
        """What the user typed while tools ran, and was sent along with what they returned.

        Not a point to resume at: Claude Code drops such a record when nothing comes after it.
        """
        command = table(record.get("attachment"))
        if command.get("type") != "queued_command":
            return
        thread = self._thread_of(record)
        if command.get("commandMode") == "prompt" and thread.actor == AGENT:
            for block in _blocks({"content": command.get("prompt")}):
                self._prompt(thread, record, text(block.get("text")), at)

    def _tool_result(self, thread: _Thread, block: JsonObject, at: str | None) -> None:
        output = full_output(_output(block.get("content")), self._path)
        failed = bool(block.get("is_error"))
        code = output.removeprefix("Exit code ").split("\n", 1)[0] if failed else ""
        self._builder.tool_result(
            text(block.get("tool_use_id")),
            output,
            is_error=failed,
            at=at,
            actor=thread.actor,
            exit_code=int(code) if code.isdecimal() and len(code) < 4 else None,
        )

    # --- the rest -----------------------------------------------------------------------------

    def _system(self, record: JsonObject) -> None:
        kind = record.get("subtype")
        at = text(record.get("timestamp")) or None
        if kind == "api_error":
            message = api_error(record.get("error"))
            self._builder.lifecycle("error", text=message, retry=record.get("retryAttempt"), at=at)
        elif kind == "compact_boundary":
            self._builder.lifecycle("compacted", at=at)

    def _point(self, record: JsonObject, offset: int) -> None:
        """Note that the conversation can continue here: nothing is being answered or run."""
        if record.get("isMeta"):
            return
        self._builder.conversation(
            self._session_id,
            self._path,
            offset=offset,
            last=text(record.get("uuid")),
            role=_role(record),
            cwd=record.get("cwd"),
            at=record.get("timestamp"),
        )


def _span(record: JsonObject) -> str:
    """The id of an answer."""
    return text(table(record.get("message")).get("id")) or text(record.get("uuid"))


def _keys(record: JsonObject) -> list[str]:
    """What a copy of a record shares with it: its own id, which a fork may change, and the answer's."""
    message = record.get("message")
    answer = text(message.get("id")) if isinstance(message, dict) else ""
    return [key for key in (text(record.get("uuid")), answer) if key]


def _role(record: JsonObject) -> str:
    if record.get("type") == "assistant":
        return "assistant"
    blocks = _blocks(table(record.get("message")))
    return "tool" if any(block.get("type") == "tool_result" for block in blocks) else "user"


def usage_of(usage: JsonObject) -> Usage:
    """The API's usage object as counts; kinds it does not name are 0."""
    write = count(usage.get("cache_creation_input_tokens"))
    hour = count(table(usage.get("cache_creation")).get("ephemeral_1h_input_tokens"))
    return Usage(
        input=count(usage.get("input_tokens")),
        output=count(usage.get("output_tokens")),
        cache_read=count(usage.get("cache_read_input_tokens")),
        cache_write=write,
        cache_write_1h=min(hour, write),
        web_searches=count(table(usage.get("server_tool_use")).get("web_search_requests")),
    )


def _blocks(message: JsonObject) -> list[JsonObject]:
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return tables(content)


def _output(content: object) -> str:
    if isinstance(content, list):
        return "\n".join(text(b.get("text")) or f"[{b.get('type')}]" for b in tables(content))
    return text(content)

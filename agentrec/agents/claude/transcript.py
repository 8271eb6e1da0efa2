"""Claude Code's transcript: one JSON record per content block, told as a story.

Every block of an answer is a record of its own that repeats the message's id and usage, so a call is
counted once per message id, when the next record shows that the message is complete.
"""

from __future__ import annotations

from typing import Any

from agentrec.agents.follow.event_builder import Story, moment
from agentrec.json_values import count
from agentrec.report.pricing import Usage

AGENT = "claude-code"
INTERRUPTED = "[Request interrupted by user"
SYNTHETIC = "<synthetic>"


class _Strand:
    """One line of talk: the main agent's, or a sub-agent's."""

    def __init__(self, actor: str, parent: str | None) -> None:
        self.actor = actor
        self.parent = parent  # the span of the tool call that started a sub-agent
        self.asked: str | None = None  # when what the next answer answers was said
        self.record: dict[str, Any] | None = None  # the last one of the answer being told
        self.offset = 0
        self.history = False  # that answer was given before we began
        self.counted: set[str] = set()  # ids of answers whose call was told


class Transcript:
    """Reads the records of one session and its sub-agents. ``path`` is the main transcript.

    Records from before ``since`` (seconds since the epoch) are history: remembered, not told.
    """

    def __init__(self, story: Story, session_id: str, path: str, *, since: float = 0.0) -> None:
        self._story = story
        self._session_id, self._path, self._since = session_id, path, since
        self._strands: dict[str, _Strand] = {}
        self._seen: set[str] = set()
        self._introduced = False

    def sub_agent(self, agent_id: str, kind: str, parent: str | None) -> None:
        """A sub-agent exists: its type, and the id of the tool call that started it."""
        self._strands[agent_id] = _Strand(f"{AGENT}/{kind}-{agent_id[:8]}", parent)

    def feed(self, record: dict[str, Any], offset: int) -> None:
        """One record, ``offset`` being where the main file stands after it."""
        uuid = record.get("uuid")
        if isinstance(uuid, str):
            if uuid in self._seen:
                return
            self._seen.add(uuid)
        at = _text(record.get("timestamp")) or None
        when = moment(at)
        self._story.silent = when is not None and when < self._since
        try:
            self._tell(record, at, offset)
        finally:
            self._story.silent = False

    def settle(self) -> None:
        """Nothing more comes for now: what is complete is told."""
        for strand in self._strands.values():
            if strand.record is not None:
                self._finish(strand)

    def _tell(self, record: dict[str, Any], at: str | None, offset: int) -> None:
        kind = record.get("type")
        message = record.get("message")
        if kind == "system":
            self._system(record)
        elif kind == "attachment":
            self._queued(record, at)
        if kind not in ("user", "assistant") or not isinstance(message, dict):
            return
        if not self._story.silent:
            self._introduce(record, message)
        strand = self._strand(record)
        if kind == "assistant":
            self._answer(strand, record, message, at)
            strand.offset, strand.history = offset, self._story.silent
            return
        self._finish_complete()
        self._said(strand, record, message, at)
        strand.asked = at
        if strand.actor == AGENT and not self._story.waiting_for_tools:
            self._point(record, offset)

    def _introduce(self, record: dict[str, Any], message: dict[str, Any]) -> None:
        if self._introduced:
            return
        self._introduced = True
        cwd = _text(record.get("cwd")) or None
        self._story.session(
            self._session_id,
            self._path,
            version=record.get("version"),
            cwd=cwd,
            model=message.get("model"),
            git_branch=record.get("gitBranch") or None,
            resume={"argv": ["claude", "--resume", self._session_id], "cwd": cwd},
        )
        self._story.state("started", at=record.get("timestamp"))

    def _strand(self, record: dict[str, Any]) -> _Strand:
        side = bool(record.get("isSidechain"))
        key = (_text(record.get("agentId")) or "side") if side else ""
        if key not in self._strands:
            if side:
                self.sub_agent(key, _text(record.get("attributionAgent")) or "agent", None)
            else:
                self._strands[key] = _Strand(AGENT, None)
        return self._strands[key]

    # --- answers ------------------------------------------------------------------------------

    def _answer(
        self, strand: _Strand, record: dict[str, Any], message: dict[str, Any], at: str | None
    ) -> None:
        if message.get("model") == SYNTHETIC:
            self._finish(strand)
            self._notice(record, message, at)
            return
        span = _text(message.get("id")) or _text(record.get("uuid"))
        before = strand.record["message"].get("id") if strand.record else None
        if before != message.get("id"):
            self._finish(strand)
            if span not in strand.counted:
                self._story.turn(at=at, actor=strand.actor, span=span)
        for block in _blocks(message):
            self._block(strand, block, span, at)
        strand.record = record

    def _block(self, strand: _Strand, block: dict[str, Any], span: str, at: str | None) -> None:
        kind = block.get("type")
        if kind in ("text", "thinking"):
            self._story.message(
                "assistant",
                _text(block.get(kind)),
                at=at,
                id=span,
                parent=span,
                actor=strand.actor,
                thinking=kind == "thinking",
            )
        elif kind in ("tool_use", "server_tool_use", "mcp_tool_use"):
            self._story.tool(
                _text(block.get("id")),
                _text(block.get("name")),
                block.get("input"),
                at=at,
                parent=span,
                actor=strand.actor,
            )

    def _finish(self, strand: _Strand) -> None:
        record, strand.record = strand.record, None
        if record is None:
            return
        silent, self._story.silent = self._story.silent, strand.history
        try:
            self._count(strand, record)
        finally:
            self._story.silent = silent

    def _count(self, strand: _Strand, record: dict[str, Any]) -> None:
        message = record["message"]
        span = _text(message.get("id")) or _text(record.get("uuid"))
        if span in strand.counted:
            return
        strand.counted.add(span)
        at = _text(record.get("timestamp")) or None
        usage = message.get("usage")
        usage = usage if isinstance(usage, dict) else {}
        speed = _text(usage.get("speed"))
        self._story.called(
            _text(message.get("model")),
            usage_of(usage),
            span=span,
            id=_text(message.get("id")) or None,
            began=strand.asked,
            at=at,
            stop_reason=_text(message.get("stop_reason")) or None,
            actor=strand.actor,
            parent=strand.parent,
            variant="" if speed == "standard" else speed,
        )
        if strand.actor == AGENT and message.get("stop_reason") != "tool_use":
            self._story.state("idle", at=at)
            self._point(record, strand.offset)

    def _finish_complete(self) -> None:
        """Tools run, so answers are complete; but a fast tool may return while its answer streams."""
        for strand in self._strands.values():
            if strand.record is not None and strand.record["message"].get("stop_reason"):
                self._finish(strand)

    def _notice(self, record: dict[str, Any], message: dict[str, Any], at: str | None) -> None:
        """What Claude Code itself says in the model's place: an error of the API, mostly."""
        text = "\n".join(_text(block.get("text")) for block in _blocks(message))
        if record.get("isApiErrorMessage"):
            self._story.state("error", text=text, error=record.get("error"), at=at)
        elif text:
            self._story.message("system", text, at=at)

    # --- what goes to the model ---------------------------------------------------------------

    def _said(
        self, strand: _Strand, record: dict[str, Any], message: dict[str, Any], at: str | None
    ) -> None:
        for block in _blocks(message):
            if block.get("type") == "tool_result":
                self._returned(strand, block, at)
            elif block.get("type") == "text":
                self._prompt(strand, record, _text(block.get("text")), at)

    def _prompt(self, strand: _Strand, record: dict[str, Any], text: str, at: str | None) -> None:
        if text.startswith(INTERRUPTED):
            self._story.forget_calls()
            self._story.state("interrupted", at=at)
            return
        if record.get("isCompactSummary"):
            self._story.state("compacted", text=text, at=at)
            return
        by_user = not record.get("isMeta") and not text.startswith("<local-command")
        sub = strand.actor != AGENT
        self._story.message(
            "user" if by_user else "system",
            text,
            at=at,
            id=_text(record.get("uuid")) or None,
            parent=strand.parent,
            actor=AGENT if sub else None,  # the main agent speaks to its sub-agent
        )

    def _queued(self, record: dict[str, Any], at: str | None) -> None:
        """What the user typed while tools ran, and was sent along with what they returned.

        No point to resume at: Claude Code drops such a record when nothing comes after it.
        """
        said = record.get("attachment")
        if not isinstance(said, dict) or said.get("type") != "queued_command":
            return
        strand = self._strand(record)
        if said.get("commandMode") == "prompt" and strand.actor == AGENT:
            for block in _blocks({"content": said.get("prompt")}):
                self._prompt(strand, record, _text(block.get("text")), at)

    def _returned(self, strand: _Strand, block: dict[str, Any], at: str | None) -> None:
        output = _output(block.get("content"))
        failed = bool(block.get("is_error"))
        code = output.removeprefix("Exit code ").split("\n", 1)[0] if failed else ""
        self._story.result(
            _text(block.get("tool_use_id")),
            output,
            is_error=failed,
            at=at,
            actor=strand.actor,
            exit_code=int(code) if code.isdecimal() and len(code) < 4 else None,
        )

    # --- the rest -----------------------------------------------------------------------------

    def _system(self, record: dict[str, Any]) -> None:
        kind = record.get("subtype")
        at = _text(record.get("timestamp")) or None
        if kind == "api_error":
            error = record.get("error")
            text = _text(error) or (str(error) if error else "the API failed")
            self._story.state("error", text=text, retry=record.get("retryAttempt"), at=at)
        elif kind == "compact_boundary":
            self._story.state("compacted", at=at)

    def _point(self, record: dict[str, Any], offset: int) -> None:
        """A reference to the conversation where it can go on: nothing is being answered or run."""
        if record.get("isMeta"):
            return
        self._story.conversation(
            self._session_id,
            self._path,
            offset=offset,
            last=_text(record.get("uuid")),
            role=_role(record),
            cwd=record.get("cwd"),
            at=record.get("timestamp"),
        )


def _role(record: dict[str, Any]) -> str:
    if record.get("type") == "assistant":
        return "assistant"
    results = (block.get("type") == "tool_result" for block in _blocks(record["message"]))
    return "tool" if any(results) else "user"


def usage_of(usage: dict[str, Any]) -> Usage:
    """The API's usage object as counts; kinds it does not name are 0."""
    split = usage.get("cache_creation")
    hour = split.get("ephemeral_1h_input_tokens") if isinstance(split, dict) else 0
    write = count(usage.get("cache_creation_input_tokens"))
    return Usage(
        input=count(usage.get("input_tokens")),
        output=count(usage.get("output_tokens")),
        cache_read=count(usage.get("cache_read_input_tokens")),
        cache_write=write,
        cache_write_1h=min(count(hour), write),
    )


def _blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [b for b in content if isinstance(b, dict)] if isinstance(content, list) else []


def _output(content: Any) -> str:
    if isinstance(content, list):
        parts = (b for b in content if isinstance(b, dict))
        return "\n".join(_text(b.get("text")) or f"[{b.get('type')}]" for b in parts)
    return _text(content)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

"""aider's chat history, in Markdown: `####` before the user's prompts, `>` before aider's own messages."""

from __future__ import annotations

import re

from agentrec.agents.follow.event_builder import AgentEvent, EventBuilder, ModelCall
from agentrec.json_values import JsonObject, amount, count, table, text
from agentrec.recording.events.llm import Usage

# Of one read; the rest waits for the next.
READ_LIMIT_BYTES = 4 << 20
_STARTED = "# aider chat started at "
_THOUGHT = re.compile(r"<(thinking-content-\w+)>\n(.*?)</\1>\s*", re.DOTALL)
_MODEL = re.compile(r"^(?:Main )?[Mm]odel: (\S+)")
_ERROR = re.compile(r"^litellm\.\w+Error: ")
_TOKENS = re.compile(r"^Tokens: .* sent, .* received")


class History:
    """Reads the file from ``start`` (bytes) on. A message ends with the line that begins another."""

    def __init__(self, builder: EventBuilder, path: str, cwd: str, *, start: int = 0) -> None:
        self._builder, self._path, self._cwd = builder, path, cwd
        self._offset = start
        # The message that is being read, and its role: user, assistant or system.
        self._role = ""
        self._lines: list[str] = []
        self._started = False
        self._model = ""
        self._turn = 0

    def read(self) -> list[AgentEvent]:
        """Return the events since the last call."""
        try:
            with open(self._path, "rb") as file:
                file.seek(self._offset)
                data = file.read(READ_LIMIT_BYTES)
        except OSError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            self._builder.feed_safely(self.feed, line)
        return self.drain()

    def drain(self) -> list[AgentEvent]:
        return self._builder.drain()

    def feed(self, line: str) -> None:
        """One line of the file."""
        if line.startswith(_STARTED):
            self._end_message()
            self._start_session(line.removeprefix(_STARTED).strip())
        elif line.startswith("#### "):
            self._add_line("user", line[5:].rstrip())
        elif line.startswith("> "):
            self._add_line("system", line[2:].rstrip())
            if match := _MODEL.match(line[2:]):
                self._model = match[1]  # the log hides names it does not know
            if _TOKENS.match(line[2:]):
                self._end_message()
        elif line.strip() or self._role == "assistant":
            self._add_line("assistant", line)

    def analytics(self, record: JsonObject) -> None:
        """One line of the analytics log: the end of a model call is what counts."""
        if record.get("event") != "message_send":
            return
        self._end_message()
        properties = table(record.get("properties"))
        cost = amount(properties.get("cost"))
        self._turn += 1
        self._builder.model_call(
            ModelCall(
                self._model or text(properties.get("main_model")),
                Usage(
                    input=count(properties.get("prompt_tokens")),
                    output=count(properties.get("completion_tokens")),
                ),
                span=f"call-{self._turn}",
                cost_usd=cost if cost and cost > 0 else None,
            )
        )
        self._builder.lifecycle("idle")
        self._builder.conversation(
            self._path, self._path, offset=self._offset, role="assistant", cwd=self._cwd
        )

    def finish(self) -> list[AgentEvent]:
        """End the run: aider has ended."""
        self._end_message()
        if self._started:
            self._builder.finished()
        return self.drain()

    def _start_session(self, started: str) -> None:
        self._started = True
        resume = {"argv": ["aider", "--restore-chat-history"], "cwd": self._cwd}
        self._builder.session(started, self._path, cwd=self._cwd, resume=resume)
        self._builder.lifecycle("started")

    def _add_line(self, role: str, line: str) -> None:
        if role != self._role:
            self._end_message()
            self._role = role
        self._lines.append(line)

    def _end_message(self) -> None:
        role, content = self._role, "\n".join(self._lines).strip()
        self._role, self._lines = "", []
        if not content:
            return
        if role != "assistant":
            if _ERROR.match(content):
                self._builder.lifecycle("error", text=content)
            elif not _TOKENS.match(content):
                self._builder.message(role, content)
            return
        span = f"call-{self._turn + 1}"
        self._builder.turn(at=None, span=span)
        for thought in _THOUGHT.finditer(content):
            self._builder.message("assistant", thought[2].strip(), parent=span, thinking=True)
        self._builder.message("assistant", _THOUGHT.sub("", content).strip(), parent=span)

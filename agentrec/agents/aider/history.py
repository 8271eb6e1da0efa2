"""aider's chat history, in Markdown: `####` before the user's prompts, `>` before aider's own messages.

An answer has no sign before its lines, but a blank line before it. Further lines of a message of aider's own
have neither.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentrec.agents.aider.chat_times import LINE_LIMIT_BYTES, as_at, seconds_of
from agentrec.agents.follow.event_builder import AgentEvent, EventBuilder, ModelCall
from agentrec.config import open_plain
from agentrec.json_values import JsonObject, amount, count, table, text
from agentrec.recording.events.llm import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.agents.aider.chat_times import ChatTimes

# Of one read; the rest waits for the next.
READ_LIMIT_BYTES = 4 << 20
STARTED = "# aider chat started at "
_THOUGHT = re.compile(r"<(thinking-content-\w+)>\n(.*?)</\1>\s*", re.DOTALL)
_MODEL = re.compile(r"^(?:Main )?[Mm]odel: (\S+)")
_ERROR = re.compile(r"^litellm\.\w+Error: ")
_TOKENS = re.compile(r"^Tokens: .* sent, .* received")
_COST = re.compile(r"(?:^|\s)Cost: \$([\d.]+) message")
_COUNT = re.compile(r"([\d.]+)(k?) (sent|received)")
_COMMIT = re.compile(r"^Commit ([0-9a-f]{7,40})\b")


class History:
    """Reads the file from ``start`` on, up to ``stop`` (bytes; None: its end).

    With ``times`` a session is read that has ended: what was said has its times, and the tokens and dollars
    are those that aider printed, rounded. Else ``analytics`` tells tokens and dollars.
    """

    def __init__(
        self,
        builder: EventBuilder,
        path: str,
        cwd: str,
        *,
        start: int = 0,
        stop: int | None = None,
        times: ChatTimes | None = None,
    ) -> None:
        self._builder, self._path, self._cwd = builder, path, cwd
        self._offset, self._stop = start, stop
        self._times = times
        # The message that is being read, and its role: user, assistant or system.
        self._role = ""
        self._lines: list[str] = []
        self._after_blank = True
        self._started = ""  # when, as aider wrote it
        self._has_prompt = False
        self._model = ""
        self._commit = ""
        self._turn = 0
        # Of the last answer, until its cost is known: tokens that were sent and received.
        self._printed: Usage | None = None
        self._answered_at: str | None = None

    def read(self) -> list[AgentEvent]:
        """Return the events since the last call, of up to READ_LIMIT_BYTES: none at the end."""
        try:
            for line in self._whole_lines():
                self._builder.feed_safely(self.feed, line)
        except OSError:
            return []
        return self.drain()

    def _whole_lines(self) -> Iterator[str]:
        """New lines without their end; one that is too long is counted and left out."""
        with open_plain(self._path) as file:
            file.seek(self._offset)
            most = self._offset + READ_LIMIT_BYTES
            while self._offset < most and (self._stop is None or self._offset < self._stop):
                line = file.readline(LINE_LIMIT_BYTES)
                if not line.endswith(b"\n"):
                    if len(line) < LINE_LIMIT_BYTES:
                        return  # the rest is still to be written
                    while line and not line.endswith(b"\n"):
                        line = file.readline(LINE_LIMIT_BYTES)
                    self._builder.misreads.broken(1, "lines that are too long")
                    line = b""
                self._offset = file.tell()
                yield line.decode(errors="replace").strip("\0").rstrip("\r\n")

    def drain(self) -> list[AgentEvent]:
        return self._builder.drain()

    def feed(self, line: str) -> None:
        """One line of the file."""
        is_blank = not line.strip()
        if not line.startswith("Cost: "):
            self._tell_printed()
        if line.startswith(STARTED):
            self._end_message()
            self._start_session(line.removeprefix(STARTED).strip())
        elif line.startswith("#### "):
            self._has_prompt = True
            self._add_line("user", line[5:].rstrip())
        elif line.startswith("> "):
            self._add_line("system", line[2:].rstrip())
            self._own_message(line[2:])
        elif self._printed and _COST.match(line):
            self._tell_printed(line)
        elif self._is_own(is_blank=is_blank):
            self._add_line("system", line.rstrip())
        elif not is_blank or self._role == "assistant":
            self._add_line("assistant", line)
        self._after_blank = is_blank

    def _is_own(self, *, is_blank: bool) -> bool:
        """Whether a line without a sign goes on with a message of aider's own."""
        if self._role != "system" or (is_blank and self._has_prompt):
            return False
        return not (self._after_blank and self._has_prompt)

    def _own_message(self, line: str) -> None:
        if match := _MODEL.match(line):
            self._model = match[1]  # the log hides names it does not know
        elif match := _COMMIT.match(line):
            self._commit = match[1]
            self._point()
        elif _TOKENS.match(line):
            self._end_message()
            if self._times:
                self._printed = _usage_of(line)
                if "Cost: " in line:
                    self._tell_printed(line)

    def _tell_printed(self, line: str = "") -> None:
        """A model call as aider printed it, with its cost if ``line`` says that."""
        if self._printed is None:
            return
        usage, self._printed = self._printed, None
        cost = _COST.search(line)
        self._model_call(self._model, usage, amount(_number(cost[1])) if cost else None)

    def analytics(self, record: JsonObject) -> None:
        """One line of the analytics log: the end of a model call is what counts."""
        if record.get("event") != "message_send":
            return
        self._end_message()
        properties = table(record.get("properties"))
        self._model_call(
            self._model or text(properties.get("main_model")),
            Usage(
                input=count(properties.get("prompt_tokens")),
                output=count(properties.get("completion_tokens")),
            ),
            amount(properties.get("cost")),
        )

    def _model_call(self, model: str, usage: Usage, cost: float | None) -> None:
        self._turn += 1
        self._builder.model_call(
            ModelCall(
                model,
                usage,
                span=f"call-{self._turn}",
                # aider has none; this one is the same however the session is read.
                id=f"aider {self._path} {self._started} {self._turn}" if self._started else None,
                at=self._answered_at,
                cost_usd=cost if cost and cost > 0 else None,
            )
        )
        self._builder.lifecycle("idle", at=self._answered_at)
        self._point()

    def _point(self) -> None:
        self._builder.conversation(
            self._started or self._path,
            self._path,
            offset=self._offset,
            role="assistant",
            cwd=self._cwd,
            commit=self._commit or None,
            at=self._answered_at,
        )

    def read_all(self) -> Iterator[AgentEvent]:
        """Yield the events of all that is left to be read, with the last message."""
        before = -1
        while self._offset != before:
            before = self._offset
            yield from self.read()
        self._end_message()
        self._tell_printed()
        yield from self.drain()

    def finish(self) -> list[AgentEvent]:
        """End the run: aider has ended."""
        self._end_message()
        if self._started:
            self._builder.finished()
        return self.drain()

    def _start_session(self, started: str) -> None:
        self._started, self._has_prompt = started, False
        resume = {"argv": ["aider", "--restore-chat-history"], "cwd": self._cwd}
        self._builder.session(started, self._path, cwd=self._cwd, resume=resume)
        at = as_at(seconds_of(started)) if self._times else None
        self._builder.lifecycle("started", at=at)

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
                at = self._times.prompt(content) if self._times and role == "user" else None
                self._builder.message(role, content, at=at)
            return
        at = self._answered_at = self._times.answer(content) if self._times else None
        span = f"call-{self._turn + 1}"
        self._builder.turn(at=at, span=span)
        for thought in _THOUGHT.finditer(content):
            self._builder.message("assistant", thought[2].strip(), parent=span, thinking=True)
        content = _THOUGHT.sub("", content).strip()
        self._builder.message("assistant", content, at=at, parent=span)


def _usage_of(line: str) -> Usage:
    """Tokens as aider prints them: from 1,000 on in thousands, with at most one decimal place."""
    found = {kind: _number(size) * (1000 if k else 1) for size, k, kind in _COUNT.findall(line)}
    return Usage(input=round(found.get("sent", 0)), output=round(found.get("received", 0)))


def _number(digits: str) -> float:
    try:
        return float(digits)
    except ValueError:
        return 0.0

"""aider's chat history, in Markdown: `####` before what the user said, `>` before what aider says."""

from __future__ import annotations

import re
from typing import Any

from agentrec.agents.follow.event_builder import Story, Told
from agentrec.json_values import count, table, text
from agentrec.report.pricing import Usage

READ_LIMIT = 4 << 20  # bytes of one look
_THOUGHT = re.compile(r"<(thinking-content-\w+)>\n(.*?)</\1>\s*", re.DOTALL)
_MODEL = re.compile(r"^(?:Main )?[Mm]odel: (\S+)")
_TOKENS = re.compile(r"^Tokens: .* sent, .* received")


class History:
    """Reads the file from ``start`` (bytes) on. A message is told when the next line ends it."""

    def __init__(self, story: Story, path: str, cwd: str, *, start: int = 0) -> None:
        self._story, self._path, self._cwd = story, path, cwd
        self._offset = start
        self._kind = ""  # of the lines being gathered: user, assistant or system
        self._lines: list[str] = []
        self._introduced = False
        self._model = ""
        self._turn = 0

    def read(self) -> list[Told]:
        """The events since the last time."""
        try:
            with open(self._path, "rb") as file:
                file.seek(self._offset)
                data = file.read(READ_LIMIT)
        except OSError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            self._story.safely(self.feed, line)
        return self.take()

    def take(self) -> list[Told]:
        return self._story.take()

    def feed(self, line: str) -> None:
        """One line of the file."""
        if line.startswith("# aider chat started at "):
            self._end()
            self._introduce(line.removeprefix("# aider chat started at ").strip())
        elif line.startswith("#### "):
            self._gather("user", line[5:].rstrip())
        elif line.startswith("> "):
            self._gather("system", line[2:].rstrip())
            if found := _MODEL.match(line[2:]):
                self._model = found[1]  # the log hides names it does not know
            if _TOKENS.match(line[2:]):
                self._end()
        elif line.strip() or self._kind == "assistant":
            self._gather("assistant", line)

    def event(self, record: dict[str, Any]) -> None:
        """One line of the analytics log: the end of a model call is what counts."""
        if record.get("event") != "message_send":
            return
        self._end()
        facts = table(record.get("properties"))
        cost = facts.get("cost")
        self._turn += 1
        span = f"call-{self._turn}"
        self._story.called(
            self._model or text(facts.get("main_model")),
            Usage(
                input=count(facts.get("prompt_tokens")),
                output=count(facts.get("completion_tokens")),
            ),
            span=span,
            cost_usd=cost if isinstance(cost, int | float) and cost > 0 else None,
        )
        self._story.state("idle")
        self._story.conversation(
            self._path, self._path, offset=self._offset, role="assistant", cwd=self._cwd
        )

    def finish(self) -> list[Told]:
        """aider has ended."""
        self._end()
        if self._introduced:
            self._story.finished()
        return self.take()

    def _introduce(self, started: str) -> None:
        self._introduced = True
        resume = {"argv": ["aider", "--restore-chat-history"], "cwd": self._cwd}
        self._story.session(started, self._path, cwd=self._cwd, resume=resume)
        self._story.state("started")

    def _gather(self, kind: str, line: str) -> None:
        if kind != self._kind:
            self._end()
            self._kind = kind
        self._lines.append(line)

    def _end(self) -> None:
        kind, said = self._kind, "\n".join(self._lines).strip()
        self._kind, self._lines = "", []
        if not said:
            return
        if kind != "assistant":
            if not _TOKENS.match(said):
                self._story.message(kind, said)
            return
        span = f"call-{self._turn + 1}"
        self._story.turn(at=None, span=span)
        for found in _THOUGHT.finditer(said):
            self._story.message("assistant", found[2].strip(), parent=span, thinking=True)
        self._story.message("assistant", _THOUGHT.sub("", said).strip(), parent=span)

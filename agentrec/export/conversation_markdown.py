"""The conversation of a run in Markdown, write only: messages, tool calls folded, what each turn cost.

What the model wrote is Markdown and stays that, without HTML and pictures; its headings are below ours. All
else that was recorded is text, see :mod:`agentrec.export.markdown`.
"""

from __future__ import annotations

import html
import os
import re
import shlex
from collections import deque
from typing import TYPE_CHECKING, BinaryIO

from agentrec.export.conversion import Loss
from agentrec.export.markdown import escaped, fenced, folded, quoted, table_lines
from agentrec.json_values import words
from agentrec.recording.events.agent import AgentLifecycle, AgentMessage, AgentSession
from agentrec.recording.events.decode import decode
from agentrec.recording.events.llm import LlmCall
from agentrec.recording.events.mark import MarkNote
from agentrec.recording.events.term import TermExit
from agentrec.recording.events.tool import ToolCall, ToolResult
from agentrec.recording.exit_text import exit_text
from agentrec.redact import mask_text
from agentrec.report.event_parts import parts_of
from agentrec.report.event_text import dollars, record_line, tokens, tool_line
from agentrec.report.model_calls import LatestCalls
from agentrec.report.summary import ModelTotals
from agentrec.text import plural
from agentrec.times import format_clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event
    from agentrec.report.event_parts import EventPart

MAX_LINES = 200  # of a part of a tool call
MAX_OPEN_CALLS = 1000
MAX_TITLE_CHARS = 160
_STATES = ("error", "interrupted", "compacted", "rewound")
_OUR_LEVELS = 3  # of headings
_MAX_LEVEL = 6
# What may stand before a block: marks of lists and quotations.
_LIST = r"(?:[-+*]|\d{1,9}[.)])"
_INSIDE = rf"(?:[ \t]*(?:>|{_LIST}(?=[ \t]|$)))*[ \t]*"
_FENCE = re.compile(
    rf"([ \t]*(?:{_LIST}[ \t]+)*)(`{{3,}}(?=[^`]*$)|~{{3,}})[ \t]*([\w+#.-]{{0,40}})"
)
_CLOSE_INDENT = 3
_TAB_COLUMNS = 4
_HEADING = re.compile(rf"({_INSIDE})(#{{1,6}})(?=[ \t]|$)")
_UNDERLINE = re.compile(rf"({_INSIDE})((?:=+|-+)[ \t]*)$")
_SCRIPT = re.compile(r"(javascript|vbscript)\\?:", re.IGNORECASE)


def write(header: JsonObject, events: Iterable[Event], out: BinaryIO, links: str = "") -> Loss:
    """Times link to ``links``, the address of a page that plays the recording, if it is given."""
    conversation = _Conversation(links)
    out.write(_encoded(_head(header)))
    out.writelines(_encoded(conversation.add(event)) for event in events)
    out.write(_encoded(conversation.end()))
    return conversation.loss


def _head(header: JsonObject) -> Iterator[str]:
    argv = words(header.get("command"))
    name = shlex.join([os.path.basename(argv[0]), *argv[1:]]) if argv else "A recording"
    yield f"# {escaped(_cut(str(header.get('title') or name)))}"
    yield ""
    facts = {
        "command": shlex.join(argv),
        "directory": header.get("cwd"),
        "recorded": header.get("created"),
    }
    yield from table_lines(("", ""), [(key, str(value)) for key, value in facts.items() if value])


class _Conversation:
    """Makes lines of events. A tool call waits for its result, and what follows it waits too."""

    def __init__(self, links: str) -> None:
        self.loss = Loss()
        self._links = links
        self._waiting: deque[Event | list[str]] = deque()
        self._results: dict[str, Event] = {}
        self._calls: LatestCalls[ModelTotals] = LatestCalls()
        self._turn = ModelTotals()
        self._agents: dict[str, None] = {}
        self._exit = ""

    def add(self, event: Event) -> list[str]:
        """The lines that can be written now."""
        match decode(event):
            case ToolCall():
                self._waiting.append(event)
            case ToolResult():
                if event.span:
                    self._results[event.span] = event
            case TermExit() as ended:
                self._exit = exit_text(ended.data)
            case LlmCall() as call:
                self._count(call)
            case record:
                lines = list(self._said(event, record))
                if lines:
                    self._waiting.append(lines)
                elif event.track not in ("term", "agent"):
                    self.loss.leave_out(event)
        return self._ready()

    def end(self) -> list[str]:
        """What is left, and what the last turn took."""
        lines = [line for item in self._waiting for line in self._lines(item)]
        lines += self._cost()
        return [*lines, f"*Ended: {self._exit}.*" if self._exit else ""]

    def _ready(self) -> list[str]:
        lines: list[str] = []
        while self._waiting:
            first = self._waiting[0]
            is_open = not isinstance(first, list) and first.span not in self._results
            if is_open and len(self._waiting) < MAX_OPEN_CALLS:
                break
            lines += self._lines(self._waiting.popleft())
        return lines

    def _lines(self, item: Event | list[str]) -> list[str]:
        if isinstance(item, list):
            return item
        return list(self._tool(item, self._results.pop(item.span or "", None)))

    # --- kinds --------------------------------------------------------------------------------

    def _said(self, event: Event, record: object) -> Iterator[str]:
        match record:
            case AgentMessage(role="user", text=text) if text:
                yield from self._cost()
                yield f"## {self._who(event, 'You')}, {self._time(event)}"
                yield ""
                yield from quoted(text)
            case AgentMessage(thinking=True, text=text) if text:
                yield from folded(
                    f"Thinking, {format_clock(event.t)}", text.splitlines()[:MAX_LINES]
                )
            case AgentMessage(role="assistant", text=text) if text:
                yield f"**{self._who(event, 'Agent')}**, {self._time(event)}"
                yield ""
                yield from _as_markdown(text)
            case AgentSession() as session:
                yield from self._session(session)
            case AgentLifecycle(state=state) as agent if state in _STATES:
                yield f"*{escaped(record_line(agent))}, {format_clock(event.t)}*"
                yield ""
            case MarkNote(text=text) if text:
                yield f"**Note**, {self._time(event)}"
                yield ""
                yield from quoted(text)

    def _session(self, session: AgentSession) -> Iterator[str]:
        name = " ".join(filter(None, (session.agent, session.version, session.model)))
        if name and name not in self._agents:
            self._agents[name] = None
            yield f"*{escaped(name)}*"
            yield ""

    def _tool(self, event: Event, result: Event | None) -> Iterator[str]:
        call = decode(event)
        assert isinstance(call, ToolCall)
        ended = decode(result) if result else None
        how = "no result" if not isinstance(ended, ToolResult) else "failed" if ended.failed else ""
        facts = ", ".join(filter(None, (how, format_clock(event.t))))
        title = mask_text(" ".join(str(tool_line(call)).split()))
        yield "<details><summary>" + html.escape(f"{_cut(title)} ({facts})") + "</summary>"
        yield ""
        for part in parts_of(event, result):
            yield from _part(part)
        yield "</details>"
        yield ""

    def _count(self, call: LlmCall) -> None:
        self._turn.add(call)
        if replaced := self._calls.replace(call, self._turn):
            replaced[1].add(replaced[0], -1)

    def _cost(self) -> Iterator[str]:
        """What the model took since the last time."""
        turn, self._turn = self._turn, ModelTotals()
        if turn.calls:
            facts = [
                plural(turn.calls, "model call"),
                tokens(turn.tokens),
                dollars(turn.as_data()["cost_usd"]),
            ]
            yield f"*{', '.join(filter(None, facts))}*"
            yield ""

    # --- words --------------------------------------------------------------------------------

    def _who(self, event: Event, usual: str) -> str:
        actor = event.actor or ""
        return escaped(actor) if actor and actor != "user" else usual

    def _time(self, event: Event) -> str:
        clock = format_clock(event.t)
        return f"[{clock}]({self._links}#t={clock})" if self._links else clock


def _part(part: EventPart) -> Iterator[str]:
    if not part.lines:
        return
    if part.heading:
        yield f"{escaped(part.heading)}:"
        yield ""
    left = len(part.lines) - MAX_LINES
    more = [f"… {left} more lines"] if left > 0 else []
    yield from fenced([*part.lines[:MAX_LINES], *more], "diff" if part.kind == "diff" else "text")


def _as_markdown(text: str) -> Iterator[str]:
    """A model's Markdown, without what would load, run or stand above our headings.

    Fences are ours and begin the line. There every reader sees a block of code begin and end, whatever list
    it is in, and what is in it needs no change.
    """
    fence, indent = "", 0
    for line in mask_text(text).splitlines():
        shown = "".join(c if c.isprintable() or c == "\t" else "·" for c in line)
        if fence:
            bare = shown.lstrip(" \t")
            depth = _columns(shown[: len(shown) - len(bare)])
            if depth <= indent + _CLOSE_INDENT and _closes(bare, fence):
                yield fence
                fence = ""
            else:
                yield " " * max(0, depth - indent) + bare if indent else shown
        elif begins := _FENCE.match(shown):
            fence, indent = begins[2], _columns(begins[1])
            yield fence + begins[3]
        else:
            yield _harmless(shown)
    if fence:
        yield fence
    yield ""


def _columns(indent: str) -> int:
    return len(indent.expandtabs(_TAB_COLUMNS))


def _closes(line: str, fence: str) -> bool:
    """Whether a line ends a block of code that ``fence`` began."""
    bare = line.rstrip()
    return len(bare) >= len(fence) and set(bare) == {fence[0]}


def _harmless(line: str) -> str:
    line = _without_scripts(line).replace("<", "&lt;").replace("![", "!\\[")
    if heading := _HEADING.match(line):
        level = min(_MAX_LEVEL, len(heading[2]) + _OUR_LEVELS - 1)
        return heading[1] + "#" * level + line[heading.end() :]
    # A line of dashes or equals signs would make a heading of the one before.
    return _UNDERLINE.sub(r"\1\\\2", line)


def _without_scripts(line: str) -> str:
    """Links that run something become text, also those with entities in their address."""
    if not _SCRIPT.search("".join(html.unescape(line).split())):
        return line
    return _SCRIPT.sub(r"\1 :", line.replace("&", "&amp;"))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TITLE_CHARS else text[: MAX_TITLE_CHARS - 1] + "…"


def _encoded(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")

"""Read one recording for the index: columns of the list, totals, and entries to find."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.errors import AgentrecError
from agentrec.library.created import created_at
from agentrec.library.endings import has_failed
from agentrec.library.filters import ENCRYPTED
from agentrec.library.index.entries import ENTRY_CHARS, EntryBuilder, IndexEntry
from agentrec.library.index.keyed_steps import KeyedSteps
from agentrec.library.index.library_db import MAX_ENTRIES, SLOT_SECONDS
from agentrec.library.index.screen_text import TAIL_BYTES, ScreenText
from agentrec.library.index.texts import pieces, storable
from agentrec.library.projects import project_of
from agentrec.library.repeats import KeyedCall, KeyedStep, call_key
from agentrec.recording.events.agent import AgentMessage, AgentSession
from agentrec.recording.events.decode import decode
from agentrec.recording.events.fs import FsSnapshot
from agentrec.recording.events.llm import TOKEN_KINDS, LlmCall, LlmResponse
from agentrec.recording.events.mark import MarkMoment
from agentrec.recording.events.step import StepDone
from agentrec.recording.events.term import TermExit
from agentrec.recording.format.header import tags_of
from agentrec.recording.format.work_limit import Cost
from agentrec.recording.reader import Recording
from agentrec.report import pricing
from agentrec.report.event_text import prompt_of
from agentrec.report.model_calls import MAX_CALLS, LatestCalls
from agentrec.report.summary import Summary
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event

Header = Mapping[str, object]

_EVENTS_PER_UPDATE = 256
# About how much output a segment contains.
_SEGMENT_BYTES = 1 << 20
# Of a title, a path or a word of the command line.
_MAX_TEXT_CHARS = 500
_MAX_COMMAND_WORDS = 100
_MAX_COMMAND_CHARS = 4000
# Of each line of the entry about the recording as a whole.
_MAX_LINE_CHARS = 100_000
# A later time counts as this.
_MAX_TIME_NS = 1 << 62
_NEVER_NS = 1 << 63
# Of what is done with an event here; output has a limit of its own.
_COST = Cost(event=10_000)


class ModelUsage(NamedTuple):
    """Model calls of one agent with one model that began in one slot of SLOT_SECONDS of Unix time.

    ``part`` numbers those of a recording.
    """

    part: int
    agent: str
    model: str
    slot: int
    calls: int
    input: int
    output: int
    cache_read: int
    cache_write: int
    cost: float
    without_price: int
    tokens_without_price: int


class ToolUsage(NamedTuple):
    """Calls of one tool."""

    name: str
    calls: int
    failed: int
    ms: float


class SlowRow(NamedTuple):
    """What took ``ms`` and ended at ``t`` (ns)."""

    ms: float
    t: int
    what: str
    about: str


class Digest(NamedTuple):
    """``created`` is in ns of Unix time; ``columns`` are the other ones of the list, see
    :mod:`agentrec.library.index.library_db`.
    """

    created: int
    columns: JsonObject
    usage: list[ModelUsage]
    calls: list[KeyedCall]
    steps: list[KeyedStep]
    tools: list[ToolUsage]
    slowest: list[SlowRow]
    entries: list[IndexEntry]


def digest(
    path: str, modified: int, advance: Callable[[int], object] = int, *, opened: bool = False
) -> Digest:
    """Read the recording at ``path``. ``modified`` (ns of Unix time) is used if its header has no date.

    ``advance`` is called with how many bytes of it were read. Of an encrypted one nothing is taken but what
    shows without a key, also where there is one: the index is not encrypted. Unless it is ``opened``, for one
    in memory. Raises InputError, FormatError, EncryptedError.
    """
    with Recording.open(path) if opened else Recording.outside(path) as recording:
        return _Reader(recording, modified).read(advance)


class _Reader:
    def __init__(self, recording: Recording, modified: int) -> None:
        self._recording = recording
        self._header: Header = recording.header
        self._created = created_at(self._header) or modified
        self._live = recording.live
        self._entries, self._summary = EntryBuilder(), Summary()
        self._steps = KeyedSteps()
        self._usage: dict[tuple[str, str, int], list[Any]] = {}
        self._calls: LatestCalls[list[Any]] = LatestCalls()
        # By the id of a call: the call, and the key of what it was summed up in.
        self._keyed: dict[str, tuple[LlmCall, tuple[str, str, int]]] = {}
        self._agent = _program(self._header)
        self._is_replay = _is_replay(self._header)
        self._counts = {"moments": 0, "snapshots": 0, "events": 0, "output": 0}
        self._duration = 0
        self._prompt = ""
        self._screen: ScreenText | None = ScreenText(recording.size, _tail_start(recording))
        self._is_unseen = False
        self._run_failed: bool | None = None  # of the Python library; None if it has not ended
        self._dropped_chars = 0

    def read(self, advance: Callable[[int], object]) -> Digest:
        for number, event in enumerate(self._recording.events(cost=_COST), 1):
            self._feed(event)
            if not number % _EVENTS_PER_UPDATE:
                advance(self._recording.file.tell())
        about = [] if self._recording.unopened else _recording_entries(self._header)
        entries = [*about, *self._entries.items()]
        entries += self._screen.items() if self._screen else []
        self._dropped_chars = sum(len(entry.text) for entry in entries[MAX_ENTRIES:])
        del entries[MAX_ENTRIES:]
        summary = self._summary.as_data()
        usage = [
            ModelUsage(part, *key, *sums) for part, (key, sums) in enumerate(self._usage.items())
        ]
        tools = [
            ToolUsage(_text(name), tool["calls"], tool["errors"], float(tool["ms"]))
            for name, tool in summary["tools"].items()
        ]
        slowest = [
            SlowRow(
                slow["ms"],
                min(round(slow["t"] * NS_PER_SECOND), _MAX_TIME_NS),
                _text(slow["what"]),
                _text(slow["text"]),
            )
            for slow in summary["slowest"]
            if slow["ms"]
        ]
        columns = {**self._columns(summary), **_cost_columns(usage)}
        calls, steps = self._keyed_calls(), self._steps.steps()
        return Digest(self._created, columns, usage, calls, steps, tools, slowest, entries)

    def _keyed_calls(self) -> list[KeyedCall]:
        parts = {key: part for part, key in enumerate(self._usage)}
        return [
            KeyedCall(
                call_key(call_id),
                parts[key],
                call.usage.input,
                call.usage.output,
                call.usage.cache_read,
                call.usage.cache_write,
                call.cost_usd,
            )
            for call_id, (call, key) in self._keyed.items()
        ]

    def _feed(self, event: Event) -> None:
        self._counts["events"] += 1
        self._duration = min(max(self._duration, event.t), _MAX_TIME_NS)
        if event.track == "term":
            self._terminal(event)
        record = decode(event)
        self._summary.feed(event, record)
        self._entries.feed(event, record)
        self._steps.feed(event, record)
        match record:
            case MarkMoment():
                self._counts["moments"] += 1
            case StepDone(failed=failed):
                self._run_failed = failed
            case FsSnapshot():
                self._counts["snapshots"] += 1
            case AgentSession(agent=agent):
                self._agent = _text(agent) or self._agent
            case AgentMessage():
                self._prompt = self._prompt or _text(prompt_of(event))
            case LlmCall() as call if not self._is_replay:
                self._call(event.t, call)
            case LlmResponse() as response if self._is_replay:
                self._live_answer(event.t, response)

    def _terminal(self, event: Event) -> None:
        if event.kind == "output":
            self._counts["output"] += len(event.data)
        if not self._screen:
            return
        try:
            self._feed_screen(self._screen, event)
        except AgentrecError:
            # No engine on this machine, or an unsupported size: everything else can still be found.
            self._screen, self._is_unseen = None, True

    def _feed_screen(self, screen: ScreenText, event: Event) -> None:
        if event.kind != "output" or not isinstance(event.data, bytes):
            screen.feed(event)
            return
        for piece in self._recording.work.pieces(event.data):
            screen.feed(event._replace(data=piece))

    def _call(self, t: int, call: LlmCall) -> None:
        slot = (self._created + t) // (NS_PER_SECOND * SLOT_SECONDS)
        key = (self._agent, _text(call.model) or "?", slot)
        sums = self._usage.setdefault(key, [0, 0, 0, 0, 0, 0.0, 0, 0])
        _add_call(sums, call)
        if call.id and (call.id in self._keyed or len(self._keyed) < MAX_CALLS):
            self._keyed[call.id] = call, key
        if replaced := self._calls.replace(call, sums):
            _add_call(replaced[1], replaced[0], -1)

    def _live_answer(self, t: int, response: LlmResponse) -> None:
        """In a replay only answers of the real model were paid for."""
        if response.replayed or not response.usage.total:
            return
        cost = pricing.cost(response.model, response.usage)
        data = {name: response.data.get(name) for name in ("id", "model", "usage")}
        self._call(t, LlmCall({**data, "cost_usd": cost}))

    def _columns(self, summary: Mapping[str, Any]) -> JsonObject:
        end = TermExit(summary["exit"] or {})
        sessions = summary["sessions"]
        skipped = bool(self._recording.unread or (self._screen and self._screen.skipped_bytes))
        return {
            **_header_columns(self._header),
            "duration": self._duration,
            "prompt": self._prompt,
            "agent": _text(sessions[0].get("agent")) if sessions else "",
            "signed_by": _text(summary["signed_by"]),
            "state": self._state(),
            "exit_code": end.code,
            "exit_signal": end.signal,
            "failed": self._has_failed(end),
            "turns": summary["turns"],
            "errors": summary["errors"],
            "left_out": self._dropped_chars
            + self._entries.left_out
            + (self._screen.left_out if self._screen else 0),
            "unseen": self._is_unseen or skipped or self._recording.unopened,
            "encrypted": self._recording.unopened,
            "damage": sum(item.length for item in self._recording.damage),
            **self._counts,
        }

    def _has_failed(self, end: TermExit) -> bool | None:
        failed = has_failed(_command(self._header), end.code, end.signal)
        # What a recorded program exits with says more than a run inside it.
        return self._run_failed if failed is None else failed

    def _state(self) -> str:
        if self._live:
            return "live"
        if self._recording.unopened:
            return ENCRYPTED
        damage = self._recording.damage
        if damage:
            return "torn" if all(it.reason.startswith("torn") for it in damage) else "damaged"
        return "complete" if self._recording.ended else "torn"


def _add_call(sums: list[Any], call: LlmCall, times: int = 1) -> None:
    """Add a call to the counts of a ModelUsage; take it away again with ``times`` -1."""
    sums[0] += times
    for index, tokens in enumerate(call.usage[: len(TOKEN_KINDS)], 1):
        sums[index] += times * tokens
    sums[5] += times * (call.cost_usd or 0.0)
    if call.cost_usd is None:
        sums[6] += times
        sums[7] += times * call.usage.total


def _tail_start(recording: Recording) -> int:
    """When the last part begins whose output is always read, in ns."""
    if not recording.indexed:  # cut short, or in progress: only the beginning
        return _NEVER_NS
    segments = recording.index.segments
    number = TAIL_BYTES // _SEGMENT_BYTES
    return segments[-number][2] if len(segments) > number else 0


def _cost_columns(usage: list[ModelUsage]) -> JsonObject:
    without_price = sum(it.without_price for it in usage)
    is_priced = sum(it.calls for it in usage) > without_price
    return {
        "tokens": sum(it.input + it.output + it.cache_read + it.cache_write for it in usage),
        "cost": round(sum(it.cost for it in usage), 6) if is_priced else None,
        "without_price": without_price,
    }


def _header_columns(header: Header) -> JsonObject:
    parent = header.get("parent")
    parent = parent if isinstance(parent, dict) else {}
    cwd = _text(header.get("cwd"))
    return {
        "session": _text(header.get("id")),
        "file": _text(header.get("file")),
        "title": _text(header.get("title")),
        "tags": "".join(f"\n{_text(tag)}" for tag in tags_of(header)) + "\n",
        "command": json.dumps(_command(header))[:_MAX_COMMAND_CHARS],
        "program": _program(header),
        "cwd": cwd,
        "project": project_of(cwd),
        "parent": _text(parent.get("id")),
        "relation": _text(parent.get("relation")),
    }


def _recording_entries(header: Header) -> list[IndexEntry]:
    """The recording as a whole: title, command line and directory."""
    command = header.get("command")
    words = " ".join(map(str, command)) if isinstance(command, list) else ""
    lines = (header.get("title"), words, header.get("cwd"), " ".join(tags_of(header)))
    text = "\n".join(filter(None, (storable(line, _MAX_LINE_CHARS) for line in lines)))
    return [IndexEntry(0, "session", piece) for piece in pieces(text, ENTRY_CHARS)]


def _is_replay(header: Header) -> bool:
    """Whether answers of the model were taken from another recording."""
    parent = header.get("parent")
    return isinstance(parent, dict) and (
        parent.get("relation") == "ghost" or parent.get("method") == "replayed-calls"
    )


def _command(header: Header) -> list[str]:
    command = header.get("command")
    if not isinstance(command, list):
        return []
    return [str(word)[:_MAX_TEXT_CHARS] for word in command[:_MAX_COMMAND_WORDS]]


def _program(header: Header) -> str:
    command = _command(header)
    return os.path.basename(_text(command[0])) if command else ""


def _text(value: object) -> str:
    return storable(value, _MAX_TEXT_CHARS)

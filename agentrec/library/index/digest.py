"""One recording, read once: the facts that are listed, the sums, and the texts one can find."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.errors import AgentrecError
from agentrec.library.index.entries import Entries, Entry
from agentrec.library.index.screen_text import LAST, Shown
from agentrec.library.index.store import SLOT
from agentrec.library.index.texts import storable
from agentrec.library.projects import project_of
from agentrec.recording.events.agent import AgentMessage, AgentSession
from agentrec.recording.events.decode import decode
from agentrec.recording.events.fs import FsSnapshot
from agentrec.recording.events.llm import TOKEN_KINDS, LlmCall
from agentrec.recording.events.mark import MarkMoment
from agentrec.recording.events.term import TermExit
from agentrec.recording.reader import Recording
from agentrec.report.event_text import prompt_of
from agentrec.report.summary import Summary
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from agentrec.recording.events import Event

_SEGMENT = 1 << 20  # bytes of output in a segment, about
_LONGEST = 500  # characters of a title or a path in the list
_MOST = 1 << 62  # ns; a time beyond is taken for this


class Usage(NamedTuple):
    """Model calls of one agent with one model in one stretch of time (``slot`` x SLOT, Unix time)."""

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


class Digest(NamedTuple):
    """``facts`` are the columns of the list, see :mod:`agentrec.library.index.store`."""

    facts: dict[str, Any]
    usage: list[Usage]
    tools: list[tuple[str, int, int, float]]  # name, calls, failed, ms
    slowest: list[tuple[float, int, str, str]]  # ms, t in ns, what, text
    entries: list[Entry]


def digest(path: str, modified: int) -> Digest:
    """Read the recording at ``path``. ``modified`` (ns, Unix time) dates one that does not say its date.

    Raises InputError, FormatError.
    """
    with Recording.open(path) as recording:
        return _Reader(recording, modified).read()


class _Reader:
    def __init__(self, recording: Recording, modified: int) -> None:
        self._recording = recording
        self._header = recording.header
        self._created = created_at(self._header) or modified
        self._live = recording.live
        self._entries, self._summary = Entries(), Summary()
        self._usage: dict[tuple[str, str, int], list[Any]] = {}
        self._agent = _program(self._header)
        self._counts = {"moments": 0, "snapshots": 0, "events": 0, "output": 0}
        self._duration = 0
        self._prompt = ""
        self._shown: Shown | None = Shown(recording.size, self._tail())
        self._unseen = False

    def read(self) -> Digest:
        for event in self._recording.events():
            self._feed(event)
        entries = [self._about(), *self._entries.items()]
        entries += self._shown.items() if self._shown else []
        told = self._summary.as_data()
        usage = [Usage(*key, *sums) for key, sums in self._usage.items()]
        tools = [
            (_text(name), it["calls"], it["errors"], float(it["ms"]))
            for name, it in told["tools"].items()
        ]
        slowest = [
            (
                it["ms"],
                min(round(it["t"] * NS_PER_SECOND), _MOST),
                _text(it["what"]),
                _text(it["text"]),
            )
            for it in told["slowest"]
            if it["ms"]
        ]
        return Digest(self._facts(told, usage), usage, tools, slowest, entries)

    def _tail(self) -> int:
        """When the last part begins whose output is looked at whatever came before, in ns."""
        if not self._recording.indexed:  # cut short, or being written: only the beginning
            return 1 << 63
        segments = self._recording.index.segments
        return segments[-LAST // _SEGMENT][2] if len(segments) > LAST // _SEGMENT else 0

    def _feed(self, event: Event) -> None:
        self._counts["events"] += 1
        self._duration = min(max(self._duration, event.t), _MOST)
        if event.track == "term":
            self._terminal(event)
        record = decode(event)
        self._summary.feed(event, record)
        self._entries.feed(event, record)
        match record:
            case MarkMoment():
                self._counts["moments"] += 1
            case FsSnapshot():
                self._counts["snapshots"] += 1
            case AgentSession(agent=agent):
                self._agent = _text(agent) or self._agent
            case AgentMessage():
                self._prompt = self._prompt or _text(prompt_of(event))
            case LlmCall() as call:
                self._call(event.t, call)

    def _terminal(self, event: Event) -> None:
        if event.kind == "output":
            self._counts["output"] += len(event.data)
        if not self._shown:
            return
        try:
            self._shown.feed(event)
        except (
            AgentrecError
        ):  # no engine here, or a size it cannot show: the rest can still be found
            self._shown, self._unseen = None, True

    def _call(self, t: int, call: LlmCall) -> None:
        slot = (self._created + t) // (NS_PER_SECOND * SLOT)
        key = (self._agent, _text(call.model) or "?", slot)
        sums = self._usage.setdefault(key, [0, 0, 0, 0, 0, 0.0, 0])
        sums[0] += 1
        for place, number in enumerate(call.usage[: len(TOKEN_KINDS)], 1):
            sums[place] += number
        sums[5] += call.cost_usd or 0.0
        sums[6] += call.cost_usd is None

    def _facts(self, told: dict[str, Any], usage: list[Usage]) -> dict[str, Any]:
        header, recording = self._header, self._recording
        parent = header.get("parent")
        parent = parent if isinstance(parent, dict) else {}
        end = TermExit(told["exit"] or {})
        sessions = told["sessions"]
        cwd = _text(header.get("cwd"))
        unpriced = sum(it.without_price for it in usage)
        priced = sum(it.calls for it in usage) > unpriced
        return {
            "session": _text(header.get("id")),
            "file": _text(header.get("file")),
            "created": self._created,
            "duration": self._duration,
            "title": _text(header.get("title")),
            "prompt": self._prompt,
            "command": json.dumps(_command(header))[: 8 * _LONGEST],
            "program": _program(header),
            "cwd": cwd,
            "project": project_of(cwd),
            "agent": _text(sessions[0].get("agent")) if sessions else "",
            "parent": _text(parent.get("id")),
            "relation": _text(parent.get("relation")),
            "state": self._state(),
            "exit_code": end.code,
            "exit_signal": end.signal,
            "turns": told["turns"],
            "errors": told["errors"],
            "tokens": sum(it.input + it.output + it.cache_read + it.cache_write for it in usage),
            "cost": round(sum(it.cost for it in usage), 6) if priced else None,
            "without_price": unpriced,
            "left_out": self._entries.left_out + (self._shown.left_out if self._shown else 0),
            "unseen": self._unseen or bool(self._shown and self._shown.skipped),
            "damage": sum(item.length for item in recording.damage),
            **self._counts,
        }

    def _state(self) -> str:
        if self._live:
            return "live"
        if self._recording.damage:
            only_torn = all(it.reason.startswith("torn") for it in self._recording.damage)
            return "torn" if only_torn else "damaged"
        return "complete" if self._recording.ended else "torn"

    def _about(self) -> Entry:
        """The entry that stands for the recording as a whole."""
        header = self._header
        lines = (_text(header.get("title")), " ".join(_command(header)), _text(header.get("cwd")))
        return Entry(0, "session", "\n".join(line for line in lines if line))


def created_at(header: dict[str, Any]) -> int | None:
    """When a recording began, in ns of Unix time, as its header has it."""
    said = header.get("created")
    try:
        moment = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    if moment is None:
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0, int(zoned.timestamp()) * NS_PER_SECOND + zoned.microsecond * 1000), _MOST)


def _command(header: dict[str, Any]) -> list[str]:
    command = header.get("command")
    return [str(word)[:_LONGEST] for word in command[:100]] if isinstance(command, list) else []


def _program(header: dict[str, Any]) -> str:
    command = _command(header)
    return os.path.basename(_text(command[0])) if command else ""


def _text(value: Any) -> str:
    return storable(value, _LONGEST)

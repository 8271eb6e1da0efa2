"""Sessions of Agent VCR, ``.vcr``: a line of JSON for the session, then one for each frame.

A frame is a step with the state before and after it, a model call, a tool call, an error or a checkpoint.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agentrec.errors import FormatError
from agentrec.export.conversion import DEFAULT_SIZE, MAX_TIME_NS, ImportedRecording, Notes, Source
from agentrec.export.line_codec import numbered_lines
from agentrec.json_values import JsonObject, amount, table, text, words
from agentrec.recording.events import Event
from agentrec.recording.events.llm import Usage
from agentrec.times import NS_PER_SECOND, format_rfc3339_exact, parse_rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MAX_EPOCH_SECONDS = 1 << 33


def read(source: Source) -> ImportedRecording:
    """Raises FormatError when it does not begin with a session."""
    notes = Notes()
    lines = _records(source, notes)
    kind, session = next(lines, ("", {}))
    if kind != "session":
        raise FormatError(f"{source.name} does not begin with a session")
    began = _time(session.get("created_at"))
    header: JsonObject = {"cols": DEFAULT_SIZE[0], "rows": DEFAULT_SIZE[1]}
    name = text(session.get("session_id"))
    header |= {"id": name, "title": name} if name else {}
    header |= {"tags": tags} if (tags := words(session.get("tags"))) else {}
    if began is not None and (created := format_rfc3339_exact(began)):
        header["created"] = created
    if parent := text(session.get("parent_session_id")):
        from_step = session.get("forked_from_frame")
        header["parent"] = {
            "id": parent,
            "relation": "branch",
            "method": "vcr",
            "at_step": from_step,
        }
    return ImportedRecording(header, _Session(session, began, notes).events(lines), notes)


def _records(source: Source, notes: Notes) -> Iterator[tuple[str, JsonObject]]:
    """The ``(type, data)`` of each line, in the order of the file."""
    for number, line in numbered_lines(source.stream):
        try:
            record = table(json.loads(line, parse_constant=lambda _: None))
        except (ValueError, RecursionError):
            notes.add(f"line {number} is broken and was left out")
            continue
        data = record.get("data")
        if isinstance(data, dict):
            yield text(record.get("type")), data
        elif line.strip():
            notes.add("lines without data were left out")


class _Session:
    """Makes events of frames: states are whole, as the file has them."""

    def __init__(self, session: JsonObject, began: int | None, notes: Notes) -> None:
        self._run = text(session.get("session_id")) or "run"
        self._tags, self._began, self._notes = words(session.get("tags")), began, notes
        self._seq = self._t = self._states = self._steps = 0
        self._output: object = None

    def events(self, records: Iterator[tuple[str, JsonObject]]) -> Iterator[Event]:
        """All events, in order."""
        yield self._event("step", "run", {"name": self._run, "tags": self._tags}, self._run)
        for kind, frame in records:
            if kind == "frame":
                yield from self._frame(frame)
            elif kind != "session":
                self._notes.add("lines of other types were left out")
        yield self._event("step", "done", {"steps": self._steps}, self._run)

    def _frame(self, frame: JsonObject) -> Iterator[Event]:
        at = _time(frame.get("timestamp"))
        if self._began is None:
            self._began = at
        if at is not None and self._began is not None:
            self._t = max(self._t, min(at - self._began, MAX_TIME_NS))
        meta = table(frame.get("metadata"))
        before, after = self._states_of(frame)
        node, kind = text(frame.get("node_name")), text(frame.get("frame_type"))
        if kind == "llm":
            yield self._model_call(node, meta, before, after)
        elif kind == "tool":
            yield from self._tool_call(node, meta, before, after)
        elif kind == "error":
            error = {"type": meta.get("error_type"), "message": meta.get("error_message")}
            data: JsonObject = {"node": node, "error": error, "input": self._stored(before)}
            yield self._event("step", "error", data, parent=f"{self._run}:{self._steps}")
        elif kind == "checkpoint":
            data = {"label": node, "state": self._stored(after)}
            yield self._event("step", "state", data, parent=f"{self._run}:{self._steps}")
        else:
            yield self._step(node, meta, before, after)

    def _states_of(self, frame: JsonObject) -> tuple[object, object]:
        """The state before a frame, and after it; a frame with only the difference begins with the last."""
        before, after = frame.get("input_state"), frame.get("output_state")
        if not before and frame.get("state_diff") and self._output is not None:
            before = self._output
        self._output = after if after is not None else before
        return before, after

    def _step(self, node: str, meta: JsonObject, before: object, after: object) -> Event:
        error = text(meta.get("error_message"))
        data = {
            "n": self._steps,
            "node": node,
            "input": self._stored(before),
            "output": self._stored(after),
            "duration_ms": amount(meta.get("latency_ms")),
            "error": {"type": meta.get("error_type"), "message": error} if error else None,
            "meta": table(meta.get("custom")) or None,
        }
        self._steps += 1
        return self._event("step", "end", data, f"{self._run}:{self._steps - 1}")

    def _model_call(self, node: str, meta: JsonObject, before: object, after: object) -> Event:
        usage = Usage.from_data(
            {"input": meta.get("tokens_input"), "output": meta.get("tokens_output")}
        )
        if not usage.total:  # one number is all that is known
            usage = Usage.from_data({"output": meta.get("tokens_used")})
        data = {
            "node": node,
            "model": text(meta.get("model")),
            "usage": usage.as_data(),
            "cost_usd": amount(meta.get("cost_usd")),
            "duration_ms": amount(meta.get("latency_ms")),
            "prompt": self._stored(before),
            "response": after,
            "source": "sdk",
        }
        return self._event("llm", "call", data, f"{self._run}:c{self._seq}")

    def _tool_call(
        self, node: str, meta: JsonObject, before: object, after: object
    ) -> Iterator[Event]:
        span, given = f"{self._run}:t{self._seq}", table(before)
        name = text(given.get("tool_name")) or node
        yield self._event("tool", "call", {"name": name, "input": given.get("args", before)}, span)
        error = text(meta.get("error_message"))
        result = {
            "output": after,
            "is_error": bool(error),
            "error": error or None,
            "duration_ms": amount(meta.get("latency_ms")),
        }
        yield self._event("tool", "result", result, span)

    def _stored(self, state: object) -> JsonObject | None:
        """A state as recordings have them, see docs/python.md."""
        if state is None:
            return None
        self._states += 1
        return {"i": self._states - 1, "full": state}

    def _event(
        self,
        track: str,
        kind: str,
        data: Mapping[str, object],
        span: str | None = None,
        parent: str | None = None,
    ) -> Event:
        known = {name: value for name, value in data.items() if value is not None}
        self._seq += 1
        return Event(self._seq - 1, self._t, track, kind, known, span, parent)


def _time(value: object) -> int | None:
    """Nanoseconds since 1970 of an ISO time, or of seconds."""
    if isinstance(value, str):
        return parse_rfc3339(value)
    seconds = amount(value)
    if seconds is None or not 0 <= seconds < _MAX_EPOCH_SECONDS:
        return None
    return round(seconds * NS_PER_SECOND)

"""Events on the clock of a new recording: their times, and the events they refer to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.json_values import JsonObject
from agentrec.recording.events import Event
from agentrec.recording.markers import happened
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from agentrec.cuts.time_map import TimeMap

_DURATIONS = ("duration_ms", "took_ms")
_SEQS = ("conversation", "at_seq")  # of fs/snapshot
_SNAPSHOT, _NOTE = ("fs", "snapshot"), ("mark", "note")
_ANSWERED = re.compile(r"n(\d{1,18})")
_MAX_DURATION_MS = 1e15


class Names(NamedTuple):
    """How a joined recording's names differ from those in its file: spans by a prefix, snapshots by id."""

    prefix: str = ""
    snapshots: dict[str, str] = {}  # noqa: RUF012 - never changed

    def span(self, name: str | None) -> str | None:
        return self.prefix + name if name else name


class EventEdit:
    """Gives the events of one recording their places in another. Feed them in order.

    ``spans`` and ``snapshots``: the names of those so far, as they are there.
    """

    def __init__(self, time_map: TimeMap, names: Names | None = None) -> None:
        self._map = time_map
        self._names = names or Names()
        self._seqs: dict[int, int] = {}
        self.spans, self.snapshots = set[str](), set[str]()

    def edited(self, event: Event, seq: int, earliest: int = 0) -> Event:
        """``event`` as number ``seq``; it happens at ``earliest`` (new ns) or later."""
        self._seqs[event.seq] = seq
        t = max(earliest, self._map.place(event.t))
        data = event.data
        if isinstance(data, dict):
            data = self._durations(event, self._times(event, data, earliest, t))
            data = self._references(event, data)
        span, parent = self._names.span(event.span), self._names.span(event.parent)
        self.spans.update(name for name in (span, parent) if name)
        return event._replace(seq=seq, t=t, data=data, span=span, parent=parent)

    def _times(self, event: Event, data: JsonObject, earliest: int, t: int) -> JsonObject:
        if type(data.get("at_ns")) is not int:
            return data
        at = self._map.place(happened(event))
        return {**data, "at_ns": min(max(earliest, at), t)}

    def _durations(self, event: Event, data: JsonObject) -> JsonObject:
        for name in _DURATIONS:
            value = data.get(name)
            if type(value) in (int, float) and 0 < value < _MAX_DURATION_MS:  # type: ignore[operator]
                before = round(value * NS_PER_MS)  # type: ignore[operator]
                took = self._map.took(_end(event, before), before)
                if took != before:
                    data = {**data, name: took / NS_PER_MS}
        return data

    def _references(self, event: Event, data: JsonObject) -> JsonObject:
        if event.name == _SNAPSHOT:
            return self._snapshot(data)
        if event.name == _NOTE:
            return self._note(data)
        named = self._names.snapshots.get(str(data.get("snapshot", "")))
        data = {**data, "snapshot": named} if named else data
        prefix = self._names.prefix
        spans = [name for name in ("base", "retry_of") if prefix and data.get(name)]
        return {**data, **{name: f"{prefix}{data[name]}" for name in spans}} if spans else data

    def _snapshot(self, data: JsonObject) -> JsonObject:
        data = dict(data)
        for name in _SEQS:
            if name in data:
                old = data.pop(name)
                new = self._seqs.get(old) if isinstance(old, int) else None
                data |= {} if new is None else {name: new}
        for name in ("id", "parent"):
            new_id = self._names.snapshots.get(str(data.get(name, "")))
            data |= {name: new_id} if new_id else {}
        self.snapshots.add(str(data.get("id", "")))
        return data

    def _note(self, data: JsonObject) -> JsonObject:
        answered = _ANSWERED.fullmatch(str(data.get("answers", "")))
        if not answered:
            return data
        new = self._seqs.get(int(answered[1]))
        rest = {name: value for name, value in data.items() if name != "answers"}
        return rest if new is None else {**rest, "answers": f"n{new}"}


def _end(event: Event, duration: int) -> int:
    """When what took ``duration`` (ns) ended: commands have their start in ``at_ns``."""
    if event.name == ("sys", "command"):
        return happened(event) + duration
    return happened(event)

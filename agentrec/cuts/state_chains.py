"""States and model requests that build on what is left out: each kept one gets what it needs.

A state is stored as what changed since the one before it, a request as the messages that an earlier one does
not have. The first that is kept after something was left out is therefore written whole.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agentrec.errors import InputError
from agentrec.json_values import JsonObject, table, words
from agentrec.recording.format.batch import MAX_RECORD_BYTES
from agentrec.sdk.states.state_reader import rebuilt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.recording.events import Event

_STATE, _PROMPT = "state", "prompt"
_FIELDS = {
    ("step", "start"): {"input": _STATE},
    ("step", "end"): {"input": _STATE, "output": _STATE},
    ("step", "error"): {"input": _STATE},
    ("step", "state"): {"state": _STATE},
    ("llm", "call"): {"prompt": _PROMPT},
}
_REQUEST, _RESPONSE = ("llm", "request"), ("llm", "response")
# Of a record; the rest of it is small.
_MAX_PARTS_BYTES = MAX_RECORD_BYTES - (1 << 20)


class States:
    """The states of all runs, in the order of their events."""

    def __init__(self) -> None:
        # By run and chain: what was stored since the last whole state, and whether some was left out.
        self._stored: dict[tuple[str, str], list[JsonObject]] = {}
        self._torn: dict[tuple[str, str], bool] = {}

    def take(self, event: Event, *, kept: bool) -> JsonObject:
        """The data of ``event``, with its states whole if those before them are left out."""
        data = table(event.data)
        for name, chain in _FIELDS.get(event.name, {}).items():
            stored = table(data.get(name))
            if type(stored.get("i")) is int:
                key = (_run_of(event), chain)
                whole = self._state(key, stored, kept=kept)
                data = data if whole is stored else {**data, name: whole}
        return data

    def _state(self, key: tuple[str, str], stored: JsonObject, *, kept: bool) -> JsonObject:
        if "full" in stored:
            self._stored[key] = []
        self._stored.setdefault(key, []).append(stored)
        if not kept:
            self._torn[key] = True
            return stored
        torn = self._torn.pop(key, False)
        if not torn or "full" in stored:
            return stored
        try:
            whole: JsonObject = {"i": stored["i"], "full": rebuilt(self._stored[key])}
        except InputError:  # a part of the original is lost
            return stored
        self._stored[key] = [whole]
        return whole


def _run_of(event: Event) -> str:
    """The run whose chain it is, see :mod:`agentrec.sdk.read.run_frames`."""
    span = event.span or event.parent or ""
    return span.rpartition(":")[0] or span


class Requests:
    """The parts of model calls, in the order of their events. ``lost`` counts what had no room."""

    def __init__(self) -> None:
        self._left_out: dict[str, object] = {}
        self._messages: dict[str, list[str]] = {}
        self._kept: set[str] = set()  # spans of requests
        self.lost = 0

    def take(self, event: Event, data: JsonObject, *, kept: bool) -> JsonObject:
        """``data`` of ``event``, with all parts that no kept event before it has."""
        if event.name not in (_REQUEST, _RESPONSE):
            return data
        if event.name == _REQUEST:
            data = self._request(event.span or "", data, kept=kept)
        if not kept:
            self._left_out |= table(data.get("parts"))
            return data
        return self._with_parts(data)

    def _request(self, span: str, data: JsonObject, *, kept: bool) -> JsonObject:
        base, repeated = str(data.get("base", "")), data.get("repeated")
        count = repeated if type(repeated) is int else 0
        names = [*self._messages.get(base, [])[:count], *words(data.get("messages"))]
        self._messages[span] = names
        if not kept:
            return data
        self._kept.add(span)
        if not base or base in self._kept:
            return data
        rest = {name: value for name, value in data.items() if name not in ("base", "repeated")}
        return {**rest, "messages": names}

    def _with_parts(self, data: JsonObject) -> JsonObject:
        own = table(data.get("parts"))
        needed = {name: self._left_out[name] for name in _names(data) if name in self._left_out}
        for name in own:
            self._left_out.pop(name, None)
        if not needed:
            return data
        parts = {**needed, **own}
        if len(json.dumps(parts, ensure_ascii=False).encode("utf-8", "replace")) > _MAX_PARTS_BYTES:
            self.lost += 1
            return data
        for name in needed:
            del self._left_out[name]
        return {**data, "parts": parts}


def _names(data: JsonObject) -> Iterator[str]:
    """The parts that a request or an answer names."""
    for field in ("messages", "system", "tools", "options", "body", "output"):
        value = data.get(field)
        yield from [value] if isinstance(value, str) else words(value)

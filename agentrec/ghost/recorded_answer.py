"""A recorded answer as bytes, for the request that asks for it now."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, NamedTuple

from agentrec.gateway.dialects import server_sent_events
from agentrec.ghost.volatile import directory_names, plain_names
from agentrec.json_values import JsonObject, table, text

if TYPE_CHECKING:
    from agentrec.gateway.recorded_calls import RecordedCall

JSON_TYPE = "application/json"


class HttpAnswer(NamedTuple):
    """Status, content type, and the pieces of the body. ``cut``: the connection ends after them."""

    status: int
    content_type: str
    pieces: list[bytes]
    cut: bool


class MovedTexts:
    """Texts of a run in another directory: agents name files by their whole path."""

    def __init__(self, before: str, now: str, inside: str = "") -> None:
        old = (pattern for pattern, _ in directory_names(before, inside))
        self._moves = list(zip(old, plain_names(now, inside), strict=False))

    def value(self, value: object) -> object:
        """Return JSON with the directory of now."""
        if isinstance(value, str):
            for old, new in self._moves:
                value = old.sub(lambda _, new=new: new, value)  # type: ignore[misc]
            return value
        if isinstance(value, dict):
            return {name: self.value(it) for name, it in value.items()}
        if isinstance(value, list):
            return [self.value(it) for it in value]
        return value


def is_masked(call: RecordedCall) -> bool:
    """Whether something in an answer was masked: nobody knows what the agent would do with it."""
    return bool(call.response and call.response.masked)


def http_answer(call: RecordedCall, moved: MovedTexts, raw_part: object) -> HttpAnswer:
    """Return the answer of ``call``; ``raw_part`` is the part of a body that no API explains."""
    response = call.response
    status = (response.status if response else None) or 502
    cut = response is None or response.ended != "complete"
    kind = text(table(response.headers).get("content-type")) if response else ""
    if call.answer is None:
        return HttpAnswer(status, kind or "text/plain", [_raw(raw_part)], cut)
    body = table(moved.value(call.answer))
    if "event-stream" in kind or call.request.web_socket:
        return HttpAnswer(status, "text/event-stream", stream_pieces(call, body), cut)
    if call.request.stream and call.api and status < 400 and call.api.name == "gemini":
        return HttpAnswer(status, kind or JSON_TYPE, [json.dumps([body]).encode()], cut)
    return HttpAnswer(status, kind or JSON_TYPE, [json.dumps(body).encode()], cut)


def stream_pieces(call: RecordedCall, body: JsonObject) -> list[bytes]:
    """A stream that says what ``body`` does; what a cut one did not come to is left out."""
    if call.api is None:
        return []
    pieces = [server_sent_events.encode(*frame) for frame in call.api.frames(body)]
    if call.api.name == "chat":
        pieces.append(b"data: [DONE]\n\n")
    is_cut = call.response is not None and call.response.ended != "complete"
    return pieces[:-1] if is_cut else pieces


def _raw(part: object) -> bytes:
    value = table(part)
    if "base64" in value:
        try:
            return base64.b64decode(text(value["base64"]))
        except ValueError:
            return b""
    return text(value.get("text")).encode()

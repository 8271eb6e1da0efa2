"""What a ghost's model calls are answered from a recording. It connects to nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from agentrec.gateway.call_mask import CallMask
from agentrec.gateway.dialects.known import GENERATE, kind_of
from agentrec.gateway.recorded_calls import RecordedCalls
from agentrec.gateway.transport.content_coding import decode
from agentrec.gateway.transport.exchange import header
from agentrec.ghost.recorded_answer import HttpAnswer, MovedTexts, http_answer, is_masked
from agentrec.ghost.request_match import Asked, RequestMatch, path_of
from agentrec.ghost.volatile import Normalizer
from agentrec.json_values import JsonObject
from agentrec.recording.reader import Recording

if TYPE_CHECKING:
    from agentrec.gateway.recorded_calls import RecordedCall

VARIABLE = "AGENTREC_GHOST"
MAX_BODY_BYTES = 64 << 20
RECORDED_PACE = "recorded"
# So that an agent does not ask again.
MISS_STATUS = 400
# Stands for the answer of the real model.
LIVE = HttpAnswer(0, "", [], cut=False)


class GhostSettings(NamedTuple):
    """What the process is told: the recording, where its run was and where this one is.

    The agent works ``inside`` these directories, or in them.
    """

    file: str
    directory_before: str
    directory: str
    inside: str
    match: str
    pace: str
    # Answers from the recording before the real model is asked, and whether it is at a miss.
    live_after: int | None = None
    live_on_miss: bool = False

    def encode(self) -> str:
        return json.dumps(self._asdict())


class GhostServer:
    """Answers from the calls of one recording."""

    def __init__(self, settings: GhostSettings) -> None:
        self._calls = RecordedCalls()
        with Recording.open(settings.file) as recording:
            for event in recording.events(tracks=("llm",)):
                self._calls.feed(event)
        self._mask = CallMask()
        inside = settings.inside
        before = Normalizer(settings.directory_before, self._mask, inside)
        self._match = RequestMatch(self._calls.calls.values(), before, settings.match)
        self._normalizer = Normalizer(settings.directory, self._mask, inside)
        self._moved = MovedTexts(settings.directory_before, settings.directory, inside)
        self._pace = settings.pace
        self._live_after, self._live_on_miss = settings.live_after, settings.live_on_miss
        self._generated = 0

    def answer(
        self, method: str, target: str, headers: list[tuple[str, str]], body: bytes
    ) -> tuple[HttpAnswer, RecordedCall | None, JsonObject]:
        """Return what to answer, the recorded call, and what to report."""
        if self._mask.learn(headers, target):
            self._normalizer.forget()
        kind = kind_of(target)
        api = kind.api if method == "POST" else None
        decoded = decode(body, header(headers, "content-encoding"), MAX_BODY_BYTES) or b""
        sent = _json_object(decoded)
        name = api.name if api else ""
        asked = Asked(name, method, path_of(target, api), self._normalizer.body(name, sent))
        report: JsonObject = {"path": asked.path, "operation": kind.operation}
        generates = api is not None and kind.operation == GENERATE
        if self._is_over(generates=generates):
            return LIVE, None, report | {"live": True}
        call, difference = self._match.find(asked, api)
        if call is None and generates and self._live_on_miss:
            self._live_after = 0
            return LIVE, None, report | {"live": True}
        self._generated += generates
        if call is None and not generates:
            # A server that does not know: agents do without.
            return HttpAnswer(404, "application/json", [b"{}"], cut=False), None, report
        if call is None:
            return _miss(difference), None, report | {"miss": difference}
        if is_masked(call):
            reason = [f"the recorded answer {call.span} holds a masked secret"]
            return _miss(reason), None, report | {"miss": reason}
        raw = self._calls.part(call.response.body) if call.response else None
        report |= {"call": call.span, "differs": difference} if difference else {"call": call.span}
        return http_answer(call, self._moved, raw), call, report

    def _is_over(self, *, generates: bool) -> bool:
        """Whether the real model is asked from here on."""
        over = self._live_after is not None and self._generated >= self._live_after
        return over and generates

    def delays(self, call: RecordedCall | None, pieces: int) -> tuple[float, float]:
        """Seconds before the first piece, and between pieces."""
        response = call.response if call else None
        if self._pace != RECORDED_PACE or response is None:
            return 0.0, 0.0
        first = (response.first_byte_ms or 0) / 1000
        rest = max(0.0, (response.duration_ms or 0) / 1000 - first)
        return first, rest / max(1, pieces)


def _miss(difference: list[str]) -> HttpAnswer:
    message = "this request has no recorded answer\n" + "\n".join(difference)
    error = {"type": "invalid_request_error", "message": message}
    body = json.dumps({"type": "error", "error": error}).encode()
    return HttpAnswer(MISS_STATUS, "application/json", [body], cut=False)


def _json_object(data: bytes) -> JsonObject:
    try:
        value = json.loads(data) if data else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}

"""Decides how a ghost's model calls are answered from a recording. It connects to nothing."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import AgentrecError
from agentrec.gateway.call_mask import CallMask
from agentrec.gateway.dialects.known import GENERATE, kind_of
from agentrec.gateway.recorded_calls import RecordedCalls
from agentrec.gateway.transport.content_coding import decode
from agentrec.gateway.transport.exchange import header
from agentrec.ghost.handover import Handover, HandoverPoint
from agentrec.ghost.recorded_answer import HttpAnswer, MovedTexts, http_answer, is_masked
from agentrec.ghost.request_match import USER_AGENT, Asked, RequestMatch, path_of
from agentrec.ghost.snapshot_check import differing_files, named
from agentrec.ghost.volatile import Normalizer
from agentrec.json_values import JsonObject, table, text
from agentrec.recording.reader import Recording
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.gateway.recorded_calls import RecordedCall

VARIABLE = "AGENTREC_GHOST"
MAX_BODY_BYTES = 64 << 20
RECORDED_PACE = "recorded"
# So that an agent does not ask again.
MISS_STATUS = 400
# Stands for the answer of the real model. If it has a piece, that is the request's body now.
LIVE_STATUS = 0
LIVE = HttpAnswer(LIVE_STATUS, "", [], cut=False)


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
    # Where the real model takes over if the files are those of a snapshot: the first of these points where
    # they are; and what it is told then.
    points: Sequence[Sequence[object]] = ()
    store: str = ""
    commit: str = ""
    message: str = ""

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
        self._directory = settings.directory
        self._points = [HandoverPoint(text(it[0]), bool(it[1])) for it in settings.points]
        self._snapshot = settings.store, settings.commit
        self._message = settings.message
        self._handover: Handover | None = None

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
        said = self._normalizer.body(name, sent)
        program = header(headers, USER_AGENT)
        asked = Asked(name, method, path_of(target, api), said, program)
        report: JsonObject = {"path": asked.path, "operation": kind.operation}
        generates = api is not None and kind.operation == GENERATE
        if self._is_over(generates=generates):
            return self._live(sent), None, report | {"live": True}
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
        if call.span in (point.span for point in self._points):
            changes = self._take_over(call, sent)
            if not changes:
                return self._live(sent), None, report | {"live": True, "handover": call.span}
            if not self._points:
                return _miss(changes), None, report | {"miss": changes, "what": "files"}
        if is_masked(call):
            reason = [f"the recorded answer {call.span} holds a masked secret"]
            return _miss(reason), None, report | {"miss": reason}
        raw = self._calls.part(call.response.body) if call.response else None
        report |= {"call": call.span, "differs": difference} if difference else {"call": call.span}
        return http_answer(call, self._moved, raw), call, report

    def _take_over(self, call: RecordedCall, sent: JsonObject) -> list[str]:
        """Let the real model take over if the files are right; else return how they differ."""
        point = next(it for it in self._points if it.span == call.span)
        self._points = self._points[self._points.index(point) + 1 :]
        changes = self._file_changes()
        if not changes and call.api is not None:
            body = table(self._moved.value(call.answer))
            more = call.api.answer_messages(body) if point.after_answer else []
            more += [call.api.user_message(self._message)] if self._message else []
            self._handover, self._live_after = Handover(call.api, sent, more), 0
        return changes

    def _file_changes(self) -> list[str]:
        name, commit = self._snapshot
        try:
            store = SnapshotStore.named(name, os.environ)
            try:
                wanted = store.contents(store.snapshot(commit))
            finally:
                store.close()
            return named(differing_files(self._directory, wanted, os.environ))
        except AgentrecError as error:
            return [str(error)]

    def _live(self, sent: JsonObject) -> HttpAnswer:
        changed = self._handover.changed(sent) if self._handover else None
        return LIVE if changed is None else LIVE._replace(pieces=[json.dumps(changed).encode()])

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

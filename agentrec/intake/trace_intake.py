"""Takes spans of traces, and writes the recording of each: when no more have come for a moment, and again
when more have.

Ten minutes after its last span a trace is closed, or as soon as somebody has changed its recording: spans
that come later are refused, in the words of the protocol.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from agentrec.config import NoHomeError, data_home
from agentrec.errors import AgentrecError, FormatError
from agentrec.intake.span_store import (
    MAX_BYTES,
    MAX_TRACES,
    NAME,
    SpanStore,
    StoreError,
    stamp_text,
)
from agentrec.intake.trace_recording import path_of_trace, stamp, write_trace
from agentrec.locks import FileLock
from agentrec.otel.otlp_protobuf import MAX_SPAN_BYTES
from agentrec.otel.otlp_reading import TOO_LARGE, read_request
from agentrec.otel.span_facts import is_of_an_agent
from agentrec.recording.encryption.recipients import refuse_setting
from agentrec.redact.bulk_mask import suspects
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentrec.intake.span_store import OpenTrace
    from agentrec.otel.received_span import ReceivedSpan

# A recording is written when no span has come for this long, or one has waited for that long.
QUIET_SECONDS = 1.0
MAX_WAIT_SECONDS = 10.0
# No more of a trace is expected after this.
CLOSE_SECONDS = 600.0
# Writing takes at most one part in this many of the time.
_WRITE_SHARE = 20
_POLL_SECONDS = 0.25
_IDLE_POLL_SECONDS = 30.0
_RETRY_SECONDS = 10.0
# For what waits when the server is stopped; the rest is written when one is started again.
_STOP_SECONDS = 10.0
# How long a request waits for another one.
_TURN_SECONDS = 5.0
_LOCK_NAME = "traces.lock"

_log = logging.getLogger("agentrec.intake")


class Accepted(NamedTuple):
    """How many spans of a request were refused, and why."""

    refused: int
    why: str


class TraceIntake:
    """The traces that a server takes. Every method may be called from any thread."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._turn = threading.Lock()  # one request at a time: its spans may fill the memory
        self._work = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        # By trace: when it may be written again, on the monotonic clock.
        self._not_before: dict[str, float] = {}

    def start(self) -> None:
        """Go on with traces that an earlier server has left, if there are any."""
        try:
            if os.path.exists(os.path.join(data_home(self._env), NAME)):
                self._run_writer()
        except NoHomeError:
            return

    def accept(self, body: bytes, *, is_json: bool) -> Accepted:
        """Store the spans of a request. Raises FormatError, NoProtobufError, TooManyError, StoreError,
        UsageError."""
        refuse_setting("a server that takes spans", self._env)
        if not self._turn.acquire(timeout=_TURN_SECONDS):
            raise StoreError("too many spans at once", "try again in a moment")
        try:
            request = read_request(body, is_json=is_json)
            by_trace: dict[str, list[ReceivedSpan]] = {}
            for span in request.spans:
                by_trace.setdefault(span.trace, []).append(span)
            refused, why = request.refused, request.why
            if by_trace:
                more, reason = self._store(by_trace)
                refused, why = refused + more, why or reason
        finally:
            self._turn.release()
        self._run_writer()
        self._work.set()
        return Accepted(refused, why)

    def close(self) -> None:
        """Write what waits."""
        self._stopping = True
        self._work.set()
        if self._thread is not None:
            self._thread.join()

    def _store(self, by_trace: dict[str, list[ReceivedSpan]]) -> tuple[int, str]:
        refused, why = 0, ""
        masked = {trace: _masked(spans) for trace, spans in by_trace.items()}
        store = SpanStore(self._env)
        try:
            with store.changing():
                _make_room(store, len(masked))
                for trace, spans in masked.items():
                    if too_large := len(by_trace[trace]) - len(spans):
                        refused, why = refused + too_large, why or TOO_LARGE
                    if reason := self._closed(store, trace):
                        refused, why = refused + len(spans), why or reason
                        continue
                    is_ours = any(map(is_of_an_agent, spans))
                    left = store.add(trace, spans, time.time_ns(), is_ours=is_ours)
                    if left:
                        refused, why = refused + left, why or f"trace {trace} is too large"
        finally:
            store.close()
        return refused, why

    def _closed(self, store: SpanStore, trace: str) -> str:
        """Why a trace takes no more spans; empty if it does."""
        known, now = store.trace(trace), stamp(path_of_trace(trace, self._env))
        if known is not None and known.stamp and known.stamp != stamp_text(now):
            store.forget(trace)  # somebody has changed, moved or deleted the recording
            known = None
        if known is None and now is not None:
            return f"trace {trace} is complete; its recording stays as it is"
        return ""

    # --- writing ----------------------------------------------------------------------------------

    def _run_writer(self) -> None:
        if self._thread is None and not self._stopping:
            self._thread = threading.Thread(target=self._run, name="agentrec-traces", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._stopping:
            self._work.clear()
            waiting = self._look(all_of_it=False)
            if not self._stopping:
                if waiting:
                    time.sleep(_POLL_SECONDS)
                else:
                    self._work.wait(_IDLE_POLL_SECONDS)
        self._look(all_of_it=True)

    def _look(self, *, all_of_it: bool) -> bool:
        """Write what is due and forget what is complete; whether something waits."""
        until = time.monotonic() + _STOP_SECONDS
        try:
            store = SpanStore(self._env)
        except AgentrecError as error:
            _log.error("%s", error)
            return False
        waiting = False
        try:
            for trace in store.traces():
                waits = bool(trace.waits_since) and trace.is_ours
                if waits and (all_of_it or self._is_due(trace)):
                    self._write(store, trace)
                elif not waits and _age(trace.changed) > CLOSE_SECONDS:
                    with store.changing():
                        store.forget(trace.trace)
                    self._not_before.pop(trace.trace, None)
                else:
                    waiting = waiting or waits
                if time.monotonic() > until if all_of_it else self._stopping:
                    break
        except AgentrecError as error:
            _log.error("%s", error)
        finally:
            store.close()
        return waiting

    def _is_due(self, trace: OpenTrace) -> bool:
        if time.monotonic() < self._not_before.get(trace.trace, 0.0):
            return False
        is_quiet = _age(trace.changed) >= QUIET_SECONDS
        return is_quiet or _age(trace.waits_since) >= MAX_WAIT_SECONDS

    def _write(self, store: SpanStore, trace: OpenTrace) -> None:
        began = time.monotonic()
        again = _RETRY_SECONDS
        try:
            with FileLock(os.path.join(data_home(self._env), _LOCK_NAME)):
                self._write_now(store, trace.trace)
            again = (time.monotonic() - began) * _WRITE_SHARE
        except FormatError as error:
            _log.error("trace %s cannot be recorded: %s", trace.trace, error)
            with store.changing():
                store.forget(trace.trace)
        except (AgentrecError, OSError) as error:
            _log.error("cannot write the recording of trace %s: %s", trace.trace, error)
        self._not_before[trace.trace] = time.monotonic() + again

    def _write_now(self, store: SpanStore, id_: str) -> None:
        trace = store.trace(id_)
        if trace is None or not trace.waits_since:  # another server has written it
            return
        if trace.stamp and trace.stamp != stamp_text(stamp(path_of_trace(id_, self._env))):
            with store.changing():
                store.forget(id_)
            return
        path = write_trace(store.spans(id_), self._env)
        with store.changing():
            store.written(trace, stamp(path))


def _masked(spans: Sequence[ReceivedSpan]) -> list[ReceivedSpan]:
    """Without secrets, and without spans that are larger than an event may be."""
    small = [span for span in spans if len(span.to_json()) <= MAX_SPAN_BYTES]
    suspicious = suspects([span.to_searched() for span in small])
    return [span.masked() if n in suspicious else span for n, span in enumerate(small)]


def _make_room(store: SpanStore, more: int) -> None:
    """Forget the traces that changed longest ago and are in their recording, or need none."""
    count, size = store.totals()
    if count + more <= MAX_TRACES and size <= MAX_BYTES:
        return
    for trace in store.traces():
        if count + more <= MAX_TRACES and size <= MAX_BYTES:
            return
        if not trace.waits_since or not trace.is_ours:
            store.forget(trace.trace)
            count, size = count - 1, size - trace.bytes
    if count + more > MAX_TRACES or size > MAX_BYTES:
        raise StoreError("too many traces at once", "try again in a moment")


def _age(t: int) -> float:
    """Seconds since a time in ns. A clock that was set back makes nothing younger."""
    return abs(time.time_ns() - t) / NS_PER_SECOND

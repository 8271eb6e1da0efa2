"""The one way of events into a recording: stamped with their time, and passed on to the companions."""

from __future__ import annotations

import time

from agentrec.errors import AgentrecError
from agentrec.recording.writer import ForwardingSink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.capture.companion_host import CompanionHost
    from agentrec.json_values import JsonObject
    from agentrec.recording.sink import RecordingSink


# Instead of a seq: the recording is paused.
PAUSED = -2


class NotifyingSink(ForwardingSink):
    """The writer; companions are notified of its events."""

    def __init__(self, writer: RecordingSink, companions: CompanionHost) -> None:
        super().__init__(writer)
        self._companions = companions
        # What troubles say, in order.
        self.troubles: list[str] = []

    def put_before_writer(self, sink: RecordingSink) -> None:
        """Pass everything on to ``sink``, which passes it on to the writer, from now on."""
        self._sink = sink

    def event(
        self,
        t: int,
        track: str,
        kind: str,
        data: JsonObject,
        *,
        span: str | None = None,
        parent: str | None = None,
        actor: str | None = None,
    ) -> int:
        seq = super().event(t, track, kind, data, span=span, parent=parent, actor=actor)
        if (track, kind) == ("sys", "trouble"):
            self.troubles.append(str(data.get("text", "")))
        self._companions.on_event(seq, track, kind, data)
        return seq


class EventLog:
    """Adds events to ``sink`` at the time of the call; the clock starts when this is made."""

    def __init__(self, sink: NotifyingSink, companions: CompanionHost) -> None:
        self._sink, self._companions = sink, companions
        self._start = time.monotonic_ns()
        self._started_at = time.time_ns()
        self._end: int | None = None

    @property
    def start_ns(self) -> int:
        """When the clock started, on the monotonic clock of this machine."""
        return self._start

    def clock(self) -> int:
        """Nanoseconds since the start; stands still at the child's end, which the last events belong to."""
        if self._end is not None:
            return self._end
        # Whole microseconds: nobody can see less, and the file is smaller.
        return (time.monotonic_ns() - self._start) // 1000 * 1000

    def stop_clock(self) -> int:
        """The child has ended now."""
        self._end = self.clock()
        return self._end

    def emit(
        self,
        track: str,
        kind: str,
        data: JsonObject,
        *,
        span: str | None = None,
        parent: str | None = None,
        actor: str | None = None,
    ) -> int:
        """See :class:`agentrec.capture.companion_host.Emit`."""
        now = self.clock()
        if "at" in data and "at_ns" not in data:
            # Transcripts report what happened late, with its time.
            since_start = _ns_since(self._started_at, data["at"])
            data = data if since_start is None else {**data, "at_ns": min(since_start, now)}
        try:
            return self._sink.event(now, track, kind, data, span=span, parent=parent, actor=actor)
        except AgentrecError as error:  # not JSON, or far too long
            self._companions.count_trouble(f"{track}/{kind}", error)
            return -1


def _ns_since(start: int, at: object) -> int | None:
    """Nanoseconds from ``start`` (ns since the epoch) to ``at`` (RFC 3339); None for an invalid time."""
    from datetime import UTC, datetime, timedelta  # takes its time to load

    try:
        when = datetime.fromisoformat(at) if isinstance(at, str) else None
        if when is None or when.tzinfo is None:
            return None
        since_epoch = when - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return max(0, since_epoch // timedelta(microseconds=1) * 1000 - start)

"""Masking in JSON events on their way to the file, and the events that say what was masked."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentrec.recording.writer import Writer


class EventMask:
    """A writer whose JSON events are masked; output and input pass as they are."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.output, self.input, self.resize = writer.output, writer.input, writer.resize

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    def event(self, t: int, track: str, kind: str, data: dict[str, Any], **links: Any) -> int:
        """As the writer's. What was masked is told by an event after it."""
        if track == "term":
            return self._writer.event(t, track, kind, data, **links)
        from agentrec.redact.json_redaction import redact_event

        masked, links, found = redact_event(data, links)
        seq = self._writer.event(t, track, kind, masked, **links)
        for rule, count in found.items():
            self._writer.event(t, *redacted(rule, "event", seq, count))
        return seq


def redacted(rule: str, where: str, seq: int, count: int) -> tuple[str, str, dict[str, Any]]:
    """Track, kind and data of the event that says what was masked. Never what it was."""
    return "guard", "redacted", {"rule": rule, "where": where, "seq": seq, "count": count}

"""Masks secrets in JSON events on their way to the file, and reports them in events of their own."""

from __future__ import annotations

from agentrec.recording.format.header import event_fields
from agentrec.recording.writer import ForwardingSink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.json_values import JsonObject


class EventMask(ForwardingSink):
    """A sink whose JSON events are masked; output and input pass as they are."""

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
        """As the sink's, followed by an event for each rule that masked something."""
        if track == "term":
            return super().event(t, track, kind, data, span=span, parent=parent, actor=actor)
        from agentrec.redact.json_redaction import redact_event

        named = {"span": span, "parent": parent, "actor": actor}
        links = {name: link for name, link in named.items() if link is not None}
        data, links, counts = redact_event(data, links)
        seq = super().event(t, track, kind, data, **links)
        for rule, count in counts.items():
            super().event(t, *redacted_event(rule, "event", seq, count))
        return seq

    def encoded_events(self, records: Sequence[tuple[int, bytes, str]]) -> None:
        """As the sink's, likewise."""
        from agentrec.redact.bulk_mask import suspects

        suspicious = suspects([payload for _, payload, _ in records])
        harmless: list[tuple[int, bytes, str]] = []
        for number, record in enumerate(records):
            if number not in suspicious:
                harmless.append(record)
                continue
            super().encoded_events(harmless)
            harmless = []
            track, kind, data, links = event_fields(record[1])
            self.event(record[0], track, kind, data, **links)
        super().encoded_events(harmless)


def redacted_event(rule: str, where: str, seq: int, count: int) -> tuple[str, str, JsonObject]:
    """Track, kind and data of the event that reports what was masked. Never the secret itself."""
    return "guard", "redacted", {"rule": rule, "where": where, "seq": seq, "count": count}

"""What was masked."""

from __future__ import annotations

from agentrec.recording.events.fields import COUNT, TEXT, Field
from agentrec.recording.events.record import Record


class GuardRedacted(Record, kind="guard/redacted", source="redaction"):
    """Secrets were masked. Never says what they were."""

    rule = Field(TEXT, "the rule that found them")
    where = Field(TEXT, "where they stood: `terminal`, `input` or `event`")
    seq = Field(COUNT, "the event they stood in")
    count = Field(COUNT, "how many")

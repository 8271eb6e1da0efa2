"""What was masked."""

from __future__ import annotations

from agentrec.recording.events.fields import COUNT, TEXT, Field
from agentrec.recording.events.record import EventRecord


class GuardRedacted(EventRecord, kind="guard/redacted", source="redaction"):
    """Secrets were masked. They are not in it."""

    rule = Field(TEXT, "the rule that found them")
    where = Field(TEXT, "where they were: `terminal`, `input` or `event`")
    seq = Field(COUNT, "seq of the event they were in")
    count = Field(COUNT, "how many")

"""What was masked, and limits that were reached."""

from __future__ import annotations

from agentrec.recording.events.fields import COUNT, TEXT, Field
from agentrec.recording.events.record import EventRecord


class GuardRedacted(EventRecord, kind="guard/redacted", source="redaction"):
    """Secrets were masked. They are not in it."""

    rule = Field(TEXT, "the rule that found them")
    where = Field(TEXT, "where they were: `terminal`, `input` or `event`")
    seq = Field(COUNT, "seq of the event they were in")
    count = Field(COUNT, "how many")


class GuardLimit(EventRecord, kind="guard/limit", source="limits of `record` and `ci`"):
    """The run reached a limit that the user had set."""

    rule = Field(TEXT, "the option: `--max-cost`, `--max-tokens`, `--max-time` or `--forbid`")
    limit = Field(TEXT, "its value")
    value = Field(TEXT, "what the run had reached")
    text = Field(TEXT, "both, in words")


class GuardDecision(EventRecord, kind="guard/decision", source="the recorder"):
    """What became of a run that had reached a limit."""

    text = Field(TEXT, "the limit, in words")
    action = Field(TEXT, "`ended`, or `continued` if the user wanted that")

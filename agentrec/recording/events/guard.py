"""What was masked, limits that were reached, and findings about what an agent wrote."""

from __future__ import annotations

from agentrec.recording.events.fields import COUNT, TABLE, TEXT, Field
from agentrec.recording.events.record import EventRecord


class GuardRedacted(EventRecord, kind="guard/redacted", source="redaction"):
    """Secrets were masked. They are not in it."""

    rule = Field(TEXT, "the rule that found them")
    where = Field(TEXT, "where they were: `terminal`, `input` or `event`")
    seq = Field(COUNT, "seq of the event they were in")
    count = Field(COUNT, "how many")


class GuardLimit(EventRecord, kind="guard/limit", source="limits of `record` and `ci`"):
    """The run reached a limit that the user had set."""

    rule = Field(
        TEXT, "the option: `--max-cost`, `--max-tokens`, `--max-time`, `--forbid` or `--stop-on`"
    )
    limit = Field(TEXT, "its value")
    value = Field(TEXT, "what the run had reached")
    text = Field(TEXT, "both, in words")

    @property
    def failed(self) -> bool | None:
        """Always: the run did not stay within it."""
        return True


class GuardDecision(EventRecord, kind="guard/decision", source="the recorder"):
    """What became of a run that had reached a limit."""

    text = Field(TEXT, "the limit, in words")
    action = Field(TEXT, "`ended`, or `continued` if the user wanted that")


class GuardFinding(EventRecord, kind="guard/finding", source="[guard.md](guard.md)"):
    """Something in what was written that a rule forbids."""

    rule = Field(TEXT, "the rule, as in `agentrec guard rules`")
    level = Field(TEXT, "`error`, `warning` or `note`")
    path = Field(TEXT, "the file, in the workspace")
    line = Field(COUNT, "its first line there; absent if it is about the whole file")
    end_line = Field(COUNT, "its last line")
    symbol = Field(TEXT, "the function that it is about")
    text = Field(TEXT, "what is wrong, in words")
    reuse = Field(TABLE, "`path` and `line` of the function that is there already")
    fingerprint = Field(TEXT, "the same for the same finding in another snapshot")
    snapshot = Field(TEXT, "the snapshot that it is in: `s5`")
    before = Field(TEXT, "the snapshot that it was not in")

    @property
    def place(self) -> str:
        """``src/a.py:3``."""
        return f"{self.path}:{self.line}" if self.line else self.path

    @property
    def failed(self) -> bool | None:
        """Whether it is worse than a note."""
        return True if self.level in ("error", "warning") else None

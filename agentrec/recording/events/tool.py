"""Calls of tools, and what they returned. A result has the span of its call."""

from __future__ import annotations

from agentrec.recording.events.fields import ANY, COUNT, FLAG, NUMBER, STATUS, TEXT, TIME_NS, Field
from agentrec.recording.events.record import EventRecord

FAILURES = ("error", "failed")


class ToolCall(
    EventRecord,
    kind="tool/call",
    source="an agent's transcript, or the Python library",
    links="span: the call's id; parent: the model call, or the step",
):
    """A tool was called."""

    name = Field(TEXT, "the tool")
    input = Field(ANY, "its arguments; their texts up to 64 K characters in all")
    input_length = Field(COUNT, "their length in characters, if some were cut")
    id = Field(TEXT, "the call's id")
    at = Field(TEXT, "the agent's own time, ISO 8601")
    at_ns = Field(TIME_NS, "the same on the recording's clock")


class ToolResult(
    EventRecord,
    kind="tool/result",
    source="an agent's transcript, or the Python library",
    links="span: the call's id; parent: the step",
):
    """A tool returned."""

    is_error = Field(FLAG, "whether the call failed")
    output = Field(ANY, "what it returned, up to 64 K characters")
    output_length = Field(COUNT, "its length in characters, if it was cut")
    exit_code = Field(STATUS, "exit status of the command it ran")
    duration_ms = Field(NUMBER, "milliseconds from call to result; null if unknown")
    id = Field(TEXT, "the call's id")
    name = Field(TEXT, "the tool; other writers only")
    status = Field(TEXT, "`error` or `failed`; other writers only")
    error = Field(ANY, "what went wrong; other writers only")
    served = Field(FLAG, "Python library: the result came from the parent's recording")
    ok = Field(FLAG, "false when it failed; other writers only")
    at = Field(TEXT, "the agent's own time, ISO 8601")
    at_ns = Field(TIME_NS, "the same on the recording's clock")

    @property
    def failed(self) -> bool | None:
        if self.is_error or self.exit_code or self.error or self.status in FAILURES:
            return True
        if self.ok is not None:
            return not self.ok
        told = self.is_error is not None or self.exit_code is not None or self.status
        return False if told else None

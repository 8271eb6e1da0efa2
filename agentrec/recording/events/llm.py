"""Calls of models, and the tokens they took."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.recording.events.fields import COUNT, NUMBER, TEXT, TIME_NS, Field, Type
from agentrec.recording.events.record import EventRecord

if TYPE_CHECKING:
    from collections.abc import Mapping


class Usage(NamedTuple):
    """Tokens of one model call.

    The first four never overlap: ``input`` was neither read from a cache nor written to one.
    ``cache_write_1h`` is the part of ``cache_write`` that is kept for an hour, ``reasoning`` the part
    of ``output`` that was thinking. ``web_searches`` is no tokens: searches that the provider charged for.
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    reasoning: int = 0
    web_searches: int = 0

    @property
    def prompt(self) -> int:
        """Everything that was sent."""
        return self.input + self.cache_read + self.cache_write

    @property
    def total(self) -> int:
        """Everything that was sent and answered."""
        return self.prompt + self.output

    def as_data(self) -> dict[str, int]:
        """For an event: the four counts always, the others where there are any."""
        data = self._asdict()
        for part in ("cache_write_1h", "reasoning", "web_searches"):
            if not data[part]:
                del data[part]
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Usage:
        """The counts of an event's ``usage``; what is no count is 0."""
        read = COUNT.read
        return cls(*[read(data.get(name)) or 0 for name in cls._fields])


# The counts that never overlap.
TOKEN_KINDS = Usage._fields[:4]
_USAGE = Type[Usage](
    lambda value: Usage.from_data(value) if isinstance(value, dict) else None,
    Usage(),
    "usage",
)


class LlmCall(
    EventRecord,
    kind="llm/call",
    source="an agent's transcript",
    links="span: the call; parent: the tool call that started a subagent",
):
    """A model call ended."""

    model = Field(TEXT, "the model's name, as the agent reports it")
    usage = Field(
        _USAGE,
        "tokens: `input`, `output`, `cache_read`, `cache_write`, which never overlap; `cache_write_1h` is"
        " part of `cache_write`, `reasoning` of `output`; `web_searches` counts searches",
    )
    cost_usd = Field(NUMBER, "US dollars; null if the price is unknown")
    duration_ms = Field(NUMBER, "milliseconds until the answer was complete")
    id = Field(TEXT, "the answer's id; of several calls with one id, the last counts")
    stop_reason = Field(TEXT, "why the answer ended")
    variant = Field(TEXT, "a mode with prices of its own, such as `fast`")
    at = Field(TEXT, "the agent's own time, ISO 8601")
    at_ns = Field(TIME_NS, "the same on the recording's clock")

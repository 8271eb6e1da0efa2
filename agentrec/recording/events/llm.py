"""Calls of models, and the tokens they took."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.recording.events.fields import (
    ANY,
    COUNT,
    FLAG,
    NUMBER,
    STATUS,
    TABLE,
    TEXT,
    TEXTS,
    TIME_NS,
    Field,
    Type,
)
from agentrec.recording.events.record import EventRecord

if TYPE_CHECKING:
    from collections.abc import Mapping


# Header of an answer that was taken from a recording.
REPLAYED_HEADER = "x-agentrec-ghost"


class Usage(NamedTuple):
    """Tokens of one model call.

    The first four never overlap: ``input`` was neither read from a cache nor written to one.
    ``cache_write_1h`` is the part of ``cache_write`` that is kept for an hour, ``reasoning`` the part
    of ``output`` that was thinking. ``web_searches`` are not tokens but searches that were charged for.
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
        """The counts of an event's ``usage``; what is not a count is 0."""
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
    source="an agent's transcript, the gateway, or the Python library",
    links="span: the call; parent: the tool call that started a subagent, or the step",
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
    side = Field(TEXT, "beside the conversation: `title`, `summary`, `probe`, `router`, `helper`")
    source = Field(
        TEXT,
        "`gateway`: no transcript tells this call; `sdk`: the Python library; `otel`: a span of"
        " OpenTelemetry",
    )
    node = Field(TEXT, "Python library: where it was called")
    prompt = Field(TABLE, "Python library: what was sent; stored like a state")
    response = Field(ANY, "Python library: what the model answered")
    error = Field(TABLE, "Python library: what it failed with: `type`, `message`")
    served = Field(FLAG, "Python library: the answer came from the parent's recording")
    at = Field(TEXT, "the agent's own time, ISO 8601")
    at_ns = Field(TIME_NS, "the same on the recording's clock")

    @property
    def failed(self) -> bool | None:
        return True if self.error else None


class LlmRequest(
    EventRecord, kind="llm/request", source="the gateway", links="span: the request and its answer"
):
    """What was sent to a model's server."""

    api = Field(TEXT, "`anthropic`, `chat`, `responses` or `gemini`; absent if it is another one")
    operation = Field(
        TEXT, "`generate`: an answer; `count_tokens`, `models`, `embeddings`, `other`"
    )
    model = Field(TEXT, "the model that was asked for")
    stream = Field(FLAG, "whether the answer was to be streamed")
    side = Field(TEXT, "beside the conversation, as in `llm/call`")
    retry_of = Field(TEXT, "span of the last equal request, if that had no good answer")
    method = Field(TEXT, "the HTTP method")
    host = Field(TEXT, "the server, without credentials")
    path = Field(TEXT, "path and query; values of the query are masked if not known to be safe")
    headers = Field(TABLE, "headers that can hold no key")
    web_socket = Field(FLAG, "a message of a WebSocket")
    base = Field(TEXT, "span of an earlier request that began with the same messages")
    repeated = Field(COUNT, "how many of its messages are the first of this request")
    messages = Field(TEXTS, "the other messages: names of parts")
    count = Field(COUNT, "how many messages the request has in all")
    cache_marks = Field(ANY, "marks for the provider's cache: message, block, mark")
    system = Field(ANY, "the system prompt: the name of a part, or a list of them")
    tools = Field(TEXT, "the tools: the name of a part")
    options = Field(TEXT, "all else in the request's body: the name of a part")
    body = Field(TEXT, "a body that no API explains: the name of a part")
    body_is_raw = Field(FLAG, "that part holds the body's `text` or `base64`, up to 1 MiB of it")
    parts = Field(TABLE, "parts that no earlier event has, by name")
    bytes = Field(COUNT, "bytes of the body as they were sent")
    at = Field(TEXT, "when it began, ISO 8601")
    at_ns = Field(TIME_NS, "the same on the recording's clock")


class LlmResponse(
    EventRecord, kind="llm/response", source="the gateway", links="span: the request and its answer"
):
    """What a model's server answered."""

    status = Field(STATUS, "HTTP status; null if there was no answer")
    ended = Field(
        TEXT,
        "`complete`, `cut` (before its end), `canceled` (by the agent), `failed` (no connection)",
    )
    error = Field(TEXT, "what went wrong, up to 2,000 characters")
    id = Field(TEXT, "the answer's id, as in `llm/call`")
    model = Field(TEXT, "the model that answered")
    usage = Field(_USAGE, "tokens, as in `llm/call`")
    stop_reason = Field(TEXT, "why the answer ended")
    first_byte_ms = Field(NUMBER, "milliseconds from the request to the answer's first byte")
    duration_ms = Field(NUMBER, "milliseconds from the request to the answer's last byte")
    chunks = Field(ANY, "when pieces came, in milliseconds, and how many bytes; up to 2,000")
    headers = Field(TABLE, "headers that can hold no key")
    output = Field(TEXTS, "what the model said, in one piece: names of parts")
    masked = Field(FLAG, "a secret was masked in it, which the agent got")
    envelope = Field(TABLE, "the rest of the answer's body")
    body = Field(TEXT, "a body that no API explains: the name of a part")
    body_is_raw = Field(FLAG, "that part holds the body's `text` or `base64`, up to 1 MiB of it")
    parts = Field(TABLE, "parts that no earlier event has, by name")
    bytes = Field(COUNT, "bytes of the body as they came")
    at = Field(TEXT, "when it ended, ISO 8601")
    at_ns = Field(TIME_NS, "the same on the recording's clock")

    @property
    def replayed(self) -> bool:
        """Whether it was taken from a recording: nobody is billed for it."""
        return isinstance(self.headers, dict) and REPLAYED_HEADER in self.headers

    @property
    def failed(self) -> bool | None:
        bad = self.ended in ("cut", "failed") or self.error or (self.status or 0) >= 400
        return True if bad else False if self.status else None

"""A span of OpenTelemetry."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

Value = str | bool | int | float | list[str]
INTERNAL, CLIENT = 1, 3


class SpanEvent(NamedTuple):
    """Something that happened in a span, at ``t`` (ns since the epoch)."""

    name: str
    t: int
    attributes: dict[str, Value]


@dataclass(slots=True)
class OtelSpan:
    """Times in ns since the epoch. ``parent`` is the id of a span of the same trace, or empty.

    ``error`` is what failed: a short word or sentence, empty if nothing did.
    """

    name: str
    id: str
    parent: str
    start: int
    end: int
    kind: int = INTERNAL
    attributes: dict[str, Value] = field(default_factory=dict)
    events: list[SpanEvent] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)  # trace and span
    error: str = ""


class RunTrace(NamedTuple):
    """All spans of a recording, the root first. ``resource`` says what made them."""

    id: str
    resource: dict[str, Value]
    spans: list[OtelSpan]
    left_out: list[str]


def trace_id(recording: str) -> str:
    """32 hex digits, the same for the same recording: exporting it again adds nothing."""
    return _digest(f"agentrec trace {recording}")[:32]


def span_id(recording: str, key: str) -> str:
    """16 hex digits, likewise."""
    return _digest(f"agentrec span {recording} {key}")[:16]


def _digest(name: str) -> str:
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()

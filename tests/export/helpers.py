"""Bytes to events and back through one format."""

from __future__ import annotations

import io
from typing import Any

from agentrec.export import FORMATS
from agentrec.export.conversion import Loss, Source
from agentrec.recording.events import Event

HEADER: dict[str, Any] = {"cols": 80, "rows": 24}


def read(
    name: str, data: bytes, timing: bytes | None = None, input_log: bytes | None = None
) -> tuple[dict[str, Any], list[Event], list[str]]:
    """Header, events and notes of ``data``."""
    source = Source(
        "input",
        io.BytesIO(data),
        None if timing is None else io.BytesIO(timing),
        None if input_log is None else io.BytesIO(input_log),
    )
    session = FORMATS[name].read(source)
    return session.header, list(session.events), session.notes.lines()


def written(name: str, header: dict[str, Any], events: list[Event]) -> tuple[bytes, Loss]:
    """What the format makes of ``events``, and what it lost."""
    out = io.BytesIO()
    loss = FORMATS[name].write(header, iter(events), out)
    return out.getvalue(), loss


def events_of(*items: tuple[int, str, str, Any]) -> list[Event]:
    """Events numbered from 0, from ``(t, track, kind, data)``."""
    return [Event(seq, *item) for seq, item in enumerate(items)]


def short(events: list[Event]) -> list[tuple[int, str, Any]]:
    """``(t, kind, data)``: what most tests compare."""
    return [(event.t, event.kind, event.data) for event in events]

"""A copy of a recording without its secrets, also those on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.export import FORMATS
from agentrec.export.conversion import Source, size_of
from agentrec.redact.two_pass import TwoPassRedaction, redact_header

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.recording.events import Event


def write_masked(path: str, target: str) -> Mapping[str, int]:
    """Write the copy to ``target``; returns how many secrets were masked, by rule. Raises AgentrecError."""
    native = FORMATS["ahr"]

    def read() -> Iterator[Event]:
        with open(path, "rb") as again:
            yield from native.read(Source(path, again)).events

    with open(path, "rb") as file, open(target, "xb") as out:
        session = native.read(Source(path, file))
        redaction = TwoPassRedaction(read, size_of(session.header))
        events = redaction.events(session.events, report=True)
        native.write(redact_header(session.header), events, out)
    return redaction.counts

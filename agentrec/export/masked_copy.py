"""A copy of a recording without its secrets, also those on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.export import FORMATS
from agentrec.export.conversion import Source, size_of
from agentrec.redact.two_pass import TwoPassRedaction, redact_header

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.recording.events import Event


class MaskedCopy(NamedTuple):
    """How many secrets were masked, by rule, and what of the recording was left out, in words."""

    masked: Mapping[str, int]
    notes: list[str]


def write_masked(path: str, target: str) -> MaskedCopy:
    """Write the copy to ``target``. Raises AgentrecError."""
    native = FORMATS["ahr"]

    def read() -> Iterator[Event]:
        with open(path, "rb") as again:
            yield from native.read(Source(path, again)).events

    with open(path, "rb") as file, open(target, "xb") as out:
        session = native.read(Source(path, file))
        redaction = TwoPassRedaction(read, size_of(session.header))
        events = redaction.events(session.events, report=True)
        loss = native.write(redact_header(session.header), events, out)
    notes = [*session.notes.lines(), *loss.lines(), *redaction.notes()]
    return MaskedCopy(redaction.counts, notes)

"""Sessions as agents keep them themselves: what is found in their folders, or was sent by somebody."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from agentrec.errors import FormatError
from agentrec.export.conversion import DEFAULT_SIZE, ImportedRecording, Notes, Source
from agentrec.imports.session_file import SessionFile
from agentrec.imports.session_import import TITLE_CHARS
from agentrec.redact import mask_text
from agentrec.text import shorten
from agentrec.times import format_rfc3339_exact

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

# Until then the first prompt has come, which is the title.
_FIRST_EVENTS = 50
_SAID = (("agent", "message"), ("llm", "call"), ("tool", "call"))


def read(source: Source) -> ImportedRecording:
    """A session of the agent that ``source.format`` names. Raises FormatError if there is none."""
    notes = Notes()
    file = SessionFile(source.format, source.name, source.stream, source.path)
    for note in file.notes:
        notes.add(note)
    events = file.events()
    first = list(itertools.islice(events, _FIRST_EVENTS))
    if len(first) < _FIRST_EVENTS and not any(event.name in _SAID for event in first):
        raise FormatError(f"{source.name} has no conversation that can be read")
    return ImportedRecording(_header(file), itertools.chain(first, events), notes)


def _header(file: SessionFile) -> JsonObject:
    reader = file.reader
    header: JsonObject = {"cols": DEFAULT_SIZE[0], "rows": DEFAULT_SIZE[1], "headless": True}
    header |= {"title": shorten(mask_text(reader.prompt), TITLE_CHARS)} if reader.prompt else {}
    header |= {"cwd": reader.cwd} if reader.cwd else {}
    if reader.began and (created := format_rfc3339_exact(reader.began)):
        header["created"] = created
    return header

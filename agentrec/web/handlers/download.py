"""A recording as a file, in a format of the export room."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, BinaryIO

from agentrec.export import FORMATS
from agentrec.export.conversion import Source, size_of
from agentrec.recording.reader import Recording, open_input
from agentrec.web.catalog import id_of
from agentrec.web.problems import ProblemError
from agentrec.web.request import PATIENCE, Deadline, Download

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.export.conversion import ImportedRecording
    from agentrec.web.request import Asked

_NAMES = {"cast": "asciicast2"}  # what the API calls otherwise
_ENDINGS = {"asciicast3": ".cast"}
_PIECE = 256 << 10
_LONGER = 5 * PATIENCE  # making a file of a long recording takes a while


def recording(asked: Asked) -> Download:
    """The file as it is, or written anew into one without a name."""
    row, wanted = asked.row, asked.params["format"]
    name = id_of(row).lstrip("~")
    format_ = FORMATS[_NAMES.get(wanted, wanted)]
    ending = _ENDINGS.get(wanted) or format_.extensions[0]
    if wanted == "ahr" and not asked.params["redact"]:
        file = _as_it_is(row["path"])
    else:
        file = _written(row["path"], format_.name, redact=asked.params["redact"])
    return Download(_pieces(file), name + ending, os.fstat(file.fileno()).st_size)


def _as_it_is(path: str) -> BinaryIO:
    """The file, which is still a recording: what stands there may have been replaced by a link to anything.

    Raises InputError, FormatError.
    """
    with Recording.open(path) as recording:
        file = os.fdopen(os.dup(recording.file.fileno()), "rb")
    file.seek(0)
    return file


def _written(path: str, name: str, *, redact: bool) -> BinaryIO:
    deadline = Deadline(_LONGER)
    out: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        with open_input(path) as source:
            session = _read(path, source)
            header, events = session.header, deadline.watch(session.events)
            if redact:
                from agentrec.redact.two_pass import TwoPassRedaction, redact_header

                with open_input(path) as first:
                    survey = _read(path, first)
                    redaction = TwoPassRedaction(
                        deadline.watch(survey.events), size_of(survey.header)
                    )
                header = redact_header(header)
                events = redaction.events(events, report=name in ("ahr", "jsonl"))
            FORMATS[name].write(header, events, out)
        out.seek(0)
    except OSError as error:
        out.close()
        raise ProblemError(503, f"this cannot be written here: {error.strerror}") from None
    except BaseException:
        out.close()
        raise
    return out


def _read(path: str, file: BinaryIO) -> ImportedRecording:
    return FORMATS["ahr"].read(Source(path, file))


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    left = os.fstat(file.fileno()).st_size  # a running recording grows meanwhile
    with file:
        while left > 0 and (piece := file.read(min(_PIECE, left))):
            left -= len(piece)
            yield piece

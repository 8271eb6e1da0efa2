"""A recording as a file, in any export format."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO

from agentrec.export import FORMATS
from agentrec.export.conversion import Source, size_of
from agentrec.recording.reader import Recording, open_input
from agentrec.times import NS_PER_SECOND, format_clock
from agentrec.web.catalogs.catalog import id_of
from agentrec.web.problems import ProblemError
from agentrec.web.request import WORK_TIMEOUT_SECONDS, Deadline, Download

if TYPE_CHECKING:
    from collections.abc import Generator

    from agentrec.export.conversion import ImportedRecording
    from agentrec.web.request import ApiRequest

# Formats with another name in the API.
_NAMES = {"cast": "asciicast2"}
_SUFFIXES = {"asciicast3": ".cast"}
_PIECE_BYTES = 256 << 10
# Converting a long recording takes a while.
_EXPORT_TIMEOUT_SECONDS = 5 * WORK_TIMEOUT_SECONDS


def recording(request: ApiRequest) -> Download:
    """The file as it is, or converted into an unnamed temporary file."""
    row, requested = request.row, request.params["format"]
    name = id_of(row).lstrip("~")
    format_ = FORMATS[_NAMES.get(requested, requested)]
    suffix = _SUFFIXES.get(requested) or format_.extensions[0]
    if requested == "ahr" and not request.params["redact"]:
        file, notes = _open(row["path"]), list[str]()
    else:
        file, notes = _convert(row["path"], format_.name, redact=request.params["redact"])
    return Download(_pieces(file), name + suffix, os.fstat(file.fileno()).st_size, tuple(notes))


def picture(request: ApiRequest) -> Download:
    """One screen, drawn into an unnamed temporary file."""
    from agentrec.export.picture.options import PictureOptions
    from agentrec.export.picture.render import write_picture

    kind, t = request.params["format"], request.params["t"]
    out: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        with Recording.open(request.row["path"]) as recording:
            end = recording.duration
            at = end if t is None else min(round(t * NS_PER_SECOND), end)
            write_picture(recording, at, kind, PictureOptions(request.params["theme"]), out)
        out.seek(0)
    except BaseException:
        out.close()
        raise
    name = f"{id_of(request.row).lstrip('~')}-{format_clock(at).replace(':', '.')}.{kind}"
    return Download(_pieces(out), name, os.fstat(out.fileno()).st_size)


def _open(path: str) -> BinaryIO:
    """Open the file if it still is a recording: it may have been replaced by a link to anything.

    Raises InputError, FormatError.
    """
    with Recording.outside(path) as recording:  # an encrypted one stays so
        file = os.fdopen(os.dup(recording.file.fileno()), "rb")
    file.seek(0)
    return file


def _convert(path: str, name: str, *, redact: bool) -> tuple[BinaryIO, list[str]]:
    """The converted file, and what it does not hold."""
    deadline = Deadline(_EXPORT_TIMEOUT_SECONDS)
    out: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115
    redaction = None
    try:
        with open_input(path) as source:
            session = _read(path, source)
            header, events = session.header, deadline.watch(session.events)
            if redact:
                from agentrec.redact.two_pass import TwoPassRedaction, redact_header

                with ExitStack() as stack:
                    redaction = TwoPassRedaction(
                        lambda: deadline.watch(
                            _read(path, stack.enter_context(open_input(path))).events
                        ),
                        size_of(header),
                    )
                header = redact_header(header)
                events = redaction.events(events, report=name in ("ahr", "jsonl"))
            loss = FORMATS[name].write(header, events, out)
        out.seek(0)
    except OSError as error:
        out.close()
        raise ProblemError(503, f"could not write a temporary file: {error.strerror}") from None
    except BaseException:
        out.close()
        raise
    notes = [*session.notes.lines(), *loss.lines(), *(redaction.notes() if redaction else ())]
    return out, notes


def _read(path: str, file: BinaryIO) -> ImportedRecording:
    return FORMATS["ahr"].read(Source(path, file))


def _pieces(file: BinaryIO) -> Generator[bytes]:
    left = os.fstat(
        file.fileno()
    ).st_size  # more than that is not sent if the recording grows meanwhile
    with file:
        while left > 0 and (piece := file.read(min(_PIECE_BYTES, left))):
            left -= len(piece)
            yield piece

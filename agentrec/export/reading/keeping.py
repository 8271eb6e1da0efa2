"""A file of any format as a recording in the library: a copy of it, or what it is converted to."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from agentrec.atomic import create_part, publish
from agentrec.config import make_folders
from agentrec.errors import FormatError, OutputError
from agentrec.export import FORMATS
from agentrec.export.reading.readable import format_inside, named_header, write_recording
from agentrec.json_values import text
from agentrec.recording.reader import Recording
from agentrec.recording_registry import default_path, new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from agentrec.export import Format
    from agentrec.json_values import JsonObject


class KeptFile(NamedTuple):
    """A recording that is written to ``part``, and not at ``path`` yet.

    ``id`` is the recording's own, which may be empty; ``format`` is that of the file it was made of, and
    ``notes`` say what was assumed or left out.
    """

    part: str
    path: str
    id: str
    format: Format
    notes: list[str]

    def publish(self) -> None:
        """Put it into the library. Raises OutputError."""
        try:
            publish(self.part, self.path, overwrite=False)
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror}") from None


@contextmanager
def as_recording(
    file: BinaryIO, name: str, env: Mapping[str, str], advance: Callable[[int], object] = int
) -> Iterator[KeptFile]:
    """The recording that ``file`` (seekable) is, or is converted to. Without ``publish`` nothing of it stays.

    ``name`` is what the user calls the file. ``advance`` is called with how many bytes were read. Raises
    FormatError, OutputError, NoHomeError.
    """
    path = default_path(new_id(name.partition(".")[0], random_bytes=4), env)
    try:
        make_folders(os.path.dirname(path))
        part, fd = create_part(path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from None
    os.close(fd)
    try:
        yield _written(file, name, part, path, advance)
    finally:
        with suppress(OSError):
            os.unlink(part)


def _written(
    file: BinaryIO, name: str, part: str, path: str, advance: Callable[[int], object]
) -> KeptFile:
    try:
        recording = Recording(file, name)
    except FormatError as error:
        file.seek(0)
        return _converted(file, name, part, path, advance, error)
    if not recording.file_size:
        raise FormatError(f"{name} is empty")
    if not recording.index.counts and recording.damage:
        raise FormatError(f"{name} is damaged: nothing in it can be read")
    file.seek(0)
    try:
        with open(part, "wb") as out:
            shutil.copyfileobj(file, out)
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from None
    is_whole = recording.ended or recording.encrypted  # of which that does not show
    notes = [] if is_whole else ["the recording is not complete: its end is missing"]
    return KeptFile(part, path, text(recording.header.get("id")), FORMATS["ahr"], notes)


def _converted(
    file: BinaryIO,
    name: str,
    part: str,
    path: str,
    advance: Callable[[int], object],
    error: FormatError,
) -> KeptFile:
    """``error`` is what is wrong with the file as a recording."""
    format_, _ = format_inside(file, name)
    if format_.name == "ahr":
        raise error
    file.seek(0)

    def header_of(header: JsonObject) -> JsonObject:
        return named_header(header, format_, name, os.path.basename(path).removesuffix(".ahr"))

    notes = write_recording(file, name, format_, part, header_of, advance)
    with Recording.open(part) as recording:
        id_ = text(recording.header.get("id"))
    return KeptFile(part, path, id_, format_, notes)

"""A recording as a picture in one of the formats."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, BinaryIO

from agentrec.errors import UsageError
from agentrec.export import ahr
from agentrec.export.conversion import Loss
from agentrec.export.picture.options import PictureOptions
from agentrec.export.picture.picture_frames import all_frames, one_frame
from agentrec.json_values import words
from agentrec.recording.reader import Recording
from agentrec.terminal.seek.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.export.picture.picture_frames import PictureFrame
    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event

STILL_FORMATS = ("svg", "png")
VIDEO_FORMATS = ("mp4", "webm")
MAX_FRAMES = 20_000
_TRACKS = ("term", "mark")
_MAX_TITLE_CHARS = 80


def write_picture(
    recording: Recording, t: int, kind: str, options: PictureOptions, out: BinaryIO
) -> None:
    """The screen at ``t`` (ns) as ``kind``, one of STILL_FORMATS. Raises OSError, AgentrecError."""
    frame = one_frame(recording, t, options)
    title = _title(recording.header)
    if kind == "png":
        from agentrec.export.picture.png import write_png

        write_png(frame, options, title, out)
        return
    from agentrec.export.picture.svg import SvgPicture

    picture = SvgPicture(options, frame.cols, len(frame.rows), title)
    _write(picture.still(frame), out)


def write_animation(
    header: JsonObject, events: Iterable[Event], kind: str, options: PictureOptions, out: BinaryIO
) -> Loss:
    """All screens as ``svg``, ``gif``, ``mp4`` or ``webm``. Raises OSError, AgentrecError."""
    with tempfile.TemporaryDirectory(prefix="agentrec-") as folder:
        path = os.path.join(folder, "recording.ahr")
        with open(path, "xb") as spool:
            ahr.write(header, (event for event in events if event.track in _TRACKS), spool)
        with Recording.open(path) as recording, Timeline(recording) as timeline:
            frames = _limited(all_frames(recording, timeline, options))
    title = _title(header)
    if kind == "gif":
        from agentrec.export.picture.gif import write_gif

        write_gif(frames, options, title, out)
        return Loss()
    if kind in VIDEO_FORMATS:
        from agentrec.export.picture.video import write_video

        write_video(frames, kind, options, title, out)
        return Loss()
    from agentrec.export.picture.svg import SvgPicture

    cols, rows = max(it.cols for it in frames), max(len(it.rows) for it in frames)
    _write(SvgPicture(options, cols, rows, title).animation(frames), out)
    return Loss()


def _limited(frames: Iterator[PictureFrame]) -> list[PictureFrame]:
    found: list[PictureFrame] = []
    for frame in frames:
        if len(found) >= MAX_FRAMES:
            raise UsageError(
                f"this would be more than {MAX_FRAMES:,} pictures",
                "use --since and --until, or --speed",
            )
        found.append(frame)
    return found


def _title(header: JsonObject) -> str:
    title = header.get("title")
    argv = words(header.get("command"))
    name = " ".join([os.path.basename(argv[0]), *argv[1:]]) if argv else ""
    text = " ".join(str(title or name).split())
    return text if len(text) <= _MAX_TITLE_CHARS else text[: _MAX_TITLE_CHARS - 1] + "…"


def _write(parts: Iterator[str], out: BinaryIO) -> None:
    out.writelines(part.encode() for part in parts)

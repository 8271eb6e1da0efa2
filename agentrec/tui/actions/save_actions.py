"""The screen as a picture, and the recording in another format, as files."""

from __future__ import annotations

import itertools
import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

from textual import work

from agentrec.errors import AgentrecError, OutputError, UsageError
from agentrec.times import format_clock
from agentrec.tui.actions.player_base import PlayerBase
from agentrec.tui.playback.messages import FileWritten, TaskFailed
from agentrec.tui.words import error_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO


class SaveActions(PlayerBase):
    """Files get their names when they are complete, and replace no other."""

    def action_save_picture(self) -> None:
        """Save the screen in the current directory, as PNG if Pillow is there, else as SVG."""
        self.say("saving a picture")
        self._save(self.state.path, self.state.clock.t, "")

    def action_ask_export(self) -> None:
        self.prompt.ask("export")

    def export_to(self, path: str) -> None:
        """Save the recording in the format of the extension of ``path``."""
        if path.strip():
            self.say("exporting")
            self._save(self.state.path, 0, os.path.expanduser(path.strip()))

    @work(thread=True, group="save", exclusive=True)
    def _save(self, path: str, t: int, target: str) -> None:
        try:
            written = export(path, target) if target else save_picture(path, t)
        except (AgentrecError, OSError) as error:
            self.post_message(TaskFailed(error_text(error)))
        else:
            self.post_message(FileWritten(written))


def save_picture(path: str, t: int) -> str:
    """Write the screen at ``t`` (ns) into the current directory; returns the file. Raises AgentrecError."""
    from agentrec.export.picture.options import PictureOptions
    from agentrec.export.picture.render import write_picture
    from agentrec.recording.reader import Recording

    kind = "png" if find_spec("PIL") else "svg"
    stem = os.path.splitext(os.path.basename(path))[0]
    name = _free_name(f"{stem}-{format_clock(t).replace(':', '.')}", kind)
    with Recording.open(path) as recording:
        return _written(name, lambda out: write_picture(recording, t, kind, PictureOptions(), out))


def export(path: str, target: str) -> str:
    """Write the recording at ``path`` as ``target``. Raises AgentrecError."""
    from agentrec.export import FORMATS, by_extension
    from agentrec.export.conversion import Source
    from agentrec.recording.reader import open_input

    format_ = by_extension(target)
    if format_ is None or not format_.writer:
        known = sorted({end for one in FORMATS.values() if one.writer for end in one.extensions})
        raise UsageError(f"cannot export to {target!r}", f"use a name with {', '.join(known)}")
    with open_input(path) as file:
        session = FORMATS["ahr"].read(Source(path, file))
        return _written(target, lambda out: format_.write(session.header, session.events, out))


def _free_name(start: str, ending: str) -> str:
    names = (f"{start}{f'-{n}' if n > 1 else ''}.{ending}" for n in itertools.count(1))
    return next(name for name in names if not os.path.lexists(name))


def _written(path: str, write: Callable[[BinaryIO], object]) -> str:
    from agentrec.atomic import replacing

    try:
        with (
            replacing(path, overwrite=False) as fd,
            os.fdopen(os.dup(fd), "wb") as out,
        ):
            write(out)
    except FileExistsError:
        raise OutputError(f"{path} already exists", "choose another name") from None
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from None
    return os.path.abspath(path)

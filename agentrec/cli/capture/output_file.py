"""The file of a new recording: created, masked, finished. On the start path: imports are light here."""

from __future__ import annotations

import os

from agentrec.errors import AgentrecError, RecorderError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject
    from agentrec.recording.sink import RecordingSink
    from agentrec.recording.writer import Writer


# So much payload is packed at once: starting another process would take longer.
PACK_NOW_BYTES = 256 << 10


def create(
    path: str | None,
    header: JsonObject,
    env: Mapping[str, str],
    *,
    overwrite: bool,
    wait: bool,
    recipients: list[str],
) -> Writer:
    """Create the recording at ``path``, by default in the data directory.

    ``wait``: it is packed before :func:`finish` returns. ``recipients``: to whom it is encrypted.
    Raises RecorderError: what cannot be recorded is not run.
    """
    from agentrec.recording.writer import Writer
    from agentrec.recording_registry import default_path
    from agentrec.terminal.seek.keyframe_thread import CATCH_UP_SECONDS, KeyframeThread

    try:
        if path is None:
            path = default_path(str(header["id"]), env)
        _check(path)
        _make_folder(os.path.dirname(path))
        writer = Writer(path, header, overwrite=overwrite, recipients=recipients)
    except AgentrecError as error:
        raise RecorderError(f"{error}; nothing was run", error.hint) from None
    catch_up_seconds = CATCH_UP_SECONDS if wait else 0
    writer.attach(KeyframeThread(writer, catch_up_seconds=catch_up_seconds))
    return writer


def _check(path: str) -> None:
    if not path:
        raise RecorderError("the name of the recording is empty", "omit -o to name it by date")
    if path == "-":
        raise RecorderError("cannot record to standard output", "pass a file")
    if os.path.isdir(path) or path.endswith("/"):
        raise RecorderError(f"{path} is a directory", "pass a file in it")


def _make_folder(folder: str) -> None:
    if not folder or os.path.isdir(folder):
        return
    from agentrec.config import make_folders

    try:
        make_folders(folder)
    except OSError as error:
        raise RecorderError(f"cannot create the directory {folder}: {error.strerror}") from None


def masked(writer: Writer, size: tuple[int, int], *, redact: bool | None) -> RecordingSink:
    """``writer`` with masks before it: for events as a rule, for the terminal where asked for."""
    if redact is False:
        return writer
    if redact:
        from agentrec.redact.masking_writer import MaskingWriter

        return MaskingWriter(writer, size)
    from agentrec.redact.event_mask import EventMask

    return EventMask(writer)


def discard(writer: RecordingSink) -> None:
    """Leave no file behind: the command did not start, or the user wants none."""
    writer.close(compact=False)
    try:
        os.unlink(writer.path)
    except OSError:
        return


def finish(writer: RecordingSink, env: Mapping[str, str], *, wait: bool) -> None:
    """Finish the file, and pack it: here if that is quickly done or with ``wait``, else in another process.

    From then on Ctrl-C only ends making it smaller.
    """
    import signal

    def interrupt(_number: int, _frame: object) -> None:
        if writer.compacting:
            raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    if wait or writer.written <= PACK_NOW_BYTES:
        writer.close()
        return
    writer.close(compact=False)
    if writer.packable:
        _pack_later(writer.path, env)


def _pack_later(path: str, env: Mapping[str, str]) -> None:
    from agentrec.recording import packing_queue

    try:
        packing_queue.add(path, env)
        packing_queue.start_worker(env)
    except (AgentrecError, OSError):
        return  # it stays as it is, which is whole

"""Packs finished recordings: makes the keyframes that are missing, and compresses everything as a whole.

``python -m agentrec.terminal.seek.packing`` works off the queue of the user, beside whatever else runs: at
the lowest priority, without a terminal, and alone. It can be killed at any time: a recording is replaced
by its packed form at once, or not at all.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from agentrec.errors import AgentrecError
from agentrec.locks import try_lock
from agentrec.recording import packing_queue
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import compact, quality_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.recording.rewrite import BuiltKeyframe
    from agentrec.terminal.seek.keyframe_builder import KeyframeBuilder

NICENESS = 19
MAX_TRIES = 3
# A recording with less to play needs no keyframe.
MIN_KEYFRAME_BYTES = 8 << 20


def pack(path: str) -> bool:
    """Pack the recording at ``path``; false when it was changed or is being written now.

    Raises InputError, FormatError, OSError.
    """
    with Recording.open(path) as recording:
        if recording.live or not recording.ended:
            return False
        raw, stored = recording.index.raw, recording.index.stored
        keyframes = _keyframes(recording) if raw >= MIN_KEYFRAME_BYTES else None
        return compact(path, quality_for(raw, stored), keyframes)


def _keyframes(recording: Recording) -> Iterator[BuiltKeyframe] | None:
    """All keyframes of a recording, made while it is read; None without an engine."""
    try:
        from agentrec.terminal.seek.keyframe_builder import KeyframeBuilder

        builder = KeyframeBuilder(recording)
    except (AgentrecError, ImportError, OSError):
        return None
    return _built(builder)


def _built(builder: KeyframeBuilder) -> Iterator[BuiltKeyframe]:
    while builder.step():
        keyframe = builder.keyframe()
        if keyframe:
            yield keyframe


def work_off(env: Mapping[str, str]) -> None:
    """Pack what is in the queue, unless another process does."""
    lock = os.path.join(packing_queue.folder(env), packing_queue.LOCK)
    while packing_queue.waiting(env):
        fd = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not try_lock(fd):
                return  # the other looks once more after it has let go
            while waiting := packing_queue.waiting(env):
                _pack_next(waiting, env)
        finally:
            os.close(fd)


def _pack_next(waiting: dict[str, int], env: Mapping[str, str]) -> None:
    path = min(waiting, key=lambda path: waiting[path])
    if waiting[path] >= MAX_TRIES:  # it ended this process, or something is in the way
        packing_queue.remove(path, env)
        return
    packing_queue.add(path, env, tries=waiting[path] + 1)
    try:
        done = pack(path)
    except (AgentrecError, OSError, MemoryError):
        done = not os.path.exists(path)
    if done:
        packing_queue.remove(path, env)


def main() -> None:
    """Work off the queue of this user."""
    os.nice(NICENESS)
    try:
        work_off(os.environ)
    except (AgentrecError, OSError):
        sys.exit(1)  # the next recording starts another one


if __name__ == "__main__":
    main()

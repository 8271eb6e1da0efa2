"""Open recordings: kept open between requests, each used by one request at a time."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from agentrec.errors import FormatError, InputError
from agentrec.library.discovery import Stamp, stamp_of
from agentrec.recording.format.work_limit import WorkLimit
from agentrec.recording.reader import Recording, is_live
from agentrec.terminal.seek.segment_cache import SegmentCache
from agentrec.terminal.seek.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    Opener = Callable[[str], Recording]

MAX_IDLE_RECORDINGS = 16
# Each may hold about 60 MB.
MAX_IDLE_TIMELINES = 4


class Closable(Protocol):
    def close(self) -> None: ...


T = TypeVar("T", bound=Closable)


class Pool(Generic[T]):
    """At most ``limit`` idle resources by name; the one that was idle longest is closed first.

    ``make`` opens one, ``is_valid`` says whether an idle one may be used again. Thread-safe.
    """

    def __init__(self, make: Callable[[str], T], is_valid: Callable[[T], bool], limit: int) -> None:
        self._make, self._is_valid, self._limit = make, is_valid, limit
        self._lock = threading.Lock()
        self._idle: list[tuple[str, T]] = []
        self._closed = False

    @contextmanager
    def lend(self, name: str) -> Iterator[T]:
        """The resource called ``name``, for this caller alone. It is closed if the caller fails."""
        resource = self._take_idle(name) or self._make(name)
        try:
            yield resource
        except BaseException:
            resource.close()
            raise
        self._give_back(name, resource)

    def close(self) -> None:
        """Close what is idle now, and the rest when it is given back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for _, resource in idle:
            resource.close()

    def _take_idle(self, name: str) -> T | None:
        while resource := self._pop_idle(name):
            if self._is_valid(resource):
                return resource
            resource.close()
        return None

    def _pop_idle(self, name: str) -> T | None:
        with self._lock:
            for index, (own, _) in enumerate(self._idle):
                if own == name:
                    return self._idle.pop(index)[1]
        return None

    def _give_back(self, name: str, resource: T) -> None:
        with self._lock:
            self._idle.append((name, resource))
            limit = 0 if self._closed else self._limit
            surplus = [self._idle.pop(0)[1] for _ in range(len(self._idle) - limit)]
        for old in surplus:
            old.close()


class ReadableRecording:
    """A recording as its file was when it was opened."""

    def __init__(self, path: str, open_: Opener) -> None:
        self.recording = open_(path)
        self.stamp = None if is_remote(self.recording) else _stamp_of(self.recording)

    def is_current(self) -> bool:
        """Whether the file has not changed since, and its writer is there, or not, as it was then."""
        is_same = self.stamp == _stamp(self.recording.path)
        return is_same and self.recording.live == is_live(self.recording.file)

    def close(self) -> None:
        self.recording.close()


class PlayableRecording:
    """A recording and its timeline, which follow the file as it grows."""

    def __init__(self, path: str, open_: Opener) -> None:
        self.recording = open_(path)
        try:
            self.timeline = Timeline(self.recording)
            self.stamp = _stamp(path)
        except InputError as error:  # the file is there, but its terminal cannot be shown
            self.recording.close()
            raise FormatError(str(error), error.hint) from None
        except BaseException:
            self.recording.close()
            raise

    def refresh(self) -> bool:
        """Read what was added since. False if the file was replaced by another one."""
        if is_remote(self.recording):
            return True
        now = _stamp(self.recording.path)
        if now is None or self.stamp is None:
            return False
        if now != self.stamp and (not self.timeline.growing or now.size < self.stamp.size):
            return False
        if self.timeline.growing:
            self.timeline.refresh()
        self.stamp = now
        return True

    def close(self) -> None:
        self.timeline.close()
        self.recording.close()


class RecordingPool:
    """Opens recordings by path, with ``open_``, and keeps some of them open. Thread-safe."""

    def __init__(self, open_: Opener = Recording.open) -> None:
        self._readable = Pool(
            lambda path: ReadableRecording(path, open_),
            ReadableRecording.is_current,
            MAX_IDLE_RECORDINGS,
        )
        self._playable = Pool(
            lambda path: PlayableRecording(path, open_),
            PlayableRecording.refresh,
            MAX_IDLE_TIMELINES,
        )

    @contextmanager
    def read(self, path: str) -> Iterator[Recording]:
        """A recording for reading its events. Raises InputError, FormatError."""
        with self._readable.lend(path) as opened:
            opened.recording.work = WorkLimit(opened.recording.file_size)  # of this request
            yield opened.recording

    def play(self, path: str) -> AbstractContextManager[PlayableRecording]:
        """A recording with its timeline, for screens. Raises InputError, FormatError, EngineMissingError."""
        return self._playable.lend(path)

    def count_events(self, path: str) -> int:
        """How many events a recording has now. Raises InputError, FormatError."""
        with self.read(path) as recording:
            return SegmentCache(recording).count

    def close(self) -> None:
        self._readable.close()
        self._playable.close()


def is_remote(recording: Recording) -> bool:
    """Whether it is no file of this machine: then it never changes."""
    try:
        recording.file.fileno()
    except OSError:
        return True
    return False


def _stamp_of(recording: Recording) -> Stamp:
    return stamp_of(os.fstat(recording.file.fileno()))


def _stamp(path: str) -> Stamp | None:
    try:
        return stamp_of(os.stat(path))
    except OSError:
        return None

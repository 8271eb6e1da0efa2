"""Files that change under the working directory while it is recorded, whoever changes them.

- ``inotify_tree``: watches directories through the kernel's events (:mod:`agentrec.inotify`).
- ``polled_tree``: compares scans, for short runs and where there is no inotify.
- ``directory_entries``: what a directory holds.
- ``ignored``: which paths are left out.
- ``debounce``: changes of a path that follow one another become one.

On the start path of `record`: imports are light here.
"""

from __future__ import annotations

import os
import time

from agentrec.capture.companion_host import Companion
from agentrec.capture.throttle import CpuThrottle
from agentrec.companions.files.debounce import CHANGED, DELETED, ChangeDebouncer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.capture.companion_host import Emit
    from agentrec.companions.end_event import EndEvent
    from agentrec.companions.files.inotify_tree import InotifyTree
    from agentrec.companions.files.polled_tree import PolledTree
    from agentrec.json_values import JsonObject

START_DELAY_SECONDS = 0.05  # the command starts undisturbed
MAX_WAIT_SECONDS = 60.0  # for a change
CPU_SHARE, CPU_BURST_SECONDS = 0.008, 0.3
LAST_SCAN_SECONDS = 0.01  # for what a very short run has left
CLOCK_SLACK_NS = 10_000_000  # that the clock of a file system may be behind


class FilesCompanion(Companion):
    """The companion that adds ``sys/file`` for each file created, changed or deleted.

    With ``use_inotify`` false it compares the times of files, as it does on systems without inotify. A tick
    waits for a change, for ``wait_seconds`` at most.
    """

    name = "files"

    def __init__(self, *, use_inotify: bool = True, wait_seconds: float = MAX_WAIT_SECONDS) -> None:
        self._use_inotify, self._wait_seconds = use_inotify, wait_seconds
        self._emit: Emit | None = None
        self._tree: InotifyTree | PolledTree | None = None
        self._end: EndEvent | None = None
        self._changes = ChangeDebouncer()
        self._pauses: list[tuple[int, int]] = []  # of the recording, ns since the epoch
        self._paused_at = 0

    def prepare(
        self, argv: list[str], env: dict[str, str], cwd: str
    ) -> tuple[list[str], dict[str, str]]:
        """Nothing to change; remembers what to watch."""
        self._root, self._recording = cwd, env.get("AGENTREC_FILE", "")
        self._since = time.time_ns() - CLOCK_SLACK_NS
        home = os.path.join(os.path.realpath(env.get("HOME") or "/"), "")
        self._too_large = not cwd or home.startswith(os.path.join(os.path.realpath(cwd), ""))
        return argv, env

    def on_event(self, seq: int, track: str, kind: str, data: JsonObject) -> None:  # noqa: ARG002
        """Remember when the recording was paused: a change then may be found later."""
        if (track, kind) == ("term", "paused"):
            self._paused_at = time.time_ns() - CLOCK_SLACK_NS
        elif (track, kind) == ("term", "resumed"):
            self._pauses.append((self._paused_at, time.time_ns()))

    def start(self, emit: Emit, pid: int) -> None:  # noqa: ARG002
        """Nothing yet: see START_DELAY_SECONDS."""
        self._emit = emit
        self._started_at = time.monotonic()

    def tick(self) -> float | None:
        """Take what happened."""
        if self._too_large:
            return None
        wait = START_DELAY_SECONDS - (time.monotonic() - self._started_at)
        if wait > 0:
            return wait
        if self._tree and self._end and self._changes.is_empty:
            self._tree.wait(self._wait_seconds, self._end)
        tree = self._tree or self._open()
        tree.look()
        self._add_changes()
        return max(tree.pause, self._throttle.rest_seconds())

    def on_child_exit(self) -> None:
        """Do not wait for changes any longer."""
        if end := self._end:
            end.set()

    def stop(self) -> None:
        """A last look."""
        if self._end:
            self._end.close()
            self._end = None
        if not self._emit:
            return
        if self._too_large:
            reason = "the working directory holds the home directory"
            self._emit("sys", "dropped", {"what": "file changes", "reason": reason})
            return
        missed: dict[str, int] = {}
        if self._tree:
            self._tree.last_look(time.monotonic() + LAST_SCAN_SECONDS)
            self._tree.close()
            missed = self._tree.missed
        else:
            self._scan_once()
        self._add_changes(everything=True)
        for what, count in (("file changes", self._changes.dropped), *missed.items()):
            if count:
                self._emit("sys", "dropped", {"what": what, "count": count})

    def _scan_once(self) -> None:
        """What a very short run has left, at little cost when that is nothing."""
        from agentrec.companions.files.polled_tree import changed_since

        changed = changed_since(self._root, self._since, time.monotonic() + LAST_SCAN_SECONDS)
        changed = [path for path in changed if not self._is_recording(path)]
        if not changed:
            return
        from agentrec.companions.files.ignored import IgnoredPaths

        ignored = IgnoredPaths(self._root)
        for path in changed:
            parts = path.split("/")
            above = ("/".join(parts[:count]) for count in range(1, len(parts)))
            if not any(ignored(folder, directory=True) for folder in above) and not ignored(path):
                self._changes.add(path, CHANGED, time.monotonic())

    def _is_recording(self, path: str) -> bool:
        """Whether it is the recording itself, or its copy while it is compacted."""
        full = os.path.join(self._root, path)
        return full == self._recording or full.startswith(self._recording + ".")

    def _was_paused(self, path: str) -> bool:
        """Whether the recording was paused when the file was last changed."""
        if not self._pauses:
            return False
        try:
            changed = os.lstat(os.path.join(self._root, path)).st_ctime_ns
        except OSError:
            return False
        return any(begin <= changed < end for begin, end in self._pauses)

    def _open(self) -> InotifyTree | PolledTree:
        from agentrec.companions.files.ignored import IgnoredPaths

        self._throttle = CpuThrottle(CPU_SHARE, CPU_BURST_SECONDS)
        ignored = IgnoredPaths(self._root)
        if self._use_inotify:
            from agentrec.companions.end_event import EndEvent
            from agentrec.companions.files.inotify_tree import InotifyTree

            try:
                self._tree = InotifyTree(self._root, ignored, self._changes, self._since)
                self._end = EndEvent()
            except OSError:
                self._use_inotify = False
        if not self._tree:
            from agentrec.companions.files.polled_tree import PolledTree

            self._tree = PolledTree(self._root, ignored, self._changes, self._since)
        return self._tree

    def _add_changes(self, *, everything: bool = False) -> None:
        assert self._emit
        for path, what in self._changes.settled(time.monotonic(), everything=everything):
            if self._is_recording(path) or self._was_paused(path):
                continue
            data: JsonObject = {"path": _as_text(path), "what": what}
            if what != DELETED:
                data["size"] = _size(os.path.join(self._root, path))
            self._emit("sys", "file", data)


def _size(path: str) -> int | None:
    try:
        return os.lstat(path).st_size
    except OSError:
        return None


def _as_text(path: str) -> str:
    """A path as text that JSON can hold."""
    return os.fsencode(path).decode("utf-8", "replace")

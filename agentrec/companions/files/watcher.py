"""Files that change under the working directory while it is recorded, whoever changes them."""

from __future__ import annotations

import os
import time

from agentrec.capture.throttle import Pace
from agentrec.companions.files.debounce import CHANGED, DELETED, Changes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentrec.capture.companion_host import Emit
    from agentrec.companions.files.tree import Poller, Tree

FIRST = 0.05  # seconds before the first look: the command starts undisturbed
SHARE, BURST = 0.008, 0.3  # of a core, and seconds of one
LAST_LOOK = 0.01  # seconds for a look at what a very short run has left

COARSE = 10_000_000  # ns that the clock of a file system may be behind


class FileWatcher:
    """The companion that adds ``sys/file`` for each file created, changed or deleted.

    With ``listen`` false it compares the times of files, as where there is no inotify.
    """

    name = "files"

    def __init__(self, *, listen: bool = True) -> None:
        self._listen = listen
        self._emit: Emit | None = None
        self._watch: Tree | Poller | None = None
        self._changes = Changes()

    def prepare(
        self, argv: list[str], env: dict[str, str], cwd: str
    ) -> tuple[list[str], dict[str, str]]:
        """Nothing to change; remembers what to watch."""
        self._root, self._own = cwd, env.get("AGENTREC_FILE", "")
        self._since = time.time_ns() - COARSE
        home = os.path.join(os.path.realpath(env.get("HOME") or "/"), "")
        self._too_much = not cwd or home.startswith(os.path.join(os.path.realpath(cwd), ""))
        return argv, env

    def start(self, emit: Emit, pid: int) -> None:  # noqa: ARG002
        """Nothing yet: see FIRST."""
        self._emit = emit
        self._begun = time.monotonic()

    def tick(self) -> float | None:
        """Take what happened."""
        if self._too_much:
            return None
        wait = FIRST - (time.monotonic() - self._begun)
        if wait > 0:
            return wait
        watch = self._watch or self._open()
        watch.look()
        self._tell()
        return max(watch.pause, self._pace.rest())

    def stop(self) -> None:
        """A last look."""
        if not self._emit:
            return
        if self._too_much:
            reason = "the working directory holds the home directory"
            self._emit("sys", "dropped", {"what": "file changes", "reason": reason})
            return
        missed: dict[str, int] = {}
        if self._watch:
            self._watch.last_look(time.monotonic() + LAST_LOOK)
            self._watch.close()
            missed = self._watch.missed
        else:
            self._look_once()
        self._tell(all_of_them=True)
        for what, count in (("file changes", self._changes.dropped), *missed.items()):
            if count:
                self._emit("sys", "dropped", {"what": what, "count": count})

    def _look_once(self) -> None:
        """What a very short run has left, at little cost when that is nothing."""
        from agentrec.companions.files.tree import changed_since

        found = changed_since(self._root, self._since, time.monotonic() + LAST_LOOK)
        found = [path for path in found if not self._is_ours(path)]
        if not found:
            return
        from agentrec.companions.files.ignored import Ignored

        ignored = Ignored(self._root)
        for path in found:
            parts = path.split("/")
            above = ("/".join(parts[:count]) for count in range(1, len(parts)))
            if not any(ignored(folder, directory=True) for folder in above) and not ignored(path):
                self._changes.add(path, CHANGED, time.monotonic())

    def _is_ours(self, path: str) -> bool:
        """Whether it is the recording itself, or its copy while it is compacted."""
        whole = os.path.join(self._root, path)
        return whole == self._own or whole.startswith(self._own + ".")

    def _open(self) -> Tree | Poller:
        from agentrec.companions.files.ignored import Ignored
        from agentrec.companions.files.tree import Poller, Tree

        self._pace = Pace(SHARE, BURST)
        ignored = Ignored(self._root)
        if self._listen:
            from agentrec.companions.files.inotify import Inotify

            try:
                self._watch = Tree(self._root, ignored, self._changes, Inotify(), self._since)
            except OSError:
                self._listen = False
        if not self._watch:
            self._watch = Poller(self._root, ignored, self._changes, self._since)
        return self._watch

    def _tell(self, *, all_of_them: bool = False) -> None:
        assert self._emit
        for path, what in self._changes.take(time.monotonic(), all_of_them=all_of_them):
            if self._is_ours(path):
                continue
            whole = os.path.join(self._root, path)
            data: dict[str, Any] = {"path": _text(path), "what": what}
            if what != DELETED:
                data["size"] = _size(whole)
            self._emit("sys", "file", data)


def _size(path: str) -> int | None:
    try:
        return os.lstat(path).st_size
    except OSError:
        return None


def _text(path: str) -> str:
    """A path as text that JSON can hold."""
    return os.fsencode(path).decode("utf-8", "replace")

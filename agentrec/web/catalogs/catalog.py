"""The served recordings, with ids that are safe in URLs."""

from __future__ import annotations

import os
import re
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agentrec.config import data_home
from agentrec.errors import AgentrecError
from agentrec.library.filters import Filters
from agentrec.library.index.library_db import LibraryDb
from agentrec.library.index.update import find_unknown, is_current, update
from agentrec.library.listing import find_recording, list_recordings, session_data
from agentrec.library.locations import roots
from agentrec.recording.reader import Recording
from agentrec.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agentrec.json_values import JsonObject
    from agentrec.library.index.library_db import RecordingRow

# The index is brought up to date at most this often.
REFRESH_SECONDS = 1.0
# How long to wait for an update that another request has begun.
_UPDATE_TIMEOUT_SECONDS = 20.0
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_INDEX_ID = re.compile(r"~([0-9]{1,19})")
_MAX_INDEX_ID = (1 << 63) - 1
# A path of the replay API in the position of an id.
_RESERVED = frozenset({"search"})


class Catalog:
    """The recordings in the ``named`` folders and files; all known ones if none is named. Thread-safe.

    ``roots`` are the folders and files that are searched now, ``faults`` the files that cannot be read,
    with the reason. Raises InputError if one does not exist.
    """

    def __init__(self, named: Sequence[str], env: Mapping[str, str]) -> None:
        self.roots = roots(named, env)
        self._named, self._env = list(named), env
        self._added: list[str] = []
        self._folder = data_home(env)
        self.faults: list[tuple[str, str]] = []
        self._updating = threading.Lock()
        self._updated_at = 0.0

    def close(self) -> None:
        """Give back what this holds: nothing, if the recordings are on this machine."""

    def filters(self) -> Filters:
        """Filters for all served recordings, to be narrowed with ``_replace``."""
        return Filters(self.roots)

    @contextmanager
    def fresh(self, *, wait: bool = True) -> Iterator[LibraryDb]:
        """The index, up to date as of a second ago.

        The first time that takes a while; without ``wait`` it is as it is if another thread does that.
        """
        with self.library() as library:
            patient = wait and not self._updated_at
            self._update(library, _UPDATE_TIMEOUT_SECONDS if patient else 0.0)
            yield library

    @contextmanager
    def library(self) -> Iterator[LibraryDb]:
        """The index as it is."""
        library = LibraryDb(self._folder)
        try:
            yield library
        finally:
            library.close()

    def row(self, name: str) -> RecordingRow:
        """The library's row of the recording with this id, as its file is now.

        Raises ProblemError if there is none.
        """
        with self.library() as library:
            row = self._find(library, name)
            if row is None:
                self._update(library, _UPDATE_TIMEOUT_SECONDS)
                row = self._find(library, name)
            elif not is_current(library, row["path"]):
                self._update_file(library, row["path"])
                row = self._find(library, name)
        if row is None:
            raise ProblemError(404, f"no recording {name[:200]}")
        return row

    def find(self, session: str) -> RecordingRow | None:
        """The library's row of the recording with this id of its own, if it is served.

        Does not wait for the index: reading many recordings into it may take minutes.
        """
        if not session:
            return None
        with self.library() as library:
            unknown = find_unknown(library, self.roots)
            if same := [path for path in unknown if _has_id(path, session)]:
                update(library, same)
            return find_recording(library, self.filters(), session=session)

    def added(self, path: str) -> RecordingRow | str:
        """Serve this file as well, and return its row, or why it cannot be read.

        Only this file is read into the index.
        """
        path = os.path.realpath(path)
        self.add(path)
        with self.library() as library:
            faults = dict(update(library, [path]).faults)
            row = next(iter(list_recordings(library, Filters([path]), 1)), None)
        return row or faults.get(path, "it is gone")

    def session(self, row: RecordingRow) -> JsonObject:
        """A row of the library in the form of the API."""
        return {**session_data(row), "id": id_of(row)}

    def add(self, path: str) -> None:
        """Serve this file as well. It need not exist yet."""
        self._added.append(path)
        self.roots = list(dict.fromkeys([*self.roots, path]))
        self._updated_at = 0.0

    def _find(self, library: LibraryDb, name: str) -> RecordingRow | None:
        index_id = _INDEX_ID.fullmatch(name)
        if index_id and int(index_id[1]) <= _MAX_INDEX_ID:
            return find_recording(library, self.filters(), row_id=int(index_id[1]))
        return find_recording(library, self.filters(), session=name) if _is_plain(name) else None

    def _update_file(self, library: LibraryDb, path: str) -> None:
        """Read this file into the index again, unless another thread brings the index up to date."""
        if self._updating.acquire(blocking=False):
            try:
                update(library, [path])
            finally:
                self._updating.release()

    def _update(self, library: LibraryDb, wait: float = 0.0) -> None:
        """Bring the index up to date. If another thread does so already, ``wait`` that many seconds."""
        if time.monotonic() - self._updated_at < REFRESH_SECONDS:
            return
        if not self._updating.acquire(timeout=wait):
            return  # the index as it is will do
        try:
            if time.monotonic() - self._updated_at >= REFRESH_SECONDS:
                # Recordings may have been written to folders that were not known before.
                known = self.roots if self._named else roots([], self._env)
                added = len(self._added)
                self.roots = list(dict.fromkeys([*known, *self._added]))
                self.faults = update(library, self.roots).faults
                # What was added meanwhile is not in the index yet.
                self._updated_at = time.monotonic() if added == len(self._added) else 0.0
        finally:
            self._updating.release()


def id_of(row: RecordingRow) -> str:
    """The recording's own id if it is a plain name, else one made from its id in the index."""
    return api_id(row["session"], row["id"])


def api_id(session: str, row_id: int) -> str:
    """As :func:`id_of`, from the two columns it needs."""
    return session if _is_plain(session) else f"~{row_id}"


def _has_id(path: str, session: str) -> bool:
    try:
        with Recording.open(path) as recording:
            return recording.header.get("id") == session
    except AgentrecError:
        return False


def _is_plain(name: str) -> bool:
    return bool(_PLAIN.fullmatch(name)) and name not in _RESERVED

"""Which recordings there are, under ids that are safe in addresses."""

from __future__ import annotations

import re
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from agentrec.config import data_home
from agentrec.library.filters import Filters
from agentrec.library.index.store import Store
from agentrec.library.index.update import update
from agentrec.library.listing import as_data, find
from agentrec.library.locations import roots
from agentrec.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LOOK_EVERY = 1.0  # seconds; within them the files are not looked at again
_PATIENCE = 20.0  # seconds to wait for an index that is being made
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_BY_PLACE = re.compile(r"~([0-9]{1,19})")
_LARGEST = (1 << 63) - 1
_RESERVED = frozenset({"search"})  # a path of the replay API that stands where ids do


class Catalog:
    """The recordings that are ``named``, as folders or files; all there are when none is. For several
    threads.

    ``roots`` are the folders and files that are looked at now. Raises InputError for one that is not there.
    """

    def __init__(self, named: Sequence[str], env: Mapping[str, str]) -> None:
        self.roots = roots(named, env)
        self._named, self._env = list(named), env
        self._more: list[str] = []
        self._folder = data_home(env)
        self._updating = threading.Lock()
        self._looked = 0.0

    def filters(self, **narrowed: Any) -> Filters:
        return Filters(self.roots, **narrowed)

    @contextmanager
    def fresh(self) -> Iterator[Store]:
        """The index, with what has changed on the disk up to a second ago."""
        with self.store() as store:
            self._look(store, 0.0 if self._looked else _PATIENCE)
            yield store

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The index as it is."""
        store = Store(self._folder)
        try:
            yield store
        finally:
            store.close()

    def row(self, name: str) -> dict[str, Any]:
        """The list's row of the recording with this id. Raises ProblemError when there is none."""
        with self.store() as store:
            found = self._find(store, name)
            if found is None:
                self._look(store, _PATIENCE)
                found = self._find(store, name)
        if found is None:
            raise ProblemError(404, f"there is no recording {name[:200]}")
        return found

    def session(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row of the list as the API tells it."""
        return {**as_data(row), "id": id_of(row)}

    def also(self, path: str) -> None:
        """Look at this file, too, which may not be there yet."""
        self._more.append(path)
        self._looked = 0.0

    def _find(self, store: Store, name: str) -> dict[str, Any] | None:
        place = _BY_PLACE.fullmatch(name)
        if place and int(place[1]) <= _LARGEST:
            return find(store, self.filters(), place=int(place[1]))
        return find(store, self.filters(), session=name) if _is_plain(name) else None

    def _look(self, store: Store, wait: float = 0.0) -> None:
        """Bring the index up to date; ``wait`` at most so many seconds for somebody who does it already."""
        if time.monotonic() - self._looked < LOOK_EVERY:
            return
        if not self._updating.acquire(timeout=wait):
            return  # what is known will do
        try:
            if time.monotonic() - self._looked >= LOOK_EVERY:
                # Recordings may have been put into places that were not known before.
                everywhere = [] if self._named else roots([], self._env)
                known = everywhere or self.roots
                self.roots = list(dict.fromkeys([*known, *self._more]))
                update(store, self.roots)
                self._looked = time.monotonic()
        finally:
            self._updating.release()


def id_of(row: Mapping[str, Any]) -> str:
    """The recording's own id where it is a plain name, else its place in the index."""
    own = str(row["session"])
    return own if _is_plain(own) else f"~{row['id']}"


def _is_plain(name: str) -> bool:
    return bool(_PLAIN.fullmatch(name)) and name not in _RESERVED

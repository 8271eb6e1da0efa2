"""What the benchmark of the library runs in processes of its own; each prints one JSON object."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agentrec.library.filters import Filters
from agentrec.library.index.digest import digest
from agentrec.library.index.library_db import LibraryDb
from agentrec.library.index.screen_text import ScreenText
from agentrec.library.index.update import update
from agentrec.library.listing import count_recordings
from agentrec.library.search import SearchQuery, search
from scripts.library import made_up, vocabulary

NEW = 100_000  # numbers of recordings that are added


def add(recordings: str, count: str) -> dict[str, Any]:
    """Milliseconds of updates with one new recording, and with none."""
    store = LibraryDb(os.path.join(recordings, os.pardir, "added"))
    update(store, [recordings])
    vocabulary()
    added, unchanged = [], []
    for number in range(int(count)):
        made_up(Path(recordings, "added"), NEW + number)
        for times in (added, unchanged):
            began = time.perf_counter()
            update(store, [recordings])
            times.append((time.perf_counter() - began) * 1000)
    store.close()
    return {"added": added, "unchanged": unchanged}


def read_all(recordings: str) -> dict[str, Any]:
    """Milliseconds of CPU for each recording, with all that is read for the index and without its screens."""
    files = sorted(map(str, Path(recordings).rglob("*.ahr")))
    everything = [_cpu(file) for file in files]
    setattr(ScreenText, "feed", lambda *_: None)  # noqa: B010 - for mypy
    return {"everything": everything, "without screens": [_cpu(file) for file in files]}


def _cpu(file: str) -> float:
    began = time.process_time()
    digest(file, 0, int)
    return (time.process_time() - began) * 1000


def write(folder: str, name: str, seconds: str) -> dict[str, Any]:
    """Make recordings and look for each as soon as it is in the index; counts those not found."""
    store, root = _open(folder)
    written = missed = 0
    until = time.monotonic() + float(seconds)
    while time.monotonic() < until:
        number = 2 * written + (name == "y")
        made_up(Path(root, name), number)
        update(store, [root])
        hits = search(store, SearchQuery(f'"end of {number}"', Filters([root]), kinds=("moment",)))
        missed += not hits.total
        written += 1
    store.close()
    return {"written": written, "missed": missed}


def read(folder: str, _name: str, seconds: str) -> dict[str, Any]:
    """Search all the time; counts searches that found less than one before."""
    store, root = _open(folder)
    searches = missed = seen = 0
    until = time.monotonic() + float(seconds)
    while time.monotonic() < until:
        wanted = SearchQuery("end", Filters([root]), kinds=("moment",), limit=1_000_000)
        found = len(search(store, wanted).hits)
        missed += found < seen
        seen = max(seen, found)
        searches += 1
    store.close()
    return {"searches": searches, "missed": missed, "written": 0}


def count(folder: str) -> dict[str, Any]:
    """How many recordings the index knows, without looking at the files again."""
    store, root = _open(folder)
    store.db.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
    known = count_recordings(store, Filters([root]))
    store.close()
    return {"recordings": known}


def _open(folder: str) -> tuple[LibraryDb, str]:
    return LibraryDb(folder), os.path.join(folder, "recordings")


ROLES: dict[str, Callable[..., dict[str, Any]]] = {
    "add": add,
    "read_all": read_all,
    "write": write,
    "read": read,
    "count": count,
}

if __name__ == "__main__":
    print(json.dumps(ROLES[sys.argv[1]](*sys.argv[2:])))

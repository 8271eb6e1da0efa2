"""A library of small recordings for tests."""

import os

from agentrec.library.filters import Filters
from agentrec.library.index.library_db import LibraryDb
from agentrec.library.index.update import update
from agentrec.library.search import SearchQuery, search
from agentrec.recording.events import Event
from agentrec.recording.rewrite import save

SECOND = 1_000_000_000
USAGE = {"input": 10, "output": 20, "cache_read": 300, "cache_write": 5}


def events(*told):
    """Events from ``(seconds, track, kind, data)`` or ``(..., links)``."""
    return [
        Event(seq, round(it[0] * SECOND), *it[1:4], **(it[4] if len(it) > 4 else {}))
        for seq, it in enumerate(told)
    ]


def shown(seconds, text):
    return (seconds, "term", "output", text.encode())


def ended(seconds, code=0, signal=None):
    return (seconds, "term", "exit", {"code": code, "signal": signal})


def call(seconds, model="m", cost=0.5, **more):
    return (seconds, "llm", "call", {"model": model, "usage": USAGE, "cost_usd": cost, **more})


def make(path, *told, created="2026-03-04T05:06:07Z", **header):
    """Write a recording of ``told``; returns its path."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    named = {
        "id": os.path.basename(path).removesuffix(".ahr"),
        "created": created,
        "cols": 80,
        "rows": 24,
        "command": ["prog"],
        **header,
    }
    save(str(path), named, events(*told), overwrite=True)
    return str(path)


class Library:
    """An index in ``folder``, of the recordings in ``folder/recordings``."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.root = os.path.join(self.folder, "recordings")
        self.index = LibraryDb(self.folder)
        self.filters = Filters([self.root])

    def path(self, name):
        return os.path.join(self.root, f"{name}.ahr")

    def make(self, name, *told, **header):
        return make(self.path(name), *told, **header)

    def update(self):
        return update(self.index, [self.root])

    def search(self, query, **narrowed):
        return self.result(query, **narrowed).hits

    def result(self, query, **narrowed):
        filters = {k: narrowed.pop(k) for k in tuple(narrowed) if k in Filters._fields}
        query = SearchQuery(query, self.filters._replace(**filters), **narrowed)
        return search(self.index, query)

    def found(self, query, **narrowed):
        """``(name, seconds, kind, line)`` of each hit."""
        return [
            (hit.recording["session"], hit.t / SECOND, hit.kind, hit.text)
            for hit in self.search(query, **narrowed)
        ]

    def names(self, query="", **narrowed):
        """Names of the recordings with a hit."""
        return list(dict.fromkeys(name for name, *_ in self.found(query, **narrowed)))

"""Search over everything that was said, done or shown."""

from __future__ import annotations

from array import array
from collections import deque
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, cast

from agentrec.library.filters import FAILED, Filters, Where
from agentrec.library.index.entries import KINDS, OPT_IN_KINDS
from agentrec.library.index.library_db import ENTRY_BITS
from agentrec.library.index.texts import plain
from agentrec.library.query import fts_expression
from agentrec.times import NS_PER_MS, NS_PER_SECOND, format_rfc3339

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject
    from agentrec.library.index.library_db import LibraryDb, RecordingRow

    _Recordings = Mapping[int, sqlite3.Row]

DEFAULT_HITS, MAX_HITS = 50, 200
DEFAULT_HITS_PER_RECORDING = 5
# Around each match; neither occurs in indexed text.
_START, _STOP = "\x02", "\x03"
_MAX_ENTRY = (1 << ENTRY_BITS) - 1
_MAX_LINE_CHARS = 300

Piece = tuple[str, bool]
"""A part of a line, and whether it matches the query."""


class Hit(NamedTuple):
    """One line that matches. ``t`` is its time in ns since the start of the recording; ``before`` and
    ``after`` are the lines around it in the same message, tool call or screen.
    """

    recording: RecordingRow
    t: int
    kind: str
    actor: str
    tool: str
    exit: int | None
    failed: bool | None
    line: list[Piece]
    before: list[str]
    after: list[str]

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join(text for text, _ in self.line)

    def as_data(self) -> JsonObject:
        """As a JSON object. ``t`` in seconds since the recording's start, ``at`` in wall-clock time."""
        row = self.recording
        return {
            "file": row["path"],
            "id": row["session"],
            "title": row["title"],
            "prompt": row["prompt"],
            "agent": row["agent"],
            "t": self.t / NS_PER_SECOND,
            "at": format_rfc3339(row["created"] + self.t),
            "kind": self.kind,
            "actor": self.actor,
            "tool": self.tool,
            "exit_code": self.exit,
            "failed": self.failed,
            "text": self.text,
            "matches": [text for text, marked in self.line if marked],
            "before": self.before,
            "after": self.after,
        }


class SearchQuery(NamedTuple):
    """What to search for. ``query`` is as in :mod:`agentrec.library.query`; the rest narrows it.

    There are at most ``per_recording`` hits of each recording, so that one full of them does not hide
    the others. ``context`` is the number of lines around a hit.
    """

    query: str
    filters: Filters = Filters()
    kinds: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    limit: int = DEFAULT_HITS
    per_recording: int = DEFAULT_HITS_PER_RECORDING
    context: int = 1


def search(library: LibraryDb, query: SearchQuery) -> list[Hit]:
    """Hits in the newest recordings first.

    Within a recording come messages and actions by time, then what was on screen by time. Raises
    UsageError for a query without words, OutputError if the library cannot be read.
    """
    finder = _Finder(query)
    with library.reading() as db:
        return finder.hits(db)


class _Finder:
    """Looks the words up twice: for the entries that match, then for the texts of those that are shown."""

    def __init__(self, query: SearchQuery) -> None:
        self._query = query
        self._words = fts_expression(query.query)
        self._where = _entry_conditions(query)
        if self._words:
            # The full-text index comes first: it returns rows in order of their ids.
            self._source = "words CROSS JOIN entries e ON e.id = words.rowid"
            self._id = "words.rowid"
            self._where = self._where.also("words MATCH ?", self._words)
        else:
            self._source, self._id = "entries e", "e.id"

    def hits(self, db: sqlite3.Connection) -> list[Hit]:
        """The hits, in order."""
        # Times apply to entries; so do exit codes, if an entry has one.
        where = self._query.filters._replace(exit=None).recordings(unique=True)
        sql = f"SELECT * FROM recordings r WHERE {where.sql}"  # noqa: S608
        recordings = {row["id"]: row for row in db.execute(sql, where.values)}
        ids = self._entry_ids(db, recordings) if recordings else []
        return [self._hit(row, recordings[_recording_id(row["id"])]) for row in self._rows(db, ids)]

    def _entry_ids(self, db: sqlite3.Connection, recordings: _Recordings) -> list[int]:
        """Ids of the entries to show: of the newest recordings first, of each the first ones."""
        sql = (
            f"SELECT {self._id} AS id, e.t, e.exit, e.failed FROM {self._source}"  # noqa: S608
            f" WHERE {self._where.sql} AND {self._id} BETWEEN ? AND ? ORDER BY {self._id} DESC"
        )
        bounds = [min(recordings), max(recordings) + _MAX_ENTRY]
        ids: list[int] = []
        matches = (
            row
            for row in db.execute(sql, [*self._where.values, *bounds])
            if self._matches(row, recordings)
        )
        for _, rows in groupby(matches, key=lambda row: row["id"] >> ENTRY_BITS):
            # The rows come last to first.
            first = deque((row["id"] for row in rows), self._query.per_recording)
            ids += list(first)[::-1][: self._query.limit - len(ids)]
            if len(ids) >= self._query.limit:
                break
        return ids

    def _matches(self, row: sqlite3.Row, recordings: _Recordings) -> bool:
        recording = recordings.get(_recording_id(row["id"]))
        if recording is None:
            return False
        filters = self._query.filters
        at = recording["created"] + row["t"]
        if filters.since is not None and at < filters.since:
            return False
        if filters.until is not None and at > filters.until:
            return False
        return filters.exit is None or _has_exit(row, recording, filters.exit)

    def _rows(self, db: sqlite3.Connection, ids: list[int]) -> list[sqlite3.Row]:
        """The entries with these ``ids``, in that order, with the matches in them marked."""
        if not ids:
            return []
        marked = f"highlight(words, 0, '{_START}', '{_STOP}')" if self._words else "e.text"
        # The plus keeps the database from repeating the full-text lookup for every id.
        sql = (
            f"SELECT e.id, t, kind, actor, tool, exit, failed, offsets, {marked} AS marked"  # noqa: S608
            f" FROM {self._source} WHERE {self._where.sql}"
            f" AND {self._id} BETWEEN ? AND ? AND +{self._id} IN ({', '.join(map(str, ids))})"
        )
        rows = db.execute(sql, [*self._where.values, min(ids), max(ids)])
        by_id = {row["id"]: row for row in rows}
        return [by_id[id_] for id_ in ids]

    def _hit(self, row: sqlite3.Row, recording: sqlite3.Row) -> Hit:
        lines = row["marked"].split("\n")
        best = _best_line(lines)
        t = row["t"]
        if row["offsets"]:
            offsets = array("I", row["offsets"])
            t += offsets[best] * NS_PER_MS if best < len(offsets) else 0
        context = self._query.context
        return Hit(
            cast("RecordingRow", dict(recording)),
            t,
            row["kind"],
            plain(row["actor"]),
            plain(row["tool"]),
            row["exit"],
            None if row["failed"] is None else bool(row["failed"]),
            _pieces(lines[best]),
            [_unmarked(line) for line in lines[max(0, best - context) : best]],
            [_unmarked(line) for line in lines[best + 1 : best + 1 + context]],
        )


def _entry_conditions(query: SearchQuery) -> Where:
    where = Where()
    kinds = query.kinds or tuple(kind for kind in KINDS if kind not in OPT_IN_KINDS)
    if set(kinds) < set(KINDS):
        where = where.also(f"e.kind IN ({', '.join('?' * len(kinds))})", *kinds)
    if query.tools:
        names = ", ".join("?" * len(query.tools))
        where = where.also(f"lower(e.tool) IN ({names})", *(name.lower() for name in query.tools))
    return where


def _has_exit(row: sqlite3.Row, recording: sqlite3.Row, wanted: int | str) -> bool:
    """Whether the command or call, or if that is unknown the recording, ended as ``wanted``."""
    known = row["failed"] is not None
    code = row["exit"] if known else recording["exit_code"]
    if isinstance(wanted, int):
        return bool(code == wanted)
    failed = bool(row["failed"]) if known else code != 0
    return failed == (wanted == FAILED)


def _recording_id(entry_id: int) -> int:
    return entry_id >> ENTRY_BITS << ENTRY_BITS


def _best_line(lines: list[str]) -> int:
    """The index of the line with the most matches."""
    return max(range(len(lines)), key=lambda at: (lines[at].count(_START), -at))


def _unmarked(line: str) -> str:
    return plain(line.replace(_START, "").replace(_STOP, ""))[:_MAX_LINE_CHARS]


def _pieces(line: str) -> list[Piece]:
    """The line as matching and other pieces; of a long line, the part around the first match."""
    at = max(0, line.find(_START))
    first = max(0, at - _MAX_LINE_CHARS // 3) if len(line) > _MAX_LINE_CHARS else 0
    line = line[first : first + _MAX_LINE_CHARS]
    pieces = []
    marked = False
    for part in line.replace(_STOP, _START).split(_START):
        if text := plain(part):
            pieces.append((text, marked))
        marked = not marked
    return pieces

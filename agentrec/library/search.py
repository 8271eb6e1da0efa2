"""Search over everything that was said, done or shown."""

from __future__ import annotations

import json
import os
import time
from array import array
from typing import TYPE_CHECKING, NamedTuple, cast

from agentrec.library.filters import Filters, Where, exit_condition
from agentrec.library.index.entries import KINDS
from agentrec.library.index.library_db import ENTRY_BITS
from agentrec.library.index.texts import plain
from agentrec.library.query import fts_expression
from agentrec.times import NS_PER_MS, NS_PER_SECOND, format_rfc3339

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Mapping

    from agentrec.json_values import JsonObject
    from agentrec.library.index.library_db import LibraryDb, RecordingRow

    _Recordings = Mapping[int, sqlite3.Row]

DEFAULT_HITS, MAX_HITS = 50, 200
DEFAULT_HITS_PER_RECORDING = 5
# Around each match; neither occurs in indexed text.
_START, _STOP = "\x02", "\x03"
_MAX_ENTRY = (1 << ENTRY_BITS) - 1
_MAX_LINE_CHARS = 300
_MAX_NAMED_FILES = 3
# So many entries are counted, the newest, or as many more as it takes to fill the list.
MAX_COUNTED = 20_000

Piece = tuple[str, bool]
"""A part of a line, and whether it matches the query."""


class Hit(NamedTuple):
    """One line that matches. ``t`` is its time in ns since the start of the recording; ``before`` and
    ``after`` are the lines around it in the same message, tool call or screen; ``total`` counts the texts
    of this recording that match.
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
    total: int

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
            "total": self.total,
            "left_out": row["left_out"],
            "index_complete": not row["left_out"] and not row["unseen"],
        }


class SearchQuery(NamedTuple):
    """What to search for. ``query`` is as in :mod:`agentrec.library.query`; the rest narrows it.

    There are at most ``per_recording`` hits of each recording, so that one full of them does not hide
    the others; ``offset`` of them are skipped. ``context`` is the number of lines around a hit.
    """

    query: str
    filters: Filters = Filters()
    kinds: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    limit: int = DEFAULT_HITS
    per_recording: int = DEFAULT_HITS_PER_RECORDING
    context: int = 1
    offset: int = 0


class LeftOut(NamedTuple):
    """What of the searched recordings is not in the index: in how many something is missing, how many
    characters of text and whether also output that was never read; ``paths`` are some of them.

    ``encrypted`` are recordings of which nothing is in the index, because they are encrypted.

    ``growing`` are recordings in progress that have grown since they were read, ``behind`` the seconds since
    then, at most.
    """

    recordings: int = 0
    chars: int = 0
    unread: bool = False
    paths: tuple[str, ...] = ()
    encrypted: int = 0
    growing: tuple[str, ...] = ()
    behind: float = 0.0

    def as_data(self) -> JsonObject:
        data: JsonObject = {
            "recordings": self.recordings,
            "chars": self.chars,
            "unread": self.unread,
            "files": list(self.paths),
        }
        if self.encrypted:
            data["encrypted"] = self.encrypted
        if self.growing:
            data |= {"growing": list(self.growing), "behind_seconds": round(self.behind, 1)}
        return data


class SearchResult(NamedTuple):
    """``hits`` of ``total`` texts that match in ``recordings`` recordings. With any limit and offset at
    most ``available`` of them are returned, because of the limit for each recording. Unless all was
    ``counted``, there are more in older recordings.
    """

    hits: list[Hit]
    total: int
    available: int
    recordings: int
    left_out: LeftOut
    counted: bool = True


def search(library: LibraryDb, query: SearchQuery) -> SearchResult:
    """Hits in the newest recordings first.

    Within a recording come messages and actions by time, then what was on screen by time. Raises
    UsageError for a query without words, OutputError if the library cannot be read.
    """
    finder = _Finder(query)
    with library.reading() as db:
        return finder.result(db)


class _Finder:
    """Looks the words up three times: to count what matches, for the ids of the entries to show, and for
    the texts of these.
    """

    def __init__(self, query: SearchQuery) -> None:
        self._query = query
        self._words = fts_expression(query.query)
        own = _entry_conditions(query)
        # The full-text index comes first: it returns rows in order of their ids.
        self._id = "words.rowid" if self._words else "e.id"
        self._rows_source = "words CROSS JOIN entries e ON e.id = words.rowid"
        self._source = self._rows_source if own.conditions else "words"
        if not self._words:
            self._rows_source = self._source = "entries e"
        if own.needs_recording:
            self._source += (
                f" CROSS JOIN recordings r ON r.id = {self._id} >> {ENTRY_BITS} << {ENTRY_BITS}"
            )
        self._where = Where(own.conditions, own.values)
        self._matching = Where()
        if self._words:
            self._matching = self._matching.also("words MATCH ?", self._words)
            self._where = self._where.also("words MATCH ?", self._words)

    def result(self, db: sqlite3.Connection) -> SearchResult:
        # Times apply to entries; so do exit codes, if an entry has one.
        where = self._query.filters._replace(exit=None).recordings(unique=True)
        counts, counted = self._enough_counts(db, where)
        ids = self._entry_ids(db, counts)
        recordings = _recordings(db, {_recording_id(id_) for id_ in ids})
        hits = [
            self._hit(row, recordings[_recording_id(row["id"])], counts)
            for row in self._rows(db, ids)
        ]
        total, available = sum(counts.values()), self._available(counts)
        left_out = _left_out(db, where, self._query.filters.of_encrypted().recordings(unique=True))
        return SearchResult(hits, total, available, len(counts), left_out, counted)

    def _available(self, counts: dict[int, int]) -> int:
        return sum(min(count, self._query.per_recording) for count in counts.values())

    def _enough_counts(self, db: sqlite3.Connection, where: Where) -> tuple[dict[int, int], bool]:
        """How many entries match in each recording, newest first, and whether these are all."""
        limit = MAX_COUNTED
        while True:
            counts, counted = self._counts(db, where, limit)
            if counted or self._available(counts) >= self._query.offset + self._query.limit:
                return counts, counted
            limit *= 10

    def _counts(
        self, db: sqlite3.Connection, where: Where, limit: int
    ) -> tuple[dict[int, int], bool]:
        """The same of the newest ``limit`` entries."""
        bounds = self._bounds(db)
        if bounds is None:
            return {}, True
        sql = (
            f"SELECT recording, count(*) FROM (SELECT {self._id} >> {ENTRY_BITS} AS recording"  # noqa: S608
            f" FROM {self._source} WHERE {self._where.sql} AND {self._id} BETWEEN ? AND ?"
            f" ORDER BY {self._id} DESC LIMIT ?) GROUP BY recording ORDER BY recording DESC"
        )
        rows = db.execute(sql, [*self._where.values, *bounds, limit])
        found = {number << ENTRY_BITS: count for number, count in rows}
        counted = sum(found.values()) < limit
        if not counted:
            found.popitem()  # perhaps not all of the oldest one
        wanted = where.also("r.id IN (SELECT value FROM json_each(?))", json.dumps([*found]))
        sql = f"SELECT r.id FROM recordings r WHERE {wanted.sql}"  # noqa: S608
        selected = {id_ for (id_,) in db.execute(sql, wanted.values)}
        selected_counts = {id_: count for id_, count in found.items() if id_ in selected}
        return selected_counts, counted

    def _bounds(self, db: sqlite3.Connection) -> tuple[int, int] | None:
        """The first and last entry that the recordings to search can have; None if there are none."""
        filters = self._query.filters._replace(exit=None)
        sql, where = (
            "SELECT (SELECT min(id) FROM recordings), (SELECT max(id) FROM recordings)",
            Where(),
        )
        if filters != Filters(filters.roots):
            where = filters.recordings()
            sql = f"SELECT min(r.id), max(r.id) FROM recordings r WHERE {where.sql}"  # noqa: S608
        first, last = db.execute(sql, where.values).fetchone()
        return None if first is None else (first, last + _MAX_ENTRY)

    def _entry_ids(self, db: sqlite3.Connection, counts: dict[int, int]) -> list[int]:
        """Ids of the entries to show: of the newest recordings first, of each the first ones."""
        shown, before = _shown_recordings(self._query, counts)
        if not shown:
            return []
        # One query for all: each looks up the words again, wherever they occur.
        sql = (
            f"SELECT {self._id} FROM {self._source} WHERE {self._where.sql}"  # noqa: S608
            f" AND {self._id} BETWEEN ? AND ? ORDER BY {self._id}"
        )
        bounds = [min(shown), max(shown) + _MAX_ENTRY]
        first: dict[int, list[int]] = {recording: [] for recording in shown}
        for (id_,) in db.execute(sql, [*self._where.values, *bounds]):
            ids = first.get(_recording_id(id_))
            if ids is not None and len(ids) < self._query.per_recording:
                ids.append(id_)
        ids = [id_ for recording in shown for id_ in first[recording]]
        skipped = self._query.offset - before
        return ids[skipped : skipped + self._query.limit]

    def _rows(self, db: sqlite3.Connection, ids: list[int]) -> list[sqlite3.Row]:
        """The entries with these ``ids``, in that order, with the matches in them marked."""
        if not ids:
            return []
        marked = (
            f"highlight(words, 0, '{_START}', '{_STOP}')" if self._words else "unpacked(e.text)"
        )
        # The plus keeps the database from repeating the full-text lookup for every id.
        sql = (
            f"SELECT e.id, t, kind, actor, tool, exit, failed, offsets, {marked} AS marked"  # noqa: S608
            f" FROM {self._rows_source} WHERE {self._matching.sql}"
            f" AND {self._id} BETWEEN ? AND ? AND +{self._id} IN ({', '.join(map(str, ids))})"
        )
        rows = db.execute(sql, [*self._matching.values, min(ids), max(ids)])
        by_id = {row["id"]: row for row in rows}
        return [by_id[id_] for id_ in ids]

    def _hit(self, row: sqlite3.Row, recording: sqlite3.Row, counts: dict[int, int]) -> Hit:
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
            counts[recording["id"]],
        )


class _Conditions(NamedTuple):
    """Conditions on entries ``e``, and whether they refer to the recording ``r``."""

    conditions: tuple[str, ...]
    values: tuple[object, ...]
    needs_recording: bool


def _entry_conditions(query: SearchQuery) -> _Conditions:
    where, filters = Where(), query.filters
    if query.kinds and set(query.kinds) < set(KINDS):
        where = where.also(f"e.kind IN ({', '.join('?' * len(query.kinds))})", *query.kinds)
    if query.tools:
        names = ", ".join("?" * len(query.tools))
        where = where.also(f"lower(e.tool) IN ({names})", *(name.lower() for name in query.tools))
    alone = len(where.conditions)
    if filters.since is not None:
        where = where.also("r.created + e.t >= ?", filters.since)
    if filters.until is not None:
        where = where.also("r.created + e.t <= ?", filters.until)
    if filters.exit is not None:
        # How the command or call ended, or if that is unknown the recording.
        code = "CASE WHEN e.failed IS NULL THEN r.exit_code ELSE e.exit END"
        where = where.also(*exit_condition(code, "coalesce(e.failed, r.failed)", filters.exit))
    return _Conditions(*where, len(where.conditions) > alone)


def _shown_recordings(query: SearchQuery, counts: dict[int, int]) -> tuple[list[int], int]:
    """The recordings that hits to show are in, and how many hits come before the first of these."""
    shown: list[int] = []
    before = position = 0
    for recording, count in counts.items():
        position += min(count, query.per_recording)
        if position <= query.offset:
            before = position
        else:
            shown.append(recording)
        if position >= query.offset + query.limit:
            break
    return shown, before


def _recordings(db: sqlite3.Connection, ids: Collection[int]) -> _Recordings:
    """Their rows by id."""
    sql = "SELECT * FROM recordings WHERE id IN (SELECT value FROM json_each(?))"
    return {row["id"]: row for row in db.execute(sql, [json.dumps([*ids])])}


def _left_out(db: sqlite3.Connection, where: Where, of_encrypted: Where) -> LeftOut:
    """``where`` selects recordings, ``of_encrypted`` those that are encrypted and may be meant."""
    table = "recordings r INDEXED BY recordings_partial"
    where = where.also("r.partial").also("NOT r.encrypted")
    sql = f"SELECT * FROM {table} WHERE {where.sql} ORDER BY r.id"  # noqa: S608
    readable = db.execute(sql, where.values).fetchall()
    where = of_encrypted.also("r.partial").also("r.encrypted")
    sql = f"SELECT count(*) FROM {table} WHERE {where.sql}"  # noqa: S608
    encrypted = db.execute(sql, where.values).fetchone()[0]
    rows = [row for row in readable if row["left_out"] or row["unseen"]]
    growing = [row for row in readable if row["state"] == "live" and _has_grown(row)]
    return LeftOut(
        len({row["id"] for row in [*rows, *growing]}) + encrypted,
        sum(row["left_out"] for row in rows),
        any(row["unseen"] for row in rows),
        tuple(row["path"] for row in rows[:_MAX_NAMED_FILES]),
        encrypted,
        tuple(row["path"] for row in growing[:_MAX_NAMED_FILES]),
        max((max(0.0, time.time() - row["looked"]) for row in growing), default=0.0),
    )


def _has_grown(row: sqlite3.Row) -> bool:
    try:
        return bool(os.stat(row["path"]).st_size != row["size"])
    except OSError:
        return False


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

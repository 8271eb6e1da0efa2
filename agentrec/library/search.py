"""Finding the place where something was said, done or shown."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.library.entries import KINDS, OF_ITS_OWN
from agentrec.library.filters import Filters, Where, ended
from agentrec.library.query import expression
from agentrec.library.store import ROOM
from agentrec.library.texts import plain

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from agentrec.library.store import Store

LIMIT, MOST = 50, 200  # hits that are shown, and without asking for more than that
PER_RECORDING = 5
_NS, _MS = 1_000_000_000, 1_000_000
_START, _STOP = "\x02", "\x03"  # around what was found; neither is in any text
_LATEST = (1 << 63) - 1
_MOST_LINE = 300  # characters of a line that are kept, around what was found

Piece = tuple[str, bool]
"""A stretch of text, and whether it is what was looked for."""


class Hit(NamedTuple):
    """One place. ``t`` (ns since its recording's start) is when ``line`` was there, ``before`` and
    ``after`` are its neighbours in the same message, tool call or screen.
    """

    recording: dict[str, Any]  # its row in the list
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
        """The line without marks."""
        return "".join(text for text, _ in self.line)


class Wanted(NamedTuple):
    """What to look for. ``query`` as in :mod:`agentrec.library.query`; the rest narrows it.

    Of each recording there are at most ``per_recording`` hits, so that one that is full of them does
    not hide the others. ``context`` is the number of lines around a hit.
    """

    query: str
    filters: Filters = Filters()
    kinds: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    limit: int = LIMIT
    per_recording: int = PER_RECORDING
    context: int = 1


def search(store: Store, wanted: Wanted) -> list[Hit]:
    """Hits, those in the newest recordings first, and within one in order of what is there.

    That is: what was said and done by time, then what was on screen by time. Raises UsageError for a
    query without words, OutputError when the library cannot be read.
    """
    finder = _Finder(wanted)
    hits: list[Hit] = []
    with store.reading() as db:
        latest = _LATEST
        while len(hits) < wanted.limit:
            place = finder.newest(db, latest)
            if place is None:
                break
            latest = (place << ROOM) - 1
            some = min(wanted.per_recording, wanted.limit - len(hits))
            hits += finder.within(db, place, some)
    return hits


class _Finder:
    def __init__(self, wanted: Wanted) -> None:
        self._context = wanted.context
        self._words = expression(wanted.query)
        self._where = _conditions(wanted)
        if self._words:
            # The full-text index leads: it gives its rows in order of their ids.
            self._source = "words JOIN entries e ON e.id = words.rowid"
            self._where = self._where._replace(
                conditions=("words MATCH ?", *self._where.conditions),
                values=(self._words, *self._where.values),
            )
        else:
            self._source = "entries e"
        self._id = "words.rowid" if self._words else "e.id"
        self._source = self._source.replace("JOIN", "CROSS JOIN") + (
            f" CROSS JOIN recordings r ON r.id = e.id >> {ROOM} << {ROOM}"
        )

    def newest(self, db: sqlite3.Connection, latest: int) -> int | None:
        """The newest recording with a hit among entries up to ``latest``."""
        sql = (
            f"SELECT {self._id} AS id FROM {self._source}"  # noqa: S608
            f" WHERE {self._where.sql} AND {self._id} <= ? ORDER BY {self._id} DESC LIMIT 1"
        )
        row = db.execute(sql, [*self._where.values, latest]).fetchone()
        return row["id"] >> ROOM if row else None

    def within(self, db: sqlite3.Connection, place: int, limit: int) -> Iterator[Hit]:
        """The first hits of one recording."""
        marked = f"highlight(words, 0, '{_START}', '{_STOP}')" if self._words else "e.text"
        sql = (
            f"SELECT e.t, e.kind, e.actor, e.tool, e.exit, e.failed, e.offsets, {marked} AS text"  # noqa: S608
            f" FROM {self._source} WHERE {self._where.sql}"
            f" AND {self._id} BETWEEN ? AND ? ORDER BY {self._id} LIMIT ?"
        )
        first = place << ROOM
        rows = db.execute(sql, [*self._where.values, first, first | ((1 << ROOM) - 1), limit])
        recording = db.execute("SELECT * FROM recordings WHERE id = ?", [first]).fetchone()
        for row in rows:
            yield self._hit(row, dict(recording))

    def _hit(self, row: sqlite3.Row, recording: dict[str, Any]) -> Hit:
        lines = row["text"].split("\n")
        place = _best(lines)
        t = row["t"]
        if row["offsets"]:
            offsets = array("I", row["offsets"])
            t += offsets[place] * _MS if place < len(offsets) else 0
        around = self._context
        return Hit(
            recording,
            t,
            row["kind"],
            plain(row["actor"]),
            plain(row["tool"]),
            row["exit"],
            None if row["failed"] is None else bool(row["failed"]),
            _pieces(lines[place]),
            [_unmarked(line) for line in lines[max(0, place - around) : place]],
            [_unmarked(line) for line in lines[place + 1 : place + 1 + around]],
        )


def _conditions(wanted: Wanted) -> Where:
    filters = wanted.filters
    where = filters._replace(exit=None).recordings(once=True)
    if filters.since is not None:
        where = where.also("r.created + e.t >= ?", filters.since)
    if filters.until is not None:
        where = where.also("r.created + e.t <= ?", filters.until)
    kinds = wanted.kinds or tuple(kind for kind in KINDS if kind not in OF_ITS_OWN)
    if set(kinds) < set(KINDS):
        where = where.also(f"e.kind IN ({', '.join('?' * len(kinds))})", *kinds)
    if wanted.tools:
        names = ", ".join("?" * len(wanted.tools))
        where = where.also(f"lower(e.tool) IN ({names})", *(it.lower() for it in wanted.tools))
    if filters.exit is not None:
        # Of the command or the call where that is known, else of the recording.
        own = "e.failed IS NOT NULL"
        code = f"CASE WHEN {own} THEN e.exit ELSE r.exit_code END"
        failed = f"CASE WHEN {own} THEN e.failed ELSE r.exit_code IS NOT 0 END"
        where = where.also(*ended(code, failed, filters.exit))
    return where


def _best(lines: list[str]) -> int:
    """The line with most of what was found."""
    return max(range(len(lines)), key=lambda at: (lines[at].count(_START), -at))


def _unmarked(line: str) -> str:
    return plain(line.replace(_START, "").replace(_STOP, ""))[:_MOST_LINE]


def _pieces(line: str) -> list[Piece]:
    """The line in marked and unmarked pieces; of a long line the part that was found."""
    at = max(0, line.find(_START))
    first = max(0, at - _MOST_LINE // 3) if len(line) > _MOST_LINE else 0
    line = line[first : first + _MOST_LINE]
    pieces = []
    marked = False
    for part in line.replace(_STOP, _START).split(_START):
        if text := plain(part):
            pieces.append((text, marked))
        marked = not marked
    return pieces

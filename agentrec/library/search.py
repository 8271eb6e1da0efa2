"""Finding the place where something was said, done or shown."""

from __future__ import annotations

from array import array
from collections import deque
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.library.filters import FAILED, Filters, Where
from agentrec.library.index.entries import KINDS, OF_ITS_OWN
from agentrec.library.index.store import ROOM
from agentrec.library.index.texts import plain
from agentrec.library.query import expression
from agentrec.times import NS_PER_MS, format_rfc3339

if TYPE_CHECKING:
    import sqlite3

    from agentrec.library.index.store import Store

LIMIT, MOST = 50, 200  # hits that are shown, and without asking for more than that
PER_RECORDING = 5
_START, _STOP = "\x02", "\x03"  # around what was found; neither is in any text
_IN_ONE = (1 << ROOM) - 1
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

    def as_data(self) -> dict[str, Any]:
        """As a JSON object. ``t`` in seconds since the recording's start, ``at`` the wall clock."""
        row = self.recording
        return {
            "file": row["path"],
            "id": row["session"],
            "title": row["title"],
            "prompt": row["prompt"],
            "agent": row["agent"],
            "t": self.t / 1e9,
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
    with store.reading() as db:
        return finder.hits(db)


class _Finder:
    """Looks the words up twice: for where they are, and for the texts around the hits that are shown."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._words = expression(wanted.query)
        self._where = _of_entries(wanted)
        if self._words:
            # The full-text index leads: it gives its rows in order of their ids.
            self._source = "words CROSS JOIN entries e ON e.id = words.rowid"
            self._id = "words.rowid"
            self._where = self._where.also("words MATCH ?", self._words)
        else:
            self._source, self._id = "entries e", "e.id"

    def hits(self, db: sqlite3.Connection) -> list[Hit]:
        """What is found, in order."""
        # Times are those of entries, exit statuses those of entries where they have one.
        where = self._wanted.filters._replace(exit=None).recordings(once=True)
        sql = f"SELECT * FROM recordings r WHERE {where.sql}"  # noqa: S608
        meant = {row["id"]: row for row in db.execute(sql, where.values)}
        places = self._places(db, meant) if meant else []
        return [
            self._hit(row, dict(meant[row["id"] >> ROOM << ROOM])) for row in self._rows(db, places)
        ]

    def _places(self, db: sqlite3.Connection, meant: dict[int, sqlite3.Row]) -> list[int]:
        """Ids of entries that are shown: of the newest recordings first, of each the first ones."""
        sql = (
            f"SELECT {self._id} AS id, e.t, e.exit, e.failed FROM {self._source}"  # noqa: S608
            f" WHERE {self._where.sql} AND {self._id} BETWEEN ? AND ? ORDER BY {self._id} DESC"
        )
        between = [min(meant), max(meant) + _IN_ONE]
        found: list[int] = []
        fits = (
            row
            for row in db.execute(sql, [*self._where.values, *between])
            if self._fits(row, meant)
        )
        for _, rows in groupby(fits, key=lambda row: row["id"] >> ROOM):
            # They come last to first.
            first = deque((row["id"] for row in rows), self._wanted.per_recording)
            found += list(first)[::-1][: self._wanted.limit - len(found)]
            if len(found) >= self._wanted.limit:
                break
        return found

    def _fits(self, row: sqlite3.Row, meant: dict[int, sqlite3.Row]) -> bool:
        recording = meant.get(row["id"] >> ROOM << ROOM)
        if recording is None:
            return False
        filters = self._wanted.filters
        at = recording["created"] + row["t"]
        if filters.since is not None and at < filters.since:
            return False
        if filters.until is not None and at > filters.until:
            return False
        return filters.exit is None or _ended(row, recording, filters.exit)

    def _rows(self, db: sqlite3.Connection, places: list[int]) -> list[sqlite3.Row]:
        """The entries in ``places``, in that order, with what was found in them marked."""
        if not places:
            return []
        marked = f"highlight(words, 0, '{_START}', '{_STOP}')" if self._words else "e.text"
        # The plus keeps the database from looking up the words anew for every id.
        sql = (
            f"SELECT e.id, t, kind, actor, tool, exit, failed, offsets, {marked} AS marked"  # noqa: S608
            f" FROM {self._source} WHERE {self._where.sql}"
            f" AND {self._id} BETWEEN ? AND ? AND +{self._id} IN ({', '.join(map(str, places))})"
        )
        rows = db.execute(sql, [*self._where.values, min(places), max(places)])
        by_id = {row["id"]: row for row in rows}
        return [by_id[place] for place in places]

    def _hit(self, row: sqlite3.Row, recording: dict[str, Any]) -> Hit:
        lines = row["marked"].split("\n")
        place = _best(lines)
        t = row["t"]
        if row["offsets"]:
            offsets = array("I", row["offsets"])
            t += offsets[place] * NS_PER_MS if place < len(offsets) else 0
        around = self._wanted.context
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


def _of_entries(wanted: Wanted) -> Where:
    where = Where()
    kinds = wanted.kinds or tuple(kind for kind in KINDS if kind not in OF_ITS_OWN)
    if set(kinds) < set(KINDS):
        where = where.also(f"e.kind IN ({', '.join('?' * len(kinds))})", *kinds)
    if wanted.tools:
        names = ", ".join("?" * len(wanted.tools))
        where = where.also(f"lower(e.tool) IN ({names})", *(it.lower() for it in wanted.tools))
    return where


def _ended(row: sqlite3.Row, recording: sqlite3.Row, how: int | str) -> bool:
    """Whether the command or call ended so, or, where that is not known, the recording."""
    known = row["failed"] is not None
    code = row["exit"] if known else recording["exit_code"]
    if isinstance(how, int):
        return bool(code == how)
    failed = bool(row["failed"]) if known else code != 0
    return failed == (how == FAILED)


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

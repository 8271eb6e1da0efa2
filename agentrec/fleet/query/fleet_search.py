"""Search in the index of a remote.

First it is counted what matches in each recording, and where; only then the texts to show are read.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agentrec.fleet.index.search_words import search_words
from agentrec.fleet.query.found_line import best_line
from agentrec.fleet.query.index_query import (
    ABOUT,
    INDEX,
    IndexQuery,
    chosen,
    days_between,
    ended,
    time_limits,
)
from agentrec.fleet.query.recording_row import created_us, recording_row
from agentrec.json_values import text
from agentrec.library.index.entries import KINDS
from agentrec.library.index.texts import indexed
from agentrec.library.query import query_terms
from agentrec.library.search import Hit, LeftOut, SearchResult
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from agentrec.fleet.query.engine import IndexEngine
    from agentrec.json_values import JsonObject
    from agentrec.library.search import SearchQuery


_OFFSET = re.compile(r"\d{1,12}", re.ASCII)
_SUMS = ("every", "available", "matching", "encrypted", "unseen", "incomplete", "chars")


def fleet_search(engine: IndexEngine, query: SearchQuery) -> SearchResult:
    """Hits in the newest recordings first. Raises UsageError for a query without words, RemoteError."""
    rows = engine.rows(_matches_query(query))
    if not rows:
        return SearchResult([], 0, 0, 0, LeftOut())
    sums = {name: int(str(rows[0][name])) for name in _SUMS}
    left_out = LeftOut(
        sums["incomplete"] + sums["encrypted"],
        sums["chars"],
        bool(sums["unseen"]),
        encrypted=sums["encrypted"],
    )
    wanted = _wanted([row for row in rows if row["total"]], query.limit)
    hits = _hits(engine, query, wanted) if wanted else []
    return SearchResult(hits, sums["every"], sums["available"], sums["matching"], left_out)


def _hits(
    engine: IndexEngine, query: SearchQuery, wanted: list[tuple[JsonObject, int]]
) -> list[Hit]:
    found = engine.rows(_texts_query(wanted))
    texts = {(row["recording"], row["revision"], int(str(row["seq"]))): row for row in found}
    keys = [(one, (one["recording"], one["revision"], seq)) for one, seq in wanted]
    return [_hit(one, texts[key], query) for one, key in keys if key in texts]


def _matches_query(query: SearchQuery) -> IndexQuery:
    """How much matches in each recording; every row has the sums over all of them, too."""
    filters, parameters = query.filters, dict[str, object]()
    # How the recording ended is part of how each of its texts did.
    recordings = chosen(filters._replace(exit=None), parameters)
    where = [f"item = 'text'{time_limits(filters, parameters)}", *_conditions(query, parameters)]
    about = ", ".join(f"c.{name} AS {name}" for name in ABOUT)
    sql = (
        f"WITH c AS ({recordings}), m AS (SELECT recording, revision, count() AS total,"
        f" groupArraySorted({query.per_recording})(seq) AS seqs FROM {INDEX}"
        f" WHERE {' AND '.join(where)} GROUP BY recording, revision)"
        " SELECT c.recording AS recording, c.revision AS revision,"
        f" toUnixTimestamp64Micro(c.created) AS created_us, {about},"
        f" m.total AS total, m.seqs AS seqs, {', '.join(_sums(query))}"
        " FROM c LEFT JOIN m ON c.recording = m.recording AND c.revision = m.revision"
        f" ORDER BY m.total > 0 DESC, c.created DESC, c.recording LIMIT {query.limit}"
    )
    return IndexQuery(sql, parameters, days_between(filters.since, filters.until, time.time()))


def _sums(query: SearchQuery) -> list[str]:
    readable = "NOT c.is_encrypted"
    sums = {
        "every": "sum(m.total)",
        "available": f"sum(least(m.total, {query.per_recording}))",
        "matching": "countIf(m.total > 0)",
        "encrypted": "countIf(c.is_encrypted)",
        "unseen": f"countIf({readable} AND c.is_unseen)",
        "incomplete": f"countIf({readable} AND (c.is_unseen OR c.left_out_chars > 0))",
        "chars": "sum(c.left_out_chars)",
    }
    return [f"{sums[name]} OVER () AS {name}" for name in _SUMS]


def _conditions(query: SearchQuery, parameters: dict[str, object]) -> list[str]:
    found = []
    for number, term in enumerate(query_terms(query.query)):
        words = search_words(indexed(term.text))
        parameters[f"word{number}"] = f"%{words.rstrip() if term.is_prefix else words}%"
        unlike = "NOT LIKE" if term.is_unwanted else "LIKE"
        found.append(f"words {unlike} {{word{number}:String}}")
    if query.kinds and set(query.kinds) < set(KINDS):
        parameters["kinds"] = list(query.kinds)
        found.append("kind IN {kinds:Array(String)}")
    if query.tools:
        parameters["tools"] = [name.lower() for name in query.tools]
        found.append("lowerUTF8(tool) IN {tools:Array(String)}")
    if query.filters.exit is not None:
        wanted = query.filters.exit
        found.append(ended("outcome_code", "outcome_failed", wanted, parameters))
    return found


def _wanted(rows: list[JsonObject], limit: int) -> list[tuple[JsonObject, int]]:
    """The texts to show: recordings with what matches in them, in order."""
    every = [(row, int(str(seq))) for row in rows for seq in row["seqs"]]  # type: ignore[attr-defined]
    return every[:limit]


def _texts_query(wanted: list[tuple[JsonObject, int]]) -> IndexQuery:
    rows = [row for row, _ in wanted]
    created = [created_us(row) for row in rows]
    parameters: dict[str, object] = {
        "recordings": sorted({text(row["recording"]) for row in rows}),
        "seqs": sorted({seq for _, seq in wanted}),
        "first": min(created),
        "last": max(created),
    }
    sql = (
        "SELECT recording, revision, seq, t_ns, kind, actor, tool, exit_code, failed, text, offsets_ms"
        f" FROM {INDEX}"
        " WHERE item = 'text' AND recording IN {recordings:Array(String)}"
        " AND seq IN {seqs:Array(Int64)}"
        " AND created >= fromUnixTimestamp64Micro({first:Int64})"
        " AND created <= fromUnixTimestamp64Micro({last:Int64})"
    )
    days = {datetime.fromtimestamp(us // 1_000_000, UTC).date() for us in created}
    return IndexQuery(sql, parameters, days)


def _hit(recording: JsonObject, row: JsonObject, query: SearchQuery) -> Hit:
    found = best_line(text(row["text"]), query_terms(query.query), query.context)
    offsets = text(row["offsets_ms"]).split()
    offset = offsets[found.number] if found.number < len(offsets) else ""
    later = int(offset) if _OFFSET.fullmatch(offset) else 0
    kind, actor, tool = (text(row[name]) for name in ("kind", "actor", "tool"))
    return Hit(
        recording_row(recording),
        max(0, int(str(row["t_ns"]))) + later * NS_PER_MS,
        *(kind, actor, tool),
        None if row["exit_code"] is None else int(str(row["exit_code"])),
        None if row["failed"] is None else bool(row["failed"]),
        *(found.line, found.before, found.after),
        int(str(recording["total"])),
    )

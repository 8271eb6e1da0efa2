"""Lists, searches and totals over many recordings."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from agentrec import __version__
from agentrec.library import totals
from agentrec.library.filters import FAILED, OK
from agentrec.library.listing import count_recordings, list_recordings
from agentrec.library.search import Hit, LeftOut, SearchQuery, SearchResult, search
from agentrec.text import printable
from agentrec.times import parse_date
from agentrec.web.catalog import api_id, id_of
from agentrec.web.handlers.lineage import whole_lineage
from agentrec.web.openapi import document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject
    from agentrec.library.filters import Filters
    from agentrec.library.totals import SlowestRow
    from agentrec.web.request import ApiRequest

# Of a search in one recording, over all requests.
_MAX_HITS_OF_ONE = 1_000_000
# How many unreadable files are listed.
MAX_FAULTS = 100


def service(request: ApiRequest) -> JsonObject:
    catalog = request.service.catalog
    with catalog.fresh() as library:
        total = count_recordings(library, catalog.filters(), unique=True)
    folders = list(catalog.roots)
    return {"name": "agentrec", "version": __version__, "folders": folders, "recordings": total}


def openapi(_: ApiRequest) -> JsonObject:
    return document()


def sessions(request: ApiRequest) -> JsonObject:
    catalog, params = request.service.catalog, request.params
    filters = _filters(request)._replace(exit=_ending(params["exit"]), state=params["state"] or "")
    limit, offset = params["limit"], params["offset"]
    with catalog.fresh() as library:
        rows = list_recordings(library, filters, limit, offset=offset, unique=True)
        total = count_recordings(library, filters, unique=True)
    return {
        "sessions": [catalog.session(row) for row in rows],
        "total": total,
        "limit": limit,
        "offset": offset,
        "unreadable": [
            {"path": printable(path), "reason": reason}
            for path, reason in catalog.faults[:MAX_FAULTS]
        ],
    }


def search_library(request: ApiRequest) -> JsonObject:
    params, catalog = request.params, request.service.catalog
    filters = _filters(request)._replace(exit=_ending(params["exit"]), state=params["state"] or "")
    query, session = params["q"] or "", params["session"]
    if session:
        filters = filters._replace(roots=[catalog.row(session)["path"]])
    narrowing = ("kind", "tool", "exit", "state", "agent", "project", "since", "until")
    has_words = any(char.isalnum() for char in query)
    if not has_words and (query.strip() or not any(params[name] for name in narrowing)):
        return _hits(SearchResult([], 0, 0, 0, LeftOut()), params)
    search_query = SearchQuery(
        query,
        filters,
        tuple(params["kind"]),
        tuple(params["tool"]),
        params["limit"],
        _MAX_HITS_OF_ONE if session else params["per_recording"],
        params["context"],
        params["offset"],
    )
    with catalog.fresh() as library:
        result = search(library, search_query)
    return _hits(result, params)


def _hits(result: SearchResult, params: Mapping[str, Any]) -> JsonObject:
    return {
        "hits": [_hit(hit) for hit in result.hits],
        "total": result.total,
        "available": result.available,
        "counted": result.counted,
        "recordings": result.recordings,
        "left_out": result.left_out.as_data(),
        "limit": params["limit"],
        "offset": params["offset"],
    }


def _hit(hit: Hit) -> JsonObject:
    return {**hit.as_data(), "id": id_of(hit.recording), "line": hit.line}


def cost(request: ApiRequest) -> JsonObject:
    by, filters = request.params["by"], _filters(request)
    with request.service.catalog.fresh() as library:
        models = totals.unpriced(library, filters)
        return totals.cost_data(totals.cost(library, filters, by), by, models)


def stats(request: ApiRequest) -> JsonObject:
    filters = _filters(request)
    with request.service.catalog.fresh() as library:
        return {
            **totals.totals(library, filters),
            "tools": totals.tools(library, filters),
            "slowest": [
                _slow(row) for row in totals.slowest(library, filters, request.params["limit"])
            ],
        }


def _slow(operation: SlowestRow) -> JsonObject:
    own = ("session", "recording_id")
    data: JsonObject = {name: value for name, value in operation.items() if name not in own}
    return {**data, "id": api_id(operation["session"], operation["recording_id"])}


def _filters(request: ApiRequest) -> Filters:
    params, now = request.params, time.time()
    since, until = params["since"], params["until"]
    return request.service.catalog.filters()._replace(
        agent=params["agent"] or "",
        project=params["project"] or "",
        since=parse_date(since, now) if since is not None else None,
        until=parse_date(until, now, end=True) if until is not None else None,
    )


def _ending(text: str | None) -> int | str | None:
    return text if text in (None, OK, FAILED) else int(text)


HANDLERS = {
    "service": service,
    "openapi": openapi,
    "sessions": sessions,
    "search": search_library,
    "cost": cost,
    "stats": stats,
    "lineage": whole_lineage,
}

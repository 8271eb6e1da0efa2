"""Many recordings: listed, searched, summed up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from agentrec import __version__
from agentrec.library.filters import FAILED, OK
from agentrec.library.listing import count, recordings
from agentrec.library.search import MOST, Hit, Wanted, search
from agentrec.library.totals import as_data, cost, slowest, tools, totals
from agentrec.times import parse_date
from agentrec.web.catalog import id_of
from agentrec.web.handlers.lineage import whole_lineage
from agentrec.web.openapi import document

if TYPE_CHECKING:
    from agentrec.library.filters import Filters
    from agentrec.web.request import Asked


def service(asked: Asked) -> dict[str, Any]:
    catalog = asked.service.catalog
    with catalog.fresh() as store:
        total = count(store, catalog.filters(), once=True)
    folders = list(catalog.roots)
    return {"name": "agentrec", "version": __version__, "folders": folders, "recordings": total}


def openapi(_: Asked) -> dict[str, Any]:
    return document()


def sessions(asked: Asked) -> dict[str, Any]:
    catalog, params = asked.service.catalog, asked.params
    filters = _filters(asked)._replace(exit=_ending(params["exit"]), state=params["state"] or "")
    limit, offset = params["limit"], params["offset"]
    with catalog.fresh() as store:
        rows = recordings(store, filters, limit, offset=offset, once=True)
        total = count(store, filters, once=True)
    told = [catalog.session(row) for row in rows]
    return {"sessions": told, "total": total, "limit": limit, "offset": offset}


def find(asked: Asked) -> dict[str, Any]:
    params, catalog = asked.params, asked.service.catalog
    filters = _filters(asked)._replace(exit=_ending(params["exit"]))
    query, one = params["q"] or "", params["session"]
    if one:
        filters = filters._replace(roots=[catalog.row(one)["path"]])
    narrowed = ("kind", "tool", "exit", "agent", "project", "since", "until")
    nothing = not any(char.isalnum() for char in query)
    if nothing and (query.strip() or not any(params[name] for name in narrowed)):
        return {"hits": [], "limit": params["limit"]}  # what has no word in it is nowhere
    wanted = Wanted(
        query,
        filters,
        tuple(params["kind"]),
        tuple(params["tool"]),
        params["limit"],
        MOST if one else params["per_recording"],
        params["context"],
    )
    with catalog.fresh() as store:
        hits = search(store, wanted)
    return {"hits": [_hit(hit) for hit in hits], "limit": params["limit"]}


def _hit(hit: Hit) -> dict[str, Any]:
    return {**hit.as_data(), "id": id_of(hit.recording), "line": hit.line}


def spent(asked: Asked) -> dict[str, Any]:
    by, filters = asked.params["by"], _filters(asked)
    with asked.service.catalog.fresh() as store:
        return as_data(cost(store, filters, by), by)


def stats(asked: Asked) -> dict[str, Any]:
    filters = _filters(asked)
    with asked.service.catalog.fresh() as store:
        return {
            **totals(store, filters),
            "tools": tools(store, filters),
            "slowest": [_slow(row) for row in slowest(store, filters, asked.params["limit"])],
        }


def _slow(row: dict[str, Any]) -> dict[str, Any]:
    place = {"id": row.pop("place"), "session": row.pop("session")}
    return {**row, "id": id_of(place)}


def lineage(asked: Asked) -> dict[str, Any]:
    return whole_lineage(asked)


def _filters(asked: Asked) -> Filters:
    params, now = asked.params, time.time()
    since, until = params["since"], params["until"]
    return asked.service.catalog.filters(
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
    "search": find,
    "cost": spent,
    "stats": stats,
    "lineage": lineage,
}

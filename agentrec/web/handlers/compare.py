"""How two recordings differ: the engine of `agentrec compare`, for the page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agentrec.compare.compared_run import read_run
from agentrec.compare.comparison import compare_runs
from agentrec.times import NS_PER_SECOND
from agentrec.web.catalogs.catalog import id_of

if TYPE_CHECKING:
    from agentrec.compare.compared_run import ComparedRun
    from agentrec.json_values import JsonObject
    from agentrec.library.index.library_db import RecordingRow
    from agentrec.web.request import ApiRequest


def compare(request: ApiRequest) -> JsonObject:
    """The recording in the path and the one in ``with``; of each, the steps from a time on."""
    params, catalog = request.params, request.service.catalog
    left = _run(request, request.row, params["since"])
    right = _run(request, catalog.row(params["with"]), params["withSince"])
    request.deadline.check()
    return compare_runs(left, right, request.service.env).as_data()


def _run(request: ApiRequest, row: RecordingRow, since: float) -> ComparedRun:
    with request.service.recordings.read(row["path"]) as recording:
        run = read_run(recording, name=id_of(row))
    return replace(run, steps=[step for step in run.steps if step.t >= since * NS_PER_SECOND])


HANDLERS = {"compare": compare}

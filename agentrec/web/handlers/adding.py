"""What adds to a recording, and what branches from it."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

from agentrec.capture.client import ask, connect_to, take_snapshot
from agentrec.errors import InputError, OutputError
from agentrec.recording.append import append_moment
from agentrec.recording.points import points
from agentrec.recording.reader import Recording
from agentrec.snapshots.recorded import kept_in
from agentrec.web.asked import PATIENCE, Answer, Asked
from agentrec.web.catalog import id_of
from agentrec.web.handlers.recording import NS, moment_data, snapshot_data
from agentrec.web.problems import ProblemError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from agentrec.branches.plan import Plan

SOURCE = "http"
_SEEN = 5.0  # seconds after which what a recorder was told has to be in its file
_NOT_LIVE = "this recording is not running, or no recorder answers here"


def moment(asked: Asked) -> Answer:
    row, label, ts = asked.row, asked.body["label"], asked.body["ts"]
    t = None if ts is None else round(ts * NS)
    try:
        if client := _running(asked, row):
            with client:
                told = _mark(client, row["path"], label, t)
        else:
            told = _append(row["path"], label, t)
    except (InputError, OutputError) as error:
        raise ProblemError(409, str(error), error.hint) from None
    return Answer(told, 201)


def _mark(client: socket.socket, path: str, label: str, t: int | None) -> dict[str, Any]:
    at = {} if t is None else {"at_ns": t}
    reply = ask(client, {"op": "mark", "label": label, "source": "player", **at})

    def find(recording: Recording) -> dict[str, Any] | None:
        found = [
            it for it in points(recording) if it.kind == "moment" and it.label == reply["label"]
        ]
        return moment_data(found[-1]) if found else None

    fallback = {"id": "", "ts": (t or reply["t"]) / NS, "label": reply["label"]}
    return _awaited(path, find) or {**fallback, "kind": "manual", "type": "mark"}


def _append(path: str, label: str, t: int | None) -> dict[str, Any]:
    with Recording.open(path) as recording:
        if recording.live:
            raise OutputError(_NOT_LIVE)
        at = recording.duration if t is None else t
    append_moment(path, at, label, SOURCE)
    with Recording.open(path) as recording:
        last = max(points(recording), key=lambda point: point.seq)
    return moment_data(last)


def snapshot(asked: Asked) -> Answer:
    row = asked.row
    client = _running(asked, row)
    if client is None:
        raise ProblemError(409, _NOT_LIVE, "snapshots are taken of what runs")
    try:
        with client:
            answer = take_snapshot(client, asked.body["label"] or "", PATIENCE)
    except InputError as error:
        raise ProblemError(409, str(error), error.hint) from None

    def find(recording: Recording) -> dict[str, Any] | None:
        return next((snapshot_data(it) for it in kept_in(recording) if it.id == answer["id"]), None)

    told = _awaited(row["path"], find)
    if told is None:
        raise ProblemError(503, "the snapshot was taken, and is not in the recording yet")
    return Answer(told, 201)


def _awaited(
    path: str, find: Callable[[Recording], dict[str, Any] | None]
) -> dict[str, Any] | None:
    """What ``find`` finds in the file as soon as it is there."""
    deadline = time.monotonic() + _SEEN
    while time.monotonic() < deadline:
        with Recording.open(path) as recording:
            if found := find(recording):
                return found
        time.sleep(0.05)
    return None


def _running(asked: Asked, row: dict[str, Any]) -> socket.socket | None:
    """A connection to the recorder of a recording. What answers must be writing this file."""
    client = connect_to(str(row["session"]), dict(asked.service.env))
    if client is None:
        return None
    try:
        said = ask(client, {"op": "status"})
        if os.path.samefile(str(said["file"]), row["path"]):
            return client
    except (InputError, OSError, KeyError):
        pass
    client.close()
    return None


def branch(asked: Asked) -> Any:
    from agentrec.branches.describe import describe
    from agentrec.branches.plan import plan

    row, body = asked.row, asked.body
    at = _at(body)
    with Recording.open(row["path"]) as recording:
        planned = plan(
            recording,
            at,
            message=body["injectedMessage"] or "",
            agent=body["agent"] or "",
            headless=True,
            env=asked.service.env,
        )
    told = {"parentSessionId": id_of(row), "plan": planned.as_json(), "lines": describe(planned)}
    if not body["confirm"]:
        planned.store.close()
        return {"dryRun": True, **told}
    return Answer({"dryRun": False, **told, **_begun(planned)}, 201)


def _at(body: dict[str, Any]) -> str | int | None:
    for name in ("fsSnapshotId", "momentId"):
        if body[name] is not None:
            return str(body[name])
    return None if body["fromTs"] is None else round(body["fromTs"] * NS)


def _begun(planned: Plan) -> dict[str, Any]:
    """Make the branch and start its child, which outlives this server."""
    from agentrec.branches.make import command, make

    made = make(planned)
    run = command(made)
    child = subprocess.Popen(
        run.argv,
        env=run.env,
        cwd=run.cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    threading.Thread(target=child.wait, daemon=True).start()  # its status has to be taken
    return {
        "id": made.plan.id,
        "branchFromTs": made.plan.point.t / NS,
        "fsSnapshotId": made.plan.point.kept.id,
        "workspaceMount": made.plan.worktree,
        "status": "started",
    }


HANDLERS = {"addMoment": moment, "addSnapshot": snapshot, "branch": branch}

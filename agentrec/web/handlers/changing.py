"""What adds to a recording, and what branches from it."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agentrec.capture.control.client import ask, connect_to, take_snapshot
from agentrec.errors import InputError, OutputError
from agentrec.library.locations import recordings_folder
from agentrec.recording.append import append_moment
from agentrec.recording.follow import Follower
from agentrec.recording.markers import list_markers, to_marker
from agentrec.recording.reader import Recording
from agentrec.snapshots.lookup import recorded_snapshot
from agentrec.times import NS_PER_SECOND
from agentrec.web.catalog import id_of
from agentrec.web.handlers.recording import moment_data, snapshot_data
from agentrec.web.problems import ProblemError
from agentrec.web.request import PATIENCE, Answer, Asked

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from agentrec.branches.branch_plan import BranchPlan
    from agentrec.recording.events import Event

SOURCE = "http"
_SEEN = 5.0  # seconds after which what a recorder was told has to be in its file
_AT_ONCE = 1 << 20  # bytes of the file
_NOT_LIVE = "this recording is not running, or no recorder answers here"


def moment(asked: Asked) -> Answer:
    row, label, ts = asked.row, asked.body["label"], asked.body["ts"]
    t = None if ts is None else round(ts * NS_PER_SECOND)
    try:
        if client := _running(asked, row):
            with client:
                told = _mark(asked, client, row["path"], label, t)
        else:
            told = _append(row["path"], label, t)
    except (InputError, OutputError) as error:
        raise ProblemError(409, str(error), error.hint) from None
    return Answer(told, 201)


def _mark(
    asked: Asked, client: socket.socket, path: str, label: str, t: int | None
) -> dict[str, Any]:
    before = asked.service.shelf.count(path)
    at = {} if t is None else {"at_ns": t}
    reply = ask(client, {"op": "mark", "label": label, "source": "player", **at})

    def found(event: Event) -> dict[str, Any] | None:
        point = to_marker(event)
        mine = point and point.kind == "moment" and point.label == reply["label"]
        return moment_data(point) if point and mine else None

    told = _awaited(path, before, found)
    if told is None:
        raise ProblemError(503, "the moment was set, and is not in the recording yet")
    return told


def _append(path: str, label: str, t: int | None) -> dict[str, Any]:
    with Recording.open(path) as recording:
        if recording.live:
            raise OutputError(_NOT_LIVE)
        at = recording.duration if t is None else t
    append_moment(path, at, label, SOURCE)
    with Recording.open(path) as recording:
        last = max(list_markers(recording), key=lambda point: point.seq)
    return moment_data(last)


def snapshot(asked: Asked) -> Answer:
    row = asked.row
    client = _running(asked, row)
    if client is None:
        raise ProblemError(409, _NOT_LIVE, "snapshots are taken of what runs")
    before = asked.service.shelf.count(row["path"])
    try:
        with client:
            answer = take_snapshot(client, asked.body["label"] or "", PATIENCE)
    except InputError as error:
        raise ProblemError(409, str(error), error.hint) from None

    def found(event: Event) -> dict[str, Any] | None:
        kept = recorded_snapshot(event)
        return snapshot_data(kept) if kept and kept.id == answer["id"] else None

    told = _awaited(row["path"], before if answer["new"] else 0, found)
    if told is None:
        raise ProblemError(503, "the snapshot was taken, and is not in the recording yet")
    return Answer(told, 201)


def _awaited(
    path: str, seq: int, find: Callable[[Event], dict[str, Any] | None]
) -> dict[str, Any] | None:
    """What ``find`` finds among the events from ``seq`` on, as soon as it is in the file."""
    deadline = time.monotonic() + _SEEN
    follower = Follower(path, seq)
    try:
        while time.monotonic() < deadline and not follower.done:
            for event in follower.read(_AT_ONCE):
                if found := find(event):
                    return found
            if not follower.behind:
                time.sleep(0.02)
    finally:
        follower.close()
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
    from agentrec.branches.branch_plan import BranchRequest
    from agentrec.branches.plan_text import plan_lines
    from agentrec.branches.planner import plan_branch

    row, body = asked.row, asked.body
    at = _at(body)
    message, agent = body["injectedMessage"] or "", body["agent"] or ""
    request = BranchRequest(message=message, agent=agent, headless=True)
    with Recording.open(row["path"]) as recording:
        planned = plan_branch(recording, at, request, env=asked.service.env)
    told = {"parentSessionId": id_of(row), "plan": planned.as_json(), "lines": plan_lines(planned)}
    if not body["confirm"]:
        planned.close()
        return {"dryRun": True, **told}
    return Answer({"dryRun": False, **told, **_begun(asked, planned)}, 201)


def _at(body: dict[str, Any]) -> str | int | None:
    for name in ("fsSnapshotId", "momentId"):
        if body[name] is not None:
            return str(body[name])
    return None if body["fromTs"] is None else round(body["fromTs"] * NS_PER_SECOND)


def _begun(asked: Asked, planned: BranchPlan) -> dict[str, Any]:
    """Make the branch and start its child, which outlives this server."""
    from agentrec.branches.create import child_command, create_branch

    folder = os.path.join(recordings_folder(asked.service.env), time.strftime("%Y/%m"))
    path = os.path.join(folder, f"{planned.id}.ahr")  # named, so that it is served whatever else is
    made = create_branch(replace(planned, request=replace(planned.request, out=path)))
    run = child_command(made)
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
    asked.service.catalog.also(path)
    return {
        "id": made.plan.id,
        "branchFromTs": made.plan.point.t / NS_PER_SECOND,
        "fsSnapshotId": made.plan.point.recorded.id,
        "workspaceMount": made.plan.worktree,
        "status": "started",
    }


HANDLERS = {"addMoment": moment, "addSnapshot": snapshot, "branch": branch}

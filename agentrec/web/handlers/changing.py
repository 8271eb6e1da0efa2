"""Add marks and snapshots to a recording, and branch from it."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agentrec.capture.control.client import ask, connect_to, take_snapshot
from agentrec.errors import InputError, OutputError, UsageError
from agentrec.library.locations import recordings_folder
from agentrec.recording.append import append_moment, append_note
from agentrec.recording.follow import Follower
from agentrec.recording.markers import list_markers, to_marker
from agentrec.recording.reader import Recording
from agentrec.snapshots.lookup import recorded_snapshot
from agentrec.times import NS_PER_SECOND
from agentrec.web.catalogs.catalog import id_of
from agentrec.web.handlers.recording import moment_data, snapshot_data
from agentrec.web.problems import ProblemError
from agentrec.web.request import WORK_TIMEOUT_SECONDS, ApiRequest, JsonReply

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from agentrec.branches.branch_plan import BranchPlan
    from agentrec.json_values import JsonObject
    from agentrec.library.index.library_db import RecordingRow
    from agentrec.recording.events import Event

SOURCE = "http"
NOTE_SOURCE = "page"
# How long it may take until what a recorder accepted is in its file.
_WRITE_TIMEOUT_SECONDS = 5.0
_READ_BYTES = 1 << 20
_NOT_RUNNING = "the recording is not in progress, or its recorder is not on this machine"


def moment(request: ApiRequest) -> JsonReply:
    row, label, ts = request.row, request.body["label"], request.body["ts"]
    t = None if ts is None else round(ts * NS_PER_SECOND)
    try:
        if client := connect_recorder(request, row):
            with client:
                data = _mark(request, client, row["path"], label, t)
        else:
            data = _append(row["path"], label, t)
    except (InputError, OutputError) as error:
        raise ProblemError(409, str(error), error.hint) from None
    return JsonReply(data, 201)


def _mark(
    request: ApiRequest, client: socket.socket, path: str, label: str, t: int | None
) -> JsonObject:
    """Add a mark through the recorder."""
    before = request.service.recordings.count_events(path)
    at = {} if t is None else {"at_ns": t}
    reply = ask(client, {"op": "mark", "label": label, "source": "player", **at})

    def own_mark(event: Event) -> JsonObject | None:
        point = to_marker(event)
        is_own = point and point.kind == "moment" and point.label == reply["label"]
        return moment_data(point) if point and is_own else None

    data = _await_event(path, before, own_mark)
    if data is None:
        raise ProblemError(503, "the mark was added, but is not in the recording yet")
    return data


def note(request: ApiRequest) -> JsonReply:
    """Add a note: to a recording in progress, or to a finished one."""
    row, body = request.row, request.body
    t = 0 if body["ts"] is None else round(body["ts"] * NS_PER_SECOND)
    answers = {} if body["answers"] is None else {"answers": body["answers"]}
    data: JsonObject = {"text": body["text"].strip(), "source": NOTE_SOURCE, **answers}
    if not data["text"]:
        raise ProblemError(400, "the text of the note is empty")
    try:
        if client := connect_recorder(request, row):
            with client:
                seq = ask(client, {"op": "note", "at_ns": t, **data})["seq"]
        else:
            seq = append_note(row["path"], t, data)
    except (InputError, OutputError) as error:
        raise ProblemError(409, str(error), error.hint) from None
    return JsonReply({"id": f"n{seq}", "ts": t / NS_PER_SECOND, **data}, 201)


def _append(path: str, label: str, t: int | None) -> JsonObject:
    """Append a mark to the file of a finished recording."""
    with Recording.open(path) as recording:
        if recording.live:
            raise OutputError(_NOT_RUNNING)
        at = recording.duration if t is None else t
    append_moment(path, at, label, SOURCE)
    with Recording.open(path) as recording:
        last = max(list_markers(recording), key=lambda point: point.seq)
    return moment_data(last)


def snapshot(request: ApiRequest) -> JsonReply:
    row = request.row
    client = connect_recorder(request, row)
    if client is None:
        raise ProblemError(409, _NOT_RUNNING, "snapshots can be taken only while recording")
    before = request.service.recordings.count_events(row["path"])
    try:
        with client:
            answer = take_snapshot(client, request.body["label"] or "", WORK_TIMEOUT_SECONDS)
    except InputError as error:
        raise ProblemError(409, str(error), error.hint) from None

    def own_snapshot(event: Event) -> JsonObject | None:
        recorded = recorded_snapshot(event)
        return snapshot_data(recorded) if recorded and recorded.id == answer["id"] else None

    data = _await_event(row["path"], before if answer["new"] else 0, own_snapshot)
    if data is None:
        raise ProblemError(503, "the snapshot was taken, but is not in the recording yet")
    return JsonReply(data, 201)


def _await_event(
    path: str, seq: int, find: Callable[[Event], JsonObject | None]
) -> JsonObject | None:
    """The first result of ``find`` for the events from ``seq`` on; None if there is none in time."""
    deadline = time.monotonic() + _WRITE_TIMEOUT_SECONDS
    follower = Follower(path, seq)
    try:
        while time.monotonic() < deadline and not follower.done:
            for event in follower.read(_READ_BYTES):
                if data := find(event):
                    return data
            if not follower.behind:
                time.sleep(0.02)
    finally:
        follower.close()
    return None


def connect_recorder(request: ApiRequest, row: RecordingRow) -> socket.socket | None:
    """A connection to the recorder of a recording, if there is one that writes this file."""
    client = connect_to(row["session"], dict(request.service.env))
    if client is None:
        return None
    try:
        reply = ask(client, {"op": "status"})
        if os.path.samefile(str(reply["file"]), row["path"]):
            return client
    except (InputError, OSError, KeyError):
        pass
    client.close()
    return None


def cut(request: ApiRequest) -> JsonReply:
    from agentrec.cuts import cut_file
    from agentrec.cuts.time_map import parse_drop

    body, path = request.body, request.row["path"]
    since, until = _ns(body["since"]), None if body["until"] is None else _ns(body["until"])
    try:
        drops = [parse_drop(*_stretch(text)) for text in body["drop"].split(",") if text]
        new = cut_file.cut(path, "", request.service.env, since, until, drops)
    except (UsageError, OutputError) as error:  # valid, but not for this recording
        raise ProblemError(409, str(error), error.hint) from None
    request.service.catalog.add(new.path)
    return JsonReply(new.as_json(), 201)


def _stretch(text: str) -> tuple[int, int]:
    first, _, end = text.partition("..")
    return _ns(float(first)), _ns(float(end))


def _ns(seconds: float) -> int:
    return round(seconds * NS_PER_SECOND)


def branch(request: ApiRequest) -> JsonObject | JsonReply:
    from agentrec.branches.branch_plan import BranchRequest
    from agentrec.branches.plan_text import plan_lines
    from agentrec.branches.planner import plan_branch

    row, body = request.row, request.body
    message, agent = body["injectedMessage"] or "", body["agent"] or ""
    wish = BranchRequest(message=message, agent=agent, headless=True, again=body["again"])
    try:
        with Recording.open(row["path"]) as recording:
            planned = plan_branch(recording, _branch_point(body), wish, env=request.service.env)
    except UsageError as error:  # the request is valid, but not for this recording
        raise ProblemError(409, str(error), error.hint) from None
    data: JsonObject = {
        "parentSessionId": id_of(row),
        "plan": planned.as_json(),
        "lines": plan_lines(planned),
    }
    if not body["confirm"]:
        planned.close()
        return {"dryRun": True, **data}
    return JsonReply({"dryRun": False, **data, **_start(request, planned)}, 201)


def _branch_point(body: Mapping[str, Any]) -> str | int | None:
    """The id of a snapshot or mark, or a time in ns; None for the end."""
    for name in ("fsSnapshotId", "momentId"):
        if body[name] is not None:
            return str(body[name])
    return None if body["fromTs"] is None else round(body["fromTs"] * NS_PER_SECOND)


def _start(request: ApiRequest, planned: BranchPlan) -> JsonObject:
    """Create the branch and start its command, which outlives this server."""
    from agentrec.branches.create import child_command, create_branch

    folder = os.path.join(recordings_folder(request.service.env), time.strftime("%Y/%m"))
    path = os.path.join(folder, f"{planned.id}.ahr")
    branch = create_branch(replace(planned, request=replace(planned.request, out=path)))
    run = child_command(branch)
    child = subprocess.Popen(
        run.argv,
        env=run.env,
        cwd=run.cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    threading.Thread(target=child.wait, daemon=True).start()  # reaps it
    request.service.catalog.add(path)
    return {
        "id": branch.plan.id,
        "branchFromTs": branch.plan.point.t / NS_PER_SECOND,
        "fsSnapshotId": branch.plan.point.recorded.id,
        "workspaceMount": branch.plan.worktree,
        "status": "started",
    }


HANDLERS = {
    "addMoment": moment,
    "addNote": note,
    "addSnapshot": snapshot,
    "addCut": cut,
    "branch": branch,
}

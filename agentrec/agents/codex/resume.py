"""Codex, resumed at a point: from a copy of its rollout file under a new thread's name.

Seen with 0.169 (what the model's server received): the history as it is in the copy, then Codex's own
context about the new directory, then the message. Its TUI asks where to work unless the copy's
session says so and `-C` says the same.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from typing import TYPE_CHECKING, Any

from agentrec.agents.resume.launch import STARTS, carried
from agentrec.agents.resume.resume import TRIMMED, WHOLE, CannotCutError, Resumption, agent_home
from agentrec.agents.resume.transcript_prefix import Cut, moved, started_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.agents.resume.resume import Request

# Its own check that the directory is a repository: the files of a branch are a copy anyway.
ANYWHERE = "--skip-git-repo-check"


def resumption(request: Request) -> Resumption:
    """How Codex goes on. Raises CannotCutError."""
    point, cwd = request.point, _directory(request)
    home, env = agent_home(request, "CODEX_HOME", ".codex")
    thread = _uuid7()
    cut = Cut(point)
    options, notes = _options(request)
    resume = ["resume", "-C", cwd, *options, *request.extra, thread]
    if request.headless:
        options += [] if ANYWHERE in options else [ANYWHERE]
        resume = ["exec", "-C", cwd, *options, *request.extra, "resume", thread]
    return Resumption(
        TRIMMED,
        f"{WHOLE}; Codex adds a message about where it is now",
        [request.program, *resume, *(["--", request.message] if request.message else [])],
        env,
        notes,
        {_place(home, thread): lambda: _copy(cut, thread, cwd)},
    )


def _directory(request: Request) -> str:
    """Where it works: the new directory, or below it where the recorded run was sent by its own `-C`."""
    old, began = str(request.point.get("cwd", "")), started_in(request.point)
    inside = old.removeprefix(began + os.sep) if old.startswith(began + os.sep) else ""
    return os.path.join(os.path.realpath(request.new_cwd), inside).rstrip(os.sep)


def _place(home: str, thread: str) -> str:
    now = time.localtime()
    name = f"rollout-{time.strftime('%Y-%m-%dT%H-%M-%S', now)}-{thread}.jsonl"
    return os.path.join(home, "sessions", time.strftime("%Y/%m/%d", now), name)


def _options(request: Request) -> tuple[list[str], list[str]]:
    point = request.point
    options, notes = carried(
        STARTS["codex"], point["argv"], started_in(point), headless=request.headless
    )
    place = moved(point, request.new_cwd)
    if place is not None:
        notes.append(f"paths inside earlier messages still name {place[0]}")
    return options, notes


def _copy(cut: Cut, thread: str, cwd: str) -> Iterator[bytes]:
    """The records for the new thread; of its session, also the directory."""
    old = ""
    for record in cut.records():
        payload = record.get("payload")
        if not isinstance(payload, dict):
            continue
        if record.get("type") == "session_meta" and not old:
            old = str(payload.get("id"))
            payload = payload | {"id": thread, "cwd": cwd} | _roots(payload, cwd)
        named = {name: thread for name in ("thread_id", "session_id") if payload.get(name) == old}
        yield json.dumps({**record, "payload": payload | named}, separators=(",", ":")).encode()
        yield b"\n"
    if not old:
        raise CannotCutError(f"{cut.path} does not begin with a session")


def _roots(session: dict[str, Any], cwd: str) -> dict[str, list[Any]]:
    """The directories it may write to: the new one instead of the old one."""
    name, old = "runtime_workspace_roots", session.get("cwd")
    roots = session.get(name)
    return {name: [cwd if root == old else root for root in roots]} if roots else {}


def _uuid7() -> str:
    """A UUID that sorts by the time it was made (RFC 9562), as Codex names its threads."""
    stamp = (time.time_ns() // 1_000_000) << 80
    random = uuid.uuid4().int & ((1 << 80) - 1)
    number = stamp | random & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62
    return str(uuid.UUID(int=number))

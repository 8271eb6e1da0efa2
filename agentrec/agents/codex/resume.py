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
from typing import TYPE_CHECKING

from agentrec.agents.resume.launch import recorded_options
from agentrec.agents.resume.resumption import (
    TRIMMED_TRANSCRIPT,
    WHOLE_CONVERSATION,
    Resumption,
    TranscriptError,
)
from agentrec.agents.resume.session_copy import agent_home
from agentrec.agents.resume.transcript_prefix import TranscriptPrefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.agents.resume.resumption import ResumeRequest
    from agentrec.json_values import JsonObject

# Its own check that the directory is a repository: the files of a branch are a copy anyway.
SKIP_REPO_CHECK = "--skip-git-repo-check"


def resumption(request: ResumeRequest) -> Resumption:
    """Return how Codex continues. Raises TranscriptError."""
    cwd = _directory(request)
    home, env = agent_home(request, "CODEX_HOME", ".codex")
    thread = _uuid7()
    prefix = TranscriptPrefix(request, _archived(request.point.transcript))
    options, notes = _options(request)
    resume = ["resume", "-C", cwd, *options, *request.extra, thread]
    if request.headless:
        options += [] if SKIP_REPO_CHECK in options else [SKIP_REPO_CHECK]
        resume = ["exec", "-C", cwd, *options, *request.extra, "resume", thread]
    return Resumption(
        TRIMMED_TRANSCRIPT,
        f"{WHOLE_CONVERSATION}; Codex adds a message about its directory",
        [request.program, *resume, *(["--", request.message] if request.message else [])],
        env,
        notes,
        {_rollout_path(home, thread): lambda: _copy(prefix, thread, cwd)},
    )


def _directory(request: ResumeRequest) -> str:
    """The new directory, or the one below it where the recorded run was sent by its own `-C`."""
    new_cwd = os.path.realpath(request.new_cwd)
    return os.path.join(new_cwd, request.point.shell_directory).rstrip(os.sep)


def _archived(rollout: str) -> list[str]:
    """Where Codex moves a rollout of a thread that the user archives, and back."""
    home, sessions, _ = rollout.partition("/sessions/")
    return [os.path.join(home, "archived_sessions", os.path.basename(rollout))] if sessions else []


def _rollout_path(home: str, thread: str) -> str:
    now = time.localtime()
    name = f"rollout-{time.strftime('%Y-%m-%dT%H-%M-%S', now)}-{thread}.jsonl"
    return os.path.join(home, "sessions", time.strftime("%Y/%m/%d", now), name)


def _options(request: ResumeRequest) -> tuple[list[str], list[str]]:
    options, notes = recorded_options(request)
    moved = request.point.moved_to(request.new_cwd)
    if moved is not None:
        notes.append(f"paths in earlier messages still name {moved[0]}")
    return options, notes


def _copy(prefix: TranscriptPrefix, thread: str, cwd: str) -> Iterator[bytes]:
    """The records for the new thread; of its session, also the directory."""
    old = ""
    for record in prefix.records():
        payload = record.get("payload")
        if not isinstance(payload, dict):
            continue
        if record.get("type") == "session_meta" and not old:
            old = str(payload.get("id"))
            payload = payload | {"id": thread, "cwd": cwd} | _workspace_roots(payload, cwd)
        ids = {name: thread for name in ("thread_id", "session_id") if payload.get(name) == old}
        yield json.dumps({**record, "payload": payload | ids}, separators=(",", ":")).encode()
        yield b"\n"
    if not old:
        raise TranscriptError(f"{prefix.path} does not begin with a session")


def _workspace_roots(session: JsonObject, cwd: str) -> JsonObject:
    """The directories it may write to: the new one instead of the old one."""
    name, old = "runtime_workspace_roots", session.get("cwd")
    roots = session.get(name)
    if not isinstance(roots, list) or not roots:
        return {}
    return {name: [cwd if root == old else root for root in roots]}


def _uuid7() -> str:
    """A UUID that sorts by the time it was made (RFC 9562), as Codex names its threads."""
    stamp = (time.time_ns() // 1_000_000) << 80
    random = uuid.uuid4().int & ((1 << 80) - 1)
    number = stamp | random & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62
    return str(uuid.UUID(int=number))

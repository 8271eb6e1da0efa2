"""Qwen Code, resumed at a point: from a copy of its chat records. Seen with 0.15: exact."""

from __future__ import annotations

import json
import os
import uuid
from typing import TYPE_CHECKING

from agentrec.agents.qwen.companion import project_folder
from agentrec.agents.resume.session_copy import agent_home, open_copy
from agentrec.agents.resume.transcript_prefix import TranscriptPrefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.agents.resume.resumption import ResumeRequest, Resumption


def resumption(request: ResumeRequest) -> Resumption:
    """Return how Qwen Code continues. Raises TranscriptError."""
    cwd = os.path.realpath(request.new_cwd)
    home, env = agent_home(request, "QWEN_HOME", ".qwen")
    session = str(uuid.uuid4())
    path = os.path.join(home, project_folder(cwd), f"{session}.jsonl")
    prefix = TranscriptPrefix(request)
    return open_copy(
        request,
        ["--resume", session],
        env=env,
        path=path,
        content=lambda: _copy(prefix, session, cwd),
    )


def _copy(prefix: TranscriptPrefix, session: str, cwd: str) -> Iterator[bytes]:
    new = {"sessionId": session, "cwd": cwd}
    for record in prefix.records():
        changed = {name: value for name, value in new.items() if name in record}
        yield json.dumps(record | changed).encode() + b"\n"

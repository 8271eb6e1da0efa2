"""Qwen Code, resumed at a point: from a copy of its chat records. Seen with 0.15: exact."""

from __future__ import annotations

import json
import os
import uuid
from typing import TYPE_CHECKING

from agentrec.agents.qwen.companion import project_folder
from agentrec.agents.resume.resume import Resumption, agent_home, trimmed
from agentrec.agents.resume.transcript_prefix import Cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.agents.resume.resume import Request


def resumption(request: Request) -> Resumption:
    """How Qwen Code goes on. Raises CannotCutError."""
    cwd = os.path.realpath(request.new_cwd)
    home, env = agent_home(request, "QWEN_HOME", ".qwen")
    session = str(uuid.uuid4())
    copy = os.path.join(home, project_folder(cwd), f"{session}.jsonl")
    cut = Cut(request.point)
    return trimmed(
        request, ["--resume", session], env=env, copies={copy: lambda: _copy(cut, session, cwd)}
    )


def _copy(cut: Cut, session: str, cwd: str) -> Iterator[bytes]:
    now = {"sessionId": session, "cwd": cwd}
    for record in cut.records():
        changed = {name: value for name, value in now.items() if name in record}
        yield json.dumps(record | changed).encode() + b"\n"

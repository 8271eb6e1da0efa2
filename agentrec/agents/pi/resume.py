"""pi, resumed at a point: from a copy of its session file. Seen with 0.73: exact."""

from __future__ import annotations

import json
import os
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agentrec.agents.pi.companion import project_folder
from agentrec.agents.resume.resume import Resumption, agent_home, trimmed
from agentrec.agents.resume.transcript_prefix import Cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.agents.resume.resume import Request


def resumption(request: Request) -> Resumption:
    """How pi goes on. Raises CannotCutError."""
    cwd = os.path.realpath(request.new_cwd)
    home, env = agent_home(request, "PI_CODING_AGENT_DIR", os.path.join(".pi", "agent"))
    session, now = str(uuid.uuid4()), datetime.now(UTC)
    name = f"{now.strftime('%Y-%m-%dT%H-%M-%S')}-{now.microsecond // 1000:03}Z_{session}.jsonl"
    copy = os.path.join(home, "sessions", project_folder(cwd), name)
    cut = Cut(request.point)
    return trimmed(
        request, ["--session", copy], env=env, copies={copy: lambda: _copy(cut, session, cwd)}
    )


def _copy(cut: Cut, session: str, cwd: str) -> Iterator[bytes]:
    for record in cut.records():
        changed = {"id": session, "cwd": cwd} if record.get("type") == "session" else {}
        yield json.dumps(record | changed).encode() + b"\n"

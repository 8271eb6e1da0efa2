"""pi, resumed at a point: from a copy of its session file. Seen with 0.73: exact."""

from __future__ import annotations

import json
import os
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agentrec.agents.pi.companion import project_folder
from agentrec.agents.resume.session_copy import agent_home, open_copy
from agentrec.agents.resume.transcript_prefix import TranscriptPrefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.agents.resume.resumption import ResumeRequest, Resumption
    from agentrec.json_values import JsonObject


def resumption(request: ResumeRequest) -> Resumption:
    """Return how pi continues. Raises TranscriptError."""
    cwd = os.path.realpath(request.new_cwd)
    home, env = agent_home(request, "PI_CODING_AGENT_DIR", os.path.join(".pi", "agent"))
    session = str(uuid.uuid4())
    path = os.path.join(home, "sessions", project_folder(cwd), _file_name(session))
    prefix = TranscriptPrefix(request)
    return open_copy(
        request,
        ["--session", path],
        env=env,
        path=path,
        content=lambda: _copy(prefix, session, cwd),
    )


def _file_name(session: str) -> str:
    now = datetime.now(UTC)
    return f"{now.strftime('%Y-%m-%dT%H-%M-%S')}-{now.microsecond // 1000:03}Z_{session}.jsonl"


def _copy(prefix: TranscriptPrefix, session: str, cwd: str) -> Iterator[bytes]:
    header: JsonObject = {"id": session, "cwd": cwd}
    for record in prefix.records():
        changed = header if record.get("type") == "session" else {}
        yield json.dumps(record | changed).encode() + b"\n"

"""Claude Code, resumed at a point: from a copy of its transcript in the new directory's folder.

Seen with 2.1.197 (what the model's server received): without a terminal `--resume-session-at` makes a
copy exact that ends with a tool's result; in its TUI that option does nothing, but a copy that ends
with an unanswered message is answered at once when it is told to go on with an interrupted turn.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from agentrec.agents.claude.companion import project_folder
from agentrec.agents.resume.launch import STARTS, carried
from agentrec.agents.resume.resume import TRIMMED, WHOLE, CannotCutError, Resumption, agent_home
from agentrec.agents.resume.transcript_prefix import Cut, moved, started_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.agents.resume.resume import Request

# Records about the session instead of the conversation. Those of its own file history would make
# `/rewind` write into the directory of the old run.
LEFT_OUT = frozenset(
    (
        *("agent-name", "ai-title", "custom-title", "file-history-snapshot", "last-prompt"),
        *("pr-link", "queue-operation", "summary", "tag", "worktree-state"),
    )
)
# What a new record has in common with the one before it.
COMMON = ("cwd", "entrypoint", "gitBranch", "isSidechain", "sessionId", "userType", "version")
GO_ON = "CLAUDE_CODE_RESUME_INTERRUPTED_TURN"
SYSTEM = "--append-system-prompt"
# It knows absolute paths only.
MOVED = (
    "This conversation began in {old}. You work in a copy of it, {new}: what earlier messages name "
    "below {old} is below {new} now. Do not touch {old}."
)
DENY = "--disallowedTools"
STOOD = "Your shell stood in {inside} then; now it stands in your working directory again."
PERMISSIONS = ("--permission-mode", "--dangerously-skip-permissions", "--allowedTools")


def resumption(request: Request) -> Resumption:
    """How Claude Code goes on. Raises CannotCutError."""
    point, cwd = request.point, os.path.realpath(request.new_cwd)
    home, env = agent_home(request, "CLAUDE_CONFIG_DIR", ".claude")
    session = str(uuid.uuid4())
    cut = Cut(point)
    copy = os.path.join(home, "projects", project_folder(cwd), f"{session}.jsonl")
    options, notes = _options(request)
    tui_message = "" if request.headless else request.message
    tail = ["--resume", session]
    if request.headless:
        at = ["--resume-session-at", str(point["last"])] if "last" in point else []
        tail = ["-p", *tail, *at, "--", request.message]
    elif tui_message:
        env[GO_ON] = "1"
    elif point.get("role") == "tool":
        notes.append("Claude Code will put two short messages of its own before your first one")
    return Resumption(
        TRIMMED,
        WHOLE,
        [request.program, *options, *request.extra, *tail],
        env,
        notes,
        {copy: lambda: _copy(cut, session, cwd, tui_message)},
    )


def _options(request: Request) -> tuple[list[str], list[str]]:
    """The recorded options, and where the old directory is now."""
    point = request.point
    options, notes = carried(
        STARTS["claude"], point["argv"], started_in(point), headless=request.headless
    )
    if request.headless and not any(name in options for name in PERMISSIONS):
        notes.append("without a terminal, tools that need your permission are refused")
    place = moved(point, request.new_cwd)
    if place is not None:
        notes.append(f"paths inside earlier tool inputs still name {place[0]}")
        options = _with_system(options, MOVED.format(old=place[0], new=place[1]))
        if rule := _denied(*place):
            notes.append(f"its tools for files may not write below {place[0]}")
            options = [DENY, rule, *options]
    stood, began = str(point.get("cwd", "")), started_in(point)
    if stood.startswith(began + os.sep):
        inside = stood.removeprefix(began + os.sep)
        notes.append(f"the shell of its tools stood in {inside}, it begins at the top again")
        options = _with_system(options, STOOD.format(inside=inside))
    return options, notes


def _denied(old: str, new: str) -> str:
    """The rule that keeps its tools off the files of the run before, whatever else is allowed.

    Empty where they cannot be told apart, or the path would mean something else in a rule.
    """
    inside = (new + os.sep).startswith(old.rstrip(os.sep) + os.sep)
    return "" if inside or not re.fullmatch(r"/[\w./@+~ -]+", old) else f"Edit(/{old}/**)"


def _with_system(options: list[str], said: str) -> list[str]:
    """The model is told outside of the conversation."""
    if SYSTEM in options:
        index = options.index(SYSTEM) + 1
        return [*options[:index], f"{options[index]}\n\n{said}", *options[index + 1 :]]
    if any(word.startswith(SYSTEM) for word in options):  # from a file: there can be one only
        return options
    return [*options, SYSTEM, said]


def _copy(cut: Cut, session: str, cwd: str, message: str) -> Iterator[bytes]:
    """The records for the new session, in the new directory, and the message as its last.

    Their times end now: Claude Code tells the model of every file it knew that has changed since,
    and it knows those of the old directory, which may have changed any time after the point.
    """
    began = datetime.now(UTC) - timedelta(milliseconds=cut.count + 2)
    record: dict[str, Any] = {}
    count = 0
    for count, found in enumerate(cut.records()):
        if found.get("type") in LEFT_OUT:
            continue
        record = _moved(found, session, cwd, began + timedelta(milliseconds=count))
        yield _line(record)
    if "uuid" not in record:
        raise CannotCutError(f"{cut.path} holds no conversation before that point")
    if message:
        yield _line(_said(record, message, began + timedelta(milliseconds=count + 1)))


def _moved(record: dict[str, Any], session: str, cwd: str, at: datetime) -> dict[str, Any]:
    now = {"sessionId": session, "cwd": cwd, "timestamp": _iso(at)}
    return {name: now.get(name, value) for name, value in record.items()}


def _said(before: dict[str, Any], message: str, at: datetime) -> dict[str, Any]:
    """A record of the user's next words. Claude Code writes its own in its place, and answers that."""
    return {name: before[name] for name in COMMON if name in before} | {
        "type": "user",
        "uuid": str(uuid.uuid4()),
        "parentUuid": before["uuid"],
        "timestamp": _iso(at),
        "message": {"role": "user", "content": message},
    }


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"

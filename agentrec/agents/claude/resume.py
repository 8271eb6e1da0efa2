"""Claude Code, resumed at a point: from a copy of its transcript in the new directory's folder.

Seen with 2.1.197 (what the model's server received): without a terminal `--resume-session-at` makes a
copy exact that ends with a tool's result; in its TUI that option does nothing, but a copy that ends
with an unanswered message is answered at once when it is told to continue an interrupted turn.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from agentrec.agents.claude.companion import project_folder
from agentrec.agents.claude.permission_mode import with_mode
from agentrec.agents.claude.sub_agent_copies import sub_agent_copies
from agentrec.agents.resume.launch import recorded_options
from agentrec.agents.resume.resumption import (
    TRIMMED_TRANSCRIPT,
    WHOLE_CONVERSATION,
    Resumption,
    TranscriptError,
)
from agentrec.agents.resume.session_copy import agent_home
from agentrec.agents.resume.transcript_prefix import TranscriptPrefix
from agentrec.json_values import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.agents.resume.resumption import ResumeRequest
    from agentrec.json_values import JsonObject

# Records about the session instead of the conversation. Those of its own file history would make
# `/rewind` write into the directory of the old run.
LEFT_OUT_TYPES = frozenset({
    "agent-name", "ai-title", "api-request", "api-request-blob", "api-request-shape", "atis-latch",
    "cost-state", "custom-title", "file-history-delta", "file-history-snapshot", "last-prompt",
    "pr-link", "queue-operation", "summary", "tag", "tools-used", "worktree-state",
})  # fmt: skip
# From 2.1.3xx on it holds the system prompt, which is used again instead of one that names the new directory.
LEFT_OUT_ATTACHMENTS = frozenset({"prompt_snapshot"})
_LINKS = ("parentUuid", "logicalParentUuid")
# What a new record has in common with the one before it.
COMMON_FIELDS = (
    "cwd", "entrypoint", "gitBranch", "isSidechain", "sessionId", "userType", "version",
)  # fmt: skip
CONTINUE_VARIABLE = "CLAUDE_CODE_RESUME_INTERRUPTED_TURN"
SYSTEM_PROMPT_OPTION = "--append-system-prompt"
# It knows absolute paths only.
MOVED_PROMPT = (
    "This conversation began in {old}. You now work in a copy of it, {new}: paths that earlier messages "
    "name below {old} are below {new} now. Do not touch {old}."
)
SHELL_MOVED_PROMPT = "Your shell was in {inside} then; it is now back in your working directory."
DENY_OPTION = "--disallowedTools"
PERMISSION_OPTIONS = ("--permission-mode", "--dangerously-skip-permissions", "--allowedTools")


def resumption(request: ResumeRequest) -> Resumption:
    """Return how Claude Code continues. Raises TranscriptError."""
    point, cwd = request.point, os.path.realpath(request.new_cwd)
    home, env = agent_home(request, "CLAUDE_CONFIG_DIR", ".claude")
    session = str(uuid.uuid4())
    prefix = TranscriptPrefix(request)
    copy = os.path.join(home, "projects", project_folder(cwd), f"{session}.jsonl")
    options, notes = _options(request)
    options, more = with_mode(options, prefix)
    notes += more
    tui_message = "" if request.headless else request.message
    tail = ["--resume", session]
    if request.headless:
        at = ["--resume-session-at", point.last] if point.last else []
        tail = ["-p", *tail, *at, "--", request.message]
    elif tui_message:
        env[CONTINUE_VARIABLE] = "1"
    elif point.role == "tool":
        notes.append("Claude Code will add two short messages of its own before your first one")
    return Resumption(
        TRIMMED_TRANSCRIPT,
        WHOLE_CONVERSATION,
        [request.program, *options, *request.extra, *tail],
        env,
        notes,
        {
            copy: lambda: _copy(prefix, session, cwd, tui_message),
            **sub_agent_copies(request, copy, {"sessionId": session, "cwd": cwd}),
        },
    )


def _options(request: ResumeRequest) -> tuple[list[str], list[str]]:
    """The recorded options, and where the old directory is now."""
    point = request.point
    options, notes = recorded_options(request)
    if request.headless and not any(name in options for name in PERMISSION_OPTIONS):
        notes.append("without a terminal, tools that need your permission are denied")
    moved = point.moved_to(request.new_cwd)
    if moved is not None:
        old, new = moved
        notes.append(f"paths in earlier tool inputs still name {old}")
        options = _with_system_prompt(options, MOVED_PROMPT.format(old=old, new=new))
        if rule := _deny_rule(old, new):
            notes.append(f"its file tools may not write below {old}")
            options = [DENY_OPTION, rule, *options]
    if inside := point.shell_directory:
        notes.append(f"its shell was in {inside}; it starts in the working directory again")
        options = _with_system_prompt(options, SHELL_MOVED_PROMPT.format(inside=inside))
    return options, notes


def _deny_rule(old: str, new: str) -> str:
    """The rule that keeps its tools off the files of the recorded run, whatever else is allowed.

    Empty if they cannot be told apart, or the path would mean something else in a rule.
    """
    inside = (new + os.sep).startswith(old.rstrip(os.sep) + os.sep)
    return "" if inside or not re.fullmatch(r"/[\w./@+~ -]+", old) else f"Edit(/{old}/**)"


def _with_system_prompt(options: list[str], text: str) -> list[str]:
    """Add to the system prompt: the model learns it outside of the conversation."""
    if SYSTEM_PROMPT_OPTION in options:
        index = options.index(SYSTEM_PROMPT_OPTION) + 1
        return [*options[:index], f"{options[index]}\n\n{text}", *options[index + 1 :]]
    # One from a file: there can be only one.
    if any(word.startswith(SYSTEM_PROMPT_OPTION) for word in options):
        return options
    return [*options, SYSTEM_PROMPT_OPTION, text]


def _copy(prefix: TranscriptPrefix, session: str, cwd: str, message: str) -> Iterator[bytes]:
    """The records for the new session, in the new directory, and the message as its last.

    Their times end now: Claude Code tells the model of every file it knew that has changed since,
    and it knows those of the old directory, which may have changed any time after the point.
    """
    began = datetime.now(UTC) - timedelta(milliseconds=prefix.count + 2)
    copied: JsonObject = {}
    parents: dict[object, object] = {}  # of records that are left out
    number = 0
    for number, record in enumerate(prefix.records()):
        links = {name: parents.get(record[name], record[name]) for name in _LINKS if name in record}
        if _is_left_out(record):
            if "uuid" in record:
                parents[record["uuid"]] = links.get("parentUuid")
            continue
        at = began + timedelta(milliseconds=number)
        copied = _adapted(record | links, session, cwd, at)
        yield _line(copied)
    if "uuid" not in copied:
        raise TranscriptError(f"{prefix.path} holds no conversation before that point")
    if message:
        yield _line(_user_record(copied, message, began + timedelta(milliseconds=number + 1)))


def _is_left_out(record: JsonObject) -> bool:
    if record.get("type") == "attachment":
        return table(record.get("attachment")).get("type") in LEFT_OUT_ATTACHMENTS
    return record.get("type") in LEFT_OUT_TYPES


def _adapted(record: JsonObject, session: str, cwd: str, at: datetime) -> JsonObject:
    changed: JsonObject = {"sessionId": session, "cwd": cwd, "timestamp": _iso(at)}
    return {name: changed.get(name, value) for name, value in record.items()}


def _user_record(before: JsonObject, message: str, at: datetime) -> JsonObject:
    """A record of the user's next message. Claude Code replaces it by its own, and answers that."""
    return {name: before[name] for name in COMMON_FIELDS if name in before} | {
        "type": "user",
        "uuid": str(uuid.uuid4()),
        "parentUuid": before["uuid"],
        "timestamp": _iso(at),
        "message": {"role": "user", "content": message},
    }


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _line(record: JsonObject) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"

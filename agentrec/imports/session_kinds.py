"""Which agent's session a file is, by how it begins."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from agentrec.agents.aider.history import STARTED
from agentrec.json_values import table

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

SQLITE = b"SQLite format 3\0"
ZSTD = b"\x28\xb5\x2f\xfd"
_MAX_LINES = 50
_CODEX = frozenset({"session_meta", "response_item", "event_msg", "turn_context"})
_CLAUDE_IDS = frozenset({"sessionId", "leafUuid", "messageId"})
# A session's own file of opencode, before it had a database.
_SESSION = re.compile(rb'\s*\{\s*"id"\s*:\s*"ses_')
# Of documents, which are one object over many lines, or a line longer than what is looked at.
_DOCUMENTS = (
    ("gemini-cli", re.compile(rb'"projectHash"\s*:\s*"')),
    ("cline", re.compile(rb'\{\s*(?:"\w+"\s*:\s*[^\[{]+,\s*)*"messages"\s*:\s*\[')),
    ("codex", re.compile(rb'\{"timestamp":"[^"]*","type":"(?:session_meta|response_item)"')),
    ("claude-code", re.compile(rb'\{(?:"parentUuid"|"type":"queue-operation")')),
)


def agent_of(head: bytes, name: str) -> str:
    """The name of the agent whose session begins with ``head``; empty if it is none.

    ``name`` is that of the file: one program's database looks like another's.
    """
    if head.startswith(SQLITE) or _SESSION.match(head):
        return "kilo" if "kilo" in name.lower() else "opencode"
    if head.startswith(ZSTD):
        return "codex" if name.lower().endswith(".jsonl.zst") else ""
    if head.lstrip(b"\0\r\n").startswith(STARTED.encode()):
        return "aider"
    if not head.lstrip(b"\xef\xbb\xbf\0 \t\r\n").startswith(b"{"):
        return ""
    for record in _records(head):
        if agent := _agent_of_record(record):
            return agent
    return next((agent for agent, pattern in _DOCUMENTS if pattern.search(head)), "")


def _records(head: bytes) -> list[JsonObject]:
    """The objects in its first lines; the last line may be cut."""
    found = []
    for line in head.split(b"\n")[:_MAX_LINES]:
        try:
            found.append(table(json.loads(line.strip(b"\0"))))
        except (ValueError, RecursionError):
            continue
    return found


def _agent_of_record(record: JsonObject) -> str:
    kind = record.get("type")
    if kind in _CODEX and isinstance(record.get("payload"), dict):
        return "codex"
    if kind == "session" and "cwd" in record and "data" not in record:
        return "pi"
    if kind == "session.start" and isinstance(record.get("data"), dict):
        return "copilot"
    if "projectHash" in record and "sessionId" in record:
        return "gemini-cli"
    if "systemPayload" in record or "parts" in table(record.get("message")):
        return "qwen-code"
    if isinstance(kind, str) and "track" not in record and _CLAUDE_IDS & record.keys():
        return "claude-code"
    if isinstance(record.get("messages"), list) and ("agent" in record or "origin" in record):
        return "cline"
    return ""

"""The program that an agent's hooks run: tells the agent what the guard has found, once.

It gets the hook's JSON on standard input and prints what Claude Code and Codex understand. At the end of a
turn the agent is to go on, with the findings; after an edit it gets the findings alone. Whatever goes wrong,
it says nothing and exits with 0: a recorder must not hold up an agent.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING

from agentrec.capture.control.client import ask, connect, take_snapshot
from agentrec.errors import AgentrecError
from agentrec.json_values import table, tables, text
from agentrec.text import one_line

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

# An agent waits for its hooks.
TIMEOUT_SECONDS = 20.0
_POLL_SECONDS = 0.05
_MAX_INPUT_BYTES = 16 << 20
AFTER_AN_EDIT = "PostToolUse"


def main() -> None:
    event = ""
    try:
        given = table(json.loads(sys.stdin.buffer.read(_MAX_INPUT_BYTES)))
        event = text(given.get("hook_event_name"))
        findings = _findings(event)
    except (AgentrecError, OSError, ValueError, KeyError):
        return
    if findings:
        print(json.dumps(reply(event, findings)))


def reply(event: str, findings: list[JsonObject]) -> JsonObject:
    """What the hook prints."""
    told = message(findings)
    if event == AFTER_AN_EDIT:
        return {"hookSpecificOutput": {"hookEventName": event, "additionalContext": told}}
    return {"decision": "block", "reason": told}


def message(findings: list[JsonObject]) -> str:
    """The findings in few words, with the place of what is there already."""
    lines = ["Before you finish, correct what you have just written, or say why it has to be so:"]
    for finding in findings:
        line = finding.get("line")
        place = f"{finding.get('path')}:{line}" if line else str(finding.get("path"))
        advice = ""
        if reuse := table(finding.get("reuse")):
            advice = f". Use the one in {reuse.get('path')}:{reuse.get('line')} instead"
        # Names of files and functions are part of it, and stay on their line.
        lines.append(one_line(f"- {place}: {finding.get('text')}{advice}"))
    return "\n".join(lines)


def _findings(event: str) -> list[JsonObject]:
    client = connect(os.environ["AGENTREC_SOCKET"])
    if client is None:
        return []
    deadline = time.monotonic() + TIMEOUT_SECONDS
    with client:
        snapshot = take_snapshot(client, "", TIMEOUT_SECONDS)["id"]
        while time.monotonic() < deadline:
            answer = ask(
                client, {"op": "guard", "snapshot": snapshot, "step": event == AFTER_AN_EDIT}
            )
            if answer["done"]:
                return tables(answer.get("findings"))
            time.sleep(_POLL_SECONDS)
    return []


if __name__ == "__main__":
    main()

"""The permission mode at a point of a conversation, which may not be the one it was started in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.json_values import table, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.agents.resume.transcript_prefix import TranscriptPrefix
    from agentrec.json_values import JsonObject

OPTION = "--permission-mode"
PLAN, DEFAULT = "plan", "default"
# A transcript is not trusted with any other mode: those allow more than the recorded command line.
_MODES = frozenset({DEFAULT, PLAN, "acceptEdits"})
_LEAVE_PLAN = "ExitPlanMode"
# What a record that says something about the mode contains.
_WORDS = (b"ermissionMode", _LEAVE_PLAN.encode(), b"tool_result")


def with_mode(options: list[str], prefix: TranscriptPrefix) -> tuple[list[str], list[str]]:
    """Return the options with the mode at the point instead of that of the command line, and notes."""
    place = next((n for n, word in enumerate(options) if word.partition("=")[0] == OPTION), None)
    if place is None:
        return options, []
    is_split = options[place] == OPTION
    values = options[place + 1 : place + 2] if is_split else [options[place].partition("=")[2]]
    started = "".join(values)
    mode = mode_of(prefix.records(_WORDS))
    if mode in ("", started):
        return options, []
    rest = options[place + 1 + is_split :]
    instead = [OPTION, mode] if mode in _MODES else []
    note = f"its permission mode was {mode} then, no longer {started}"
    if not instead:
        note += f": add -- {OPTION} {mode} to use it"
    return [*options[:place], *instead, *rest], [note]


def mode_of(records: Iterable[JsonObject]) -> str:
    """Return the mode after these records; empty if they say nothing about it."""
    mode, approvals = "", set()
    for record in records:
        mode = text(record.get("permissionMode")) or mode
        for block in tables(table(record.get("message")).get("content")):
            if block.get("type") == "tool_use" and block.get("name") == _LEAVE_PLAN:
                approvals.add(text(block.get("id")))
            elif block.get("tool_use_id") in approvals and not block.get("is_error"):
                mode = DEFAULT if mode in ("", PLAN) else mode
    return mode

"""The user's prompts of a conversation, repeated in the first message of a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.agents.resume.launch import command_line, takes_message
from agentrec.agents.resume.resumption import REPLAYED_PROMPTS, Resumption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.agents.resume.resumption import ResumeRequest

# The system limits a single argument of a command line to 128 KiB.
MESSAGE_LIMIT_BYTES = 64 << 10
MAX_LAST_RESULT_CHARS = 2000
OPENING = (
    "This continues earlier work in this directory. The files are as they were at that point: do not "
    "redo what is already done. What I asked before, in order:"
)
REPLAYED_FIDELITY = (
    "a new conversation: your earlier prompts are repeated in one message; "
    "what the agent said, did and read is not"
)
NOTHING_REPLAYED_FIDELITY = (
    "a new conversation: your earlier prompts are not repeated, "
    "because the program takes no message on its command line in a terminal"
)


def resumption(request: ResumeRequest, reason: str = "") -> Resumption:
    """Return a new conversation that begins with the user's prompts. ``reason``: why it is not the old one.

    Raises UsageError for an unknown agent, and for one that cannot get the message.
    """
    point = request.point
    message = replay_message(point.prompts, point.result, request.message)
    fidelity = REPLAYED_FIDELITY
    if not request.message and not takes_message(request):
        message, fidelity = "", NOTHING_REPLAYED_FIDELITY
    argv, notes = command_line(request, message, request.extra)
    notes = [*([reason] if reason else []), *notes]
    return Resumption(REPLAYED_PROMPTS, fidelity, argv, notes=notes)


def replay_message(prompts: Sequence[str], last_result: str, new_prompt: str) -> str:
    """Return one message: the ``prompts`` so far, the last result, and the new prompt."""
    if not prompts:
        return new_prompt
    parts = [OPENING]
    parts.append("\n\n".join(f"{number}. {text}" for number, text in enumerate(prompts, 1)))
    if last_result:
        parts.append("What was said or returned last:\n\n" + last_result[:MAX_LAST_RESULT_CHARS])
    parts.append("What I ask now:\n\n" + new_prompt if new_prompt else "Now continue.")
    message = "\n\n".join(parts)
    if len(message.encode()) <= MESSAGE_LIMIT_BYTES:
        return message
    if len(prompts) == 1:
        return new_prompt
    return replay_message(_shorter(prompts), last_result, new_prompt)


def _shorter(prompts: Sequence[str]) -> list[str]:
    """Leave out the second one: the first states the task, the newest its state."""
    return [prompts[0], *prompts[2:]] if len(prompts) > 2 else list(prompts[-1:])
